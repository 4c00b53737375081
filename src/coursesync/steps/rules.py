"""Predict what Canvas does besides: play the requests of one course through and see what else moves.

The rules that belong to one field stand on its row (couples, requires); here are those of whole requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import (
    ACCOUNT,
    AVAILABLE,
    COMPLETED,
    CONCLUDE,
    DELETE,
    END_AT,
    RESTRICT,
    START_AT,
    SYNC_ENROLLMENTS,
    TEMPLATE,
    TERM,
    UNPUBLISHED,
    WORKFLOW_STATE,
)
from coursesync.catalogue.field import FOLLOWS, UNKNOWN, Couple, Endpoint, Field, Mark, Risk, Step, matches
from coursesync.catalogue.types import Invalid, Literal, Value
from coursesync.diagnostics import Diagnostic, problem
from coursesync.model import Action, Address, Change, DesiredCourse, Precondition, Request, SideEffect, State

_ERASED = (
    f"Canvas erases it on any attribute change while {RESTRICT.name} is false. "
    "To keep it, declare that field true together with it."
)
_ERASED_FOR_GOOD = "Undo cannot put it back while that field is false."
_SYNCED = "Canvas copies it from the homeroom on every attribute change while enrolments are synchronised."
_INHERITED = "It is inherited, so it changes with the account."
_TEMPLATE = f"Canvas deletes no course that is a template; declare {TEMPLATE.address}: false with it."
_CONCLUDED = "Canvas enters the moment of concluding as the end of a course that has none."


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What follows from sending requests: side effects, the live values this rests on, what cannot work."""

    side_effects: tuple[SideEffect, ...]
    rests_on: frozenset[Address]
    impossible: Mapping[Address, str]


@dataclass(slots=True)
class _Course:
    """A course in play: its state so far, why each undeclared field moved, what the prediction looked at."""

    state: dict[Address, Value | Mark]
    moved: dict[Address, tuple[str, Risk]] = field(default_factory=dict)
    rests_on: set[Address] = field(default_factory=set)
    refused: dict[Address, str] = field(default_factory=dict)

    def look(self, address: Address) -> Value | Mark:
        self.rests_on.add(address)
        return self.state.get(address)

    def move(self, address: Address, value: Value | Mark, why: str, risk: Risk = Risk.SAFE) -> None:
        if address in self.state:
            self.state[address] = value
            self.moved[address] = (why, risk)


def consequences(live: State, changes: Sequence[Change], requests: Sequence[Request]) -> Consequences:
    """Play the requests through from the live state of a course.

    changes: those the requests carry. What ends up different and was not sent is a side effect; what was
    sent and ends up different is impossible, with the reason.
    """
    by_id = {change.id: change for change in changes}
    course = _Course(state=dict(live))
    for request in requests:
        _play(course, request, [by_id[number] for number in request.changes if number in by_id])
    wanted = {change.field: _reads_as(change) for change in changes}
    impossible = {
        address: course.refused.get(address) or course.moved[address][0]
        for address, value in wanted.items()
        if _differs(FIELDS[address], course.state.get(address), value)
        and (address in course.refused or address in course.moved)
    }
    effects = [
        _side_effect(address, live[address], course)
        for address in FIELDS
        if address in course.moved
        and address not in wanted
        and _differs(FIELDS[address], course.state[address], live[address])
    ]
    return Consequences(
        side_effects=tuple(effects),
        rests_on=frozenset(course.rests_on) | {effect.field for effect in effects},
        impossible=impossible,
    )


def played(
    live: State, changes: Sequence[Change], requests: Sequence[Request]
) -> tuple[Mapping[Address, Value | Mark], ...]:
    """Return the state of a course after each of its requests; UNKNOWN where only Canvas can say it.

    changes: those the requests carry.
    """
    by_id = {change.id: change for change in changes}
    course = _Course(state=dict(live))
    stages = []
    for request in requests:
        _play(course, request, [by_id[number] for number in request.changes if number in by_id])
        stages.append(dict(course.state))
    return tuple(stages)


def held(
    desired: DesiredCourse, managed: State, live: State, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """Return the declared fields that are equal now and must be sent all the same, to keep them so.

    A field that follows another one until it was set itself would move along with it. The changes have no
    id yet.
    """
    given = {change.field: change.after for change in changes}
    found: list[Change] = []
    for address, after in given.items():
        for couple in FIELDS[address].couples:
            other = couple.field
            follows = couple.becomes is FOLLOWS and live.get(other) == FIELDS[address].normal(
                live.get(address)
            )
            if follows and other in managed and other not in given and managed[other] != after:
                note = f"Sent although it is equal: {couple.why} ({address})."
                found.append(
                    Change(
                        id="",
                        field=other,
                        action=Action.SET,
                        before=live[other],
                        after=managed[other],
                        origin=desired.origins.get(other, ()),
                        notes=(note,),
                    )
                )
    return tuple(found)


def preconditions(
    live: State, changes: Iterable[Change], rests_on: Iterable[Address]
) -> tuple[Precondition, ...]:
    """Return every live value the plan of a course rests on, in catalogue order."""
    wanted = {change.field for change in changes} | set(rests_on)
    return tuple(
        Precondition(field=address, value=live[address])
        for address in FIELDS
        if address in wanted and address in live
    )


def annotated(change: Change, live: State, *, sis_course_id: str | None) -> Change:
    """Give a change its risk, the notes a reviewer should read, and what could not be undone besides."""
    row = FIELDS[change.field]
    transition = row.transition(change.before, change.after)
    notes = [*change.notes]
    if transition.why:
        notes.append(f"{transition.why}.")
    if row.note and change.after is not False:
        notes.append(row.note)
    lasting = " ".join(_lasting(row, change, live, sis_course_id=sis_course_id))
    return replace(change, risk=transition.risk, notes=tuple(notes), lasting=lasting)


def _lasting(row: Field, change: Change, live: State, *, sis_course_id: str | None) -> Iterator[str]:
    """Yield what putting the old value back would not put back, beside what the risk is about."""
    if change.before is None and row.clear is None and not row.type.is_map:
        yield f"It is empty so far. {row.no_clear}"
    elif not _writable(row, change.before):
        yield f"Canvas shows {change.before} now, and does not take it back."
    published = row.wants_published and live.get(WORKFLOW_STATE.address) == AVAILABLE
    for needed in row.requires if change.before is not None and not published else ():
        if live.get(needed.field, needed.value) != needed.value:
            wanted = str(needed.value).lower()
            yield f"Undo cannot put the old value back while {needed.field} is not {wanted}."
    if row is WORKFLOW_STATE and change.before == COMPLETED and live.get(END_AT.address) is None:
        yield "Concluding it again enters an end date."
    drops = live.get(RESTRICT.address) is False and live.get(START_AT.address) is not None
    if row is WORKFLOW_STATE and change.after == UNPUBLISHED and drops:
        yield "While it is unpublished, any change of an attribute erases its start."
    if row.default is FOLLOWS:
        yield "Once it is set it follows no other field any more."
    if row.inherited:
        yield "This pins a value that may be the account's so far; it cannot be unpinned."
    if row.lasting and change.after is not False:
        yield row.lasting
    if row.sticky and sis_course_id:
        yield "SIS imports stop updating this field once it is changed here."


def _writable(row: Field, value: Value) -> bool:
    """Tell whether a number that Canvas shows is one that it takes."""
    if isinstance(value, bool) or not isinstance(value, int):
        return True
    try:
        row.type.parse(Literal(text=str(value)))
    except Invalid:
        return False
    return True


def unkept(found: Consequences, moot: State) -> Mapping[Address, str]:
    """Return the declared fields that Canvas would not keep, each with the reason; moot: see `impossible`."""
    reasons = dict(found.impossible)
    for effect in found.side_effects:
        surely = effect.after_known or effect.reason == _CONCLUDED
        if effect.field in moot and surely and not effect.unverified:
            reasons.setdefault(effect.field, effect.reason)
    return reasons


def impossible(desired: DesiredCourse, found: Consequences, moot: State) -> tuple[Diagnostic, ...]:
    """Say which declared values Canvas would not keep: those sent in vain, and those that would be lost.

    moot: the declared fields that are compared.
    """
    diagnostics = []
    for address, why in unkept(found, moot).items():
        origin = desired.origins.get(address, ())
        missing = next(iter(FIELDS[address].requires), None)
        code = (
            "needs-blueprint"
            if missing and FIELDS[missing.field].step is Step.BLUEPRINT
            else "unreachable-value"
        )
        hint = f"Declare {missing.field}: {str(missing.value).lower()}" if missing else ""
        diagnostics.append(
            problem(
                code,
                f"{address} is declared, but Canvas would not keep it. {why}",
                at=origin[-1].position if origin else desired.position,
                hint=hint,
                course=desired.id,
            )
        )
    return tuple(diagnostics)


def _reads_as(change: Change) -> Value:
    return change.after if change.expected is None else change.expected


def _differs(row: Field, one: Value | Mark, other: Value) -> bool:
    return isinstance(one, Mark) or not row.same(one, other)


def _side_effect(address: Address, before: Value, course: _Course) -> SideEffect:
    after = course.state[address]
    why, risk = course.moved[address]
    known = not isinstance(after, Mark)
    erased = why == _ERASED and course.state.get(RESTRICT.address) is not True
    return SideEffect(
        field=address,
        before=before,
        after=None if isinstance(after, Mark) else after,
        after_known=known,
        risk=risk,
        reason=why,
        lasting=_ERASED_FOR_GOOD if erased else "",
    )


def _play(course: _Course, request: Request, changes: Sequence[Change]) -> None:
    if request.brings_file:
        return
    start = dict(course.state)
    body = request.body.get(Step.EVENT.envelope or "")
    event = body.get(WORKFLOW_STATE.parameter) if isinstance(body, Mapping) else None
    if isinstance(event, str):
        _play_event(course, event)
        return
    for change in changes:
        course.state[change.field] = _reads_as(change)
        course.rests_on.add(change.field)
        course.moved.pop(change.field, None)
    for change in changes:
        for couple in FIELDS[change.field].couples:
            _play_couple(course, start, change, couple, {item.field: item.after for item in changes})
        _play_requirements(course, start, change)
    if request.path == Endpoint.COURSE.value.format(id=request.courses[0]):
        _play_attribute_put(course)
        _play_date_check(course, {change.field for change in changes})
    if any(change.field == ACCOUNT.address for change in changes):
        _play_new_account(course)


def _play_event(course: _Course, event: str) -> None:
    state = course.look(WORKFLOW_STATE.address)
    if event == DELETE and course.look(TEMPLATE.address) is True:
        course.refused[WORKFLOW_STATE.address] = _TEMPLATE
        return
    for row in WORKFLOW_STATE.transitions:
        if row.events == (event,) and matches(row.before, state):
            course.state[WORKFLOW_STATE.address] = row.after
            break
    # Canvas: course.rb, do_complete.
    if event == CONCLUDE and course.look(END_AT.address) is None:
        course.move(END_AT.address, UNKNOWN, _CONCLUDED)


def _play_couple(
    course: _Course, start: Mapping[Address, Value | Mark], change: Change, couple: Couple, sent: State
) -> None:
    other = couple.field
    if other not in start or other in sent or not matches(couple.when, change.after):
        return
    decided = any(other in FIELDS[address].conflicts for address, value in sent.items() if value is not None)
    if couple.becomes is UNKNOWN and decided:
        # Another field of the same request decides it: the map declared chooses the mode.
        return
    live = start[other]
    course.rests_on.add(other)
    if couple.becomes is FOLLOWS:
        if live == FIELDS[change.field].normal(change.before) and live != change.after:
            course.move(other, UNKNOWN, f"It may follow {change.field}: {couple.why}.", couple.risk)
    elif isinstance(live, Mark) or matches(couple.if_live, live):
        course.move(other, couple.becomes, f"{change.field}: {couple.why}.", couple.risk)


def _play_requirements(course: _Course, start: Mapping[Address, Value | Mark], change: Change) -> None:
    row = FIELDS[change.field]
    for needed in row.requires:
        published = row.wants_published and course.look(WORKFLOW_STATE.address) == AVAILABLE
        if change.after is None or published or course.look(needed.field) == needed.value:
            continue
        course.state[change.field] = start.get(change.field)
        course.refused[change.field] = f"{needed.why}."


def _play_attribute_put(course: _Course) -> None:
    """Play what every PUT of the course does, whatever it carries (Canvas: courses_controller.rb, update)."""
    state = course.look(WORKFLOW_STATE.address)
    if course.look(RESTRICT.address) is False:
        dates = [END_AT, START_AT] if state == UNPUBLISHED else [END_AT]
        for row in dates:
            if course.look(row.address) is not None:
                course.move(row.address, None, _ERASED, Risk.LOSSY)
    if course.state.get(SYNC_ENROLLMENTS.address) is True:
        course.rests_on.add(SYNC_ENROLLMENTS.address)
        for row in (START_AT, END_AT, RESTRICT, TERM):
            course.move(row.address, UNKNOWN, _SYNCED, Risk.LOSSY)


def _play_date_check(course: _Course, changed: Collection[Address]) -> None:
    """Play the refusal of an end before the start (Canvas: course.rb, validate_course_dates)."""
    dates = {START_AT.address, END_AT.address}
    start, end = (course.state.get(row.address) for row in (START_AT, END_AT))
    if not isinstance(start, str) or not isinstance(end, str) or start <= end or not dates & set(changed):
        return
    course.rests_on |= dates
    for address in dates & set(changed):
        course.state[address] = None
        course.refused[address] = f"It would end ({end}) before it starts ({start}), which Canvas refuses."


def _play_new_account(course: _Course) -> None:
    for address, row in FIELDS.items():
        if row.inherited or (row.read and row.read.account_key and not row.read.of_root):
            course.move(address, UNKNOWN, _INHERITED)
