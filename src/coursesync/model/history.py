"""Earlier runs, as `coursesync runs` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RunState(StrEnum):
    """How a run stands.

    EMPTY: it ended before anything could be sent. UNFINISHED: its process ended without a word.
    """

    UNDER_WAY = "under-way"
    FINISHED = "finished"
    WITH_FAILURES = "finished-with-failures"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"
    EMPTY = "nothing-sent"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One earlier run.

    started: the moment in UTC, or nothing where it is not known. courses, changes: of its plan, or of what
    it carried out where it has ended. verdicts: how many fields have each; only those that occur. undoes:
    the run it puts back. undone_by: the run that put it back. why: what is wrong with its record. next:
    what to type.
    """

    id: str
    state: RunState
    started: str = ""
    canvas: str = ""
    courses: int = 0
    changes: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)
    undoes: str | None = None
    undone_by: str | None = None
    why: str = ""
    next: str = ""
