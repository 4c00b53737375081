"""A report of apply in Markdown that fits a comment: the sum and what went wrong, then each course folded."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.catalogue.types import Value
from coursesync.model import CourseOutcome, FieldOutcome, Report, Verdict
from coursesync.render.document import Look
from coursesync.render.groups import Block, Result, Split, alike_left_out, is_bad, of_report
from coursesync.render.labels import label, outcome_number
from coursesync.render.lineage import past_lines
from coursesync.render.lines import compare
from coursesync.render.markdown.many import (
    SEVERAL,
    course_list,
    course_values,
    fitted_lists,
    left_out_of,
    of_courses,
)
from coursesync.render.markdown.marks import (
    LIMIT,
    bullets,
    code,
    difference,
    fitted,
    fitted_bullets,
    fitted_table,
    folded,
    html_code,
    html_prose,
    joined,
    prose,
    table,
)
from coursesync.render.sentences import above_results, count, moved, report_closing, totals_line
from coursesync.render.values import Delta, is_prose, shown
from coursesync.render.where import passing_line

_MOST_ROWS = 40
_MOST_NAMES = 20
_SPARE = 200
_ROOM = 8_000
_ATTENTION_ROOM = 20_000


def report_text(report: Report, look: Look) -> str:
    """Return a report as Markdown of at most LIMIT characters."""
    names = [label("", course.sis_course_id, course.id) for course in report.courses]
    split = of_report(report)
    top = [
        f"### {prose(report_closing(report))}",
        _summary(report),
        bullets(list(map(prose, past_lines(report)))),
        prose(passing_line(report.canvas.url)),
        _attention(report, split, names),
    ]
    if look.quiet:
        return joined(top)
    top.append(_shared(split.blocks))
    bottom = [_left_out(report)]
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    top += fitted_lists([_list(block, names, look) for block in split.blocks], room // 2)
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    blocks = [
        _course(course, own, name, look)
        for course, own, name in zip(report.courses, split.own, names, strict=True)
        if own or not (course.fields or course.error)
    ]
    return joined([*top, *fitted(blocks, room, left_out=left_out_of(len(blocks), "report")), *bottom])


def _summary(report: Report) -> str:
    rows = [
        ("Canvas", code(report.canvas.url)),
        ("Run", code(report.run)),
        ("Courses", f"{len(report.courses):,}"),
        ("Requests sent", f"{report.requests_sent:,}"),
        ("Fields", totals_line(report.totals) or "none"),
    ]
    return table(("Apply", ""), rows)


def _attention(report: Report, split: Split[Result], names: Sequence[str]) -> str:
    lines = [f"**error** {prose(error)}" for error in report.errors]
    for block in split.blocks:
        bad = [_news(result) for result in block.items if is_bad(result)]
        mine = [names[number] for number in block.courses]
        lines += [of_courses(mine, "<br>".join(["", *bad]), most=_MOST_NAMES)] if bad else []
    for name, own in zip(names, split.own, strict=True):
        # Why a course ended comes first.
        first = sorted(own, key=lambda result: not isinstance(result, str))
        lines += [of_courses([name], _news(result)) for result in first if is_bad(result)]
    return fitted_bullets(lines, _ATTENTION_ROOM)


def _news(item: Result) -> str:
    if isinstance(item, str):
        return f"**{prose(item)}**"
    return f"{code(item.field)} **{item.verdict.value}** {prose(item.message)}"


def _shared(blocks: Sequence[Block[Result]]) -> str:
    """Return a table of the outcomes that many courses share."""
    rows = []
    for block in blocks:
        for group in block.groups:
            fields = [item for item in group.items if isinstance(item, FieldOutcome)]
            rows += [(*_row(*fields), f"{len(group.courses):,}")] if fields else []
    return fitted_table((*_HEAD, "Courses"), rows, _ROOM)


def _list(block: Block[Result], names: Sequence[str], look: Look) -> str:
    """Return the courses of a block, folded, with the values that differ."""
    mine = [names[number] for number in block.courses]
    groups = [[item for item in group.items if isinstance(item, FieldOutcome)] for group in block.groups]
    varied = [fields for fields, group in zip(groups, block.groups, strict=True) if group.varied]
    return course_list(
        mine,
        list(dict.fromkeys(fields[0].field for fields in groups if fields)),
        *(course_values(fields[0].field, mine, list(map(moved, fields))) for fields in varied),
        *_differences([fields[0] for fields in groups if fields and fields not in varied], look),
        *(prose(item) for item in block.items if isinstance(item, str)),
        named=len(varied) == len(groups),
    )


def _course(course: CourseOutcome, own: Sequence[Result], name: str, look: Look) -> str:
    about = f" {outcome_number(course)}".rstrip()
    fields = [item for item in own if isinstance(item, FieldOutcome)]
    bad = sum(not item.verdict.good for item in fields)
    counts = f"{count(len(fields), 'field')}{f', {bad:,} to look at' if bad else ''}"
    summary = f"<b>{html_code(name)}</b> {html_code(course.name)}{html_prose(about)}: {counts}"
    return folded(
        summary,
        table(_HEAD, map(_row, fields)) if fields else "",
        *_differences(fields, look),
        *(prose(item) for item in own if isinstance(item, str)),
        above_results(course, own),
    )


_HEAD = ("Verdict", "Field", "Before", "After", "Read back")


def _row(first: FieldOutcome, *others: FieldOutcome) -> tuple[str, ...]:
    """Return the row of an outcome, or of outcomes whose values may differ."""
    word = f"{first.verdict.value} side effect" if first.side_effect else first.verdict.value
    verdict = word if first.verdict.good else f"**{word}**"
    items = (first, *others)
    cells = [
        _common([item.before for item in items]),
        _common([item.after for item in items]),
        _common([item.read for item in items]),
    ]
    if first.verdict is Verdict.UNVERIFIED:
        cells = ["", cells[1], ""]
    message = f"<br>{prose(first.message)}" if first.message else ""
    return (verdict, f"{code(first.field)}{message}", *cells)


def _common(values: Sequence[Value]) -> str:
    cells = set(map(_cell, values))
    return cells.pop() if len(cells) == 1 else SEVERAL


def _cell(value: Value) -> str:
    return "(text)" if is_prose(Delta(before=value, after=None)) else code(shown(value))


def _differences(fields: Sequence[FieldOutcome], look: Look) -> list[str]:
    most = None if look.verbose else _MOST_ROWS
    blocks = []
    for item in fields:
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
        of_courses(
            [names.get(item.course, f"course {item.course}") for item in same],
            f"{code(same[0].field)} {prose(same[0].reason)}",
        )
        for same in alike_left_out(report.left_out)
    ]
    if not lines:
        return ""
    title = f"Left out: in the plan, but not sent ({len(report.left_out):,})"
    return folded(title, fitted_bullets(lines, _ROOM))
