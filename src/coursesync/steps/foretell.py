"""Say what a preflight found: as a warning in a plan, once for many courses, or why a course is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coursesync.catalogue.rights import Without
from coursesync.diagnostics import Diagnostic, problem
from coursesync.model.preflight import Finding

_MOST_NAMED = 4
_RIGHT, _FEATURE = "right-missing", "feature-off"
_LEAVE_OUT = "or leave the change out with --except."


def warnings(found: Sequence[Finding], *, who: str) -> tuple[Diagnostic, ...]:
    """Return one diagnostic for each cause, naming the fields, and how many courses there are.

    who: the token's user.
    """
    causes: dict[tuple[str, str, Without], list[Finding]] = {}
    for item in found:
        causes.setdefault((item.code, item.cause, item.without), []).append(item)
    return tuple(_warning(items, who) for items in causes.values())


def _warning(items: Sequence[Finding], who: str) -> Diagnostic:
    first = items[0]
    courses = {item.course.id: item.course for item in items}
    names = tuple(course.sis_course_id or f"course {course.id}" for course in courses.values())
    where = f" In {len(names):,} courses: {_some(names)}." if len(names) > 1 else ""
    hint = (
        f"Ask for the right, use the token of somebody who has it, {_LEAVE_OUT}"
        if first.code == _RIGHT
        else f"Put that right in Canvas first, {_LEAVE_OUT}"
    )
    return problem(
        first.code,
        f"{_sentence(items, who)}{where}",
        hint=hint,
        course=next(iter(courses.values())).declared_id if len(courses) == 1 else None,
    )


def refusals(found: Sequence[Finding], *, who: str) -> Mapping[int, str]:
    """Return by course why nothing of it is sent."""
    causes: dict[int, dict[tuple[str, str, Without], list[Finding]]] = {}
    for item in found:
        by_cause = causes.setdefault(item.course.id, {})
        by_cause.setdefault((item.code, item.cause, item.without), []).append(item)
    return {
        course: " ".join(_sentence(items, who) for items in by_cause.values())
        for course, by_cause in causes.items()
    }


def _sentence(items: Sequence[Finding], who: str) -> str:
    fields = tuple(dict.fromkeys(item.field for item in items))
    because = _because(items[0], who)
    return f"{because[0].upper()}{because[1:]}, so Canvas would {_verb(items[0])} {_some(fields)}."


def _verb(item: Finding) -> str:
    return "refuse" if item.without is Without.REFUSED else "ignore"


def _because(item: Finding, who: str) -> str:
    if item.code == _RIGHT:
        return f"{who} lacks the right to {item.cause}"
    return f"The feature {item.cause} is off" if item.code == _FEATURE else f"{item.cause}"


def _some(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMED + 1:
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED:,} more"
