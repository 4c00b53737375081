"""The order of keys in a manifest or project file, and which keys stand where, read off its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from coursesync.manifest.models import MANIFEST, PROJECT, described
from coursesync.manifest.yaml import Listed, Mapped, Scalar, Tree

# The documents that have a canonical layout, and what describes each.
MODELS = {"manifest": MANIFEST, "project": PROJECT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What may stand at one place of a document.

    kinds: scalar, list, mapping. keys: those a mapping may have, in their order. other: what stands under
    keys that people name themselves. item: what stands in a list.
    """

    kinds: frozenset[type[Tree]]
    keys: Mapping[str, Shape] = field(default_factory=dict)
    other: Shape | None = None
    item: Shape | None = None

    def below(self, key: str | None) -> Shape | None:
        """Return what stands under a key, or in the list without one; None where nothing is known of it."""
        return self.item if key is None else self.keys.get(key, self.other)

    def rank(self, key: str) -> int:
        """Return where a key stands among the others."""
        return next(number for number, known in enumerate(self.keys) if known == key)


@cache
def shape(document: str) -> Shape:
    """Return the shape of one of MODELS."""
    schema = described(MODELS[document])
    return _shape(schema, schema.get("$defs", {}))


def fits(tree: Tree, wanted: Shape) -> bool:
    """Tell whether keys, lists and mappings stand where they may, whatever the values are."""
    if type(tree) not in wanted.kinds:
        return False
    match tree:
        case Mapped():
            inside = [(wanted.below(pair.key), pair.value) for pair in tree.entries]
        case Listed():
            inside = [(wanted.item, item) for item in tree.items]
        case Scalar():
            inside = []
    return all(known is not None and fits(item, known) for known, item in inside)


def _shape(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    kinds: set[type[Tree]] = set()
    keys: dict[str, Shape] = {}
    other = item = None
    for option in _options(schema, definitions):
        match option.get("type"):
            case "object":
                kinds.add(Mapped)
                keys |= {name: _shape(one, definitions) for name, one in option.get("properties", {}).items()}
                further = option.get("additionalProperties")
                other = _shape(further, definitions) if isinstance(further, Mapping) else other
            case "array":
                kinds.add(Listed)
                item = _shape(option["items"], definitions)
            case _:
                kinds.add(Scalar)
    return Shape(kinds=frozenset(kinds), keys=keys, other=other, item=item)


def _options(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema, or the alternatives it consists of."""
    if "$ref" in schema:
        yield from _options(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    elif options := schema.get("anyOf", schema.get("oneOf")):
        for option in options:
            yield from _options(option, definitions)
    else:
        yield schema
