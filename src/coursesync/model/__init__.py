"""The nouns: desired and live state, changes, the plan, and the report. No input or output happens here."""

from __future__ import annotations

from coursesync.model.live import CanvasAddress, LiveCourse, Snapshot
from coursesync.model.manifest import DesiredCourse, Ignore, Origin, Policy, Selector, Source, SourceFile
from coursesync.model.plan import (
    Action,
    Change,
    ChangeGroup,
    CoursePlan,
    Ignored,
    Part,
    Plan,
    PlanSummary,
    PolicyMatch,
    Precondition,
    Request,
    SideEffect,
    Unverified,
)
from coursesync.model.report import CourseOutcome, FieldOutcome, LeftOut, Report, Verdict
from coursesync.model.state import FORMAT_VERSION, Address, State

__all__ = [
    "FORMAT_VERSION",
    "Action",
    "Address",
    "CanvasAddress",
    "Change",
    "ChangeGroup",
    "CourseOutcome",
    "CoursePlan",
    "DesiredCourse",
    "FieldOutcome",
    "Ignore",
    "Ignored",
    "LeftOut",
    "LiveCourse",
    "Origin",
    "Part",
    "Plan",
    "PlanSummary",
    "Policy",
    "PolicyMatch",
    "Precondition",
    "Report",
    "Request",
    "Selector",
    "SideEffect",
    "Snapshot",
    "Source",
    "SourceFile",
    "State",
    "Unverified",
    "Verdict",
]
