"""The types of GraphQL the stand-in knows, and where each field comes from (Canvas: app/graphql/types)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coursesync.sandbox.call import Call
from coursesync.sandbox.errors import Refusal
from coursesync.sandbox.inheritance import subtree
from coursesync.sandbox.lookups import find_account, find_courses_row
from coursesync.sandbox.options import GraphQL
from coursesync.sandbox.rights import account_rights, course_rights
from coursesync.sandbox.serialise import settings_json
from coursesync.sandbox.store import Columns

_PAGE, _LARGEST_PAGE = 20, 100


@dataclass(slots=True, kw_only=True)
class Run:
    """One query while it is answered.

    Attributes:
        call: the request.
        errors: what went wrong, beside the data.
        courses: how many courses were looked at.

    """

    call: Call
    errors: list[dict[str, Any]] = field(default_factory=list)
    courses: int = 0


class Unanswerable(Exception):
    """A field that has no value but an error."""


Arguments = Mapping[str, Any]
Resolve = Callable[[Run, Any, Arguments], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a type.

    Attributes:
        resolve: makes the value of the object; None takes the key of the same name out of it.
        type: the name of the object type it returns; None is a scalar.
        arguments: what it takes.

    """

    resolve: Resolve | None = None
    type: str | None = None
    arguments: frozenset[str] = frozenset()


Types = Mapping[str, Mapping[str, Field]]


def types(version: GraphQL) -> Types:
    """Return the types of a Canvas of this age."""
    return _OLD if version == "old" else _CURRENT


def _number(kind: str, text: str) -> str:
    """Return the id of a record; a global one is the base64 of its type and its id, and SIS ids are none."""
    if text.isdecimal():
        return text
    try:
        name, _, number = base64.b64decode(text, validate=True).decode().partition("-")
    except ValueError:
        name = number = ""
    if name != kind or not number.isdecimal():
        raise Unanswerable(f"expected an id for {kind}")
    return number


def _global(kind: str) -> Resolve:
    return lambda _run, row, _arguments: base64.b64encode(f"{kind}-{row['id']}".encode()).decode()


def _wanted(kind: str, arguments: Arguments, prefix: str) -> str:
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1:
        raise Unanswerable("Must specify exactly one of `id` or `sisId`")
    return f"{prefix}:{given['sisId']}" if "sisId" in given else _number(kind, str(given["id"]))


def _course(run: Run, _root: Any, arguments: Arguments) -> Columns | None:
    """Return a course, deleted ones too; one that is not there or not to be read is simply null."""
    run.courses += 1
    store = run.call.store
    course = find_courses_row(store, _wanted("Course", arguments, "sis_course_id"))
    readable = course is not None and "read" in course_rights(store, run.call.user, course)
    return course if readable else None


def _account(run: Run, _root: Any, arguments: Arguments) -> Columns | None:
    try:
        account = find_account(run.call.store, _wanted("Account", arguments, "sis_account_id"))
    except Refusal:
        return None
    return account if "read" in account_rights(run.call.user) else None


def _courses(run: Run, account: Columns, arguments: Arguments) -> dict[str, Any] | None:
    """Return a page of an account's tree; nothing is filtered, and the order is nobody's promise."""
    if "read_course_list" not in account_rights(run.call.user):
        return None
    below = subtree(run.call.store, account["id"])
    rows = [row for row in run.call.store.rows("courses") if row["account_id"] in below]
    size = _size(arguments.get("first"))
    start = _offset(arguments.get("after"))
    if start and run.call.world.options.unordered:
        rows = rows[-1:] + rows[:-1]
    nodes = rows[start : start + size]
    run.courses += len(nodes)
    page = {
        "startCursor": _cursor(start + 1) if nodes else None,
        "endCursor": _cursor(start + len(nodes)) if nodes else None,
        "hasNextPage": start + len(nodes) < len(rows),
        "hasPreviousPage": start > 0,
    }
    return {"nodes": nodes, "pageInfo": page}


def _size(first: Any) -> int:
    if first is None:
        return _PAGE
    if not isinstance(first, int) or first < 0:
        raise Unanswerable("Argument 'first' has an invalid value. Expected type 'Int'.")
    return min(_LARGEST_PAGE, first)


def _cursor(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode().rstrip("=")


def _offset(cursor: Any) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(f"{cursor}==").decode())
    except ValueError as error:
        raise Unanswerable(f"Invalid cursor: {str(cursor)!r}.") from error


def _column(name: str) -> Resolve:
    return lambda _run, row, _arguments: row[name]


def _text(name: str) -> Resolve:
    return lambda _run, row, _arguments: None if row[name] is None else str(row[name])


def _nickname(run: Run, course: Columns, _arguments: Arguments) -> str | None:
    return run.call.user.nicknames.get(course["id"])


def _sis_id(run: Run, course: Columns, _arguments: Arguments) -> str | None:
    rights = course_rights(run.call.store, run.call.user, course)
    found: str | None = course["sis_source_id"] if rights & {"read_sis", "manage_sis"} else None
    return found


def _settings(run: Run, course: Columns, _arguments: Arguments) -> dict[str, Any] | None:
    store = run.call.store
    if "read" not in course_rights(store, run.call.user, course):
        return None
    found = settings_json(store, course, base=run.call.base)
    # Unlike REST: what was stored, in every account; and here a null is false.
    found["friendly_name"] = course["alt_name"]
    found["allow_student_organized_groups"] = bool(found["allow_student_organized_groups"])
    number = found["grading_standard_id"]
    found["grading_standard_id"] = None if number is None else str(number)
    return {name: found.get(key) for name, key in SETTINGS.items()}


def _term(run: Run, course: Columns, _arguments: Arguments) -> Columns | None:
    return run.call.store.row("terms", course["enrollment_term_id"] or 0)


def _account_of(run: Run, course: Columns, _arguments: Arguments) -> Columns | None:
    return run.call.store.row("accounts", course["account_id"])


def _described(run: Run, _root: Any, arguments: Arguments) -> dict[str, Any] | None:
    name = str(arguments.get("name"))
    known = types(run.call.world.options.graphql)
    if name not in known:
        return None
    return {"name": name, "kind": "OBJECT", "fields": [{"name": one} for one in sorted(known[name])]}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


_REST_SETTINGS = """
allow_final_grade_override allow_student_anonymous_discussion_topics allow_student_discussion_editing
allow_student_discussion_reporting allow_student_discussion_topics allow_student_forum_attachments
allow_student_organized_groups banner_image_id banner_image_url conditional_release course_color
default_due_time filter_speed_grader_by_student_group friendly_name grade_passback_setting
grading_standard_enabled grading_standard_id hide_distribution_graphs hide_final_grades
hide_sections_on_course_users_page home_page_announcement_limit homeroom_course image_id image_url
lock_all_announcements restrict_quantitative_data restrict_student_future_view restrict_student_past_view
show_announcements_on_home_page syllabus_course_summary usage_rights_required
""".split()
# The last two are ids of modules, and nothing here has modules.
SETTINGS: Mapping[str, str] = {
    _camel(name): name
    for name in (*_REST_SETTINGS, "show_teacher_only_module_id", "show_student_only_module_id")
}
"""A field of CourseSettings, and the same setting in REST."""

_IDS = frozenset({"id", "sisId"})
_CURRENT: dict[str, dict[str, Field]] = {
    "Query": {
        "course": Field(resolve=_course, type="Course", arguments=_IDS),
        "account": Field(resolve=_account, type="Account", arguments=_IDS),
        "__type": Field(resolve=_described, type="__Type", arguments=frozenset({"name"})),
    },
    # Canvas has mutations, and none that changes a course.
    "Mutation": {},
    "Account": {
        "_id": Field(resolve=_text("id")),
        "id": Field(resolve=_global("Account")),
        "name": Field(),
        "coursesConnection": Field(
            resolve=_courses, type="CourseConnection", arguments=frozenset({"first", "after"})
        ),
    },
    "CourseConnection": {"nodes": Field(type="Course"), "pageInfo": Field(type="PageInfo")},
    "PageInfo": {name: Field() for name in ("startCursor", "endCursor", "hasNextPage", "hasPreviousPage")},
    "Course": {
        "_id": Field(resolve=_text("id")),
        "id": Field(resolve=_global("Course")),
        "name": Field(),
        "courseNickname": Field(resolve=_nickname),
        "courseCode": Field(resolve=_column("course_code")),
        "state": Field(resolve=_column("workflow_state")),
        "sisId": Field(resolve=_sis_id),
        "syllabusBody": Field(resolve=_column("syllabus_body")),
        "createdAt": Field(resolve=_column("created_at")),
        "account": Field(resolve=_account_of, type="Account"),
        "term": Field(resolve=_term, type="Term"),
        "settings": Field(resolve=_settings, type="CourseSettings"),
    },
    "CourseSettings": {name: Field() for name in SETTINGS},
    "Term": {
        "_id": Field(resolve=_text("id")),
        "id": Field(resolve=_global("Term")),
        "name": Field(),
        "startAt": Field(resolve=_column("start_at")),
        "endAt": Field(resolve=_column("end_at")),
    },
    "__Type": {"name": Field(), "kind": Field(), "fields": Field(type="__Field")},
    "__Field": {"name": Field()},
}
_OLD: dict[str, dict[str, Field]] = {
    name: {one: found for one, found in fields.items() if (name, one) != ("Course", "settings")}
    for name, fields in _CURRENT.items()
    if name != "CourseSettings"
}
