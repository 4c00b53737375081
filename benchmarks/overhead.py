"""What the client itself costs at 10,000 courses: processor time against a bare loop, and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import fleet, replay
from benchmarks.planning import plan
from benchmarks.process import Spent, python, spent
from benchmarks.row import Row
from benchmarks.stand_in import StandIn, stand_in

_COURSES = 10_000
_FEWER = 1_000
_PAIRS = 3
_TIMES_THE_LOOP = 3.0
_MEMORY = 400.0


def overhead() -> Iterator[Row]:
    """Yield the ratio of processor times with GraphQL and without, and the memory of the same runs."""
    for graphql in ("current", "off"):
        pairs = _pairs(graphql)
        ours, other = sorted(pairs, key=lambda pair: pair[0].cpu / pair[1].cpu)[len(pairs) // 2]
        memory = max(mine.memory for mine, _ in pairs)
        fewer = _fewer(graphql).memory
        what = f"plan of {_COURSES:,} courses, GraphQL {graphql}"
        yield Row(
            what=f"{what}, processor time against a bare httpx loop",
            ours=f"{ours.cpu:.1f} s",
            other=f"{other.cpu:.1f} s",
            ratio=ours.cpu / other.cpu,
            target=_TIMES_THE_LOOP,
            note="no latency, no throttle",
        )
        yield Row(
            what=f"{what}, most memory",
            ours=f"{memory:.0f} MiB",
            other=f"{_MEMORY:.0f} MiB allowed",
            ratio=memory / _MEMORY,
            target=1,
            note=f"{1024 * (memory - fewer) / (_COURSES - _FEWER):.1f} KiB for each course more",
        )
        yield Row(
            what=f"memory at {_COURSES:,} courses against {_FEWER:,}, GraphQL {graphql}",
            ours=f"{memory:.0f} MiB",
            other=f"{fewer:.0f} MiB",
            ratio=memory / fewer,
            target=None,
        )


def _pairs(graphql: str) -> list[tuple[Spent, Spent]]:
    """Plan a fleet, then send the same requests from the bare loop, to the same stand-in, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, seed = fleet.policy(folder), fleet.seed(folder, _COURSES, changed=fleet.every_tenth)
        with stand_in(seed, throttle=False, graphql=graphql) as canvas:
            return [_pair(canvas, project, folder / "requests.json") for _ in range(_PAIRS)]


def _pair(canvas: StandIn, project: Path, file: Path) -> tuple[Spent, Spent]:
    canvas.log()
    ours = plan(canvas, project)
    replay.write(canvas.log(), file)
    return ours, spent(python("benchmarks.replay", str(file)), settings=canvas.settings)


def _fewer(graphql: str) -> Spent:
    """Plan a smaller fleet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, seed = fleet.policy(folder), fleet.seed(folder, _FEWER, changed=fleet.every_tenth)
        with stand_in(seed, throttle=False, graphql=graphql) as canvas:
            return plan(canvas, project)
