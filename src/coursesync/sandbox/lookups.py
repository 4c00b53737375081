"""From an id in a path or a parameter to a row: digits and the prefixed forms (Canvas: lib/api.rb)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.errors import not_found
from coursesync.sandbox.store import Columns, Store

_DIGITS = re.compile(r"\d{1,18}")
_UUID = re.compile(r"\w{40,}")
_COURSE_COLUMNS = {
    "sis_course_id": "sis_source_id",
    "sis_integration_id": "integration_id",
    "lti_context_id": "lti_context_id",
    "uuid": "uuid",
}


def find_course(store: Store, text: str) -> Columns:
    """Return the course an id names, deleted ones too."""
    return _one(find_courses_row(store, text))


def find_courses_row(store: Store, text: str) -> Columns | None:
    """Return the course an id names, or None."""
    return _find(store, "courses", text, _COURSE_COLUMNS)


def find_account(store: Store, text: str) -> Columns:
    """Return the account an id names."""
    if text.strip() in {"self", "default"}:
        roots = [row for row in store.rows("accounts") if row["parent_account_id"] is None]
        return _one(roots[0] if roots else None)
    return _one(_find(store, "accounts", text, {"sis_account_id": "sis_source_id"}))


def find_term(store: Store, text: str, now: datetime) -> Columns:
    """Return the term an id names."""
    word = text.strip()
    if word == "default":
        return _one(next(iter(store.where("terms", is_default=True)), None))
    if word == "current":
        return _current_term(store, instant_text(now))
    return _one(_find(store, "terms", word, {"sis_term_id": "sis_source_id"}))


def _current_term(store: Store, now: str) -> Columns:
    running = [
        row
        for row in store.rows("terms")
        if (row["start_at"] or row["end_at"])
        and (row["start_at"] or "") <= now
        and (row["end_at"] is None or now <= row["end_at"])
    ]
    return _one(running[0] if len(running) == 1 else None)


def _one(row: Columns | None) -> Columns:
    if row is None:
        raise not_found()
    return row


def _find(store: Store, table: str, text: str, columns: dict[str, str]) -> Columns | None:
    word = _unhexed(text.strip())
    if _DIGITS.fullmatch(word):
        return store.row(table, int(word))
    prefix, colon, value = word.partition(":")
    if not colon or prefix not in columns or not _fits(prefix, value):
        return None
    return next(iter(store.where(table, **{columns[prefix]: value})), None)


def _fits(prefix: str, value: str) -> bool:
    wanted: Callable[[str], object] = _UUID.fullmatch if prefix == "uuid" else bool
    return bool(wanted(value))


def _unhexed(word: str) -> str:
    """Return `hex:sis_course_id:4142` as `sis_course_id:AB`; deprecated in Canvas, and still read."""
    if not word.startswith("hex:"):
        return word
    prefix, _, digits = word.removeprefix("hex:").partition(":")
    try:
        return f"{prefix}:{bytes.fromhex(digits).decode()}"
    except ValueError:
        return ""
