"""A document as one self-contained page: no network, no inline handlers, nothing of it can become markup."""

from __future__ import annotations

from coursesync.render.document import Document, Look
from coursesync.render.html.assets import encodable, environment
from coursesync.render.html.page import page


def render(document: Document, look: Look) -> str:
    """Return the page of a document; the same document gives the same page."""
    return encodable(environment().get_template("page.html").render(page(document, look)))
