"""A report on a page: what went the same way in many courses, the others one by one, and the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.text import Text

from coursesync.model import CourseOutcome, FieldOutcome, Report, Verdict
from coursesync.render.document import Look
from coursesync.render.groups import Block, Result, alike_left_out, is_bad, of_report
from coursesync.render.labels import label, outcome_number
from coursesync.render.lineage import past_lines
from coursesync.render.lines import compare
from coursesync.render.sentences import above_results, count, moved, report_closing, some, totals_line
from coursesync.render.text.layout import INDENT, Entry, lay_out, wrap
from coursesync.render.text.pieces import (
    MOST_COURSES,
    block_lines,
    comparison_lines,
    entry,
    paragraph,
    varied_entry,
)
from coursesync.render.values import Delta, is_prose, shown, visible
from coursesync.render.where import passing_line

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
_MOST_GOOD = 10
# Where the value read back is worth showing beside the one that was sent.
_SHOWS_READ = {Verdict.NORMALISED, Verdict.IGNORED, Verdict.ALTERED}


def report_lines(report: Report, look: Look) -> Iterator[Text]:
    """Return the lines of a report."""
    looked_at = map(_only_bad, report.courses) if look.quiet else report.courses
    yield from _courses(replace(report, courses=tuple(looked_at)), look)
    if report.left_out and not look.quiet:
        yield from _left_out(report, look)
        yield Text()
    if report.errors:
        yield from _errors(report, look)
        yield Text()
    if (said := totals_line(report.totals)) and not look.quiet:
        yield from wrap(said, look.width)
    for said in filter(None, (*past_lines(report), passing_line(report.canvas.url))):
        yield from wrap(said, look.width) if not look.quiet else []
    yield from wrap(report_closing(report), look.width, style="bold")


def _only_bad(course: CourseOutcome) -> CourseOutcome:
    return replace(course, fields=tuple(item for item in course.fields if not item.verdict.good))


def _errors(report: Report, look: Look) -> Iterator[Text]:
    for error in report.errors:
        yield from wrap(f"error: {visible(error)}", look.width, rest="  ", style="red")


def _courses(report: Report, look: Look) -> Iterator[Text]:
    split = of_report(report)
    names = [label("", course.sis_course_id, course.id) for course in report.courses]
    # What needs attention is read last, nearest to the sum.
    for block in sorted(split.blocks, key=lambda block: any(map(is_bad, block.items))):
        yield from [*_block(block, [names[number] for number in block.courses], look), Text()]
    for course, own, name in zip(report.courses, split.own, names, strict=True):
        if own or not (course.fields or course.error or look.quiet):
            yield from [*_course(course, own, name, look), Text()]


def _block(block: Block[Result], names: Sequence[str], look: Look) -> list[Text]:
    groups = [
        (group, [item for item in group.items if isinstance(item, FieldOutcome)]) for group in block.groups
    ]
    entries = [
        _varied(fields, names, look) if group.varied else _field(fields[0], look)
        for group, fields in groups
        if fields
    ]
    return block_lines(
        names,
        entries,
        look,
        below=_ended(block.items, look),
        named=all(group.varied for group in block.groups),
        most=MOST_COURSES if any(map(is_bad, block.items)) else 3,
    )


def _course(course: CourseOutcome, own: Sequence[Result], name: str, look: Look) -> list[Text]:
    about = outcome_number(course)
    parts = filter(None, (name, visible(course.name), about))
    header = wrap("  ".join(parts), look.width, rest="    ")
    header[0].stylize("bold", 0, len(name))
    entries = [_field(item, look) for item in own if isinstance(item, FieldOutcome)]
    more = above_results(course, own)
    return [
        *header,
        *lay_out(entries, look.width),
        *_ended(own, look),
        *(wrap(more, look.width, first="  ", style="dim") if more else []),
    ]


def _ended(items: Iterable[Result], look: Look) -> list[Text]:
    """Say why courses ended early."""
    errors = [item for item in items if isinstance(item, str)]
    return [
        line
        for error in errors
        for line in wrap(f"! {visible(error)}", look.width, first="  ", rest="    ", style="bold red")
    ]


def _varied(items: Sequence[FieldOutcome], names: Sequence[str], look: Look) -> Entry:
    """Return the entry of what went the same way in courses whose values differ."""
    first = items[0]
    symbol, style = _SYMBOLS[first.verdict]
    below = paragraph(first.message, look.width) if first.message else []
    rows = list(zip(names, map(moved, items), strict=True))
    most = MOST_COURSES if is_bad(first) else _MOST_GOOD
    return varied_entry(
        symbol, style, first.field, rows, look, right=_word(first), right_style=style, below=below, most=most
    )


def _field(item: FieldOutcome, look: Look) -> Entry:
    symbol, style = _SYMBOLS[item.verdict]
    right = _word(item)
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
    return entry(symbol, style, item.field, moved(item), look, right=right, right_style=style, below=below)


def _word(item: FieldOutcome) -> str:
    return f"side effect {item.verdict.value}" if item.side_effect else item.verdict.value


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
    entries = []
    for same in alike_left_out(report.left_out):
        first = same[0]
        courses = [names.get(item.course, f"course {item.course}") for item in same]
        many = wrap(
            some(courses, most=None if look.verbose else 3), look.width, first=" " * INDENT, style="dim"
        )
        entries.append(
            Entry(
                symbol="·",
                style="dim",
                address=visible(first.field),
                brief=courses[0] if len(same) == 1 else count(len(same), "course"),
                block=[
                    *(paragraph(first.reason, look.width) if first.reason else []),
                    *(many if len(same) > 1 else []),
                ],
                right=visible(first.change_id) if len(same) == 1 else "",
            )
        )
    return lines + lay_out(entries, look.width)
