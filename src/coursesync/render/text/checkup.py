"""An examination of a token as a table: what was looked at, how it stands, and what to do."""

from __future__ import annotations

from rich.text import Text

from coursesync.model.doctor import Checkup, Health, Sign
from coursesync.render.document import Look
from coursesync.render.sentences import count
from coursesync.render.text.layout import page_width, paint, wrap
from coursesync.render.values import visible

_MARKS = {Health.WORKS: "✓", Health.LIMITED: "!", Health.UNKNOWN: "?", Health.BROKEN: "✗"}
_STYLES = {Health.WORKS: "green", Health.LIMITED: "yellow", Health.UNKNOWN: "dim", Health.BROKEN: "red"}
_COLUMN = 27


def checkup_page(checkup: Checkup, look: Look) -> str:
    """Return an examination as a table: what was looked at, how it stands, and what to do."""
    width = page_width(look.width)
    signs = [sign for sign in checkup.signs if sign.health is Health.BROKEN or not look.quiet]
    # What is to be done about several lines is said below the last of them.
    after = [*(sign.todo for sign in signs[1:]), ""][: len(signs)]
    lines = [
        line
        for sign, following in zip(signs, after, strict=True)
        for line in _row(sign, width, todo="" if sign.todo == following else sign.todo)
    ]
    lines += wrap(_closing(checkup), width)
    return paint(lines, colour=look.colour)


def _row(sign: Sign, width: int, *, todo: str) -> list[Text]:
    head = f"{_MARKS[sign.health]} {visible(sign.what)}"
    pad = " " * _COLUMN
    first = head.ljust(_COLUMN) if len(head) < _COLUMN else f"{head}  "
    lines = wrap(visible(sign.told), width, first=first, rest=pad, mark=_STYLES[sign.health])
    return lines + (wrap(visible(todo), width, first=pad, rest=pad, style="dim") if todo else [])


def _closing(checkup: Checkup) -> str:
    counted = {health: sum(sign.health is health for sign in checkup.signs) for health in Health}
    if not checkup.usable:
        return "Not usable: see the line marked with ✗."
    said = [f"{counted[Health.WORKS]} work"]
    if counted[Health.LIMITED]:
        said.append(f"{count(counted[Health.LIMITED], 'limit')}")
    if counted[Health.UNKNOWN]:
        said.append(f"{counted[Health.UNKNOWN]} unknown")
    return f"Usable: {', '.join(said)}."
