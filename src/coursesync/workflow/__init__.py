"""The library API: string the steps together, from manifests to a plan, and from a plan to a report."""

from __future__ import annotations

from coursesync.workflow.accept.acceptance import Acceptance, Accepted, Ask, make_acceptance, save_acceptance
from coursesync.workflow.adopt.adoption import Adoption, Style, adopt
from coursesync.workflow.adopt.files import write_new
from coursesync.workflow.adopt.layout import Layout, Place
from coursesync.workflow.adopt.reading import Wanted
from coursesync.workflow.against import Against, not_applied
from coursesync.workflow.apply import Choice, apply_plan, choose, ready
from coursesync.workflow.clock import Clock
from coursesync.workflow.drift import Question, find_drift
from coursesync.workflow.plan import Fleet, make_plan, save_live
from coursesync.workflow.selection import Scope, Selection
from coursesync.workflow.sending import Stop
from coursesync.workflow.sources import LiveSource, SavedSource, Source

__all__ = [
    "Acceptance",
    "Accepted",
    "Adoption",
    "Against",
    "Ask",
    "Choice",
    "Clock",
    "Fleet",
    "Layout",
    "LiveSource",
    "Place",
    "Question",
    "SavedSource",
    "Scope",
    "Selection",
    "Source",
    "Stop",
    "Style",
    "Wanted",
    "adopt",
    "apply_plan",
    "choose",
    "find_drift",
    "make_acceptance",
    "make_plan",
    "not_applied",
    "ready",
    "save_acceptance",
    "save_live",
    "write_new",
]
