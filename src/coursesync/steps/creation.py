"""A course that does not exist yet: what it will be once Canvas has made it, and the requests that do it.

Until then it has a negative number. Its requests are shown with its SIS id, which Canvas takes as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import (
    ACCOUNT,
    COURSE_CODE,
    NAME,
    SIS_COURSE_ID,
    TERM,
    UNPUBLISHED,
    WORKFLOW_STATE,
)
from coursesync.catalogue.field import Endpoint, Field, Mark, Step
from coursesync.catalogue.types import Value
from coursesync.model import (
    Action,
    Change,
    Creation,
    DesiredCourse,
    LiveCourse,
    Origin,
    Plan,
    Precondition,
    Request,
    State,
)

# Canvas: courses_controller.rb, create.
PATH = "/api/v1/accounts/{id}/courses"
_LASTING = "Undo does not delete the course."
# What the course is made with; everything else follows in the requests that any course gets.
_AT_BIRTH = (SIS_COURSE_ID, NAME, COURSE_CODE, TERM)


def wanted(desired: DesiredCourse, creation: Creation, account: int) -> DesiredCourse:
    """Return a new course as desired: with its account and SIS id, without nulls that it has anyway."""
    at = creation.position
    origin = Origin(file=at.file, line=at.line or 0, column=at.column or 0, layer="course")
    own: State = {ACCOUNT.address: account, SIS_COURSE_ID.address: creation.sis_course_id}
    kept = {
        address: value
        for address, value in desired.state.items()
        if value is not None or _is_usual(FIELDS[address])
    }
    origins = {**dict.fromkeys(own, (origin,)), **desired.origins}
    return replace(desired, state={**kept, **own}, origins=origins)


def foretold(desired: DesiredCourse, number: int) -> LiveCourse:
    """Return what a course will read as that Canvas makes with nothing declared; `desired` is as `wanted`.

    number: the negative one that stands for it. What depends on its account is null.
    """
    state = {
        row.address: row.default if _is_usual(row) and not isinstance(row.default, Mark) else row.null_means
        for row in FIELDS.values()
        if row.diffable
    }
    sis_id, account = desired.state[SIS_COURSE_ID.address], desired.state[ACCOUNT.address]
    return LiveCourse(
        id=number,
        name=str(desired.state.get(NAME.address) or sis_id),
        sis_course_id=str(sis_id),
        workflow_state=UNPUBLISHED,
        account_id=account if isinstance(account, int) else None,
        state={**state, WORKFLOW_STATE.address: UNPUBLISHED},
    )


def all_changes(
    desired: DesiredCourse, state: State, live: LiveCourse, found: Sequence[Change]
) -> tuple[Change, ...]:
    """Return the changes of a new course, without ids: what differs from the usual, and what has no usual.

    state: what is declared and not ignored. found: what differs from `live`, as foretold. A field of which
    nobody knows what Canvas puts there is sent even where it may be equal.
    """
    told = {change.field for change in found}
    more = [
        Change(
            id="",
            field=address,
            action=Action.SET,
            before=live.state[address],
            after=state[address],
            origin=desired.origins.get(address, ()),
        )
        for address, row in FIELDS.items()
        if address in state
        and address not in told
        and row.diffable
        and not _is_usual(row)
        and state[address] is not None
    ]
    return tuple(_creating(change) for change in (*found, *more))


def _is_usual(row: Field) -> bool:
    """Tell whether a new course reads as the row says, whatever account it is in."""
    account_decides = row.inherited or (row.read is not None and row.read.account_key is not None)
    return not isinstance(row.default, Mark) and not account_decides


def _creating(change: Change) -> Change:
    action = Action.CREATE if change.action is Action.SET else change.action
    return replace(change, action=action, parts=())


def born(live: State, changes: Sequence[Change]) -> State:
    """Return the state of a course just after it was made; live: without anything declared."""
    return {**live, **{change.field: change.after for change in at_birth(changes)}}


def without_past(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return changes of a new course without remarks on what was before: nothing was.

    The one that stands for the course itself says that it cannot be undone.
    """
    first = at_birth(changes)
    return tuple(
        replace(
            change,
            notes=() if change in first else change.notes,
            lasting=_LASTING if change.field == SIS_COURSE_ID.address else "",
        )
        for change in changes
    )


def at_birth(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes that the request carries by which the course is made."""
    own = {ACCOUNT.address, *(row.address for row in _AT_BIRTH)}
    return tuple(change for change in changes if change.field in own and change.action is not Action.CLEAR)


def making(course: int, changes: Sequence[Change]) -> Request:
    """Return the request that makes a course, with what of the changes it can carry.

    course: its negative number. Raises KeyError where the changes hold no account.
    """
    first = at_birth(changes)
    given = {change.field: change.after for change in first}
    body: dict[str, Value] = {row.parameter: given[row.address] for row in _AT_BIRTH if row.address in given}
    return Request(
        id=f"{course}.0",
        method="POST",
        path=PATH.format(id=given[ACCOUNT.address]),
        body={Step.ATTRIBUTES.envelope or "": body},
        courses=(course,),
        changes=tuple(change.id for change in first),
    )


def is_creation(request: Request) -> bool:
    """Tell whether a request makes a course."""
    return request.method == "POST" and request.path.startswith(PATH.partition("{")[0])


def addressed(requests: Sequence[Request], course: int, sis_course_id: str) -> tuple[Request, ...]:
    """Return requests of a new course with its SIS id in their paths instead of its negative number."""
    return tuple(_redirected(request, str(course), _by_sis_id(sis_course_id)) for request in requests)


def _by_sis_id(sis_course_id: str) -> str:
    return f"sis_course_id:{quote(sis_course_id, safe='')}"


def _redirected(request: Request, old: str, new: str) -> Request:
    before, after = (Endpoint.COURSE.value.format(id=number) for number in (old, new))
    if request.path != before and not request.path.startswith(f"{before}/"):
        return request
    return replace(request, path=after + request.path.removeprefix(before))


def as_preconditions(found: Sequence[Precondition], changes: Sequence[Change]) -> tuple[Precondition, ...]:
    """Return those that a new course must meet: nobody knows what Canvas puts into the others."""
    own = {change.field for change in at_birth(changes)}
    return tuple(item for item in found if item.field in own or _is_usual(FIELDS[item.field]))


def bound(plan: Plan, numbers: Mapping[int, int]) -> Plan:
    """Return a plan in which new courses have the ids that Canvas gave them, by their negative numbers.

    Changes keep their ids; the digest is that of the plan as it was made.
    """
    if not numbers:
        return plan
    requests = {request.id: _bound_request(request, plan, numbers) for request in plan.requests}
    courses = []
    for course in plan.courses:
        if course.id not in numbers:
            courses.append(course)
            continue
        extra = [_bound_request(request, plan, numbers) for request in course.unverified_requests]
        own = tuple(requests[name].id for name in course.requests)
        number = numbers[course.id]
        courses.append(replace(course, id=number, requests=own, unverified_requests=tuple(extra)))
    return replace(plan, courses=tuple(courses), requests=tuple(requests.values()))


def _bound_request(request: Request, plan: Plan, numbers: Mapping[int, int]) -> Request:
    old = request.courses[0]
    if len(request.courses) > 1 or old not in numbers:
        return request
    sis_id = next(course.sis_course_id for course in plan.courses if course.id == old)
    number = numbers[old]
    _, _, rest = request.id.partition(".")
    moved = _redirected(request, _by_sis_id(sis_id or ""), str(number))
    return replace(moved, id=f"{number}.{rest}", courses=(number,))
