"""What of a run is put back, and what is not: courses as they were, planned like any desired ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import FOLLOWS, Field, matches
from coursesync.catalogue.html import authored
from coursesync.catalogue.types import Invalid, Literal, Value
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest.dump import written
from coursesync.manifest.resolve import Ground, Resolved
from coursesync.model import (
    Address,
    CourseOutcome,
    DesiredCourse,
    FieldOutcome,
    Origin,
    Report,
    State,
    Verdict,
)
from coursesync.workflow.comparing import Planned, plan_course
from coursesync.workflow.reading import Pair

# The layer that a value of an undo comes from.
LAYER = "undo"
_UNTOUCHED = {Verdict.SKIPPED, Verdict.STALE}
_UNSEEN = {Verdict.UNKNOWN, Verdict.UNVERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The courses of a run as they were before it.

    run: which. resolved: what they are to be again. holds: by course, what Canvas held after the run, and
    must still hold. diagnostics: what is not put back, and why.
    """

    run: str
    resolved: Resolved
    holds: Mapping[str, State] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    def planned(self, pairs: tuple[Pair, ...], *, host: str) -> list[Planned]:
        """Plan the way back of every course; what cannot be put back is left out and told of."""
        return [_planned(pair, self.holds[pair.desired.id], host=host) for pair in pairs]


def undo_of(report: Report) -> Undo:
    """Return what would put back everything that a run is known to have changed."""
    at = Position(file=f"run {report.run}")
    courses: dict[str, DesiredCourse] = {}
    holds: dict[str, State] = {}
    lost: list[Diagnostic] = []
    for outcome in report.courses:
        name = str(outcome.id)
        if outcome.created:
            lost.append(_left(outcome, at))
            continue
        moved = {item.field: item for item in outcome.fields if _moved(item)}
        back, kept = _back(moved)
        lost += [_lost(address, why, name, at) for address, why in kept.items()]
        lost += [_lost(item.field, why, name, at) for item, why in _unsure(outcome)]
        if back:
            courses[name] = _desired(name, back, at)
            holds[name] = {address: moved[address].read for address in back}
    return Undo(run=report.run, resolved=_resolved(courses), holds=holds, diagnostics=tuple(lost))


def _left(outcome: CourseOutcome, at: Position) -> Diagnostic:
    return problem(
        "undo-incomplete",
        f"The run created {outcome.sis_course_id}, which stays: coursesync deletes no course unasked.",
        at=at,
        hint="To delete it, declare workflow_state: deleted.",
        course=str(outcome.id),
    )


def _moved(item: FieldOutcome) -> bool:
    """Tell whether the run moved a field, and both its values are known."""
    if item.field not in FIELDS or item.verdict in _UNTOUCHED | _UNSEEN or _unasked(item):
        return False
    # What was refused and could not be read back has no value after it.
    unread = item.verdict is Verdict.FAILED and item.read is None
    return not unread and not FIELDS[item.field].same(item.before, item.read)


def _unasked(item: FieldOutcome) -> bool:
    return item.change_id is None and not item.side_effect


def _unsure(outcome: CourseOutcome) -> Iterator[tuple[FieldOutcome, str]]:
    """Yield the fields that are left as they are because nobody knows enough of them."""
    for item in outcome.fields:
        if item.field not in FIELDS:
            yield item, "This version of coursesync does not know the field."
        elif item.verdict is Verdict.UNVERIFIED or (item.verdict is Verdict.UNKNOWN and not _shown(item)):
            yield item, "Canvas never shows this field, so nobody knows what it was before."
        elif item.verdict is Verdict.UNKNOWN:
            yield item, "Nobody knows what became of it; a run that ended early can be resumed first."
        elif _unasked(item):
            yield item, "It moved during the run and nobody asked for it, so that it may be somebody's edit."


def _shown(item: FieldOutcome) -> bool:
    return FIELDS[item.field].read is not None


def _back(moved: Mapping[Address, FieldOutcome]) -> tuple[dict[Address, Value], dict[Address, str]]:
    """Return the values to go back to, and why others cannot be reached."""
    back: dict[Address, Value] = {}
    kept: dict[Address, str] = {}
    for address, item in moved.items():
        row = FIELDS[address]
        if _follows(item, moved) or _comes_back(row, item, moved):
            continue
        why = _unsayable(row, item.before)
        if why:
            kept[address] = why
        else:
            back[address] = _said(row, item.before)
    return back, kept


def _follows(item: FieldOutcome, moved: Mapping[Address, FieldOutcome]) -> bool:
    """Tell whether a field only followed another one, and will again; setting it would end that."""
    return item.side_effect and any(
        couple.field == item.field and couple.becomes is FOLLOWS
        for other in moved
        for couple in FIELDS[other].couples
    )


def _comes_back(row: Field, item: FieldOutcome, moved: Mapping[Address, FieldOutcome]) -> bool:
    """Tell whether putting another field back empties this one, which cannot be emptied itself."""
    return (
        item.before is None
        and row.clear is None
        and any(
            couple.field == row.address and couple.becomes is None and matches(couple.when, other.before)
            for address, other in moved.items()
            for couple in FIELDS[address].couples
        )
    )


def _unsayable(row: Field, value: Value) -> str:
    """Say why Canvas would not take a value back, or nothing."""
    if value is None and row.clear is None:
        return f"It was empty before. {row.no_clear}"
    try:
        if row.type.is_html and isinstance(value, str):
            row.type.parse(Literal(text=value, quoted=True))
        else:
            written(row, value)
    except Invalid as invalid:
        return " ".join(flaw.message for flaw in invalid.flaws)
    return ""


def _said(row: Field, value: Value) -> Value:
    """Return a live value as one would declare it."""
    if row.type.is_html and isinstance(value, str):
        text = authored(value)
        return text if row.same(text, value) else value
    return value


def _desired(name: str, back: Mapping[Address, Value], at: Position) -> DesiredCourse:
    origin = (Origin(file=at.file, line=0, column=0, layer=LAYER),)
    state = {address: back[address] for address in FIELDS if address in back}
    return DesiredCourse(id=name, position=at, state=state, origins=dict.fromkeys(state, origin))


def _resolved(courses: Mapping[str, DesiredCourse]) -> Resolved:
    """Return the courses as manifests without policies would come to."""
    ground = Ground(today=date.min, profiles={}, policies={}, entries={}, merged={}, courses=courses)
    return Resolved(
        courses=tuple(courses.values()),
        policies=(),
        diagnostics=(),
        ground=ground,
        known={((), name): (course, ()) for name, course in courses.items()},
    )


def _planned(pair: Pair, held: State, *, host: str) -> Planned:
    """Plan the way back of one course, without what Canvas would not keep."""
    pair, left = _still_held(pair, held)
    while True:
        planned = plan_course(pair, host=host)
        if planned.course is not None or not planned.unkept:
            return replace(planned, diagnostics=(*left, *planned.diagnostics))
        desired = pair.desired
        left += [_lost(address, why, desired.id, desired.position) for address, why in planned.unkept.items()]
        pair = _without(pair, frozenset(planned.unkept))


def _still_held(pair: Pair, held: State) -> tuple[Pair, list[Diagnostic]]:
    """Leave out the fields that somebody has changed since the run."""
    desired, live = pair.desired, pair.live.state
    gone: set[Address] = set()
    left: list[Diagnostic] = []
    for address, before in desired.state.items():
        row = FIELDS[address]
        if address not in live:
            gone.add(address)
            left.append(_lost(address, "Canvas does not show it now.", desired.id, desired.position))
        elif not row.same(live[address], held[address]):
            gone.add(address)
            if not row.same(live[address], before):
                left.append(_overtaken(address, desired))
    return _without(pair, frozenset(gone)), left


def _without(pair: Pair, gone: frozenset[Address]) -> Pair:
    state = {address: value for address, value in pair.desired.state.items() if address not in gone}
    return replace(pair, desired=replace(pair.desired, state=state))


def _overtaken(address: Address, desired: DesiredCourse) -> Diagnostic:
    return problem(
        "undo-overtaken",
        f"{address} no longer holds what the run left, so somebody changed it since; it is left as it is.",
        at=desired.position,
        course=desired.id,
    )


def _lost(address: Address, why: str, course: str, at: Position) -> Diagnostic:
    return problem("undo-incomplete", f"{address} is not put back. {why}", at=at, course=course)
