"""What Canvas fills in and checks before it saves a course (Canvas: course.rb, its validations)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import add_error
from coursesync.sandbox.syllabus import LONGEST

_LONGEST_TEXT = 255
_VIEWS = frozenset({"feed", "wiki", "modules", "syllabus", "assignments"})
_GRADE_PASSBACK = frozenset({"nightly_sync", "disabled"})
# Canvas: config/locales, the languages of an ordinary installation.
_LOCALES = frozenset(
    """
    ar ca cy da da-x-k12 de el en en-AU en-CA en-GB en-AU-x-unimelb en-GB-x-lbs en-GB-x-ukhe es es-ES
    fa-IR fi fr fr-CA ga he hi ht hu hy id is it ja ko mi ms nb nb-x-k12 nl nn pl pt pt-BR ro ru sl sv
    sv-x-k12 th tr uk vi zh-Hans zh-Hant
    """.split()
)


def fill_in(columns: dict[str, Any]) -> None:
    """Replace what must not be empty: the name, the code made of the name, the home page."""
    if not (columns["name"] or "").strip():
        columns["name"] = "Unnamed Course"
    if not columns["course_code"]:
        columns["course_code"] = _code(columns["name"])
    if columns["default_view"] is None:
        columns["default_view"] = "modules"
    columns["allow_student_wiki_edits"] = "students" in (columns["default_wiki_editing_roles"] or "").split(
        ","
    )
    if columns["self_enrollment"] and not columns["self_enrollment_code"]:
        columns["self_enrollment_code"] = f"SELF{columns['id']:04}"
    if columns["group_weighting_scheme"] == "percent" and columns["settings"].get(
        "show_total_grade_as_points"
    ):
        columns["settings"]["show_total_grade_as_points"] = False


def _code(name: str) -> str:
    """Return the first word of a name and the first later one with a digit in it."""
    first, *others = name.split()
    numbered = [word for word in others if any(letter.isdigit() for letter in word)]
    return " ".join([first, *numbered[:1]])


def validate(draft: Draft) -> None:
    """Note every reason why the course cannot be saved."""
    for check in _CHECKS:
        check(draft)


def _lengths(draft: Draft) -> None:
    for column in ("name", "course_code", "sis_source_id"):
        if len(draft.columns[column] or "") > _LONGEST_TEXT:
            add_error(draft.errors, column, "is too long (maximum is 255 characters)", "too_long")
    if len((draft.columns["syllabus_body"] or "").encode()) > LONGEST:
        add_error(draft.errors, "syllabus_body", "is too long (maximum is 512000 characters)", "too_long")


def _unique_ids(draft: Draft) -> None:
    for column, name in (("sis_source_id", "SIS ID"), ("integration_id", "Integration ID")):
        value = draft.columns[column]
        if value is None or not draft.changed(column):
            continue
        others = [
            row
            for row in draft.world.store.where("courses", **{column: value})
            if row["id"] != draft.before["id"]
        ]
        if others:
            add_error(draft.errors, column, f'{name} "{value}" is already in use', "taken")


def _dates(draft: Draft) -> None:
    start, end = draft.columns["start_at"], draft.columns["conclude_at"]
    if start and end and end < start:
        add_error(draft.errors, "conclude_at", "End date cannot be before start date")


def _default_view(draft: Draft) -> None:
    if not draft.changed("default_view"):
        return
    view = draft.columns["default_view"]
    if view not in _VIEWS:
        add_error(draft.errors, "default_view", "Home page is not valid")
    elif view == "wiki" and not draft.columns["has_front_page"]:
        add_error(draft.errors, "default_view", "A Front Page is required")


def _locale(draft: Draft) -> None:
    if draft.columns["locale"] is not None and draft.columns["locale"] not in _LOCALES:
        add_error(draft.errors, "locale", "is not included in the list", "inclusion")


def _grade_passback(draft: Draft) -> None:
    value = draft.columns["grade_passback_setting"]
    if value is not None and value not in _GRADE_PASSBACK:
        add_error(draft.errors, "grade_passback_setting", "Invalid grade passback setting")


def _template(draft: Draft) -> None:
    if not draft.changed("template"):
        return
    store, number = draft.world.store, draft.before["id"]
    if draft.columns["template"]:
        enrolled = store.where("enrollments", course_id=number)
        if any(row["workflow_state"] != "deleted" for row in enrolled):
            add_error(draft.errors, "template", "Courses with enrollments can't be turned into templates")
    elif store.where("accounts", course_template_id=number):
        add_error(draft.errors, "template", "The course is the template of an account")


def _images(draft: Draft) -> None:
    for name in ("image_url", "banner_image_url"):
        url = draft.settings.get(name) or ""
        if any(letter.isspace() for letter in url) or not _parses(url):
            add_error(draft.errors, name, "is not a valid URL")


def _parses(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


_CHECKS: tuple[Callable[[Draft], None], ...] = (
    _lengths,
    _unique_ids,
    _dates,
    _default_view,
    _locale,
    _grade_passback,
    _template,
    _images,
)
