"""YAML text to a tree in which every key and value has its place; nothing is constructed or guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from coursesync.catalogue import types
from coursesync.catalogue.types import Literal, shown
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.errors import ManifestError

# Far above any manifest people write; below what makes a reader of pull requests wait.
LARGEST_FILE = 16 * 1024 * 1024
_MOST_NODES = 1_000_000
_DEEPEST = 64

# The C parser refuses {id: sis_course_id:X}, which YAML 1.2 allows; the one in Python takes it, and its time.
_COLON = "found unexpected ':'"
_LARGEST_RETRY = 1024 * 1024

_TAG = "tag:yaml.org,2002:"
_SPACES = "Indent with spaces."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A single value as written."""

    literal: Literal
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list."""

    items: tuple[Tree, ...]
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A key with its place, and its value."""

    key: str
    position: Position
    value: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A mapping; its keys are text, and each stands in it once."""

    entries: tuple[Pair, ...]
    position: Position


Tree = Scalar | Listed | Mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a file says, if anything could be read, and what is wrong with how it is written."""

    tree: Tree | None
    diagnostics: tuple[Diagnostic, ...]


def parse(content: bytes, *, file: str) -> Parsed:
    """Read one file's bytes as YAML 1.2; whatever they are, the answer is a tree or diagnostics."""
    if len(content) > LARGEST_FILE:
        return _nothing(_too_large(file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _nothing(_not_text(file, content, error.start))
    return _parse_text(text, file)


def _too_large(file: str) -> Diagnostic:
    return problem(
        "too-large",
        f"{file} has more than {LARGEST_FILE:,} bytes, the most that coursesync reads.",
        at=Position(file=file),
        hint="Split the file, or move long texts into files of their own with {file: ...}.",
    )


def _not_text(file: str, content: bytes, offset: int) -> Diagnostic:
    line = content.count(b"\n", 0, offset) + 1
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    seen = "It looks like UTF-16." if wide else f"Byte {offset + 1} is not UTF-8; is this a binary file?"
    return problem(
        "unreadable-file",
        f"{file} is not UTF-8 text. {seen}",
        at=Position(file=file) if wide else Position(file=file, line=line, column=1),
        hint="Save the file as UTF-8.",
    )


def _nothing(*diagnostics: Diagnostic) -> Parsed:
    return Parsed(tree=None, diagnostics=diagnostics)


@dataclass(slots=True, kw_only=True)
class _Anchor:
    tree: Tree
    size: int
    height: int


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One file while it is read: what is left of it, its anchors, what was found wrong, how much there is."""

    file: str
    events: Iterator[Event]
    anchors: dict[str, _Anchor | None] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    nodes: int = 0
    deepest: int = 0

    def place(self, event: Event) -> Position:
        """Return where an event begins."""
        mark = event.start_mark
        return Position(file=self.file, line=mark.line + 1, column=mark.column + 1)

    def complain(self, code: str, event: Event, detail: str, hint: str = "") -> None:
        """Note a problem, and go on."""
        self.problems.append(problem(code, detail, at=self.place(event), hint=hint))


def _parse_text(text: str, file: str) -> Parsed:
    """Read with the fast parser, and again with the exact one where that one knows too little YAML."""
    parsed = _parse_with(YAML(typ="safe"), text, file)
    if len(text) <= _LARGEST_RETRY and any(_COLON in item.detail for item in parsed.diagnostics):
        return _parse_with(YAML(typ="safe", pure=True), text, file)
    return parsed


def _parse_with(parser: YAML, text: str, file: str) -> Parsed:
    reading = _Reading(file=file, events=iter(parser.parse(text)))
    tree = None
    try:
        tree = _document(reading)
    except ReaderError as error:
        reading.problems.append(_bad_character(text, int(error.position), file))
    except YAMLError as error:
        reading.problems.append(_syntax(error, text, file))
    except ManifestError as error:
        reading.problems += error.diagnostics
    if tree is None and not reading.problems:
        reading.problems.append(_empty(file))
    broken = any(item.code in {"yaml-syntax", "too-large"} for item in reading.problems)
    return Parsed(tree=None if broken else tree, diagnostics=tuple(reading.problems))


def _empty(file: str) -> Diagnostic:
    return problem(
        "empty-file",
        f"{file} declares nothing.",
        at=Position(file=file),
        hint="Delete the file, or declare courses in it.",
    )


def _document(reading: _Reading) -> Tree | None:
    """Read the only document; None when the file says nothing."""
    tree: Tree | None = None
    documents = 0
    for event in reading.events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                detail = 'A "---" begins a second document; a manifest is one document.'
                reading.complain("yaml-feature", event, detail, "Move the second document to its own file.")
                return tree
            _check_version(reading, event)
            tree = _node(next(reading.events), reading, depth=1)
    if isinstance(tree, Scalar) and tree.literal == Literal(text=""):
        return None
    return tree


def _check_version(reading: _Reading, event: DocumentStartEvent) -> None:
    if event.version and tuple(event.version) != (1, 2):
        detail = "The file asks for another YAML than 1.2, in which values could mean something else."
        reading.complain("yaml-feature", event, detail, "Delete the %YAML line.")


def _node(event: Event, reading: _Reading, *, depth: int) -> Tree:
    """Read one value that begins with `event`, and everything in it."""
    _check_size(event, reading, nodes=1, depth=depth)
    if isinstance(event, AliasEvent):
        return _alias(event, reading, depth=depth)
    name = str(getattr(event, "anchor", None) or "")
    if name:
        reading.anchors[name] = None
    nodes, outer, reading.deepest = reading.nodes, reading.deepest, depth
    tree: Tree
    if isinstance(event, ScalarEvent):
        tree = _scalar(event, reading)
    elif isinstance(event, SequenceStartEvent):
        tree = _list(event, reading, depth=depth)
    else:
        tree = _mapping(event, reading, depth=depth)
    if name:
        size, height = reading.nodes - nodes + 1, reading.deepest - depth
        reading.anchors[name] = _Anchor(tree=tree, size=size, height=height)
    reading.deepest = max(outer, reading.deepest)
    return tree


def _check_size(event: Event, reading: _Reading, *, nodes: int, depth: int) -> None:
    reading.nodes += nodes
    reading.deepest = max(reading.deepest, depth)
    detail = ""
    if depth > _DEEPEST:
        detail = f"Values are nested more than {_DEEPEST} deep here; no manifest needs that."
    if reading.nodes > _MOST_NODES:
        detail = f"With its aliases expanded the file has more than {_MOST_NODES:,} values."
    if detail:
        found = problem("too-large", detail, at=reading.place(event), hint="Split or simplify the file.")
        raise ManifestError(detail, (found,))


def _alias(event: AliasEvent, reading: _Reading, *, depth: int) -> Tree:
    name = str(event.anchor)
    anchor = reading.anchors.get(name)
    if anchor is not None:
        _check_size(event, reading, nodes=anchor.size, depth=depth + anchor.height)
        return anchor.tree
    if name in reading.anchors:
        detail = f"*{shown(name)} stands inside the value it refers to."
    else:
        detail = f"No anchor &{shown(name)} stands above *{shown(name)}."
    reading.complain("yaml-syntax", event, detail, "Quote the text if it should begin with a star.")
    return Scalar(literal=Literal(text=""), position=reading.place(event))


def _scalar(event: ScalarEvent, reading: _Reading) -> Scalar:
    as_text = _check_tag(event, reading, {f"{_TAG}str", "!"})
    unusable = _UNUSABLE.search(event.value)
    if unusable:
        code = ord(unusable[0])
        detail = f"The text holds the character U+{code:04X}, which Canvas cannot store."
        reading.complain("invalid-value", event, detail, "Remove the character.")
    quoted = bool(event.style) or as_text
    return Scalar(literal=Literal(text=event.value, quoted=quoted), position=reading.place(event))


# Escapes can spell characters that no file may hold; a database refuses them, some as text, some in UTF-8.
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _check_tag(event: Event, reading: _Reading, accepted: set[str]) -> bool:
    """Tell whether the value has one of the accepted tags; complain of any other."""
    tag = getattr(event, "tag", None)
    if tag is None or str(tag) in accepted:
        return tag is not None
    name = str(tag).replace(_TAG, "!!")
    detail = (
        f"The tag {shown(name)} would make more of a value than what is written; manifests are plain data."
    )
    reading.complain("yaml-feature", event, detail, "Remove the tag.")
    return False


def _list(event: SequenceStartEvent, reading: _Reading, *, depth: int) -> Listed:
    _check_tag(event, reading, {f"{_TAG}seq"})
    items = []
    for inner in reading.events:
        if isinstance(inner, SequenceEndEvent):
            break
        items.append(_node(inner, reading, depth=depth + 1))
    return Listed(items=tuple(items), position=reading.place(event))


def _mapping(event: Event, reading: _Reading, *, depth: int) -> Mapped:
    assert isinstance(event, MappingStartEvent)  # noqa: S101 - the parser begins a value with nothing else
    _check_tag(event, reading, {f"{_TAG}map"})
    pairs: dict[str, Pair] = {}
    for inner in reading.events:
        if isinstance(inner, MappingEndEvent):
            break
        key = _node(inner, reading, depth=depth + 1)
        value = _node(next(reading.events), reading, depth=depth + 1)
        text = _key(key, inner, reading)
        if text is None:
            continue
        if text in pairs:
            _duplicate(pairs[text], inner, reading)
        else:
            pairs[text] = Pair(key=text, position=reading.place(inner), value=value)
    return Mapped(entries=tuple(pairs.values()), position=reading.place(event))


def _duplicate(first: Pair, event: Event, reading: _Reading) -> None:
    detail = (
        f'"{shown(first.key)}" stands at {first.position} and again at {reading.place(event)}; '
        "one of the two would be lost."
    )
    reading.complain("duplicate-key", event, detail, "Delete one of the two.")


def _key(key: Tree, event: Event, reading: _Reading) -> str | None:
    """Return the text of a key, or complain of one that is no text."""
    if not isinstance(key, Scalar):
        detail = "A list or a mapping cannot be a key."
        reading.complain("yaml-feature", event, detail, "Write the key as text.")
        return None
    literal = key.literal
    if literal == Literal(text="<<"):
        detail = "YAML 1.2 has no merge key <<, and readers of YAML disagree on what it does."
        hint = "Put the shared keys into a profile, and list it under profiles."
        reading.complain("yaml-feature", event, detail, hint)
        return None
    if literal.null or not types.is_text(literal):
        detail = f'YAML reads the key "{shown(literal.text)}" as null, a number or a boolean, not as text.'
        reading.complain("yaml-feature", event, detail, f'Quote it: "{shown(literal.text)}"')
        return None
    return literal.text


def _bad_character(text: str, offset: int, file: str) -> Diagnostic:
    offset = min(offset, max(len(text) - 1, 0))
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return problem(
        "unreadable-file",
        f"The character U+{ord(text[offset]):04X} may not stand in YAML; is this a binary file?",
        at=Position(file=file, line=line, column=column),
        hint="Save the file as UTF-8 text, and remove the character.",
    )


def _syntax(error: YAMLError, text: str, file: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = Position(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Position(file=file)
    if mark and _character(text, mark.line, mark.column) == "\t":
        detail, hint = "A tab stands where YAML allows only spaces.", _SPACES
    elif isinstance(error, MarkedYAMLError):
        parts = [str(part) for part in (error.context, error.problem) if part]
        detail = ": ".join(parts) + "."
        hint = next((hint for words, hint in _HINTS.items() if words in detail), "")
    else:
        detail, hint = str(error).splitlines()[0] if str(error) else "The text is not YAML.", ""
    detail = f"{detail[:1].upper()}{detail[1:]}"
    return problem("yaml-syntax", detail, at=at, hint=hint or "Check indentation, quotes and colons here.")


_HINTS = {
    _COLON: "Quote text that holds a colon between braces or brackets.",
    "mapping values are not allowed": 'Quote text that holds a colon and a space, like "Biology: basics".',
    "quoted scalar": "Close the quotes.",
    "flow": "Close every bracket, and put commas between the items.",
    "expected <block end>": "Give keys of one mapping the same indentation.",
    "did not find expected key": "Give keys of one mapping the same indentation.",
    "tab": _SPACES,
    "cannot start any token": "Quote text that begins with one of % @ `.",
}


def _character(text: str, line: int, column: int) -> str:
    lines = re.split(r"\r\n|\r|\n", text)
    return lines[line][column : column + 1] if line < len(lines) else ""
