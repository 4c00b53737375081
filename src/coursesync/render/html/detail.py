"""What there is to say of a cell beyond its mark, as rows of numbers that point into pools."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.model import Blame, Origin, Part
from coursesync.render.html import prose
from coursesync.render.html.pool import NOTHING, Pool
from coursesync.render.seen import seen
from coursesync.render.sheet import Cell, said
from coursesync.render.values import UNDECIDED, Delta, is_prose, pieces, shown, visible

_MOST_SHOWN = 4_000


class Details:
    """Write cells down; cells of which the same is to be said get the same number."""

    def __init__(self) -> None:
        self._strings: Pool[str] = Pool()
        self._people: Pool[str] = Pool()
        self._origins: Pool[tuple[str, str]] = Pool()
        self._parts: Pool[tuple[int, int, int]] = Pool()
        self._details: Pool[tuple[Hashable, ...]] = Pool()
        self._blames: Pool[tuple[Hashable, ...]] = Pool()
        self._seen: dict[int, int] = {}
        self._room = prose.BUDGET
        self._weighed: set[int] = set()

    def pools(self) -> dict[str, Any]:
        """Return what the numbers point into."""
        return {
            "strings": self._strings.items(),
            "seen": self._seen,
            "people": self._people.items(),
            "origins": self._origins.items(),
            "parts": self._parts.items(),
            "details": self._details.items(),
            "blames": self._blames.items(),
        }

    def place(self, cell: Cell) -> int:
        """Return the number of what there is to say of a cell, blame and change apart."""
        values = said(cell)
        long = any(is_prose(Delta(before=value, after=None)) for value in values.values())
        parts = cell.parts or pieces(
            Delta(before=cell.live, after=cell.desired, known=cell.desired_known and "live" in values)
        )
        return self._details.place(
            (
                *(
                    self._value(cell, values[name], name, long=long) if name in values else NOTHING
                    for name in ("live", "desired", "base", "read")
                ),
                cell.risk.rank,
                tuple(map(self._origin, cell.origin)),
                tuple(map(self._part, parts)),
                tuple(self._strings.place(visible(note)) for note in cell.notes),
                self._text(cell.message),
                self._text(cell.word),
                int(long),
            )
        )

    def blame(self, blame: Blame | None) -> int:
        """Return the number of who changed a field last."""
        if blame is None:
            return NOTHING
        return self._blames.place(
            (
                self._people.place(
                    visible(blame.user or f"no name in the log ({blame.source or 'unknown'})")
                ),
                visible(shown(blame.at)),
                visible(blame.source),
                visible(blame.event),
                int(blame.exact),
                # As text: a script reads numbers of Canvas no longer exactly when they are very large.
                "" if blame.sis_batch is None else str(blame.sis_batch),
                "" if blame.copied_from is None else str(blame.copied_from),
            )
        )

    def _text(self, text: str) -> int:
        return self._strings.place(visible(text)) if text else NOTHING

    def _origin(self, origin: Origin) -> int:
        return self._origins.place((placed(origin.file, origin.line, origin.column), visible(origin.layer)))

    def _part(self, part: Part) -> int:
        return self._parts.place(
            (self._strings.place(visible(part.key)), self._short(part.before), self._short(part.after))
        )

    def _short(self, value: Value) -> int:
        return self._strings.place(prose.cut(shown(value), _MOST_SHOWN))

    def _value(self, cell: Cell, value: Value, name: str, *, long: bool) -> int:
        if name == "desired" and not cell.desired_known:
            return self._strings.place(UNDECIDED)
        if long and value is None:
            # Beside a text nothing is an empty text, so that the two can be compared word by word.
            return self._strings.place("")
        if not long or not isinstance(value, str):
            return self._short(value)
        most = prose.MOST if self._room > 0 else prose.SPENT
        source = prose.readable(prose.cut(value, most))
        place = self._strings.place(source)
        if place not in self._weighed:
            self._weighed.add(place)
            self._room -= prose.weight(source)
        if place not in self._seen and cell.field in FIELDS and FIELDS[cell.field].type.is_html:
            text = prose.readable(seen(value[:most]))
            self._seen[place] = self._strings.place(text)
            self._room -= prose.weight(text)
        return place


def placed(file: str, line: int, column: int) -> str:
    """Return a place in a manifest as people and editors write it."""
    numbers = [str(number) for number in (line, column) if number]
    return ":".join([visible(file), *(numbers if line else [])])
