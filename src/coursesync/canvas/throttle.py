"""The gate in front of Canvas: requests wait here, in order, until the credit of the token lets them go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from coursesync.canvas.credit import Credit, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast requests go now, for a progress display.

    Attributes:
        in_flight: requests under way.
        allowed: how many could be.
        remaining: what Canvas last said is left of its limit; None where it says nothing.
        high_water: the limit as far as it was seen; None where Canvas says nothing.
        refusals: how often Canvas asked to slow down.
        shared: whether something else was seen at work with the same token lately.
        limited_by: what the next request waits for, in a word or two; None where none waits.

    """

    in_flight: int
    allowed: int
    remaining: float | None
    high_water: float | None
    refusals: int
    shared: bool
    limited_by: str | None


class Throttle:
    """Lets requests start in the order they came, a repeated one first, as many as `Credit` allows."""

    def __init__(
        self,
        credit: Credit,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.credit = credit
        self._clock, self._sleep = clock, sleep
        self._waiting: deque[asyncio.Future[Slot]] = deque()
        self._timer: asyncio.Task[None] | None = None
        self._due = 0.0
        self._reached = 0.0

    @property
    def now(self) -> float:
        """Return the time; who has slept until a moment is past it, whatever the clock says."""
        return max(self._clock(), self._reached)

    @property
    def pace(self) -> Pace:
        """Return how fast requests go now."""
        credit, now = self.credit, self.now
        bucket = credit.bucket
        told = bucket.remaining is not None
        return Pace(
            in_flight=bucket.in_flight,
            allowed=credit.allowed(now),
            remaining=bucket.remaining,
            high_water=bucket.high_water if told else None,
            refusals=credit.refusals,
            shared=bucket.shared,
            limited_by=credit.held_by(now) if self._waiting else None,
        )

    async def enter(self, *, again: bool) -> Slot:
        """Wait for a slot; the caller gives it back through one of the methods below. again: go first."""
        now = self.now
        if not self._waiting and self.credit.free(now):
            return self.credit.start(now)
        turn: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        if again:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        self._admit()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.credit.unsent(self.now)
            self._admit()
            raise

    async def rest(self, seconds: float) -> None:
        """Wait, without a slot."""
        if not seconds:
            return
        until = self.now + seconds
        await self._sleep(seconds)
        self._reached = max(self._reached, until)

    def answered(self, slot: Slot, *, kind: str, cost: float | None, remaining: float | None) -> None:
        """Give back the slot of a request that Canvas answered."""
        self.credit.answered(self.now, slot, kind=kind, cost=cost, remaining=remaining)
        self._admit()

    def refused(self, slot: Slot, *, remaining: float | None, asked: float, chance: float) -> None:
        """Give back the slot of a request that Canvas refused unread; nobody starts for a while."""
        self.credit.refused(self.now, slot, remaining=remaining, asked=asked, chance=chance)
        self._admit()

    def failed(self, slot: Slot, *, arrived: bool) -> None:
        """Give back the slot of a request that failed; `arrived`: Canvas may be at work on it."""
        self.credit.failed(self.now, slot, arrived=arrived)
        self._admit()

    def lost(self) -> None:
        """Give back the slot of a request that was given up while under way."""
        self.credit.lost(self.now)
        self._admit()

    def unsent(self) -> None:
        """Give back the slot of a request that did not leave after all."""
        self.credit.unsent(self.now)
        self._admit()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _admit(self) -> None:
        """Let go whoever may; for the next one wait for a reply or for the moment of enough credit."""
        now = self.now
        while self._waiting:
            if self._waiting[0].done():
                self._waiting.popleft()
            elif self.credit.free(now):
                self._waiting.popleft().set_result(self.credit.start(now))
            else:
                self._wake_in(now, self.credit.wait(now))
                return
        self.close()

    def _wake_in(self, now: float, seconds: float | None) -> None:
        if seconds is None or (self._timer is not None and self._due <= now + seconds):
            return
        self.close()
        self._due = now + seconds
        self._timer = asyncio.get_running_loop().create_task(self._wake(seconds))

    async def _wake(self, seconds: float) -> None:
        await self.rest(seconds)
        self._timer = None
        self._admit()
