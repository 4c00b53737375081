"""How long answers take and what they cost, on average and for one kind of request."""

from __future__ import annotations

from dataclasses import dataclass, field

# The weight of a new observation in a mean.
_WEIGHT = 0.1


@dataclass(slots=True)
class _Kind:
    recent: float
    lowest: float


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

    def learn(self, kind: str, seconds: float, cost: float) -> float:
        """Take in an answer, and return the part of 1 that its kind now seems to spend in a queue."""
        if self.mean is None:
            self.mean, self.cost = seconds, cost
        self.mean += (seconds - self.mean) * _WEIGHT
        self.cost += (cost - self.cost) * _WEIGHT
        seen = self._kinds.setdefault(kind, _Kind(seconds, seconds))
        seen.recent += (seconds - seen.recent) * _WEIGHT
        # The lowest mean, not the lowest value: what takes longer by its nature waits for nobody.
        seen.lowest = min(seen.lowest, seen.recent)
        return 1 - seen.lowest / seen.recent if seen.recent > 0 else 0.0
