"""The events of a course: the state each leads to, who moves with it, and what the audit log calls it."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.store import Columns, Store

TARGETS = {
    "offer": "available",
    "claim": "claimed",
    "conclude": "completed",
    "unconclude": "available",
    "delete": "deleted",
    "undelete": "claimed",
}

# Canvas: courses_controller.rb process_course_event and course.rb do_batch_update.
AUDITED = {
    "offer": "published",
    "claim": "unpublished",
    "conclude": "concluded",
    "unconclude": "unconcluded",
    "delete": "deleted",
    "undelete": "restored",
}

_ENROLLMENTS = {
    "conclude": ("completed", frozenset({"active", "invited"})),
    "delete": ("deleted", frozenset({"active", "invited", "completed", "inactive", "creation_pending"})),
}


def columns_after(course: Columns, event: str, now: str) -> dict[str, Any]:
    """Return the columns an event changes; only concluding and taking that back look at the end date."""
    columns: dict[str, Any] = {"workflow_state": TARGETS[event]}
    if event == "conclude" and course["conclude_at"] is None:
        columns["conclude_at"] = now
    if event == "unconclude":
        columns["conclude_at"] = None
    return columns


def enrollments_follow(store: Store, course_id: int, event: str) -> None:
    """Move the enrollments of a course along with it."""
    if event not in _ENROLLMENTS:
        return
    state, sources = _ENROLLMENTS[event]
    for row in store.where("enrollments", course_id=course_id):
        if row["workflow_state"] in sources:
            store.update("enrollments", row["id"], {"workflow_state": state})


def event_between(before: str, after: str) -> str | None:
    """Return the event that leads from one state to another; None where nothing happens."""
    if before == after:
        return None
    if after == "available":
        return "unconclude" if before == "completed" else "offer"
    if after in {"claimed", "created"}:
        return "undelete" if before == "deleted" else "claim"
    return {"completed": "conclude", "deleted": "delete"}.get(after)
