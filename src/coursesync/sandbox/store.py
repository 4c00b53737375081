"""SQLite under the stand-in: rows come out as mappings with Python values, and go in the same way.

Every row is also kept in memory as SQLite would return it, because a list of ten thousand courses must
not be read anew for each of its pages. A row in memory is replaced and never changed, so whoever has read
one keeps what was true then.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from coursesync.sandbox.tables import LOOKED_UP, TABLES, Kind

# A log is written this many rows at a time: each write of its own would double the time of a request.
_MOST_WAITING = 500

Columns = Mapping[str, Any]
"""One row: column name to value; booleans are bool, JSON is parsed, times are text in UTC."""


def copied(row: Columns) -> dict[str, Any]:
    """Return a row that may be changed."""
    return {
        name: copy.deepcopy(value) if isinstance(value, dict | list) else value for name, value in row.items()
    }


class _Rows:
    """The rows of one table, by id and by the columns that are looked up."""

    def __init__(self, table: str, rows: Iterable[Columns]) -> None:
        self._by_id: dict[int, Columns] = {}
        self._by_value: dict[str, dict[Any, dict[int, Columns]]] = {
            name: {} for name in LOOKED_UP.get(table, ())
        }
        self._in_order: list[Columns] | None = None
        for row in rows:
            self.put(row)

    def put(self, row: Columns) -> None:
        """Add a row, or replace the one with its id."""
        number = row["id"]
        before = self._by_id.get(number)
        for name, places in self._by_value.items():
            if before is not None and before[name] != row[name]:
                places[before[name]].pop(number, None)
            places.setdefault(row[name], {})[number] = row
        self._by_id[number] = row
        self._in_order = None

    def get(self, number: int) -> Columns | None:
        """Return the row with this id."""
        return self._by_id.get(number)

    def in_order(self) -> list[Columns]:
        """Return every row, by id."""
        found = self._in_order
        if found is None:
            found = self._in_order = sorted(self._by_id.values(), key=_id)
        return found

    def equal(self, wanted: Mapping[str, Any]) -> list[Columns]:
        """Return the rows that have these values, by id."""
        place = next((name for name in wanted if name in self._by_value), None)
        if place is None:
            rows = self.in_order()
        else:
            rows = sorted(self._by_value[place].get(wanted[place], {}).values(), key=_id)
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _id(row: Columns) -> int:
    number: int = row["id"]
    return number


class Store:
    """One SQLite database; safe to use from the server's thread and the test's.

    `version` counts the writes: what was worked out from rows holds until it changes.
    """

    def __init__(self, path: str) -> None:
        self.version = 0
        self._lock = threading.RLock()
        self._loaded: dict[str, _Rows] = {}
        self._waiting: dict[str, list[Columns]] = {}
        self._open = True
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Nobody's grades are kept here; waiting for the disk at every write would be most of its time.
        self._database.execute("PRAGMA synchronous = OFF")
        for table, columns in TABLES.items():
            self._create(table, columns)

    def _create(self, table: str, columns: Mapping[str, Kind]) -> None:
        """Create a table, or add the columns a file of an earlier version does not have."""
        spec = ", ".join(
            f"{name} {kind.value}{' PRIMARY KEY' if name == 'id' else ''}" for name, kind in columns.items()
        )
        self._database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({spec})")
        known = {row[1] for row in self._database.execute(f"PRAGMA table_info({table})")}
        for name in [name for name in columns if name not in known]:
            self._database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name].value}")

    def close(self) -> None:
        """Write what waits and let go of the file."""
        with self._lock:
            if self._open:
                for table in list(self._waiting):
                    self._write_waiting(table)
                self._open = False
                self._database.close()

    def row(self, table: str, number: int) -> Columns | None:
        """Return the row with this id."""
        return self._rows(table).get(number)

    def rows(self, table: str) -> list[Columns]:
        """Return every row, by id."""
        with self._lock:
            return list(self._rows(table).in_order())

    def where(self, table: str, **equal: Any) -> list[Columns]:
        """Return the rows whose columns have these values, by id."""
        with self._lock:
            return self._rows(table).equal(equal)

    def next_id(self, table: str) -> int:
        """Return the id after the largest."""
        with self._lock:
            found = self._database.execute(f"SELECT MAX(id) FROM {table}").fetchone()  # noqa: S608 - our names
        return int(found[0] or 0) + 1

    def insert(self, table: str, values: Columns) -> int:
        """Add a row; the id is taken from `values` or is the next one."""
        kinds = _checked(table, values)
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our names
        with self._lock:
            cursor = self._database.execute(
                query, [_packed(kinds[name], value) for name, value in values.items()]
            )
            number = int(cursor.lastrowid or 0)
            self._keep(table, number)
        return number

    def insert_all(self, table: str, rows: Iterable[Columns]) -> None:
        """Add many rows at once, or none of them."""
        with self._lock:
            self._write(table, rows)
            # Read here and now, and not while the first request waits.
            self._loaded[table] = _Rows(table, self._read(table, "1"))
            self.version += 1

    def append(self, table: str, values: Columns) -> None:
        """Add a row to a log; it is written with others, at the latest when somebody reads the log."""
        with self._lock:
            waiting = self._waiting.setdefault(table, [])
            waiting.append(values)
            if len(waiting) >= _MOST_WAITING:
                self._write_waiting(table)

    def _write_waiting(self, table: str) -> None:
        with self._lock:
            rows, last = self._waiting.pop(table, []), self.next_id(table) - 1
            self._write(table, rows)
            if table in self._loaded:
                for row in self._read(table, "id > ?", last):
                    self._loaded[table].put(row)

    def _write(self, table: str, rows: Iterable[Columns]) -> None:
        kinds = TABLES[table]
        marks = ", ".join("?" for _ in kinds)
        query = f"INSERT INTO {table} ({', '.join(kinds)}) VALUES ({marks})"  # noqa: S608 - our names
        packed = (
            [_packed(kind, values.get(name)) for name, kind in kinds.items()]
            for values in rows
            if _checked(table, values)
        )
        self._database.execute("BEGIN")
        done = False
        try:
            self._database.executemany(query, packed)
            done = True
        finally:
            self._database.execute("COMMIT" if done else "ROLLBACK")

    def update(self, table: str, number: int, values: Columns) -> None:
        """Change some columns of the row with this id."""
        kinds = _checked(table, values)
        if not values:
            return
        changes = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE {table} SET {changes} WHERE id = ?"  # noqa: S608 - our names
        with self._lock:
            packed = [_packed(kinds[name], value) for name, value in values.items()]
            self._database.execute(query, [*packed, number])
            self._keep(table, number)

    def _rows(self, table: str) -> _Rows:
        if table in self._waiting:
            self._write_waiting(table)
        found = self._loaded.get(table)
        if found is None:
            with self._lock:
                found = self._loaded[table] = _Rows(table, self._read(table, "1"))
        return found

    def _keep(self, table: str, number: int) -> None:
        """Replace a row in memory by what SQLite made of it, which casts what does not fit a column."""
        self.version += 1
        if table in self._loaded:
            for row in self._read(table, "id = ?", number):
                self._loaded[table].put(row)

    def _read(self, table: str, condition: str, *values: Any) -> list[Columns]:
        kinds = TABLES[table]
        query = f"SELECT {', '.join(kinds)} FROM {table} WHERE {condition} ORDER BY id"  # noqa: S608 - our names
        return [_columns(kinds, row) for row in self._database.execute(query, values).fetchall()]


def _checked(table: str, values: Columns) -> Mapping[str, Kind]:
    kinds = TABLES[table]
    unknown = sorted(set(values) - set(kinds))
    if unknown:
        message = f"{table} has no column {', '.join(unknown)}; it has {', '.join(kinds)}"
        raise ValueError(message)
    return kinds


def _columns(kinds: Mapping[str, Kind], row: tuple[Any, ...]) -> Columns:
    return {
        name: value if kind in _PLAIN or value is None else _unpacked(kind, value)
        for (name, kind), value in zip(kinds.items(), row, strict=True)
    }


_PLAIN = frozenset({Kind.INTEGER, Kind.TEXT, Kind.INSTANT})


def _packed(kind: Kind, value: Any) -> Any:
    if kind is Kind.JSON and value is not None:
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value


def _unpacked(kind: Kind, value: Any) -> Any:
    return json.loads(value) if kind is Kind.JSON else bool(value)
