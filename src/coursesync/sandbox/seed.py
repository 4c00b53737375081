"""The first contents of a stand-in: a JSON file with accounts, terms, people and courses."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.store import Store
from coursesync.sandbox.tables import NEW_COURSE

_TABLES = ("accounts", "terms", "grading_standards", "users", "tokens", "enrollments", "files")


def plant(store: Store, path: Path | None, now: datetime) -> None:
    """Fill an empty store from a seed; a store that has accounts is left alone."""
    if store.rows("accounts"):
        return
    seed = _read(path)
    for table in _TABLES:
        for row in seed.get(table, []):
            store.insert(table, row)
    for course in seed.get("courses", []):
        students = course.pop("students", 0)
        fresh = new_course(store, course["id"], instant_text(now))
        store.insert("courses", {**fresh, **course})
        for _ in range(students):
            row = {
                "course_id": course["id"],
                "type": "StudentEnrollment",
                "workflow_state": "active",
                "graded": False,
            }
            store.insert("enrollments", row)


def _read(path: Path | None) -> dict[str, Any]:
    text = (
        (files("coursesync.sandbox") / "college.json").read_text("utf-8")
        if path is None
        else path.read_text("utf-8")
    )
    seed = json.loads(text)
    if not isinstance(seed, dict):
        message = f"{path} is not a seed: a JSON object with the keys {', '.join((*_TABLES, 'courses'))}"
        raise TypeError(message)
    return seed


def digest(kind: str, number: int) -> str:
    """Return the 40 characters Canvas would draw at random; here they follow from the id."""
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:40]


def new_course(store: Store, number: int, now: str) -> dict[str, Any]:
    """Return the columns of a new course."""
    term = next(iter(store.where("terms", is_default=True)), None)
    drawn = {"uuid": digest("course", number), "lti_context_id": digest("lti", number)}
    places = {"root_account_id": 1, "enrollment_term_id": term["id"] if term else None}
    return {**NEW_COURSE, **drawn, **places, "id": number, "created_at": now}
