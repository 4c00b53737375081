"""What each permitted parameter does to a course's columns and settings (Canvas: course.rb, its setters)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coursesync.sandbox.casts import (
    rails_boolean,
    rails_instant,
    rails_integer,
    rails_string,
    time_of_day,
    value_to_boolean,
)
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.inheritance import account_quota_mb, request_zone
from coursesync.sandbox.syllabus import Page, stored
from coursesync.sandbox.zones import iana

Setter = Callable[[Draft, Any], None]

_MEGABYTE = 1024 * 1024
_FORMATS = frozenset({"on_campus", "online", "blended"})
_LICENSES = frozenset(
    "private public_domain cc_by cc_by_sa cc_by_nc cc_by_nc_sa cc_by_nd cc_by_nc_nd".split()
)


def _text(column: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        draft.columns[column] = rails_string(value)

    return assign


def _presence(column: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        text = rails_string(value)
        draft.columns[column] = text if text and text.strip() else None

    return assign


def _boolean(column: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        draft.columns[column] = rails_boolean(value)

    return assign


def _integer(column: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        draft.columns[column] = rails_integer(value)

    return assign


def _instant(column: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        zone = request_zone(draft.world.store, draft.before["account_id"])
        draft.columns[column] = rails_instant(value, zone)

    return assign


def _setting(key: str) -> Setter:
    def assign(draft: Draft, value: Any) -> None:
        draft.settings[key] = value_to_boolean(value)

    return assign


def _name(draft: Draft, value: Any) -> None:
    draft.columns["name"] = (rails_string(value) or "").replace("\r", "")


def _time_zone(draft: Draft, value: Any) -> None:
    # An unknown name is no error: the course simply follows the root account again.
    text = rails_string(value)
    draft.columns["time_zone"] = text if iana(text) else None


def _license(draft: Draft, value: Any) -> None:
    text = rails_string(value)
    draft.columns["license"] = "private" if text is not None and text not in _LICENSES else text


def _course_format(draft: Draft, value: Any) -> None:
    draft.settings.pop("course_format", None)
    if value in _FORMATS:
        draft.settings["course_format"] = value


def _quota(draft: Draft, size: int) -> None:
    inherited = account_quota_mb(draft.world.store, draft.columns["account_id"]) * _MEGABYTE
    draft.columns["storage_quota"] = size if size > 0 and size != inherited else None


def _quota_bytes(draft: Draft, value: Any) -> None:
    _quota(draft, rails_integer(value) or 0)


def _quota_mb(draft: Draft, value: Any) -> None:
    _quota(draft, (rails_integer(value) or 0) * _MEGABYTE)


def _grading_standard_enabled(draft: Draft, value: Any) -> None:
    if not value_to_boolean(value):
        draft.columns["grading_standard_id"] = None
    elif draft.columns["grading_standard_id"] is None:
        draft.columns["grading_standard_id"] = 0


def _final_grade_override(draft: Draft, value: Any) -> None:
    # Kept as text; only "true" reads as true.
    draft.settings.pop("allow_final_grade_override", None)
    if value is not None and value != "":
        draft.settings["allow_final_grade_override"] = (
            str(value).lower() if isinstance(value, bool) else str(value)
        )


def _default_due_time(draft: Draft, value: Any) -> None:
    if value is None:
        return
    draft.settings.pop("default_due_time", None)
    parsed = time_of_day(str(value))
    if parsed:
        draft.settings["default_due_time"] = parsed


def _syllabus(draft: Draft, value: Any) -> None:
    text = rails_string(value)
    page = Page(store=draft.world.store, course=draft.before, base=draft.base)
    draft.columns["syllabus_body"] = stored(page, text) if text else text


def raw_color(draft: Draft, value: Any) -> None:
    """Store a colour as it is: only PUT course looks at it."""
    draft.settings.pop("course_color", None)
    if value not in {None, ""}:
        draft.settings["course_color"] = str(value)


# Taken by both PUT endpoints.
_SHARED: dict[str, Setter] = {
    "allow_final_grade_override": _final_grade_override,
    "allow_student_discussion_topics": _setting("allow_student_discussion_topics"),
    "allow_student_discussion_editing": _setting("allow_student_discussion_editing"),
    "allow_student_forum_attachments": _setting("allow_student_forum_attachments"),
    "allow_student_organized_groups": _boolean("allow_student_organized_groups"),
    "conditional_release": _setting("conditional_release"),
    "default_due_time": _default_due_time,
    "enable_course_paces": _setting("enable_course_paces"),
    "filter_speed_grader_by_student_group": _setting("filter_speed_grader_by_student_group"),
    "friendly_name": _presence("alt_name"),
    "hide_distribution_graphs": _setting("hide_distribution_graphs"),
    "hide_final_grades": _setting("hide_final_grade"),
    "hide_sections_on_course_users_page": _setting("hide_sections_on_course_users_page"),
    "home_page_announcement_limit": _integer("home_page_announcement_limit"),
    "homeroom_course": _boolean("homeroom_course"),
    "homeroom_course_id": _integer("homeroom_course_id"),
    "lock_all_announcements": _setting("lock_all_announcements"),
    "restrict_quantitative_data": _setting("restrict_quantitative_data"),
    "restrict_student_future_view": _setting("restrict_student_future_view"),
    "restrict_student_past_view": _setting("restrict_student_past_view"),
    "show_announcements_on_home_page": _boolean("show_announcements_on_home_page"),
    "show_total_grade_as_points": _setting("show_total_grade_as_points"),
    "syllabus_course_summary": _setting("syllabus_course_summary"),
    "sync_enrollments_from_homeroom": _boolean("sync_enrollments_from_homeroom"),
}

# Canvas: courses_controller.rb update_settings.
SETTINGS: dict[str, Setter] = {
    **_SHARED,
    "allow_student_anonymous_discussion_topics": _setting("allow_student_anonymous_discussion_topics"),
    "allow_student_discussion_reporting": _setting("allow_student_discussion_reporting"),
    "course_color": raw_color,
    "usage_rights_required": _setting("usage_rights_required"),
}


def _wrong_shape(_draft: Draft, value: Any) -> None:
    """Break, as Canvas does for keys it permits although they are associations or nothing at all."""
    message = f"cannot assign {value!r}"
    raise TypeError(message)


# Canvas: courses_controller.rb course_params; what update handles outside this list is in update.py.
COURSE: dict[str, Setter] = {
    **_SHARED,
    "abstract_course": _wrong_shape,
    "allow_student_wiki_edits": lambda _draft, _value: (
        None
    ),  # worked out from the editing roles on every save
    "allow_wiki_comments": _boolean("allow_wiki_comments"),
    "conclude_at": _instant("conclude_at"),
    "course_code": _text("course_code"),
    "course_format": _course_format,
    "course_grading_standard_enabled": _grading_standard_enabled,
    "default_view": _text("default_view"),
    "default_wiki_editing_roles": _text("default_wiki_editing_roles"),
    "enable_offline_web_export": _setting("enable_offline_web_export"),
    "grading_standard": _wrong_shape,
    "grading_standard_enabled": _grading_standard_enabled,
    "indexed": _boolean("indexed"),
    "integration_id": _text("integration_id"),
    "is_public": _boolean("is_public"),
    "is_public_to_auth_users": _setting("is_public_to_auth_users"),
    "license": _license,
    "locale": _presence("locale"),
    "name": _name,
    "open_enrollment": _boolean("open_enrollment"),
    "organize_epub_by_content_type": _setting("organize_epub_by_content_type"),
    "post_manually": lambda draft, value: draft.columns.update(post_manually=value_to_boolean(value)),
    "public_description": _text("public_description"),
    "public_syllabus": _setting("public_syllabus"),
    "public_syllabus_to_auth": _setting("public_syllabus_to_auth"),
    "quiz_engine_selected": _wrong_shape,
    "restrict_enrollments_to_course_dates": _boolean("restrict_enrollments_to_course_dates"),
    "self_enrollment": _boolean("self_enrollment"),
    "show_public_context_messages": _boolean("show_public_context_messages"),
    "start_at": _instant("start_at"),
    "storage_quota": _quota_bytes,
    "storage_quota_mb": _quota_mb,
    "syllabus_body": _syllabus,
    "time_zone": _time_zone,
    "turnitin_comments": _text("turnitin_comments"),
    "use_rights_required": _wrong_shape,
}
