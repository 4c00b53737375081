"""The tables and columns of the stand-in, and what Canvas puts into a new course."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a column holds; the value is its SQLite type."""

    INTEGER = "INTEGER"
    TEXT = "TEXT"
    INSTANT = "VARCHAR"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"


_I, _T, _D, _B, _J = Kind.INTEGER, Kind.TEXT, Kind.INSTANT, Kind.BOOLEAN, Kind.JSON

# Columns of Canvas's own courses table.
CANVAS_COLUMNS: Mapping[str, Kind] = {
    "id": _I,
    "name": _T,
    "course_code": _T,
    "account_id": _I,
    "root_account_id": _I,
    "enrollment_term_id": _I,
    "workflow_state": _T,
    "uuid": _T,
    "created_at": _D,
    "start_at": _D,
    "conclude_at": _D,
    "restrict_enrollments_to_course_dates": _B,
    "time_zone": _T,
    "locale": _T,
    "default_view": _T,
    "is_public": _B,
    "indexed": _B,
    "public_description": _T,
    "license": _T,
    "open_enrollment": _B,
    "self_enrollment": _B,
    "self_enrollment_code": _T,
    "storage_quota": _I,
    "grading_standard_id": _I,
    "grade_passback_setting": _T,
    "group_weighting_scheme": _T,
    "syllabus_body": _T,
    "default_wiki_editing_roles": _T,
    "allow_wiki_comments": _B,
    "allow_student_wiki_edits": _B,
    "show_public_context_messages": _B,
    "turnitin_comments": _T,
    "template": _B,
    "homeroom_course": _B,
    "homeroom_course_id": _I,
    "sync_enrollments_from_homeroom": _B,
    "allow_student_organized_groups": _B,
    "show_announcements_on_home_page": _B,
    "home_page_announcement_limit": _I,
    "alt_name": _T,
    "sis_source_id": _T,
    "integration_id": _T,
    "lti_context_id": _T,
    "sis_batch_id": _I,
    "stuck_sis_fields": _J,
    "settings": _J,
}

# What Canvas keeps in other tables (templates, pages, post policies, announcements), here beside the course.
_BESIDE: Mapping[str, Kind] = {
    "blueprint": _B,
    "blueprint_restrictions": _J,
    "use_blueprint_restrictions_by_object_type": _B,
    "blueprint_restrictions_by_object_type": _J,
    "blueprint_course_id": _I,
    "has_front_page": _B,
    "post_manually": _B,
    "announcements_locked": _I,
    "homeroom_syncs": _I,
    "pages_rewritten": _I,
    "storage_used_mb": _I,
}

TABLES: Mapping[str, Mapping[str, Kind]] = {
    "courses": {**CANVAS_COLUMNS, **_BESIDE},
    "accounts": {
        "id": _I,
        "name": _T,
        "parent_account_id": _I,
        "sis_source_id": _T,
        "default_time_zone": _T,
        "default_storage_quota_mb": _I,
        "grading_standard_id": _I,
        "course_template_id": _I,
        "mobile_css_url": _T,
        "mobile_js_url": _T,
        "features": _J,
        "settings": _J,
    },
    "terms": {
        "id": _I,
        "name": _T,
        "sis_source_id": _T,
        "start_at": _D,
        "end_at": _D,
        "is_default": _B,
        "workflow_state": _T,
    },
    "grading_standards": {"id": _I, "title": _T, "account_id": _I, "course_id": _I},
    "users": {"id": _I, "name": _T, "login_id": _T, "role": _T, "courses": _J, "denied": _J, "nicknames": _J},
    "tokens": {"id": _I, "token": _T, "user_id": _I, "state": _T, "expires_at": _D, "scoped": _B},
    "enrollments": {"id": _I, "course_id": _I, "user_id": _I, "type": _T, "workflow_state": _T, "graded": _B},
    "files": {
        "id": _I,
        "course_id": _I,
        "user_id": _I,
        "name": _T,
        "uuid": _T,
        "state": _T,
        "folder": _T,
        "content_type": _T,
        "size": _I,
        "sha256": _T,
        "on_duplicate": _T,
        "awaits": _T,
    },
    "course_events": {
        "id": _I,
        "course_id": _I,
        "user_id": _I,
        "created_at": _D,
        "event_type": _T,
        "event_source": _T,
        "event_data": _J,
        "other_course_id": _I,
        "sis_batch_id": _I,
    },
}

# What a new course holds (Canvas: db schema of courses, course.rb assert_defaults).
NEW_COURSE: Mapping[str, Any] = {
    "name": "Unnamed Course",
    "account_id": 1,
    "workflow_state": "created",
    "default_view": "modules",
    "template": False,
    "homeroom_course": False,
    "sync_enrollments_from_homeroom": False,
    "allow_student_organized_groups": True,
    "allow_student_wiki_edits": False,
    "stuck_sis_fields": [],
    "settings": {},
    "blueprint": False,
    "use_blueprint_restrictions_by_object_type": False,
    "has_front_page": False,
    "post_manually": False,
    "announcements_locked": 0,
    "homeroom_syncs": 0,
    "pages_rewritten": 0,
    "storage_used_mb": 0,
}

# Columns a row is looked up by while a request is answered.
LOOKED_UP: Mapping[str, tuple[str, ...]] = {
    "courses": ("sis_source_id", "integration_id", "lti_context_id", "uuid", "blueprint_course_id"),
    "course_events": ("course_id",),
    "enrollments": ("course_id",),
    "files": ("course_id",),
    "tokens": ("token",),
}
