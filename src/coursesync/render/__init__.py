"""Turn a document into words; a new output format is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from coursesync.render.document import Document, Look, Problems

__all__ = ["RENDERERS", "Document", "Look", "Problems", "Renderer"]

Renderer = Callable[[Document, Look], str]


def _imported_when_used(name: str) -> Renderer:
    """Return the renderer of a module; a command uses one or two, and pays for the import of no other."""

    def render(document: Document, look: Look) -> str:
        rendered: str = import_module(f"coursesync.render.{name}").render(document, look)
        return rendered

    return render


_NAMES = (
    "text",
    "json",
    "markdown",
    "html",
    "junit",
    "sarif",
)
RENDERERS: Mapping[str, Renderer] = {name: _imported_when_used(name) for name in _NAMES}
