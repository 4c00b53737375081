"""The sentences about how one run comes from another: what it goes on with, and what it puts back."""

from __future__ import annotations

from coursesync.model import Plan, Report
from coursesync.render.values import shown, visible


def undo_line(plan: Plan) -> str:
    """Say which run a plan puts back; nothing where it is no undo."""
    return f"This puts back what run {visible(plan.undoes)} changed." if plan.undoes else ""


def past_lines(report: Report) -> list[str]:
    """Say which run a report puts back, and which it continues since when; nothing for a run of its own."""
    said = [f"This put back what run {visible(report.undoes)} changed."] if report.undoes else []
    if report.resumed:
        run, last = visible(report.run), shown(report.resumed[-1])
        times = f" for the {_ordinal(len(report.resumed))} time" if len(report.resumed) > 1 else ""
        said.append(f"This continues run {run}, taken up again at {last}{times}.")
    return said


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
