"""Settle what a course had sent before its run ended, by what the course reads as now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import WORKFLOW_STATE
from coursesync.catalogue.field import Endpoint, Mark, Step
from coursesync.catalogue.types import Value
from coursesync.model import Address, Change, Request
from coursesync.runs import Attempt
from coursesync.steps.encode import is_event
from coursesync.steps.rules import played
from coursesync.steps.verify import Sending
from coursesync.workflow.guards import satisfied
from coursesync.workflow.work import Course

_UNREADABLE = (
    "It may have been sent before the run ended, and Canvas never shows this field, so it is not sent again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is left to say of a course that was under way.

    moved: fields somebody else has changed. events: those that happened, which are not caused again. failed:
    why the rest must wait, if it must.
    """

    moved: tuple[Address, ...]
    events: tuple[Request, ...]
    failed: str


def settle(course: Course) -> Settled:
    """Give each request of a course's past its outcome, and set what the course was before the first one.

    What Canvas answered is not repeated. A request nobody answered counts as done where the course reads as
    it wants; else its changes have no fate yet and are to be sent.
    """
    attempts = [replace(attempt, request=_own(attempt.request, course)) for attempt in course.past]
    carried = {number for attempt in attempts for number in attempt.request.changes}
    course.before = _before(course, carried)
    stages = played(course.before, course.changes, [attempt.request for attempt in attempts])
    events: list[Request] = []
    failed = ""
    for attempt, stage in zip(attempts, stages, strict=True):
        refusal = attempt.failures.get(course.plan.id) or (attempt.why if attempt.known else "")
        if refusal:
            course.end(attempt.request.changes, Sending.REFUSED, refusal)
            failed = f"An earlier request of this course failed: {refusal}"
        elif is_event(attempt.request):
            if attempt.known or _arrived(course, stage):
                events.append(attempt.request)
        elif attempt.known:
            course.end(attempt.request.changes, Sending.ANSWERED, "")
        else:
            _look_for(attempt, course)
    return Settled(moved=_moved(course, stages), events=tuple(events), failed=failed)


def doubt(course: Course, why: str) -> None:
    """Note that nobody knows what became of all that was sent, as the course could not be looked at."""
    for attempt in course.past:
        if attempt.left:
            mine = [number for number in attempt.request.changes if number in course.ids]
            course.end(mine, Sending.UNANSWERED, why)


def _own(request: Request, course: Course) -> Request:
    """Return what a request does to one course, as a request of its own, with the changes chosen of it."""
    mine = tuple(number for number in request.changes if number in course.ids)
    event = request.body.get(WORKFLOW_STATE.parameter)
    own = request.path in {endpoint.value.format(id=course.plan.id) for endpoint in Endpoint}
    if own or event is None:
        return replace(request, courses=(course.plan.id,), changes=mine)
    return replace(
        request,
        path=Endpoint.COURSE.value.format(id=course.plan.id),
        body={Step.EVENT.envelope or "": {WORKFLOW_STATE.parameter: event}},
        courses=(course.plan.id,),
        changes=mine,
    )


def _before(course: Course, carried: set[str]) -> Mapping[Address, Value]:
    """Return the state before the first write: as planned, but for what was as wanted and never sent."""
    planned = {item.field: item.value for item in course.plan.preconditions}
    held = {
        change.field
        for change in course.changes
        if change.id not in carried and satisfied(change, course.now)
    }
    return {
        address: value if address in held else planned.get(address, value)
        for address, value in course.now.items()
    }


def _arrived(course: Course, stage: Mapping[Address, Value | Mark]) -> bool:
    address = WORKFLOW_STATE.address
    return address in course.now and _same(address, stage.get(address), course.now[address])


def _look_for(attempt: Attempt, course: Course) -> None:
    """Note what of a request that nobody answered is there; the rest keeps no fate, and will be sent."""
    carried = attempt.request.changes
    changes = [change for change in course.changes if change.id in carried and change.field in course.now]
    # A field that is sent only to hold its value tells nothing about whether the request came through.
    telling = [change for change in changes if not FIELDS[change.field].same(_wanted(change), change.before)]
    there = [change for change in telling if satisfied(change, course.now)]
    course.end([change.id for change in there], Sending.ANSWERED, "")
    if telling and there == telling:
        course.end([change.id for change in changes], Sending.ANSWERED, "")
    if attempt.left and not attempt.undone:
        shown = {change.id for change in changes}
        hidden = [number for number in carried if number not in shown]
        course.end(hidden, Sending.UNANSWERED, _UNREADABLE)


def _moved(course: Course, stages: Sequence[Mapping[Address, Value | Mark]]) -> tuple[Address, ...]:
    """Return the preconditions that neither the plan nor what was sent so far can explain."""
    wanted = {change.field: change for change in course.changes}
    return tuple(
        item.field
        for item in course.plan.preconditions
        if item.field in course.now
        and not FIELDS[item.field].same(item.value, course.now[item.field])
        and not (item.field in wanted and satisfied(wanted[item.field], course.now))
        and not any(_same(item.field, stage.get(item.field), course.now[item.field]) for stage in stages)
    )


def _same(address: Address, one: Value | Mark, other: Value) -> bool:
    return isinstance(one, Mark) or FIELDS[address].same(one, other)


def _wanted(change: Change) -> Value:
    return change.after if change.expected is None else change.expected
