"""What there is to accept: every live value that differs from the desired one, as it would be declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.course import ACCOUNT, TIME_ZONE
from coursesync.catalogue.field import Field
from coursesync.catalogue.html import authored
from coursesync.catalogue.names import Name
from coursesync.catalogue.types import Invalid, Literal, Value
from coursesync.diagnostics import Diagnostic, Position, Severity
from coursesync.manifest.edit.refusals import refusal
from coursesync.manifest.layers import MAPS
from coursesync.manifest.resolve import Resolved
from coursesync.model import Address, DesiredCourse
from coursesync.steps.diff import diff, managed
from coursesync.workflow.names import Spoken
from coursesync.workflow.policies import References
from coursesync.workflow.reading import Pair, Reading
from coursesync.workflow.references import by_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A field of a course whose live value is to be declared.

    declared: the field it is declared as so far, which is another one where a blueprint changed its mode.
    before: the desired value. after: what is to be declared. place: of the strongest declaration so far.
    note: why it is to be declared although it does not differ.
    """

    pair: Pair
    field: Address
    declared: Address
    before: Value
    after: Value
    place: Position
    note: str = ""

    @property
    def live(self) -> Value:
        """Return the value as Canvas shows it."""
        return self.pair.live.state[self.field]


_OTHER_ZONE = "It had no offset, and would be read in the other zone now."

Found = tuple[list[Wish], list[Diagnostic]]


def wishes(reading: Reading, resolved: Resolved, *, fields: Sequence[str]) -> Found:
    """Return what differs, and the diagnostics of what could not be compared, errors where asked for.

    fields: patterns; none of them means every field.
    """
    found: list[Wish] = []
    told: list[Diagnostic] = []
    spoken = Spoken.of(reading.names)
    for pair in reading.pairs:
        own, diagnostics = _of_course(pair, reading.references, fields)
        own, unnamed = _named(own, resolved, spoken)
        diagnostics += unnamed
        found += [*own, *_moved_along(pair, own, resolved)]
        told += diagnostics
    return found, told


def _of_course(pair: Pair, references: References, fields: Sequence[str]) -> Found:
    desired, live = pair.desired, pair.live
    compared = diff(desired, live, host="")
    found: list[Wish] = []
    told: list[Diagnostic] = []
    for change in compared.changes:
        field = in_force(change.field, live.state)
        if not wanted(fields, change.field, field):
            continue
        if field in MAPS and live.state[field] is None:
            told.append(_unlocked(change.field, desired))
            continue
        found.append(_wish(pair, field, change.field, references))
    untold = {_place(desired, address): address for address in managed(desired) if address not in live.state}
    for item in compared.diagnostics:
        if item.code != "unverifiable":
            told.append(item)
        elif item.position in untold and wanted(fields, untold[item.position]):
            told.append(replace(item, severity=Severity.ERROR))
    return found, told


def _named(own: Sequence[Wish], resolved: Resolved, spoken: Spoken) -> Found:
    """Let what is declared by a name be declared by the name of the live value, where it has one."""
    if not own:
        return [], []
    pair = own[0].pair
    declared = by_name(_written(pair, resolved))
    found: list[Wish] = []
    told: list[Diagnostic] = []
    for wish in own:
        name = declared.get(wish.declared)
        if name is None or wish.live is None:
            found.append(wish)
            continue
        account = pair.desired.state.get(ACCOUNT.address, pair.live.account_id)
        other = spoken.name(name.kind, wish.live, account=account if isinstance(account, int) else None)
        if other:
            found.append(replace(wish, after=replace(other, account=None).reference))
        else:
            told.append(_nameless(wish, name))
    return found, told


def _nameless(wish: Wish, name: Name) -> Diagnostic:
    detail = (
        f"{wish.field} is declared by a name, and no {name.kind} that was listed has the id {wish.live} and "
        "a name that no other has."
    )
    hint = f"Write {FIELDS[wish.field].name}: {wish.live} in place of the name."
    return refusal(detail, at=wish.place, hint=hint, course=wish.pair.desired.id)


def _written(pair: Pair, resolved: Resolved) -> DesiredCourse:
    """Return a course as its layers write it, with names and instants as they stand there."""
    declared = pair.desired.id if pair.desired.id in resolved.ground.entries else None
    return resolved.layered(pair.policies, declared, id=pair.desired.id)[0]


def wanted(fields: Sequence[str], *addresses: Address) -> bool:
    """Tell whether one of the addresses is asked for."""
    return not fields or any(matches(pattern, address) for pattern in fields for address in addresses)


def _wish(pair: Pair, field: Address, declared: Address, references: References) -> Wish:
    return Wish(
        pair=pair,
        field=field,
        declared=declared,
        before=pair.desired.state[declared],
        after=_declarable(FIELDS[field], pair.live.state[field], references),
        place=_place(pair.desired, declared),
    )


def _place(desired: DesiredCourse, address: Address) -> Position:
    return desired.origins[address][-1].position


def in_force(address: Address, live: Mapping[Address, Value]) -> Address:
    """Return the map that is in force in Canvas, for either of the two; any other field is itself."""
    if address not in MAPS or live.get(address) is not None:
        return address
    other = MAPS[1 - MAPS.index(address)]
    return other if live.get(other) is not None else address


def _unlocked(address: Address, desired: DesiredCourse) -> Diagnostic:
    detail = f"Canvas has no restrictions for a course that is no blueprint, so that {address} cannot follow."
    place = _place(desired, address)
    hint = f"Delete {FIELDS[address].name} at {place}, then accept again."
    return refusal(detail, at=place, hint=hint, course=desired.id)


def _declarable(row: Field, value: Value, references: References) -> Value:
    """Return a live value in the form in which people would declare it."""
    if isinstance(value, str) and row.type.is_html:
        text = authored(value)
        return text if row.same(text, value) else value
    if isinstance(value, int) and row.type.is_reference:
        return next(
            (text for text, number in references.items() if number == value and _fits(row, text)), value
        )
    unclear = row.clear is None or not row.clear.readable
    return row.null_means if value is None and unclear else value


def _fits(row: Field, reference: str) -> bool:
    try:
        return row.type.parse(Literal(text=reference, quoted=True)) == reference
    except Invalid:
        return False


def _moved_along(pair: Pair, own: Sequence[Wish], resolved: Resolved) -> Iterator[Wish]:
    """Yield the instants that would be read in another zone, once the live zone of a course is declared."""
    if not any(wish.field == TIME_ZONE.address for wish in own):
        return
    written = _written(pair, resolved)
    left = {wish.field for wish in own}
    for address, value in managed(written).items():
        local = FIELDS[address].type.is_instant and isinstance(value, str) and not value.endswith("Z")
        if local and address not in left and address in pair.live.state:
            yield replace(_wish(pair, address, address, {}), note=_OTHER_ZONE)
