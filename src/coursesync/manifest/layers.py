"""Layers over each other: profiles, policies and a course's own keys; the strongest value of a field wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from coursesync.catalogue import FIELDS
from coursesync.catalogue.blueprint import BY_TYPE, RESTRICTIONS
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Position
from coursesync.manifest.entries import CourseEntry, Declared, Name, PolicyEntry, ProfileEntry
from coursesync.model import Address, DesiredCourse, Ignore, Origin

# One layer: its name in origins, and what it declares.
Layer = tuple[str, Declared]

# Of the two restriction maps only one is in force; the one declared last chooses the mode.
MAPS = (RESTRICTIONS.address, BY_TYPE.address)


def course_layers(entry: CourseEntry, profiles: Mapping[str, ProfileEntry]) -> Iterator[Layer]:
    """Yield an entry's layers, weakest first; a profile reached twice counts once, where it comes first."""
    for profile in _expanded(entry.profiles, profiles, set()):
        yield f"profile {profile.name}", profile.declared
    yield "course", entry.declared


def policy_layers(entry: PolicyEntry, profiles: Mapping[str, ProfileEntry]) -> Iterator[Layer]:
    """Yield the layers of a policy, weakest first, as those of a course."""
    for profile in _expanded(entry.profiles, profiles, set()):
        yield f"profile {profile.name} of policy {entry.name}", profile.declared
    yield f"policy {entry.name}", entry.declared


def _expanded(
    names: Sequence[Name], profiles: Mapping[str, ProfileEntry], seen: set[str]
) -> Iterator[ProfileEntry]:
    """Yield profiles in their order, each after those it extends."""
    waiting = [(name.text, False) for name in reversed(names)]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            yield profiles[name]
        elif name in profiles and name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(base.text, False) for base in reversed(profiles[name].extends)]


def merge(layers: Iterable[Layer], *, id: str, position: Position, today: date) -> DesiredCourse:  # noqa: A002
    """Lay layers over each other, weakest first; a map of one blueprint mode displaces that of the other."""
    state: dict[Address, Value] = {}
    origins: dict[Address, tuple[Origin, ...]] = {}
    ignores: list[Ignore] = []
    for layer, declared in layers:
        for address in _displaced(declared):
            state.pop(address, None)
            origins.pop(address, None)
        for address, value in declared.state.items():
            state[address] = value
            at = _origin(declared.positions[address], described(layer, declared, address))
            origins[address] = (*origins.get(address, ()), at)
        ignores += _ignores(declared, layer, today)
    order = [address for address in FIELDS if address in state]
    return DesiredCourse(
        id=id,
        position=position,
        state={address: state[address] for address in order},
        origins={address: origins[address] for address in order},
        ignores=tuple(ignores),
    )


def described(layer: str, declared: Declared, address: Address) -> str:
    """Return the name of a layer, with the variables that its value of a field comes from."""
    used = declared.variables.get(address)
    return f"{layer} ({', '.join(used)})" if used else layer


def _displaced(declared: Declared) -> Iterator[Address]:
    """Yield the map that is no longer in force below a layer which declares the other one."""
    general, by_type = MAPS
    if general in declared.state and by_type not in declared.state:
        yield by_type
    if by_type in declared.state and general not in declared.state:
        yield general


def _ignores(declared: Declared, layer: str, today: date) -> Iterator[Ignore]:
    for rule in declared.ignores:
        if not over(rule.until, today):
            at = _origin(rule.position, layer)
            yield Ignore(pattern=rule.pattern, origin=at, reason=rule.reason, until=rule.until)


def over(until: str, today: date) -> bool:
    """Tell whether the last day of a rule has passed."""
    return bool(until) and date.fromisoformat(until) < today


def _origin(at: Position, layer: str) -> Origin:
    return Origin(file=at.file, line=at.line, column=at.column, layer=layer)
