"""The events that move a course from state to state; each is written at once and without validation."""

from __future__ import annotations

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import add_error
from coursesync.sandbox.world import Sandbox

_TARGETS = {
    "offer": "available",
    "claim": "claimed",
    "conclude": "completed",
    "delete": "deleted",
    "undelete": "claimed",
}
# Canvas: course.rb, workflow.
_SOURCES = {
    "offer": {"created", "claimed", "completed"},
    "claim": {"created", "available", "completed"},
    "conclude": {"created", "claimed", "available"},
    "delete": {"created", "claimed", "available", "completed"},
    "undelete": {"deleted"},
}
_RIGHTS = {
    "offer": ("manage_courses_publish", "change_course_state"),
    "claim": ("manage_courses_publish", "change_course_state"),
    "conclude": ("manage_courses_conclude", "change_course_state"),
    "delete": ("delete",),
    "undelete": ("delete",),
}

_NOT_DELETED = {"active", "invited", "completed", "inactive", "creation_pending"}


def need_right_for(draft: Draft, event: object) -> None:
    """Refuse the request unless the user may cause an event; an unknown event fails later."""
    if isinstance(event, str) and event in _RIGHTS:
        draft.need(*_RIGHTS[event])


def process(draft: Draft, event: object) -> None:
    """Move the course, or note why it cannot move; an event into the state it has does nothing."""
    if not isinstance(event, str) or event not in _TARGETS:
        add_error(draft.errors, "workflow_state", f"unrecognized event {event}")
        return
    state = draft.before["workflow_state"]
    if state == _TARGETS[event]:
        return
    if state not in _SOURCES[event]:
        add_error(draft.errors, "workflow_state", f"cannot {event} from {state}")
    elif event == "claim" and _has_graded_submissions(draft.world, draft.before["id"]):
        add_error(draft.errors, "workflow_state", "cannot be unpublished: it has graded submissions")
    else:
        _move(draft, event)


def process_in_batch(draft: Draft, event: str) -> None:
    """Move the course as the batch of an account does, past the guards that an event of its own has."""
    state = draft.before["workflow_state"]
    if event == "offer" and state == "completed":
        draft.write_now({"workflow_state": "available", "conclude_at": None})
    elif event == "undelete":
        # Also a course that was never deleted: there is no source state.
        draft.write_now({"workflow_state": "claimed"})
    elif event == "delete":
        draft.write_now({"sis_source_id": None, "workflow_state": "deleted"})
        _enrollments_become(draft, "deleted", _NOT_DELETED)
    else:
        process(draft, event)


def _has_graded_submissions(world: Sandbox, course_id: int) -> bool:
    rows = world.store.where("enrollments", course_id=course_id, graded=True)
    return any(row["type"] == "StudentEnrollment" for row in rows)


def _move(draft: Draft, event: str) -> None:
    changes: dict[str, object] = {"workflow_state": _TARGETS[event]}
    if event == "conclude" and draft.before["conclude_at"] is None:
        changes["conclude_at"] = instant_text(draft.world.options.now())
    draft.write_now(changes)
    if event == "conclude":
        _enrollments_become(draft, "completed", {"active", "invited"})
    elif event == "delete":
        _enrollments_become(draft, "deleted", _NOT_DELETED)


def _enrollments_become(draft: Draft, state: str, sources: set[str]) -> None:
    store = draft.world.store
    for row in store.where("enrollments", course_id=draft.before["id"]):
        if row["workflow_state"] in sources:
            store.update("enrollments", row["id"], {"workflow_state": state})
