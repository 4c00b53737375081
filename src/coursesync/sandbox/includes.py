"""What include[] adds to a course, documented and not (Canvas: lib/api/v1/course_json.rb)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coursesync.sandbox.call import Call
from coursesync.sandbox.inheritance import quota_bytes
from coursesync.sandbox.rights import account_rights, course_rights
from coursesync.sandbox.serialise import account_json, flag, picture
from coursesync.sandbox.store import Columns
from coursesync.sandbox.syllabus import Page, shown
from coursesync.sandbox.tables import CANVAS_COLUMNS

_LIVE = frozenset({"active", "invited", "creation_pending"})

Include = Callable[[Call, Columns], dict[str, Any]]


def included(call: Call, course: Columns, names: frozenset[str]) -> dict[str, Any]:
    """Return the keys that the names in include[] add; an unknown name adds nothing."""
    found: dict[str, Any] = {}
    for name in sorted(names):
        if name in _INCLUDES:
            found |= _INCLUDES[name](call, course)
        elif call.world.options.undocumented_includes:
            found |= _column(call, course, name)
    return found


def _column(call: Call, course: Columns, name: str) -> dict[str, Any]:
    """Return a database column: every name in include[] joins the list of attributes shown."""
    if name == "storage_quota":
        return {name: quota_bytes(call.store, course)}
    if name == "allow_student_forum_attachments":
        return {name: flag(course, name)}
    return {name: course[name]} if name in CANVAS_COLUMNS else {}


def _syllabus(call: Call, course: Columns) -> dict[str, Any]:
    page = Page(store=call.store, course=course, base=call.base)
    return {"syllabus_body": shown(page, course["syllabus_body"])}


def _description(_call: Call, course: Columns) -> dict[str, Any]:
    text = course["public_description"]
    return {} if text is None else {"public_description": text}


def _picture(name: str) -> Include:
    def include(call: Call, course: Columns) -> dict[str, Any]:
        return {f"{name}_download_url": picture(course, name, call.base)}

    return include


def _term(call: Call, course: Columns) -> dict[str, Any]:
    term = call.store.row("terms", course["enrollment_term_id"] or 0)
    if term is None:
        return {"term": None}
    shown = {name: term[name] for name in ("id", "name", "start_at", "end_at")}
    if account_rights(call.user) & {"read_sis", "manage_sis"}:
        shown["sis_term_id"] = term["sis_source_id"]
    return {"term": shown}


def _account(call: Call, course: Columns) -> dict[str, Any]:
    account = call.store.row("accounts", course["account_id"])
    return {"account": account and account_json(call.store, call.user, account)}


def _account_name(call: Call, course: Columns) -> dict[str, Any]:
    account = call.store.row("accounts", course["account_id"]) or {}
    return {"account_name": account.get("name")}


def _students(call: Call, course: Columns) -> dict[str, Any]:
    rows = call.store.where("enrollments", course_id=course["id"], type="StudentEnrollment")
    return {"total_students": sum(row["workflow_state"] in _LIVE for row in rows)}


def _quantitative(call: Call, course: Columns) -> dict[str, Any]:
    # The effective value for the caller: who may grade is not restricted.
    grades = "manage_grades" in course_rights(call.store, call.user, course)
    return {"restrict_quantitative_data": flag(course, "restrict_quantitative_data") and not grades}


def _permissions(call: Call, course: Columns) -> dict[str, Any]:
    may = "manage_course_content_edit" in course_rights(call.store, call.user, course)
    return {"permissions": {"create_discussion_topic": may, "create_announcement": may}}


_INCLUDES: dict[str, Include] = {
    "account": _account,
    "account_name": _account_name,
    "banner_image": _picture("banner_image"),
    "concluded": lambda _call, course: {"concluded": course["workflow_state"] == "completed"},
    "course_image": _picture("image"),
    "lti_context_id": lambda _call, course: {"lti_context_id": course["lti_context_id"]},
    "permissions": _permissions,
    "post_manually": lambda _call, course: {"post_manually": bool(course["post_manually"])},
    "public_description": _description,
    "restrict_quantitative_data": _quantitative,
    "storage_quota_used_mb": lambda _call, course: {
        "storage_quota_used_mb": float(course["storage_used_mb"] or 0)
    },
    "syllabus_body": _syllabus,
    "term": _term,
    "total_students": _students,
}
