"""What contradicts itself in one desired course or policy, once its layers lie over each other."""

from __future__ import annotations

from collections.abc import Iterator

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Mark, matches
from coursesync.diagnostics import Diagnostic, problem
from coursesync.manifest.layers import MAPS
from coursesync.model import Address, DesiredCourse


def contradictions(course: DesiredCourse) -> Iterator[Diagnostic]:
    """Yield an error for every two values that cannot both be kept; without an id it names no course."""
    yield from _conflicts(course)
    yield from _unmet(course)
    yield from _undone(course)


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
        if {one, other} == set(MAPS):
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
    return problem("conflicting-fields", detail, at=at, hint=hint, course=course.id or None)
