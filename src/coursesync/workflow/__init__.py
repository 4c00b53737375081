"""The library API: string the steps together, from manifests to a plan, and from a plan to a report.

Taking live values over (`workflow.accept`) and importing (`workflow.adopt`) are asked for by themselves.
"""

from __future__ import annotations

from coursesync.workflow.against import Against, not_applied
from coursesync.workflow.apply import Choice, apply_plan, choose, ready
from coursesync.workflow.clock import Clock
from coursesync.workflow.drift import Question, find_drift
from coursesync.workflow.plan import Fleet, make_plan, save_live
from coursesync.workflow.selection import Scope, Selection
from coursesync.workflow.sending import Stop
from coursesync.workflow.sources import LiveSource, SavedSource, Source

__all__ = [
    "Against",
    "Choice",
    "Clock",
    "Fleet",
    "LiveSource",
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
    "ready",
    "save_live",
]
