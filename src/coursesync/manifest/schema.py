"""JSON Schemas of manifest and project file, generated from the models and so from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coursesync.manifest.models import MANIFEST, PROJECT, described

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of a manifest."""
    return _schema(described(MANIFEST), "manifest.schema.json", "coursesync manifest")


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of the project file."""
    return _schema(described(PROJECT), "project.schema.json", "coursesync project file")


def _schema(model_schema: Mapping[str, Any], name: str, title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, "$id": name, "title": title, **_untitled(model_schema)}


def _untitled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the titles that only repeat the name of a key."""
    kept = {key: item for key, item in schema.items() if not (key == "title" and isinstance(item, str))}
    return {key: _inside(item) for key, item in kept.items()}


def _inside(item: Any) -> Any:
    if isinstance(item, Mapping):
        return _untitled(item)
    return [_inside(one) for one in item] if isinstance(item, list) else item
