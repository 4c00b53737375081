"""Whether manifests mean what they should with values accepted: layered and compared before writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import TIME_ZONE
from coursesync.diagnostics import Diagnostic, Position, errors
from coursesync.manifest.edit.refusals import refusal
from coursesync.manifest.entries import CourseEntry, Declared, Manifest
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.model import Address, DesiredCourse
from coursesync.steps.diff import diff, localised
from coursesync.workflow.accept.places import NEW_ENTRY, Order
from coursesync.workflow.policies import References
from coursesync.workflow.reading import Pair
from coursesync.workflow.references import prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What orders are held against: the manifests as they are, and the courses that were read."""

    resolved: Resolved
    account: str | None
    pairs: Sequence[Pair]
    references: References


def misgivings(orders: Sequence[Order], ground: Ground) -> Mapping[int, Diagnostic]:
    """Return why orders may not be carried out together, by their numbers; nothing if they may."""
    after = _resolved_with(orders, ground)
    by_course: dict[int, list[int]] = {}
    for number, order in enumerate(orders):
        by_course.setdefault(order.wish.pair.live.id, []).append(number)
    found: dict[int, Diagnostic] = {}
    shared: dict[Position, list[int]] = {}
    for number, order in enumerate(orders):
        for place in order.replaced if order.shared else ():
            shared.setdefault(place, []).append(number)
    for pair in ground.pairs:
        own = by_course.get(pair.live.id, [])
        places = [place for place in _places(pair.desired) if place in shared]
        if own or places:
            for trouble in _troubles(pair, ground, after, [orders[number] for number in own]):
                suspects = (*own, *(number for place in places for number in shared[place]))
                found |= _blamed(trouble, orders, dict.fromkeys(suspects))
    for trouble in _general(ground.resolved, after):
        own = [number for number, order in enumerate(orders) if trouble.course in _names(order)]
        found |= _blamed(
            trouble, orders, own or [*dict.fromkeys(chain(*shared.values()))] or range(len(orders))
        )
    return found


def _names(order: Order) -> tuple[str | None, ...]:
    """Return what the entry of a course is called, before and after."""
    return (order.entry, order.wish.pair.desired.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """What would be wrong: with which field, of which course, and what is said of it."""

    field: Address | None
    course: str | None
    detail: str
    hint: str


def _places(desired: DesiredCourse) -> Iterator[Position]:
    return (origin.position for origins in desired.origins.values() for origin in origins)


def _resolved_with(orders: Sequence[Order], ground: Ground) -> Resolved:
    """Resolve the manifests as they will be."""
    before = ground.resolved.ground
    changed = {place: order for order in orders for place in order.replaced}
    added: dict[str, list[Order]] = {}
    for order in orders:
        if order.entry is not None:
            added.setdefault(order.entry, []).append(order)
    entries = [
        replace(entry, declared=_declared(entry.declared, changed, added.pop(entry.id, ())))
        for entry in before.entries.values()
    ]
    for name, fresh in added.items():
        place = fresh[0].setting.owner if fresh[0].setting else fresh[0].wish.place
        declared = _declared(Declared(), {}, fresh)
        entries.append(CourseEntry(id=name, position=place, profiles=(), declared=declared))
    manifest = Manifest(
        profiles=tuple(
            replace(profile, declared=_declared(profile.declared, changed, ()))
            for profile in before.profiles.values()
        ),
        courses=tuple(entries),
        policies=tuple(
            replace(policy, declared=_declared(policy.declared, changed, ()))
            for policy in before.policies.values()
        ),
    )
    return resolve(manifest, today=before.today, account=ground.account)


def _declared(declared: Declared, changed: Mapping[Position, Order], added: Iterable[Order]) -> Declared:
    state = dict(declared.state)
    positions = dict(declared.positions)
    for address, place in declared.positions.items():
        if place in changed:
            wish = changed[place].wish
            del state[address], positions[address]
            state[wish.field], positions[wish.field] = wish.after, place
    for order in added:
        state[order.wish.field] = order.wish.after
        # Where it stands so far: one place for each field, by which trouble with it is told apart.
        positions[order.wish.field] = order.wish.place
    return replace(declared, state=state, positions=positions)


def _troubles(pair: Pair, ground: Ground, after: Resolved, own: Sequence[Order]) -> Iterator[_Trouble]:
    """Yield what would be wrong with one course: errors that are new, and fields that would differ."""
    entry = next((order.entry for order in own if order.into == NEW_ENTRY), None)
    declared = entry or (pair.desired.id if pair.desired.id in after.ground.entries else None)
    known = None if entry else declared
    _, before = ground.resolved.layered(pair.policies, known, id=pair.desired.id)
    desired, found = after.layered(pair.policies, declared, id=pair.desired.id)
    for item in set(errors(found)) - set(errors(before)):
        yield _trouble(item, desired)
    ready = prepared(desired, ground.references, account=pair.live.account_id)
    if ready is None:
        return
    accepted = {field for order in own for field in _fields(order)}
    left = {change.field for change in diff(pair.desired, pair.live, host="").changes} - accepted
    for change in diff(localised(ready, pair.live), pair.live, host="").changes:
        if change.field not in left:
            detail = f"{change.field} of course {pair.desired.id} would differ from Canvas then."
            hint = f"Accept {change.field} too, or change it in the manifest first."
            yield _Trouble(field=change.field, course=pair.desired.id, detail=detail, hint=hint)


def _fields(order: Order) -> tuple[Address, Address]:
    return order.wish.field, order.wish.declared


def _general(before: Resolved, after: Resolved) -> Iterator[_Trouble]:
    """Yield the errors that are new and can be told without Canvas."""
    places = {
        origins[-1].position: address
        for course in after.courses
        for address, origins in course.origins.items()
    }
    for item in set(errors(after.diagnostics)) - set(errors(before.diagnostics)):
        field = places.get(item.position) if item.position else None
        yield _Trouble(field=field, course=item.course, detail=item.detail, hint=item.hint)


def _trouble(item: Diagnostic, desired: DesiredCourse) -> _Trouble:
    places = {origins[-1].position: address for address, origins in desired.origins.items()}
    field = places.get(item.position) if item.position else None
    return _Trouble(field=field, course=desired.id, detail=item.detail, hint=item.hint)


def _blamed(trouble: _Trouble, orders: Sequence[Order], suspects: Iterable[int]) -> dict[int, Diagnostic]:
    """Refuse the orders that a trouble can come from: those of fields that depend on each other."""
    suspected = list(suspects)
    near = [
        number
        for number in suspected
        if trouble.field is None or any(_related(field, trouble.field) for field in _fields(orders[number]))
    ]
    return {
        number: refusal(
            f"{orders[number].wish.field} cannot be accepted by itself. {trouble.detail}",
            at=orders[number].wish.place,
            hint=trouble.hint,
            course=orders[number].wish.pair.desired.id,
        )
        for number in near or suspected
    }


def _related(one: Address, other: Address) -> bool:
    """Tell whether two fields are one, or may not be declared independently of each other."""
    zone = TIME_ZONE.address in {one, other} and any(FIELDS[field].type.is_instant for field in (one, other))
    return one == other or zone or one in _depends_on(other) or other in _depends_on(one)


def _depends_on(address: Address) -> frozenset[Address]:
    row = FIELDS[address]
    return frozenset(
        {
            *row.conflicts,
            *(needed.field for needed in row.requires),
            *(couple.field for couple in row.couples),
        }
    )
