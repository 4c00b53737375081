"""The names beside the numbers: of accounts, terms and people."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import COURSE, Desk

LIST = "/api/v1/accounts/3/courses"
INCLUDES = {"include[]": ["term", "account"]}


def test_an_account_has_its_name() -> None:
    found = Desk().get("/api/v1/accounts/3").json()
    assert (found["id"], found["name"], found["parent_account_id"]) == (3, "Sciences", 1)
    assert found["sis_account_id"] == "SCI"


def test_a_course_names_its_term_and_its_account_alone_and_in_lists() -> None:
    desk = Desk()
    alone = desk.get("/api/v1/courses/4102", params=INCLUDES).json()
    (listed,) = (row for row in desk.get(LIST, params=INCLUDES).json() if row["id"] == 4102)
    for course in (alone, listed):
        assert course["term"] == {
            "id": 2,
            "name": "Fall 2026",
            "start_at": "2026-08-24T06:00:00Z",
            "end_at": "2026-12-18T07:00:00Z",
            "sis_term_id": "2026FA",
        }
        account = course["account"]
        assert (account["id"], account["name"], account["root_account_id"]) == (3, "Sciences", 1)
        assert account["sis_account_id"] == "SCI"


@pytest.mark.parametrize("token", ["sandbox-teacher", "sandbox-admin"])
def test_sis_ids_of_terms_and_accounts_need_the_right(token: str) -> None:
    desk = Desk(token=token)
    desk.sandbox.edit_user(1, denied=["read_sis", "manage_sis"])
    course = desk.get("/api/v1/courses/4102", params=INCLUDES).json()
    assert course["term"]["name"] == "Fall 2026"
    assert "sis_term_id" not in course["term"]
    assert "sis_account_id" not in course["account"]


def test_a_course_without_a_term_says_so() -> None:
    desk = Desk({"enrollment_term_id": None})
    assert desk.see("term")["term"] is None


def test_sub_accounts_are_listed_page_by_page() -> None:
    desk = Desk()
    path = "/api/v1/accounts/1/sub_accounts"
    answer = desk.get(path, params={"recursive": "true", "per_page": 3})
    rest = desk.get(answer.links["next"]["url"])
    found = [*answer.json(), *rest.json()]
    names = ["Arts and Humanities", "Sciences", "Nursing", "Laboratory School"]
    assert [row["name"] for row in found] == names
    assert {row["parent_account_id"] for row in found} == {row["root_account_id"] for row in found} == {1}
    assert [row["sis_account_id"] for row in found] == ["ARTS", "SCI", "NURS", "LAB"]
    assert "next" not in rest.links


def test_only_a_recursive_list_goes_below_the_next_level() -> None:
    desk = Desk()
    desk.sandbox.store.insert("accounts", {"id": 9, "name": "Painting", "parent_account_id": 2})
    path = "/api/v1/accounts/1/sub_accounts"
    assert [row["id"] for row in desk.get(path).json()] == [2, 3, 4, 5]
    assert [row["id"] for row in desk.get(path, params={"recursive": True}).json()] == [2, 3, 4, 5, 9]


def test_a_person_is_sorted_by_the_last_name() -> None:
    desk = Desk()
    assert desk.get("/api/v1/users/self").json()["sortable_name"] == "Admin, Alex"
    desk.sandbox.edit_user(1, name="Cher")
    assert desk.get("/api/v1/users/self").json()["sortable_name"] == "Cher"
    assert desk.get(f"/api/v1/courses/{COURSE}").status_code == 200
