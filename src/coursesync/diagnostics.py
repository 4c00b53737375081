"""Diagnostics: what is wrong or worth knowing, as values with a place, never printed where they are found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops, a warning stops under --strict, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A place in one of the user's files.

    file: path relative to the project root, with forward slashes.
    line, column: counted from 1; 0 means the file as a whole.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem or remark.

    code: stable kebab-case name, listed in docs/reference/diagnostics.md.
    summary: short, always the same words for a code. detail: full sentences: what and why.
    hint: what to type next. course: the declared id it is about, if it is about one course.
    """

    code: str
    severity: Severity
    summary: str
    detail: str = ""
    hint: str = ""
    position: Position | None = None
    course: str | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"diagnostic code {self.code!r} has no row in CODES")


def problem(
    code: str,
    detail: str = "",
    *,
    at: Position | None = None,
    hint: str = "",
    course: str | None = None,
    severity: Severity | None = None,
) -> Diagnostic:
    """Build a diagnostic from its code; the summary and the usual severity come from CODES."""
    usual, summary = CODES[code]
    return Diagnostic(
        code=code,
        severity=severity or usual,
        summary=summary,
        detail=detail,
        hint=hint,
        position=at,
        course=course,
    )


def errors(diagnostics: tuple[Diagnostic, ...], *, strict: bool = False) -> tuple[Diagnostic, ...]:
    """Return those that stop the work: errors, and under `strict` warnings too."""
    stopping = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return tuple(item for item in diagnostics if item.severity in stopping)


def ordered(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Sort by file, line and column, those without a place last, without duplicates."""
    nowhere = Position(file="\uffff")
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda item: (item.position or nowhere, item.code, item.detail)))


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

# code -> (usual severity, summary). The summary is always the same words, so that a search finds it.
CODES: dict[str, tuple[Severity, str]] = {
    # reading files
    "missing-file": (_E, "File not found"),
    "unreadable-file": (_E, "File cannot be read as text"),
    "empty-file": (_W, "Empty file"),
    "outside-project": (_E, "Path leaves the project"),
    "yaml-syntax": (_E, "Not valid YAML"),
    "yaml-feature": (_E, "YAML feature not accepted"),
    "too-large": (_E, "Too large"),
    "duplicate-key": (_E, "Duplicate key"),
    "more-problems": (_E, "More problems"),
    # what a manifest says
    "unknown-key": (_E, "Unknown key"),
    "unknown-field": (_E, "Unknown field"),
    "wrong-group": (_E, "Field in the wrong group"),
    "not-declarable": (_E, "Not a field to declare"),
    "missing-key": (_E, "Required key is missing"),
    "wrong-type": (_E, "Wrong type of value"),
    "invalid-value": (_E, "Value Canvas would not keep"),
    "not-clearable": (_E, "Canvas cannot clear this field"),
    "conflicting-fields": (_E, "Fields contradict each other"),
    "unknown-profile": (_E, "Unknown profile"),
    "unknown-environment": (_E, "Unknown environment"),
    "environment-unknown": (_E, "Environment not chosen"),
    "unknown-variable": (_E, "Unknown variable"),
    "unused-variable": (_W, "Variable is not used"),
    "misplaced-variable": (_E, "Variable where none can stand"),
    "profile-cycle": (_E, "Profiles extend each other"),
    "duplicate-profile": (_E, "Profile declared twice"),
    "duplicate-course": (_E, "Course declared twice"),
    "duplicate-policy": (_E, "Policy declared twice"),
    "policy-without-account": (_E, "Policy names no account"),
    "policy-overruled": (_E, "Course contradicts an enforced policy"),
    "creation-unclear": (_E, "How to create the course is not clear"),
    "ignore-expired": (_N, "Ignore rule has ended"),
    "no-manifests": (_E, "No manifests found"),
    "no-entry-selected": (_E, "Nothing selected"),
    "manifest-unread": (_W, "The project does not read this"),
    # what Canvas says
    "course-not-found": (_E, "Course not found"),
    "course-missing": (_N, "Course does not exist yet"),
    "course-unreadable": (_E, "Course cannot be read"),
    "course-restricted": (_E, "Course is hidden from this token"),
    "course-deleted": (_E, "Course is deleted"),
    "course-id-outdated": (_W, "Course found by its SIS id"),
    "reference-not-found": (_E, "Reference not found"),
    "account-unlisted": (_E, "Courses of the account cannot be listed"),
    "policy-matches-nothing": (_W, "Policy matches no course"),
    "policy-conflict": (_W, "Policies disagree"),
    "policy-match-changes": (_W, "Plan alters what a policy matches"),
    "right-missing": (_W, "The token's user lacks a right"),
    "feature-off": (_W, "A feature is off"),
    "would-be-refused": (_W, "Canvas would refuse this"),
    "unverifiable": (_W, "Cannot be verified on this Canvas"),
    "unreachable-value": (_E, "Canvas would not keep this value"),
    "needs-blueprint": (_E, "Course is not a blueprint"),
    "not-accepted": (_E, "Live value not accepted"),
    "no-base": (_N, "Compared with Canvas alone"),
    "base-unsure": (_W, "The base may not be what was applied"),
    "base-broken": (_E, "The manifests of the base are wrong"),
    "snapshot-incomplete": (_E, "Snapshot does not hold this"),
    "account-unread": (_W, "Account could not be read"),
    "html-unchecked": (_W, "HTML not checked with Canvas"),
    "file-unchecked": (_W, "File could not be compared"),
    "write-only": (_N, "Written but never readable"),
    "left-alone": (_N, "Left alone"),
    "undo-overtaken": (_W, "Changed since the run"),
    "undo-incomplete": (_W, "Cannot be put back"),
    # reading documents
    "newer-remark": (_W, "Remark of a newer coursesync"),
}
