"""The shape of a value type: how values are parsed, described, sent, read and compared.

Each type is one `ValueType` made by a small function in scalars, moments or maps. `parse` sees the source
text of a YAML node, never a loader's guess, and raises `Invalid`; `normalise` gives the form for comparing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypeAliasType

Value = TypeAliasType("Value", "None | bool | int | float | str | Sequence[Value] | Mapping[str, Value]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A YAML scalar as written: its text, whether it was quoted (or a block), and whether it says null."""

    text: str
    quoted: bool = False

    @property
    def null(self) -> bool:
        """Tell whether YAML 1.2 reads this as null."""
        return not self.quoted and self.text in {"", "~", "null", "Null", "NULL"}


# What a value is written as: a scalar, or a mapping or list of such.
Node = Literal | Mapping[str, "Node"] | Sequence["Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong with a value: what and why, what to type instead, and where below the value."""

    message: str
    hint: str = ""
    path: tuple[str, ...] = ()
    code: str = "wrong-type"


class Invalid(ValueError):
    """A value cannot be used; every flaw found is in `flaws`."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


def _same(value: Value) -> Value:
    return value


def _as_declared(desired: Value, live: Value) -> Value:  # noqa: ARG001 - the shape of `complete`
    return desired


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """What values of a field look like.

    name: for people ("boolean", "instant"). schema: JSON Schema of what a manifest may say, null apart.
    parse: node -> value as declared. normalise: value -> form for comparing.
    decode: JSON read from Canvas -> value. encode: value -> JSON to send.
    complete: (desired, live) -> what is sent, where Canvas replaces a whole and live matters.
    spell: value -> what a manifest says for it, where that is not the value itself.
    is_*: what the other packages must treat in a way of its own.
    """

    name: str
    schema: Mapping[str, Any]
    parse: Callable[[Node], Value]
    normalise: Callable[[Value], Value] = _same
    decode: Callable[[Value], Value] = _same
    encode: Callable[[Value], Value] = _same
    complete: Callable[[Value, Value], Value] = _as_declared
    spell: Callable[[Value], Value] = _same
    choices: tuple[str, ...] = ()
    is_html: bool = False
    is_file: bool = False
    is_map: bool = False
    is_reference: bool = False
    is_instant: bool = False


def scalar(node: Node, wanted: str) -> Literal:
    """Return a node that is a scalar; raise Invalid where it is a mapping or list instead of `wanted`."""
    if isinstance(node, Literal):
        return node
    kind = "a mapping" if isinstance(node, Mapping) else "a list"
    raise Invalid(Flaw(message=f"Expected {wanted}, found {kind}."))


# YAML 1.2 core schema: what an unquoted scalar means besides text.
_NOT_TEXT = re.compile(
    r"true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def is_text(literal: Literal) -> bool:
    """Tell whether YAML reads a scalar as text, null apart, and not as a number or boolean."""
    return literal.quoted or not _NOT_TEXT.fullmatch(literal.text)


def source_text(node: Node, wanted: str = "text") -> str:
    """Return the text of a scalar that YAML reads as text; raise Invalid where it reads something else."""
    literal = scalar(node, wanted)
    if not is_text(literal):
        raise Invalid(
            Flaw(
                message=f"YAML reads {literal.text} as a number or boolean, not as {wanted}.",
                hint=f'Quote it: "{literal.text}"',
            )
        )
    return literal.text


def quoted(literal: Literal) -> str:
    """Return a scalar for a message: in quotes, and not too long."""
    return f'"{shown(literal.text)}"'


def shown(text: str) -> str:
    """Return a text as a message may show it: at most 60 characters, none of which acts on a terminal."""
    return harmless(text if len(text) <= 60 else text[:57] + "…")


def harmless(text: str) -> str:
    """Return a text on one line in which nothing acts on a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a hint that names the word most like `word`, or nothing."""
    close = closest(word, words)
    return f'Did you mean "{close}"?' if close else ""


def closest(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the one of `words` most like `word`, or None when none is alike."""
    # No name is this long, and comparing takes time by length.
    found = [] if len(word) > 100 else difflib.get_close_matches(word, list(words), n=1, cutoff=cutoff)
    return found[0] if found else None
