"""What stands below the courses: problems, policies, coverage, what was left out, the exact requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.model import FieldCoverage, PolicyMatch, Report, Request
from coursesync.render.groups import alike_diagnostics, alike_left_out, alike_requests, any_course, body_lines
from coursesync.render.html import prose
from coursesync.render.labels import label
from coursesync.render.sentences import count, matched, said_courses, said_detail, said_where, some
from coursesync.render.values import visible

_MOST = 200
_MOST_NAMES = 12
_LONG = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A diagnostic, or several that say the same; texts: what it says, then what to type."""

    severity: str
    code: str
    summary: str
    where: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A policy: its name, how many courses it matches in words, where it is declared; empty: it has none."""

    name: str
    matches: str
    where: str
    empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """In how many courses a field is managed, ignored and neither; share: percent managed of the total."""

    field: str
    managed: int
    ignored: int
    unmanaged: int
    total: int
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something of a plan that was not sent, for the same reason in some courses."""

    field: str
    courses: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, or several that differ in their course; what: method and path, who: for which ids."""

    what: str
    who: str
    body: str


def remarks(diagnostics: Sequence[Diagnostic], *, only_errors: bool) -> tuple[list[Remark], int]:
    """Return diagnostics, errors first, those that say the same once; and how many more there are."""
    alike = alike_diagnostics(diagnostics)
    found = [
        _remark(same)
        for severity in Severity
        for same in alike
        if same[0].severity is severity and (severity is Severity.ERROR or not only_errors)
    ]
    return found[:_MOST], len(found[_MOST:])


def _remark(same: Sequence[Diagnostic]) -> Remark:
    first = same[0]
    texts = (said_detail(same), said_courses(same, most=_MOST_NAMES), first.hint)
    return Remark(
        severity=first.severity.value,
        code=first.code,
        summary=visible(first.summary),
        where=visible(said_where(same)),
        texts=tuple(prose.cut(visible(text), _LONG) for text in texts if text),
    )


def policies(found: Sequence[PolicyMatch]) -> list[Matched]:
    """Return the policies and what they match."""
    return [
        Matched(
            name=visible(item.name),
            matches=matched(item),
            where=visible(f"{item.file}:{item.line}"),
            empty=not item.courses,
        )
        for item in found
    ]


def coverage(found: Sequence[FieldCoverage]) -> list[Covered]:
    """Return the fields by how many courses leave them to anybody, the most first."""
    return [_covered(item) for item in sorted(found, key=lambda item: -item.unmanaged)]


def _covered(item: FieldCoverage) -> Covered:
    total = item.managed + item.ignored + item.unmanaged
    return Covered(
        field=visible(item.field),
        managed=item.managed,
        ignored=item.ignored,
        unmanaged=item.unmanaged,
        total=max(1, total),
        share=100 * item.managed // max(1, total),
    )


def left_out(report: Report) -> list[Left]:
    """Return what was left out of a plan, that of one field for one reason once."""
    names = {course.id: label("", course.sis_course_id, course.id) for course in report.courses}
    return [
        Left(
            field=visible(same[0].field),
            courses=some(
                [names.get(item.course, f"course {item.course}") for item in same], most=_MOST_NAMES
            ),
            reason=visible(same[0].reason),
        )
        for same in alike_left_out(report.left_out)
    ]


def requests(found: Sequence[Request]) -> tuple[list[Call], int]:
    """Return the exact requests, those that differ only in their course once; and how many more there are."""
    alike = alike_requests(found)
    return [_call(same) for same in alike[:_MOST]], len(alike[_MOST:])


def _call(same: Sequence[Request]) -> Call:
    first = same[0]
    path = first.path if len(same) == 1 else any_course(first)
    ids = some([str(item.courses[0]) for item in same if item.courses], most=_MOST_NAMES)
    return Call(
        what=visible(f"{first.method} {path}"),
        who="" if len(same) == 1 else f"{count(len(same), 'time')}, with the id {ids}",
        body=prose.readable(prose.cut(body_lines(first), _LONG)),
    )
