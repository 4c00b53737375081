"""SQLite under the stand-in: rows come out as dictionaries with Python values, and go in the same way."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

from coursesync.sandbox.tables import TABLES, Kind

Columns = dict[str, Any]
"""One row: column name to value; booleans are bool, JSON is parsed, times are text in UTC."""


class Store:
    """One SQLite database; safe to use from the server's thread and the test's."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for table, columns in TABLES.items():
            spec = ", ".join(
                f"{name} {kind.value}{' PRIMARY KEY' if name == 'id' else ''}"
                for name, kind in columns.items()
            )
            self._database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({spec})")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def row(self, table: str, number: int) -> Columns | None:
        """Return the row with this id."""
        found = self.where(table, id=number)
        return found[0] if found else None

    def rows(self, table: str) -> list[Columns]:
        """Return every row, by id."""
        return self.where(table)

    def where(self, table: str, **equal: Any) -> list[Columns]:
        """Return the rows whose columns have these values, by id."""
        kinds = TABLES[table]
        condition = " AND ".join(f"{name} IS ?" for name in equal) or "1"
        query = f"SELECT {', '.join(kinds)} FROM {table} WHERE {condition} ORDER BY id"  # noqa: S608 - our names
        values = [_packed(kinds[name], value) for name, value in equal.items()]
        with self._lock:
            found = self._database.execute(query, values).fetchall()
        return [_columns(kinds, row) for row in found]

    def next_id(self, table: str) -> int:
        """Return the id after the largest."""
        with self._lock:
            found = self._database.execute(f"SELECT MAX(id) FROM {table}").fetchone()  # noqa: S608 - our names
        return int(found[0] or 0) + 1

    def insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Add a row; the id is taken from `values` or is the next one."""
        kinds = _checked(table, values)
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our names
        with self._lock:
            cursor = self._database.execute(
                query, [_packed(kinds[name], value) for name, value in values.items()]
            )
        return int(cursor.lastrowid or 0)

    def update(self, table: str, number: int, values: Mapping[str, Any]) -> None:
        """Change some columns of the row with this id."""
        kinds = _checked(table, values)
        if not values:
            return
        changes = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE {table} SET {changes} WHERE id = ?"  # noqa: S608 - our names
        with self._lock:
            packed = [_packed(kinds[name], value) for name, value in values.items()]
            self._database.execute(query, [*packed, number])


def _checked(table: str, values: Mapping[str, Any]) -> Mapping[str, Kind]:
    kinds = TABLES[table]
    unknown = sorted(set(values) - set(kinds))
    if unknown:
        message = f"{table} has no column {', '.join(unknown)}; it has {', '.join(kinds)}"
        raise ValueError(message)
    return kinds


def _columns(kinds: Mapping[str, Kind], row: tuple[Any, ...]) -> Columns:
    return {name: _unpacked(kind, value) for (name, kind), value in zip(kinds.items(), row, strict=True)}


def _packed(kind: Kind, value: Any) -> Any:
    if kind is Kind.JSON and value is not None:
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value


def _unpacked(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.JSON:
        return json.loads(value)
    return bool(value) if kind is Kind.BOOLEAN else value
