"""What a run leaves behind: the plan, a journal written step by step, and the outcome."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from coursesync.catalogue.types import Value
from coursesync.errors import UsageProblem
from coursesync.model import Request

FOLDER = Path(".coursesync") / "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One apply and its folder; every journal line is on the disk before the next step begins.

    Journal lines are JSON objects with `event`: intent (a request about to be sent, whole), answered (its
    id and what came back), verified (a course and its verdicts), ended.
    """

    id: str
    folder: Path
    journal: IO[str]

    @classmethod
    def create(cls, root: Path, *, now: datetime, token_hex: str) -> Self:
        """Make the folder of a new run under a project root. Raises UsageProblem where the disk refuses."""
        name = f"{now:%Y%m%dT%H%M%SZ}-{token_hex}"
        folder = root / FOLDER / name
        try:
            folder.mkdir(parents=True, mode=0o700)
            ignore = root / FOLDER.parts[0] / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            journal = _private(folder / "journal.jsonl")
        except OSError as error:
            raise UsageProblem(
                f"The run cannot be recorded in {folder}: {error.strerror}.",
                hint="Without a record nothing is sent; make the folder writable.",
            ) from error
        return cls(id=name, folder=folder, journal=journal)

    def save_plan(self, text: str) -> None:
        """Keep the plan that is carried out."""
        _write_whole(self.folder / "plan.json", text)

    def intent(self, request: Request) -> None:
        """Note a request that is about to be sent."""
        self._note("intent", request=asdict(request))

    def answered(self, request: str, answer: str) -> None:
        """Note what came back for a request: ok, or what went wrong."""
        self._note("answered", request=request, answer=answer)

    def verified(self, course: int, verdicts: Sequence[tuple[str, str]]) -> None:
        """Note the verdicts of a course, by field."""
        self._note("verified", course=course, verdicts=dict(verdicts))

    def outcome(self, text: str) -> None:
        """Keep the report, whole or not at all, and end the journal."""
        _write_whole(self.folder / "outcome.json", text)
        self._note("ended")
        self.journal.close()

    def _note(self, event: str, **facts: object) -> None:
        line = json.dumps({"event": event, **facts}, ensure_ascii=False, default=dict)
        self.journal.write(line + "\n")
        self.journal.flush()
        os.fsync(self.journal.fileno())


def write_receipt(path: Path, text: str) -> None:
    """Copy an outcome to a file of the user's. Raises UsageProblem where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, text)
    except OSError as error:
        raise UsageProblem(f"The receipt cannot be written to {path}: {error.strerror}.") from error


def read_journal(path: Path) -> tuple[dict[str, Value], ...]:
    """Return the events of a journal; a last line that was cut off is left out."""
    events: list[dict[str, Value]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            break
        events.append(event)
    return tuple(events)


def _private(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one, never half of it."""
    scratch = path.with_name(path.name + ".new")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
