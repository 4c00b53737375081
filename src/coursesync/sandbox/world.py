"""One stand-in Canvas: its state, its log of requests, and what tests may do behind the API's back."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coursesync.sandbox.audit import Author, Moved, event_row, made, moved
from coursesync.sandbox.bucket import Throttle
from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.course_copy import columns_copied
from coursesync.sandbox.faults import Fault, Faults
from coursesync.sandbox.fleet import fleet
from coursesync.sandbox.jobs import Job
from coursesync.sandbox.options import Options
from coursesync.sandbox.parameters import Params
from coursesync.sandbox.seed import digest, new_course, plant
from coursesync.sandbox.states import AUDITED, TARGETS, columns_after, enrollments_follow, event_between
from coursesync.sandbox.store import Columns, Store, copied

# Latency varies around its mean, and every run varies alike.
_JITTER = (0.8, 1.1, 0.9, 1.2)
_PER_ITEM = 0.01
_BUSY_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One API request and how it was answered.

    Attributes:
        method: GET, PUT, ...
        path: decoded, without the query.
        raw_path: as it was sent.
        query: the pairs of the query string.
        body: the parameters of the body; None without one.
        status: of the answer; 0 when the client hung up before there was one.
        token: the access token that was sent.
        started: when it came in, by the clock of the options.
        ended: when it was answered.
        fault: what was done to it on purpose, if anything.

    """

    method: str
    path: str
    raw_path: str
    query: list[tuple[str, str]]
    body: Params | None
    status: int
    token: str | None
    started: float
    ended: float
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The courses of a list as they were found once.

    Attributes:
        version: of the store they were found in.
        rows: the courses, in the order of the list.

    """

    version: int
    rows: Sequence[Columns]


class Sandbox:
    """The state of one stand-in: `store` holds the rows, `log` the requests, `jobs` what is done later.

    `faults` is what goes wrong on purpose.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = Store(options.db)
        weakref.finalize(self, self.store.close)
        plant(self.store, options.seed, options.now())
        # A file may hold some of them from the last time.
        self.add_courses(
            [row for row in fleet(options.fleet) if self.store.row("courses", row["id"]) is None]
        )
        self.log: list[LogEntry] = []
        self.jobs: dict[int, Job] = {}
        self.lists: dict[str, Known] = {}
        self.throttle = Throttle(hwm=options.hwm, clock=options.clock)
        self.faults = Faults(options.faults, seed=options.fault_seed, clock=options.clock)
        self._versions: dict[int, list[tuple[float, Columns]]] = {}
        self._jitter = itertools.cycle(_JITTER)
        self._numbers = itertools.count(1)

    def writes(self) -> list[LogEntry]:
        """Return the requests that ask Canvas to change something."""
        return [
            entry
            for entry in self.log
            if entry.method in {"PUT", "POST", "DELETE", "PATCH"}
            and not entry.path.endswith(("/preview_html", "/graphql"))
        ]

    def course(self, course_id: int) -> dict[str, Any]:
        """Return a course as it is stored."""
        return copied(self._row(course_id))

    def course_ids(self) -> list[int]:
        """Return the ids of all courses, deleted ones too."""
        return [row["id"] for row in self.store.rows("courses")]

    def edit(
        self,
        course_id: int,
        *,
        user: int | None = None,
        source: str = "manual",
        sis_batch: int | None = None,
        at: datetime | str | None = None,
        **columns: Any,
    ) -> None:
        """Change a course behind the API's back; `settings` is merged, and None there takes a key away.

        The audit log has it as done by the user, or by an administrator, `at` that moment or now.
        """
        before = self._row(course_id)
        merged = {**before["settings"], **columns.pop("settings", {})}
        settings = {name: value for name, value in merged.items() if value is not None}
        self.store.update("courses", course_id, {**columns, "settings": settings})
        after, author = self._row(course_id), self._author(user, source, at, sis_batch)
        event = event_between(before["workflow_state"], after["workflow_state"])
        if event:
            self.record(author, course_id, AUDITED[event])
        changes = moved(before, after)
        if changes:
            self.record(author, course_id, "updated", changes)

    def act(
        self,
        course_id: int,
        event: str,
        *,
        user: int | None = None,
        source: str = "manual",
        sis_batch: int | None = None,
        at: datetime | str | None = None,
    ) -> None:
        """Offer, claim, conclude, unconclude, delete or undelete a course as on the web pages."""
        course, author = self._row(course_id), self._author(user, source, at, sis_batch)
        if course["workflow_state"] == TARGETS[event]:
            return
        self.store.update("courses", course_id, columns_after(course, event, author.at))
        enrollments_follow(self.store, course_id, event)
        self.record(author, course_id, AUDITED[event])

    def copy_into(
        self,
        course_id: int,
        *,
        from_course: int,
        user: int | None = None,
        source: str = "manual",
        at: datetime | str | None = None,
    ) -> None:
        """Copy the settings of another course into a course, as somebody.

        The audit log of either course tells of the other one, and nothing of what changed.
        """
        author, origin = self._author(user, source, at), self._row(from_course)
        self.store.update("courses", course_id, columns_copied(origin, self._row(course_id)))
        self.record(author, course_id, "copied_from", other_course_id=from_course)
        self.record(author, from_course, "copied_to", other_course_id=course_id)

    def edit_account(self, account_id: int, **columns: Any) -> None:
        """Change an account; `settings` is merged, each {"value": ..., "locked": ...}."""
        account = self.store.row("accounts", account_id) or {}
        settings = {**(account.get("settings") or {}), **columns.pop("settings", {})}
        self.store.update("accounts", account_id, {**columns, "settings": settings})

    def edit_user(self, user_id: int, **columns: Any) -> None:
        """Change a user: `denied` takes rights away, `courses` limits the role, `nicknames` rename."""
        self.store.update("users", user_id, columns)

    def add_course(self, **columns: Any) -> int:
        """Add a course with what Canvas puts into a new one, and return its id."""
        number = int(columns.get("id") or self.store.next_id("courses"))
        fresh = new_course(self.store, number, instant_text(self.options.now()))
        number = self.store.insert("courses", {**fresh, **columns})
        self.record(self._author(None, "api"), number, "created", made(columns))
        return number

    def add_courses(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add many courses at once, each with what Canvas puts into a new one; the audit log starts later."""
        following, now = self.store.next_id("courses"), instant_text(self.options.now())
        added = []
        for row in rows:
            number = int(row.get("id") or following)
            following = max(following, number + 1)
            added.append({**new_course(self.store, number, now), **row, "id": number})
        if added:
            self.store.insert_all("courses", added)

    def enroll(
        self, course_id: int, *, kind: str = "StudentEnrollment", count: int = 1, **columns: Any
    ) -> None:
        """Enroll people in a course; `graded=True` gives them a submission with points."""
        row = {"workflow_state": "active", "graded": False, **columns, "course_id": course_id, "type": kind}
        for _ in range(count):
            self.store.insert("enrollments", row)

    def add_file(self, course_id: int | None, **columns: Any) -> int:
        """Add a file to a course, or to nobody's course, and return its id."""
        number = self.store.insert(
            "files", {"state": "available", "name": "file", **columns, "course_id": course_id}
        )
        self.store.update("files", number, {"uuid": columns.get("uuid") or digest("file", number)})
        return number

    def fail_next(
        self,
        *,
        method: str,
        path_contains: str,
        status: int,
        body: str = "",
        content_type: str = "application/json",
        times: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next requests of this kind with a fault instead of doing what they ask."""
        self.faults.add(
            Fault(
                what="error",
                method=method.upper(),
                path=f"**{path_contains}**",
                status=status,
                body=body,
                media_type=content_type,
                times=times,
                headers=headers or {},
            )
        )

    def remember(self, question: str, known: Known) -> None:
        """Keep what a list found, and forget what no longer holds."""
        self.lists = {text: one for text, one in self.lists.items() if one.version == known.version}
        self.lists[question] = known

    def number(self) -> int:
        """Return the next number for request and error report ids."""
        return next(self._numbers)

    async def pause(self, items: int = 1) -> None:
        """Take as long as an answer with this many items takes."""
        mean = self.options.latency_ms / 1000
        if mean:
            await self.options.sleep(mean * next(self._jitter) * (1 + _PER_ITEM * (items - 1)))

    def cost(self, elapsed: float) -> float:
        """Return what a request costs: processor and database time, never more than the time that passed."""
        return round(elapsed * _BUSY_SHARE, 6)

    def record(
        self,
        author: Author,
        course_id: int,
        kind: str,
        changes: Moved | None = None,
        other_course_id: int | None = None,
    ) -> None:
        """Write into the audit log of a course, where there is one."""
        if not self.options.audit:
            return
        if kind == AUDITED["claim"] and self.options.audit_by_source:
            kind = "claimed"
        self.store.append("course_events", event_row(author, course_id, kind, changes, other_course_id))

    def _author(
        self, user: int | None, source: str, at: datetime | str | None = None, sis_batch: int | None = None
    ) -> Author:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return Author(
            user_id=self._administrator() if user is None else user,
            at=instant_text(moment or self.options.now()),
            source=source,
            sis_batch=sis_batch,
        )

    def _administrator(self) -> int | None:
        people = sorted(self.store.rows("users"), key=lambda row: (row["role"] != "admin", row["id"]))
        return people[0]["id"] if people else None

    def _row(self, course_id: int) -> Columns:
        found = self.store.row("courses", course_id)
        if found is None:
            message = f"there is no course {course_id}"
            raise LookupError(message)
        return found

    def write_course(self, course_id: int, changes: Mapping[str, Any]) -> None:
        """Write columns of a course on behalf of a request."""
        if self.options.replica_lag or self.faults.lags:
            self._versions.setdefault(course_id, []).append((self.options.clock(), self.course(course_id)))
        self.store.update("courses", course_id, changes)

    def replicated(self, course: Columns, lag: float) -> Columns:
        """Return a course as a read replica has it that is so many seconds behind."""
        seen = self.options.clock() - lag
        versions = [version for version in self._versions.get(course["id"], []) if version[0] > seen]
        return versions[0][1] if versions else course
