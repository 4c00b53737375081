"""Request parameters as Rails reads them: bracketed form keys and JSON become the same nested values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]
"""Nested parameters: text from a form, any JSON value from a JSON body."""

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


class Unreadable(ValueError):
    """A body that is not what its content type says."""


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a query string or of a form body."""
    return parse_qsl(text, keep_blank_values=True)


def nested(pairs: Iterable[tuple[str, str]]) -> Params:
    """Return nested parameters: `a[b]=1` is {"a": {"b": "1"}}, `a[]=1` is {"a": ["1"]}."""
    params: Params = {}
    for key, value in pairs:
        found = _KEY.fullmatch(key)
        if found is None:
            params[key] = value
            continue
        _place(params, [found.group(1), *_PART.findall(found.group(2))], value)
    return params


def _place(params: Params, path: list[str], value: str) -> None:
    head, rest = path[0], path[1:]
    if not rest:
        params[head] = value
    elif rest == [""]:
        several = params.setdefault(head, [])
        if not isinstance(several, list):
            raise Unreadable(f"expected Array for param '{head}'")
        several.append(value)
    else:
        inner = params.setdefault(head, {})
        if not isinstance(inner, dict):
            raise Unreadable(f"expected Hash for param '{head}'")
        _place(inner, [part or "0" for part in rest], value)


def body_of(content_type: str, content: bytes) -> Params | None:
    """Return the parameters of a body; None where there is none we read."""
    kind = content_type.split(";")[0].strip().lower()
    if not content:
        return None
    try:
        if kind == "application/json":
            loaded = json.loads(content)
            return loaded if isinstance(loaded, dict) else {"_json": loaded}
        if kind == "application/x-www-form-urlencoded":
            return nested(pairs_of(content.decode()))
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return None


def listed(params: Params, name: str) -> list[str] | None:
    """Return a parameter that only counts as an array; None where it is absent or something else."""
    value = params.get(name)
    return [str(item) for item in value] if isinstance(value, list) else None
