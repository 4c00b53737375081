"""A stand-in Canvas in a process of its own, which hands out the log of the requests it answered.

Run as a module it is that process: it prints where it answers, and for every line it is sent the log so far
as one line of JSON, and forgets it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.process import ROOT, python

TOKEN = "sandbox-admin"  # noqa: S105 - the stand-in's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the stand-in saw it; times in seconds of its clock, cost as the throttle counts."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Mapping[str, Any] | None
    status: int
    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What the stand-in was asked since the last log, and the mean cost of a request."""

    asked: tuple[Asked, ...]
    cost: float

    @property
    def refused(self) -> int:
        """Return how many requests the throttle refused."""
        return sum(one.status in {403, 429} for one in self.asked)

    @property
    def wait(self) -> float:
        """Return the mean time of an answer."""
        return sum(one.ended - one.started for one in self.asked) / len(self.asked)

    @property
    def most_at_once(self) -> int:
        """Return how many requests were in flight at most."""
        return max((here for _, here in self._steps()), default=0)

    @property
    def alone(self) -> float:
        """Return the seconds in which exactly one request was in flight, before the crowd and after it."""
        steps = self._steps()
        crowded = [place for place, (_, here) in enumerate(steps) if here > 1]
        if not crowded:
            return self.whole
        return (steps[crowded[0]][0] - steps[0][0]) + (steps[-1][0] - steps[crowded[-1] + 1][0])

    @property
    def whole(self) -> float:
        """Return the seconds from the first request to the last answer."""
        return max(one.ended for one in self.asked) - min(one.started for one in self.asked)

    def _steps(self) -> list[tuple[float, int]]:
        """Return when the number of requests in flight changed, and to what."""
        moments = sorted([(one.started, 1) for one in self.asked] + [(one.ended, -1) for one in self.asked])
        here, steps = 0, []
        for moment, change in moments:
            here += change
            steps.append((moment, here))
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A stand-in that answers at `url`."""

    url: str
    _process: subprocess.Popen[str]

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment that leads to it."""
        return {"CANVAS_API_URL": self.url, "CANVAS_API_TOKEN": TOKEN}

    def log(self) -> Log:
        """Return what it was asked since the last call."""
        told, said = self._process.stdin, self._process.stdout
        if told is None or said is None:
            raise RuntimeError("the stand-in was started without pipes")
        told.write("log\n")
        told.flush()
        found = json.loads(said.readline())
        asked = [Asked(**{**one, "query": tuple(map(tuple, one["query"]))}) for one in found["asked"]]
        return Log(asked=tuple(asked), cost=found["cost"])


@contextlib.contextmanager
def stand_in(seed: Path, **options: Any) -> Iterator[StandIn]:
    """Run a stand-in with these options of the sandbox; nothing is left running afterwards."""
    process = subprocess.Popen(
        python("benchmarks.stand_in", str(seed), json.dumps(options)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise RuntimeError("the stand-in did not start")
        yield StandIn(url=url, _process=process)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(timeout=30)


def _answer(seed: str, options: str) -> None:
    """Be the stand-in until stdin ends."""
    import uvicorn

    from coursesync.sandbox.app import create_app
    from coursesync.sandbox.options import Options

    app = create_app(Options(seed=Path(seed), **json.loads(options)))
    costs = _costs(app.state.sandbox)
    # Named as TCP, because asyncio sends small answers at once only then, and otherwise waits for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, server_header=False, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    click.echo(f"http://127.0.0.1:{listener.getsockname()[1]}")
    for _ in sys.stdin:
        click.echo(json.dumps(_told(app.state.sandbox, costs)))
    server.should_exit = True
    thread.join()


def _told(sandbox: Any, costs: list[float]) -> dict[str, Any]:
    """Return the log and the mean cost, and forget both."""
    entries, sandbox.log = sandbox.log, []
    asked = [
        {
            "method": entry.method,
            "path": entry.raw_path,
            "query": entry.query,
            "body": entry.body,
            "status": entry.status,
            "started": entry.started,
            "ended": entry.ended,
        }
        for entry in entries
    ]
    cost = sum(costs) / max(1, len(costs))
    costs.clear()
    return {"asked": asked, "cost": cost}


def _costs(sandbox: Any) -> list[float]:
    """Return a list that will hold what each request cost."""
    costs: list[float] = []
    cost = sandbox.cost

    def noted(elapsed: float) -> float:
        found: float = cost(elapsed)
        costs.append(found)
        return found

    sandbox.cost = noted
    return costs


if __name__ == "__main__":
    _answer(*sys.argv[1:])
