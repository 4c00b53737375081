"""`python -m benchmarks` runs all and writes RESULTS.md; with names it only shows those."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from benchmarks.applying import applying
from benchmarks.loading import loading
from benchmarks.machine import machine
from benchmarks.overhead import overhead
from benchmarks.page import page
from benchmarks.planning import planning, planning_at_the_limit
from benchmarks.row import Row, table
from benchmarks.start_up import start_up

BENCHMARKS: Mapping[str, Callable[[], Iterator[Row]]] = {
    "start-up": start_up,
    "loading": loading,
    "plan": planning,
    "limit": planning_at_the_limit,
    "apply": applying,
    "overhead": overhead,
    "page": page,
}
_RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = "<!-- Written by `make bench`. -->\n\n# What was measured\n\n"


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; return 1 for a name there is not."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        click.echo(f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}.", err=True)
        return 1
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        click.echo(f"{name} ...", err=True)
        rows += BENCHMARKS[name]()
    click.echo(table(rows))
    if not names:
        _RESULTS.write_text(f"{_HEAD}{machine()}\n{table(rows)}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
