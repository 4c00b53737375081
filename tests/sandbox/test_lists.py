"""Pages and filters: the account's courses, the caller's courses and the terms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.desk import Desk

COURSES = "/api/v1/accounts/1/courses"


def links(desk: Desk, path: str = COURSES, **params: Any) -> dict[str, str]:
    header = desk.get(path, params=params).headers.get("link", "")
    return {name: url for url, name in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def ids(desk: Desk, path: str = COURSES, **params: Any) -> list[int]:
    found = desk.get(
        path, params={"per_page": 100, **{name.replace("__", "[]"): value for name, value in params.items()}}
    )
    assert found.status_code == 200, found.text
    return [course["id"] for course in found.json()]


@pytest.mark.parametrize(
    ("asked", "size"), [(None, 10), ("5", 5), ("1000", 17), ("0", 1), ("many", 1), ("-3", 1)]
)
def test_a_page_has_between_one_and_a_hundred_items(asked: str | None, size: int) -> None:
    desk = Desk()
    assert len(desk.get(COURSES, params={} if asked is None else {"per_page": asked}).json()) == size


def test_links_come_in_order_and_are_joined_by_a_bare_comma() -> None:
    header = (
        Desk()
        .get(COURSES, params={"per_page": 5, "page": 2, "include[]": "term", "access_token": "x"})
        .headers["link"]
    )
    assert re.findall(r'rel="(\w+)"', header) == ["current", "next", "prev", "first"]
    assert header.startswith(
        "<https://canvas.example.edu/api/v1/accounts/1/courses?include%5B%5D=term&page=2&per_page=5>"
    )
    assert ", " not in header
    assert "access_token" not in header


def test_the_last_page_is_known_only_when_it_is_not_full() -> None:
    desk = Desk()
    assert set(links(desk, per_page=10, page=2)) == {"current", "prev", "first", "last"}
    assert "last" not in links(desk, per_page=10, page=1)


def test_a_full_last_page_has_a_next_and_the_page_beyond_has_one_too() -> None:
    desk = Desk()
    assert "next" in links(desk, per_page=17, page=1)
    beyond = desk.get(COURSES, params={"per_page": 17, "page": 2})
    assert beyond.json() == []
    assert "page=3" in links(desk, per_page=17, page=2)["next"]


def test_ui_invoked_makes_the_server_count() -> None:
    assert "page=4" in links(Desk(), **{"per_page": 5, "include[]": "ui_invoked"})["last"]


@pytest.mark.parametrize("page", ["0", "-1", "two"])
def test_a_page_that_is_no_number_is_not_found(page: str) -> None:
    assert Desk().get(COURSES, params={"page": page}).status_code == 404


def test_a_page_beyond_a_counted_list_is_not_found() -> None:
    assert Desk().get("/api/v1/accounts/1/terms", params={"page": 9}).status_code == 404


def test_a_long_query_loses_links_without_a_word() -> None:
    desk = Desk()
    assert set(links(desk, per_page=5, page=2, search_term="o", sort="x" * 1000)) <= {
        "current",
        "next",
        "prev",
        "first",
    }
    assert set(links(desk, per_page=5, page=2, sort="x" * 2500)) == {"next", "prev"}
    assert links(desk, per_page=5, sort="x" * 7000) == {}


def test_the_callers_own_list_goes_by_bookmark() -> None:
    desk = Desk()
    seen: list[int] = []
    url: str | None = "/api/v1/courses?per_page=4"
    while url:
        answer = desk.get(url)
        seen += [course["id"] for course in answer.json()]
        url = next(iter(re.findall(r'<([^>]*)>; rel="next"', answer.headers["link"])), None)
    assert seen == [number for number in desk.sandbox.course_ids() if number != 4117]
    assert desk.get("/api/v1/courses", params={"page": 2}).status_code == 404


def test_the_list_needs_its_right() -> None:
    assert Desk(token="sandbox-teacher").get(COURSES).status_code == 401


def test_a_deleted_course_between_two_pages_moves_the_others_up() -> None:
    desk = Desk()
    first = ids(desk, per_page=5)
    desk.sandbox.edit(first[0], workflow_state="deleted")
    second = desk.get(COURSES, params={"per_page": 5, "page": 2}).json()
    assert (first[-1], second[0]["id"]) == (4105, 4108), "course 4107 was on neither page"


SCIENCE = [4101, 4102, 4103, 4113, 4115]
NURSING = [4110, 4111, 4112]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"by_subaccounts__": ["4"]}, NURSING),
        ({"state__": ["deleted"]}, [4117]),
        ({"state__": ["completed"]}, [4116]),
        ({"blueprint": "true"}, [4112]),
        ({"blueprint_associated": "true"}, [4110]),
        ({"homeroom": "true"}, [4114]),
        ({"public": "true"}, [4108]),
        ({"enrollment_term_id": "sis_term_id:2026SU"}, [4116]),
        ({"search_term": "biology"}, [4101, 9001]),
        ({"search_term": "math/151"}, [4115]),
        ({"published": "true", "state__": ["created", "claimed"]}, []),
        ({"completed": "true"}, [4116]),
        ({"with_enrollments": "true"}, [4102, 4103, 4104, 4107, 4109, 4110, 4115]),
        ({"enrollment_type__": ["teacher"]}, []),
    ],
    ids=str,
)
def test_a_filter_keeps(params: dict[str, Any], expected: list[int]) -> None:
    desk = Desk(now=lambda: datetime(2026, 9, 1, tzinfo=UTC))
    assert ids(desk, **params) == expected


@pytest.mark.parametrize(
    "params",
    [
        {"by_subaccounts": "4"},
        {"by_teachers": "2"},
        {"enrollment_type": "teacher"},
        {"starts_before": "someday"},
        {"sort": "colour"},
        {"include": "term"},
    ],
    ids=str,
)
def test_a_parameter_of_the_wrong_kind_is_ignored(params: dict[str, Any]) -> None:
    desk = Desk()
    assert ids(desk, **params) == ids(desk)


def test_an_empty_boolean_filters_as_false() -> None:
    assert 4112 not in ids(Desk(), blueprint="")


def test_an_unknown_term_is_not_found() -> None:
    assert Desk().get(COURSES, params={"enrollment_term_id": "77"}).status_code == 404


def test_a_search_needs_two_characters() -> None:
    assert Desk().get(COURSES, params={"search_term": "b"}).status_code == 400


def test_an_account_lists_its_sub_accounts_courses_too() -> None:
    assert ids(Desk(), "/api/v1/accounts/sis_account_id:SCI/courses") == SCIENCE
    assert 4117 not in ids(Desk())
    assert 4117 in ids(Desk(), state__=["all"])


def test_sort_works_with_and_without_an_order() -> None:
    desk = Desk()
    by_name = ids(desk, sort="course_name")
    assert by_name[0] == 4105
    assert ids(desk, sort="course_name", order="desc") == by_name[::-1]


def test_the_list_applies_nicknames_and_no_friendly_names() -> None:
    found = {course["id"]: course for course in Desk().get(COURSES, params={"per_page": 100}).json()}
    assert (found[4107]["name"], found[4107]["original_name"]) == ("Art studio (mine)", "Drawing I")
    assert found[4114]["name"] == "Grade 4 Homeroom"


def test_the_list_has_no_settings_and_takes_most_includes() -> None:
    params = {"include[]": ["syllabus_body", "term", "permissions", "settings"], "per_page": 1}
    course = Desk().get(COURSES, params=params).json()[0]
    assert course["syllabus_body"] == "<h2>Biology</h2>\n<p>Old text.</p>"
    assert course["settings"] == {}
    assert not {"permissions", "enrollments", "hide_distribution_graphs"} & set(course)


def test_terms_come_in_a_wrapper_and_only_from_the_root() -> None:
    desk = Desk()
    assert [term["id"] for term in desk.get("/api/v1/accounts/self/terms").json()["enrollment_terms"]] == [
        1,
        2,
        3,
        4,
    ]
    refused = desk.get("/api/v1/accounts/3/terms")
    assert (refused.status_code, refused.json()) == (400, {"message": "Terms only belong to root_accounts."})


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("sis_term_id:2027SP", 3), ("default", 1)])
def test_a_term_has_several_ids(text: str, number: int) -> None:
    assert Desk().get(f"/api/v1/accounts/1/terms/{text}").json()["id"] == number


def test_an_account_tells_its_quota_zone_and_sis_id() -> None:
    account = Desk().get("/api/v1/accounts/3").json()
    assert (account["default_storage_quota_mb"], account["default_time_zone"]) == (1000, "America/Denver")
    assert (account["root_account_id"], account["sis_account_id"]) == (1, "SCI")
    assert Desk().get("/api/v1/accounts/self").json()["root_account_id"] is None


def test_sub_accounts_and_grading_standards_are_listed() -> None:
    desk = Desk()
    assert ids(desk, "/api/v1/accounts/1/sub_accounts", recursive="true") == [2, 3, 4, 5]
    assert ids(desk, "/api/v1/accounts/3/grading_standards") == [12]


def test_deleted_terms_are_listed_only_where_asked_for() -> None:
    desk = Desk()
    desk.sandbox.store.insert("terms", {"id": 9, "name": "Old", "workflow_state": "deleted"})
    path = "/api/v1/accounts/1/terms"

    def numbers(**params: str) -> list[int]:
        return [term["id"] for term in desk.get(path, params=params).json()["enrollment_terms"]]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(**{"workflow_state[]": "deleted"}) == [9]
    assert numbers(**{"workflow_state[]": "all"}) == [1, 2, 3, 4, 9]
