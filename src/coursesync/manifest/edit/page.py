"""A YAML text as a page: where every value of it begins and ends, as the parser of manifests reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from coursesync.manifest.edit.nodes import Kind, Node, Page

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+#[^\r\n]*)*\s*)*")
_HEADER = re.compile(r"[|>][-+0-9]*")


def page(text: str) -> Page:
    """Return what stands where in a valid YAML text that has no byte order mark."""
    try:
        return _page(text, pure=False)
    except YAMLError:
        # The C parser refuses a colon between braces, as yaml.py says; the one in Python takes it.
        return _page(text, pure=True)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A text while it is read: what is left of it, its anchors, and where they are used."""

    text: str
    events: Iterator[Event]
    anchors: dict[str, Node] = field(default_factory=dict)
    aliases: dict[str, list[int]] = field(default_factory=dict)


def _page(text: str, *, pure: bool) -> Page:
    reading = _Reading(text=text, events=iter(YAML(typ="safe", pure=pure).parse(text)))
    for event in reading.events:
        if isinstance(event, DocumentStartEvent):
            top = _node(next(reading.events), reading)
            found = Page(text=text, top=top, aliases=reading.aliases)
            return replace(found, usual=found.step(top) or found.usual)
    raise YAMLError("there is no document")


def _node(event: Event, reading: _Reading) -> Node:
    if isinstance(event, AliasEvent):
        return _alias(event, reading)
    if isinstance(event, ScalarEvent):
        node = _scalar(event, reading)
    elif isinstance(event, SequenceStartEvent):
        node = _collection(event, reading, Kind.LIST)
    else:
        node = _collection(event, reading, Kind.MAP)
    if node.name:
        reading.anchors[node.name] = node
    return node


def _alias(event: AliasEvent, reading: _Reading) -> Node:
    name, start = str(event.anchor), event.start_mark
    target = reading.anchors.get(name)
    reading.aliases.setdefault(name, []).append(start.index)
    return Node(
        kind=Kind.ALIAS,
        start=start.index,
        body=start.index,
        end=event.end_mark.index,
        line=start.line + 1,
        name=name,
        value=target.value if target else "",
        target=target,
    )


def _scalar(event: ScalarEvent, reading: _Reading) -> Node:
    style = str(event.style or "")
    body, end = _body(event, reading), event.end_mark.index
    return Node(
        kind=Kind.SCALAR,
        start=event.start_mark.index,
        body=body,
        end=_block_end(reading.text[body:end], body) if style in {"|", ">"} else end,
        line=event.start_mark.line + 1,
        style=style,
        name=str(event.anchor or ""),
        tagged=event.tag is not None,
        value=str(event.value),
    )


def _body(event: Event, reading: _Reading) -> int:
    """Return where a value begins behind its anchor and tag."""
    start, end = event.start_mark.index, event.end_mark.index
    if not getattr(event, "anchor", None) and getattr(event, "tag", None) is None:
        return int(start)
    found = _PROPERTIES.match(reading.text, start, end)
    return int(found.end() if found else start)


def _block_end(written: str, start: int) -> int:
    """Return where the last line of a block scalar ends that belongs to its text, before its line break."""
    head, *lines = re.split("(?<=\n)|(?<=\r)(?!\n)", written)
    header = _HEADER.match(head)
    full = next((line for line in lines if line.strip()), "")
    indent = len(full) - len(full.lstrip(" "))
    if header is None or "+" not in header[0]:
        while lines and not lines[-1].strip() and len(lines[-1].rstrip("\r\n")) <= indent:
            lines.pop()
    content = "".join((head, *lines))
    return start + len(re.sub(r"(\r\n|\n|\r)\Z", "", content))


def _collection(event: Event, reading: _Reading, kind: Kind) -> Node:
    children: list[Node] = []
    end = event.end_mark.index
    for inner in reading.events:
        if isinstance(inner, SequenceEndEvent | MappingEndEvent):
            end = inner.end_mark.index
            break
        children.append(_node(inner, reading))
    flow = bool(getattr(event, "flow_style", False))
    return Node(
        kind=kind,
        start=event.start_mark.index,
        body=_body(event, reading) if flow or not children else children[0].start,
        # The marks of a block stand behind the comments that follow it.
        end=end if flow or not children else children[-1].end,
        line=event.start_mark.line + 1,
        flow=flow,
        name=str(getattr(event, "anchor", None) or ""),
        tagged=getattr(event, "tag", None) is not None,
        children=tuple(children),
    )
