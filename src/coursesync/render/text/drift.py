"""A comparison on a page: what many courses share, each with what is its own, the rest, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import errors
from coursesync.model import CourseDrift, Drift, DriftClass, FieldDrift
from coursesync.render.document import Look
from coursesync.render.groups import Group, agreed, differing, of_drift
from coursesync.render.labels import course_header, label
from coursesync.render.lines import compare
from coursesync.render.sentences import (
    above_fields,
    base_line,
    drift_closing,
    notes,
    places,
    problems_closing,
)
from coursesync.render.sides import (
    Sides,
    blame_lines,
    common_sides,
    delta_of,
    keys,
    sides,
)
from coursesync.render.text.coverage import coverage
from coursesync.render.text.layers import layer_lines
from coursesync.render.text.layout import INDENT, Entry, lay_out, wrap
from coursesync.render.text.pieces import (
    NamedRow,
    comparison_lines,
    course_lines,
    diagnostic_lines,
    first_rows,
    most_rows,
    named_rows,
    paragraph,
    shared_lines,
)
from coursesync.render.text.sections import grouped, ignored, policies, released, titled
from coursesync.render.values import is_prose, visible
from coursesync.render.where import passing_line

_SYMBOLS = {
    DriftClass.LIVE_CHANGED: ("≠", "yellow"),
    DriftClass.CONFIG_CHANGED: ("~", "cyan"),
    DriftClass.CONFLICT: ("!", "bold red"),
    DriftClass.DIFFERS: ("≠", "yellow"),
    DriftClass.BOTH: ("≈", "green"),
}
_MOST_BLAMES = 3


def drift_lines(drift: Drift, look: Look) -> Iterator[Text]:
    """Return the lines of a comparison."""
    if look.quiet:
        yield from diagnostic_lines(errors(drift.diagnostics), look)
        yield from wrap(drift_closing(drift), look.width, style="bold")
        return
    yield from _courses(drift, look)
    every = (*drift.courses, *drift.released)
    names = _names(every)
    for section in (
        _agreed(every, names, look),
        released(every, names, look),
        _gone(drift.released, look),
        ignored(every, names, look),
        _unverified(every, names, look),
        coverage(drift, _names(drift.courses), look),
        policies(drift.policies, look),
    ):
        yield from [*section, Text()] if section else []
    if drift.diagnostics:
        yield from diagnostic_lines(drift.diagnostics, look)
        yield from wrap(problems_closing(drift.diagnostics), look.width)
        yield Text()
    for line in filter(None, (visible(drift.blame), base_line(drift.base), passing_line(drift.canvas.url))):
        yield from wrap(line, look.width)
    yield from wrap(drift_closing(drift), look.width, style="bold")


def _names(courses: Sequence[CourseDrift]) -> list[str]:
    return [label(course.declared_id, course.sis_course_id, course.id) for course in courses]


def _courses(drift: Drift, look: Look) -> Iterator[Text]:
    split, names = of_drift(drift), _names(drift.courses)
    yield from shared_lines(split, names, _entry, look)
    for course, own in zip(drift.courses, split.own, strict=True):
        if own:
            above = above_fields(len(differing(course)) - len(own))
            yield from [*course_lines(course_header(course), own, _entry, look, above=above), Text()]


def _entry(group: Group[FieldDrift], names: Sequence[str], look: Look) -> Entry:
    """Return the entry of a field that drifted the same way in the courses of these names."""
    items, first = group.items, group.first
    symbol, style = _SYMBOLS[first.class_]
    rows: list[Text] = []
    if group.varied:
        values = _sides_lines(common_sides(items), look)
        rows = first_rows([_live_row(name, item) for name, item in zip(names, items, strict=True)], look)
    else:
        values = _values(first, look)
    return Entry(
        symbol=symbol,
        style=style,
        address=visible(first.field),
        brief="",
        block=[*values, *_below(items, names, look), *rows],
        right="  ".join(filter(None, (first.class_.value, places(items)))),
        right_style=style,
    )


def _live_row(name: str, item: FieldDrift) -> NamedRow:
    said = compare(delta_of(item)).label if is_prose(delta_of(item)) else sides(item).live
    return NamedRow(name=name, brief=f"Canvas: {said}")


def _values(item: FieldDrift, look: Look) -> list[Text]:
    delta = delta_of(item)
    if found := keys(item):
        return named_rows(
            [NamedRow(name=key, brief=each.line, spread=_spread(each, look)) for key, each in found], look
        )
    if is_prose(delta):
        said = compare(delta, most=most_rows(look))
        return [
            *paragraph(f"- Canvas, + declared: {said.label}", look.width),
            *comparison_lines(said, look.width),
        ]
    return _sides_lines(sides(item), look)


def _sides_lines(said: Sides, look: Look) -> list[Text]:
    whole = paragraph(said.line, look.width)
    return whole if len(whole) == 1 else _spread(said, look)


def _spread(said: Sides, look: Look) -> list[Text]:
    """Return each side on its own line."""
    column = max(len(name) for name, _ in said.named) + 2
    return [line for name, value in said.named for line in _side(f"{name}:", value, column, look)]


def _side(name: str, value: str, column: int, look: Look) -> list[Text]:
    widest = max(map(cell_len, value.split(" ")))
    if INDENT + column + widest > look.width:
        return [Text(" " * INDENT + name), *wrap(value, look.width, first=" " * (INDENT + 1))]
    first = f"{' ' * INDENT}{name:<{column}}"
    return wrap(value, look.width, first=first, rest=" " * len(first))


def _below(items: Sequence[FieldDrift], names: Sequence[str], look: Look) -> list[Text]:
    """Return why the class is what it is, who moved the field, and all else where all is wanted."""
    first, width = items[0], look.width
    said = [first.message] if first.message else []
    said += blame_lines(items, names, most=None if look.verbose else _MOST_BLAMES)
    lines = [line for text in said for line in paragraph(text, width)]
    if first.risk is not Risk.SAFE:
        lines += paragraph(f"Applying the declared value is {first.risk.value}.", width, style="magenta")
    if look.verbose:
        lines += [line for note in notes(items, names) for line in paragraph(note, width, style="italic")]
        lines += layer_lines(items, look)
    return lines


def _agreed(courses: Sequence[CourseDrift], names: Sequence[str], look: Look) -> list[Text]:
    found = []
    for course, name in zip(courses, names, strict=True):
        for item in agreed(course):
            one = _entry(Group(courses=(0,), items=(item,)), [name], look)
            found.append((one, name))
    return titled("Moved alike in git and in Canvas: nothing differs", grouped(found, look), look)


def _gone(courses: Sequence[CourseDrift], look: Look) -> list[Text]:
    found = []
    for course, name in zip(courses, _names(courses), strict=True):
        line = f":{course.line}" if course.line else ""
        where = f"was at {visible(course.file)}{line}" if course.file else ""
        found.append(Entry(symbol="·", style="cyan", address=name, brief=visible(course.name), right=where))
    return titled("Courses that left the manifests", lay_out(found, look.width), look)


def _unverified(courses: Sequence[CourseDrift], names: Sequence[str], look: Look) -> list[Text]:
    found = [
        (Entry(symbol="?", style="cyan", address=visible(address), brief=""), name)
        for course, name in zip(courses, names, strict=True)
        for address in course.unverified
    ]
    return titled("Not verifiable: Canvas never shows these", grouped(found, look), look)
