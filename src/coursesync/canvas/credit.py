"""How many requests may be in flight: what was sent and answered becomes a yes or no, without waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from coursesync.canvas.brake import CAREFUL, CEILING, Brake
from coursesync.canvas.bucket import DRAIN, MARGIN, RESERVED, Bucket
from coursesync.canvas.latency import Latency

# Requests of ours that wait inside Canvas: if fewer, one more may be sent; if more, it was too many.
_SHORT_QUEUE, _LONG_QUEUE = 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to send one request: when it was given, and what our requests had cost altogether by then."""

    started: float
    spent: float


@dataclass(slots=True)
class Credit:
    """The rules by which requests start; every method is told the time, in seconds.

    The first request goes alone, and its answer shows how many more the bucket of the token can take: they
    start at once. From then on the bucket is what counts. The brake adds to that what the bucket does not
    know: refusals, failures, others with the same token, and queues where Canvas tells nothing of a bucket.

    Attributes:
        most: the user's bound on requests in flight.
        refusals: how often Canvas asked to slow down.

    """

    most: int | None = None
    refusals: int = 0
    bucket: Bucket = field(default_factory=Bucket)
    brake: Brake = field(default_factory=Brake)
    latency: Latency = field(default_factory=Latency)
    _answered: bool = False

    def free(self, now: float) -> bool:
        """Tell whether a request may start now."""
        self.bucket.advance(now)
        if self.brake.held(now) or self.bucket.in_flight >= self.limit:
            return False
        # Who waited until there is room for one is let go, whatever was lost in rounding.
        return self.bucket.room > (0 if self.bucket.in_flight else -1)

    def wait(self, now: float) -> float | None:
        """Return the seconds until a request may start if none ends; None: not before one does."""
        self.bucket.advance(now)
        if held := self.brake.held(now):
            return held
        return None if self.bucket.in_flight >= self.limit else self.bucket.wait

    @property
    def limit(self) -> int:
        """Return the most requests in flight, whatever the bucket holds."""
        if not self._answered:
            return 1
        user = CEILING if self.most is None else self.most
        return max(1, int(min(CEILING, self.brake.cap, user)))

    def allowed(self, now: float) -> int:
        """Return how many requests could be in flight now."""
        self.bucket.advance(now)
        fit = self.bucket.in_flight + math.ceil(self.bucket.room / RESERVED)
        return max(0, min(self.limit, fit))

    def start(self, now: float) -> Slot:
        """Take a slot."""
        self.bucket.advance(now)
        self.bucket.take()
        return Slot(now, self.bucket.spent)

    def unsent(self, now: float) -> None:
        """Give a slot back whose request never left."""
        self.bucket.advance(now)
        self.bucket.put_back(0.0)

    def lost(self, now: float) -> None:
        """Give a slot back whose request may still run at Canvas, and hold its reservation there."""
        self.bucket.advance(now)
        self.bucket.put_back(RESERVED)

    def answered(
        self, now: float, slot: Slot, *, kind: str, cost: float | None, remaining: float | None
    ) -> None:
        """Give a slot back and learn from the answer.

        kind: a name for requests that take about as long. cost, remaining: what Canvas told, if it did.
        """
        blind = self.bucket.remaining is None
        paid = self.latency.cost if cost is None else cost
        queue = self.latency.learn(kind, now - slot.started, paid)
        self._put_back(now, slot, cost=paid, remaining=remaining)
        self.brake.answered()
        if remaining is None and blind:
            self._answered_blindly(now, slot, queue)
        elif blind:
            self.brake.cap = math.inf
        elif self.bucket.crowded:
            self.brake.ease(now, slot.started, self.bucket.in_flight, "sharing")
        else:
            self.brake.rise()
        self._answered = True

    def _answered_blindly(self, now: float, slot: Slot, queue: float) -> None:
        queued = queue * (self.bucket.in_flight + 1)
        if not self._answered:
            self.brake.cap = CAREFUL
        elif queued > _LONG_QUEUE:
            self.brake.ease(now, slot.started, self.bucket.in_flight, "latency")
        elif queued < _SHORT_QUEUE:
            self.brake.rise()

    def refused(
        self, now: float, slot: Slot, *, remaining: float | None, asked: float, chance: float
    ) -> None:
        """Give a slot back whose request Canvas refused unread; nobody starts for a while.

        asked: for how many seconds at least. chance, from 0 to 1, spreads clients apart.
        """
        self.refusals += 1
        self._put_back(now, slot, cost=0.0, remaining=remaining)
        self.brake.refused(
            now,
            slot.started,
            self.bucket.in_flight,
            usual=self.latency.mean or 0.0,
            draining=(RESERVED + MARGIN - (remaining or 0.0)) / DRAIN,
            asked=asked,
            chance=chance,
        )

    def failed(self, now: float, slot: Slot, *, arrived: bool) -> None:
        """Give a slot back whose request failed; `arrived`: Canvas may be at work on it."""
        self.bucket.advance(now)
        self.bucket.put_back(RESERVED if arrived else 0.0)
        self.brake.failed(now, slot.started, self.bucket.in_flight, usual=self.latency.mean or 0.0)

    def _put_back(self, now: float, slot: Slot, *, cost: float, remaining: float | None) -> None:
        self.bucket.advance(now)
        meanwhile = self.bucket.spent - slot.spent
        self.bucket.put_back(cost)
        if remaining is not None:
            self.bucket.learn(remaining, cost=cost, meanwhile=meanwhile, alone=not self._answered)

    def seconds(self, now: float, requests: int) -> float | None:
        """Return how long so many requests would take as things are; None before the first answer."""
        if self.latency.mean is None:
            return None
        slots = max(1, self.allowed(now))
        drained = (requests * self.latency.cost - self.bucket.free) / DRAIN
        return max(0.0, requests * self.latency.mean / slots, drained)

    def held_by(self, now: float) -> str | None:
        """Name what holds the next request back, if anything does."""
        if self.free(now):
            return None
        if not self._answered:
            return "first answer"
        if self.brake.held(now):
            return self.brake.why
        if self.bucket.in_flight >= self.limit:
            return "parallelism" if self.limit == self.most else self.brake.why or "latency"
        return "sharing" if self.bucket.shared else "credit"
