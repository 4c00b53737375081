"""Turn a plan, a report or problems into words; a new output format is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coursesync.render import json, markdown, text
from coursesync.render.document import Document, Look, Problems

__all__ = ["RENDERERS", "Document", "Look", "Problems", "Renderer"]

Renderer = Callable[[Document, Look], str]

RENDERERS: Mapping[str, Renderer] = {
    "text": text.render,
    "json": json.render,
    "markdown": markdown.render,
}
