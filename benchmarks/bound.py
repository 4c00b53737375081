"""The shortest time in which requests can be answered, by the throttle's arithmetic and a stand-in's log."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmarks.stand_in import Asked, Log

HIGH_WATER = 700
_RESERVED = 50
_OUTFLOW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The least time for a log of requests, and what it is made of.

    Attributes:
        seconds: the bound.
        slots: how many requests may be in flight.
        alone: requests during which no other was in flight, counted one after the other.
        crowd: the others, M of them; wait and cost are their w and k.

    """

    seconds: float
    slots: int
    alone: int
    crowd: int
    wait: float
    cost: float

    def __str__(self) -> str:
        """Say what the bound was reckoned from."""
        return (
            f"M {self.crowd:,}, w {1000 * self.wait:.0f} ms, k {self.cost:.3f}, c {self.slots}, "
            f"{self.alone} requests alone"
        )


def bound(log: Log) -> Bound:
    """Return serial + max(M*w/c, (M*k - (H - R*c))/O) for what was asked."""
    slots = math.ceil(HIGH_WATER / _RESERVED) - 1
    alone, crowd = _parted(log)
    count = len(crowd)
    wait = sum(one.ended - one.started for one in crowd) / count if count else 0.0
    drain = (count * log.cost - (HIGH_WATER - _RESERVED * slots)) / _OUTFLOW
    serial = sum(one.ended - one.started for one in alone)
    return Bound(
        seconds=serial + max(count * wait / slots, drain, 0.0),
        slots=slots,
        alone=len(alone),
        crowd=count,
        wait=wait,
        cost=log.cost,
    )


def _parted(log: Log) -> tuple[list[Asked], list[Asked]]:
    """Return the requests during which no other was in flight, and the rest."""
    ordered = sorted(log.asked, key=lambda one: one.started)
    alone: list[Asked] = []
    crowd: list[Asked] = []
    ended = -math.inf
    for one, following in zip(ordered, [*ordered[1:], None], strict=True):
        free = one.started >= ended and (following is None or following.started >= one.ended)
        (alone if free else crowd).append(one)
        ended = max(ended, one.ended)
    return alone, crowd
