"""The record of an apply in `.coursesync/runs/`: plan, journal and outcome, each on disk at once."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coursesync import disk
from coursesync.catalogue.types import Value
from coursesync.errors import UsageProblem
from coursesync.model import CourseOutcome, LeftOut, Request

FOLDER = ".coursesync"
_OUTCOME = "outcome.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One apply and the folder it leaves behind, which only its owner may read."""

    id: str
    folder: Path

    @classmethod
    def create(cls, root: Path, *, now: datetime, token_hex: str) -> Run:
        """Make the folder of a new run below the project root.

        now: the moment, with its zone. token_hex: a few random hex digits that keep runs of one second apart.
        Raises UsageProblem where the disk refuses.
        """
        home = root / FOLDER
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        with disk.access(home):
            (home / "runs").mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (home / ".gitignore").exists():
                disk.replace(home / ".gitignore", b"*\n", mode=disk.PRIVATE)
            folder = _new_folder(home / "runs" / f"{stamp}-{token_hex}")
            disk.sync(folder.parent)
        return cls(id=folder.name, folder=folder)

    @property
    def journal(self) -> Path:
        """Return the path of the journal, which exists from the first line on."""
        return self.folder / "journal.jsonl"

    def save_plan(self, text: str) -> None:
        """Keep the plan that is carried out. Raises UsageProblem where the disk refuses."""
        self._keep("plan.json", text)

    def outcome(self, text: str) -> None:
        """Keep the report. Raises UsageProblem where the disk refuses."""
        self._keep(_OUTCOME, text)

    def receipt(self, path: Path, text: str) -> None:
        """Copy the report to where the user wants it. Raises UsageProblem where the disk refuses."""
        disk.put(path, text)

    def write(self, lines: str) -> None:
        """Add lines to the journal, and return when the disk has them.

        Raises UsageProblem where it refuses; then none of them was added.
        """
        with disk.access(self.journal):
            disk.append(self.journal, lines.encode("ascii"))

    def _keep(self, name: str, text: str) -> None:
        with disk.access(self.folder / name):
            disk.replace(self.folder / name, disk.encoded(text), mode=disk.PRIVATE)


def outcomes(root: Path) -> tuple[Path, ...]:
    """Return where the outcomes of the runs of a project are kept, the last run first."""
    folders = sorted((root / FOLDER / "runs").glob("*"), reverse=True)
    return tuple(path for folder in folders if (path := folder / _OUTCOME).is_file())


def _line(event: str, **details: Value) -> str:
    return json.dumps({"event": event, **details}) + "\n"


def departure(request: Request) -> str:
    """Return the lines for a request that leaves once they are written: its intent, and that it left."""
    intent = _line(
        "intent",
        request=request.id,
        courses=list(request.courses),
        method=request.method,
        path=request.path,
        body=request.body,
    )
    return intent + _line("sent", request=request.id)


def answer(request_id: str, result: str) -> str:
    """Return the line for what became of a request: `ok`, or why not."""
    return _line("answered", request=request_id, result=result)


def conclusion(courses: Iterable[tuple[CourseOutcome, Iterable[LeftOut]]]) -> str:
    """Return the lines for what was found on reading courses back, and for what of each was not sent."""
    lines = []
    for outcome, left_out in courses:
        verdicts = [[item.field, item.verdict.value] for item in outcome.fields]
        lines.append(_line("verified", course=outcome.id, fields=verdicts))
        lines += [
            _line("left", course=item.course, field=item.field, change=item.change_id, reason=item.reason)
            for item in left_out
        ]
    return "".join(lines)


def read_journal(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the events of a journal; a last line that was cut off by a crash is left out.

    Raises UsageProblem where it cannot be read or was damaged elsewhere.
    """
    with disk.access(path, doing="read"):
        *lines, last = path.read_bytes().split(b"\n")
    events = [_event(line, path, number) for number, line in enumerate(lines, start=1)]
    # What follows the last line break was not written to its end.
    with contextlib.suppress(UsageProblem):
        events += [_event(last, path, len(lines) + 1)] if last else []
    return tuple(events)


def _event(line: bytes, path: Path, number: int) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise UsageProblem(f"Line {number} of {path} is damaged, so the run cannot be known from it.")
    return event


def _new_folder(wanted: Path) -> Path:
    for number in itertools.count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise AssertionError("counting never ends")
