"""An explanation as a document or as a page; the reference of each field follows on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coursesync.catalogue import FIELDS
from coursesync.documents.text import pretty
from coursesync.documents.wire import diagnostics_json
from coursesync.model import FORMAT_VERSION
from coursesync.model.explanation import Explanation
from coursesync.render.document import Look
from coursesync.render.fields import field_page
from coursesync.render.text.explanation import explanation_page


def explanation_json(explanation: Explanation, look: Look) -> str:  # noqa: ARG001 - as every renderer
    """Return an explanation as a JSON document, keys in the order of its nouns."""
    document = {"format_version": FORMAT_VERSION, **_plain(asdict(explanation))}
    return pretty({**document, "diagnostics": diagnostics_json(explanation.diagnostics)})


def _plain(value: Any) -> Any:
    """Return nested values with the keys of a document, where `class_` is `class`."""
    if isinstance(value, Mapping):
        return {key.removesuffix("_"): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def explanation_text(explanation: Explanation, look: Look) -> str:
    """Return an explanation as a page for people, and unless `look.quiet`, the reference below it."""
    page = explanation_page(explanation, look)
    if look.quiet:
        return page
    reference = "\n".join(field_page(FIELDS[item.field]) for item in explanation.fields)
    return f"{page}{reference}"
