"""Changes and side effects in Markdown: rows of a table, notes, differences, and what many courses share."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.catalogue.field import Risk
from coursesync.model import Action, Change, Part, SideEffect
from coursesync.render.document import Look
from coursesync.render.groups import Block, Group, Moving
from coursesync.render.lines import compare
from coursesync.render.markdown.many import SEVERAL, course_list, course_values
from coursesync.render.markdown.marks import (
    code,
    difference,
    fitted_bullets,
    fitted_table,
    prose,
)
from coursesync.render.sentences import effect_label, moved_side, notes, place, places
from coursesync.render.values import Delta, is_prose, outcome, pieces, shown

_MOST_ROWS = 40
_TABLE_ROOM = 9_000
_NOTES_ROOM = 4_000
_SYMBOLS = {Action.SET: "~", Action.CLEAR: "-", Action.CREATE: "+"}


def shared(blocks: Sequence[Block[Moving]], names: Sequence[str]) -> list[str]:
    """Return what many courses share: a table of it, and notes; names: of all courses."""
    groups = [group for block in blocks for group in block.groups]
    rows = [
        (*cells[:4], f"{len(group.courses):,}", cells[4]) for group in groups for cells in moving_rows(group)
    ]
    said = [
        line for group in groups for line in moving_notes(group, [names[number] for number in group.courses])
    ]
    return [
        fitted_table(("", "Field", "Before", "After", "Courses", ""), rows, _TABLE_ROOM),
        fitted_bullets(list(dict.fromkeys(said)), _NOTES_ROOM),
    ]


def moving_list(block: Block[Moving], names: Sequence[str], look: Look) -> str:
    """Return the courses of a block, folded, with the values that differ; names: of all courses."""
    mine = [names[number] for number in block.courses]
    varied = [group for group in block.groups if group.varied]
    return course_list(
        mine,
        [item.field for item in block.items],
        *(course_values(group.first.field, mine, list(map(delta_of, group.items))) for group in varied),
        *(item for group in block.groups for item in differences(group, look)),
        named=len(varied) == len(block.groups),
    )


def delta_of(item: Moving) -> Delta:
    """Return the two values of a change or a side effect."""
    return Delta(before=item.before, after=item.after, known=item.after_known)


def moving_rows(group: Group[Moving]) -> list[tuple[str, str, str, str, str]]:
    """Return rows for a change or side effect: mark, field, before, after, and where from or what it is."""
    changes = [item for item in group.items if isinstance(item, Change)]
    first = group.first
    if isinstance(first, SideEffect):
        last = f"**{effect_label(first)}**"
        return [_several(group, last)] if group.varied else _rows("!", first.field, delta_of(first), (), last)
    side = f"{moved} " if (moved := moved_side(changes)) else ""
    risk = "" if first.risk is Risk.SAFE else f"**{first.risk.value}** "
    where = code(places(changes)) if place(first.origin) == places(changes) else places(changes)
    return _rows(
        _SYMBOLS[first.action],
        first.field,
        delta_of(first),
        first.parts,
        f"{side}{risk}{where if first.origin else ''}",
    )


def _several(group: Group[Moving], last: str) -> tuple[str, str, str, str, str]:
    ends = {outcome(delta_of(item)) for item in group.items}
    after = code(ends.pop()) if len(ends) == 1 else SEVERAL
    return "!", code(group.first.field), SEVERAL, after, last


def _rows(
    symbol: str, field: str, delta: Delta, parts: Sequence[Part], last: str
) -> list[tuple[str, str, str, str, str]]:
    keys = parts or pieces(delta)
    if keys:
        return [
            (
                symbol,
                f"{code(field)} {code(part.key)}",
                code(shown(part.before)),
                code(shown(part.after)),
                last,
            )
            for part in keys
        ]
    if is_prose(delta):
        return [(symbol, code(field), prose(compare(delta).label), "(below)", last)]
    return [(symbol, code(field), code(shown(delta.before)), code(outcome(delta)), last)]


def moving_notes(group: Group[Moving], names: Sequence[str]) -> list[str]:
    """Return what is to be known of a change or a side effect; names: of its courses."""
    first = group.first
    if isinstance(first, SideEffect):
        said = [text for text in (first.reason, first.lasting) if text]
    else:
        said = list(notes([item for item in group.items if isinstance(item, Change)], names))
    return [f"{code(first.field)}: {prose(text)}" for text in said]


def differences(group: Group[Moving], look: Look) -> list[str]:
    """Return the difference of long texts, if they are some and the same in all courses."""
    delta = delta_of(group.first)
    if group.varied or not is_prose(delta):
        return []
    most = None if look.verbose else _MOST_ROWS
    return [f"{code(group.first.field)}\n\n{difference(compare(delta, most=most))}"]
