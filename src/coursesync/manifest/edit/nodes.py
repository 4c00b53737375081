"""Where everything in a YAML text begins and ends, in characters, so that one value of it can be replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from coursesync.manifest.places import Location

_BREAK = re.compile(r"\r\n|\n|\r")
_USUAL_STEP = 2


class Kind(StrEnum):
    """What stands at a place; an ALIAS is only a name for what stands elsewhere."""

    SCALAR = "scalar"
    LIST = "list"
    MAP = "map"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value as it stands in a text.

    start: where it begins, with its anchor and tag. body: where it begins without them. end: behind its last
    character. line: of its start, from 1. style: of a scalar `'`, `"`, `|`, `>` or nothing. flow: whether a
    map or list is in braces or brackets. name: of the anchor it has, or, of an alias, the one it means.
    value: what a scalar says. children: keys and values of a map in turn, or the items of a list. target:
    what an alias stands for.
    """

    kind: Kind
    start: int
    body: int
    end: int
    line: int
    style: str = ""
    flow: bool = False
    name: str = ""
    tagged: bool = False
    value: str = ""
    children: tuple[Node, ...] = ()
    target: Node | None = None

    @property
    def meant(self) -> Node:
        """Return the node itself, or what an alias stands for."""
        return self.target or self

    @property
    def scalar(self) -> bool:
        """Tell whether the node, or what it stands for, is a single value."""
        return self.meant.kind is Kind.SCALAR

    @property
    def pairs(self) -> tuple[tuple[Node, Node], ...]:
        """Return the keys of a map with their values."""
        return tuple(zip(self.children[::2], self.children[1::2], strict=True))

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one gets to a value: the nodes from the top to it, and its key where it stands in a map.

    lacking: the steps for which nothing is there.
    """

    nodes: tuple[Node, ...]
    key: Node | None = None
    lacking: Location = ()

    @property
    def last(self) -> Node:
        """Return the node that was reached."""
        return self.nodes[-1]


def way(top: Node, location: Location) -> Way:
    """Go down as far as the location leads; an alias is not followed."""
    nodes, key = [top], None
    for number, step in enumerate(location):
        found = _below(nodes[-1], step)
        if found is None:
            return Way(nodes=tuple(nodes), key=key, lacking=location[number:])
        key, node = found
        nodes.append(node)
    return Way(nodes=tuple(nodes), key=key)


def _below(node: Node, step: int | str) -> tuple[Node | None, Node] | None:
    if node.kind is Kind.LIST and isinstance(step, int):
        return (None, node.children[step]) if step < len(node.children) else None
    if node.kind is Kind.MAP:
        return next(((key, value) for key, value in node.pairs if key.value == step), None)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A text and what stands in it.

    aliases: where each anchor's name is used. usual: the step of the file, where nothing nearer tells one.
    """

    text: str
    top: Node
    aliases: Mapping[str, Sequence[int]]
    usual: int = _USUAL_STEP

    @property
    def newline(self) -> str:
        """Return how the first line ends, which is how new ones will."""
        found = _BREAK.search(self.text)
        return found[0] if found else "\n"

    def column(self, node: Node) -> int:
        """Return how many characters stand before a node on its line."""
        return node.start - self.line_start(node.start)

    def line_start(self, at: int) -> int:
        """Return where the line of a character begins."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def line_end(self, at: int) -> int:
        """Return where the line of a character ends, before its line break."""
        found = _BREAK.search(self.text, at)
        return found.start() if found else len(self.text)

    def step(self, near: Node) -> int | None:
        """Return by how many columns the first block below a key of a node stands further in than the key."""
        for node in near.walk():
            for key, value in node.pairs if node.kind is Kind.MAP and not node.flow else ():
                if value.kind is Kind.MAP and not value.flow and value.children:
                    return max(self.column(value.children[0]) - self.column(key), 1)
        return None

    def shared(self, path: Sequence[Node]) -> str:
        """Return the name of an anchor by which the last node of a path is also used elsewhere, if any."""
        last = path[-1]
        for node in path:
            if node.kind is not Kind.ALIAS and node.name in self.aliases:
                return node.name
        for node in last.walk():
            outside = (at for at in self.aliases.get(node.name, ()) if not last.start <= at < last.end)
            if node.kind is not Kind.ALIAS and any(True for _ in outside):
                return node.name
        return ""


def broken(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    return _BREAK.split(text)
