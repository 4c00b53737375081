"""JSON Schemas of manifest and project file, generated from the models and so from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coursesync.manifest.models import MANIFEST, PROJECT, described
from coursesync.manifest.variables import ALONE, INSIDE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A value that is a variable, and a text with some.
_VARIABLES: Mapping[str, Any] = {"Variable": ALONE, "TextWithVariables": INSIDE}


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of a manifest."""
    return _schema(described(MANIFEST), "manifest.schema.json", "coursesync manifest")


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of the project file."""
    return _schema(described(PROJECT), "project.schema.json", "coursesync project file")


def _schema(model_schema: Mapping[str, Any], name: str, title: str) -> dict[str, Any]:
    whole = {"$schema": _DIALECT, "$id": name, "title": title, **_untitled(model_schema)}
    # Each of a hundred fields takes them, and a reader of the schema needs to see them once.
    used = {named: schema for named, schema in _VARIABLES.items() if _reference(named) in str(whole)}
    return {**whole, "$defs": {**used, **whole["$defs"]}}


def _reference(named: str) -> str:
    return f"#/$defs/{named}"


def _untitled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the titles that only repeat the name of a key."""
    kept = {key: item for key, item in schema.items() if not (key == "title" and isinstance(item, str))}
    return {key: _inside(item) for key, item in kept.items()}


def _inside(item: Any) -> Any:
    for named, schema in _VARIABLES.items():
        if item == schema:
            return {"$ref": _reference(named)}
    if isinstance(item, Mapping):
        return _untitled(item)
    return [_inside(one) for one in item] if isinstance(item, list) else item
