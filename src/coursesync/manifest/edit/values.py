"""How a new value is written where an old one stands: with its quotes, as a block, or between braces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Flaw, Invalid, Node, Value
from coursesync.manifest.dump import double_quoted, written
from coursesync.manifest.places import plain
from coursesync.manifest.values import field_value
from coursesync.manifest.yaml import Mapped, parse

_BLOCKS = "|>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The YAML of a value: what stands behind its key, and whole lines that follow."""

    head: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a value is to stand.

    column: of its key. step: by how much lines below the key stand further in. flow: between braces or
    brackets. style: of the value that stands there so far; colon: whether that is bare and has one.
    """

    column: int
    step: int
    flow: bool
    style: str = ""
    colon: bool = False


def spelled(row: Field, value: Value, room: Room) -> Text:
    """Return the YAML of a live value for its place; raise Invalid where it cannot be declared."""
    usual = _usual(row, value, room)
    said = row.type.spell(value)
    if isinstance(said, str):
        for text in _alike(said, usual, room):
            if _reads(row, text, value, room):
                return text
    return usual


def block(row: Field, value: str, room: Room, *, header: str) -> Text | None:
    """Return a text as a block like the one with `header`, further in by the step, where that is possible."""
    said = str(row.type.spell(value))
    body = said.rstrip("\n")
    ends = len(said) - len(body)
    if not body or body[0] in " \n" or room.flow:
        return None
    margin = " " * (room.column + room.step)
    lines = tuple(f"{margin}{line}" if line else "" for line in _escaped(body).split("\n"))
    for head in (header, "|" if ends else "|-"):
        text = Text(head=head, lines=lines)
        if head[:1] == "|" and head in {"|", "|-"} and _reads(row, text, value, room):
            return text
    return None


def _usual(row: Field, value: Value, room: Room) -> Text:
    head, *lines = written(row, value, indent=0 if room.flow else room.column).split("\n")
    # The block of `written` stands two columns further in; where it says so itself, it has to.
    extra = "" if head[1:2].isdigit() else " " * (room.step - 2)
    if room.step < 2 and not head[1:2].isdigit():
        lines = [line[2 - room.step :] for line in lines]
    return Text(head=head, lines=tuple(f"{extra}{line}" if line else "" for line in lines))


def _alike(value: str, usual: Text, room: Room) -> Iterator[Text]:
    """Yield ways to write a text in the style of the one before, if that is a style of its own."""
    if room.style == "'" and "\n" not in value:
        yield Text(head="'" + _escaped(value).replace("'", "''") + "'")
    colon = room.flow and ":" in usual.head and usual.head[0] not in "'\"" and not room.colon
    # A colon between braces is YAML, and still more than quick parsers know.
    if room.style == '"' or (room.style == "'" and "\n" not in value) or colon:
        yield Text(head=double_quoted(_escaped(value)))


def _escaped(value: str) -> str:
    # A variable in a manifest is what it says; in Canvas it is text.
    return value.replace("${", "$${")


def _reads(row: Field, text: Text, value: Value, room: Room) -> bool:
    """Tell whether our own reader takes a text, where it is to stand, for the value."""
    margin = " " * room.column
    line = f"{{k: {text.head}}}" if room.flow else f"{margin}k: " + "\n".join((text.head, *text.lines))
    read = parse(f"{line}\n".encode(), file="live value")
    if read.diagnostics or not isinstance(read.tree, Mapped) or len(read.tree.entries) != 1:
        return False
    return declares(row, plain(read.tree.entries[0].value), value)


def declares(row: Field, node: Node, value: Value) -> bool:
    """Tell whether a node of a manifest declares a value; a null is one only for itself."""
    try:
        found = field_value(row, node, _no_file)
    except Invalid:
        return False
    return (found is None) == (value is None) and row.same(found, value)


def _no_file(path: str) -> str:
    raise Invalid(Flaw(message=f"{path} is another text."))


def is_block(style: str) -> bool:
    """Tell whether a scalar is written as lines of its own."""
    return bool(style) and style in _BLOCKS
