"""From courses that exist to the manifests that would declare them; a plan of these has nothing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coursesync.canvas.bulk import Reader
from coursesync.canvas.parallel import in_parallel
from coursesync.canvas.terms import read_term
from coursesync.catalogue.course import TERM
from coursesync.diagnostics import Diagnostic, problem
from coursesync.errors import CanvasRefused
from coursesync.manifest.resolve import Resolved
from coursesync.model import Address, LiveCourse, State
from coursesync.workflow.adopt.layout import Labels, LaidOut, Layout, NewFile, NewProfile, Place, laid_out
from coursesync.workflow.adopt.reading import Found, Wanted, find_courses
from coursesync.workflow.adopt.values import Adopted, adopted
from coursesync.workflow.fallbacks import fallbacks
from coursesync.workflow.sources import LiveSource

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How to declare courses.

    full: Canvas's defaults too. profiles: with what many courses share moved into profiles.
    """

    layout: Layout = Layout.PER_COURSE
    full: bool = False
    profiles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The files that would declare courses, and what was met on the way; nothing is written yet.

    courses, fields: how many the files declare. skipped: how many courses the project declares already.
    reads: how many requests were made.
    """

    files: tuple[NewFile, ...]
    profiles: tuple[NewProfile, ...]
    courses: int
    fields: int
    skipped: int
    reads: int
    diagnostics: tuple[Diagnostic, ...]


async def adopt(wanted: Wanted, style: Style, reader: Reader, known: Resolved, place: Place) -> Adoption:
    """Read the wanted courses that the project does not declare, and lay out files that declare them.

    known: what the project declares. Raises UsageProblem where nothing like what is wanted can be read, and
    CanvasUnavailable where Canvas cannot be asked.
    """
    source = LiveSource(reader)
    found = await find_courses(wanted, reader, source, known)
    accounts = await _accounts(found.courses, source)
    courses = [
        adopted(live, fallbacks(live, accounts), full=style.full, spellings=found.spellings)
        for live in found.courses
    ]
    courses.sort(key=lambda course: (course.id.casefold(), course.live.id))
    labels = Labels(
        accounts={number: str(told.get("name", "")) for number, told in accounts.items()},
        terms=await _terms(found, reader) if style.profiles else {},
    )
    laid = LaidOut(files=())
    if courses:
        laid = laid_out(courses, labels, place, style.layout, profiles=style.profiles)
    return Adoption(
        files=laid.files,
        profiles=laid.profiles,
        courses=len(courses),
        fields=sum(len(course.values) + len(course.texts) for course in courses),
        skipped=found.skipped,
        reads=source.reads,
        diagnostics=(*found.diagnostics, *_left_out(courses)),
    )


async def _accounts(courses: Sequence[LiveCourse], source: LiveSource) -> Mapping[int, State]:
    """Read every account that a course is in or takes values from."""
    numbers = {live.account_id for live in courses} | {live.root_account_id for live in courses}
    wanted = sorted(number for number in numbers if number is not None)
    return dict(zip(wanted, await in_parallel(source.account, wanted), strict=True))


async def _terms(found: Found, reader: Reader) -> Mapping[int, str]:
    """Return the names of the terms; of one that may not be seen, none."""

    async def name(number: int) -> str:
        try:
            return (await read_term(reader.canvas, str(number)))[1]
        except CanvasRefused:
            return ""

    told = [live.state.get(TERM.address) for live in found.courses]
    lacking = sorted({number for number in told if isinstance(number, int)} - found.terms.keys())
    return {**found.terms, **dict(zip(lacking, await in_parallel(name, lacking), strict=True))}


def _left_out(courses: Sequence[Adopted]) -> list[Diagnostic]:
    """Say which values are not declared, once for each reason."""
    reasons: dict[tuple[Address, str], list[str]] = {}
    for course in courses:
        for item in course.left_out:
            reasons.setdefault((item.field, item.why), []).append(course.id)
    return [
        problem("left-alone", f"{address} is left out in {_named(ids)}. {why}")
        for (address, why), ids in reasons.items()
    ]


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
