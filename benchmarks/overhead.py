"""What the client itself costs at 10,000 courses: processor time against a bare loop, and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import fleet, replay
from benchmarks.planning import plan
from benchmarks.process import Spent, python, spent
from benchmarks.row import Row
from benchmarks.stand_in import stand_in

_COURSES = 10_000
_FEWER = 1_000
_TIMES_THE_LOOP = 3.0
_MEMORY = 400.0


def overhead() -> Iterator[Row]:
    """Yield the ratio of processor times with GraphQL and without, and the memory of the same runs."""
    for graphql in ("current", "off"):
        ours, other, asked = _both(_COURSES, graphql)
        fewer, _, _ = _both(_FEWER, graphql, compared=False)
        what = f"plan of {_COURSES:,} courses, GraphQL {graphql}"
        yield Row(
            what=f"{what}, processor time against a bare httpx loop",
            ours=f"{ours.cpu:.1f} s",
            other=f"{other.cpu:.1f} s",
            ratio=ours.cpu / other.cpu,
            target=_TIMES_THE_LOOP,
            note=f"{asked:,} requests, no latency, no throttle",
        )
        yield Row(
            what=f"{what}, most memory",
            ours=f"{ours.memory:.0f} MiB",
            other=f"{_MEMORY:.0f} MiB allowed",
            ratio=ours.memory / _MEMORY,
            target=1,
            note=f"{1024 * (ours.memory - fewer.memory) / (_COURSES - _FEWER):.1f} KiB for each course more",
        )
        yield Row(
            what=f"memory at {_COURSES:,} courses against {_FEWER:,}, GraphQL {graphql}",
            ours=f"{ours.memory:.0f} MiB",
            other=f"{fewer.memory:.0f} MiB",
            ratio=ours.memory / fewer.memory,
            target=None,
        )


def _both(courses: int, graphql: str, *, compared: bool = True) -> tuple[Spent, Spent, int]:
    """Plan a fleet, then send the same requests from the bare loop, to the same stand-in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed = fleet.seed(folder, courses, changed=lambda place: place % 10 == 0)
        with stand_in(seed, throttle=False, graphql=graphql) as canvas:
            ours = plan(canvas, fleet.policy(folder))
            log = canvas.log()
            if not compared:
                return ours, ours, len(log.asked)
            file = folder / "requests.json"
            replay.write(log, file)
            other = spent(python("benchmarks.replay", str(file)), settings=canvas.settings)
    return ours, other, len(log.asked)
