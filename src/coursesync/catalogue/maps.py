"""Value types of maps that Canvas replaces whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from coursesync.catalogue.scalars import boolean
from coursesync.catalogue.types import Flaw, Invalid, Node, Value, ValueType, nearest, shown


def locks(documented: Iterable[str], undocumented: Iterable[str]) -> ValueType:
    """Make the type of a map of lock keys; a key that is missing counts as false, as Canvas counts it."""
    always, rare = tuple(documented), tuple(undocumented)
    flag = boolean()

    def parse(node: Node) -> Value:
        return _parse_map(node, (*always, *rare), flag.parse)

    def complete(desired: Value, live: Value) -> Value:
        # Canvas replaces the map whole, so a lock that is on and not declared must be sent as false.
        wanted, current = _mapping(desired), _mapping(live)
        extra = [key for key in rare if key in wanted or current.get(key)]
        return {key: bool(wanted.get(key)) for key in (*always, *extra)}

    def normalise(value: Value) -> Value:
        return (
            dict.fromkeys(sorted(key for key, on in value.items() if on), True)
            if isinstance(value, Mapping)
            else value
        )

    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys((*always, *rare), flag.schema),
    }
    return ValueType(
        name="map of locks",
        schema=schema,
        parse=parse,
        normalise=normalise,
        decode=normalise,
        complete=complete,
        is_map=True,
    )


def maps_of(inner: ValueType, keys: Iterable[str]) -> ValueType:
    """Make the type of a map from each of `keys` to a value of `inner`, itself a map."""
    names = tuple(keys)

    def parse(node: Node) -> Value:
        return _parse_map(node, names, inner.parse)

    def complete(desired: Value, live: Value) -> Value:
        current = _mapping(live)
        return {key: inner.complete(value, current.get(key)) for key, value in _mapping(desired).items()}

    def normalise(value: Value) -> Value:
        if not isinstance(value, Mapping):
            return value
        each = {key: inner.normalise(item) for key, item in sorted(value.items())}
        return {key: item for key, item in each.items() if item}

    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(names, inner.schema),
    }
    return ValueType(
        name=f"map of {inner.name}",
        schema=schema,
        parse=parse,
        normalise=normalise,
        decode=normalise,
        complete=complete,
        is_map=True,
    )


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _parse_map(node: Node, keys: tuple[str, ...], parse: Callable[[Node], Value]) -> Value:
    if not isinstance(node, Mapping):
        raise Invalid(Flaw(message=f"Expected a mapping with the keys {', '.join(keys)}."))
    flaws: list[Flaw] = []
    parsed: dict[str, Value] = {}
    for key, item in node.items():
        if key not in keys:
            flaws.append(
                Flaw(
                    message=f'"{shown(key)}" is not one of {", ".join(keys)}.',
                    hint=nearest(key, keys),
                    path=(key,),
                    code="unknown-key",
                )
            )
            continue
        try:
            parsed[key] = parse(item)
        except Invalid as invalid:
            flaws += [
                Flaw(message=flaw.message, hint=flaw.hint, path=(key, *flaw.path), code=flaw.code)
                for flaw in invalid.flaws
            ]
    if flaws:
        raise Invalid(*flaws)
    return parsed
