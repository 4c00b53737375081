"""What a YAML file says, as a tree in which every key and value has its place."""

from __future__ import annotations

from typing import NamedTuple

from coursesync.catalogue.types import Literal, Node
from coursesync.diagnostics import Position

# Named tuples, and places as bare numbers: a file of ten thousand courses has half a million of these, and
# a frozen dataclass with a Position takes three times as long to make.


class Scalar(NamedTuple):
    """A single value as written: its text, and whether it was quoted or tagged as text."""

    text: str
    quoted: bool
    file: str
    line: int
    column: int

    @property
    def literal(self) -> Literal:
        """Return it without its place, in the form the catalogue parses."""
        return Literal(text=self.text, quoted=self.quoted)

    @property
    def position(self) -> Position:
        """Return where it begins."""
        return Position(file=self.file, line=self.line, column=self.column)


class Listed(NamedTuple):
    """A list."""

    items: tuple[Tree, ...]
    file: str
    line: int
    column: int

    @property
    def position(self) -> Position:
        """Return where it begins."""
        return Position(file=self.file, line=self.line, column=self.column)


class Pair(NamedTuple):
    """A key with its place, and its value."""

    key: str
    value: Tree
    file: str
    line: int
    column: int

    @property
    def position(self) -> Position:
        """Return where the key begins."""
        return Position(file=self.file, line=self.line, column=self.column)


class Mapped(NamedTuple):
    """A mapping; its keys are text, and each stands in it once."""

    entries: tuple[Pair, ...]
    file: str
    line: int
    column: int

    @property
    def position(self) -> Position:
        """Return where it begins."""
        return Position(file=self.file, line=self.line, column=self.column)


Tree = Scalar | Listed | Mapped


def plain(tree: Tree) -> Node:
    """Return a tree without its places, in the form the catalogue parses."""
    match tree:
        case Scalar():
            return tree.literal
        case Listed():
            return [plain(item) for item in tree.items]
        case Mapped():
            return {pair.key: plain(pair.value) for pair in tree.entries}
