"""Where a text is cut and what is put in, to give a key another value or a map another key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Value
from coursesync.manifest.edit.nodes import Kind, Node, Page, broken
from coursesync.manifest.edit.values import Room, Text, block, is_block, spelled

_HEADER = re.compile(r"[|>][-+0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """Characters to take out, from `start` to before `end`, and what comes in their place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A key to add to a map: its name and its value, or the keys of the map that is its value."""

    key: str
    row: Field | None = None
    value: Value = None
    inside: tuple[Addition, ...] = ()


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return a text with all splices made; those for one place come in their order. They may not overlap."""
    parts: list[str] = []
    done = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < done:
            raise ValueError("two edits overlap")
        parts += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join((*parts, text[done:]))


def replaced(page: Page, key: Node, old: Node, row: Field, value: Value, *, flow: bool) -> Iterator[Splice]:
    """Yield what gives a key another value in the style of the old one; raise Invalid if none can be written.

    flow: whether the key stands in braces.
    """
    if row.type.is_map and old.kind is Kind.MAP and isinstance(value, Mapping):
        yield from _leaves(page, old, value, row.type.schema, flow=flow)
        return
    room = _room(page, key, old, flow=flow)
    text = None
    if is_block(old.style) and isinstance(value, str):
        header = _HEADER.match(page.text, old.body)
        inner = Room(column=room.column, step=_block_step(page, old, room), flow=flow)
        text = block(row, value, inner, header=header[0] if header else "")
    yield from _put(page, old, text or spelled(row, value, room))


def _room(page: Page, key: Node, old: Node, *, flow: bool) -> Room:
    return Room(
        column=page.column(key),
        step=page.usual,
        flow=flow,
        style=old.style,
        colon=old.kind is Kind.SCALAR and not old.style and ":" in old.value,
    )


def _block_step(page: Page, old: Node, room: Room) -> int:
    """Return by how much the lines of a block stand further in than its key."""
    for line in broken(page.text[page.line_end(old.body) : old.end]):
        if line.strip():
            return max(len(line) - len(line.lstrip(" ")) - room.column, 1)
    return room.step


def _put(page: Page, old: Node, text: Text) -> Iterator[Splice]:
    """Yield what puts a text in the place of an old value, comments behind it kept."""
    nl = page.newline
    start, keep = old.body, ""
    if old.tagged:
        # A tag says what the old value was to be taken for.
        start, keep = old.start, f"&{old.name} " if old.name else ""
    lines = "".join(f"{nl}{line}" for line in text.lines)
    if is_block(old.style):
        header = _HEADER.match(page.text, old.body)
        behind = page.line_end(old.body)
        yield Splice(start=start, end=header.end() if header else behind, text=keep + text.head)
        yield Splice(start=behind, end=max(old.end, behind), text=lines)
        return
    yield Splice(start=start, end=old.end, text=keep + text.head)
    if lines:
        behind = page.line_end(old.end)
        yield Splice(start=behind, end=behind, text=lines)


def _leaves(
    page: Page, old: Node, value: Mapping[str, Value], schema: Mapping[str, object], *, flow: bool
) -> Iterator[Splice]:
    """Yield what makes a map of locks the live one, key by key; what is not on there reads false here."""
    properties = schema["properties"]
    assert isinstance(properties, Mapping)  # noqa: S101 - what the schema of a map is
    for key, leaf in old.pairs:
        wanted = value.get(key.value)
        if leaf.kind is Kind.MAP:
            inner = wanted if isinstance(wanted, Mapping) else {}
            yield from _leaves(page, leaf, inner, properties[key.value], flow=flow or old.flow)
        elif _locked(leaf) != (wanted or (False if leaf.scalar else {})):
            yield from _put(page, leaf, Text(head=_map_text(wanted or (False if leaf.scalar else {}))))
    names = {key.value for key, _ in old.pairs}
    fresh = [name for name in properties if value.get(name) and name not in names]
    additions = [Addition(key=name, value=value[name]) for name in fresh]
    yield from added(page, old, additions, order=tuple(properties), flow=flow)


def _locked(node: Node) -> Value:
    """Return what a map of locks says, without what it says is off."""
    if node.meant.kind is not Kind.MAP:
        return node.meant.value.lower() == "true"
    inside = {key.value: _locked(value) for key, value in node.meant.pairs}
    return {key: value for key, value in inside.items() if value}


def _map_text(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_map_text(item)}" for key, item in value.items()) + "}"
    return str(bool(value)).lower()


def swapped(page: Page, key: Node, old: Node, row: Field, value: Mapping[str, Value]) -> Iterator[Splice]:
    """Yield what puts the other map in the place of a map: its name, and its value, as block or in braces."""
    quote = key.style if key.style in {"'", '"'} else ""
    yield Splice(start=key.body, end=key.end, text=f"{quote}{row.name}{quote}")
    if old.kind is not Kind.MAP or old.flow or not old.children:
        text = spelled(row, value, Room(column=0, step=0, flow=True))
        yield Splice(start=old.body, end=old.end, text=text.head)
        return
    margin = page.newline + " " * page.column(old.children[0])
    lines = [f"{name}: {_map_text(item)}" for name, item in value.items()]
    yield Splice(start=old.children[0].start, end=old.end, text=margin.join(lines) or "{}")


def has_comment(page: Page, node: Node) -> bool:
    """Tell whether a comment stands inside a map, which no scalar of it may hide."""
    text = page.text[node.start : node.end]
    for leaf in node.walk():
        if leaf.kind is Kind.SCALAR:
            at = leaf.start - node.start
            text = text[:at] + "x" * (leaf.end - leaf.start) + text[at + leaf.end - leaf.start :]
    return "#" in text


def added(
    page: Page, node: Node, additions: Sequence[Addition], *, order: Sequence[str], flow: bool
) -> Iterator[Splice]:
    """Yield what adds keys to a map, each behind the last key that comes before it in `order`.

    additions: in that order. flow: whether the map stands in braces.
    """
    if node.flow or flow or not node.children:
        yield from _added_in_braces(node, additions, order)
        return
    nl, first = page.newline, node.children[0]
    column = page.column(first)
    step = page.step(node) or page.usual
    for addition in additions:
        text = nl.join(_lines(addition, column, step))
        behind = _behind(node, addition.key, order)
        start = page.line_start(first.start)
        if behind is None and not page.text[start : first.start].strip(" "):
            yield Splice(start=start, end=start, text=text + nl)
            continue
        end = page.line_end((behind or node.pairs[0][1]).end)
        yield Splice(start=end, end=end, text=nl + text)


def _behind(node: Node, key: str, order: Sequence[str]) -> Node | None:
    """Return the value behind which a new key belongs, or None if it comes first."""
    place = {name: number for number, name in enumerate(order)}
    before = [value for known, value in node.pairs if place.get(known.value, 0) < place[key]]
    return before[-1] if before else None


def _lines(addition: Addition, column: int, step: int) -> Iterator[str]:
    """Yield the lines of a key and its value in a block."""
    margin = " " * column
    if addition.inside:
        yield f"{margin}{addition.key}:"
        for inner in addition.inside:
            yield from _lines(inner, column + step, step)
        return
    text = _spelled(addition, Room(column=column, step=step, flow=False))
    yield f"{margin}{addition.key}: {text.head}"
    yield from text.lines


def _spelled(addition: Addition, room: Room) -> Text:
    if addition.row is None:
        return Text(head=_map_text(addition.value))
    return spelled(addition.row, addition.value, room)


def _added_in_braces(node: Node, additions: Sequence[Addition], order: Sequence[str]) -> Iterator[Splice]:
    quote = node.children[0].style if node.children and node.children[0].style in {"'", '"'} else ""
    if not node.children:
        text = ", ".join(_inline(addition, quote) for addition in additions)
        start = node.body + 1
        yield from (Splice(start=start, end=start, text=text) for _ in additions[:1])
        return
    for addition in additions:
        behind = _behind(node, addition.key, order)
        text = _inline(addition, quote)
        if behind is None:
            yield Splice(start=node.children[0].start, end=node.children[0].start, text=f"{text}, ")
        else:
            yield Splice(start=behind.end, end=behind.end, text=f", {text}")


def _inline(addition: Addition, quote: str) -> str:
    if addition.inside:
        text = "{" + ", ".join(_inline(inner, quote) for inner in addition.inside) + "}"
    else:
        text = _spelled(addition, Room(column=0, step=0, flow=True)).head
    return f"{quote}{addition.key}{quote}: {text}"
