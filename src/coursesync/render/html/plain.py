"""The differences as a plain list, for paper and for browsers that run no script; rows in, lines out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursesync.render.html import prose
from coursesync.render.html.legend import SIGNS, WEIGHT, key
from coursesync.render.sentences import place
from coursesync.render.sheet import Cell, Mark, Row, said
from coursesync.render.values import UNDECIDED, shown, visible

MOST = 300
_LONG = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One difference.

    before, after: the two values it is between. more: who, where declared, what happened, each on a line.
    """

    label: str
    name: str
    field: str
    mark: str
    key: str
    symbol: str
    before: str
    after: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How many fields have a mark, and in how many courses."""

    key: str
    mark: str
    symbol: str
    meaning: str
    quiet: bool
    fields: int
    courses: int


def cards(rows: Sequence[Row]) -> list[Card]:
    """Return the counters of a sheet, by weight."""
    fields = Counter(cell.mark for row in rows for cell in row.cells)
    courses = Counter(mark for row in rows for mark in {cell.mark for cell in row.cells})
    return [
        Card(
            key=key(mark),
            mark=mark.value,
            symbol=sign.symbol,
            meaning=sign.meaning,
            quiet=sign.quiet,
            fields=fields[mark],
            courses=courses[mark],
        )
        for mark, sign in SIGNS.items()
        if fields[mark]
    ]


def lines(rows: Sequence[Row]) -> Iterator[Line]:
    """Yield what there is to look at, course by course, the heaviest first in each."""
    for row in rows:
        if row.problem:
            yield _ended(row)
        for cell in sorted(row.cells, key=lambda cell: WEIGHT[cell.mark]):
            if not SIGNS[cell.mark].quiet:
                yield _line(row, cell)


def lines_in_all(rows: Sequence[Row]) -> int:
    """Return how many lines there are."""
    return sum(bool(row.problem) + sum(not SIGNS[cell.mark].quiet for cell in row.cells) for row in rows)


def _ended(row: Row) -> Line:
    return Line(
        label=prose.cut(row.label, _LONG),
        name=prose.cut(row.name, _LONG),
        field="",
        mark="ended early",
        key=key(Mark.FAILED),
        symbol=SIGNS[Mark.FAILED].symbol,
        before="",
        after="",
        more=(visible(row.problem),),
    )


def _line(row: Row, cell: Cell) -> Line:
    values = said(cell)
    after = UNDECIDED if not cell.desired_known else _short(values.get("desired"))
    blame = cell.blame
    who = f"{visible(blame.user or blame.source)}, {visible(shown(blame.at))}" if blame else ""
    more = [cell.word if cell.word != cell.mark.value else "", who, place(cell.origin), visible(cell.message)]
    return Line(
        label=prose.cut(row.label, _LONG),
        name=prose.cut(row.name, _LONG),
        field=visible(cell.field),
        mark=cell.mark.value,
        key=key(cell.mark),
        symbol=SIGNS[cell.mark].symbol,
        before=_short(cell.live) if "live" in values else "",
        after=after if "desired" in values else "",
        more=tuple(prose.cut(text, 3 * _LONG) for text in more if text),
    )


def _short(value: object) -> str:
    text = shown(value)  # type: ignore[arg-type]
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
