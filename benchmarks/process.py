"""Run a program as a child and say what it took: time, processor time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COURSESYNC = str(Path(sys.executable).parent / "coursesync")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a child took.

    Attributes:
        wall: seconds from start to end.
        cpu: seconds of processor time, user and system.
        memory: the most memory it held, in MiB.
        out: what it printed on stdout.

    """

    wall: float
    cpu: float
    memory: float
    out: str


def spent(
    arguments: Sequence[str], *, folder: Path = ROOT, settings: Mapping[str, str] | None = None
) -> Spent:
    """Run a program to its end and return what it took. Raises RuntimeError where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=folder,
            env=_environment(settings or {}),
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read().decode()
        if child.returncode:
            raise RuntimeError(
                f"{' '.join(arguments)} ended with {child.returncode}:\n{err.read().decode()}{text}"
            )
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Spent(
        wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss * unit / 2**20, out=text
    )


def python(module: str, *arguments: str) -> list[str]:
    """Return how to run a module of ours in a process of its own."""
    return [sys.executable, "-m", module, *arguments]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without anybody's Canvas or proxy, and with ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CANVAS_", "COURSESYNC_")) and not name.lower().endswith("_proxy")
    }
    path = os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH", ""))))
    return {**kept, "PYTHONPATH": path, "NO_COLOR": "1", **settings}
