"""Planning: whole processes of `coursesync plan` against the obvious script, and against the bound."""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fleet
from benchmarks.bound import HIGH_WATER, Bound, bound
from benchmarks.process import COURSESYNC, Spent, python, spent
from benchmarks.row import Row
from benchmarks.stand_in import StandIn, stand_in

LATENCY = 80
_COURSES = 200
_MANY = 1000
_RUNS = 5
_RUNS_AT_THE_LIMIT = 3
# The least number of times faster than the script, with GraphQL and without.
_TARGETS = {"current": 20.0, "off": 12.0}
_WITHIN = 1.3


def planning() -> Iterator[Row]:
    """Yield how many times faster 200 courses are planned than with the script, with GraphQL and without."""
    for graphql, target in _TARGETS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seed = fleet.seed(folder, _COURSES, changed=fleet.every_tenth)
            with stand_in(seed, latency_ms=LATENCY, hwm=HIGH_WATER, graphql=graphql) as canvas:
                yield from _against_the_script(canvas, folder, graphql, target)


def _against_the_script(canvas: StandIn, folder: Path, graphql: str, target: float) -> Iterator[Row]:
    script = fleet.script(folder, _COURSES)
    other = spent(python("benchmarks.obvious", "plan", str(script)), settings=canvas.settings)
    projects = {
        "a policy": fleet.policy(folder),
        "entries, account known": fleet.entries(folder, _COURSES, account_of=canvas.url),
        "entries alone": fleet.entries(folder, _COURSES),
    }
    for how, project in projects.items():
        canvas.log()
        runs = [plan(canvas, project) for _ in range(_RUNS)]
        if {changes(run) for run in runs} != {int(other.out)}:
            raise RuntimeError(f"the script sees {other.out} changes, the plan {runs[0].out}")
        asked = len(canvas.log().asked) // _RUNS
        ours = statistics.median(run.wall for run in runs)
        yield Row(
            what=f"plan of {_COURSES} courses by {how}, GraphQL {graphql}, against the script",
            ours=f"{ours:.2f} s",
            other=f"{other.wall:.1f} s",
            ratio=other.wall / ours,
            target=target,
            at_least=True,
            note=f"{asked} requests; processor time {statistics.median(run.cpu for run in runs):.2f} s",
        )


def planning_at_the_limit() -> Iterator[Row]:
    """Yield how near 1,000 courses without GraphQL come to the bound, and how many requests were refused."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, seed = fleet.policy(folder), fleet.seed(folder, _MANY, changed=fleet.every_tenth)
        with stand_in(seed, latency_ms=LATENCY, hwm=HIGH_WATER, graphql="off") as canvas:
            runs = [(plan(canvas, project), canvas.log()) for _ in range(_RUNS_AT_THE_LIMIT)]
    what = f"plan of {_MANY:,} courses, GraphQL off"
    whole = [Against(seconds=run.wall, bound=bound(log)) for run, log in runs]
    asking = [Against(seconds=log.whole, bound=bound(log)) for _, log in runs]
    yield against_the_bound(f"{what}, the whole process", whole)
    yield against_the_bound(f"{what}, first request to last answer", asking)
    yield refusals(what, sum(log.refused for _, log in runs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """How long one run took, and the least it could have taken."""

    seconds: float
    bound: Bound

    @property
    def ratio(self) -> float:
        """Return how many times the least."""
        return self.seconds / self.bound.seconds


def against_the_bound(what: str, runs: Sequence[Against]) -> Row:
    """Return the row of the run in the middle."""
    middle = sorted(runs, key=lambda run: run.ratio)[len(runs) // 2]
    return Row(
        what=f"{what}, against the bound",
        ours=f"{middle.seconds:.2f} s",
        other=f"{middle.bound.seconds:.2f} s",
        ratio=middle.ratio,
        target=_WITHIN,
        note=str(middle.bound),
    )


def refusals(what: str, count: int) -> Row:
    """Return the row that says how many requests were refused, which is to be none."""
    return Row(what=f"{what}, refused requests", ours=str(count), other="0", ratio=count, target=0)


def plan(canvas: StandIn, project: Path) -> Spent:
    """Plan a project as a user does."""
    return spent([COURSESYNC, "plan"], folder=project, settings=canvas.settings)


def changes(run: Spent) -> int:
    """Return how many changes the closing line of a plan or a report counts."""
    found = re.search(r"^(?:Plan(?: for \S+)?:|Applied(?: to \S+:)?) ([\d,]+) ", run.out, re.MULTILINE)
    if re.search(r"^No changes(?: for \S+)?\. ", run.out, re.MULTILINE):
        return 0
    if found is None:
        raise RuntimeError(f"there is no closing line in {run.out[-500:]!r}")
    return int(found[1].replace(",", ""))
