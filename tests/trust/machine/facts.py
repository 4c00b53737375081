"""What a reader of Canvas's API documentation knows of some fields: what is stored, and what is shown of it.

It is stated here anew, as in the sandbox: it may know nothing of our catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Columns = Mapping[str, Any]

# What the account says where a course says nothing.
ACCOUNT_ZONE = "America/Denver"
ACCOUNT_LOCKS_ANNOUNCEMENTS = True

_AUTUMN, _WINTER, _SPRING = "2026-08-24T06:00:00Z", "2026-12-18T07:00:00Z", "2027-02-01T07:00:00Z"
_ZONES = {
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Hawaii": "Pacific/Honolulu",
    None: ACCOUNT_ZONE,
}
_STATES = {"created": "unpublished", "claimed": "unpublished"}

NAME, LICENSE, ZONE = "attributes.name", "attributes.license", "attributes.time_zone"
RESTRICT = "attributes.restrict_enrollments_to_course_dates"
START, END = "attributes.start_at", "attributes.end_at"
STATE, SYLLABUS = "attributes.workflow_state", "attributes.syllabus_body"
PUBLIC, PUBLIC_SYLLABUS = "attributes.is_public", "attributes.public_syllabus"
HIDE, LIMIT = "settings.hide_final_grades", "settings.home_page_announcement_limit"
LOCK = "settings.lock_all_announcements"
BLUEPRINT, RESTRICTIONS = "blueprint.enabled", "blueprint.restrictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One field: how it shows in a course as stored, what may be declared, and what may be entered by hand.

    declared: each value, and what is shown once it was sent. by_hand: columns as somebody may leave them.
    """

    shown: Callable[[Columns], Any]
    declared: tuple[tuple[Any, Any], ...]
    by_hand: tuple[Columns, ...]


def _same(*values: Any) -> tuple[tuple[Any, Any], ...]:
    return tuple((value, value) for value in values)


def _by_hand(column: str, *values: Any) -> tuple[Columns, ...]:
    return tuple({column: value} for value in values)


def _setting(key: str, *values: Any) -> tuple[Columns, ...]:
    return tuple({"settings": {key: value}} for value in values)


def _syllabus_public(course: Columns) -> bool:
    own = course["settings"].get("public_syllabus")
    return bool(course["is_public"] if own is None else own)


def _announcements(course: Columns) -> bool:
    own = course["settings"].get("lock_all_announcements")
    return ACCOUNT_LOCKS_ANNOUNCEMENTS if own is None else bool(own)


def _restrictions(course: Columns) -> Any:
    return (course["blueprint_restrictions"] or {}) if course["blueprint"] else None


FACTS: Mapping[str, Fact] = {
    NAME: Fact(
        shown=lambda course: course["name"],
        declared=_same("Alpha", "Beta"),
        by_hand=_by_hand("name", "Alpha", "By hand"),
    ),
    LICENSE: Fact(
        shown=lambda course: course["license"],
        declared=_same(None, "cc_by"),
        by_hand=_by_hand("license", None, "cc_by", "public_domain"),
    ),
    ZONE: Fact(
        shown=lambda course: _ZONES.get(course["time_zone"], course["time_zone"]),
        declared=(*((name, shown) for name, shown in _ZONES.items()),),
        by_hand=_by_hand("time_zone", *_ZONES),
    ),
    RESTRICT: Fact(
        shown=lambda course: bool(course["restrict_enrollments_to_course_dates"]),
        declared=_same(True, True, False),
        by_hand=_by_hand("restrict_enrollments_to_course_dates", True, False, None),
    ),
    START: Fact(
        shown=lambda course: course["start_at"],
        declared=_same(None, _AUTUMN),
        by_hand=_by_hand("start_at", None, _AUTUMN),
    ),
    END: Fact(
        shown=lambda course: course["conclude_at"],
        declared=_same(None, _WINTER, _SPRING),
        by_hand=_by_hand("conclude_at", None, _WINTER, _SPRING),
    ),
    STATE: Fact(
        shown=lambda course: _STATES.get(course["workflow_state"], course["workflow_state"]),
        declared=_same("available", "unpublished", "completed", "deleted"),
        by_hand=_by_hand("workflow_state", "available", "claimed", "completed", "deleted"),
    ),
    PUBLIC: Fact(
        shown=lambda course: course["is_public"],
        declared=_same(True, False, None),
        by_hand=_by_hand("is_public", True, False, None),
    ),
    PUBLIC_SYLLABUS: Fact(
        shown=_syllabus_public,
        declared=_same(True, False),
        by_hand=_setting("public_syllabus", True, False, None),
    ),
    SYLLABUS: Fact(
        shown=lambda course: course["syllabus_body"],
        declared=(("<p>One</p>", "<p>One</p>"), ('<p onclick="x()">Two</p>', "<p>Two</p>"), (None, None)),
        by_hand=_by_hand("syllabus_body", None, "<p>Two</p>", "<p>By hand</p>"),
    ),
    HIDE: Fact(
        shown=lambda course: bool(course["settings"].get("hide_final_grade")),
        declared=_same(True, False),
        by_hand=_setting("hide_final_grade", True, False, None),
    ),
    LIMIT: Fact(
        shown=lambda course: course["home_page_announcement_limit"],
        declared=_same(None, 3, 5),
        by_hand=_by_hand("home_page_announcement_limit", None, 3, 7),
    ),
    LOCK: Fact(
        shown=_announcements,
        declared=_same(True, False),
        by_hand=_setting("lock_all_announcements", True, False, None),
    ),
    BLUEPRINT: Fact(
        shown=lambda course: bool(course["blueprint"]),
        declared=_same(True, True, False),
        by_hand=_by_hand("blueprint", True, False),
    ),
    RESTRICTIONS: Fact(
        shown=_restrictions,
        declared=_same({"content": True}, {"points": True, "due_dates": False}, {}),
        by_hand=_by_hand("blueprint_restrictions", {"content": True, "points": False}, {"points": True}),
    ),
}

# Where these fields are kept; whatever else a course has must stay as it is.
_COLUMNS = {name for fact in FACTS.values() for columns in fact.by_hand for name in columns}
_SETTINGS = {
    key for fact in FACTS.values() for columns in fact.by_hand for key in columns.get("settings", ())
}
# What Canvas writes along with every change of a course.
_BESIDE = {
    "stuck_sis_fields",
    "blueprint_restrictions_by_object_type",
    "use_blueprint_restrictions_by_object_type",
}

Seen = Mapping[str, Any]


def form(address: str, value: Any) -> Any:
    """Return a value of a field in the one form in which equal values are equal."""
    if address == PUBLIC:
        # A null is as little public as a false.
        return bool(value)
    # In a map, what is missing is false.
    return {name: True for name, lock in value.items() if lock} if isinstance(value, dict) else value


def seen(course: Columns) -> Seen:
    """Return what Canvas shows of a course, by the address of the field."""
    return {address: form(address, fact.shown(course)) for address, fact in FACTS.items()}


def shown_for(address: str, declared: Any) -> Any:
    """Return what shows where a value was sent and kept, be it one declared or one shown before."""
    known = {repr(form(address, value)): shown for value, shown in FACTS[address].declared}
    return form(address, known.get(repr(form(address, declared)), declared))


def the_rest(course: Columns) -> Columns:
    """Return everything a course has that none of the fields is about."""
    rest = {name: value for name, value in course.items() if name not in _COLUMNS | _BESIDE}
    return {
        **rest,
        "settings": {key: item for key, item in course["settings"].items() if key not in _SETTINGS},
    }
