"""Lists in which everything stands once, so that the rest of a page can point to it by number."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

# In place of a number: there is nothing.
NOTHING = -1


class Pool(Generic[T]):
    """Keep each item once, in the order of first use."""

    def __init__(self) -> None:
        self._places: dict[T, int] = {}

    def place(self, item: T) -> int:
        """Return the number of an item."""
        return self._places.setdefault(item, len(self._places))

    def items(self) -> list[T]:
        """Return all items; the number of each is its place."""
        return list(self._places)
