"""Two long texts compared line by line, with context, folded and cut so that a person can read it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from coursesync.render.seen import Line, lines
from coursesync.render.values import TAG, Delta, visible
from coursesync.render.words import Span, changed_words

CONTEXT = 2
_LONGEST_COMPARISON = 1_500
_LONGEST_ROW = 400
_NARROW_FROM = 100
_AROUND = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a comparison: `-` gone, `+` new, blank for both, and `…` for what is not shown.

    words: where in the text the words are that differ, as start and end, in a line that was changed.
    """

    sign: str
    text: str
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many lines differ, in words, and the lines."""

    label: str
    rows: tuple[Row, ...]


def compare(delta: Delta, *, most: int | None = 24) -> Comparison:
    """Compare two texts (or a text and nothing) line by line; show at most `most` rows, None for all.

    HTML is compared as a reader sees it; the tags of a line are shown where they differ, or do more than
    shape the words.
    """
    is_html = any(isinstance(value, str) and TAG.search(value) for value in (delta.before, delta.after))
    old, new = _sides(delta, lines if is_html else _plain)
    unseen = is_html and _keys(old) == _keys(new)
    if unseen:
        old, new = _sides(delta, _plain)
    codes = _opcodes(_keys(old), _keys(new))
    rows = list(_rows(codes, old, new, narrow=most is not None))
    label = "only what no reader sees differs" if unseen else _label(delta, codes, old, new)
    return Comparison(label=label, rows=tuple(_cut(rows, most)))


def _sides(delta: Delta, read: Callable[[str], list[Line]]) -> list[list[Line]]:
    return [read(value) if isinstance(value, str) else [] for value in (delta.before, delta.after)]


def _plain(text: str) -> list[Line]:
    return [Line(text=line) for line in text.split("\n")] if text else []


def _keys(found: Sequence[Line]) -> list[tuple[str, str]]:
    return [(line.text, line.tags) for line in found]


_Code = tuple[str, int, int, int, int]
_Key = tuple[str, str]


def _opcodes(old: Sequence[_Key], new: Sequence[_Key]) -> list[_Code]:
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


def _rows(codes: Sequence[_Code], old: Sequence[Line], new: Sequence[Line], *, narrow: bool) -> Iterator[Row]:
    for number, (tag, first, last, start, stop) in enumerate(codes):
        if tag == "equal":
            same = [line.text for line in old[first:last]]
            yield from _folded(same, opening=number == 0, ending=number == len(codes) - 1)
        elif last - first == stop - start:
            pairs = [
                _changed(*pair, narrow=narrow) for pair in zip(old[first:last], new[start:stop], strict=True)
            ]
            yield from (one for one, _ in pairs)
            yield from (other for _, other in pairs)
        else:
            yield from (_alone("-", line, narrow=narrow) for line in old[first:last])
            yield from (_alone("+", line, narrow=narrow) for line in new[start:stop])


def _changed(old: Line, new: Line, *, narrow: bool) -> tuple[Row, Row]:
    """Return the rows of a line that became another one: its words, with the tags where those differ."""
    sides = (old.text, new.text) if old.tags == new.tags else (old.source, new.source)
    one, other = (_row_text(side, narrow=narrow) for side in (_narrowed(*sides) if narrow else sides))
    gone, come = changed_words(one, other)
    return Row(sign="-", text=one, words=gone), Row(sign="+", text=other, words=come)


def _alone(sign: str, line: Line, *, narrow: bool) -> Row:
    return Row(sign=sign, text=_row_text(line.text if line.shaping else line.source, narrow=narrow))


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


def _label(delta: Delta, codes: Sequence[_Code], old: Sequence[Line], new: Sequence[Line]) -> str:
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
        return "nothing differs"
    (number, word), *others = said
    return ", ".join([f"{_counted(number)} {word}", *(f"{number} {word}" for number, word in others)])


def _counted(number: int) -> str:
    return "1 line" if number == 1 else f"{number:,} lines"
