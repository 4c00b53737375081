"""Carry out one course as far as it goes alone: check that it is as shown, send it, and note the outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from coursesync.canvas.bulk import Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import decode_answer
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasUnanswered, CanvasUnavailable
from coursesync.model import (
    Address,
    Change,
    CourseOutcome,
    CoursePlan,
    LeftOut,
    Request,
    State,
    Unverified,
)
from coursesync.progress import Progress
from coursesync.runs import answer, departure
from coursesync.steps.encode import encode, encode_unverified, is_batch, is_event, with_unverified
from coursesync.steps.rules import consequences
from coursesync.steps.verify import Fate, Sending
from coursesync.workflow.guards import in_batch, moved, new_effects, satisfied, within
from coursesync.workflow.journal import Journal


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

    reader: Reader
    journal: Journal
    shown: Mapping[str, Request]
    chosen: Collection[str]
    send_unverified: bool
    fail_fast: bool
    stop: Stop
    sleep: Callable[[float], Awaitable[None]]
    progress: Progress

    @property
    def canvas(self) -> Canvas:
        """Return the client."""
        return self.reader.canvas


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The outcome of one course, what of it was left out, and how many requests wrote."""

    outcome: CourseOutcome
    left_out: tuple[LeftOut, ...]
    sent: int


@dataclass(slots=True)
class Course:
    """One course under way.

    before: live state just before the first write. fates: of each change. answers: what Canvas answered,
    decoded. event: the last request, where it goes together with those of other courses.
    """

    plan: CoursePlan
    changes: Sequence[Change]
    unverified: Sequence[Unverified]
    before: State = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    answers: dict[Address, Value] = field(default_factory=dict)
    event: Request | None = None
    sent: int = 0
    error: str = ""

    @property
    def ids(self) -> list[str]:
        """Return the ids of everything that was chosen."""
        return [change.id for change in self.changes] + [item.id for item in self.unverified]

    def end(self, ids: Collection[str], sending: Sending, why: str) -> None:
        """Note the fate of some changes, unless it was settled before."""
        for number in ids:
            self.fates.setdefault(number, Fate(sending=sending, message=why))

    def give_up(self, why: str) -> None:
        """End the course with an error; what was not sent by now is not sent."""
        self.error = self.error or why
        self.end(self.ids, Sending.NOT_SENT, why)


def course_of(plan: CoursePlan, work: Work) -> Course:
    """Return a course at its beginning, with what was chosen of its plan."""
    unverified = [item for item in plan.unverified if work.send_unverified and item.id in work.chosen]
    return Course(
        plan=plan,
        changes=[change for change in plan.changes if change.id in work.chosen],
        unverified=unverified,
    )


def needs_second_look(course: Course) -> bool:
    """Tell whether a course seems to have moved since the plan, which a replica that lags may only claim."""
    return bool(moved(course.plan, course.before)) or any(
        satisfied(change, course.before) for change in course.changes
    )


async def send_own(course: Course, work: Work) -> None:
    """Check that what would be sent now was shown, and send it, but for an event that goes with others."""
    live = course.before
    stale = moved(course.plan, live)
    if stale:
        course.end(course.ids, Sending.STALE, f"Canvas moved since the plan: {', '.join(stale)}.")
        return
    held = [change.id for change in course.changes if satisfied(change, live)]
    course.end(held, Sending.NOT_SENT, "Canvas already holds it.")
    remaining = [change for change in course.changes if change.id not in course.fates]
    own, event = _without_event(encode(course.plan.id, remaining, live), course.plan, work)
    requests = with_unverified(own, encode_unverified(course.plan.id, course.unverified))
    problem = _not_shown(course.plan, remaining, requests, event, live, work)
    if problem:
        course.give_up(problem)
        return
    course.event = event
    failed = ""
    for request in requests:
        if failed or work.stop:
            course.end(request.changes, Sending.NOT_SENT, failed or work.stop.reason)
        else:
            failed = await _send(course, request, work)
    if event and failed:
        course.end(event.changes, Sending.NOT_SENT, failed)
        course.event = None


def _without_event(
    requests: Sequence[Request], plan: CoursePlan, work: Work
) -> tuple[tuple[Request, ...], Request | None]:
    """Part the last request off where the plan showed it in one call for several courses."""
    together = any(is_batch(work.shown[number]) for number in plan.requests)
    if together and requests and is_event(requests[-1]):
        return tuple(requests[:-1]), requests[-1]
    return tuple(requests), None


def _not_shown(
    plan: CoursePlan,
    changes: Sequence[Change],
    requests: Sequence[Request],
    event: Request | None,
    live: State,
    work: Work,
) -> str:
    shown = [work.shown[number] for number in plan.requests] + list(plan.unverified_requests)
    known = all(within(request, shown) for request in requests)
    if not known or (event and not in_batch(event, shown)):
        return "Leaving changes out would need another request than the plan showed; plan again without them."
    everything = (*requests, event) if event else requests
    found = consequences(live, changes, everything)
    surprises = new_effects(plan, found.side_effects, live)
    lost = [*found.impossible, *(effect.field for effect in surprises)]
    if lost:
        return f"As it is now, Canvas would also change {', '.join(lost)}, which the plan did not show."
    return ""


async def _send(course: Course, request: Request, work: Work) -> str:
    """Send one request and note its fate; return why the rest of the course must wait, if it must."""
    try:
        told = await work.canvas.send(
            request.method, request.path, request.body, leaving=lambda: depart(request, [course], work)
        )
    except Stopped:
        course.end(request.changes, Sending.NOT_SENT, work.stop.reason)
        return work.stop.reason
    except CanvasError as error:
        await work.journal.note(answer(request.id, error.message))
        refuse([course], request.changes, error, work)
    else:
        await work.journal.note(answer(request.id, "ok"))
        endpoint = _endpoint(request)
        course.answers |= decode_answer(endpoint, told, includes=frozenset(), host=work.canvas.host)
        course.end(request.changes, Sending.ANSWERED, "")
        return ""
    # What was answered before may have been overtaken by what this request did.
    course.answers.clear()
    return f"An earlier request of this course failed: {course.fates[request.changes[-1]].message}"


class Stopped(Exception):
    """The run was stopped while a request waited for its turn."""


async def depart(request: Request, courses: Sequence[Course], work: Work) -> None:
    """Put a request into the journal as it leaves, unless the run was stopped while it waited."""
    if work.stop:
        raise Stopped
    await work.journal.note(departure(request))
    for course in courses:
        course.sent += 1


def refuse(courses: Sequence[Course], changes: Collection[str], error: CanvasError, work: Work) -> None:
    """Note that a request was refused, or that nobody knows; a Canvas that is lost stops the run."""
    unanswered = isinstance(error, CanvasUnanswered)
    for course in courses:
        mine = [number for number in changes if number in course.plan.carried]
        course.end(mine, Sending.UNANSWERED if unanswered else Sending.REFUSED, error.message)
        if isinstance(error, CanvasUnavailable):
            course.error = error.message
    if isinstance(error, CanvasUnavailable):
        work.stop.set(error.message, unavailable=True)


def _endpoint(request: Request) -> Endpoint:
    return next(item for item in Endpoint if request.path == item.value.format(id=request.courses[0]))
