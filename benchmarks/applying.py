"""Applying: 500 changed courses, planned, written and read back, against the script and against the bound."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import fleet
from benchmarks.bound import HIGH_WATER, bound
from benchmarks.planning import LATENCY, Against, against_the_bound, changes, plan, refusals
from benchmarks.process import COURSESYNC, Spent, python, spent
from benchmarks.row import Row
from benchmarks.stand_in import Log, stand_in

_COURSES = 500
_TIMES_FASTER = 8.0


def applying() -> Iterator[Row]:
    """Yield how many times faster than the script it is, how near to the bound, and what was refused."""
    ours, log = _ours()
    other = _script()
    what = f"apply of {_COURSES} changed courses"
    yield Row(
        what=f"{what} against the script",
        ours=f"{ours.wall:.1f} s",
        other=f"{other.wall:.1f} s",
        ratio=other.wall / ours.wall,
        target=_TIMES_FASTER,
        at_least=True,
        note="ours plans first and reads every course back; the script does not",
    )
    yield against_the_bound(f"{what}, the whole process", [Against(seconds=ours.wall, bound=bound(log))])
    yield against_the_bound(
        f"{what}, first request to last answer", [Against(seconds=log.whole, bound=bound(log))]
    )
    yield refusals(what, log.refused)


def _ours() -> tuple[Spent, Log]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, seed = fleet.policy(folder), fleet.seed(folder, _COURSES, changed=lambda _: True)
        with stand_in(seed, latency_ms=LATENCY, hwm=HIGH_WATER) as canvas:
            run = spent([COURSESYNC, "apply", "--auto-approve"], folder=project, settings=canvas.settings)
            log = canvas.log()
            if changes(run) != _COURSES * fleet.FIELDS or changes(plan(canvas, project)):
                raise RuntimeError(f"not everything was applied: {run.out[-500:]}")
    return run, log


def _script() -> Spent:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script, project = fleet.script(folder, _COURSES), fleet.policy(folder)
        seed = fleet.seed(folder, _COURSES, changed=lambda _: True)
        with stand_in(seed, latency_ms=LATENCY, hwm=HIGH_WATER) as canvas:
            run = spent(python("benchmarks.obvious", "apply", str(script)), settings=canvas.settings)
            if int(run.out) != _COURSES * fleet.FIELDS or changes(plan(canvas, project)):
                raise RuntimeError("the script did not apply everything")
    return run
