"""The blueprint switch and its restriction maps; written at once, before anything else is validated."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.casts import value_to_boolean
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import add_error
from coursesync.sandbox.parameters import Params

# Canvas: app/models/master_courses.rb LOCK_TYPES and RESTRICTED_OBJECT_TYPES.
_LOCKS = frozenset({"content", "settings", "points", "due_dates", "availability_dates", "state"})
_TYPES = frozenset({"assignment", "attachment", "discussion_topic", "quiz", "wiki_page", "course_pace"})
_GENERAL = "blueprint_restrictions"
_BY_TYPE = "blueprint_restrictions_by_object_type"
_USE_BY_TYPE = "use_blueprint_restrictions_by_object_type"
_NOT_REAL = frozenset({"deleted", "rejected", "completed", "inactive"})


def change_blueprint(draft: Draft, sent: Params) -> None:
    """Switch the blueprint on or off and replace its restriction maps, as far as they were sent."""
    if "blueprint" in sent:
        _switch(draft, on=value_to_boolean(sent["blueprint"]))
    if draft.columns["blueprint"] and {_GENERAL, _BY_TYPE, _USE_BY_TYPE} & set(sent):
        _restrict(draft, sent)


def _switch(draft: Draft, *, on: bool) -> None:
    if on == bool(draft.columns["blueprint"]):
        return
    draft.need("manage_master_courses")
    obstacle = _obstacle(draft) if on else None
    if obstacle:
        add_error(draft.errors, "master_course", obstacle)
        return
    changes: dict[str, Any] = {"blueprint": on}
    if on and draft.columns[_GENERAL] is None:
        # A course that was a blueprint before gets its old template back, restrictions and all.
        changes |= {_GENERAL: {"content": True}, _BY_TYPE: {}, _USE_BY_TYPE: False}
    draft.write_now(changes)
    if not on:
        _release_children(draft)


def _release_children(draft: Draft) -> None:
    """End every association, as Canvas's background job does; switching on again does not bring them back."""
    for child in draft.world.store.where("courses", blueprint_course_id=draft.before["id"]):
        draft.world.write_course(child["id"], {"blueprint_course_id": None})


def _obstacle(draft: Draft) -> str | None:
    """Return why the course cannot become a blueprint."""
    if draft.before["blueprint_course_id"] is not None:
        return "Course is already associated with a blueprint"
    rows = draft.world.store.where("enrollments", course_id=draft.before["id"])
    types = {row["type"] for row in rows if row["workflow_state"] not in _NOT_REAL}
    if "StudentEnrollment" in types:
        return "Cannot have a blueprint course with students"
    return "Cannot have a blueprint course with observers" if "ObserverEnrollment" in types else None


def _restrict(draft: Draft, sent: Params) -> None:
    changes: dict[str, Any] = {}
    if _USE_BY_TYPE in sent:
        changes[_USE_BY_TYPE] = value_to_boolean(sent[_USE_BY_TYPE])
    if sent.get(_GENERAL) is not None:
        changes[_GENERAL] = _locks(sent[_GENERAL])
    if sent.get(_BY_TYPE) is not None:
        changes[_BY_TYPE] = {kind: _locks(locks) for kind, locks in sent[_BY_TYPE].items()}
    changes = {name: value for name, value in changes.items() if value != draft.columns[name]}
    if not changes:
        return
    draft.need("manage_master_courses")
    if _valid(changes.get(_GENERAL, {}), changes.get(_BY_TYPE, {})):
        draft.write_now(changes)
    else:
        add_error(draft.errors, "master_course_restrictions", "Invalid restrictions")


def _locks(locks: Any) -> dict[str, bool]:
    # A text instead of a map breaks Canvas too: there it is an error 500.
    return {name: value_to_boolean(value) for name, value in locks.items()}


def _valid(general: dict[str, bool], by_type: dict[str, dict[str, bool]]) -> bool:
    return (
        set(general) <= _LOCKS
        and set(by_type) <= _TYPES
        and all(set(locks) <= _LOCKS for locks in by_type.values())
    )
