"""What the audit log of course 9001 says."""

from __future__ import annotations

from typing import Any

from tests.sandbox.desk import COURSE, Desk

LOG = f"/api/v1/audit/course/courses/{COURSE}"


def events(desk: Desk, course_id: int = COURSE, **params: Any) -> list[dict[str, Any]]:
    """Return the events of a course as an administrator sees them, newest first."""
    found = desk.get(f"/api/v1/audit/course/courses/{course_id}", params={"per_page": 100, **params})
    assert found.status_code == 200, found.text
    listed = found.json()["events"]
    assert isinstance(listed, list)
    return listed


def told(desk: Desk, course_id: int = COURSE) -> list[tuple[str, str, int | None, dict[str, Any]]]:
    """Return kind, source, user and data of each event but the course's creation, oldest first."""
    return [
        (event["event_type"], event["event_source"], event["links"]["user"], event["event_data"])
        for event in reversed(events(desk, course_id))
        if event["event_type"] != "created"
    ]
