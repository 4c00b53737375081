"""Carry out courses in waves: look at all, send each its own, then events together, then read all back."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.canvas.batch import BatchResult, run_batch
from coursesync.canvas.bulk import Found
from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasUnavailable, UsageProblem
from coursesync.model import (
    Address,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    LeftOut,
    LiveCourse,
    Request,
    Settled,
    State,
)
from coursesync.runs import Event, answer, conclusion
from coursesync.steps.encode import is_batch
from coursesync.steps.verify import Fate, Sending, verify
from coursesync.workflow.sending import Stopped, depart, needs_second_look, refuse, send_own
from coursesync.workflow.settling import doubt, settle
from coursesync.workflow.uploads import remarked
from coursesync.workflow.work import Course, Work, course_of

# How long a read that may lag behind the write is tried again, and the waits between the tries, in seconds.
PATIENCE = (1.0, 2.0, 4.0, 8.0)
# How long to wait before the second look at a course that seems to have moved.
SECOND_LOOK = 1.0
# Courses that are looked at together, just before they are written; few, so that the look stays fresh.
WAVE = 200
# One wave looks, two send, so that there is always one to send when the other ends; and one is read back.
_LOOKING, _SENDING, _WAVES_AT_ONCE = 1, 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wave:
    """Courses that are looked at together, and the one call that ends them, if they share one."""

    plans: tuple[CoursePlan, ...]
    batch: Request | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doors:
    """What waves wait at before they look and before they send, in their order."""

    look: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKING))
    send: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SENDING))


async def apply_courses(plans: Sequence[CoursePlan], work: Work) -> list[Settled]:
    """Carry out the plans of many courses, never two writes to one course at once; in the order of the plans.

    Problems of a course end up in its outcome, never as exceptions. CanvasUnavailable (a dead token, an
    unreachable Canvas) stops the whole run through `work.stop`.
    """
    work.progress.begin("Applying", len(plans))
    # Where the first failure shall end the run, nothing else may be under way when it comes.
    size, at_once = (1, 1) if work.fail_fast else (WAVE, _WAVES_AT_ONCE)
    waves = list(_waves(plans, work, size))
    doors = _Doors()
    done = await in_parallel(lambda wave: _apply_wave(wave, work, doors), waves, at_once=at_once)
    work.progress.end()
    by_id = {item.outcome.id: item for wave in done for item in wave}
    return [by_id[plan.id] for plan in plans]


def _waves(plans: Sequence[CoursePlan], work: Work, size: int) -> Iterator[_Wave]:
    """Part the courses: those of one batch together, all others in waves of their own."""
    batch_of = {
        course: request for request in work.shown.values() if is_batch(request) for course in request.courses
    }
    alone = [plan for plan in plans if plan.id not in batch_of]
    for start in range(0, len(alone), size):
        yield _Wave(plans=tuple(alone[start : start + size]))
    for batch in {request.id: request for request in batch_of.values()}.values():
        members = tuple(plan for plan in plans if batch_of.get(plan.id) == batch)
        if members:
            yield _Wave(plans=members, batch=batch)


async def _apply_wave(wave: _Wave, work: Work, doors: _Doors) -> list[Settled]:
    courses = [course_of(plan, work) for plan in wave.plans]
    after: dict[int, State] = {}
    try:
        if not work.stop:
            async with doors.look:
                await _look(courses, work)
            async with doors.send:
                await in_parallel(lambda course: _send_own(course, work), courses)
            if wave.batch:
                await _send_together(wave.batch, courses, work)
            after = await _read_back([course for course in courses if course.sent], work)
    except CanvasUnavailable as error:
        work.stop.set(error.message, unavailable=True)
        for course in courses:
            course.lose(error.message)
    except UsageProblem as error:
        _no_record(courses, error, work)
    done = [concluded(course, after.get(course.plan.id, {}), work) for course in courses]
    await record(done, work)
    return done


def _no_record(courses: Sequence[Course], error: UsageProblem, work: Work) -> None:
    """Stop where the journal cannot be kept: without a record nothing more is sent."""
    work.stop.set(error.message)
    for course in courses:
        course.lose(error.message)


async def _look(courses: Sequence[Course], work: Work) -> None:
    """Read the courses as they are now; where one seems to have moved, look a second time."""
    await _look_once(courses, work)
    doubtful = [course for course in courses if not course.error and needs_second_look(course)]
    if doubtful:
        await work.sleep(SECOND_LOOK)
        await _look_once(doubtful, work)


async def _look_once(courses: Sequence[Course], work: Work) -> None:
    found = await work.reader.courses({str(course.plan.id): course.plan.spoken_of for course in courses})
    for course in courses:
        live = found[str(course.plan.id)]
        if isinstance(live, LiveCourse):
            course.before = course.now = live.state
            if course.plan.create:
                course.before = {**live.state, **course.unborn}
        else:
            doubt(course, live.message)
            course.give_up(live.message)


async def _send_own(course: Course, work: Work) -> None:
    if work.stop:
        if course.past and not course.error:
            settle(course)
        doubt(course, work.stop.reason)
        course.leave(course.ids, work.stop)
    elif not course.error:
        try:
            await send_own(course, work)
        except UsageProblem as error:
            _no_record([course], error, work)
    work.progress.advance()


async def _send_together(batch: Request, courses: Sequence[Course], work: Work) -> None:
    """Send the events that wait in one call, for as many of its courses as came so far."""
    waiting = {course.plan.id: course for course in courses if course.event}
    if work.stop or not waiting:
        for course in waiting.values():
            course.leave(course.ids, work.stop)
        return
    changes = tuple(number for course in waiting.values() for number in _event(course).changes)
    call = replace(
        batch,
        body={**batch.body, "course_ids": list(waiting)},
        courses=tuple(waiting),
        changes=tuple(number for number in batch.changes if number in changes),
    )
    members = list(waiting.values())
    try:
        result = await run_batch(
            work.canvas,
            call.path,
            call.body,
            leaving=lambda: depart(call, members, work),
            sleep=work.sleep,
        )
    except Stopped:
        for course in members:
            course.leave(course.ids, work.stop)
        return
    except CanvasError as error:
        await refuse(members, call, error, work)
    else:
        for course in members:
            _note(course, result)
        await work.journal.note(_answered(call, result))
    for course in members:
        # What was told before is overtaken by what the event did.
        course.answers = _told_by(Endpoint.SETTINGS, course.answers)


def _event(course: Course) -> Request:
    assert course.event is not None  # noqa: S101 - only courses with an event wait
    return course.event


def _answered(call: Request, result: BatchResult) -> tuple[Event, ...]:
    if result.failed:
        return answer(call.id, result.failed)
    return answer(call.id, failures=result.failures)


def _note(course: Course, result: BatchResult) -> None:
    why = result.failures.get(course.plan.id) or result.failed
    course.end(_event(course).changes, Sending.REFUSED if why else Sending.ANSWERED, why)


def _told_by(endpoint: Endpoint, answers: Mapping[Address, Value]) -> dict[Address, Value]:
    reads = {address: FIELDS[address].read for address in answers}
    return {
        address: value
        for address, value in answers.items()
        if (read := reads[address]) and read.endpoint is endpoint
    }


async def _read_back(courses: Sequence[Course], work: Work) -> dict[int, State]:
    """Read what the answers lack; a read that lags may only disprove after several tries."""
    read: dict[int, State] = {course.plan.id: {} for course in courses}
    lacking = {course.plan.id: _lacking(course) for course in courses}
    waiting = [course for course in courses if lacking[course.plan.id]]
    for wait in (*PATIENCE, None):
        if not waiting:
            break
        found = await work.reader.courses(
            {str(course.plan.id): lacking[course.plan.id] for course in waiting}
        )
        for course in waiting:
            read[course.plan.id] = _told(course, found[str(course.plan.id)])
        waiting = [
            course
            for course in waiting
            if _may_be_late(course, read[course.plan.id], lacking[course.plan.id])
        ]
        if wait is not None and waiting:
            await work.sleep(wait)
    return read


def _lacking(course: Course) -> frozenset[Address]:
    return frozenset(
        address
        for address in course.plan.spoken_of
        if address not in course.answers and FIELDS[address].read is not None
    )


def _told(course: Course, found: Found) -> State:
    if not isinstance(found, LiveCourse):
        course.error = course.error or f"It could not be read back: {found.message}"
        return {}
    return {address: value for address, value in found.state.items() if address not in course.answers}


def _may_be_late(course: Course, read: State, lacking: Collection[Address]) -> bool:
    """Tell whether a field is not as it should be, and a later read could still show that it is."""
    if not read:
        return False
    fields = verify(course.plan, course.fates, before=course.before, after={**course.answers, **read})
    return any(_is_late(item, lacking, course.fates) for item in fields)


def _is_late(outcome: FieldOutcome, lacking: Collection[Address], fates: Mapping[str, Fate]) -> bool:
    fate = fates.get(outcome.change_id or "")
    if outcome.field not in lacking or (fate and fate.sending is Sending.REFUSED):
        return False
    return not outcome.verdict.good


def concluded(course: Course, read: State, work: Work) -> Settled:
    """Give every field its verdict and return the outcome."""
    if not course.fates.keys() >= {*course.ids}:
        doubt(course, course.error or work.stop.reason)
        course.leave(course.ids, work.stop)
    plan = course.plan
    answers = {**course.answers, **read}
    fields = remarked(course, verify(plan, course.fates, before=course.before, after=answers))
    left_out = _left_out(course, work)
    if course.held and all(item.verdict.good for item in fields):
        # What went wrong turned out well, and nothing else would say that something is missing.
        course.error = course.error or course.held
    if work.fail_fast and (course.error or any(not item.verdict.good for item in fields)):
        work.stop.set(f"An earlier course failed ({plan.name}).")
    outcome = CourseOutcome(
        id=plan.id,
        name=plan.name,
        sis_course_id=plan.sis_course_id,
        fields=fields,
        error=course.error,
        account_id=plan.account_id,
        created=plan.create,
    )
    return Settled(outcome=outcome, left_out=left_out, cut=course.cut)


def _left_out(course: Course, work: Work) -> tuple[LeftOut, ...]:
    """List what the plan shows and this run did not send."""
    plan = course.plan
    reasons = {
        change.id: "left out by --only or --except" for change in plan.changes if change.id not in work.chosen
    }
    reasons |= {
        number: fate.message
        for number, fate in course.fates.items()
        if fate.sending in {Sending.NOT_SENT, Sending.STALE}
    }
    return tuple(
        LeftOut(course=plan.id, field=change.field, change_id=change.id, reason=reasons[change.id])
        for change in plan.changes
        if change.id in reasons
    )


async def record(done: Sequence[Settled], work: Work) -> None:
    """Put the verdicts of courses into the journal; a disk that refuses ends the run, not the report."""
    try:
        await work.journal.note(conclusion(done))
    except UsageProblem as error:
        work.stop.set(error.message)
