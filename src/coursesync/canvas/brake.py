"""What refusals, failures and queues do: fewer requests in flight for some time, or none for a moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

# More is never in flight.
CEILING = 64
# How many are at first where Canvas does not tell what its bucket holds.
CAREFUL = 4

# What is left of the requests in flight after bad news.
_AFTER_REFUSAL, _AFTER_FAILURE, _AFTER_CROWD = 0.5, 0.7, 0.8
# Seconds.
_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_ASKED = 0.5, 10.0, 60.0


@dataclass(slots=True)
class Brake:
    """A bound on requests in flight that falls at bad news and rises with good answers.

    `started` is when the request was sent that brought the news, `in_flight` how many others are left.

    Attributes:
        cap: the bound.
        why: what it fell for last.

    """

    cap: float = math.inf
    why: str = ""
    _fell: float = -math.inf
    _rounds: int = 0
    _until: float = 0.0

    def held(self, now: float) -> float:
        """Return the seconds for which nobody may start."""
        return max(0.0, self._until - now)

    def answered(self) -> None:
        """Take in that Canvas works."""
        self._rounds = 0

    def rise(self) -> None:
        """Raise the bound by one per round of answers."""
        if self.cap < CEILING:
            self.cap += 1 / self.cap

    def ease(self, now: float, started: float, in_flight: int, why: str) -> None:
        """Lower the bound a little."""
        self._fall(now, started, in_flight, _AFTER_CROWD, why)

    def failed(self, now: float, started: float, in_flight: int, *, usual: float) -> None:
        """Lower the bound after a failure, and pause when there was no answer since the last one.

        usual: the seconds an answer takes. One failure may be chance; after a second round of them, more
        requests would be no help to a Canvas that is down.
        """
        if self._fall(now, started, in_flight, _AFTER_FAILURE, "failures"):
            self._rounds += 1
            if self._rounds > 1:
                self._pause(now, self._backoff(self._rounds - 1, usual))

    def refused(
        self,
        now: float,
        started: float,
        in_flight: int,
        *,
        usual: float,
        draining: float,
        asked: float,
        chance: float,
    ) -> None:
        """Lower the bound after a refusal and pause, but no longer than the bucket needs to drain.

        What fills the bucket is mostly requests under way, which end sooner than it drains. asked: the
        seconds Canvas asks for. chance, from 0 to 1, keeps clients from coming back together.
        """
        if self._fall(now, started, in_flight, _AFTER_REFUSAL, "refusals"):
            self._rounds += 1
        seconds = max(_FIRST_PAUSE, min(draining, self._backoff(self._rounds, usual)))
        self._pause(now, max(min(asked, _LONGEST_ASKED), seconds * (1 + chance / 2)))

    def _fall(self, now: float, started: float, in_flight: int, factor: float, why: str) -> bool:
        """Lower the bound, once for all requests that were under way together; tell whether it fell."""
        if started < self._fell:
            return False
        self.cap = max(1.0, min(self.cap, in_flight + 1) * factor)
        self.why = why
        self._fell = now
        return True

    def _backoff(self, rounds: int, usual: float) -> float:
        return min(max(_FIRST_PAUSE, usual) * 2.0 ** max(0, rounds - 1), _LONGEST_PAUSE)

    def _pause(self, now: float, seconds: float) -> None:
        self._until = max(self._until, now + seconds)
