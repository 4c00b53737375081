"""The lines of a manifest by what they belong to: blocks, their entries, and values that stay as they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A value that is never taken apart: a scalar, an alias, brackets, or a block of a rare shape.

    start, end: offsets of its text; alike where nothing is written. content: for a block scalar the column
    its text begins at, else None. fixed: whether its header says that column, counted from what holds it.
    open: whether blank lines behind it would be part of its text.
    """

    start: int
    end: int
    content: int | None = None
    fixed: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key with its value, or an item of a list.

    start: offset of the key or dash. sign: of the colon or dash. after: where the colon or dash, and an
    anchor or tag in front of a block, end. key: None for an item, and for a key that is not plain text.
    """

    start: int
    sign: int
    after: int
    value: Leaf | Block
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A mapping or list with each entry on lines of its own; there is at least one."""

    entries: tuple[Entry, ...]
    is_list: bool

    @property
    def start(self) -> int:
        """Return the offset of its first entry, by which it is known."""
        return self.entries[0].start


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """An anchor, or an alias that refers to one."""

    name: str
    offset: int
    is_alias: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document as it is written.

    lines: without their breaks. starts: offset of each. root: its value. begin: the end of what introduces
    the document, such as `---`, or 0. end: where `...` stands, or the end of the text. scalars: quoted and
    block scalars, as (start, end). content: for each line inside a block scalar the column its text begins
    at. anchors, comments: in their order. redefined: names that more than one anchor has.
    """

    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    root: Leaf | Block
    begin: int
    end: int
    scalars: tuple[tuple[int, int], ...]
    content: Mapping[int, int]
    anchors: tuple[Anchor, ...]
    redefined: frozenset[str]
    comments: tuple[str, ...]

    def line(self, offset: int) -> int:
        """Return the number of the line an offset lies in, from 0."""
        return bisect_right(self.starts, offset) - 1

    def column(self, offset: int) -> int:
        """Return how far into its line an offset lies."""
        return offset - self.starts[self.line(offset)]

    def anchors_between(self, start: int, end: int) -> tuple[Anchor, ...]:
        """Return the anchors and aliases in a part of the text."""
        first = bisect_left(self.anchors, start, key=lambda anchor: anchor.offset)
        last = bisect_right(self.anchors, end, key=lambda anchor: anchor.offset)
        return self.anchors[first:last]

    def rest(self, offset: int) -> str:
        """Return the line an offset lies in, from there on."""
        line = self.line(offset)
        return self.lines[line][offset - self.starts[line] :]


def ending(value: Leaf | Block) -> int:
    """Return the offset at which a value ends."""
    return value.end if isinstance(value, Leaf) else ending(value.entries[-1].value)


def walk(block: Block, above: tuple[Block, ...] = ()) -> Iterator[tuple[Entry, tuple[Block, ...]]]:
    """Yield every entry below a block by its lines, with the blocks it lies in, outermost first."""
    chain = (*above, block)
    for entry in block.entries:
        yield entry, chain
        if isinstance(entry.value, Block):
            yield from walk(entry.value, chain)
