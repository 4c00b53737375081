"""What kept courses out of a plan, as diagnostics: unreadable, declared twice, or matched by nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coursesync.diagnostics import Diagnostic, Position, Severity, problem
from coursesync.errors import CanvasRefused, CourseSyncError, UsageProblem
from coursesync.model import Address, DesiredCourse, Policy
from coursesync.workflow.policies import Match
from coursesync.workflow.selection import Scope

MISSING = "course-missing"
_NO_RIGHT = "Ask for the right to read the course, or use another token."
_READING_PROBLEMS = {
    404: (
        "course-not-found",
        "Check the id. A deleted course is found only where workflow_state is declared.",
    ),
    401: ("course-unreadable", _NO_RIGHT),
    403: ("course-restricted", _NO_RIGHT),
}


def unreadable(declared_id: str, at: Position, error: CourseSyncError) -> Diagnostic:
    """Say why a course could not be read."""
    status = error.status if isinstance(error, CanvasRefused) else 0
    code, hint = _READING_PROBLEMS.get(status, ("course-unreadable", error.hint))
    if isinstance(error, UsageProblem):
        code, hint = "snapshot-incomplete", error.hint
    return problem(
        code,
        f"{declared_id}: {error.message}",
        at=at,
        hint=hint,
        course=declared_id,
        severity=Severity.ERROR,
    )


def missing(declared_id: str, at: Position, error: CourseSyncError) -> Diagnostic:
    """Say that a course is not there, which its entry tolerates."""
    detail = f"{declared_id}: {error.message} Its entry says missing: skip, so that it is left out."
    return problem(MISSING, detail, at=at, course=declared_id)


def account_unread(
    desired: DesiredCourse, address: Address, account: int, refused: CanvasRefused
) -> Diagnostic:
    """Say that a field that falls back to its account could not be compared with what that has."""
    forbidden = refused.status in _READING_PROBLEMS
    return problem(
        "account-unread",
        f"Account {account}: {refused.message} So {address}, which is cleared to the value of that account, "
        "could not be compared.",
        at=desired.origins[address][-1].position,
        hint="Ask for the right to read the account." if forbidden else refused.hint,
        course=desired.id,
        # To have no right to an account is the usual lot of teachers.
        severity=Severity.NOTE if forbidden else Severity.WARNING,
    )


def match_problems(
    policies: Sequence[Policy], found: Mapping[str, Match | CourseSyncError], scope: Scope
) -> tuple[Diagnostic, ...]:
    """Say which policies of the scope match nothing, and of which that could not be found out."""
    return tuple(_match_problems(policies, found, scope))


def _match_problems(
    policies: Sequence[Policy], found: Mapping[str, Match | CourseSyncError], scope: Scope
) -> Iterator[Diagnostic]:
    for policy in policies:
        match found[policy.name]:
            case CourseSyncError() as error:
                code = "snapshot-incomplete" if isinstance(error, UsageProblem) else "account-unlisted"
                detail = f'Policy "{policy.name}": {error.message}'
                yield problem(code, detail, at=policy.position, hint=error.hint, severity=Severity.ERROR)
            case Match(courses=(), but_for_state=False) if scope.has_policy(policy.name):
                yield problem(
                    "policy-matches-nothing",
                    f'No course fits the selector of "{policy.name}", whatever its workflow_state.',
                    at=policy.position,
                    hint="Check account, term and globs; globs match the whole name, case and all.",
                )
