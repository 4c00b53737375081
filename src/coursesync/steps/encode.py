"""Encode changes as requests: which call carries which field, and in which order Canvas needs the calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.blueprint import BY_TYPE, MODE_PARAMETER
from coursesync.catalogue.course import (
    ACCOUNT,
    AVAILABLE,
    CLAIM,
    COMPLETED,
    CONCLUDE,
    OFFER,
    RESTRICT,
    UNDELETE,
    UNPUBLISHED,
    WORKFLOW_STATE,
)
from coursesync.catalogue.field import SET, Field, Step
from coursesync.catalogue.types import Value
from coursesync.model import Action, Change, Request, State, Unverified
from coursesync.model.upload import upload_in

# What the order of the requests depends on besides the changes: always among a plan's preconditions.
ORDER_RESTS_ON = (WORKFLOW_STATE.address, RESTRICT.address)

# Where a file is announced; its content goes where the answer says (Canvas: doc/api/file_uploads.md).
FILES = "/api/v1/courses/{id}/files"

# One call for many courses of an account and those below (Canvas: courses_controller.rb, batch_update).
BATCH = "/api/v1/accounts/{id}/courses"
BATCH_SIZE = 500
# A call for one course would need more rights than the course's own event, and save nothing.
_FEWEST = 2


def encode(course: int, changes: Sequence[Change], known: State) -> tuple[Request, ...]:
    """Return the requests that carry out the changes of one course, in the order to send them.

    known: live values; only those of ORDER_RESTS_ON are looked at.
    """
    events, moved = _events(changes)
    first = _first_events(events, changes, known)
    bodies: list[tuple[Step, Mapping[str, Value], tuple[str, ...]]] = [
        (Step.EVENT, {WORKFLOW_STATE.parameter: event}, moved) for event in first
    ]
    uploads = [_announcement(course, change) for change in changes if upload_in(change.after)]
    for step in (Step.ATTRIBUTES, Step.SETTINGS, Step.BLUEPRINT, Step.TEMPLATE):
        carried = [change for change in changes if FIELDS[change.field].step is step]
        if carried:
            bodies.append((step, _parameters(carried), tuple(change.id for change in carried)))
    bodies += [(Step.EVENT, {WORKFLOW_STATE.parameter: event}, moved) for event in events[len(first) :]]
    puts = [_request(course, "", step, parameters, ids) for step, parameters, ids in bodies]
    # A file before the request that names it, and after what reopens the course.
    requests = [*puts[: len(first)], *uploads, *puts[len(first) :]]
    return tuple(
        replace(request, id=f"{course}.{number}") for number, request in enumerate(requests, start=1)
    )


def batch_event(changes: Sequence[Change], known: State) -> str | None:
    """Return the event of a course that may go with those of others: offering what is new, and concluding.

    Only there does the batch call do what the event alone does; and only where nothing follows the event.
    """
    events, _ = _events(changes)
    before = {change.field: change.before for change in changes}
    offered = events == (OFFER,) and before[WORKFLOW_STATE.address] == UNPUBLISHED
    if not (offered or events == (CONCLUDE,)) or ACCOUNT.address in before:
        return None
    return None if _first_events(events, changes, known) else events[0]


def batched(
    requests: Mapping[int, Sequence[Request]], events: Mapping[int, tuple[int, str]]
) -> Mapping[int, tuple[Request, ...]]:
    """Put the last request of courses with the same account and event into one call for all of them.

    requests: of each course, in the order to send them. events: by course, its account and the event that
    its last request causes; a course that is missing there keeps a request of its own.
    """
    groups: dict[tuple[int, str], list[int]] = {}
    for course in sorted(events):
        groups.setdefault(events[course], []).append(course)
    found = {course: tuple(own) for course, own in requests.items()}
    for (account, event), courses in groups.items():
        for start in range(0, len(courses), BATCH_SIZE):
            members = courses[start : start + BATCH_SIZE]
            if len(members) < _FEWEST:
                continue
            call = _batch(account, event, members, [found[course][-1] for course in members])
            found |= {course: (*found[course][:-1], call) for course in members}
    return found


def _batch(account: int, event: str, courses: Sequence[int], single: Sequence[Request]) -> Request:
    return Request(
        id=f"{event}.{account}.{courses[0]}",
        method="PUT",
        path=BATCH.format(id=account),
        body={"course_ids": list(courses), WORKFLOW_STATE.parameter: event},
        courses=tuple(courses),
        changes=tuple(number for request in single for number in request.changes),
    )


def is_batch(request: Request) -> bool:
    """Tell whether a request is one call for several courses."""
    return len(request.courses) > 1


def encode_unverified(course: int, fields: Sequence[Unverified]) -> tuple[Request, ...]:
    """Return the requests that would send the write-only fields of one course."""
    requests: list[Request] = []
    for step in (Step.ATTRIBUTES, Step.SETTINGS):
        carried = [item for item in fields if FIELDS[item.field].step is step]
        if carried:
            parameters = dict(_parameter(FIELDS[item.field], item.value) for item in carried)
            ids = tuple(item.id for item in carried)
            requests.append(_request(course, f"{course}.u{len(requests) + 1}", step, parameters, ids))
    return tuple(requests)


def with_unverified(requests: Sequence[Request], extra: Sequence[Request]) -> tuple[Request, ...]:
    """Put the requests of write-only fields before the events that end a sequence.

    After conclude or delete no attribute may be sent: Canvas would erase the end date, or refuse.
    """
    end = len(requests)
    while end and is_event(requests[end - 1]):
        end -= 1
    return (*requests[:end], *extra, *requests[end:])


def is_event(request: Request) -> bool:
    """Tell whether a request only moves the course to another state, which skips Canvas's update path."""
    course = request.body.get(Step.EVENT.envelope or "")
    return isinstance(course, Mapping) and set(course) == {WORKFLOW_STATE.parameter}


def _events(changes: Iterable[Change]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for change in changes:
        if change.field == WORKFLOW_STATE.address:
            return WORKFLOW_STATE.transition(change.before, change.after).events, (change.id,)
    return (), ()


def _first_events(events: tuple[str, ...], changes: Sequence[Change], known: State) -> tuple[str, ...]:
    """Return the events that must come before everything else.

    Undeleting always; leaving the concluded state, in which teachers may not update a course; and
    publishing, when a date is set that Canvas keeps only on a published course.
    """
    reopened = known.get(WORKFLOW_STATE.address) == COMPLETED and events[:1] in {(OFFER,), (CLAIM,)}
    if reopened or _needs_published(changes, known):
        return events
    return events[:1] if events[:1] == (UNDELETE,) else ()


def _needs_published(changes: Sequence[Change], known: State) -> bool:
    restrict = {change.field: change.after for change in changes}.get(
        RESTRICT.address, known.get(RESTRICT.address)
    )
    wanted = any(FIELDS[change.field].wants_published and change.after is not None for change in changes)
    published = any(
        change.field == WORKFLOW_STATE.address and change.after == AVAILABLE for change in changes
    )
    return wanted and published and restrict is not True


def _parameters(changes: Sequence[Change]) -> dict[str, Value]:
    parameters: dict[str, Value] = {}
    for change in changes:
        row = FIELDS[change.field]
        if change.action is Action.CLEAR and _cleared_by_another(change, changes):
            continue
        key, value = _parameter(row, change.after)
        parameters[key] = value
        if row.step is Step.BLUEPRINT and row.type.is_map and change.before is None:
            # The map is not in force yet: it takes force only with the switch.
            parameters[MODE_PARAMETER] = row is BY_TYPE
    return parameters


def _parameter(row: Field, value: Value) -> tuple[str, Value]:
    if row.clear is not None and value is None:
        return row.clear.key or row.parameter, row.clear.value
    if upload := upload_in(value):
        return row.parameter, upload.placeholder
    return row.parameter, row.type.encode(value)


def _announcement(course: int, change: Change) -> Request:
    upload = upload_in(change.after)
    assert upload is not None  # noqa: S101 - only such changes are announced
    return Request(
        id="",
        method="POST",
        path=FILES.format(id=course),
        body={
            "name": upload.name,
            "size": upload.size,
            "content_type": upload.content_type,
            "parent_folder_path": FIELDS[change.field].folder,
            "on_duplicate": "rename",
        },
        courses=(course,),
        changes=(change.id,),
    )


def _cleared_by_another(change: Change, changes: Sequence[Change]) -> bool:
    """Tell whether setting another field clears this one, so that sending a removal would undo both."""
    return any(
        couple.field == change.field and couple.when is SET and couple.becomes is None
        for other in changes
        if other.after is not None
        for couple in FIELDS[other.field].couples
    )


def _request(
    course: int, number: str, step: Step, parameters: Mapping[str, Value], changes: tuple[str, ...]
) -> Request:
    envelope = step.envelope
    return Request(
        id=number,
        method="PUT",
        path=step.endpoint.value.format(id=course),
        body={envelope: parameters} if envelope else parameters,
        courses=(course,),
        changes=changes,
    )
