"""Find what stands at a place inside a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from coursesync.diagnostics import Position
from coursesync.manifest.tree import Listed, Mapped, Scalar, Tree

# The keys and numbers, as text, that lead to a value.
Location = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What stands at a location: where its key is, if it has one, and its value."""

    key: Position
    value: Tree


def finder(tree: Tree) -> Callable[[Location], Spot]:
    """Make the function that returns what stands at a location in a value, or else nearest above it."""
    index: dict[int, dict[str, Spot]] = {}
    return partial(_find, Spot(key=tree.position, value=tree), index)


def _find(top: Spot, index: dict[int, dict[str, Spot]], location: Location) -> Spot:
    spot = top
    for step in location:
        known = index.setdefault(id(spot.value), {})
        if not known:
            known.update(_inside(spot.value))
        if step not in known:
            return spot
        spot = known[step]
    return spot


def _inside(tree: Tree) -> dict[str, Spot]:
    """Return what stands in a value, by key or number."""
    match tree:
        case Mapped():
            return {pair.key: Spot(key=pair.position, value=pair.value) for pair in tree.entries}
        case Listed():
            return {str(i): Spot(key=item.position, value=item) for i, item in enumerate(tree.items)}
        case Scalar():
            return {}
