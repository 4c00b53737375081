"""Check a document against its shape: what can be used of it, each part with its place, and what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from coursesync.catalogue.types import Flaw, Invalid, shown
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest.places import finder
from coursesync.manifest.shapes import Entries, Items, Leaf, Record, Shape
from coursesync.manifest.tree import Listed, Mapped, Pair, Scalar, Tree, plain
from coursesync.manifest.unknown import article
from coursesync.manifest.values import Include

_MOST_PROBLEMS = 200


class Placed(NamedTuple):
    """A part of a document: what was read, and the key or the item of a list where it stands."""

    content: Any
    at: Pair | Tree


# What a record or a mapping of names says, by key.
Body = Mapping[str, Placed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What can be used of a document, and everything that is wrong with it."""

    content: Body
    diagnostics: tuple[Diagnostic, ...]


class _Nothing:
    """What is left of a value that cannot be used; None is a value."""


_NOTHING = _Nothing()


# A scalar without its place: its text, and whether it was quoted.
_Written = tuple[str, bool]


@dataclass(slots=True, kw_only=True)
class _Check:
    """One document while it is checked: what was found wrong, and the values read so far.

    known: by leaf and by text; a text reads as the same value everywhere, or is wrong for the same reasons,
    and most texts stand in a file often.
    """

    include: Include
    diagnostics: list[Diagnostic] = field(default_factory=list)
    faults: int = 0
    known: defaultdict[Leaf, dict[_Written | None, Any]] = field(default_factory=lambda: defaultdict(dict))

    def explains(self) -> bool:
        """Count a fault, and tell whether it is one of those that are explained."""
        self.faults += 1
        return self.faults <= _MOST_PROBLEMS


def check(shape: Record, tree: Tree, include: Include) -> Checked:
    """Check a document; every problem has the place of its key or value."""
    checking = _Check(include=include)
    content = _record(shape, tree, checking)
    found = checking.diagnostics
    if checking.faults > _MOST_PROBLEMS:
        detail = f"{checking.faults - _MOST_PROBLEMS:,} more problems of this file are not shown."
        found.append(problem("more-problems", detail, at=Position(file=tree.file)))
    return Checked(content={} if content is _NOTHING else content, diagnostics=tuple(found))


def _read(shape: Shape, tree: Tree, checking: _Check) -> Any:
    """Return what stands in a value of any shape, or _NOTHING."""
    match shape:
        case Leaf():
            return _leaf(shape, tree, checking)
        case Record():
            return _record(shape, tree, checking)
        case Items():
            return _items(shape, tree, checking)
        case Entries():
            return _entries(shape, tree, checking)


def _leaf(shape: Leaf, tree: Tree, checking: _Check) -> Any:
    known = checking.known[shape]
    written = tree[:2] if isinstance(tree, Scalar) else None
    if written in known:
        value = known[written]
    else:
        value = _taken(shape, tree, checking.include)
        if written:
            known[written] = value
    if not isinstance(value, Invalid):
        return value
    if checking.explains():
        find = finder(tree)
        for flaw in value.flaws:
            there = find(flaw.path)
            at = there.key if flaw.code == "unknown-key" else there.value.position
            checking.diagnostics.append(_problem(flaw, at))
    return _NOTHING


def _taken(shape: Leaf, tree: Tree, include: Include) -> object:
    """Return what a leaf reads, or why it does not."""
    try:
        return shape.read(plain(tree), include)
    except Invalid as invalid:
        return invalid


def _record(shape: Record, tree: Tree, checking: _Check) -> Any:
    if type(tree) is not Mapped:
        return _misshapen(shape, tree, checking)
    found: dict[str, Placed] = {}
    strange = False
    for pair in tree.entries:
        key = shape.keys.get(pair.key)
        if key is None:
            strange = True
            if checking.explains():
                checking.diagnostics.append(_problem(shape.stranger(pair.key), pair.position))
            continue
        content = _read(key.shape, pair.value, checking)
        if content is not _NOTHING:
            found[pair.key] = Placed(content, pair)
    lacking = [name for name in shape.needed if name not in found]
    for name in lacking:
        _lacks(name, shape, tree, checking)
    damaged = strange or len(found) < len(tree.entries)
    return _NOTHING if lacking or (shape.whole and damaged) else found


def _lacks(name: str, shape: Record, tree: Mapped, checking: _Check) -> None:
    """Complain of a key that a record needs, unless it is written and wrong."""
    if not any(pair.key == name for pair in tree.entries) and checking.explains():
        flaw = Flaw(
            message=f'{article(shape.name).capitalize()} needs the key "{name}".',
            hint=f"Write for example {shape.needed[name]}",
            code="missing-key",
        )
        checking.diagnostics.append(_problem(flaw, tree.position))


def _items(shape: Items, tree: Tree, checking: _Check) -> Any:
    if type(tree) is not Listed:
        return _misshapen(shape, tree, checking)
    read = ((_read(shape.of, item, checking), item) for item in tree.items)
    return tuple(Placed(content, item) for content, item in read if content is not _NOTHING)


def _entries(shape: Entries, tree: Tree, checking: _Check) -> Any:
    if type(tree) is not Mapped:
        return _misshapen(shape, tree, checking)
    found: dict[str, Placed] = {}
    for pair in tree.entries:
        content = _record(shape.of, pair.value, checking)
        if content is not _NOTHING or shape.keeps:
            found[pair.key] = Placed({} if content is _NOTHING else content, pair)
    return found


def _misshapen(shape: Record | Items | Entries, tree: Tree, checking: _Check) -> _Nothing:
    """Complain of a list where a mapping should be, and the like."""
    if not checking.explains():
        return _NOTHING
    match tree:
        case Mapped():
            seen = "a mapping"
        case Listed():
            seen = "a list"
        case Scalar():
            seen = f'"{shown(tree.text)}"' if tree.text else "nothing"
    flaw = Flaw(
        message=f"Expected {shape.wanted} here, found {seen}.",
        hint=f"Write for example {shape.example}, or delete the key.",
    )
    checking.diagnostics.append(_problem(flaw, tree.position))
    return _NOTHING


def _problem(flaw: Flaw, at: Position) -> Diagnostic:
    last_resort = (
        "Delete the key." if flaw.code == "unknown-key" else "Delete the line to leave it unmanaged."
    )
    return problem(flaw.code, flaw.message, at=at, hint=flaw.hint or last_resort)
