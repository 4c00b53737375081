"""The kinds of things a document can say of a field, and how grave each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coursesync.diagnostics import CODES, Severity
from coursesync.model import DriftClass, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. severity: of what comes under it, unless that says otherwise.

    summary: one sentence. meaning: what it says. remedy: what to do about it.
    """

    severity: Severity
    summary: str
    meaning: str
    remedy: str


RELEASED, CHANGE, SIDE_EFFECT, BLOCKED = "no-longer-managed", "change", "side-effect", "blocked"

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_TO_MEND = "Run coursesync plan to see what would put the declared value there, or declare the other one."
_LEFT = Kind(
    severity=_NOTE,
    summary="A field left the manifests",
    meaning="It was managed at the base and is no longer declared. Canvas keeps the value it has.",
    remedy="Declare it again if it is still to be managed.",
)

_OF_DRIFT = {
    DriftClass.CONFLICT: Kind(
        severity=_ERROR,
        summary="Git and Canvas changed a field to different values",
        meaning="Since the base both sides moved, so that either value would undo what somebody did.",
        remedy="Decide which value is right, and declare it.",
    ),
    DriftClass.LIVE_CHANGED: Kind(
        severity=_WARNING,
        summary="A field was changed in Canvas",
        meaning="The manifests still say what they said at the base; Canvas shows another value.",
        remedy=_TO_MEND,
    ),
    DriftClass.DIFFERS: Kind(
        severity=_WARNING,
        summary="A field differs from what is declared",
        meaning="Canvas shows another value than the manifests; without a base nobody knows who moved.",
        remedy=_TO_MEND,
    ),
    DriftClass.CONFIG_CHANGED: Kind(
        severity=_NOTE,
        summary="A field was changed in git and not yet applied",
        meaning="Canvas still shows what it showed at the base; the manifests want another value.",
        remedy="Run coursesync plan, then coursesync apply.",
    ),
    DriftClass.BOTH: Kind(
        severity=_NOTE,
        summary="Git and Canvas changed a field to the same value",
        meaning="Nothing differs any more; the next apply makes it the base.",
        remedy="Nothing needs to be done.",
    ),
    RELEASED: _LEFT,
}
_OF_PLAN = {
    CHANGE: Kind(
        severity=_NOTE,
        summary="A field would be changed in Canvas",
        meaning="Canvas shows another value than the manifests; applying the plan sends the declared one.",
        remedy="Review it, then run coursesync apply.",
    ),
    SIDE_EFFECT: Kind(
        severity=_WARNING,
        summary="Canvas would change a field that nobody declared",
        meaning="Canvas changes it of its own accord when the changes of the course are sent.",
        remedy="Declare the field to keep its value.",
    ),
    BLOCKED: Kind(
        severity=_ERROR,
        summary="The project does not let the plan be applied",
        meaning="The plan goes beyond a limit of the project file, or breaks a protection that stands there.",
        remedy="Read the message: a flag of apply allows more, and the project file says what is protected.",
    ),
    RELEASED: _LEFT,
}
_LOOK = "Look at the course in Canvas, then run coursesync plan again."
_OF_APPLY = {
    Verdict.FAILED: Kind(
        severity=_ERROR,
        summary="A change was refused",
        meaning="Canvas answered a request with an error, and the field did not take the declared value.",
        remedy="Read the message, mend the cause, and run coursesync plan again.",
    ),
    Verdict.IGNORED: Kind(
        severity=_ERROR,
        summary="A change was ignored",
        meaning="Canvas answered as if it had worked, and the field kept the value it had.",
        remedy="Read the message; often a lock or a missing right is the cause.",
    ),
    Verdict.ALTERED: Kind(
        severity=_ERROR,
        summary="A change came out as another value",
        meaning="What was read back is neither the value before nor the one that was sent.",
        remedy=_LOOK,
    ),
    Verdict.UNEXPECTED: Kind(
        severity=_ERROR,
        summary="A field moved that nobody asked for",
        meaning="It was neither sent nor announced as a side effect, and shows another value than before.",
        remedy=_LOOK,
    ),
    Verdict.UNKNOWN: Kind(
        severity=_ERROR,
        summary="What became of a change is not known",
        meaning="No answer came, or the field could not be read back.",
        remedy=_LOOK,
    ),
    Verdict.STALE: Kind(
        severity=_WARNING,
        summary="A course moved after the plan was made",
        meaning="A value that the plan rests on is another one now, so nothing was sent for the course.",
        remedy="Run coursesync plan again.",
    ),
}

KINDS: Mapping[str, Mapping[str, Kind]] = {
    "drift": {str(kind): row for kind, row in _OF_DRIFT.items()},
    "plan": dict(_OF_PLAN),
    "apply": {str(kind): row for kind, row in _OF_APPLY.items()},
}


def of_code(code: str) -> Kind:
    """Return what is known of a diagnostic code."""
    severity, summary = CODES[code]
    return Kind(
        severity=severity,
        summary=summary,
        meaning=f"{summary}.",
        remedy="The message says what is wrong where, and what to do.",
    )
