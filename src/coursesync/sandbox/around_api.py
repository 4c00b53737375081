"""The endpoints that tell what is around a course: its front page, its people, blueprints, and features."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.errors import not_found
from coursesync.sandbox.inheritance import chain
from coursesync.sandbox.lookups import find_account, find_course
from coursesync.sandbox.paging import numbered
from coursesync.sandbox.parameters import listed
from coursesync.sandbox.rights import course_rights
from coursesync.sandbox.store import Columns

# What Canvas lists where no state is asked for (Canvas: enrollments_api_controller.rb, index).
_USUAL_STATES = ("active", "invited")
# The features the stand-in knows; it has them on or off by account, never for a course to decide.
_FEATURES = frozenset(
    {
        "course_templates",
        "filter_speed_grader_by_student_group",
        "restrict_quantitative_data",
        "final_grades_override",
    }
)


async def get_front_page(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/front_page."""
    course = await _course(call, text, "read")
    if not course["has_front_page"]:
        raise not_found()
    return Answer(body={"url": "home", "title": "Home", "front_page": True, "published": True})


async def get_enrollments(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/enrollments, by type and state."""
    course = await _course(call, text, "update", "manage_content", "manage_course_content_edit")
    kinds = listed(call.params, "type")
    states = listed(call.params, "state") or _USUAL_STATES
    rows = [
        row
        for row in call.store.where("enrollments", course_id=course["id"])
        if row["workflow_state"] in states and (kinds is None or row["type"] in kinds)
    ]
    page = numbered(call, rows, counted=True)
    return Answer(body=[_enrollment(row) for row in page.items], headers=page.headers)


def _enrollment(row: Columns) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "course_id", "user_id", "type")}
    return {**shown, "enrollment_state": row["workflow_state"]}


async def get_blueprint_template(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/blueprint_templates/default for who may manage the course."""
    course = await _course(call, text, "update")
    if not course["blueprint"]:
        raise not_found()
    followers = call.store.where("courses", blueprint_course_id=course["id"])
    return Answer(
        body={
            "id": course["id"],
            "course_id": course["id"],
            "last_export_completed_at": None,
            "associated_course_count": sum(row["workflow_state"] != "deleted" for row in followers),
        }
    )


async def get_blueprint_subscriptions(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/blueprint_subscriptions for who may manage the course."""
    course = await _course(call, text, "update")
    blueprint = call.store.row("courses", course["blueprint_course_id"] or 0)
    if blueprint is None:
        return Answer(body=[])
    shown = {name: blueprint[name] for name in ("id", "name", "course_code")}
    return Answer(body=[{"id": course["id"], "template_id": blueprint["id"], "blueprint_course": shown}])


async def get_account_flag(call: Call, text: str, feature: str) -> Answer:
    """Answer GET /accounts/:id/features/flags/:feature."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("read")
    return Answer(body=_flag(call, account["id"], feature, "Account"))


async def get_course_flag(call: Call, text: str, feature: str) -> Answer:
    """Answer GET /courses/:id/features/flags/:feature."""
    course = await _course(call, text, "read")
    return Answer(body=_flag(call, course["account_id"], feature, "Course"))


def _flag(call: Call, account_id: int, feature: str, kind: str) -> dict[str, Any]:
    """Return the flag in force: that of the nearest account that has the feature, else off."""
    if feature not in _FEATURES:
        raise not_found()
    accounts = chain(call.store, account_id)
    owner = next((row for row in accounts if feature in (row["features"] or ())), None)
    place = owner or accounts[-1]
    state = "on" if owner else "off"
    return {"feature": feature, "context_type": "Account", "context_id": place["id"], "state": state} | {
        "locked": kind == "Course" or place["id"] != account_id
    }


async def _course(call: Call, text: str, *any_of: str) -> Columns:
    course = find_course(call.store, text)
    await call.world.pause()
    if not course_rights(call.store, call.user, course) & set(any_of):
        raise call.not_allowed()
    return course
