"""Try a check on many inputs: each ends soon, and with nothing but what the check allows."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.effort import Tally, times

T = TypeVar("T")

# Detectors of a hang, not measures of speed: what is tried takes milliseconds.
MOST_CPU, MOST_WALL = 5.0, 60.0


class TookTooLong(BaseException):
    """An input kept us busy, or waiting, as if for ever."""


def fuzz(
    inputs: st.SearchStrategy[T], check: Callable[[T], None], *, tally: Tally, usual: int, soak: int
) -> None:
    """Try a check on so many inputs, in CI or in a soak, and count them."""
    tried = 0

    @given(inputs)
    @settings(
        max_examples=times(usual, soak=soak),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Kept in the way of those who shrink by hand, and of no use for the tests of another day.
        database=None,
    )
    def one(given_input: T) -> None:
        nonlocal tried
        tried += 1
        with soon():
            check(given_input)

    one()
    tally("inputs fuzzed", tried)


@contextmanager
def soon() -> Iterator[None]:
    """Raise TookTooLong inside of what neither ends nor fails."""

    def late(_: int, __: FrameType | None) -> Any:
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, late), signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU)
    signal.setitimer(signal.ITIMER_REAL, MOST_WALL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGPROF, before[0])
        signal.signal(signal.SIGALRM, before[1])
