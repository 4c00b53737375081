"""Two long texts compared line by line, with context, folded and cut so that a person can read it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coursesync.render.values import Delta, visible

CONTEXT = 2
_LONGEST_COMPARISON = 1_500
_LONGEST_ROW = 400
_NARROW_FROM = 100
_AROUND = 24

# HTML as Canvas stores it is often one endless line; after these a reader expects a new one.
_BLOCK_END = re.compile(
    r"(</(?:p|div|h[1-6]|ul|ol|li|table|tr|blockquote|section|pre)>|<br\s*/?>|<hr[^<>]*>|<(?:ul|ol|table|tr)\b[^<>]*>)"
    r"(?=[^\n])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a comparison: `-` gone, `+` new, blank for both, and `…` for what is not shown."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many lines differ, in words, and the lines."""

    label: str
    rows: tuple[Row, ...]


def compare(delta: Delta, *, most: int | None = 24) -> Comparison:
    """Compare two texts (or a text and nothing) line by line; show at most `most` rows, None for all."""
    old, new = _lines(delta.before), _lines(delta.after)
    codes = _opcodes(old, new)
    rows = list(_rows(codes, old, new, narrow=most is not None))
    return Comparison(label=_label(delta, codes, old, new), rows=tuple(_cut(rows, most)))


def _lines(value: object) -> list[str]:
    if not isinstance(value, str) or not value:
        return []
    return _BLOCK_END.sub(r"\1\n", value).split("\n")


_Code = tuple[str, int, int, int, int]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[_Code]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    last, stop = len(old) - end, len(new) - end
    middle = old[start:last], new[start:stop]
    if len(middle[0]) + len(middle[1]) > _LONGEST_COMPARISON:
        inner: list[_Code] = [("replace", start, last, start, stop)]
    else:
        matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
        inner = [
            (tag, a + start, b + start, c + start, d + start) for tag, a, b, c, d in matcher.get_opcodes()
        ]
    head: list[_Code] = [("equal", 0, start, 0, start)] if start else []
    return head + inner + ([("equal", last, len(old), stop, len(new))] if end else [])


def _rows(codes: Sequence[_Code], old: Sequence[str], new: Sequence[str], *, narrow: bool) -> Iterator[Row]:
    for number, (tag, first, last, start, stop) in enumerate(codes):
        if tag == "equal":
            yield from _folded(old[first:last], opening=number == 0, ending=number == len(codes) - 1)
            continue
        gone, come = list(old[first:last]), list(new[start:stop])
        if narrow and len(gone) == len(come):
            pairs = [_narrowed(one, other) for one, other in zip(gone, come, strict=True)]
            gone, come = [one for one, _ in pairs], [other for _, other in pairs]
        yield from (Row(sign="-", text=_row_text(line, narrow=narrow)) for line in gone)
        yield from (Row(sign="+", text=_row_text(line, narrow=narrow)) for line in come)


def _folded(same: Sequence[str], *, opening: bool, ending: bool) -> Iterator[Row]:
    before = 0 if opening else CONTEXT
    after = 0 if ending else CONTEXT
    hidden = len(same) - before - after
    if hidden <= 1:
        yield from (Row(sign=" ", text=_row_text(line, narrow=True)) for line in same)
        return
    yield from (Row(sign=" ", text=_row_text(line, narrow=True)) for line in same[:before])
    yield Row(sign="…", text=f"{hidden} lines unchanged")
    yield from (Row(sign=" ", text=_row_text(line, narrow=True)) for line in same[len(same) - after :])


def _row_text(line: str, *, narrow: bool) -> str:
    bare = line.rstrip(" ")
    # Blanks at the end of a line would be a difference that nobody can see.
    text = visible(bare) + "·" * (len(line) - len(bare))
    if not narrow or len(text) <= _LONGEST_ROW:
        return text
    return f"{text[:_LONGEST_ROW]}… ({len(text) - _LONGEST_ROW:,} more characters)"


def _narrowed(old: str, new: str) -> tuple[str, str]:
    """Leave out what two long lines have in common, but for some words around the difference."""
    if max(len(old), len(new)) < _NARROW_FROM:
        return old, new
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    room = shortest - head
    tail = next((at for at in range(room) if old[-1 - at] != new[-1 - at]), room)
    start = old.rfind(" ", 0, max(head - _AROUND, 0)) + 1 if head > 2 * _AROUND else 0
    end = old.find(" ", len(old) - tail + _AROUND) if tail > 2 * _AROUND else -1
    spare = len(old) - end if end >= 0 else 0
    return _middle(old, start, spare), _middle(new, start, spare)


def _middle(line: str, start: int, spare: int) -> str:
    shown = line[start : len(line) - spare]
    return ("… " if start else "") + shown + (" …" if spare else "")


def _cut(rows: Sequence[Row], most: int | None) -> Iterable[Row]:
    if most is None or len(rows) <= most + 1:
        return rows
    left = sum(row.sign != "…" for row in rows[most:])
    return [*rows[:most], Row(sign="…", text=f"{left} more lines; all of them with -v or --format json")]


def _label(delta: Delta, codes: Sequence[_Code], old: Sequence[str], new: Sequence[str]) -> str:
    if not old or not new:
        empty = {True: "none", False: '""'}
        one = empty[delta.before is None] if not old else _counted(len(old))
        other = empty[delta.after is None] if not new else _counted(len(new))
        return f"{one} -> {other}"
    changed = added = removed = 0
    for tag, first, last, start, stop in codes:
        if tag != "equal":
            both = min(last - first, stop - start)
            changed, removed, added = (
                changed + both,
                removed + last - first - both,
                added + stop - start - both,
            )
    counts = [(changed, "changed"), (added, "added"), (removed, "removed")]
    said = [(number, word) for number, word in counts if number]
    if not said:
        return "only line breaks differ"
    (number, word), *others = said
    return ", ".join([f"{_counted(number)} {word}", *(f"{number} {word}" for number, word in others)])


def _counted(number: int) -> str:
    return "1 line" if number == 1 else f"{number:,} lines"
