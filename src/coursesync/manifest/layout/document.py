"""The canonical layout of a manifest: its bytes in, the same content with ordered keys and even lines out.

Nothing but whitespace and the order of keys changes: quotes, anchors, numbers, brackets and texts stay as
written. What comes out is read again; where it would say anything else, the bytes stay as they were.
A byte order mark, which means nothing to YAML, is dropped.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml import tokens as t
from ruamel.yaml.error import YAMLError

from coursesync.diagnostics import Diagnostic, Position, Severity, errors, problem
from coursesync.manifest.layout.blocks import Anchor, Block, Entry, Leaf, Written
from coursesync.manifest.layout.comments import NotAGap
from coursesync.manifest.layout.lines import canonical_lines
from coursesync.manifest.layout.order import MODELS, Shape, fits, shape
from coursesync.manifest.models import check
from coursesync.manifest.places import plain
from coursesync.manifest.values import Include
from coursesync.manifest.yaml import Parsed, parse

_BREAK = re.compile("\r\n?|\n")
_HEADER = re.compile("[|>][-+]?([1-9]?)[-+]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A file in canonical layout, or as it was with the reasons why it was left alone."""

    content: bytes
    diagnostics: tuple[Diagnostic, ...] = ()


def layout(content: bytes, parsed: Parsed, *, file: str, document: str, include: Include) -> Layout:
    """Lay out a document; one that is not valid YAML, or not in its shape, stays as it is.

    parsed: what the content says. document: one of MODELS. include: as for checking, to tell what is wrong
    with such a document.
    """
    wanted = shape(document)
    broken = errors(parsed.diagnostics)
    if parsed.tree is not None and not fits(parsed.tree, wanted):
        checked = check(MODELS[document], parsed.tree, include)
        broken = errors((*parsed.diagnostics, *checked.diagnostics))
    if broken or parsed.tree is None:
        return Layout(content=content, diagnostics=broken)
    text = content.decode("utf-8-sig")
    laid = _laid(_BREAK.sub("\n", text), parsed, wanted)
    if laid is None:
        return Layout(content=content, diagnostics=(_left_alone(file, text),))
    windows = set(_BREAK.findall(text)) == {"\r\n"}
    return Layout(content=(laid.replace("\n", "\r\n") if windows else laid).encode())


def _left_alone(file: str, text: str) -> Diagnostic:
    detail = f"In canonical layout {file} would say something else, or lose a comment; it stays as it is."
    hint = "Write what is rare in it, such as unusual line breaks, in a plainer way."
    if not text.endswith("\n"):
        hint = "End the file with a line break."
    return problem("left-alone", detail, at=Position(file=file), hint=hint, severity=Severity.ERROR)


def _laid(text: str, parsed: Parsed, wanted: Shape) -> str | None:
    """Return the text in canonical layout, or None where that would say something else."""
    before = _written(text)
    try:
        lines = canonical_lines(before, wanted)
    except NotAGap:
        return None
    # A block scalar at the end says another text where the last break is missing.
    drafts = ("\n".join(lines) + ending for ending in ("\n", ""))
    return next((draft for draft in drafts if draft == text or _same(parsed, before, draft)), None)


def _same(parsed: Parsed, before: Written, laid: str) -> bool:
    """Tell whether a text says what another one said, in its comments too."""
    again = parse(laid.encode(), file="")
    if parsed.tree is None or again.tree is None or errors(again.diagnostics):
        return False
    comments = Counter(_written(laid).comments) == Counter(before.comments)
    return comments and plain(again.tree) == plain(parsed.tree)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A text while its tokens are put together.

    token, last: the next and the one before it. end: where that one ended. open: whether blank lines behind
    it are part of its text.
    """

    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    tokens: Iterator[t.Token]
    token: t.Token
    last: t.Token
    end: int = 0
    open: bool = False
    scalars: list[tuple[int, int]] = field(default_factory=list)
    content: dict[int, int] = field(default_factory=dict)
    anchors: list[Anchor] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def next(self, *kinds: type[t.Token]) -> bool:
        """Tell whether the next token is of one of these kinds."""
        return isinstance(self.token, kinds)

    def line(self, offset: int) -> int:
        """Return the number of the line an offset lies in."""
        return bisect_right(self.starts, offset) - 1

    def column(self, offset: int) -> int:
        """Return how far into its line an offset lies."""
        return offset - self.starts[self.line(offset)]

    def take(self) -> tuple[int, int]:
        """Go on behind the next token; return where it starts and ends."""
        token = self.token
        start, end = token.start_mark.index, token.end_mark.index
        self.last, self.token = token, next(self.tokens, token)
        if end > start:
            self.comments += _comments(self.text[self.end : start])
            self.end, self.open = end, False
        if isinstance(token, t.AnchorToken | t.AliasToken):
            anchor = Anchor(name=str(token.value), offset=start, is_alias=isinstance(token, t.AliasToken))
            self.anchors.append(anchor)
        if isinstance(token, t.ScalarToken) and token.style in ("'", '"'):
            self.scalars.append((start, end))
        return start, end


def _comments(between: str) -> Iterator[str]:
    """Yield the comments between two tokens."""
    for line in between.split("\n"):
        if "#" in line:
            yield line[line.index("#") :].rstrip(" \t")


def _written(text: str) -> Written:
    """Take a document apart into blocks, entries and what stays as it is."""
    lines = text.split("\n")
    if not lines[-1].strip(" \t"):
        del lines[-1]
    starts = tuple(itertools.accumulate((len(line) + 1 for line in lines), initial=0))[: len(lines)]
    tokens = _tokens(text)
    first, second = next(tokens), next(tokens)
    reading = _Reading(text=text, lines=tuple(lines), starts=starts, tokens=tokens, token=second, last=first)
    while reading.next(t.DirectiveToken, t.DocumentStartToken):
        reading.take()
    begin = reading.end
    root, introduced = _value(reading, None, indentless=False)
    ended = reading.next(t.DocumentEndToken)
    end = reading.take()[0] if ended else len(text)
    reading.comments += _comments(text[reading.end :])
    names = Counter(anchor.name for anchor in reading.anchors if not anchor.is_alias)
    return Written(
        text=text,
        lines=reading.lines,
        starts=starts,
        root=root,
        begin=introduced if isinstance(root, Block) and introduced else begin,
        end=end,
        scalars=tuple(reading.scalars),
        content=reading.content,
        anchors=tuple(reading.anchors),
        redefined=frozenset(name for name, count in names.items() if count > 1),
        comments=tuple(reading.comments),
    )


def _tokens(text: str) -> Iterator[t.Token]:
    """Yield tokens of the fast scanner, and from where it fails of the exact one in Python."""
    known = itertools.count()
    try:
        for token in YAML(typ="safe").scan(text):
            next(known)
            yield token
    except YAMLError:
        yield from itertools.islice(YAML(typ="safe", pure=True).scan(text), next(known), None)


def _value(reading: _Reading, holder: int | None, *, indentless: bool) -> tuple[Leaf | Block, int]:
    """Read a value; return with it where the anchor or tag in front of it ends, or 0.

    holder: offset of its key or dash, None at the top. indentless: whether a list may follow whose dashes
    are no deeper than the key.
    """
    start, properties = reading.token.start_mark.index, 0
    while reading.next(t.AnchorToken, t.TagToken):
        _, properties = reading.take()
    block = _block(reading, indentless=indentless)
    if block is None:
        return _leaf(reading, start if properties else None, holder), properties
    if properties and holder is not None and reading.line(properties) != reading.line(holder):
        # With its anchor on a line of its own it stays as it is.
        block = Leaf(start=start, end=reading.end, open=reading.open)
    return block, properties


def _block(reading: _Reading, *, indentless: bool) -> Leaf | Block | None:
    if reading.next(t.BlockMappingStartToken):
        return _mapping(reading)
    if reading.next(t.BlockSequenceStartToken) or (indentless and reading.next(t.BlockEntryToken)):
        return _list(reading)
    return None


def _leaf(reading: _Reading, marked: int | None, holder: int | None) -> Leaf:
    """Read what is no block; marked: where its anchor or tag starts."""
    start = reading.token.start_mark.index if marked is None else marked
    if reading.next(t.ScalarToken):
        return _scalar(reading, start, -1 if holder is None else reading.column(holder))
    if reading.next(t.FlowMappingStartToken, t.FlowSequenceStartToken):
        _brackets(reading)
    elif reading.next(t.AliasToken):
        reading.take()
    elif marked is None:
        start = reading.end
    return Leaf(start=start, end=reading.end)


def _brackets(reading: _Reading) -> None:
    depth = 0
    while True:
        depth += reading.next(t.FlowMappingStartToken, t.FlowSequenceStartToken)
        depth -= reading.next(t.FlowMappingEndToken, t.FlowSequenceEndToken)
        reading.take()
        if not depth:
            return


def _list(reading: _Reading) -> Block:
    closed = reading.next(t.BlockSequenceStartToken)
    if closed:
        reading.take()
    entries = []
    while reading.next(t.BlockEntryToken):
        dash, after = reading.take()
        value, properties = _value(reading, dash, indentless=False)
        entries.append(Entry(start=dash, sign=dash, after=max(after, properties), value=value))
    if closed:
        reading.take()
    return Block(entries=tuple(entries), is_list=True)


def _mapping(reading: _Reading) -> Block | Leaf:
    """Read a mapping; one with keys behind question marks is left as it is."""
    start, _ = reading.take()
    entries = []
    plain_keys = True
    while not reading.next(t.BlockEndToken):
        plain_keys &= reading.next(t.KeyToken)
        key, name = None, reading.end
        if reading.next(t.KeyToken):
            name, mark = reading.take()
            plain_keys &= name == mark
            _value(reading, name, indentless=False)
            token = reading.last
            key = str(token.value) if isinstance(token, t.ScalarToken) else None
        if not reading.next(t.ValueToken):
            plain_keys = False
            continue
        colon, after = reading.take()
        value, properties = _value(reading, name, indentless=True)
        entries.append(Entry(start=name, sign=colon, after=max(after, properties), value=value, key=key))
    reading.take()
    return (
        Block(entries=tuple(entries), is_list=False)
        if plain_keys
        else Leaf(start=start, end=reading.end, open=reading.open)
    )


def _scalar(reading: _Reading, start: int, column: int) -> Leaf:
    """Read a scalar below an entry at `column`."""
    first, end = reading.take()
    header = _HEADER.match(reading.text, first)
    if not header:
        return Leaf(start=start, end=end)
    own = int(header[1]) + max(column, 0) if header[1] else None
    line = reading.line(first)
    reading.comments += _comments(reading.lines[line][reading.column(first) :])
    reading.open = "+" in header[0]
    last, content = _block_text(reading, line, column, own, keep=reading.open)
    reading.content |= dict.fromkeys(range(line + 1, last + 1), content)
    reading.end = reading.starts[last] + len(reading.lines[last])
    reading.scalars.append((first, reading.end))
    direct = reading.line(start) == line
    return Leaf(
        start=start,
        end=reading.end,
        content=content if direct else None,
        fixed=own is not None,
        open=reading.open,
    )


def _block_text(
    reading: _Reading, header: int, column: int, own: int | None, *, keep: bool
) -> tuple[int, int]:
    """Return the last line of a block scalar, and the column its text begins at.

    own: that column, where the header says it. keep: whether blank lines at the end are part of the text.
    """
    last = number = header
    widest = column + 1
    for number, line in enumerate(reading.lines[header + 1 :], header + 1):
        indent = len(line) - len(line.lstrip(" "))
        if indent == len(line) and (own is None or indent <= own):
            widest = max(widest, indent)
            last = number if keep else last
            continue
        own = max(widest, indent) if own is None else own
        if indent < own:
            break
        last = number
    return last, widest if own is None else own
