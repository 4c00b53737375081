"""The audit log of a course: who changed what, when, and by which way in.

Canvas: course_audit_api_controller.rb, auditors/course.rb, the page "Course Audit log" of its API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.canvas.paths import course_path
from coursesync.catalogue.moments import format_instant
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError
from coursesync.model import AuditEvent

_LOG = "/api/v1/audit/course/courses/{id}"
# A course that somebody changed five hundred times since is not worth more requests.
_MOST_PAGES = 5


async def read_audit(canvas: Canvas, course_id: int) -> tuple[AuditEvent, ...]:
    """Return what the audit log has of a course, newest first, at most some hundred events.

    Raises CanvasRefused where the log is off (404) or the token may not read it, CanvasError where what it
    says makes no sense.
    """
    found: list[AuditEvent] = []
    pages = 0
    async for answer, events in canvas.pages(course_path(_LOG, course_id), items=_events):
        users = _users(answer)
        found += [_event(event, users) for event in events if isinstance(event, Mapping)]
        pages += 1
        if pages == _MOST_PAGES:
            break
    return tuple(sorted(found, key=lambda event: event.at, reverse=True))


def _events(answer: Value) -> Value:
    return answer.get("events") if isinstance(answer, Mapping) else None


def _users(answer: Value) -> dict[int, str]:
    linked = answer.get("linked") if isinstance(answer, Mapping) else None
    users = linked.get("users") if isinstance(linked, Mapping) else None
    named = [user for user in users if isinstance(user, Mapping)] if isinstance(users, list) else []
    return {
        number: str(user.get("name") or "") for user in named if (number := as_id(user.get("id"))) is not None
    }


def _event(event: Mapping[str, Value], users: Mapping[int, str]) -> AuditEvent:
    at, kind = _moment(event.get("created_at")), event.get("event_type")
    if at is None or not isinstance(kind, str):
        raise CanvasError("Canvas shows an event of the audit log without its moment or its type.")
    links = event.get("links")
    links = links if isinstance(links, Mapping) else {}
    user = as_id(links.get("user"))
    return AuditEvent(
        at=at,
        user_id=user,
        user=users.get(user, "") if user is not None else "",
        source=str(event.get("event_source") or ""),
        kind=kind,
        moved=_moved(event.get("event_data")),
        sis_batch=as_id(links.get("sis_batch")),
        copied_from=as_id(links.get("copied_from")),
    )


def _moment(value: Value) -> str | None:
    """Return a moment in UTC; Canvas writes it in the zone of the root account."""
    try:
        return (
            format_instant(datetime.fromisoformat(value).astimezone(UTC)) if isinstance(value, str) else None
        )
    except (ValueError, OverflowError):
        # The second: near the ends of the calendar a moment may have no counterpart in UTC.
        return None


def _moved(data: Value) -> dict[str, Value]:
    """Return the new values; each stands in a pair after the old one."""
    pairs = data.items() if isinstance(data, Mapping) else ()
    return {name: pair[1] for name, pair in pairs if isinstance(pair, list) and len(pair) == 2}
