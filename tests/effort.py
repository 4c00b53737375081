"""How hard the tests of trust try, and what they tried: counted over all workers, printed at the end.

`make soak` sets COURSESYNC_SOAK, which multiplies the effort; see docs/reliability.md.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

# Read before any test runs, as the environment of tests is emptied of what is ours.
SOAK = bool(os.environ.get("COURSESYNC_SOAK"))

_PREFIX = "tried: "

# What the fixture `tally` gives: called with what was tried, and how often.
Tally = Callable[[str, int], None]


def times(usual: int, *, soak: int) -> int:
    """Return how often to try something: in CI, or in a soak."""
    return soak if SOAK else usual


def tally_of(record: Callable[[str, object], None]) -> Tally:
    """Return a counter that goes along with the report of a test, from whatever worker ran it."""

    def tally(what: str, count: int) -> None:
        record(_PREFIX + what, count)

    return tally


def counted(reports: Iterable[pytest.TestReport]) -> Counter[str]:
    """Return everything that tests counted, added up."""
    found: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name.startswith(_PREFIX) and isinstance(value, int):
                found[name.removeprefix(_PREFIX)] += value
    return found
