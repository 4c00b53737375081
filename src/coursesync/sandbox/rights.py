"""What a user may do with a course or an account (Canvas: the policies of course.rb and account.rb)."""

from __future__ import annotations

from coursesync.sandbox.identity import User
from coursesync.sandbox.inheritance import root_of
from coursesync.sandbox.store import Columns, Store

_LIVE = frozenset({"created", "claimed", "available"})
_FILES = frozenset({"manage_files_add", "manage_files"})
_CONTENT = _FILES | {"read", "manage_course_content_edit", "manage_content"}
_TEACHING = frozenset(
    {
        "update",
        "read_sis",
        "manage_grades",
        "manage_course_visibility",
        "manage_courses_publish",
        "manage_courses_conclude",
        "change_course_state",
    }
)
# Rights that a role has by its own settings; held in an account, they hold in every course below it.
_BY_ROLE = _FILES | frozenset(
    {
        "manage_content",
        "manage_course_content_edit",
        "manage_grades",
        "manage_course_visibility",
        "manage_courses_publish",
        "manage_courses_conclude",
        "change_course_state",
        "add_course_template",
        "delete_course_template",
    }
)
_ACCOUNT = _BY_ROLE | frozenset(
    {
        "read",
        "read_terms",
        "read_sis",
        "read_course_list",
        "create_courses",
        "manage_account_settings",
        "manage_courses",
        "manage_courses_add",
        "manage_courses_admin",
        "manage_courses_delete",
        "manage_master_courses",
        "manage_sis",
        "manage_storage_quotas",
        "undelete_courses",
        "view_course_changes",
    }
)
# Held in a course because they are held in its account.
_FROM_ACCOUNT = frozenset({"manage_courses", "manage_courses_admin", "manage_sis", "manage_storage_quotas"})
_FROM_ACCOUNT_TOO = frozenset({"manage_master_courses", "add_course_template", "delete_course_template"})
_ALL = _CONTENT | _TEACHING | _FROM_ACCOUNT | _FROM_ACCOUNT_TOO | {"edit_course_availability"}
_ALL_AND_DELETE = _ALL | {"delete"}


def course_rights(store: Store, user: User, course: Columns) -> frozenset[str]:
    """Return the names of the rights a user has in a course."""
    if user.courses is not None and course["id"] not in user.courses:
        return frozenset()
    granted = _GRANTS[user.role](store, course) if user.role in _GRANTS else frozenset()
    if not user.denied:
        return granted
    if user.role == "admin":
        granted -= {right for right, sources in _DERIVED.items() if sources <= user.denied}
    return granted - user.denied


# What a course policy makes of an account's rights: any of these brings them (Canvas: course.rb, set_policy).
_DERIVED = {
    "update": {"manage_courses", "manage_courses_admin"},
    "edit_course_availability": {"manage_courses", "manage_courses_admin"},
    "delete": {"manage_courses_delete"},
}


def _administrator(_store: Store, course: Columns) -> frozenset[str]:
    return _ALL if course["template"] else _ALL_AND_DELETE


def _teacher(store: Store, course: Columns) -> frozenset[str]:
    if course["workflow_state"] == "deleted":
        return frozenset()
    granted = _CONTENT | _TEACHING | {"edit_course_availability", "delete"}
    root_settings = root_of(store, course["account_id"])["settings"] or {}
    if root_settings.get("prevent_course_availability_editing_by_teachers"):
        granted -= {"edit_course_availability"}
    if course["sis_source_id"] or course["template"]:
        granted -= {"delete"}
    if course["workflow_state"] not in _LIVE:
        # A concluded course can no longer be updated by its teachers.
        granted -= {
            "update",
            "manage_courses_publish",
            "manage_courses_conclude",
            "change_course_state",
            "delete",
        }
    return granted


def _designer(_store: Store, course: Columns) -> frozenset[str]:
    return _CONTENT if course["workflow_state"] != "deleted" else frozenset()


def _student(_store: Store, course: Columns) -> frozenset[str]:
    return frozenset({"read"}) if course["workflow_state"] in {"available", "completed"} else frozenset()


_GRANTS = {"admin": _administrator, "teacher": _teacher, "designer": _designer, "student": _student}


def account_rights(user: User) -> frozenset[str]:
    """Return the names of the rights a user has in every account."""
    if user.role == "admin":
        return _ACCOUNT - user.denied
    # Whoever teaches in an account may look at it and at its terms.
    return frozenset({"read", "read_terms"}) if user.role in {"teacher", "designer"} else frozenset()
