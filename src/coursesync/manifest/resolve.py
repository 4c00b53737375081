"""From the manifest to the courses it wants, and to policies that wait for the courses they match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from coursesync.catalogue.types import closest, shown
from coursesync.diagnostics import Diagnostic, ordered, problem
from coursesync.manifest import policies as rules
from coursesync.manifest.contradictions import contradictions
from coursesync.manifest.creations import creation_problems, with_creation
from coursesync.manifest.duplicates import duplicates
from coursesync.manifest.entries import CourseEntry, Manifest, Name, PolicyEntry, ProfileEntry
from coursesync.manifest.layers import MAPS, Layer, course_layers, merge, over, policy_layers
from coursesync.model import DesiredCourse, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What courses are layered from: each profile, policy and entry by its name, in their order.

    merged: what each policy says, with its profiles. courses: what each entry says without policies.
    """

    today: date
    profiles: Mapping[str, ProfileEntry]
    policies: Mapping[str, PolicyEntry]
    entries: Mapping[str, CourseEntry]
    merged: Mapping[str, DesiredCourse]
    courses: Mapping[str, DesiredCourse]


# A course with its policies, and what is wrong with the two together.
Layered = tuple[DesiredCourse, tuple[Diagnostic, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What manifests come to before any course is known.

    courses: each declared entry, layered without policies. policies: in their order, each with its account;
    one without account is told of. diagnostics: all that can be said without Canvas. elsewhere: how many
    entries are for other environments only.
    """

    courses: tuple[DesiredCourse, ...]
    policies: tuple[Policy, ...]
    diagnostics: tuple[Diagnostic, ...]
    ground: Ground = field(repr=False, compare=False)
    elsewhere: int = 0
    known: dict[tuple[tuple[str, ...], str | None], Layered] = field(
        default_factory=dict, repr=False, compare=False
    )

    def layered(self, policies: Sequence[str], declared: str | None, *, id: str) -> Layered:  # noqa: A002
        """Return the course `id` as its policies and its entry want it, and what is wrong with them together.

        policies: names of those that match, in any order. declared: the id of its entry, or None for a course
        known through policies alone. Courses alike in both share state, origins and ignores as objects, and
        diagnostics, which name a course only where an entry is at fault.
        """
        key = tuple(name for name in self.ground.policies if name in policies), declared
        if key not in self.known:
            self.known[key] = _layered(*key, self.ground)
        course, found = self.known[key]
        return (course if course.id == id else replace(course, id=id)), found

    def layers(self, policies: Sequence[str], declared: str | None) -> tuple[Layer, ...]:
        """Return what such a course is layered from, weakest first; the arguments are those of `layered`."""
        names = [name for name in self.ground.policies if name in policies]
        return _layers(names, self.ground.entries[declared] if declared else None, self.ground)


def resolve(manifest: Manifest, *, today: date, account: str | None = None) -> Resolved:
    """Return every course as wanted, every policy, and all that contradicts itself.

    account: what policies that name none are about.
    """
    ground = _ground(manifest, today)
    policies = tuple(rules.to_apply(manifest.policies, account))
    found: list[Diagnostic] = [
        *_two_maps(_entries(manifest)),
        *_cycles(ground.profiles),
        *(_unknown_profiles(manifest, ground.profiles) if manifest.complete else ()),
        *_ended(manifest, today),
        *duplicates(manifest),
        *rules.homeless(policies),
    ]
    for entry in ground.entries.values():
        found += creation_problems(ground.courses[entry.id], entry)
    for course in (*ground.merged.values(), *ground.courses.values()):
        found += contradictions(course)
    courses = tuple(ground.courses.values())
    return Resolved(
        courses=courses,
        policies=policies,
        diagnostics=ordered(tuple(found)),
        ground=ground,
        elsewhere=len(manifest.elsewhere),
    )


def _ground(manifest: Manifest, today: date) -> Ground:
    """Lay out what every course is layered from; the first of two entries of one course counts."""
    profiles = {profile.name: profile for profile in manifest.profiles}
    entries: dict[str, CourseEntry] = {}
    for entry in manifest.courses:
        entries.setdefault(entry.id, entry)
    return Ground(
        today=today,
        profiles=profiles,
        policies={policy.name: policy for policy in manifest.policies},
        entries=entries,
        merged={
            policy.name: merge(policy_layers(policy, profiles), id="", position=policy.position, today=today)
            for policy in manifest.policies
        },
        courses={entry.id: _entry(entry, profiles, today) for entry in entries.values()},
    )


def _entry(entry: CourseEntry, profiles: Mapping[str, ProfileEntry], today: date) -> DesiredCourse:
    """Return a course as its entry wants it, without policies."""
    layers = course_layers(entry, profiles)
    course = merge(layers, id=entry.id, position=entry.position, today=today)
    course = replace(course, may_lack=True) if entry.may_lack else course
    return with_creation(course, entry)


def _layered(names: Sequence[str], declared: str | None, ground: Ground) -> Layered:
    """Layer policies, weakest first, then the entry, then enforced policies."""
    entry = None if declared is None else ground.entries[declared]
    if entry and not names:
        return ground.courses[entry.id], ()
    chosen = [ground.policies[name] for name in names]
    enforced = [policy for policy in chosen if policy.enforce]
    layers = _layers(names, entry, ground)
    first = entry or chosen[0]
    course = merge(layers, id=entry.id if entry else "", position=first.position, today=ground.today)
    found = [*rules.disagreements(chosen, ground.merged), *contradictions(course)]
    found += rules.overruled(entry, enforced, ground.merged) if entry else ()
    return course, ordered(tuple(found))


def _layers(names: Sequence[str], entry: CourseEntry | None, ground: Ground) -> tuple[Layer, ...]:
    chosen = [ground.policies[name] for name in names]
    weak = [policy for policy in chosen if not policy.enforce]
    enforced = [policy for policy in chosen if policy.enforce]
    own = course_layers(entry, ground.profiles) if entry else ()
    return (*_all_layers(weak, ground), *own, *_all_layers(enforced, ground))


def _all_layers(policies: Iterable[PolicyEntry], ground: Ground) -> Iterator[Layer]:
    for policy in policies:
        yield from policy_layers(policy, ground.profiles)


def _entries(manifest: Manifest) -> tuple[ProfileEntry | PolicyEntry | CourseEntry, ...]:
    return (*manifest.profiles, *manifest.policies, *manifest.courses, *manifest.elsewhere)


def _two_maps(entries: Iterable[ProfileEntry | PolicyEntry | CourseEntry]) -> Iterator[Diagnostic]:
    """Yield an error for every entry that declares both restriction maps."""
    for entry in entries:
        places = [entry.declared.positions.get(address) for address in MAPS]
        if all(places):
            detail = f"{' and '.join(MAPS)} stand at {places[0]} and {places[1]}; only one can be in force."
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
    used += [name for policy in manifest.policies for name in policy.profiles]
    used += [name for course in (*manifest.courses, *manifest.elsewhere) for name in course.profiles]
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
            if over(rule.until, today):
                detail = (
                    f"The rule to ignore {rule.pattern} held until {rule.until}; the field is managed again."
                )
                yield problem(
                    "ignore-expired", detail, at=rule.position, hint="Delete the rule, or extend it."
                )
