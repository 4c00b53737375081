"""JSON Schemas of manifest and project file, generated from their shapes and so from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coursesync.manifest.models import MANIFEST, PROJECT
from coursesync.manifest.shapes import described

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of a manifest."""
    return _schema(described(MANIFEST), "manifest.schema.json", "coursesync manifest")


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of the project file."""
    return _schema(described(PROJECT), "project.schema.json", "coursesync project file")


def _schema(shape: Mapping[str, Any], name: str, title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, "$id": name, "title": title, **shape}
