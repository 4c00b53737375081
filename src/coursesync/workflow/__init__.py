"""The library API: string the steps together, from manifests to a plan, and from a plan to a report.

Taking live values over (`workflow.accept`) and importing (`workflow.adopt`) are asked for by themselves.
"""

from __future__ import annotations

from coursesync.workflow.against import Against, not_applied
from coursesync.workflow.apply import apply_plan, resume_run
from coursesync.workflow.choice import Choice, choose, ready
from coursesync.workflow.clock import Clock
from coursesync.workflow.drift import Question, find_drift
from coursesync.workflow.plan import Fleet, make_plan, save_live
from coursesync.workflow.resume import Pending, pending
from coursesync.workflow.selection import Scope, Selection
from coursesync.workflow.sources import LiveSource, SavedSource, Source
from coursesync.workflow.work import Stop

__all__ = [
    "Against",
    "Choice",
    "Clock",
    "Fleet",
    "LiveSource",
    "Pending",
    "Question",
    "SavedSource",
    "Scope",
    "Selection",
    "Source",
    "Stop",
    "apply_plan",
    "choose",
    "find_drift",
    "make_plan",
    "not_applied",
    "pending",
    "ready",
    "resume_run",
    "save_live",
]
