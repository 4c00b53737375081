"""Courses that are declared twice: in the environment of a run, or in another one that ids name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest.entries import CourseEntry, Manifest

# The id of an entry, and the entry.
_Named = tuple[str, CourseEntry]


def duplicates(manifest: Manifest) -> Iterator[Diagnostic]:
    """Yield an error for each two entries of one course, in the environment of the run or in another one."""
    entries = (*manifest.courses, *manifest.elsewhere)
    told: set[tuple[Position, Position]] = set()
    yield from _twice([(entry.id, entry) for entry in manifest.courses], told, where="")
    for name in dict.fromkeys(name for entry in entries for name in entry.ids):
        # An entry with one id has it everywhere.
        ids = [(entry.ids.get(name, "") if entry.ids else entry.id, entry) for entry in entries]
        yield from _twice([item for item in ids if item[0]], told, where=f" in {shown(name)}")


def _twice(
    entries: Iterable[_Named], told: set[tuple[Position, Position]], *, where: str
) -> Iterator[Diagnostic]:
    """Yield an error for each entry whose id another one has; told: the places of those said already."""
    first: dict[str, CourseEntry] = {}
    for number, entry in entries:
        earlier = first.setdefault(number, entry)
        places = earlier.position, entry.position
        if earlier is entry or places in told:
            continue
        told.add(places)
        detail = f"The course {shown(number)} is declared{where} at {places[0]} and at {places[1]}."
        hint = "Join the two entries."
        yield problem("duplicate-course", detail, at=places[1], hint=hint, course=number)
