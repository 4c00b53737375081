"""Put words on a page of fixed width: wrapped lines, rows with a right-hand column, entries in columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

GAP = 2
INDENT = 6
_WIDEST_ADDRESS = 34
_WIDEST_PAGE = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field as it stands on the page.

    symbol, style: its mark and colour. brief: its value on one line. spread: the lines below for when
    `brief` does not fit beside the address. block: lines below in any case. right: at the right margin.
    """

    symbol: str
    style: str
    address: str
    brief: str
    spread: Sequence[Text] = ()
    block: Sequence[Text] = ()
    right: str = ""
    right_style: str = "dim"


def page_width(width: int) -> int:
    """Return the width to lay out for: lines too long are hard to read on any screen."""
    return min(width, _WIDEST_PAGE)


def paint(lines: Iterable[Text], *, colour: bool) -> str:
    """Return the lines as one string, with ANSI colours or without; nothing of the environment is asked."""
    if not colour:
        return "".join(f"{line.plain.rstrip()}\n" for line in lines)
    page = io.StringIO()
    console = Console(
        file=page,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)
    return page.getvalue()


def wrap(
    text: str, width: int, *, first: str = "", rest: str | None = None, style: str = "", mark: str = ""
) -> list[Text]:
    """Break text at blanks into lines of at most `width` cells; a longer word stays whole.

    first, rest: what the first line and the others begin with; in `mark`. style: of the text.
    """
    later = first if rest is None else rest
    broken = _broken(text, width - cell_len(first), width - cell_len(later))
    starts = [first, *([later] * (len(broken) - 1))]
    return [Text.assemble((start, mark), (line, style)) for start, line in zip(starts, broken, strict=True)]


def _broken(text: str, room: int, later: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for blanks, word in re.findall(r"( *)([^ ]+)", text):
        longer = line + blanks + word
        if cell_len(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
            room = later
        line = word
    return [*lines, line]


def flush(left: Text, right: str, width: int, *, style: str = "dim") -> list[Text]:
    """Put `right` at the right margin of a line, or of the next one if it does not fit."""
    if not right:
        return [left]
    room = width - left.cell_len - cell_len(right)
    if room >= GAP:
        return [Text.assemble(left, " " * room, (right, style))]
    spare = width - cell_len(right)
    return [
        left,
        *([Text(" " * spare).append(right, style)] if spare >= 0 else wrap(right, width, style=style)),
    ]


def lay_out(entries: Sequence[Entry], width: int) -> list[Text]:
    """Return the lines of the entries of one course, their columns aligned."""
    column = max((cell_len(item.address) for item in entries if _aligned(item)), default=0)
    return [line for item in entries for line in _entry(item, column, width)]


def _aligned(item: Entry) -> bool:
    return cell_len(item.address) <= _WIDEST_ADDRESS


def _entry(item: Entry, column: int, width: int) -> list[Text]:
    bare = Text.assemble("  ", (item.symbol, item.style), " ", (item.address, "bold"))
    room = width - (GAP + cell_len(item.right) if item.right else 0)
    for blanks in (GAP + max(column - cell_len(item.address), 0), GAP):
        whole = Text.assemble(bare, " " * blanks, item.brief)
        if whole.cell_len <= room:
            return [*flush(whole, item.right, width, style=item.right_style), *item.block]
    if whole.cell_len <= width < bare.cell_len + GAP + cell_len(item.right):
        return [*flush(whole, item.right, width, style=item.right_style), *item.block]
    head = flush(bare, item.right, width, style=item.right_style)
    if bare.cell_len > width:
        mark, rest = f"  {item.symbol} ", " " * INDENT
        *above, last = wrap(item.address, width, first=mark, rest=rest, style="bold", mark=item.style)
        head = [*above, *flush(last, item.right, width, style=item.right_style)]
    below = wrap(item.brief, width, first=" " * INDENT)
    return [*head, *(item.spread if item.spread and len(below) > 1 else below), *item.block]
