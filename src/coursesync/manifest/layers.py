"""Layers over each other: profiles, policies and a course's own keys; the strongest value of a field wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from coursesync.catalogue import FIELDS
from coursesync.catalogue.blueprint import BY_TYPE, RESTRICTIONS
from coursesync.diagnostics import Position
from coursesync.manifest.entries import Declared, Name, ProfileEntry
from coursesync.model import Address, DesiredCourse, Ignore, Origin, State

# Of the two restriction maps only one is in force; the one declared last chooses the mode.
MAPS = (RESTRICTIONS.address, BY_TYPE.address)

_RANK = {address: rank for rank, address in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place declares, ready to be laid over others; ignores: those that have not ended."""

    state: State
    origins: Mapping[Address, Origin]
    ignores: tuple[Ignore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """Layers over each other: the strongest value of a field, and every place that set one, weakest first."""

    state: State
    origins: Mapping[Address, tuple[Origin, ...]]
    ignores: tuple[Ignore, ...]


GROUND = Pile(state={}, origins={}, ignores=())


def layer(name: str, declared: Declared, today: date) -> Layer:
    """Make a layer of what a profile, policy or course says itself; `name` is what origins call it."""
    ignores = (rule for rule in declared.ignores if not over(rule.until, today))
    return Layer(
        state=declared.state,
        origins={address: _origin(at, name) for address, at in declared.positions.items()},
        ignores=tuple(
            Ignore(
                pattern=rule.pattern,
                origin=_origin(rule.position, name),
                reason=rule.reason,
                until=rule.until,
            )
            for rule in ignores
        ),
    )


def over(until: str, today: date) -> bool:
    """Tell whether the last day of a rule has passed."""
    return bool(until) and date.fromisoformat(until) < today


def _origin(at: Position, name: str) -> Origin:
    return Origin(file=at.file, line=at.line, column=at.column, layer=name)


def lay(layers: Iterable[Layer], upon: Pile = GROUND) -> Pile:
    """Lay layers upon a pile, weakest first; a map of one blueprint mode displaces that of the other."""
    return reduce(_lay, layers, upon)


def _lay(below: Pile, top: Layer) -> Pile:
    state = {**below.state, **top.state}
    origins = {**below.origins}
    for address, origin in top.origins.items():
        origins[address] = (*origins.get(address, ()), origin)
    for address in _displaced(top.state):
        state.pop(address, None)
        origins.pop(address, None)
    return Pile(state=state, origins=origins, ignores=below.ignores + top.ignores)


def _displaced(state: State) -> Iterator[Address]:
    """Yield the map that is no longer in force below a layer which declares the other one."""
    general, by_type = MAPS
    if general in state and by_type not in state:
        yield by_type
    if by_type in state and general not in state:
        yield general


def desired(pile: Pile, *, id: str, position: Position) -> DesiredCourse:  # noqa: A002
    """Return the course that a pile wants, its fields in the order of the catalogue."""
    order = sorted(pile.state, key=_RANK.__getitem__)
    return DesiredCourse(
        id=id,
        position=position,
        state={address: pile.state[address] for address in order},
        origins={address: pile.origins[address] for address in order},
        ignores=pile.ignores,
    )


def expanded(names: Sequence[Name], profiles: Mapping[str, ProfileEntry]) -> Iterator[ProfileEntry]:
    """Yield profiles in their order, each after those it extends; one reached twice only the first time."""
    waiting = [(name.text, False) for name in reversed(names)]
    seen: set[str] = set()
    while waiting:
        name, ready = waiting.pop()
        if ready:
            yield profiles[name]
        elif name in profiles and name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(base.text, False) for base in reversed(profiles[name].extends)]
