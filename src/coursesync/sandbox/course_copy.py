"""What a course takes over when another one is copied into it (Canvas: course.rb clonable_attributes)."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.store import Columns, copied

_COLUMNS = (
    "allow_student_organized_groups",
    "allow_wiki_comments",
    "default_view",
    "default_wiki_editing_roles",
    "grading_standard_id",
    "group_weighting_scheme",
    "home_page_announcement_limit",
    "indexed",
    "is_public",
    "license",
    "locale",
    "open_enrollment",
    "self_enrollment",
    "show_announcements_on_home_page",
    "show_public_context_messages",
    "syllabus_body",
    "turnitin_comments",
)
# These name files of the other course.
_OWN_SETTINGS = frozenset({"image_id", "banner_image_id"})


def columns_copied(source: Columns, into: Columns) -> dict[str, Any]:
    """Return the columns of the course that is copied into; its name, code, dates and places stay its own."""
    settings = {name: value for name, value in source["settings"].items() if name not in _OWN_SETTINGS}
    return copied(
        {
            **{name: source[name] for name in _COLUMNS},
            "has_front_page": source["has_front_page"] or into["has_front_page"],
            "settings": {**into["settings"], **settings},
        }
    )
