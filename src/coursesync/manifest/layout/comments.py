"""Which comments and blank lines belong to which entry: above it, beside it, or at the end of its block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursesync.manifest.layout.blocks import Block, Entry, Written, walk

# Lines for editors and checkers, which look for them at the top of a file and nowhere else.
_FOR_EDITORS = re.compile(r"#!|#\s*(yaml-language-server:|yamllint |-\*-|vim?:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The comments of a document by the offset of what they belong to; an empty text is a blank line.

    top: at the top of a block, parted from its first entry. above: in front of an entry. beside: below an
    entry, in line with the comment at its end. bottom: at the end of a block.
    """

    top: dict[int, list[str]]
    above: dict[int, list[str]]
    beside: dict[int, list[str]]
    bottom: dict[int, list[str]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a gap: the column its comment begins at, and the comment, which is empty for a blank line."""

    column: int
    text: str


class NotAGap(ValueError):
    """Something else than comments and blank lines stands between two entries."""


def surroundings(written: Written, root: Block) -> Surroundings:
    """Return for every line between the entries of a document where it belongs."""
    found = Surroundings(top={}, above={}, beside={}, bottom={})
    before: tuple[Entry, tuple[Block, ...]] | None = None
    for entry, chain in walk(root):
        gap = _gap(written, _end(before, written), written.line(entry.start))
        if before is None:
            found.top[root.start], found.above[entry.start] = _split(gap, introduces=_introduction(gap))
        else:
            gap = _beside(gap, before[0], written, found)
            if len(chain) > len(before[1]):
                found.top[entry.start], found.above[entry.start] = _split(gap)
            else:
                own = written.column(entry.start)
                left = _bottoms(gap, before[1][len(chain) :], own, written, found)
                found.above[entry.start] = [line.text for line in left]
        before = entry, chain
    gap = _gap(written, _end(before, written), _last(written))
    if before:
        gap = _beside(gap, before[0], written, found)
        _bottoms(gap, before[1], -1, written, found)
    return found


def _last(written: Written) -> int:
    """Return the number of the line behind the last one that can hold comments of the document."""
    return len(written.lines) if written.end == len(written.text) else written.line(written.end)


def _end(before: tuple[Entry, tuple[Block, ...]] | None, written: Written) -> int:
    """Return the number of the last line of an entry, or of what introduces the document."""
    if before is None:
        return written.line(written.begin) if written.begin else -1
    return written.line(last_offset(before[0]))


def last_offset(entry: Entry) -> int:
    """Return the offset at which what an entry says itself ends, its block left out."""
    return entry.after if isinstance(entry.value, Block) else entry.value.end


def _gap(written: Written, above: int, below: int) -> list[_Line]:
    """Return the lines between two others, runs of blank ones as one."""
    gap: list[_Line] = []
    for text in written.lines[above + 1 : below]:
        bare = text.strip(" \t")
        if bare and not bare.startswith("#"):
            raise NotAGap(bare)
        if bare or not gap or gap[-1].text:
            gap.append(_Line(text.find("#"), bare))
    return gap


def _introduction(gap: Sequence[_Line]) -> int:
    """Return how many lines of a file's first comments are meant for editors."""
    return max((number for number, line in enumerate(gap, 1) if _FOR_EDITORS.match(line.text)), default=0)


def _split(gap: Sequence[_Line], *, introduces: int = 0) -> tuple[list[str], list[str]]:
    """Part what stays at the top of a block from what belongs to its first entry: at the last blank line."""
    lines = [line.text for line in gap]
    while lines and not lines[0]:
        del lines[0]
        introduces = max(introduces - 1, 0)
    last = max((number for number, text in enumerate(lines, 1) if not text), default=0)
    cut = max(last, introduces)
    return lines[:cut], lines[cut:]


def _beside(gap: list[_Line], entry: Entry, written: Written, found: Surroundings) -> list[_Line]:
    """Take from the gap the comments that go on with the one at the end of an entry; return what is left."""
    if entry.key is None and isinstance(entry.value, Block):
        return gap
    rest = written.rest(last_offset(entry))
    if not rest.strip(" \t").startswith("#"):
        return gap
    column = written.column(last_offset(entry)) + rest.index("#")
    count = next((number for number, line in enumerate(gap) if line.column != column), len(gap))
    found.beside[entry.start] = [line.text for line in gap[:count]]
    return gap[count:]


def _bottoms(
    gap: list[_Line], closed: Sequence[Block], column: int, written: Written, found: Surroundings
) -> list[_Line]:
    """Give comments to the blocks that end in a gap, by indentation; return those of the next entry.

    closed: outermost first. column: of the next entry.
    """
    columns = [written.column(block.start) for block in closed]
    deepest = len(closed) - 1
    blank: list[str] = []
    for number, line in enumerate(gap):
        if not line.text:
            blank = [""]
            continue
        if line.column <= column or deepest < 0:
            return gap[max(number - len(blank), 0) :]
        deepest = min(deepest, next(_reaching(columns, line.column), deepest))
        found.bottom.setdefault(closed[deepest].start, []).extend((*blank, line.text))
        blank = []
    return gap[len(gap) - len(blank) :]


def _reaching(columns: Sequence[int], column: int) -> Iterator[int]:
    """Yield the blocks, outermost first, that are indented at least as far as a comment."""
    return (number for number, own in enumerate(columns) if own >= column)
