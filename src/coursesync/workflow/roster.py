"""Who is in the run: the courses that policies match and entries declare, each once, with its layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from coursesync.canvas.bulk import SIS_PREFIX, ids_of
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import SIS_COURSE_ID
from coursesync.catalogue.field import Endpoint
from coursesync.diagnostics import Diagnostic, problem
from coursesync.errors import CanvasRefused, CourseSyncError, UsageProblem
from coursesync.manifest.resolve import Resolved
from coursesync.manifest.select import declared_names
from coursesync.model import Address, DesiredCourse, LiveCourse
from coursesync.steps.diff import managed
from coursesync.workflow.policies import Match, References, resolvable
from coursesync.workflow.selection import Scope, Selection
from coursesync.workflow.sources import Source
from coursesync.workflow.unreadable import MISSING, match_problems, missing, unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A live course of the run, the entry that declares it, if any, and the policies that match it."""

    live: LiveCourse
    entry: DesiredCourse | None
    policies: tuple[str, ...]


# Which fields are to be read of a course.
Needs = Callable[[DesiredCourse], frozenset[Address]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The courses of a run, read as far as lists and single reads tell without settings.

    matches: by name of the policy. unread: how many entries could not be read. missing: of these, how many
    name a course that need not exist yet, and does not. new: the entries whose course is still to be made.
    """

    courses: tuple[Known, ...]
    matches: Mapping[str, Match]
    diagnostics: tuple[Diagnostic, ...]
    unread: int
    missing: int
    new: tuple[DesiredCourse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """What reading entries one by one found: courses by the id of their entry, problems, courses to make."""

    courses: dict[str, LiveCourse] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    new: list[DesiredCourse] = field(default_factory=list)


def wanted(desired: DesiredCourse) -> frozenset[Address]:
    """Return the addresses to read for a course: those compared, and those they move or rest on."""
    addresses = set(managed(desired))
    for address in tuple(addresses):
        row = FIELDS[address]
        addresses |= {couple.field for couple in row.couples} | {needed.field for needed in row.requires}
    return frozenset(address for address in addresses if not _needs_undeclared_include(address, desired))


def _needs_undeclared_include(address: Address, desired: DesiredCourse) -> bool:
    """Tell whether reading this would add an include only for a side effect that cannot be without it."""
    read = FIELDS[address].read
    return address not in desired.state and read is not None and read.include is not None


async def call_roster(
    fleet: Resolved,
    source: Source,
    references: References,
    *,
    scope: Scope,
    selection: Selection,
    needs: Needs = wanted,
) -> Roster:
    """Find the live courses that scope and selection may take; CanvasUnavailable ends the run.

    needs: which fields will be read of a course.
    """
    matches, unmatched = await _matches(fleet, source, references, scope, needs)
    courses, read = await _courses(fleet, source, matches, scope=scope, selection=selection, needs=needs)
    single, doubles = _without_twins(courses)
    return Roster(
        courses=single,
        matches=matches,
        diagnostics=(*unmatched, *read.problems, *doubles),
        unread=len(read.problems),
        missing=sum(item.code == MISSING for item in read.problems),
        new=tuple(read.new),
    )


async def _matches(
    fleet: Resolved, source: Source, references: References, scope: Scope, needs: Needs
) -> tuple[dict[str, Match], tuple[Diagnostic, ...]]:
    """Find what every policy matches, also one out of scope: it is a layer of the courses it matches."""
    usable = [policy for policy in fleet.policies if resolvable(policy, references)]
    if not usable:
        return {}, ()
    layers = [fleet.layered([policy.name], None, id="")[0] for policy in usable]
    addresses = frozenset(address for layer in layers for address in needs(layer))
    found = await source.matches(usable, addresses, references)
    return (
        {name: match for name, match in found.items() if isinstance(match, Match)},
        match_problems(usable, found, scope),
    )


async def _courses(
    fleet: Resolved,
    source: Source,
    matches: Mapping[str, Match],
    *,
    scope: Scope,
    selection: Selection,
    needs: Needs,
) -> tuple[list[Known], _Entries]:
    """Return the courses of the run, as far as lists and single reads tell without settings."""
    listed = {course.id: course for match in matches.values() for course in match.courses}
    by_policy: dict[int, list[str]] = {}
    for policy in fleet.policies:
        for course in matches[policy.name].courses if policy.name in matches else ():
            by_policy.setdefault(course.id, []).append(policy.name)
    inside = {number for number, policies in by_policy.items() if any(map(scope.has_policy, policies))}
    found, read = await _entries(fleet, listed, source, scope=scope, selection=selection, needs=needs)
    courses = [
        Known(live=live, entry=entry, policies=tuple(by_policy.get(live.id, ())))
        for entry, live in found
        if (scope.has_entry(entry.id) or live.id in inside) and not selection.shuts_out(entry)
    ]
    declared = {live.id for _, live in found}
    courses += [
        Known(live=listed[number], entry=None, policies=tuple(by_policy[number]))
        for number in sorted(inside - declared)
    ]
    return courses, read


async def _entries(
    fleet: Resolved,
    listed: Mapping[int, LiveCourse],
    source: Source,
    *,
    scope: Scope,
    selection: Selection,
    needs: Needs,
) -> tuple[list[tuple[DesiredCourse, LiveCourse]], _Entries]:
    """Find the live course of every entry that is meant, or that a policy may match under another id."""
    by_key = {key: live for live in listed.values() for key in ids_of(live)}
    tells_sis = any(SIS_COURSE_ID.address in live.state for live in listed.values())
    to_read: dict[str, DesiredCourse] = {}
    for entry in fleet.courses:
        meant = scope.has_entry(entry.id) and not selection.shuts_out(entry)
        plain = entry.id.isdigit() or (tells_sis and entry.id.startswith(SIS_PREFIX))
        if entry.id not in by_key and (meant or (listed and not plain)):
            to_read[entry.id] = entry
    read = await _read_entries(to_read, source, selection, needs)
    by_key |= read.courses
    return [(entry, by_key[entry.id]) for entry in fleet.courses if entry.id in by_key], read


async def _read_entries(
    entries: Mapping[str, DesiredCourse],
    source: Source,
    selection: Selection,
    needs: Needs,
) -> _Entries:
    """Read entries by their id, or, where that is unknown, by the SIS id they declare."""
    answers = dict(await source.courses({key: _head(needs(entry)) for key, entry in entries.items()}))
    others = {
        key: other
        for key, entry in entries.items()
        if isinstance(error := answers[key], CanvasRefused)
        and error.not_found
        and (other := _declared_sis_id(entry)) not in {None, key}
        and other is not None
    }
    again = await source.courses({other: _head(needs(entries[key])) for key, other in others.items()})
    done = _Entries()
    for key, other in others.items():
        live = again[other]
        if isinstance(live, LiveCourse):
            answers[key] = live
            done.problems.append(_outdated(entries[key], other, live))
    for key, answer in answers.items():
        if isinstance(answer, LiveCourse):
            done.courses[key] = answer
        elif selection.takes(*declared_names(entries[key])):
            if entries[key].creation and _is_gone(answer):
                done.new.append(entries[key])
            else:
                done.problems.append(_unread(entries[key], answer))
    return done


def _unread(desired: DesiredCourse, error: CourseSyncError) -> Diagnostic:
    """Say that a course cannot be read, or that it does not exist yet where its entry tolerates that."""
    if desired.may_lack and _is_gone(error):
        return missing(desired.id, desired.position, error)
    return unreadable(desired.id, desired.position, error)


def _is_gone(error: CourseSyncError) -> bool:
    """Tell whether a course is not there, as far as can be told."""
    # A snapshot cannot tell a course that did not exist from one it was not asked for.
    return isinstance(error, UsageProblem) or (isinstance(error, CanvasRefused) and error.not_found)


def _head(addresses: frozenset[Address]) -> frozenset[Address]:
    """Return the addresses that a course tells without its settings."""
    found = ((address, FIELDS[address].read) for address in addresses)
    return frozenset(address for address, read in found if read and read.endpoint is Endpoint.COURSE)


def _declared_sis_id(desired: DesiredCourse) -> str | None:
    made = desired.creation
    declared = made.sis_course_id if made else desired.state.get(SIS_COURSE_ID.address)
    return f"{SIS_PREFIX}{declared}" if isinstance(declared, str) else None


def _outdated(desired: DesiredCourse, other: str, live: LiveCourse) -> Diagnostic:
    return problem(
        "course-id-outdated",
        f"No course has the id {desired.id}, but {other} is course {live.id}.",
        at=desired.position,
        hint=f"Write: id: {live.id}",
        course=desired.id,
    )


def _without_twins(courses: Sequence[Known]) -> tuple[tuple[Known, ...], tuple[Diagnostic, ...]]:
    """Take out entries that turned out to be one course; each is an error naming the other."""
    by_id: dict[int, list[Known]] = {}
    for course in courses:
        by_id.setdefault(course.live.id, []).append(course)
    entries = {number: [known.entry for known in same if known.entry] for number, same in by_id.items()}
    problems = [
        problem(
            "duplicate-course",
            f"{entry.id} is course {number}, which is also declared as {other.id} at {other.position}.",
            at=entry.position,
            hint="Merge the two entries.",
            course=entry.id,
        )
        for number, same in entries.items()
        for entry in same
        for other in same
        if other is not entry
    ]
    return tuple(same[0] for same in by_id.values() if len(same) == 1), tuple(problems)
