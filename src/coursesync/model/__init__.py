"""The nouns: desired and live state, changes, the plan, and the report. No input or output happens here."""

from __future__ import annotations

from coursesync.model.drift import AuditEvent, Blame, CourseDrift, Drift, FieldCoverage, FieldDrift, Finding
from coursesync.model.live import CanvasAddress, LiveCourse, Snapshot
from coursesync.model.manifest import DesiredCourse, Ignore, Origin, Policy, Selector, Source, SourceFile
from coursesync.model.plan import (
    Action,
    Base,
    Change,
    ChangeGroup,
    CoursePlan,
    DriftClass,
    Ignored,
    Part,
    Plan,
    PlanSummary,
    PolicyMatch,
    Precondition,
    Released,
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
    "AuditEvent",
    "Base",
    "Blame",
    "CanvasAddress",
    "Change",
    "ChangeGroup",
    "CourseDrift",
    "CourseOutcome",
    "CoursePlan",
    "DesiredCourse",
    "Drift",
    "DriftClass",
    "FieldCoverage",
    "FieldDrift",
    "FieldOutcome",
    "Finding",
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
    "Released",
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
