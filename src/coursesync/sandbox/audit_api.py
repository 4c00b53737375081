"""The audit log of a course (Canvas: course_audit_api_controller.rb, lib/api/v1/course_event.rb)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.casts import rails_instant
from coursesync.sandbox.errors import message, no_scope, not_found
from coursesync.sandbox.inheritance import request_zone
from coursesync.sandbox.lookups import find_course
from coursesync.sandbox.paging import bookmarked
from coursesync.sandbox.serialise import course_json, user_json
from coursesync.sandbox.store import Columns
from coursesync.sandbox.tables import CANVAS_COLUMNS, Kind

_ORDER = ("created_at", "id")


async def get_course_events(call: Call, text: str) -> Answer:
    """Answer GET /audit/course/courses/:course_id: its events, newest first, page by bookmark."""
    if call.user.scoped:
        raise no_scope()
    if not call.world.options.audit:
        raise not_found()
    course = find_course(call.store, text)
    if course["workflow_state"] == "deleted" and not call.world.options.audit_by_source:
        raise not_found()
    call.need_account_right("view_course_changes")
    zone = request_zone(call.store, course["account_id"])
    rows = _between(call, call.store.where("course_events", course_id=course["id"]), zone)
    rows.sort(key=lambda row: [row[name] for name in _ORDER], reverse=True)
    page = bookmarked(call, rows, columns=_ORDER, newest_first=True)
    await call.world.pause(len(page.items))
    return Answer(body=_compound(call, page.items, zone), headers=page.headers)


def _between(call: Call, rows: list[Columns], zone: str) -> list[Columns]:
    """Return the events from start_time to end_time, both included."""
    oldest, newest = _time(call, "start_time", zone), _time(call, "end_time", zone)
    return [
        row
        for row in rows
        if (oldest is None or oldest <= row["created_at"]) and (newest is None or row["created_at"] <= newest)
    ]


def _time(call: Call, name: str, zone: str) -> str | None:
    given = call.params.get(name)
    found = rails_instant(given, zone)
    if given and found is None and not call.world.options.audit_by_source:
        raise message(400, f"{name} is not a valid time")
    return found


def _compound(call: Call, events: Sequence[Columns], zone: str) -> dict[str, Any]:
    users = _linked(call, "users", [row["user_id"] for row in events])
    courses = _linked(
        call, "courses", [row[name] for row in events for name in ("course_id", "other_course_id")]
    )
    return {
        "links": {
            "events.course": f"{call.base}/api/v1/courses/{{events.course}}",
            "events.user": None,
            "events.sis_batch": None,
        },
        "events": [_event(row, zone) for row in events],
        "linked": {
            # Requests of the API are no views of a page.
            "page_views": [],
            "courses": [course_json(call.store, call.user, row, base=call.base) for row in courses],
            "users": [user_json(row) for row in users],
        },
    }


def _linked(call: Call, table: str, numbers: list[int | None]) -> list[Columns]:
    """Return the rows the events speak of, each once; somebody who is gone is left out."""
    rows = (call.store.row(table, number) for number in dict.fromkeys(numbers) if number is not None)
    return [row for row in rows if row is not None]


def _event(row: Columns, zone: str) -> dict[str, Any]:
    links = {
        "course": row["course_id"],
        "page_view": None,
        "user": row["user_id"],
        "sis_batch": row["sis_batch_id"],
    }
    if row["other_course_id"] is not None:
        links[row["event_type"]] = row["other_course_id"]
    return {
        "id": str(uuid5(NAMESPACE_OID, f"course event {row['id']}")),
        "created_at": _local(row["created_at"], zone),
        "event_type": row["event_type"],
        "event_source": row["event_source"],
        "event_data": {name: _pair(name, pair, zone) for name, pair in row["event_data"].items()},
        "links": links,
    }


def _pair(name: str, pair: list[Any], zone: str) -> list[Any]:
    if CANVAS_COLUMNS.get(name) is not Kind.INSTANT:
        return pair
    return [value and _local(value, zone) for value in pair]


def _local(instant: str, zone: str) -> str:
    """Return a moment as the log shows it: unlike the rest of the API, with the offset of a zone."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).isoformat().replace("+00:00", "Z")
