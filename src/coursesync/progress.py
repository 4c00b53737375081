"""How far long work has come, told to whoever shows it; this package shows nothing itself."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def begin(self, doing: str, total: int) -> None:
        """Start a stretch of work: what is done, like `Reading courses`, and how many there are."""

    def advance(self, count: int = 1) -> None:
        """Count some of them as done."""

    def end(self) -> None:
        """End the stretch of work."""


class Silent:
    """Nobody wants to know."""

    def begin(self, doing: str, total: int) -> None:
        """Do nothing."""

    def advance(self, count: int = 1) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""
