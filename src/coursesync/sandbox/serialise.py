"""How a course and its settings look in the API (Canvas: lib/api/v1/course.rb and course_json.rb)."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.identity import User
from coursesync.sandbox.inheritance import (
    account_quota_mb,
    course_setting,
    course_zone,
    has_account_scheme,
    has_feature,
    is_elementary,
    quota_mb,
    root_of,
)
from coursesync.sandbox.rights import account_rights, course_rights
from coursesync.sandbox.store import Columns, Store
from coursesync.sandbox.zones import iana

_STATES = {"created": "unpublished", "claimed": "unpublished"}
# Canvas: course.rb, the settings with a default of true.
_TRUE_AT_FIRST = frozenset(
    {
        "allow_student_discussion_topics",
        "allow_student_discussion_editing",
        "allow_student_discussion_reporting",
        "allow_student_forum_attachments",
        "syllabus_course_summary",
    }
)


def flag(course: Columns, name: str) -> bool:
    """Return a boolean setting that is not inherited."""
    value = course["settings"].get(name)
    return name in _TRUE_AT_FIRST if value is None else bool(value)


def announcements_locked(store: Store, course: Columns) -> bool:
    """Tell whether announcements are closed for comments; in a homeroom they always are."""
    homeroom = course["homeroom_course"] and is_elementary(store, course)
    return bool(homeroom or course_setting(store, course, "lock_all_announcements"))


def friendly_name(store: Store, course: Columns) -> str | None:
    """Return the friendly name, which only a Canvas for Elementary account shows."""
    return course["alt_name"] if is_elementary(store, course) else None


def picture(course: Columns, name: str, base: str) -> str | None:
    """Return the address of a course's image or banner_image; a file gets a signed one."""
    number = course["settings"].get(f"{name}_id")
    if number:
        return f"{base}/files/{number}/download?download_frd=1&verifier=signed-{number}"
    return course["settings"].get(f"{name}_url") or None


def course_json(
    store: Store, user: User, course: Columns, *, base: str, friendly: bool = True
) -> dict[str, Any]:
    """Return the keys every course has; the account list leaves friendly names out."""
    return {
        "id": course["id"],
        **_names(store, user, course, friendly=friendly),
        "account_id": course["account_id"],
        "uuid": course["uuid"],
        "start_at": course["start_at"],
        "grading_standard_id": course["grading_standard_id"],
        "is_public": course["is_public"],
        "created_at": course["created_at"],
        "course_code": course["course_code"],
        "default_view": course["default_view"],
        "root_account_id": course["root_account_id"],
        "enrollment_term_id": course["enrollment_term_id"],
        "license": course["license"],
        "grade_passback_setting": course["grade_passback_setting"],
        "end_at": course["conclude_at"],
        **_visibility(course),
        "storage_quota_mb": quota_mb(store, course),
        "homeroom_course": bool(course["homeroom_course"]),
        "course_color": course["settings"].get("course_color"),
        "friendly_name": friendly_name(store, course),
        "apply_assignment_group_weights": course["group_weighting_scheme"] == "percent",
        **({"locale": course["locale"]} if course["locale"] is not None else {}),
        "calendar": {"ics": f"{base}/feeds/calendars/course_{course['uuid']}.ics"},
        "time_zone": course_zone(store, course),
        **_blueprint(course),
        **({"template": bool(course["template"])} if has_feature(store, course, "course_templates") else {}),
        **_sis_ids(store, user, course),
        "hide_final_grades": flag(course, "hide_final_grade"),
        "workflow_state": _STATES.get(course["workflow_state"], course["workflow_state"]),
        **_format(course),
        "restrict_enrollments_to_course_dates": bool(course["restrict_enrollments_to_course_dates"]),
    }


def _names(store: Store, user: User, course: Columns, *, friendly: bool) -> dict[str, str]:
    shown = friendly_name(store, course) if friendly else None
    shown = shown or user.nicknames.get(course["id"])
    return {"name": shown, "original_name": course["name"]} if shown else {"name": course["name"]}


def _visibility(course: Columns) -> dict[str, bool]:
    settings = course["settings"]
    to_users = bool(settings.get("is_public_to_auth_users"))
    public = settings.get("public_syllabus")
    public_to_users = settings.get("public_syllabus_to_auth")
    return {
        "public_syllabus": bool(course["is_public"] if public is None else public),
        "public_syllabus_to_auth": bool(to_users if public_to_users is None else public_to_users),
        "is_public_to_auth_users": to_users,
    }


def _blueprint(course: Columns) -> dict[str, Any]:
    """Return the blueprint keys; of the two restriction maps only the one in force is shown."""
    if not course["blueprint"]:
        return {"blueprint": False}
    name = "blueprint_restrictions"
    if course["use_blueprint_restrictions_by_object_type"]:
        name = "blueprint_restrictions_by_object_type"
    return {"blueprint": True, name: course[name] or {}}


def _sis_ids(store: Store, user: User, course: Columns) -> dict[str, Any]:
    rights = course_rights(store, user, course)
    found: dict[str, Any] = {}
    if rights & {"read_sis", "manage_sis"}:
        found = {"sis_course_id": course["sis_source_id"], "integration_id": course["integration_id"]}
    if "manage_sis" in rights:
        found["sis_import_id"] = course["sis_batch_id"]
    return found


def _format(course: Columns) -> dict[str, str]:
    found = course["settings"].get("course_format")
    return {"course_format": found} if found else {}


def settings_json(store: Store, course: Columns, *, base: str) -> dict[str, Any]:
    """Return the settings, every key of them."""
    settings = course["settings"]
    override = has_feature(store, course, "final_grades_override")
    by_group = has_feature(store, course, "filter_speed_grader_by_student_group")
    return {
        "allow_final_grade_override": override and settings.get("allow_final_grade_override") == "true",
        "allow_student_discussion_topics": flag(course, "allow_student_discussion_topics"),
        "allow_student_forum_attachments": flag(course, "allow_student_forum_attachments"),
        "allow_student_discussion_editing": flag(course, "allow_student_discussion_editing"),
        "allow_student_discussion_reporting": flag(course, "allow_student_discussion_reporting"),
        "allow_student_anonymous_discussion_topics": flag(
            course, "allow_student_anonymous_discussion_topics"
        ),
        "filter_speed_grader_by_student_group": by_group
        and flag(course, "filter_speed_grader_by_student_group"),
        "grading_standard_enabled": course["grading_standard_id"] is not None
        or has_account_scheme(store, course),
        "grading_standard_id": course["grading_standard_id"],
        "grade_passback_setting": course["grade_passback_setting"],
        "allow_student_organized_groups": course["allow_student_organized_groups"],
        "hide_final_grades": flag(course, "hide_final_grade"),
        "hide_distribution_graphs": flag(course, "hide_distribution_graphs"),
        "hide_sections_on_course_users_page": flag(course, "hide_sections_on_course_users_page"),
        "lock_all_announcements": announcements_locked(store, course),
        "usage_rights_required": bool(course_setting(store, course, "usage_rights_required")),
        "restrict_student_past_view": bool(course_setting(store, course, "restrict_student_past_view")),
        "restrict_student_future_view": bool(course_setting(store, course, "restrict_student_future_view")),
        "restrict_quantitative_data": flag(course, "restrict_quantitative_data"),
        "show_announcements_on_home_page": bool(course["show_announcements_on_home_page"]),
        "home_page_announcement_limit": course["home_page_announcement_limit"],
        "syllabus_course_summary": flag(course, "syllabus_course_summary"),
        "homeroom_course": bool(course["homeroom_course"]),
        **_pictures(course, base),
        "course_color": settings.get("course_color"),
        "friendly_name": friendly_name(store, course),
        "default_due_time": course_setting(store, course, "default_due_time"),
        "conditional_release": bool(course_setting(store, course, "conditional_release")),
    }


def _pictures(course: Columns, base: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in ("image", "banner_image"):
        found[f"{name}_url"] = course["settings"].get(f"{name}_url") or None
        found[f"{name}_id"] = course["settings"].get(f"{name}_id") or None
        found[name] = picture(course, name, base)
    return found


def account_json(store: Store, user: User, account: Columns) -> dict[str, Any]:
    """Return an account; its SIS ids are only there for those who may read them."""
    root = root_of(store, account["id"])
    body = {
        "id": account["id"],
        "name": account["name"],
        "workflow_state": "active",
        "parent_account_id": account["parent_account_id"],
        "root_account_id": None if root["id"] == account["id"] else root["id"],
        "default_storage_quota_mb": account_quota_mb(store, account["id"]),
        "default_user_storage_quota_mb": 50,
        "default_group_storage_quota_mb": 50,
        "default_time_zone": iana(account["default_time_zone"] or root["default_time_zone"]),
    }
    if "read_sis" in account_rights(user):
        body |= {"sis_account_id": account["sis_source_id"], "integration_id": None, "sis_import_id": None}
    return body


def user_json(user: Columns) -> dict[str, Any]:
    """Return a person as an administrator sees one."""
    first, _, last = user["name"].rpartition(" ")
    return {
        "id": user["id"],
        "name": user["name"],
        "sortable_name": f"{last}, {first}" if first else user["name"],
        "short_name": user["name"],
        "login_id": user["login_id"],
    }
