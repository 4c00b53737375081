"""The record of an apply in `.coursesync/runs/`: plan, journal and outcome, each on disk at once."""

from __future__ import annotations

from coursesync.runs.journal import (
    Attempt,
    Event,
    Past,
    answer,
    beginning,
    conclusion,
    creation,
    departure,
    lines,
    loss,
    read_journal,
    read_past,
    resumption,
)
from coursesync.runs.record import FOLDER, Run, all_runs, find_run, outcomes, own_folder

__all__ = [
    "FOLDER",
    "Attempt",
    "Event",
    "Past",
    "Run",
    "all_runs",
    "answer",
    "beginning",
    "conclusion",
    "creation",
    "departure",
    "find_run",
    "lines",
    "loss",
    "outcomes",
    "own_folder",
    "read_journal",
    "read_past",
    "resumption",
]
