"""Time as a run sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from coursesync.catalogue.moments import format_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the run sees it: the moment in UTC, and a way to wait (seconds)."""

    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]

    @property
    def today(self) -> date:
        """Return the date in UTC."""
        return self.now().date()

    @property
    def stamp(self) -> str:
        """Return the moment as documents write it."""
        return format_instant(self.now())
