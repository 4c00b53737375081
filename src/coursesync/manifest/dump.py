"""Live values to the YAML that declares them; what is written here is read back before it is given out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from ruamel.yaml import YAML

from coursesync.catalogue import DECLARABLE
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Flaw, Invalid, Literal, Node, Value
from coursesync.manifest.places import plain
from coursesync.manifest.values import field_value
from coursesync.manifest.yaml import Mapped, parse

_KEY = "key"


def written(row: Field, value: Value, *, indent: int = 0) -> str:
    """Return the YAML of a field's live value, which a manifest reads back as the same.

    It is one line that may stand anywhere, also between braces. Where `indent` is above 0, it is for a key
    of a block mapping at that column: commas need no quotes there, and a text of several lines becomes a
    block two columns further in. Raises Invalid where the value cannot be declared.
    """
    if row.read is None:
        raise Invalid(Flaw(message=f"Canvas never shows {row.address}, so nobody knows its value."))
    if isinstance(value, Mapping | list):
        return _written(row, value, indent)
    return _known(row.path, value, indent)


@lru_cache(maxsize=10_000, typed=True)
def _known(path: str, value: Value, indent: int) -> str:
    # Of thousands of courses most fields have one of few values.
    return _written(DECLARABLE[path], value, indent)


def _written(row: Field, value: Value, indent: int) -> str:
    refused: Invalid | None = None
    for text in _spellings(row, value, indent):
        try:
            if row.same(field_value(row, _node(text, indent), _no_file), value):
                return text
        except Invalid as invalid:
            refused = invalid
    raise refused or Invalid(
        Flaw(message=f"No manifest can declare what Canvas shows in {row.address}.", code="invalid-value")
    )


def scalar_text(text: str, *, indent: int = 0) -> str:
    """Return a text as a YAML scalar, quoted only where it must be; `indent` as for `written`."""
    return next(iter(_strings(text, indent)))


def _no_file(path: str) -> str:
    raise Invalid(Flaw(message=f"{path} is no value of its own."))


def _spellings(row: Field, value: Value, indent: int) -> Iterator[str]:
    """Yield ways to write a value, the plainest first."""
    said = row.type.spell(value)
    match said:
        case str():
            # A variable in a manifest is what it says; in Canvas it is text.
            text = said.replace("${", "$${")
            if row.type.is_instant:
                yield text
            yield from _strings(text, indent)
        case _:
            yield _flow(said)


def _flow(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return next(iter(_strings(value, 0)))
        case Mapping():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return str(value)


@lru_cache(maxsize=10_000)
def _strings(text: str, indent: int) -> tuple[str, ...]:
    """Return ways to write a text that YAML reads as that very text, the plainest first."""
    for spelling in (*_block(text, indent), _emitted(text, flow=not indent)):
        if _text(_node(spelling, indent)) == text:
            return spelling, double_quoted(text)
    return (double_quoted(text),)


def _text(node: Node) -> str | None:
    return node.text if isinstance(node, Literal) else None


def _block(text: str, indent: int) -> Iterator[str]:
    body = text.rstrip("\n")
    if not indent or "\n" not in body or "\r" in text:
        return
    ends = len(text) - len(body)
    head = "|" + ("2" if body[0] in " \n" else "") + ("-" if not ends else "" if ends == 1 else "+")
    margin = " " * (indent + 2)
    lines = (f"{margin}{line}" if line else "" for line in text.removesuffix("\n").split("\n"))
    yield "\n".join((head, *lines))


@cache
def _emitter(*, flow: bool) -> YAML:
    emitter = YAML(typ="safe", pure=True)
    emitter.default_flow_style = flow
    emitter.allow_unicode = True
    emitter.width = 10**9
    return emitter


def _emitted(text: str, *, flow: bool) -> str:
    """Return a text as ruamel writes it, which knows where YAML needs quotes."""
    stream = io.StringIO()
    _emitter(flow=flow).dump({_KEY: text}, stream)
    line = stream.getvalue().removesuffix("\n")
    return (line[1:-1] if flow else line).removeprefix(f"{_KEY}: ")


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def double_quoted(text: str) -> str:
    """Return a text in double quotes, every character that could not be seen as an escape."""
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@lru_cache(maxsize=1_000)
def _node(text: str, indent: int) -> Node:
    """Return what our own reader makes of a text where it is to stand; an empty mapping where it refuses."""
    line = f"{' ' * indent}{_KEY}: {text}\n" if indent else f"{{{_KEY}: {text}}}\n"
    read = parse(line.encode("utf-8", "surrogatepass"), file="live value")
    if read.diagnostics or not isinstance(read.tree, Mapped) or len(read.tree.entries) != 1:
        return {}
    return plain(read.tree.entries[0].value)
