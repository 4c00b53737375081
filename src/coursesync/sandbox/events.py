"""The events that move a course from state to state; each is written at once and without validation."""

from __future__ import annotations

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import add_error
from coursesync.sandbox.states import AUDITED, TARGETS, columns_after, enrollments_follow
from coursesync.sandbox.world import Sandbox

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


def need_right_for(draft: Draft, event: object) -> None:
    """Refuse the request unless the user may cause an event; an unknown event fails later."""
    if isinstance(event, str) and event in _RIGHTS:
        draft.need(*_RIGHTS[event])


def process(draft: Draft, event: object) -> None:
    """Move the course, or note why it cannot move; an event into the state it has does nothing."""
    if not isinstance(event, str) or event not in _SOURCES:
        add_error(draft.errors, "workflow_state", f"unrecognized event {event}")
        return
    state = draft.before["workflow_state"]
    if state == TARGETS[event]:
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
        _move(draft, "unconclude")
    elif event == "undelete":
        # Also a course that was never deleted: there is no source state.
        _move(draft, event)
    elif event == "delete":
        _move(draft, event, sis_source_id=None)
    else:
        process(draft, event)


def _has_graded_submissions(world: Sandbox, course_id: int) -> bool:
    rows = world.store.where("enrollments", course_id=course_id, graded=True)
    return any(row["type"] == "StudentEnrollment" for row in rows)


def _move(draft: Draft, event: str, **besides: object) -> None:
    now = instant_text(draft.world.options.now())
    draft.write_now({**columns_after(draft.before, event, now), **besides})
    enrollments_follow(draft.world.store, draft.before["id"], event)
    draft.record(AUDITED[event])
