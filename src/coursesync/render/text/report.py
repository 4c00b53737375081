"""A report on a page: each course with the verdict of every field, what was left out, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.text import Text

from coursesync.model import CourseOutcome, FieldOutcome, Report, Verdict
from coursesync.render.document import Look
from coursesync.render.lines import compare
from coursesync.render.sentences import label, report_closing, totals_line
from coursesync.render.text.layout import Entry, lay_out, wrap
from coursesync.render.text.pieces import comparison_lines, entry, paragraph
from coursesync.render.values import Delta, is_prose, shown, visible

_SYMBOLS = {
    Verdict.APPLIED: ("✓", "green"),
    Verdict.NORMALISED: ("≈", "green"),
    Verdict.IGNORED: ("✗", "bold red"),
    Verdict.ALTERED: ("✗", "bold red"),
    Verdict.UNEXPECTED: ("!", "bold red"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("·", "dim"),
    Verdict.STALE: ("↺", "yellow"),
    Verdict.UNKNOWN: ("?", "bold red"),
    Verdict.UNVERIFIED: ("?", "cyan"),
}
# Where the value read back is worth showing beside the one that was sent.
_SHOWS_READ = {Verdict.NORMALISED, Verdict.IGNORED, Verdict.ALTERED}


def report_lines(report: Report, look: Look) -> Iterator[Text]:
    """Return the lines of a report."""
    for course in map(_only_bad, report.courses) if look.quiet else report.courses:
        if not look.quiet or course.fields or course.error:
            yield from _course(course, look)
            yield Text()
    if report.left_out and not look.quiet:
        yield from _left_out(report, look)
        yield Text()
    if report.errors:
        yield from _errors(report, look)
        yield Text()
    if (said := totals_line(report.totals)) and not look.quiet:
        yield from wrap(said, look.width)
    yield from wrap(report_closing(report), look.width, style="bold")


def _only_bad(course: CourseOutcome) -> CourseOutcome:
    return replace(course, fields=tuple(item for item in course.fields if not item.verdict.good))


def _errors(report: Report, look: Look) -> Iterator[Text]:
    for error in report.errors:
        yield from wrap(f"error: {visible(error)}", look.width, rest="  ", style="red")


def _course(course: CourseOutcome, look: Look) -> list[Text]:
    name = label("", course.sis_course_id, course.id)
    about = f"(course {course.id})" if course.sis_course_id else ""
    parts = filter(None, (name, visible(course.name), about))
    header = wrap("  ".join(parts), look.width, rest="    ")
    header[0].stylize("bold", 0, len(name))
    ended = wrap(f"! {visible(course.error)}", look.width, first="  ", rest="    ", style="bold red")
    return [*header, *lay_out([_field(item, look) for item in course.fields], look.width)] + (
        ended if course.error else []
    )


def _field(item: FieldOutcome, look: Look) -> Entry:
    symbol, style = _SYMBOLS[item.verdict]
    right = f"side effect {item.verdict.value}" if item.side_effect else item.verdict.value
    below = [*_read(item, look), *(paragraph(item.message, look.width) if item.message else [])]
    if item.verdict is Verdict.UNVERIFIED:
        brief = shown(item.after)
        return Entry(
            symbol=symbol,
            style=style,
            address=visible(item.field),
            brief=brief,
            block=below,
            right=right,
            right_style=style,
        )
    moved = Delta(before=item.before, after=item.read if item.verdict is Verdict.UNEXPECTED else item.after)
    return entry(symbol, style, item.field, moved, look, right=right, right_style=style, below=below)


def _read(item: FieldOutcome, look: Look) -> list[Text]:
    if item.verdict not in _SHOWS_READ:
        return []
    between = Delta(before=item.after, after=item.read)
    if is_prose(between):
        said = compare(between)
        rows = comparison_lines(said, look.width) if item.verdict is Verdict.ALTERED or look.verbose else []
        return [*paragraph(f"Read back, against what was sent: {said.label}", look.width), *rows]
    return paragraph(f"Read back: {shown(item.read)}", look.width)


def _left_out(report: Report, look: Look) -> list[Text]:
    names = {course.id: label("", course.sis_course_id, course.id) for course in report.courses}
    lines = wrap("Left out: in the plan, but not sent", look.width, style="bold")
    entries = [
        Entry(
            symbol="·",
            style="dim",
            address=visible(item.field),
            brief=names.get(item.course, f"course {item.course}"),
            block=paragraph(item.reason, look.width) if item.reason else [],
            right=visible(item.change_id),
        )
        for item in report.left_out
    ]
    return lines + lay_out(entries, look.width)
