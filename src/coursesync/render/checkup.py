"""An examination of a token, as a table for people and as JSON."""

from __future__ import annotations

from dataclasses import asdict

from coursesync.documents.text import pretty
from coursesync.model import FORMAT_VERSION
from coursesync.model.doctor import Checkup
from coursesync.render.document import Look
from coursesync.render.text.checkup import checkup_page as checkup_text

__all__ = ["checkup_json", "checkup_text"]


def checkup_json(checkup: Checkup, look: Look) -> str:  # noqa: ARG001 - as every renderer
    """Return an examination as a JSON document."""
    document = asdict(checkup)
    document["exit_code"] = int(checkup.exit_code)
    return pretty({"format_version": FORMAT_VERSION, **document, "usable": checkup.usable})
