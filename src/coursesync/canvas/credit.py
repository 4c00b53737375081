"""How many requests may be in flight: what Canvas told and what we sent become a number, without waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from coursesync.canvas.latency import Latency

# Canvas counts every token's requests in a leaky bucket and refuses the one that would raise it to its mark.
# A request holds RESERVED while it runs and leaves its cost; DRAIN flows out per second. The mark is 600 in
# the code and higher where Canvas is hosted (Canvas: request_throttle.rb, increment_bucket.lua).
RESERVED = 50.0
DRAIN = 10.0
LOWEST_MARK = 600.0
FULLEST = 800.0
# Marks are round numbers: what is missing to the next one is what the bucket still holds.
_ROUND = 100.0
# Left to people who work with the same token: one request.
MARGIN = 50.0

# How long the load of somebody else is believed in after it was seen, and how fast it is forgotten then.
_HELD, _FORGET = 3.0, 25.0
_SHARED, _CROWDED, _CROWD_FACTOR = 20.0, 150.0, 0.8
# What is read into a number is not sharper than this.
_BLUR = 5.0
# A reply says what the bucket held when it was made, which is at most so long ago.
_ON_THE_WAY = 1.0

_AFTER_REFUSAL, _AFTER_FAILURE, _AFTER_QUEUE = 0.5, 0.7, 0.8
_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_ASKED = 0.5, 10.0, 60.0
# More is never in flight, whatever the headers say.
CEILING = 64
# Where nothing is told about the bucket.
_BLIND_START = 4.0
# Requests of ours that wait inside Canvas: fewer, and one more may be sent; more, and it was too many.
_SHORT_QUEUE, _LONG_QUEUE = 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to send one request; when it was given, and what all requests had cost by then."""

    started: float
    spent: float


@dataclass(slots=True)
class Credit:
    """What is known of the bucket of our token; every method is told the time in seconds.

    Attributes:
        most: the user's bound on requests in flight.
        in_flight: requests that hold a slot.
        high_water: the level at which Canvas refuses, as far as it was seen.
        remaining: what the last reply left until then.
        refusals: how often Canvas asked to slow down.

    """

    most: int | None = None
    in_flight: int = 0
    high_water: float = LOWEST_MARK
    remaining: float | None = None
    refusals: int = 0
    latency: Latency = field(default_factory=Latency)
    _cap: float = math.inf
    _debt: float = 0.0
    _at: float = 0.0
    _spent: float = 0.0
    _foreign: float = 0.0
    _foreign_seen: float = 0.0
    _peak: float = 0.0
    _peak_before: float = 0.0
    _peak_since: float = 0.0
    _alone: bool = True
    _gate: float = 0.0
    _cut_at: float = -math.inf
    _shared_at: float = -math.inf
    _strikes: int = 0

    def free(self, now: float) -> bool:
        """Tell whether a request may start now."""
        self._pass(now)
        if now < self._gate or self.in_flight >= self.limit:
            return False
        # Who waited for the one request of `cooling` may send it, whatever was lost in rounding.
        return self._room > (0 if self.in_flight else -1)

    @property
    def limit(self) -> int:
        """Return the most requests in flight, whatever the bucket holds."""
        if self._alone:
            return 1
        bounds = [CEILING, self._cap]
        if self.most is not None:
            bounds.append(self.most)
        return max(1, int(min(bounds)))

    def allowed(self, now: float) -> int:
        """Return how many requests could be in flight now."""
        self._pass(now)
        room = self._room + RESERVED * self.in_flight
        return max(min(self.limit, math.ceil(room / RESERVED)), 0)

    def wait(self, now: float) -> float | None:
        """Return the seconds until a request may start if nothing else happens; None: only after a reply."""
        self._pass(now)
        if now < self._gate:
            return self._gate - now
        if self.in_flight >= self.limit:
            return None
        lacking = -self._room
        if self.in_flight and lacking >= self._debt + self._foreign:
            return None
        if lacking < self._debt:
            return lacking / DRAIN + 0.001
        return max(_HELD / 4, lacking / (DRAIN + _FORGET))

    def start(self, now: float) -> Slot:
        """Take a slot."""
        self._pass(now)
        self.in_flight += 1
        self._peak = max(self._peak, self._own)
        return Slot(now, self._spent)

    def unsent(self, now: float) -> None:
        """Give a slot back whose request never left."""
        self._pass(now)
        self.in_flight -= 1

    def lost(self, now: float) -> None:
        """Give a slot back whose request may still run at Canvas and hold its reservation there."""
        self._pass(now)
        self.in_flight -= 1
        self._owe(RESERVED)

    def answered(
        self, now: float, slot: Slot, *, kind: str, cost: float | None, remaining: float | None
    ) -> None:
        """Give a slot back and learn from what Canvas answered.

        kind: a name for requests that take about as long. cost, remaining: as Canvas told them, if it did.
        """
        self._pass(now)
        self.in_flight -= 1
        self._strikes = 0
        seconds = now - slot.started
        paid = cost if cost is not None else self.latency.cost
        queue = self.latency.learn(kind, seconds, paid)
        others = self._spent - slot.spent
        self._spent += paid
        self._owe(paid)
        if remaining is not None:
            self._learn(now, slot, remaining, paid=paid, others=others)
        elif self._alone:
            self._cap = _BLIND_START
        self._alone = False
        self._recover(now, slot, queued=0.0 if self.remaining is not None else queue * (self.in_flight + 1))

    def refused(
        self, now: float, slot: Slot, *, remaining: float | None, asked: float, chance: float
    ) -> None:
        """Give a slot back whose request Canvas refused unread; nobody starts for a while.

        asked: for how many seconds at least. chance, from 0 to 1, spreads clients apart.
        """
        self._pass(now)
        self.in_flight -= 1
        self.refusals += 1
        if remaining is not None:
            self._learn(now, slot, remaining, paid=0.0, others=self._spent - slot.spent)
        if self._cut(now, slot, _AFTER_REFUSAL):
            self._strikes += 1
        # What fills the bucket is mostly requests under way, and ends with them; the rest drains slowly.
        draining = (RESERVED + MARGIN - (remaining or 0.0)) / DRAIN
        pause = max(_FIRST_PAUSE, min(draining, self._pause(self._strikes))) * (1 + chance / 2)
        self._gate = max(self._gate, now + max(min(asked, _LONGEST_ASKED), pause))

    def failed(self, now: float, slot: Slot, *, arrived: bool) -> None:
        """Give a slot back whose request failed on the way or at a gateway; `arrived`: or perhaps later."""
        if arrived:
            self.lost(now)
        else:
            self.unsent(now)
        if self._cut(now, slot, _AFTER_FAILURE):
            self._strikes += 1
            # One failure may be chance; a second round of them, and a request more would not help.
            if self._strikes > 1:
                self._gate = max(self._gate, now + self._pause(self._strikes - 1))

    def _pause(self, strikes: int) -> float:
        return min(max(_FIRST_PAUSE, self.latency.mean or 0.0) * 2.0 ** (strikes - 1), _LONGEST_PAUSE)

    @property
    def shared(self) -> bool:
        """Tell whether somebody else was seen at work with our token lately."""
        return self._foreign > _BLUR

    def seconds(self, now: float, requests: int) -> float | None:
        """Return how long so many requests would take; None before the first answer."""
        if self.latency.mean is None:
            return None
        slots = max(1, self.allowed(now))
        credit = max(0.0, self.high_water - self._debt - self._foreign - RESERVED * slots)
        return max(requests * self.latency.mean / slots, (requests * self.latency.cost - credit) / DRAIN, 0.0)

    def why(self, now: float) -> str | None:
        """Name what holds the next request back."""
        if self.free(now):
            return None
        if now < self._gate:
            return "failures" if self._strikes else "refusals"
        if self._alone:
            return "first answer"
        if self.in_flight >= self.limit:
            if self.most is not None and self.in_flight >= self.most:
                return "parallelism"
            return "latency" if self.remaining is None else "failures"
        return "sharing" if self.shared else "credit"

    @property
    def _own(self) -> float:
        """Our part of the bucket's level, or less: Canvas drains reservations too, which is not relied on."""
        return self._debt + RESERVED * self.in_flight

    @property
    def _room(self) -> float:
        room = self.high_water - MARGIN - self._foreign - self._own - RESERVED
        if self._foreign > _BLUR:
            # Who has more leaves the other one a request to grow by; who has less takes it.
            room += RESERVED if self._own < self._foreign else -RESERVED
        return room

    def _pass(self, now: float) -> None:
        """Let time pass: the debt drains, what was seen of others fades."""
        seconds = max(0.0, now - self._at)
        self._at = max(now, self._at)
        self._debt = max(0.0, self._debt - DRAIN * seconds)
        if now > self._foreign_seen + _HELD:
            faded = min(seconds, now - self._foreign_seen - _HELD)
            self._foreign = max(0.0, self._foreign - _FORGET * faded)
        if now > self._peak_since + _ON_THE_WAY:
            self._peak_before = self._peak if now < self._peak_since + 2 * _ON_THE_WAY else self._own
            self._peak, self._peak_since = self._own, now

    def _owe(self, cost: float) -> None:
        self._debt = min(self._debt + cost, FULLEST)

    def _learn(self, now: float, slot: Slot, remaining: float, *, paid: float, others: float) -> None:
        """Take in what a reply says of the whole bucket; `others`: what came to an end while it was made."""
        if self.remaining is None and self._cap == _BLIND_START:
            self._cap = math.inf
        self.remaining = remaining
        if remaining > self.high_water:
            mark = math.ceil(remaining / _ROUND) * _ROUND
            # The headroom stays what it was: what the bucket held at first was more than we thought.
            self._owe(mark - self.high_water)
            self.high_water = mark
        level = self.high_water - remaining
        if self._alone:
            self._debt = min(level, FULLEST)
            return
        self._debt = min(self._debt, level + others)
        foreign = level - (max(self._peak, self._peak_before) - RESERVED + paid)
        if foreign > _BLUR:
            self._shared_at = now
            if foreign >= self._foreign:
                self._foreign, self._foreign_seen = foreign, now
        if now < self._shared_at + _SHARED and remaining < _CROWDED:
            self._cut(now, slot, _CROWD_FACTOR)

    def _cut(self, now: float, slot: Slot, factor: float) -> bool:
        """Lower the cap, once for all requests that started before it was lowered last."""
        if slot.started < self._cut_at:
            return False
        self._cap = max(1.0, min(self._cap, self.in_flight + 1.0) * factor)
        self._cut_at = now
        return True

    def _recover(self, now: float, slot: Slot, *, queued: float) -> None:
        """Raise the cap by one per round of answers, unless too many requests wait in a queue."""
        if queued > _LONG_QUEUE:
            self._cut(now, slot, _AFTER_QUEUE)
        elif queued < _SHORT_QUEUE and self._cap < CEILING:
            self._cap += 1 / self._cap
