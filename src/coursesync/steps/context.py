"""Judge the changes of a course by what it is in the middle of; what is not known counts as the worse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Case, Circumstance, Obstacle, Risk
from coursesync.catalogue.types import Value
from coursesync.model import Change, Context, CoursePlan, State

# What of a context tells whether Canvas will refuse a value.
_TOLD_BY = {
    Obstacle.HAS_LEARNERS: Circumstance.STUDENTS,
    Obstacle.FOLLOWS_BLUEPRINT: Circumstance.FOLLOWS,
}


def needs(changes: Sequence[Change]) -> frozenset[Circumstance]:
    """Return what must be known of a course to judge these changes of it, and whether Canvas takes them."""
    rows = [FIELDS[change.field].transition(change.before, change.after) for change in changes]
    judging = {name for row in rows for case in row.cases for name in case.given}
    refusing = {_TOLD_BY[item] for row in rows for item in row.obstacles if item in _TOLD_BY}
    return frozenset(judging | refusing)


def judged(course: CoursePlan, context: Context, *, clear: Collection[Obstacle] = ()) -> CoursePlan:
    """Return the plan of a course with the risks and reasons its changes have in this context.

    clear: what Canvas could have refused a value for and, as it says, will not.
    """
    taken = (_taken(change, clear) for change in course.changes) if clear else course.changes
    changes = tuple(_judged(change, context) for change in taken)
    return replace(course, changes=changes, context=None if context == Context() else context)


def risen(course: CoursePlan, chosen: Collection[str], now: Context, *, allow: Risk) -> str:
    """Say which chosen change is riskier now than its plan showed, and than is allowed; nothing if none is.

    now: the context as it is just before the first write.
    """
    for change in course.changes:
        risk, why = _meaning(change, now)
        if change.id in chosen and risk.rank > max(change.risk.rank, allow.rank):
            return (
                f"{change.field} is {risk.value} now and was {change.risk.value} when it was planned. {why}."
            )
    return ""


def rests_on_context(course: CoursePlan, chosen: Collection[str]) -> bool:
    """Tell whether the risk of a chosen change could rise, because a circumstance made it small."""
    return any(
        change.id in chosen and _meaning(change, Context())[0].rank > change.risk.rank
        for change in course.changes
    )


def runs(term: State, now: datetime) -> bool | None:
    """Tell whether a term runs, by its start_at and end_at; one without dates never ends. None: no term."""
    if not term:
        return None
    start, end = _moment(term.get("start_at")), _moment(term.get("end_at"))
    return (start is None or start <= now) and (end is None or now <= end)


def _moment(value: Value) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def _taken(change: Change, clear: Collection[Obstacle]) -> Change:
    """Return a change without the note that Canvas may refuse it, where it will not."""
    usual = FIELDS[change.field].transition(change.before, change.after)
    if not usual.obstacles or not set(usual.obstacles) <= set(clear):
        return change
    return replace(change, notes=tuple(note for note in change.notes if note != f"{usual.why}."))


def _judged(change: Change, context: Context) -> Change:
    usual = FIELDS[change.field].transition(change.before, change.after)
    if not usual.cases:
        return change
    risk, why = _meaning(change, context)
    notes = [note for note in change.notes if note != f"{usual.why}."]
    if why:
        notes.insert(0, f"{why}.")
    return replace(change, risk=risk, notes=tuple(notes))


def _meaning(change: Change, context: Context) -> tuple[Risk, str]:
    usual = FIELDS[change.field].transition(change.before, change.after)
    for case in usual.cases:
        if _holds(case, context):
            return case.risk, case.why.replace("{count}", _courses(context.followers))
    return usual.risk, usual.why


def _courses(number: int | None) -> str:
    return "1 course" if number == 1 else f"{number or 0:,} courses"


def _holds(case: Case, context: Context) -> bool:
    """Tell whether a case holds for sure."""
    return all(is_so(name, context) is wanted for name, wanted in case.given.items())


def is_so(name: Circumstance, context: Context) -> bool | None:
    """Tell whether a circumstance holds; None where nobody knows."""
    found: int | bool | None = getattr(context, name.value)
    return None if found is None else bool(found)
