"""Make the courses of a plan that do not exist yet, each once: its SIS id tells whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coursesync.canvas.bulk import Found
from coursesync.canvas.decode import as_id
from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue.types import Value
from coursesync.errors import (
    CanvasError,
    CanvasRefused,
    CanvasUnanswered,
    CanvasUnavailable,
    UsageProblem,
)
from coursesync.model import CoursePlan, LiveCourse, Request, Settled
from coursesync.runs import answer, creation, loss
from coursesync.steps.creation import is_creation
from coursesync.steps.verify import Sending
from coursesync.workflow.sending import Stopped, depart
from coursesync.workflow.waves import PATIENCE, concluded, record
from coursesync.workflow.work import Course, Work, course_of

_THERE = "A course with its SIS id exists by now, which the plan would have created; plan again."
_NOT_CHOSEN = "The course does not exist, and its creation was left out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of courses that did not exist.

    numbers: the ids of those made, by their negative numbers. settled: those that were not.
    """

    numbers: dict[int, int] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)


async def make_courses(plans: Sequence[CoursePlan], work: Work) -> Made:
    """Make every course that has a negative number, and note each id in the journal before anything else.

    Problems of a course end up in its outcome. CanvasUnavailable stops the whole run through `work.stop`.
    """
    made = Made()
    new = [course_of(plan, work) for plan in plans if plan.id < 0]
    if not new:
        return made
    await in_parallel(lambda course: _make(course, made, work), new)
    made.settled.extend(concluded(course, {}, work) for course in new if course.plan.id not in made.numbers)
    await record(made.settled, work)
    return made


async def _make(course: Course, made: Made, work: Work) -> None:
    request = next(one for one in _shown(course, work) if is_creation(one))
    halt = work.halts.refused.get(course.plan.id)
    try:
        if work.stop:
            course.leave(course.ids, work.stop)
        elif not set(request.changes) <= set(course.ids):
            course.end(course.ids, Sending.NOT_SENT, _NOT_CHOSEN)
        elif halt:
            course.give_up(f"Nothing was sent. {halt}")
        else:
            number = await _number(course, request, work)
            if number is not None:
                made.numbers[course.plan.id] = number
    except Stopped:
        course.leave(course.ids, work.stop)
    except CanvasUnavailable as error:
        work.stop.set(error.message, unavailable=True)
        course.lose(error.message)
    except UsageProblem as error:
        work.stop.set(error.message)
        course.lose(error.message)


def _shown(course: Course, work: Work) -> list[Request]:
    return [work.shown[name] for name in course.plan.requests]


async def _number(course: Course, request: Request, work: Work) -> int | None:
    """Return the id of the course once it is there, or None where the course says why there is none."""
    begun = any(attempt.left and not attempt.undone for attempt in course.past)
    there = await _look(course, work)
    if isinstance(there, LiveCourse) and not begun:
        course.end(course.ids, Sending.STALE, _THERE)
        return None
    if isinstance(there, LiveCourse):
        # An earlier life of the run asked for it, and the answer was lost.
        await work.journal.note(creation(request.id, there.id))
        return there.id
    if not _is_gone(there):
        course.give_up(there.message)
        return None
    return await _send(course, request, work)


async def _look(course: Course, work: Work) -> Found:
    key = str(course.plan.key)
    return (await work.reader.courses({key: frozenset()}))[key]


def _is_gone(found: Found) -> bool:
    return isinstance(found, CanvasRefused) and found.not_found


async def _send(course: Course, request: Request, work: Work) -> int | None:
    try:
        answered = await work.canvas.send(
            request.method, request.path, request.body, leaving=lambda: depart(request, [course], work)
        )
        number = _id_in(answered)
    except CanvasUnanswered as error:
        return await _after_silence(course, request, error, work)
    except CanvasError as error:
        lost = isinstance(error, CanvasUnavailable)
        await work.journal.note(
            loss(request.id, error.message, undone=True) if lost else answer(request.id, error.message)
        )
        if lost:
            raise
        course.end(request.changes, Sending.REFUSED, error.message)
        course.hold(course.ids, f"The course was not created: {error.message}")
        return None
    # In this order, so that what is known to be answered is known by its id.
    await work.journal.note((*creation(request.id, number), *answer(request.id)))
    return await _visible(number, work)


def _id_in(answered: Value) -> int:
    """Return the id of the new course. Raises CanvasUnanswered where the answer tells none."""
    number = as_id(answered.get("id")) if isinstance(answered, Mapping) else None
    if number is None:
        raise CanvasUnanswered("Canvas answers the creation with another thing than the course.")
    return number


async def _after_silence(course: Course, request: Request, error: CanvasUnanswered, work: Work) -> int | None:
    """Find out whether a course was made whose answer was lost: it may take a while until it can be read."""
    await work.journal.note(loss(request.id, error.message, undone=False))
    for wait in (*PATIENCE, None):
        there = await _look(course, work)
        if isinstance(there, LiveCourse):
            await work.journal.note(creation(request.id, there.id))
            return there.id
        if wait is not None:
            await work.sleep(wait)
    course.end(request.changes, Sending.UNANSWERED, error.message)
    course.hold(course.ids, "Whether the course was created is not known; nothing more of it was sent.")
    return None


async def _visible(number: int, work: Work) -> int:
    """Wait until reading shows the new course; where that takes too long, whoever looks at it says so."""
    try:
        for wait in PATIENCE:
            found = (await work.reader.courses({str(number): frozenset()}))[str(number)]
            if not _is_gone(found):
                break
            await work.sleep(wait)
    except CanvasUnavailable as error:
        # The course is there all the same.
        work.stop.set(error.message, unavailable=True)
    return number
