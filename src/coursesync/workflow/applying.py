"""Carry out the plan of one course: look again, send, read back, and say what became of every field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import decode_answer
from coursesync.canvas.parallel import in_parallel
from coursesync.canvas.read import read_course
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnanswered, CanvasUnavailable, UsageProblem
from coursesync.model import (
    Address,
    Change,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    LeftOut,
    Request,
    State,
    Unverified,
)
from coursesync.runs import Run
from coursesync.steps.encode import encode, encode_unverified, with_unverified
from coursesync.steps.rules import consequences
from coursesync.steps.verify import Fate, Sending, verify
from coursesync.workflow.guards import moved, new_effects, satisfied, within

# How long a read that may lag behind the write is tried again, and the waits between the tries, in seconds.
PATIENCE = (1.0, 2.0, 4.0, 8.0)
# How long to wait before the second look at a course that seems to have moved.
SECOND_LOOK = 1.0


@dataclass(slots=True)
class Stop:
    """Whether the run should send nothing more, and why; set by an interrupt, a failure, or a dead token."""

    reason: str = ""
    interrupted: bool = False
    unavailable: bool = False

    def __bool__(self) -> bool:
        return bool(self.reason)

    def set(self, reason: str, *, interrupted: bool = False, unavailable: bool = False) -> None:
        """Ask for no more requests; the first reason given is kept."""
        self.reason = self.reason or reason
        self.interrupted = self.interrupted or interrupted
        self.unavailable = self.unavailable or unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the courses of one apply share: the client, the journal, what was chosen, and the way to wait."""

    canvas: Canvas
    run: Run
    shown: dict[str, Request]
    chosen: Collection[str]
    send_unverified: bool
    fail_fast: bool
    stop: Stop
    sleep: Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Course:
    """One course under way: the fate of each change, answers decoded so far, requests sent."""

    plan: CoursePlan
    fates: dict[str, Fate] = field(default_factory=dict)
    answers: dict[Address, Value] = field(default_factory=dict)
    sent: int = 0
    error: str = ""

    def end(self, ids: Collection[str], sending: Sending, why: str) -> None:
        for number in ids:
            self.fates.setdefault(number, Fate(sending=sending, message=why))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The outcome of one course, what of it was left out, and how many requests wrote."""

    outcome: CourseOutcome
    left_out: tuple[LeftOut, ...]
    sent: int


async def apply_course(plan: CoursePlan, work: Work) -> Applied:
    """Carry out one course's plan; problems of the course end up in the outcome, never as exceptions.

    CanvasUnavailable (a dead token, an unreachable Canvas) stops the whole run through `work.stop`.
    """
    course = _Course(plan=plan)
    changes = [change for change in plan.changes if change.id in work.chosen]
    unverified = _unverified(plan, work)
    before: State = {}
    after: State = {}
    try:
        if work.stop:
            course.end(_ids(changes, unverified), Sending.NOT_SENT, work.stop.reason)
        else:
            before = await _look(plan, changes, work)
            if await _prepare_and_send(course, changes, unverified, before, work):
                after = await _read_back(course, before, work)
    except CanvasUnavailable as error:
        work.stop.set(error.message, unavailable=True)
        course.error = error.message
    except CanvasError as error:
        course.error = error.message
    except UsageProblem as error:
        # The journal cannot be kept: without a record nothing more is sent.
        work.stop.set(error.message)
        course.error = error.message
    course.end(_ids(changes, unverified), Sending.NOT_SENT, course.error or work.stop.reason)
    fields = verify(plan, course.fates, before=before, after={**course.answers, **after})
    outcome = CourseOutcome(
        id=plan.id, name=plan.name, sis_course_id=plan.sis_course_id, fields=fields, error=course.error
    )
    left_out = _left_out(plan, course, work)
    _record(plan, fields, left_out, work)
    if work.fail_fast and (course.error or any(not item.verdict.good for item in fields)):
        work.stop.set(f"An earlier course failed ({plan.name}).")
    return Applied(outcome=outcome, left_out=left_out, sent=course.sent)


def _record(
    plan: CoursePlan, fields: Sequence[FieldOutcome], left_out: Sequence[LeftOut], work: Work
) -> None:
    """Put the verdicts of a course into the journal; a disk that refuses ends the run, not the report."""
    try:
        work.run.verified(plan.id, [(item.field, item.verdict.value) for item in fields])
        for item in left_out:
            work.run.left(item)
    except UsageProblem as error:
        work.stop.set(error.message)


def _ids(changes: Sequence[Change], unverified: Sequence[Unverified]) -> list[str]:
    return [change.id for change in changes] + [item.id for item in unverified]


def _unverified(plan: CoursePlan, work: Work) -> list[Unverified]:
    return [item for item in plan.unverified if work.send_unverified and item.id in work.chosen]


async def _look(plan: CoursePlan, changes: Sequence[Change], work: Work) -> State:
    """Read the course as it is now; where it seems to have moved, look a second time (replicas lag)."""
    live = await read_course(work.canvas, str(plan.id), plan.spoken_of)
    if moved(plan, live.state) or any(satisfied(change, live.state) for change in changes):
        await work.sleep(SECOND_LOOK)
        live = await read_course(work.canvas, str(plan.id), plan.spoken_of)
    return live.state


async def _prepare_and_send(
    course: _Course, changes: list[Change], unverified: list[Unverified], live: State, work: Work
) -> bool:
    """Check that what would be sent now was shown, then send it; tell whether anything was sent."""
    stale = moved(course.plan, live)
    if stale:
        why = f"Canvas moved since the plan: {', '.join(stale)}."
        course.end(_ids(changes, unverified), Sending.STALE, why)
        return False
    course.end([c.id for c in changes if satisfied(c, live)], Sending.NOT_SENT, "Canvas already holds it.")
    remaining = [change for change in changes if change.id not in course.fates]
    extra = encode_unverified(course.plan.id, unverified)
    requests = with_unverified(encode(course.plan.id, remaining, live), extra)
    problem = _not_shown(course.plan, remaining, requests, live, work)
    if problem:
        course.error = problem
        course.end(_ids(changes, unverified), Sending.NOT_SENT, problem)
        return False
    await _send_all(course, requests, work)
    return course.sent > 0


def _not_shown(
    plan: CoursePlan, changes: Sequence[Change], requests: Sequence[Request], live: State, work: Work
) -> str:
    shown = [work.shown[number] for number in plan.requests] + list(plan.unverified_requests)
    if not all(within(request, shown) for request in requests):
        return "Leaving changes out would need another request than the plan showed; plan again without them."
    found = consequences(live, changes, requests)
    surprises = new_effects(plan, found.side_effects, live)
    lost = [*found.impossible, *(effect.field for effect in surprises)]
    if lost:
        return f"As it is now, Canvas would also change {', '.join(lost)}, which the plan did not show."
    return ""


async def _send_all(course: _Course, requests: Sequence[Request], work: Work) -> None:
    failed = ""
    for request in requests:
        if failed or work.stop:
            course.end(request.changes, Sending.NOT_SENT, failed or work.stop.reason)
            continue
        failed = await _send(course, request, work)


async def _send(course: _Course, request: Request, work: Work) -> str:
    """Send one request and note its fate; return why the rest of the course must wait, if it must."""
    work.run.intent(request)
    work.run.sent(request.id)
    course.sent += 1
    try:
        answer = await work.canvas.send(request.method, request.path, request.body)
    except CanvasUnanswered as error:
        work.run.answered(request.id, error.message)
        course.end(request.changes, Sending.UNANSWERED, error.message)
    except CanvasError as error:
        work.run.answered(request.id, error.message)
        course.end(request.changes, Sending.REFUSED, error.message)
        if isinstance(error, CanvasUnavailable):
            course.error = error.message
            work.stop.set(error.message, unavailable=True)
    else:
        work.run.answered(request.id, "ok")
        endpoint = _endpoint(request)
        course.answers |= decode_answer(endpoint, answer, includes=frozenset(), host=work.canvas.host)
        course.end(request.changes, Sending.ANSWERED, "")
        return ""
    # What was answered before may have been overtaken by what this request did.
    course.answers.clear()
    return f"An earlier request of this course failed: {course.fates[request.changes[-1]].message}"


def _endpoint(request: Request) -> Endpoint:
    return next(item for item in Endpoint if request.path == item.value.format(id=request.courses[0]))


async def _read_back(course: _Course, before: State, work: Work) -> State:
    """Read what the answers lack; a read that lags may only disprove after several tries."""
    lacking = frozenset(address for address in course.plan.spoken_of if address not in course.answers)
    lacking = frozenset(address for address in lacking if FIELDS[address].read)
    read: State = {}
    for wait in (*PATIENCE, None):
        if lacking:
            try:
                live = await read_course(work.canvas, str(course.plan.id), lacking)
            except CanvasRefused as error:
                course.error = course.error or f"It could not be read back: {error.message}"
                return read
            read = {address: value for address, value in live.state.items() if address not in course.answers}
        fields = verify(course.plan, course.fates, before=before, after={**course.answers, **read})
        if wait is None or not any(_may_be_late(item, lacking, course.fates) for item in fields):
            break
        await work.sleep(wait)
    return read


def _may_be_late(outcome: FieldOutcome, lacking: Collection[Address], fates: Mapping[str, Fate]) -> bool:
    fate = fates.get(outcome.change_id or "")
    if outcome.field not in lacking or (fate and fate.sending is Sending.REFUSED):
        return False
    return not outcome.verdict.good


def _left_out(plan: CoursePlan, course: _Course, work: Work) -> tuple[LeftOut, ...]:
    """List what the plan shows and this run did not send."""
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


async def apply_courses(courses: Sequence[CoursePlan], work: Work, *, parallelism: int) -> list[Applied]:
    """Carry out the plans of many courses, several at a time and never two writes to one course at once."""

    async def one(course: CoursePlan) -> Applied:
        return await apply_course(course, work)

    return await in_parallel(one, courses, at_once=parallelism)
