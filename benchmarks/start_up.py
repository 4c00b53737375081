"""Start-up: `coursesync --version`, the whole process, against a Python that only imports click."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from operator import attrgetter

from benchmarks.process import COURSESYNC, spent
from benchmarks.row import Row

_PAIRS = 25
_TARGET = 2.0


def start_up() -> Iterator[Row]:
    """Yield the ratios of the wall and of the processor time, each the median of pairs run in turn."""
    pairs = [
        (spent([COURSESYNC, "--version"]), spent([sys.executable, "-c", "import click"]))
        for _ in range(_PAIRS)
    ]
    for name, of in (("wall", attrgetter("wall")), ("processor", attrgetter("cpu"))):
        ours, other = ([of(pair[place]) for pair in pairs] for place in (0, 1))
        yield Row(
            what=f"`coursesync --version` against `import click`, {name} time",
            ours=f"{1000 * statistics.median(ours):.0f} ms",
            other=f"{1000 * statistics.median(other):.0f} ms",
            ratio=statistics.median(mine / theirs for mine, theirs in zip(ours, other, strict=True)),
            target=_TARGET,
        )
