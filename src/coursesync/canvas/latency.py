"""How long answers take and what they cost, on average and for one kind of request."""

from __future__ import annotations

from dataclasses import dataclass, field

# The weight of a new observation in a mean.
_WEIGHT = 0.1
_QUICK_WEIGHT = 0.3
# A latency so much above its lowest is a queue; below half of that it is none. Seconds, against jitter.
_GROWN, _JITTER = 2.0, 0.1
# The lowest creeps upwards, so that a Canvas that became slower for good is no queue for ever.
_CREEP = 1.01


@dataclass(slots=True)
class _Kind:
    lowest: float
    recent: float


@dataclass(slots=True)
class Latency:
    """What was seen of answers.

    Attributes:
        mean: seconds an answer takes; None before the first.
        cost: what an answer costs of the bucket.

    """

    mean: float | None = None
    cost: float = 0.0
    _kinds: dict[str, _Kind] = field(default_factory=dict)

    def learn(self, kind: str, seconds: float, cost: float) -> bool:
        """Take in an answer; return False where answers of its kind take clearly longer than they could."""
        if self.mean is None:
            self.mean, self.cost = seconds, cost
        self.mean += (seconds - self.mean) * _WEIGHT
        self.cost += (cost - self.cost) * _WEIGHT
        seen = self._kinds.setdefault(kind, _Kind(seconds, seconds))
        seen.lowest = min(seconds, seen.lowest * _CREEP)
        seen.recent += (seconds - seen.recent) * _QUICK_WEIGHT
        return seen.recent < seen.lowest * _GROWN + _JITTER
