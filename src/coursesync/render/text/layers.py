"""What set a value, and over what, for those who want all."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from coursesync.model import Change, FieldDrift, Origin
from coursesync.render.document import Look
from coursesync.render.sentences import listed, place
from coursesync.render.text.pieces import paragraph


def layer_lines(items: Sequence[Change | FieldDrift], look: Look) -> list[Text]:
    """Say what set the values of changes, and over what, with the ids of those that are alike in it."""
    said: dict[str, list[str]] = {}
    scattered = len({place(item.origin) for item in items}) > 1
    for item in items:
        number = item.id if isinstance(item, Change) else item.change_id
        said.setdefault(_set_by(item.origin, placed=scattered), []).append(number)
    told = [
        f"Change {ids[0]}{f', {by}' if by else ''}."
        if len(ids) == 1
        else f"{len(ids):,} changes{f' {by}' if by else ''}: {listed(ids)}."
        for by, ids in said.items()
    ]
    return [line for text in told for line in paragraph(text, look.width, style="dim")]


def _set_by(origin: Sequence[Origin], *, placed: bool) -> str:
    if not origin:
        return ""
    at = f" ({origin[-1].position})" if placed else ""
    weaker = [f"{item.layer} ({item.position})" for item in origin[:-1]]
    return f"set by {origin[-1].layer}{at}{f' over {listed(weaker)}' if weaker else ''}"
