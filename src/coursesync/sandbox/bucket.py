"""Canvas's leaky bucket: one per access token, reserved on arrival, corrected when the request ends.

Canvas: app/middleware/request_throttle.rb and its increment_bucket.lua.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MAXIMUM = 800.0
OUTFLOW = 10.0
UP_FRONT = 50.0
_FORGOTTEN_AFTER = 3600.0


@dataclass(slots=True)
class _Bucket:
    level: float = 0.0
    touched: float = 0.0


@dataclass(slots=True, kw_only=True)
class Throttle:
    """The buckets of every caller.

    Attributes:
        hwm: the level at which a request is refused.
        clock: monotonic seconds.

    """

    hwm: int
    clock: Callable[[], float]
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def admit(self, caller: str) -> bool:
        """Reserve a request; False, with nothing kept of the reservation, where the bucket is full."""
        if self._touch(caller, UP_FRONT) >= self.hwm:
            self._touch(caller, -UP_FRONT)
            return False
        return True

    def settle(self, caller: str, cost: float) -> None:
        """Replace the reservation of an admitted request by what it cost."""
        self._touch(caller, cost - UP_FRONT)

    def remaining(self, caller: str) -> float:
        """Return what Canvas tells the caller: the other requests in flight count as reserved."""
        return self.hwm - self._buckets[caller].level

    def _touch(self, caller: str, amount: float) -> float:
        now = self.clock()
        bucket = self._buckets.setdefault(caller, _Bucket(touched=now))
        if now - bucket.touched > _FORGOTTEN_AFTER:
            bucket.level = 0.0
        # The drain is not floored before the amount is added; only the sum is clamped.
        drained = bucket.level - OUTFLOW * (now - bucket.touched) if bucket.level > 0 else bucket.level
        bucket.level = min(MAXIMUM, max(0.0, drained + amount))
        bucket.touched = now
        return bucket.level
