"""Ask the audit log who changed the fields that moved in Canvas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue.course import DELETED
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable
from coursesync.model import AuditEvent, CourseDrift, DriftClass, FieldDrift
from coursesync.steps.trace import trace

# What the audit log of a course holds, newest first.
Ask = Callable[[int], Awaitable[tuple[AuditEvent, ...]]]

_NOT_FOUND = 404
_NOT_ALLOWED = {401, 403}
_MOVED = {DriftClass.LIVE_CHANGED, DriftClass.CONFLICT, DriftClass.DIFFERS, DriftClass.BOTH}


async def blamed(courses: Sequence[CourseDrift], ask: Ask | None) -> tuple[list[CourseDrift], str]:
    """Return the courses with who changed each field that moved in Canvas, and why some could not be told.

    ask: None where nobody wants to know.
    """
    moved = [course for course in courses if any(item.class_ in _MOVED for item in course.fields)]
    # Some Canvas shows no log of a deleted course, which tells nothing of the others.
    moved.sort(key=lambda course: course.workflow_state == DELETED)
    if ask is None or not moved:
        return list(courses), ""
    try:
        # The first one tells whether there is a log at all, and whether the token may read it.
        first = await ask(moved[0].id)
    except CanvasUnavailable:
        raise
    except CanvasError as error:
        return list(courses), _lost(moved) if moved[0].workflow_state == DELETED else _why(error)
    logs, lost = await _logs([course.id for course in moved[1:]], ask)
    logs[moved[0].id] = first
    found = [_with_blame(course, logs[course.id]) if course.id in logs else course for course in courses]
    return found, _lost(moved, lost) if lost else ""


def _lost(moved: Sequence[CourseDrift], number: int | None = None) -> str:
    number = len(moved) if number is None else number
    return f"The audit log of {number:,} of {len(moved):,} courses could not be read."


async def _logs(numbers: Sequence[int], ask: Ask) -> tuple[dict[int, tuple[AuditEvent, ...]], int]:
    async def one(number: int) -> tuple[int, tuple[AuditEvent, ...] | None]:
        try:
            return number, await ask(number)
        except CanvasUnavailable:
            raise
        except CanvasError:
            return number, None

    answers = await in_parallel(one, numbers)
    found = {number: events for number, events in answers if events is not None}
    return found, len(answers) - len(found)


def _why(error: CanvasError) -> str:
    status = error.status if isinstance(error, CanvasRefused) else None
    if status == _NOT_FOUND:
        return "Who changed what is not known: this Canvas keeps no audit log of courses."
    if status in _NOT_ALLOWED:
        return (
            "Who changed what is not known: the token may not read the audit log of courses, which takes the "
            'right "View course change logs" in the root account.'
        )
    return f"Who changed what is not known: {error.message}"


def _with_blame(course: CourseDrift, events: Sequence[AuditEvent]) -> CourseDrift:
    return replace(course, fields=tuple(_traced(item, events) for item in course.fields))


def _traced(item: FieldDrift, events: Sequence[AuditEvent]) -> FieldDrift:
    if item.class_ not in _MOVED:
        return item
    return replace(item, blame=trace(item.field, item.read, events))
