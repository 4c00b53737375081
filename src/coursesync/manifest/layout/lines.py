"""A document as written to its lines in canonical layout: keys in order, two columns deeper at each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursesync.manifest.layout.blocks import Block, Entry, Leaf, Written, ending
from coursesync.manifest.layout.comments import Surroundings, last_offset, surroundings
from coursesync.manifest.layout.order import Shape

_STEP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A document on its way to a new layout."""

    written: Written
    around: Surroundings
    inside: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """A part of the new document: comments that stand before it, without indentation, and its lines.

    open: whether a blank line behind it would become a part of its last value.
    """

    before: list[str]
    lines: list[str]
    open: bool


def canonical_lines(written: Written, wanted: Shape) -> list[str]:
    """Return the lines of a document in canonical layout, without their breaks."""
    inside = frozenset(_open_lines(written))
    if isinstance(written.root, Leaf):
        return _untouched(written, written.root, inside)
    page = _Page(written=written, around=surroundings(written, written.root), inside=inside)
    first = written.line(written.begin) + 1 if written.begin else 0
    body = _block(written.root, 0, wanted, page)
    lines = [*_tidied(written.lines[:first]), *body.before, *body.lines]
    if written.end < len(written.text):
        lines += _ended(_tidied(written.lines[written.line(written.end) :]))
    return lines


def _open_lines(written: Written) -> Iterator[int]:
    """Yield the lines whose end lies in a scalar, so that blanks there may be part of its text."""
    yield from written.content
    for start, end in written.scalars:
        yield from range(written.line(start), written.line(end))


def _untouched(written: Written, root: Leaf, inside: frozenset[int]) -> list[str]:
    """Return the lines of a document that is no block, in their order, without needless blanks."""
    first, last = written.line(root.start), written.line(max(root.end - 1, 0))
    lines = _tidied(written.lines[:first])
    for number in range(first, last + 1):
        line = written.lines[number]
        lines.append(line if number in inside else line.rstrip(" \t"))
    # The value itself comes first here, so that a blank line behind it is one between two others.
    behind = _ended(_tidied([lines[-1] or "#", *written.lines[last + 1 :]]))
    return [*lines, *behind[1:]]


def _tidied(lines: Sequence[str]) -> list[str]:
    """Return lines without blanks at their ends, and no more than one blank line between two others."""
    tidy: list[str] = []
    for line in lines:
        bare = line.rstrip(" \t")
        if bare or (tidy and tidy[-1]):
            tidy.append(bare)
    return tidy


def _ended(lines: list[str]) -> list[str]:
    """Return lines without a blank one at their end."""
    return lines[:-1] if lines and not lines[-1] else lines


def _block(block: Block, column: int, wanted: Shape | None, page: _Page) -> _Laid:
    """Lay out a mapping or list whose entries begin at `column`."""
    entries = _ordered(block, wanted, page.written)
    above = _parted(block, entries, page.around)
    before: list[str] = []
    lines: list[str] = []
    open_end = False
    for entry in entries:
        laid = _entry(entry, column, wanted.below(entry.key) if wanted else None, page)
        comments = _joined(above[entry.start], laid.before)
        if lines:
            lines += _indented(_behind(comments, open_end), column)
        else:
            before = _joined(page.around.top.get(block.start, []), comments)
        lines += laid.lines
        open_end = laid.open
    bottom = _behind(page.around.bottom.get(block.start, []), open_end)
    return _Laid(before=before, lines=[*lines, *_indented(bottom, column)], open=open_end and not bottom)


def _behind(comments: list[str], open_end: bool) -> list[str]:  # noqa: FBT001
    """Return comments without the blank line in front of them, if that would be a part of a value."""
    return comments[1:] if open_end and comments[:1] == [""] else comments


def _joined(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return comments after each other, with no more than one blank line between them."""
    return [*one, *(other[1:] if one and not one[-1] and other and not other[0] else other)]


def _parted(block: Block, entries: Sequence[Entry], around: Surroundings) -> dict[int, list[str]]:
    """Return the comments above each entry; no blank line comes first, also where another entry now does."""
    above = {entry.start: around.above.get(entry.start, []) for entry in entries}
    old, new = block.start, entries[0].start
    if above[new][:1] == [""]:
        above[new] = above[new][1:]
        above[old] = _joined([""], above[old])
    return above


def _ordered(block: Block, wanted: Shape | None, written: Written) -> tuple[Entry, ...]:
    """Return entries in the order of the catalogue, or as they stand where an alias would lose its anchor."""
    if block.is_list or not wanted or not all(entry.key in wanted.keys for entry in block.entries):
        return block.entries
    entries = tuple(sorted(block.entries, key=lambda entry: wanted.rank(entry.key or "")))
    return entries if _anchored(block, entries, written) else block.entries


def _anchored(block: Block, entries: Sequence[Entry], written: Written) -> bool:
    """Tell whether every alias in a block means the same anchor with its entries in this order."""
    places = {entry.start: number for number, entry in enumerate(entries)}
    home: dict[str, int] = {}
    for entry in block.entries:
        place = places[entry.start]
        for anchor in written.anchors_between(entry.start, ending(entry.value)):
            if anchor.name in written.redefined or (anchor.is_alias and home.get(anchor.name, -1) > place):
                return False
            if not anchor.is_alias:
                home[anchor.name] = place
    return True


def _entry(entry: Entry, column: int, wanted: Shape | None, page: _Page) -> _Laid:
    """Lay out a key with its value, or an item with its dash, at `column`."""
    beside = page.around.beside.get(entry.start, [])
    if isinstance(entry.value, Leaf):
        lines = _leaf(entry, entry.value, column, page)
        lines += _aligned(lines[-1], beside, entry, page)
        return _Laid(before=[], lines=lines, open=entry.value.open)
    inner = _block(entry.value, column + _STEP, wanted, page)
    if entry.key is None and entry.start == entry.sign and not _said_by_dash(entry, page.written):
        # The first key of an item stands beside its dash, and what was said above the key above both.
        first = f"{' ' * column}- {inner.lines[0].lstrip(' ')}"
        return _Laid(before=inner.before, lines=[first, *inner.lines[1:]], open=inner.open)
    head = [" " * column + _head(entry, page.written, tidy=True)]
    head += _aligned(head[-1], beside, entry, page)
    head += _indented(inner.before, column + _STEP)
    return _Laid(before=[], lines=[*head, *inner.lines], open=inner.open)


def _said_by_dash(entry: Entry, written: Written) -> str:
    """Return what stands behind the dash of an item whose block begins on the next line."""
    joined = isinstance(entry.value, Block) and written.line(entry.value.start) == written.line(entry.start)
    return "" if joined else written.rest(entry.sign + 1).strip(" \t")


def _head(entry: Entry, written: Written, *, tidy: bool) -> str:
    """Return the line of a key or dash from there on; tidy: with one space before what follows."""
    name = written.text[entry.start : entry.sign]
    rest = written.rest(entry.sign + 1)
    bare = rest.strip(" \t")
    if tidy and bare and (entry.start == entry.sign or not bare.startswith("#")):
        rest = f" {bare}"
    # An alias as a key would take the colon for a part of its name.
    name = name if name.startswith("*") else name.rstrip(" \t")
    return name + written.text[entry.sign] + (rest.rstrip(" \t") if tidy else rest)


def _leaf(entry: Entry, leaf: Leaf, column: int, page: _Page) -> list[str]:
    """Return the lines of an entry whose value stays as it is."""
    written = page.written
    head, last = written.line(entry.start), written.line(leaf.end)
    begins = written.line(leaf.start)
    single = begins == last or leaf.content is not None
    line = _head(entry, written, tidy=single or begins > head)
    lines = [" " * column + (line if head in page.inside else line.rstrip(" \t"))]
    shift = column - written.column(entry.start)
    least = 0
    if begins > head:
        between = [text.strip(" \t") for text in written.lines[head + 1 : begins]]
        least = column + _STEP
        lines += _indented([text for text in between if text], least)
        lines.append(" " * least + next(_shifted(begins, begins, 0, 0, page)).lstrip(" "))
        shift = least - written.column(leaf.start)
    if leaf.content is not None:
        shift = column - written.column(entry.start) if leaf.fixed else column + _STEP - leaf.content
        least = 0
    return [*lines, *_shifted(begins + 1, last, shift, least, page)]


def _shifted(first: int, last: int, shift: int, least: int, page: _Page) -> Iterator[str]:
    """Yield lines of a value moved as a whole, none to the left of the column `least`."""
    for number in range(first, last + 1):
        line = page.written.lines[number]
        if number not in page.inside or (not line.strip(" \t") and not _counts(number, page)):
            line = line.rstrip(" \t")
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        # Never quite to the left edge, where three dots or dashes would end the document.
        yield " " * max(indent + shift, least, min(indent, 1)) + bare if line else ""


def _counts(number: int, page: _Page) -> bool:
    """Tell whether a line of nothing but blanks is part of a block scalar's text."""
    content = page.written.content.get(number)
    return content is not None and len(page.written.lines[number]) > content


def _aligned(line: str, comments: Sequence[str], entry: Entry, page: _Page) -> list[str]:
    """Return comments that go on with the one at the end of a line, below it."""
    if not comments:
        return []
    comment = page.written.rest(last_offset(entry)).strip(" \t")
    return _indented(comments, len(line) - len(comment))


def _indented(comments: Sequence[str], column: int) -> list[str]:
    return [" " * column + text if text else "" for text in comments]
