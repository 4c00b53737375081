"""The page about file formats, from the schemas of the files and the docstrings behind them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from coursesync.catalogue import RESOURCES
from coursesync.cli.schema import SCHEMAS
from coursesync.documents.schema import schema
from coursesync.documents.wire import SNAPSHOT
from coursesync.runs.journal import answer, beginning, conclusion, departure, loss, resumption

_ABOUT = """\
Manifests and the project file are YAML, and people write them. The others are JSON, and carry
`format_version`: a new key raises the minor number, anything else the major one, and a file of another
major version is refused. None of them ever holds a token. The schemas are in `schemas/`, and
`coursesync schema NAME` prints them.

| file | written by | read by |
|---|---|---|
| manifest | people, `import`, `accept`, `fmt` | every command |
| project file, `coursesync.yaml` | people, `init` | every command |
| plan | `plan --out`, `undo --out` | `show`, `apply` |
| report | `apply --receipt` | `drift --receipt`, `undo` |
| drift | `drift --output json=FILE` | programs |
| snapshot | `plan --save-live` | `plan --live` |
| journal | `apply`, `undo` | `apply --resume`, `undo`, `runs` |

"""


def file_formats_page() -> str:
    """Return what the files that people and programs read look like, from their schemas and docstrings."""
    formats = {name: make() for name, make in SCHEMAS.items()} | {"snapshot": schema(SNAPSHOT)}
    return _ABOUT + "".join(_format(name, form) for name, form in formats.items()) + _journal()


def _format(name: str, schema: Mapping[str, Any]) -> str:
    definitions = schema.get("$defs", {})
    parts = [f"## {name}\n\n{_first(schema.get('description', ''))}\n\n{_keys(schema)}"]
    for title, part in sorted(definitions.items()):
        if "enum" in part:
            parts.append(f"### {name}: {title}\n\n{_first(part.get('description', ''))}\n\n{_kind(part)}\n\n")
        if part.get("properties") and not _by_field(part):
            parts.append(f"### {name}: {title}\n\n{_first(part.get('description', ''))}\n\n{_keys(part)}")
    return "".join(parts)


def _by_field(part: Mapping[str, Any]) -> bool:
    """Tell whether a part has one key for each field of the catalogue, which have a page of their own."""
    names = {row.name for resource in RESOURCES for row in resource.fields}
    return set(part["properties"]) <= names


def _first(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def _keys(part: Mapping[str, Any]) -> str:
    needed = part.get("required", ())
    rows = []
    for key, item in part.get("properties", {}).items():
        name = f"`{key}`" if key in needed else f"`{key}` (optional)"
        rows.append(f"| {name} | {_kind(item)} | {item.get('description', '')} |\n")
    return "| key | holds | meaning |\n|---|---|---|\n" + "".join(rows) + "\n"


def _kind(item: Mapping[str, Any]) -> str:
    """Name what a key holds, in a few words."""
    if "$ref" in item:
        return str(item["$ref"]).rpartition("/")[2].lstrip("_")
    if "const" in item:
        return f"`{item['const']}`"
    if "enum" in item:
        return ", ".join(f"`{choice}`" for choice in item["enum"])
    if options := item.get("anyOf", item.get("oneOf")):
        return " or ".join(dict.fromkeys(_kind(option) for option in options))
    match item.get("type"):
        case "array":
            return f"list of {_kind(item.get('items', {}))}"
        case "object":
            further = item.get("additionalProperties")
            return f"map to {_kind(further)}" if isinstance(further, Mapping) else "map"
    return str(item.get("type", "any value"))


def _journal() -> str:
    """Return the page of the journal: its events, from the functions that write them."""
    rows = []
    for write in (beginning, resumption, departure, answer, loss, conclusion):
        names = ", ".join(f"`{name}`" for name in _EVENT.findall(inspect.getsource(write)))
        said = _first(write.__doc__ or "").removeprefix("Return the ")
        rows.append(f"| {names} | {said[:1].upper()}{said[1:]} |\n")
    return _JOURNAL + "".join(rows)


_EVENT = re.compile(r'"event": "(\w+)"')
_JOURNAL = """\
## journal

`.coursesync/runs/RUN/journal.jsonl`: one JSON object for each line, with `at` and `event`. What a run is
about to do stands in it before it is done.

| event | written as |
|---|---|
"""
