"""Places inside a document: find one, leave some out, or leave all places behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from coursesync.catalogue.types import Node
from coursesync.diagnostics import Position
from coursesync.manifest.yaml import Listed, Mapped, Scalar, Tree

# The keys and indices that lead to a value.
Location = tuple[int | str, ...]


def plain(tree: Tree) -> Node:
    """Return a tree without its places, in the form the catalogue parses."""
    match tree:
        case Scalar():
            return tree.literal
        case Listed():
            return [plain(item) for item in tree.items]
        case Mapped():
            return {pair.key: plain(pair.value) for pair in tree.entries}


def without(tree: Tree, locations: Sequence[Location], path: Location = ()) -> Tree | None:
    """Return a tree without what stands at the locations; a profile is emptied, and its name stays known."""
    if () in locations:
        return Mapped(entries=(), position=tree.position) if path[:1] == ("profiles",) == path[:-1] else None
    below: dict[int | str, list[Location]] = {}
    for first, *rest in locations:
        below.setdefault(first, []).append(tuple(rest))
    match tree:
        case Mapped():
            if not below.keys() <= {pair.key for pair in tree.entries} or _widens(path):
                # A key is missing, so that the whole is of no use.
                return None
            pairs = tuple(
                pair if kept is pair.value else type(pair)(key=pair.key, position=pair.position, value=kept)
                for pair in tree.entries
                if (kept := _kept(pair.value, below.get(pair.key), (*path, pair.key))) is not None
            )
            return Mapped(entries=pairs, position=tree.position)
        case Listed():
            items = (_kept(item, below.get(i), (*path, i)) for i, item in enumerate(tree.items))
            return Listed(items=tuple(item for item in items if item is not None), position=tree.position)
        case Scalar():
            return None


def _widens(path: Location) -> bool:
    """Tell whether what is left of a value would say more than the whole: conditions of a policy would."""
    return len(path) == 3 and path[0] == "policies" and path[2] == "select"


def _kept(tree: Tree, locations: Sequence[Location] | None, path: Location) -> Tree | None:
    return tree if locations is None else without(tree, locations, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What stands at a location: where its key is, if it has one, and its value."""

    key: Position
    value: Tree


def finder(tree: Tree) -> Callable[[Location], Spot]:
    """Make the function that returns what stands at a location, or what stands nearest above it."""
    index: dict[int, dict[int | str, Spot]] = {}
    return partial(_find, Spot(key=tree.position, value=tree), index)


def _find(top: Spot, index: dict[int, dict[int | str, Spot]], location: Location) -> Spot:
    spot = top
    for step in location:
        known = index.setdefault(id(spot.value), {})
        if not known:
            known.update(_inside(spot.value))
        if step not in known:
            return spot
        spot = known[step]
    return spot


def _inside(tree: Tree) -> dict[int | str, Spot]:
    """Return what stands in a value, by key or number; a number in a path may come as text."""
    match tree:
        case Mapped():
            return {pair.key: Spot(key=pair.position, value=pair.value) for pair in tree.entries}
        case Listed():
            spots = [Spot(key=item.position, value=item) for item in tree.items]
            return {**dict(enumerate(spots)), **{str(number): spot for number, spot in enumerate(spots)}}
        case Scalar():
            return {}
