"""From the manifest to the courses it wants: profiles are layered, the strongest value of a field wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from coursesync.catalogue import FIELDS
from coursesync.catalogue.blueprint import BY_TYPE, RESTRICTIONS
from coursesync.catalogue.field import Mark, matches
from coursesync.catalogue.types import Value, closest, shown
from coursesync.diagnostics import Diagnostic, Position, ordered, problem
from coursesync.manifest.entries import CourseEntry, Declared, Manifest, Name, ProfileEntry
from coursesync.model import Address, DesiredCourse, Ignore, Origin

# One layer: its name in origins, and what it declares.
_Layer = tuple[str, Declared]

_MAPS = (RESTRICTIONS.address, BY_TYPE.address)


def resolve(manifest: Manifest, *, today: date) -> tuple[tuple[DesiredCourse, ...], tuple[Diagnostic, ...]]:
    """Return every course as wanted, in the order of the manifests, and all that contradicts itself."""
    profiles = {profile.name: profile for profile in manifest.profiles}
    found: list[Diagnostic] = [
        *_two_maps(_entries(manifest)),
        *_cycles(profiles),
        *(_unknown_profiles(manifest, profiles) if manifest.complete else ()),
        *_ended(manifest, today),
        *_duplicates(manifest.courses),
    ]
    first: dict[str, CourseEntry] = {}
    for entry in manifest.courses:
        first.setdefault(entry.id, entry)
    courses = tuple(_merge(entry, tuple(_layers(entry, profiles)), today) for entry in first.values())
    for course in courses:
        found += _conflicts(course)
        found += _unmet(course)
        found += _undone(course)
    return courses, ordered(tuple(found))


def _entries(manifest: Manifest) -> tuple[ProfileEntry | CourseEntry, ...]:
    return (*manifest.profiles, *manifest.courses)


def _layers(entry: CourseEntry, profiles: Mapping[str, ProfileEntry]) -> Iterator[_Layer]:
    """Yield the layers, weakest first; a profile reached twice counts once, where it comes first."""
    for profile in _expanded(entry.profiles, profiles, set()):
        yield f"profile {profile.name}", profile.declared
    yield "course", entry.declared


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


def _merge(entry: CourseEntry, layers: Sequence[_Layer], today: date) -> DesiredCourse:
    """Lay the layers over each other; a map of one blueprint mode displaces that of the other."""
    state: dict[Address, Value] = {}
    origins: dict[Address, tuple[Origin, ...]] = {}
    ignores: list[Ignore] = []
    for layer, declared in layers:
        for address in _displaced(declared):
            state.pop(address, None)
            origins.pop(address, None)
        for address, value in declared.state.items():
            state[address] = value
            at = _origin(declared.positions[address], layer)
            origins[address] = (*origins.get(address, ()), at)
        ignores += _ignores(declared, layer, today)
    order = [address for address in FIELDS if address in state]
    return DesiredCourse(
        id=entry.id,
        position=entry.position,
        state={address: state[address] for address in order},
        origins={address: origins[address] for address in order},
        ignores=tuple(ignores),
    )


def _displaced(declared: Declared) -> Iterator[Address]:
    """Yield the map that is no longer in force below a layer which declares the other one."""
    general, by_type = _MAPS
    if general in declared.state and by_type not in declared.state:
        yield by_type
    if by_type in declared.state and general not in declared.state:
        yield general


def _ignores(declared: Declared, layer: str, today: date) -> Iterator[Ignore]:
    for rule in declared.ignores:
        if not _over(rule.until, today):
            at = _origin(rule.position, layer)
            yield Ignore(pattern=rule.pattern, origin=at, reason=rule.reason, until=rule.until)


def _over(until: str, today: date) -> bool:
    """Tell whether the last day of a rule has passed."""
    return bool(until) and date.fromisoformat(until) < today


def _origin(at: Position, layer: str) -> Origin:
    return Origin(file=at.file, line=at.line, column=at.column, layer=layer)


def _two_maps(entries: Iterable[ProfileEntry | CourseEntry]) -> Iterator[Diagnostic]:
    """Yield an error for every entry that declares both restriction maps."""
    for entry in entries:
        places = [entry.declared.positions.get(address) for address in _MAPS]
        if all(places):
            detail = f"{' and '.join(_MAPS)} stand at {places[0]} and {places[1]}; only one can be in force."
            yield problem("conflicting-fields", detail, at=places[1], hint="Delete one of the two.")


def _cycles(profiles: Mapping[str, ProfileEntry]) -> Iterator[Diagnostic]:
    """Yield one error for each circle of profiles, told once, from its first profile on."""
    done: set[str] = set()
    for start in profiles:
        # The way from `start`, and of each profile on it the bases not yet looked at.
        path: dict[str, Iterator[Name]] = {}
        if start not in done:
            path[start] = iter(profiles[start].extends)
        while path:
            base = next(path[next(reversed(path))], None)
            if base is None:
                done.add(path.popitem()[0])
            elif base.text in path:
                names = list(path)
                yield _cycle([*names[names.index(base.text) :], base.text], base, profiles)
            elif base.text in profiles and base.text not in done:
                path[base.text] = iter(profiles[base.text].extends)


def _cycle(names: Sequence[str], last: Name, profiles: Mapping[str, ProfileEntry]) -> Diagnostic:
    circle = " extends ".join(f'"{shown(name)}"' for name in names)
    places = ", ".join(f"{shown(name)} at {profiles[name].position}" for name in names[:-1])
    detail = f"{circle}, so that none of them can come first ({places})."
    return problem("profile-cycle", detail, at=last.position, hint="Delete one of these extends.")


def _unknown_profiles(manifest: Manifest, profiles: Mapping[str, ProfileEntry]) -> Iterator[Diagnostic]:
    used = [name for profile in manifest.profiles for name in profile.extends]
    used += [name for course in manifest.courses for name in course.profiles]
    for name in used:
        if name.text not in profiles:
            near = closest(name.text, profiles)
            hint = (
                f'Did you mean "{shown(near)}"?'
                if near
                else f"Declare it: profiles: {{{shown(name.text)}: …}}"
            )
            detail = f'No manifest declares a profile "{shown(name.text)}".'
            yield problem("unknown-profile", detail, at=name.position, hint=hint)


def _ended(manifest: Manifest, today: date) -> Iterator[Diagnostic]:
    for entry in _entries(manifest):
        for rule in entry.declared.ignores:
            if _over(rule.until, today):
                detail = (
                    f"The rule to ignore {rule.pattern} held until {rule.until}; the field is managed again."
                )
                yield problem(
                    "ignore-expired", detail, at=rule.position, hint="Delete the rule, or extend it."
                )


def _duplicates(courses: Iterable[CourseEntry]) -> Iterator[Diagnostic]:
    first: dict[str, CourseEntry] = {}
    for entry in courses:
        earlier = first.setdefault(entry.id, entry)
        if earlier is not entry:
            detail = (
                f"The course {shown(entry.id)} is declared at {earlier.position} and at {entry.position}."
            )
            hint = "Join the two entries."
            yield problem("duplicate-course", detail, at=entry.position, hint=hint, course=entry.id)


def _conflicts(course: DesiredCourse) -> Iterator[Diagnostic]:
    """Yield an error for each two fields of which Canvas can keep only one."""
    declared = {address for address, value in course.state.items() if value is not None}
    pairs = {
        tuple(sorted((address, other)))
        for address in declared
        for other in FIELDS[address].conflicts
        if other in declared
    }
    for one, other in sorted(pairs):
        if {one, other} == set(_MAPS):
            # Said already, of the entry that declares both.
            continue
        detail = f"{_placed(course, one)} and {_placed(course, other)} exclude each other."
        yield _contradiction(course, other, detail, "Delete one of the two, or declare it null.")


def _unmet(course: DesiredCourse) -> Iterator[Diagnostic]:
    """Yield an error for each field that needs a value of another field, which is declared otherwise."""
    for address, value in course.state.items():
        row = FIELDS[address]
        for needed in row.requires if value is not None and not row.wants_published else ():
            if course.state.get(needed.field, needed.value) == needed.value:
                continue
            wanted = str(needed.value).lower()
            other = f"{_placed(course, needed.field)} to be {wanted}"
            detail = f"{_placed(course, address)} needs {other}: {needed.why}."
            hint = f"Delete {address}, or declare {needed.field} {wanted}."
            yield _contradiction(course, address, detail, hint)


def _undone(course: DesiredCourse) -> Iterator[Diagnostic]:
    """Yield an error for each field that setting another one fills or empties, against what it declares."""
    for address, value in course.state.items():
        for couple in FIELDS[address].couples:
            other = couple.field
            known = other in course.state and not isinstance(couple.becomes, Mark)
            if not known or other in FIELDS[address].conflicts or FIELDS[other].requires:
                continue
            if matches(couple.when, value) and (couple.becomes is None) != (course.state[other] is None):
                detail = f"{_placed(course, address)} contradicts {_placed(course, other)}: {couple.why}."
                yield _contradiction(course, other, detail, f"Delete one of the two, or make {other} agree.")


def _placed(course: DesiredCourse, address: Address) -> str:
    return f"{address} ({course.origins[address][-1].position})"


def _contradiction(course: DesiredCourse, address: Address, detail: str, hint: str) -> Diagnostic:
    at = course.origins[address][-1].position
    return problem("conflicting-fields", detail, at=at, hint=hint, course=course.id)
