"""A sheet as compact JSON for the script of the page: what is said often is said once and pointed to.

The shape, read by script/model.js; numbers are places in these lists, and -1 says that there is nothing:
  marks: [[key, name, symbol, meaning, quiet]], by weight. fields: [[address, sentence]], by the catalogue.
  strings, departments, people: texts. seen: a string -> of its HTML the text that a reader sees.
  details: [[live, desired, base, read, risk, [origin], [part], [note], message, word, prose]].
  origins: [[place, layer]]. parts: [[key, before, after]].
  blames: [[person, at, source, event, exact, sis_batch, copied_from]].
  courses: [[id, label, name, state, department, place, problem, quiet, entries]], where `quiet` has for each
  field a digit, the mark of which no more is said, or a dot; entries: field, mark, detail, change, blame, and
  so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from coursesync.catalogue import FIELDS
from coursesync.render.html.detail import Details, placed
from coursesync.render.html.legend import SIGNS, WEIGHT, key
from coursesync.render.html.pool import NOTHING, Pool
from coursesync.render.sheet import Cell, Mark, Row
from coursesync.render.values import visible

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def payload(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the script has to know of the rows of a sheet."""
    fields = {address: place for place, address in enumerate(addresses(rows))}
    marks = marks_of(rows)
    places = {mark: place for place, mark in enumerate(marks)}
    departments: Pool[str] = Pool()
    details = Details()
    courses = [
        [
            str(row.id),
            row.label,
            row.name,
            visible(row.workflow_state),
            departments.place(row.department) if row.department else NOTHING,
            placed(row.file, row.line, row.column),
            visible(row.problem),
            *_cells(row, fields, places, details),
        ]
        for row in rows
    ]
    return {
        "marks": [
            [key(mark), mark.value, SIGNS[mark].symbol, SIGNS[mark].meaning, int(SIGNS[mark].quiet)]
            for mark in marks
        ],
        "fields": [[visible(field), FIELDS[field].doc if field in FIELDS else ""] for field in fields],
        "departments": departments.items(),
        **details.pools(),
        "courses": courses,
    }


def addresses(rows: Iterable[Row]) -> list[str]:
    """Return the fields a sheet speaks of, in the order of the catalogue, unknown ones last."""
    found = {cell.field for row in rows for cell in row.cells}
    known = [address for address in FIELDS if address in found]
    return known + sorted(found.difference(known))


def marks_of(rows: Iterable[Row]) -> list[Mark]:
    """Return the marks of a sheet, by weight."""
    found = {cell.mark for row in rows for cell in row.cells}
    return [mark for mark in SIGNS if mark in found]


def _cells(
    row: Row, fields: dict[str, int], marks: dict[Mark, int], details: Details
) -> tuple[str, list[int | str]]:
    quiet = ["."] * len(fields)
    entries: list[int | str] = []
    for cell in sorted(row.cells, key=lambda cell: WEIGHT[cell.mark]):
        field, mark = fields[cell.field], marks[cell.mark]
        if SIGNS[cell.mark].quiet and _says_no_more(cell) and quiet[field] == ".":
            quiet[field] = _DIGITS[mark]
        else:
            blame = details.blame(cell.blame)
            entries += [field, mark, details.place(cell), visible(cell.change_id), blame]
    return "".join(quiet).rstrip("."), entries


def _says_no_more(cell: Cell) -> bool:
    return not (cell.message or cell.word or cell.origin or cell.notes or cell.change_id or cell.blame)
