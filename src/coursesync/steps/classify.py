"""Tell which side moved since a base: the manifests, Canvas, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.model import Address, Change, DesiredCourse, DriftClass, LiveCourse, Released, State

NEW = "Managed since the base; what Canvas showed then is not known."
NEVER_APPLIED = "The apply that the base comes from did not get it through."


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """One course at the base.

    desired: as the manifests wanted it. live: Canvas now, read for its fields. managed: what of that was not
    ignored. moved: the fields in which Canvas differs from it now. kept: fields that the apply of the base
    did not get through, and what Canvas showed of them afterwards, which is what they are held against.
    """

    desired: DesiredCourse
    live: LiveCourse
    managed: State
    moved: frozenset[Address]
    kept: State = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Which side a field moved on: its class, its value at the base if it was managed, and what to add."""

    class_: DriftClass
    before: Value = None
    before_known: bool = False
    message: str = ""


def side(change: Change, desired: Value, live: LiveCourse, then: Then | None) -> Side:
    """Class a field that differs; desired: as declared now. then: None where the base lacks the course."""
    address = change.field
    if then is None or address not in then.managed:
        return Side(class_=DriftClass.CONFIG_CHANGED, message=NEW)
    row = FIELDS[address]
    if address in then.kept:
        before = then.kept[address]
        still = row.same(before, live.state[address])
        class_ = DriftClass.CONFIG_CHANGED if still else DriftClass.CONFLICT
        return Side(class_=class_, before=before, before_known=True, message=NEVER_APPLIED)
    before = then.managed[address]
    if row.same(before, desired):
        class_ = DriftClass.LIVE_CHANGED
    else:
        class_ = DriftClass.CONFLICT if address in then.moved else DriftClass.CONFIG_CHANGED
    return Side(class_=class_, before=before, before_known=True)


def agreed(managed: State, in_sync: Sequence[Address], then: Then | None) -> Iterator[tuple[Address, Value]]:
    """Yield the fields that both sides moved to the same value, and their values at the base."""
    if then is None:
        return
    for address in in_sync:
        if address in then.managed and not FIELDS[address].same(then.managed[address], managed[address]):
            yield address, then.managed[address]


def released(desired: DesiredCourse | None, then: Then | None) -> tuple[Released, ...]:
    """Return the fields that were managed at the base and are no longer declared.

    desired: None where no manifest knows the course any more.
    """
    if then is None:
        return ()
    declared = desired.state if desired else {}
    return tuple(
        Released(
            field=address, read=then.live.state.get(address), origin=then.desired.origins.get(address, ())
        )
        for address in FIELDS
        if address in then.managed and address not in declared and FIELDS[address].diffable
    )
