"""The filters and orders of GET /accounts/:id/courses (Canvas: accounts_controller.rb courses_api)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from coursesync.sandbox.call import Call
from coursesync.sandbox.casts import instant_text, rails_instant, value_to_boolean
from coursesync.sandbox.errors import message
from coursesync.sandbox.inheritance import subtree
from coursesync.sandbox.lookups import find_term
from coursesync.sandbox.parameters import listed
from coursesync.sandbox.store import Columns
from coursesync.sandbox.world import Known

_SHORTEST_SEARCH = 2
_NOT_FILTERS = frozenset({"page", "per_page", "include", "access_token"})
_ENROLLED = frozenset({"active", "invited", "creation_pending", "completed", "inactive"})
_ENROLLMENT_FLAGS = frozenset({"with_enrollments", "hide_enrollmentless_courses"})
_STUDENTS = {"student": "StudentEnrollment", "teacher": "TeacherEnrollment", "observer": "ObserverEnrollment"}

Test = Callable[[Columns], bool]


def selected(call: Call, account: Columns) -> Sequence[Columns]:
    """Return the courses a request asks for, in its order."""
    world = call.world
    if call.lag:
        return _selected(
            call, account, [world.replicated(row, call.lag) for row in call.store.rows("courses")]
        )
    # The pages of a list ask for the same courses, and nothing but a write or the time changes which.
    asked = {name: value for name, value in call.params.items() if name not in _NOT_FILTERS}
    question = repr((account["id"], sorted(asked.items()), instant_text(world.options.now())))
    known = world.lists.get(question)
    if known is None or known.version != call.store.version:
        version = call.store.version
        known = Known(version=version, rows=_selected(call, account, call.store.rows("courses")))
        world.remember(question, known)
    return known.rows


def _selected(call: Call, account: Columns, rows: list[Columns]) -> list[Columns]:
    below = subtree(call.store, account["id"])
    tests: list[Test] = [lambda row: row["account_id"] in below, _state(call), *_flags(call), *_arrays(call)]
    for test in [*tests, *_term(call), *_search(call), *_dates(call)]:
        rows = [row for row in rows if test(row)]
    return _sorted(call, rows)


def _state(call: Call) -> Test:
    given = call.params.get("state")
    states = {str(state) for state in (given if isinstance(given, list) else [given])} if given else set()
    if "all" in states:
        return lambda _row: True
    return lambda row: row["workflow_state"] in states if states else row["workflow_state"] != "deleted"


def _flags(call: Call) -> list[Test]:
    """Return the tests of the boolean parameters; an empty one is false, and filters."""
    now = instant_text(call.world.options.now())
    enrolled = _enrolled_courses(call) if _ENROLLMENT_FLAGS & set(call.params) else frozenset()
    facts: dict[str, Test] = {
        "with_enrollments": lambda row: row["id"] in enrolled,
        "published": lambda row: row["workflow_state"] in {"available", "completed"},
        "completed": lambda row: _is_completed(call, row, now),
        "blueprint": lambda row: bool(row["blueprint"]),
        "blueprint_associated": lambda row: row["blueprint_course_id"] is not None,
        "public": lambda row: bool(row["is_public"]),
        "homeroom": lambda row: bool(row["homeroom_course"]),
    }
    tests = [
        _is(fact, value_to_boolean(call.params[name])) for name, fact in facts.items() if name in call.params
    ]
    if value_to_boolean(call.params.get("hide_enrollmentless_courses")):
        tests.append(facts["with_enrollments"])
    return tests


def _enrolled_courses(call: Call) -> frozenset[int]:
    rows = call.store.rows("enrollments")
    return frozenset(row["course_id"] for row in rows if row["workflow_state"] in _ENROLLED)


def _is(fact: Test, wanted: bool) -> Test:  # noqa: FBT001 - the value the fact shall have
    return lambda row: fact(row) == wanted


def _enrolled(call: Call, row: Columns) -> list[Columns]:
    return [
        one
        for one in call.store.where("enrollments", course_id=row["id"])
        if one["workflow_state"] in _ENROLLED
    ]


def _is_completed(call: Call, row: Columns, now: str) -> bool:
    term = call.store.row("terms", row["enrollment_term_id"] or 0) or {}
    end = row["conclude_at"] or term.get("end_at")
    return row["workflow_state"] == "completed" or bool(end and end < now)


def _arrays(call: Call) -> list[Test]:
    """Return the tests of the parameters that count only as arrays."""
    tests: list[Test] = []
    accounts = listed(call.params, "by_subaccounts")
    if accounts is not None:
        inside = {number for text in accounts if text.isdigit() for number in subtree(call.store, int(text))}
        tests.append(lambda row: row["account_id"] in inside)
    teachers = listed(call.params, "by_teachers")
    if teachers is not None:
        tests.append(
            lambda row: any(
                one["type"] == "TeacherEnrollment" and str(one["user_id"]) in teachers
                for one in _enrolled(call, row)
            )
        )
    kinds = listed(call.params, "enrollment_type")
    if kinds is not None:
        wanted = {_STUDENTS.get(kind, kind) for kind in kinds}
        tests.append(lambda row: any(one["type"] in wanted for one in _enrolled(call, row)))
    return tests


def _term(call: Call) -> list[Test]:
    given = call.params.get("enrollment_term_id")
    if not given:
        return []
    number = find_term(call.store, str(given), call.world.options.now())["id"]
    return [lambda row: row["enrollment_term_id"] == number]


def _search(call: Call) -> list[Test]:
    text = str(call.params.get("search_term") or "").strip().lower()
    if not text:
        return []
    if len(text) < _SHORTEST_SEARCH and not text.isdigit():
        raise message(400, "search term must be 2 or more characters")
    if call.params.get("search_by") == "teacher":
        return [lambda row: any(text in name.lower() for name in _teachers(call, row))]
    return [
        lambda row: (
            str(row["id"]) == text
            or any(text in (row[name] or "").lower() for name in ("name", "course_code", "sis_source_id"))
        )
    ]


def _teachers(call: Call, row: Columns) -> list[str]:
    users = (
        call.store.row("users", one["user_id"] or 0)
        for one in _enrolled(call, row)
        if one["type"] == "TeacherEnrollment"
    )
    return sorted(user["name"] for user in users if user)


def _dates(call: Call) -> list[Test]:
    """Return the tests of starts_before and ends_after; a date that cannot be read is ignored."""
    tests: list[Test] = []
    before, after = (_date(call, name) for name in ("starts_before", "ends_after"))
    if before:
        tests.append(lambda row: (_of_term(call, row, "start_at", "start_at") or before) <= before)
    if after:
        tests.append(lambda row: (_of_term(call, row, "conclude_at", "end_at") or after) >= after)
    return tests


def _date(call: Call, name: str) -> str | None:
    return rails_instant(call.params.get(name), "Etc/UTC")


def _of_term(call: Call, row: Columns, own: str, inherited: str) -> str | None:
    term = call.store.row("terms", row["enrollment_term_id"] or 0) or {}
    found: str | None = row[own] or term.get(inherited)
    return found


def _sorted(call: Call, rows: list[Columns]) -> list[Columns]:
    def account_name(row: Columns) -> str:
        return str((call.store.row("accounts", row["account_id"]) or {}).get("name"))

    def term_name(row: Columns) -> str:
        return str((call.store.row("terms", row["enrollment_term_id"] or 0) or {}).get("name"))

    orders: dict[str, Callable[[Columns], Any]] = {
        "course_name": lambda row: (row["name"].lower(), row["id"]),
        "sis_course_id": lambda row: (row["sis_source_id"] is None, row["sis_source_id"] or "", row["id"]),
        "teacher": lambda row: (_teachers(call, row), row["id"]),
        "account_name": lambda row: (account_name(row), row["id"]),
        "subaccount": lambda row: (account_name(row), row["id"]),
        "term": lambda row: (term_name(row), row["id"]),
    }
    order = orders.get(str(call.params.get("sort")), lambda row: row["id"])
    return sorted(rows, key=order, reverse=call.params.get("order") == "desc")
