"""What stands between a plan and the first write: forgery, staleness, risk, and what was left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import ACCOUNT, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.field import Risk, Step
from coursesync.catalogue.types import Value
from coursesync.errors import PlanFileError, PlanStale, UnsafePlan
from coursesync.model import (
    Barrier,
    Change,
    CoursePlan,
    Plan,
    Request,
    SideEffect,
    Source,
    State,
)
from coursesync.model.barriers import Barriers, Protection
from coursesync.steps.blocks import carried, over_limits, protected
from coursesync.steps.creation import addressed
from coursesync.steps.diff import change_id
from coursesync.steps.encode import BATCH, batch_event, batched, encode, encode_unverified, is_batch
from coursesync.steps.plan import grouped, planned_uploads, risks
from coursesync.workflow.creation import encode_new
from coursesync.workflow.selection import Selection


def check_genuine(plan: Plan, *, host: str) -> None:
    """Refuse a plan whose requests are not what its changes encode to.

    Raises PlanFileError where a request was forged, a field is none of ours, a change was renamed, or the
    groups that reviewers read do not say what the courses do.
    """
    own: dict[int, tuple[Request, ...]] = {}
    events: dict[int, tuple[int, str]] = {}
    for course in plan.courses:
        _check_fields(course, host=host)
        known = {item.field: item.value for item in course.preconditions}
        own[course.id] = _encoded(course, known)
        if course.create:
            continue
        account, event = known.get(ACCOUNT.address), batch_event(course.changes, known)
        if event and isinstance(account, int):
            events[course.id] = account, event
    # Whether the token may use the call for several courses was asked when the plan was made, by account.
    calls = {request.path for request in plan.requests if is_batch(request)}
    together = {number: item for number, item in events.items() if BATCH.format(id=item[0]) in calls}
    expected = batched(own, together)
    for course in plan.courses:
        if course.requests != tuple(request.id for request in expected[course.id]):
            raise _forged(course)
    by_id = {request.id: request for requests in expected.values() for request in requests}
    if len(by_id) != len(plan.requests) or by_id != {request.id: request for request in plan.requests}:
        raise _forged(None)
    if plan.groups != grouped(plan.courses):
        raise _forged(None)
    if plan.uploads != planned_uploads(plan.courses, plan.requests):
        raise _forged(None)


def _encoded(course: CoursePlan, known: State) -> tuple[Request, ...]:
    """Return the requests that the changes of a course lead to. Raises PlanFileError for forged ones."""
    extra = encode_unverified(course.id, course.unverified)
    if not course.create:
        found = encode(course.id, course.changes, known)
    else:
        given = {change.field: change.after for change in course.changes}
        own = {SIS_COURSE_ID.address: course.sis_course_id, ACCOUNT.address: course.account_id}
        if course.id >= 0 or any(given.get(address, "") != value for address, value in own.items()):
            raise _forged(course)
        name = course.sis_course_id or ""
        found = addressed(encode_new(course.id, course.changes, known), course.id, name)
        extra = addressed(extra, course.id, name)
    if course.unverified_requests != extra:
        raise _forged(course)
    return found


def _check_fields(course: CoursePlan, *, host: str) -> None:
    for number, address in course.carried.items():
        if address not in FIELDS or number != change_id(host, course.key, address):
            raise _forged(course)
    if not course.spoken_of <= FIELDS.keys():
        raise _forged(course)


def _forged(course: CoursePlan | None) -> PlanFileError:
    where = f" (course {course.id})" if course else ""
    return PlanFileError(
        f"The requests of the plan are not the ones its changes lead to{where}, so it was altered.",
        hint="Make a new plan: coursesync plan --out FILE",
    )


def check_host(plan: Plan, url: str) -> None:
    """Refuse a plan made for another Canvas. Raises UnsafePlan."""
    if plan.canvas.url != url:
        raise UnsafePlan(
            f"The plan was made for {plan.canvas.url}, and CANVAS_API_URL is {url}.",
            hint="Set CANVAS_API_URL to the plan's Canvas, or make a new plan.",
        )


def check_source(plan: Plan, now: Source) -> None:
    """Refuse a plan made from manifests that read differently in this checkout. Raises PlanStale.

    now: what the checkout holds; where that is nothing, there is no checkout to compare with. What an undo
    wants stands in no manifest.
    """
    if plan.undoes is not None:
        return
    there = {item.path: item.sha256 for item in now.manifests}
    planned = {item.path: item.sha256 for item in plan.source.manifests}
    changed = [path for path in planned.keys() | there.keys() if there.get(path) != planned.get(path)]
    if there and changed:
        raise PlanStale(
            f"The plan was made from other versions of {', '.join(sorted(changed)[:3])}.",
            hint="Make a new plan: coursesync plan --out FILE",
        )


def check_risk(
    courses: Sequence[CoursePlan], chosen: Collection[str], *, allow: Risk, unverified: bool
) -> None:
    """Refuse what is riskier than allowed. Raises UnsafePlan naming how much of it there is.

    chosen: ids of the changes that would be sent.
    """
    found: list[Risk] = []
    for course in courses:
        changes = [change for change in course.changes if change.id in chosen]
        found += risks(course, changes=changes, unverified=unverified and bool(course.unverified))
    above = [risk for risk in found if risk.rank > allow.rank]
    if above:
        worst = max(above, key=lambda risk: risk.rank)
        counted = ", ".join(
            f"{above.count(risk)} {risk.value}" for risk in (Risk.LOSSY, Risk.DESTRUCTIVE) if risk in above
        )
        raise UnsafePlan(
            f"The plan holds risks that were not allowed: {counted}.",
            hint=f"Read them in the plan; to go on, add --allow {worst.value}",
        )


def with_blocks(plan: Plan, barriers: Barriers) -> Plan:
    """Return a plan that is not sealed yet with what the project says against it, were it all carried out."""
    limits = over_limits(
        carried(plan.courses, unverified=False), barriers.limits, managed=plan.summary.courses
    )
    broken = protected(carried(plan.courses, unverified=True), barriers.protections, takes=_takes)
    return replace(plan, blocks=(*limits, *broken))


def check_barriers(
    plan: Plan,
    courses: Sequence[CoursePlan],
    chosen: Collection[str],
    barriers: Barriers,
    *,
    unverified: bool,
) -> None:
    """Refuse what the project at hand, or the plan itself, says may not be done. Raises UnsafePlan.

    courses, chosen, unverified: what of the plan is carried out. Limits that the plan tells of are passed
    over: they were of the whole, and whoever applies may have allowed more since.
    """
    part = carried(courses, chosen, unverified=unverified)
    limits = over_limits(part, barriers.limits, managed=plan.summary.courses)
    broken = protected(part, barriers.protections, takes=_takes)
    sent = {number for course in part for number in course.carried}
    told = {(block.what, block.file, block.line) for block in broken}
    recorded = [
        block
        for block in plan.blocks
        if block.barrier is Barrier.PROTECTION
        and block.stands_against(sent)
        and (block.what, block.file, block.line) not in told
    ]
    found = (*limits, *broken, *recorded)
    if found:
        said = [block.reason for block in found]
        message = said[0] if len(said) == 1 else "\n  ".join(("Several rules stand against this.", *said))
        hints = dict.fromkeys(block.hint for block in found if block.hint)
        raise UnsafePlan(message, hint="\n  ".join(hints))


def broken_by(course: CoursePlan, rules: Sequence[Protection]) -> bool:
    """Tell whether a course would break one of the rules."""
    return bool(protected([course], rules, takes=_takes))


def _takes(glob: str, course: CoursePlan) -> bool:
    names = course.declared_id, course.id, course.sis_course_id, course.name
    return Selection(target=(glob,)).takes(*names)


def new_effects(course: CoursePlan, effects: Sequence[SideEffect], live: State) -> tuple[SideEffect, ...]:
    """Return the side effects that the plan did not show, of what would be sent now."""
    shown = {effect.field: effect for effect in course.side_effects}
    return tuple(
        effect
        for effect in effects
        if effect.field in live
        and (effect.field not in shown or (shown[effect.field].after_known and not effect.after_known))
    )


def moved(course: CoursePlan, live: State) -> tuple[str, ...]:
    """Return the preconditions that no longer hold, apart from fields that are as wanted already."""
    wanted = {change.field: change for change in course.changes}
    return tuple(
        item.field
        for item in course.preconditions
        if item.field in live
        and not FIELDS[item.field].same(item.value, live[item.field])
        and not (item.field in wanted and satisfied(wanted[item.field], live))
    )


def satisfied(change: Change, live: State) -> bool:
    """Tell whether Canvas came to hold what a change would bring since the plan was made.

    A field that was equal all along is sent to hold it, so that it is never satisfied.
    """
    row = FIELDS[change.field]
    wanted = change.after if change.expected is None else change.expected
    return (
        change.field in live and row.same(wanted, live[change.field]) and not row.same(wanted, change.before)
    )


def within(request: Request, shown: Sequence[Request]) -> bool:
    """Tell whether every parameter of a request stands with the same value in one that was shown."""
    return any(
        request.method == other.method
        and request.path == other.path
        and _holds(_parameters(other), _parameters(request))
        for other in shown
    )


def in_batch(event: Request, shown: Sequence[Request]) -> bool:
    """Tell whether the event of one course stands in a call for several that was shown."""
    (course,) = event.courses
    return any(
        is_batch(call)
        and course in call.courses
        and call.body.get(WORKFLOW_STATE.parameter) == _parameters(event).get(WORKFLOW_STATE.parameter)
        for call in shown
    )


def _holds(whole: Mapping[str, Value], part: Mapping[str, Value]) -> bool:
    return all(key in whole and whole[key] == value for key, value in part.items())


def _parameters(request: Request) -> Mapping[str, Value]:
    envelope = Step.ATTRIBUTES.envelope or ""
    inner = request.body.get(envelope)
    return inner if isinstance(inner, Mapping) and len(request.body) == 1 else request.body
