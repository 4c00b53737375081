"""What goes into the audit log of courses, and in which words (Canvas: app/models/auditors/course.rb)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coursesync.sandbox.store import Columns
from coursesync.sandbox.tables import CANVAS_COLUMNS

Moved = dict[str, list[Any]]
"""Column, or key in the hash of settings, to the old and the new value."""

# The state has events of its own, the settings are told apart, and Canvas works out the rest as it saves.
_UNTOLD = {"id", "uuid", "created_at", "root_account_id", "workflow_state", "settings", "stuck_sis_fields"}
_TOLD = tuple(name for name in CANVAS_COLUMNS if name not in _UNTOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changes a course, when, and by which way in.

    Attributes:
        user_id: who; None where nobody is known.
        at: when, in UTC.
        source: api, manual (the web pages) or sis.
        sis_batch: the import, where it was one.

    """

    user_id: int | None
    at: str
    source: str
    sis_batch: int | None = None


def moved(before: Columns, after: Columns) -> Moved:
    """Return what a change of a course says in the log; an absent setting is null."""
    found = {name: [before[name], after[name]] for name in _TOLD if before[name] != after[name]}
    old, new = before["settings"], after["settings"]
    if old != new:
        keys = sorted({*old, *new})
        found |= {key: [old.get(key), new.get(key)] for key in keys if old.get(key) != new.get(key)}
    return found


def made(columns: Columns) -> Moved:
    """Return what the creation of a course says in the log: whatever was given."""
    given = {**columns, **(columns.get("settings") or {})}
    return {name: [None, value] for name, value in given.items() if name not in _UNTOLD and value is not None}


def event_row(
    author: Author, course_id: int, kind: str, changes: Moved | None, other_course_id: int | None
) -> Columns:
    """Return one event as a row."""
    return {
        "course_id": course_id,
        "user_id": author.user_id,
        "created_at": author.at,
        "event_type": kind,
        "event_source": author.source,
        "event_data": changes or {},
        "other_course_id": other_course_id,
        "sis_batch_id": author.sis_batch,
    }
