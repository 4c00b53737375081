"""Which fields are managed: a table of all courses, and for those who want all, course by course."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from coursesync.model import Drift, FieldCoverage
from coursesync.render.document import Look
from coursesync.render.groups import covered, runs
from coursesync.render.sentences import listed, some
from coursesync.render.text.layout import GAP, wrap
from coursesync.render.text.sections import titled
from coursesync.render.values import visible

_COLUMNS = ("managed", "ignored", "unmanaged")
_NARROWEST = 12


def coverage(drift: Drift, names: Sequence[str], look: Look) -> list[Text]:
    """Return in how many courses each field is managed; names: of the courses."""
    told = [item for item in drift.coverage if item.managed or item.ignored]
    never = [visible(item.field) for item in drift.coverage if not (item.managed or item.ignored)]
    lines = _table(told, look)
    if never:
        lines += wrap(f"managed in no course: {listed(never)}", look.width, first="  ", rest="    ")
    if look.verbose and drift.coverage:
        lines += _by_course(drift, names, look)
    return titled("Coverage: in how many courses a field is managed, ignored, and neither", lines, look)


def _table(items: Sequence[FieldCoverage], look: Look) -> list[Text]:
    if not items:
        return []
    rows = [("", *_COLUMNS)]
    rows += [
        (visible(item.field), f"{item.managed:,}", f"{item.ignored:,}", f"{item.unmanaged:,}")
        for item in items
    ]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = look.width - 2 - sum(widths[1:]) - GAP * len(_COLUMNS)
    if room < _NARROWEST:
        return _sentences(rows[1:], look)
    first = min(widths[0], room)
    return [line for number, row in enumerate(rows) for line in _row(row, first, widths[1:], head=not number)]


def _sentences(rows: Sequence[Sequence[str]], look: Look) -> list[Text]:
    return [
        line
        for name, *cells in rows
        for line in wrap(
            f"{name}: {', '.join(map(' '.join, zip(cells, _COLUMNS, strict=True)))}",
            look.width,
            first="  ",
            rest="    ",
        )
    ]


def _row(row: Sequence[str], first: int, widths: Sequence[int], *, head: bool) -> list[Text]:
    name, *cells = row
    numbers = "".join(f"{cell:>{GAP + width}}" for cell, width in zip(cells, widths, strict=True))
    style = "dim" if head else ""
    blanks = first - cell_len(name)
    if blanks >= 0:
        return [Text(f"  {name}{' ' * blanks}{numbers}", style)]
    return [Text(f"  {name}", style), Text(" " * (2 + first) + numbers, style)]


def _by_course(drift: Drift, names: Sequence[str], look: Look) -> list[Text]:
    """Return the fields of each course, courses with the same ones together."""
    lines: list[Text] = []
    pairs = list(zip(drift.courses, names, strict=True))
    for same in runs(pairs, lambda pair: covered(pair[0])):
        lines += wrap(some([name for _, name in same], most=None), look.width, first="  ", rest="    ")
        for word, fields in zip(_COLUMNS, covered(same[0][0]), strict=True):
            if fields:
                said = f"{word}: {listed(list(map(visible, fields)))}"
                lines += wrap(said, look.width, first="    ", rest="      ", style="dim")
    return lines
