"""The shapes of documents: what may stand where, as tables to check against and to describe as schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coursesync.catalogue.types import Flaw, Node
from coursesync.manifest.values import Include


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaf:
    """A value taken as a whole: read makes something of a node or raises Invalid, schema describes it."""

    read: Callable[[Node, Include], object]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """A key of a record: what stands after it, and what it means."""

    shape: Shape
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """A mapping of known keys.

    name: what messages call it. wanted, example: what is expected where something else stands. stranger:
    explains a key that is not known. needed: keys that must be there, each with an example. whole: it is of
    no use without a part that is wrong.
    """

    name: str
    doc: str
    keys: Mapping[str, Key]
    wanted: str
    example: str
    stranger: Callable[[str], Flaw]
    needed: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """A list of things of one shape; wanted, example: as of a record."""

    of: Shape
    wanted: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entries:
    """A mapping of names to records; keeps: a name stays known even where its record is of no use."""

    of: Record
    wanted: str
    example: str
    keeps: bool = False


Shape = Leaf | Record | Items | Entries


def described(shape: Record) -> dict[str, Any]:
    """Return the JSON Schema of a document, with one definition for each record in it."""
    definitions: dict[str, Any] = {}
    schema = _record(shape, definitions)
    return {"$defs": definitions, **schema}


def _record(shape: Record, definitions: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "additionalProperties": False,
        "description": shape.doc,
        "properties": {name: _key(key, definitions) for name, key in shape.keys.items()},
        "type": "object",
    }
    return {**schema, "required": list(shape.needed)} if shape.needed else schema


def _key(key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe a key by what it means, or by the record it holds, which says so itself."""
    schema = _schema(key.shape, definitions)
    return schema if "$ref" in schema else {**schema, "description": key.doc}


def _schema(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case Leaf():
            return dict(shape.schema)
        case Items():
            return {"items": _schema(shape.of, definitions), "type": "array"}
        case Entries():
            return {"additionalProperties": _schema(shape.of, definitions), "type": "object"}
        case Record():
            title = shape.name.capitalize()
            if title not in definitions:
                definitions[title] = _record(shape, definitions)
            return {"$ref": f"#/$defs/{title}"}
