"""One line of the results: a ratio of two measurements of one run, and what it was to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the results.

    Attributes:
        what: what was done.
        ours, other: what it took us, and what it took the other or what the bound is.
        ratio: how many times the one is the other.
        target: what the ratio was to be; None where it is only reported.
        at_least: whether the target is the smallest ratio that will do, and not the largest.
        note: what else a reader has to know.

    """

    what: str
    ours: str
    other: str
    ratio: float
    target: float | None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> str:
        """Say whether the target is met, and by how much it is missed."""
        if self.target is None:
            return "-"
        if self.ratio >= self.target if self.at_least else self.ratio <= self.target:
            return "yes"
        missed = self.target / self.ratio if self.at_least else self.ratio / self.target
        return f"no, by {100 * (missed - 1):.0f} %"

    @property
    def wanted(self) -> str:
        """Say what the ratio was to be."""
        if self.target is None:
            return "-"
        return f"{'at least' if self.at_least else 'at most'} {self.target:g}"


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table, and their notes below it."""
    found = list(rows)
    lines = ["| what | ours | other | ratio | target | met |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.ours} | {row.other} | {row.ratio:.2f} | {row.wanted} | {row.met} |"
        for row in found
    ]
    notes = [f"- {row.what}: {row.note}" for row in found if row.note]
    return "\n".join([*lines, "", *notes]) + "\n"
