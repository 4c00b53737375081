"""Paths of Canvas with an id in them, encoded so that Canvas gets the id exactly as it was declared."""

from __future__ import annotations

from urllib.parse import quote

from coursesync.errors import CanvasRefused


def course_path(template: str, course_id: str | int) -> str:
    """Return a path with `{id}` filled in, percent-encoded once.

    An id that ends in .json is sent as hex, since Canvas would take the ending for a format (Canvas:
    lib/api.rb, api_route_set.rb). Raises CanvasRefused for an id that no course, term or account can have.
    """
    text = str(course_id).strip()
    if not text.strip("."):
        raise CanvasRefused(f'"{text}" is no id.', status=404, hint="Write the Canvas id, or sis_course_id:X")
    kind, colon, sis_id = text.partition(":")
    if colon and text.lower().endswith(".json"):
        text = f"hex:{kind}:{sis_id.encode().hex()}"
    return template.format(id=quote(text, safe=""))
