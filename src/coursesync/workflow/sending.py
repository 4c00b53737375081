"""Carry out one course as far as it goes alone: check that it is as shown, send it, and note the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coursesync.canvas.decode import as_id, decode_answer
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasUnanswered, CanvasUnavailable
from coursesync.model import Change, CoursePlan, Request, State
from coursesync.runs import answer, loss
from coursesync.steps.encode import encode, encode_unverified, is_batch, is_event, with_unverified
from coursesync.steps.rules import consequences
from coursesync.steps.verify import Sending
from coursesync.workflow.guards import in_batch, moved, new_effects, satisfied, within
from coursesync.workflow.settling import settle
from coursesync.workflow.uploads import bring, filled, outdated, unsent
from coursesync.workflow.work import Course, Work

_DOUBT = "Whether Canvas carried it out is not known."
_HELD = "Canvas already holds it."


def needs_second_look(course: Course) -> bool:
    """Tell whether a course seems to have moved since the plan, which a replica that lags may only claim."""
    return (
        bool(course.past)
        or bool(moved(course.plan, course.now))
        or any(satisfied(change, course.now) for change in course.changes)
    )


async def send_own(course: Course, work: Work) -> None:
    """Check that what would be sent now was shown, and send it, but for an event that goes with others."""
    settled = settle(course) if course.past else None
    stale = settled.moved if settled else moved(course.plan, course.now)
    if settled and settled.failed:
        for event in settled.events:
            # A state that takes several events got no further; what is read back tells how far that is.
            course.end(event.changes, Sending.REFUSED, settled.failed)
        course.hold(course.ids, settled.failed)
    elif halt := work.halts.refused.get(course.plan.id):
        course.give_up(f"Nothing {'more ' if course.sent else ''}was sent. {halt}")
    elif halt := work.halts.risen.get(course.plan.id):
        course.end(course.ids, Sending.STALE, halt)
    elif stale:
        course.end(course.ids, Sending.STALE, f"Canvas moved since the plan: {', '.join(stale)}.")
    else:
        await _send_rest(course, settled.events if settled else (), work)


async def _send_rest(course: Course, happened: Sequence[Request], work: Work) -> None:
    """Send what has no fate yet; happened: events that are not to be caused again."""
    remaining = _remaining(course, happened)
    # The order is the one the plan showed, however far the course has come.
    wanted = encode(course.plan.id, remaining, course.before)
    caused = [request.body for request in happened]
    own, event = _without_event(
        [request for request in wanted if request.body not in caused], course.plan, work
    )
    unverified = [item for item in course.unverified if item.id not in course.fates]
    requests = with_unverified(own, encode_unverified(course.plan.id, unverified))
    problem = _not_shown(course, remaining, requests, event, work)
    if problem:
        course.give_up(problem)
        return
    requests = unsent(course, requests)
    if stale := outdated(course, requests, work.content):
        course.end(course.ids, Sending.STALE, stale)
        return
    course.event = event
    failed = ""
    for request in requests:
        if failed:
            course.break_off(request.changes, failed)
            course.hold(request.changes, failed)
        elif work.stop:
            course.break_off(request.changes, work.stop.reason)
            course.leave(request.changes, work.stop)
        else:
            failed = await _send(course, request, work)
    if event and failed:
        course.break_off(event.changes, failed)
        course.hold(event.changes, failed)
        course.event = None


def _remaining(course: Course, happened: Sequence[Request]) -> list[Change]:
    """Settle what Canvas holds already, and return the changes that are to be sent."""
    caused = {number for request in happened for number in request.changes}
    _hold(
        [change for change in course.changes if change.id not in caused and satisfied(change, course.now)],
        course,
    )
    for change in course.changes:
        events = [request.body for request in encode(course.plan.id, [change], course.before)]
        if change.id in caused and all(body in [request.body for request in happened] for body in events):
            course.end([change.id], Sending.ANSWERED, "")
    rest = [change for change in course.changes if change.id not in course.fates]
    _hold([change for change in rest if _needless(change, rest, course)], course)
    return [change for change in rest if change.id not in course.fates]


def _hold(changes: Sequence[Change], course: Course) -> None:
    """Settle changes that Canvas holds already; in a course that was just made, its creation brought them."""
    ids = [change.id for change in changes if change.id not in course.fates]
    if course.plan.create:
        course.before = {**course.before, **{item.field: item.before for item in changes if item.id in ids}}
        course.end(ids, Sending.ANSWERED, "")
    else:
        course.end(ids, Sending.NOT_SENT, _HELD)


def _needless(change: Change, others: Sequence[Change], course: Course) -> bool:
    """Tell whether a field to be sent to hold it is held, and has nothing left that would move it."""
    if course.plan.create and not FIELDS[change.field].same(change.after, course.now.get(change.field)):
        # What a new course would read as was a guess.
        return False
    if change.expected is not None or not FIELDS[change.field].same(change.before, change.after):
        return False
    return not any(couple.field == change.field for other in others for couple in FIELDS[other.field].couples)


def _without_event(
    requests: Sequence[Request], plan: CoursePlan, work: Work
) -> tuple[tuple[Request, ...], Request | None]:
    """Part the last request off where the plan showed it in one call for several courses."""
    together = any(is_batch(work.shown[number]) for number in plan.requests)
    if together and requests and is_event(requests[-1]):
        return tuple(requests[:-1]), requests[-1]
    return tuple(requests), None


def _not_shown(
    course: Course,
    changes: Sequence[Change],
    requests: Sequence[Request],
    event: Request | None,
    work: Work,
) -> str:
    plan = course.plan
    shown = [work.shown[number] for number in plan.requests] + list(plan.unverified_requests)
    known = all(within(request, shown) for request in requests)
    if not known or (event and not in_batch(event, shown)):
        return "Leaving changes out would need another request than the plan showed; plan again without them."
    everything = (*requests, event) if event else requests
    found = consequences(course.now, changes, everything)
    surprises = new_effects(plan, found.side_effects, course.now)
    lost = [*found.impossible, *(effect.field for effect in surprises)]
    if lost:
        return f"As it is now, Canvas would also change {', '.join(lost)}, which the plan did not show."
    return ""


async def _send(course: Course, request: Request, work: Work) -> str:
    """Send one request and note its fate; return why the rest of the course must wait, if it must."""
    try:
        told = await _sent(course, request, work)
    except Stopped:
        course.break_off(request.changes, work.stop.reason)
        course.leave(request.changes, work.stop)
        return ""
    except CanvasError as error:
        await refuse([course], request, error, work)
    else:
        course.answers |= told
        if not request.brings_file:
            course.end(request.changes, Sending.ANSWERED, "")
        await work.journal.note(answer(request.id))
        return ""
    # What was answered before may have been overtaken by what this request did.
    course.answers.clear()
    return f"An earlier request of this course failed: {course.fates[request.changes[-1]].message}"


async def _sent(course: Course, request: Request, work: Work) -> State:
    """Send one request, or bring the file it is about, and return what the answer tells of the course."""

    async def leaving() -> None:
        await depart(request, [course], work)

    if request.brings_file:
        await bring(course, request, work, leaving=leaving)
        return {}
    body = filled(course, request)
    answered = await work.canvas.send(request.method, request.path, body, leaving=leaving)
    return _told(request, answered, work)


def _told(request: Request, answered: Value, work: Work) -> State:
    """Return what an answer tells of the course. Raises CanvasUnanswered where it tells nothing."""
    endpoint, (number,) = _endpoint(request), request.courses
    try:
        told = decode_answer(endpoint, answered, includes=frozenset(), host=work.canvas.host)
    except CanvasError as error:
        raise CanvasUnanswered(f"{error.message} {_DOUBT}") from error
    if endpoint is Endpoint.COURSE and (
        not isinstance(answered, Mapping) or as_id(answered.get("id")) != number
    ):
        raise CanvasUnanswered(f"Canvas answers {request.method} {request.path} with another thing. {_DOUBT}")
    return told


class Stopped(Exception):
    """The run was stopped while a request waited for its turn."""


async def depart(request: Request, courses: Sequence[Course], work: Work) -> None:
    """Put a request into the journal as it leaves, unless the run was stopped while it waited."""
    if work.stop:
        raise Stopped
    await work.journal.depart(request)
    for course in courses:
        course.sent += 1


async def refuse(courses: Sequence[Course], request: Request, error: CanvasError, work: Work) -> None:
    """Note that a request was refused, or that nobody knows; a Canvas that is lost stops the run."""
    unanswered = isinstance(error, CanvasUnanswered)
    lost = isinstance(error, CanvasUnavailable)
    for course in courses:
        mine = [number for number in request.changes if number in course.plan.carried]
        # A file that may have come to Canvas is in no field, so that nothing needs to be waited for.
        unclear = unanswered and not request.brings_file
        course.end(mine, Sending.UNANSWERED if unclear else Sending.REFUSED, error.message)
        if lost:
            course.lose(error.message)
    if lost:
        work.stop.set(error.message, unavailable=True)
    # Last, as a disk that refuses must not cost what is known.
    if unanswered or lost:
        await work.journal.note(loss(request.id, error.message, undone=not unanswered))
    else:
        await work.journal.note(answer(request.id, error.message))


def _endpoint(request: Request) -> Endpoint:
    return next(item for item in Endpoint if request.path == item.value.format(id=request.courses[0]))
