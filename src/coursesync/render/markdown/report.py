"""A report of apply in Markdown that fits a comment: the sum and what went wrong, then each course folded."""

from __future__ import annotations

from collections.abc import Callable

from coursesync.catalogue.types import Value
from coursesync.model import CourseOutcome, FieldOutcome, Report, Verdict
from coursesync.render.document import Look
from coursesync.render.lines import compare
from coursesync.render.markdown.marks import (
    LIMIT,
    code,
    difference,
    fitted,
    folded,
    html_code,
    html_prose,
    joined,
    prose,
    table,
)
from coursesync.render.sentences import count, label, report_closing, totals_line
from coursesync.render.values import Delta, is_prose, shown

_MOST_ROWS = 40
_SPARE = 200
_SIDE_ROOM = 8_000
_ERROR_ROOM = 20_000


def report_text(report: Report, look: Look) -> str:
    """Return a report as Markdown of at most LIMIT characters."""
    top = [f"### {prose(report_closing(report))}", _summary(report), _attention(report)]
    if look.quiet:
        return joined(top)
    bottom = [_left_out(report)]
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    blocks = [_course(course, look) for course in report.courses]
    return joined([*top, *fitted(blocks, room, left_out=_missing(len(blocks))), *bottom])


def _missing(of: int) -> Callable[[int], str]:
    return lambda number: (
        f"**… {number:,} of {count(of, 'course')} are left out here; the report as JSON has them all.**"
    )


def _summary(report: Report) -> str:
    rows = [
        ("Canvas", code(report.canvas.url)),
        ("Run", code(report.run)),
        ("Courses", f"{len(report.courses):,}"),
        ("Requests sent", f"{report.requests_sent:,}"),
        ("Fields", totals_line(report.totals) or "none"),
    ]
    return table(("Apply", ""), rows)


def _attention(report: Report) -> str:
    lines = [f"- **error** {prose(error)}" for error in report.errors]
    for course in report.courses:
        name = code(label("", course.sis_course_id, course.id))
        lines += [f"- {name} **{prose(course.error)}**"] if course.error else []
        lines += [
            f"- {name} {code(item.field)} **{item.verdict.value}** {prose(item.message)}".rstrip()
            for item in course.fields
            if not item.verdict.good
        ]
    return "\n".join(
        fitted(
            lines, _ERROR_ROOM, gap=1, left_out=lambda number: f"- **… {number:,} more are left out here.**"
        )
    )


def _course(course: CourseOutcome, look: Look) -> str:
    name = label("", course.sis_course_id, course.id)
    about = f" (course {course.id})" if course.sis_course_id else ""
    bad = sum(not item.verdict.good for item in course.fields)
    counts = f"{count(len(course.fields), 'field')}{f', {bad:,} to look at' if bad else ''}"
    summary = f"<b>{html_code(name)}</b> {html_code(course.name)}{html_prose(about)}: {counts}"
    rows = [_row(item) for item in course.fields]
    return folded(
        summary,
        table(("Verdict", "Field", "Before", "After", "Read back"), rows) if rows else "",
        *_differences(course, look),
        prose(course.error),
    )


def _row(item: FieldOutcome) -> tuple[str, ...]:
    word = f"{item.verdict.value} side effect" if item.side_effect else item.verdict.value
    verdict = word if item.verdict.good else f"**{word}**"
    cells = [_cell(value) for value in (item.before, item.after, item.read)]
    if item.verdict is Verdict.UNVERIFIED:
        cells = ["", cells[1], ""]
    message = f"<br>{prose(item.message)}" if item.message else ""
    return (verdict, f"{code(item.field)}{message}", *cells)


def _cell(value: Value) -> str:
    return "(text)" if is_prose(Delta(before=value, after=None)) else code(shown(value))


def _differences(course: CourseOutcome, look: Look) -> list[str]:
    most = None if look.verbose else _MOST_ROWS
    blocks = []
    for item in course.fields:
        delta = Delta(before=item.before, after=item.after)
        if is_prose(delta):
            blocks.append(f"{code(item.field)}\n\n{difference(compare(delta, most=most))}")
        between = Delta(before=item.after, after=item.read)
        if item.verdict is Verdict.ALTERED and is_prose(between):
            said = f"{code(item.field)}, what was sent against what was read back"
            blocks.append(f"{said}\n\n{difference(compare(between, most=most))}")
    return blocks


def _left_out(report: Report) -> str:
    names = {course.id: label("", course.sis_course_id, course.id) for course in report.courses}
    lines = [
        f"- {code(names.get(item.course, f'course {item.course}'))} "
        f"{code(item.field)} {prose(item.reason)}".rstrip()
        for item in report.left_out
    ]
    if not lines:
        return ""
    kept = fitted(
        lines, _SIDE_ROOM, gap=1, left_out=lambda number: f"- **… {number:,} more are left out here.**"
    )
    return folded(f"Left out: in the plan, but not sent ({len(lines):,})", "\n".join(kept))
