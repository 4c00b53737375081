"""An apply in a process of its own, and moments to kill it at."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from coursesync.runs import all_runs, read_past
from coursesync.sandbox import LogEntry, RunningSandbox
from tests.trust.fleet import COURSES, MANIFEST, MEMORY, Columns, differing, stored

# All of the fleet but what a policy finds, and few enough that no limit is met.
PLANNED = (9001, 9002, 9003, 9004, 9005, 9006, 9007, 9009, 9010)
APPLY = ("--auto-approve", "--allow", "destructive", "--send-unverified")
RESUME = ("--resume", "last")
# Longer than any apply here takes, and shorter than anybody waits for a test.
_PATIENCE = 120.0

# What of a request tells it from others; of a call for many courses, one per course.
Key = tuple[str, str]


@dataclass(slots=True)
class Project:
    """A project folder, courses of its own in a Canvas that others use too, and what was seen of its runs.

    base: what is added to the ids of the fleet. answered: for each kill, how long the log was, and what of
    the requests had an answer in the journal.
    """

    canvas: RunningSandbox
    root: Path
    base: int
    before: Columns = field(default_factory=dict)
    answered: list[tuple[int, frozenset[Key]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in PLANNED:
            given = {"name": "Old", "course_code": "X", "account_id": 3, "enrollment_term_id": 2}
            columns = {**given, "workflow_state": "claimed", **COURSES[number], "id": number + self.base}
            self.canvas.sandbox.add_course(**columns)
        entries = re.split(r"(?=^  - id: )", MANIFEST.partition("policies:")[0], flags=re.MULTILINE)
        mine = [entry for entry in entries[1:] if int(entry[8:12]) in PLANNED]
        moved = [entry.replace(entry[8:12], str(int(entry[8:12]) + self.base), 1) for entry in mine]
        (self.root / "courses.yaml").write_text("courses:\n" + "".join(moved), encoding="utf-8")
        self.before = self.stored()

    def stored(self) -> Columns:
        """Return the columns of all courses; those of this project under their numbers in the fleet."""
        mine = {number + self.base: number for number in PLANNED}
        found = stored(self.canvas.sandbox)
        return {(mine[number], name): value for (number, name), value in found.items() if number in mine}

    def moved(self) -> dict[tuple[int, str], Any]:
        """Return every column that is not as it was at first, and what it holds."""
        now = self.stored()
        return {key: now.get(key) for key in differing(self.before, now)}

    @property
    def writes(self) -> list[LogEntry]:
        """Return the writes to courses of this project, in order."""
        mine = {number + self.base for number in PLANNED}
        return [entry for entry in self.canvas.sandbox.writes() if _courses(entry) & mine]

    @property
    def journal(self) -> Path | None:
        """Return the journal of the last run, if there is one."""
        runs = all_runs(self.root)
        return runs[0].journal if runs and runs[0].journal.exists() else None

    @property
    def lines(self) -> int:
        """Return how many lines the journal of the last run has."""
        return self.journal.read_bytes().count(b"\n") if self.journal else 0

    def remember(self) -> None:
        """Read the journal as the next command will, and keep what in it has an answer."""
        past = read_past(self.journal) if self.journal else None
        known = {
            key
            for attempt in (past.attempts if past else ())
            if attempt.known and not attempt.why
            for key in _keys(attempt.request.path, attempt.request.body)
        }
        self.answered.append((len(self.writes), frozenset(known)))

    def repeated(self) -> set[Key]:
        """Return what was sent again after the journal had an answer to it."""
        writes = self.writes
        return {
            key
            for at, known in self.answered
            for entry in writes[at:]
            for key in _keys(entry.path, entry.body or {})
            if key in known
        }


def _courses(entry: LogEntry) -> set[int]:
    own = re.search(r"/courses/(\d+)", entry.path)
    return {int(own[1])} if own else set((entry.body or {}).get("course_ids", ()))


def _keys(path: str, body: Any) -> Iterator[Key]:
    if "course_ids" in body:
        for number in body["course_ids"]:
            yield path, f"{body['event']} {number}"
    else:
        yield path, json.dumps(body, sort_keys=True)


@contextmanager
def project(canvas: RunningSandbox, base: int) -> Iterator[Project]:
    """Make a project folder for the time of a block."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield Project(canvas=canvas, root=Path(folder).resolve(), base=base)


def kill(place: Project, options: tuple[str, ...], moment: Callable[[float], bool]) -> bool:
    """Start an apply and kill it when the moment has come; False where it was through before.

    moment: told the seconds since the start.
    """
    command = [sys.executable, "-m", "coursesync", "apply", *options]
    env = {**os.environ, "CANVAS_API_URL": place.canvas.url, "CANVAS_API_TOKEN": "sandbox-admin"}
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=place.root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and not moment(time.monotonic() - started):
            assert time.monotonic() - started < _PATIENCE, "an apply does not end"
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def moment(place: Project, chance: Random, took: float) -> Callable[[float], bool]:
    """Draw a moment: after the start, as a run begins, at a line of the journal, or as a write has come.

    took: the seconds of an apply that nobody kills.
    """
    lines, writes = place.lines, len(place.writes)
    more_lines, more_writes = chance.randint(1, 40), chance.randint(1, 14)
    runs = len(all_runs(place.root))
    later, until = chance.uniform(0, 0.03), chance.uniform(0, took)
    reached: list[float] = []

    def after(seconds: float, *, come: bool) -> bool:
        if come and not reached:
            reached.append(seconds)
        return bool(reached) and seconds >= reached[0] + later

    return chance.choice(
        (
            lambda seconds: seconds >= until,
            lambda seconds: after(seconds, come=len(all_runs(place.root)) > runs),
            lambda _: place.lines >= lines + more_lines,
            lambda seconds: after(seconds, come=len(place.writes) >= writes + more_writes),
        )
    )
