"""How full the bucket of our token is at most, from what we sent and what Canvas told; it never waits.

Canvas keeps one leaky bucket per token. A request that would raise it to its mark is refused; any other
reserves RESERVED while it runs and leaves its cost, and DRAIN flows out per second. What we count is never
less than what our own requests hold there: a slot counts from before the request is sent until its answer is
here, and Canvas lets reservations drain too, which is not relied on. So who is alone is never refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Canvas: app/middleware/request_throttle.rb and its increment_bucket.lua (up_front_cost, outflow, maximum).
RESERVED = 50.0
DRAIN = 10.0
_FULLEST = 800.0
# The mark in the code; hosts set a higher one, so that it is learned from x-rate-limit-remaining.
LOWEST_MARK = 600.0
# Marks are round numbers: what is missing to the next one is what the bucket holds.
_ROUND = 100.0
# No host has a mark near it, and beyond it the mark bounds nothing; a header that says more is wrong, and
# believing it once would keep us waiting for months.
_HIGHEST = 4000.0
# Left to people who work with the same token: one request.
MARGIN = 50.0

# An answer tells what the bucket held when it was made, at most so many seconds ago.
_ON_THE_WAY = 1.0
# The load of others is believed in for some seconds after it was seen, and then forgotten, so much a second.
_HELD, _FORGOTTEN = 3.0, 25.0
# That there are others is remembered longer.
_SHARED = 20.0
# Less than this is no sign of others: costs are told rounded, and clocks differ.
_BLUR = 5.0
# Who shares the bucket slows down before it is full: when fewer than three more requests fit.
_CROWDED = 150.0
# How often to look whether the load of others is forgotten, when nothing of ours is under way.
_LOOK_AGAIN = 1.0


@dataclass(slots=True)
class Bucket:
    """What is known of the bucket; `advance` tells it the time, in seconds, before anything else does.

    Attributes:
        in_flight: our requests that hold a reservation, or may.
        high_water: the level at which Canvas refuses, as far as it was seen.
        remaining: what was left to it by the last answer; None before Canvas told.
        spent: what our requests have cost altogether.

    """

    in_flight: int = 0
    high_water: float = LOWEST_MARK
    remaining: float | None = None
    spent: float = 0.0
    _now: float = 0.0
    _debt: float = 0.0
    _foreign: float = 0.0
    _foreign_at: float = -math.inf
    _shared_at: float = -math.inf
    _peak: float = 0.0
    _peak_before: float = 0.0
    _peak_since: float = 0.0

    def advance(self, now: float) -> None:
        """Let time pass: costs drain, and what was seen of others fades."""
        before, self._now = self._now, max(now, self._now)
        self._debt = max(0.0, self._debt - DRAIN * (self._now - before))
        fading = self._now - max(before, self._foreign_at + _HELD)
        if fading > 0:
            self._foreign = max(0.0, self._foreign - _FORGOTTEN * fading)
        if self._now > self._peak_since + _ON_THE_WAY:
            recent = self._now < self._peak_since + 2 * _ON_THE_WAY
            self._peak_before = self._peak if recent else self._own
            self._peak, self._peak_since = self._own, self._now

    @property
    def room(self) -> float:
        """Return what would be left beyond the margin with one more request in flight."""
        room = self.high_water - MARGIN - self._foreign - self._own - RESERVED
        if self._foreign > _BLUR:
            # Who has more leaves the other one a request to grow by, and who has less takes it.
            room += RESERVED if self._own < self._foreign else -RESERVED
        return room

    @property
    def free(self) -> float:
        """Return what the costs of so many requests as are in flight may use before they have to drain."""
        return max(0.0, self.high_water - self._foreign - self._own)

    @property
    def shared(self) -> bool:
        """Tell whether somebody else was seen at work with our token lately."""
        return self._now < self._shared_at + _SHARED

    @property
    def crowded(self) -> bool:
        """Tell whether the bucket is shared, and the last answer found it nearly full."""
        return self.shared and self.remaining is not None and self.remaining < _CROWDED

    @property
    def wait(self) -> float | None:
        """Return the seconds until there may be room if nothing ends; None: not before something does."""
        lacking = -self.room
        if lacking < self._debt:
            return max(0.0, lacking) / DRAIN + 0.001
        return None if self.in_flight else _LOOK_AGAIN

    def take(self) -> None:
        """Count a request that is about to be sent."""
        self.in_flight += 1
        self._peak = max(self._peak, self._own)

    def put_back(self, cost: float) -> None:
        """Count what a request left behind; RESERVED where it may still be running."""
        self.in_flight -= 1
        self.spent += cost
        self._owe(cost)

    def learn(self, remaining: float, *, cost: float, meanwhile: float, alone: bool) -> None:
        """Take in what the answer to a request that was put back says of the whole bucket.

        cost: of that request. meanwhile: what others of ours cost while it was under way. alone: nothing is
        known of the bucket yet, and nothing else of ours was under way.
        """
        self.remaining = remaining = min(max(remaining, -_FULLEST), _HIGHEST)
        if remaining > self.high_water:
            mark = math.ceil(remaining / _ROUND) * _ROUND
            # What is left stays the same: the bucket held more at first than it seemed to.
            self._owe(mark - self.high_water)
            self.high_water = mark
        level = self.high_water - remaining
        if alone:
            self._debt = min(level, _FULLEST)
            return
        self._debt = min(self._debt, level + meanwhile)
        foreign = level - cost - (max(self._peak, self._peak_before) - RESERVED)
        if foreign > _BLUR:
            self._shared_at = self._now
            if foreign >= self._foreign:
                self._foreign, self._foreign_at = foreign, self._now

    @property
    def _own(self) -> float:
        return self._debt + RESERVED * self.in_flight

    def _owe(self, cost: float) -> None:
        self._debt = min(self._debt + cost, _FULLEST)
