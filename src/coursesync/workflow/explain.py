"""Explain fields of one course: read that course alone, and say what each layer and Canvas make of them."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.bulk import SIS_PREFIX, ids_of
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import SIS_COURSE_ID
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Invalid, Literal
from coursesync.diagnostics import Diagnostic, Position, ordered, problem
from coursesync.manifest.resolve import Resolved
from coursesync.manifest.values import course_id
from coursesync.model import Address, CanvasAddress, DesiredCourse, LiveCourse
from coursesync.model.explanation import Explanation
from coursesync.workflow.explain_field import Subject, explain_field
from coursesync.workflow.reading import Pair, read_all
from coursesync.workflow.roster import wanted
from coursesync.workflow.selection import EVERY_COURSE, Scope, Selection
from coursesync.workflow.sources import Source
from coursesync.workflow.unreadable import unreadable

# What is wrong with a policy that matches other courses, or none, is not about this one.
_ABOUT_OTHERS = frozenset({"policy-matches-nothing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read of the course: with its layers, or, where it has none, by itself; and every problem."""

    pair: Pair | None
    live: LiveCourse | None
    diagnostics: tuple[Diagnostic, ...]


async def explain(
    resolved: Resolved, source: Source, *, course: str, rows: Sequence[Field], url: str
) -> Explanation:
    """Explain some fields of a course; one that cannot be read leaves diagnostics and no field.

    course: a Canvas id, an id with its prefix, or a bare SIS id. Raises CanvasUnavailable.
    """
    key = _key(course)
    entry = next((item for item in resolved.courses if item.id == key), None)
    read = await _entry(resolved, entry, source) if entry else await _any(resolved, key, rows, source)
    canvas = CanvasAddress(url=url)
    if read.live is None:
        return Explanation(canvas=canvas, diagnostics=ordered(read.diagnostics))
    pair = read.pair or Pair(desired=_nothing(read.live), live=read.live)
    pair, unread = await _completed(pair, rows, source)
    subject = Subject.of(resolved, pair, declared=_declared(resolved, read.pair), url=url)
    return Explanation(
        canvas=canvas,
        id=pair.live.id,
        name=pair.live.name,
        workflow_state=pair.live.workflow_state,
        sis_course_id=pair.live.sis_course_id,
        declared_id=subject.declared or "",
        policies=tuple(policy.name for policy in resolved.policies if policy.name in pair.policies),
        fields=tuple(explain_field(row, subject) for row in rows),
        diagnostics=ordered((*read.diagnostics, *unread, *subject.diagnostics)),
    )


def _key(course: str) -> str:
    """Return an id as Canvas takes it; what is no id of any kind is the SIS id of a course."""
    try:
        return course_id(Literal(text=course))
    except Invalid:
        return f"{SIS_PREFIX}{course}"


def _nothing(live: LiveCourse) -> DesiredCourse:
    return DesiredCourse(id=str(live.id), position=Position(file=""), state={}, origins={})


def _declared(resolved: Resolved, pair: Pair | None) -> str | None:
    """Return the id of the entry a course has; one known through policies alone goes by its number."""
    return pair.desired.id if pair and pair.desired.id in resolved.ground.entries else None


async def _entry(resolved: Resolved, entry: DesiredCourse, source: Source) -> _Read:
    """Read the course of an entry, with the policies that match it."""
    scope = Scope(entries=frozenset({entry.id}), policies=frozenset())
    reading = await read_all(replace(resolved, courses=(entry,)), source, scope=scope, selection=EVERY_COURSE)
    pair = next((pair for pair in reading.pairs if pair.desired.id == entry.id), None)
    new = tuple(_unmade(one.desired) for one in reading.new)
    return _Read(pair=pair, live=pair.live if pair else None, diagnostics=(*_told(reading.diagnostics), *new))


def _unmade(desired: DesiredCourse) -> Diagnostic:
    return problem(
        "course-not-found",
        f"{desired.id}: The course does not exist; an apply would create it.",
        at=desired.position,
        hint="See what it would become: coursesync plan",
        course=desired.id,
    )


async def _any(resolved: Resolved, key: str, rows: Sequence[Field], source: Source) -> _Read:
    """Read a course by an id that no entry has; an entry may mean it by another one, or a policy match it."""
    live = (await source.courses({key: frozenset(_around(rows))}))[key]
    if not isinstance(live, LiveCourse):
        problem = replace(unreadable(key, Position(file=""), live), position=None)
        return _Read(pair=None, live=None, diagnostics=(problem,))
    known = ids_of(live)
    for entry in resolved.courses:
        if entry.id in known or (live.sis_course_id and _sis_id(entry) == live.sis_course_id):
            return await _entry(resolved, entry, source)
    unclear = tuple(entry for entry in resolved.courses if not _plain(entry.id, live))
    if not unclear and not resolved.policies:
        return _Read(pair=None, live=live, diagnostics=())
    reading = await read_all(
        replace(resolved, courses=unclear),
        source,
        scope=Scope(entries=frozenset(entry.id for entry in unclear)),
        selection=Selection(target=(glob.escape(str(live.id)),)),
    )
    pair = next((pair for pair in reading.pairs if pair.live.id == live.id), None)
    return _Read(pair=pair, live=pair.live if pair else live, diagnostics=_told(reading.diagnostics))


def _sis_id(entry: DesiredCourse) -> object:
    return entry.state.get(SIS_COURSE_ID.address)


def _plain(entry_id: str, live: LiveCourse) -> bool:
    """Tell whether the id of an entry is of a kind that this token sees of courses."""
    tells_sis = SIS_COURSE_ID.address in live.state
    return entry_id.isdigit() or (tells_sis and entry_id.startswith(SIS_PREFIX))


def _told(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(item for item in diagnostics if item.code not in _ABOUT_OTHERS)


def _around(rows: Iterable[Field]) -> set[Address]:
    """Return the addresses of fields, of those they need, and of those they move."""
    found: set[Address] = set()
    for row in rows:
        found |= {row.address, *(needed.field for needed in row.requires)}
        # Not worth an include that nobody asked for.
        found |= {
            couple.field
            for couple in row.couples
            if (read := FIELDS[couple.field].read) and read.include is None
        }
    return found | {SIS_COURSE_ID.address}


async def _completed(
    pair: Pair, rows: Sequence[Field], source: Source
) -> tuple[Pair, tuple[Diagnostic, ...]]:
    """Add what comparing the declared fields left unread of those asked about."""
    known, needed = wanted(pair.desired), _around(rows)
    if needed <= known or needed <= pair.live.state.keys():
        return pair, ()
    key = str(pair.live.id)
    more = (await source.courses({key: known | needed}))[key]
    if not isinstance(more, LiveCourse):
        return pair, (unreadable(pair.desired.id, pair.desired.position, more),)
    return replace(pair, live=replace(pair.live, state={**pair.live.state, **more.state})), ()
