"""GraphQL: what it shows of courses, what it hides, and what it refuses as a whole."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from tests.sandbox.desk import COURSE, Desk

NUMBERS = [4101, 4102, 4103, 4104, 4105, 4107]
NOWHERE = 77


def ask(desk: Desk, query: str, **more: Any) -> dict[str, Any]:
    answer = desk.ask("POST", "/api/graphql", json={"query": query, **more})
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


def course(desk: Desk, fields: str, number: int | str = COURSE) -> Any:
    answer = ask(desk, f'{{ course(id: "{number}") {{ {fields} }} }}')
    assert "errors" not in answer
    return answer["data"]["course"]


def messages(answer: dict[str, Any]) -> list[str]:
    return [error["message"] for error in answer["errors"]]


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found.group(1).upper(), name)


def test_several_courses_come_in_one_answer_each_under_its_alias() -> None:
    query = '{ a: course(id: "4101") { _id name } b: course(sisId: "NUR-BP") { _id } }'
    assert ask(Desk(), query) == {
        "data": {"a": {"_id": "4101", "name": "BIO 101 Intro Biology"}, "b": {"_id": "4112"}}
    }


def test_a_course_shows_its_stored_name_and_its_raw_state() -> None:
    desk = Desk()
    desk.sandbox.edit(4107, workflow_state="claimed")
    fields = "name courseNickname courseCode state sisId"
    assert course(desk, fields, 4107) == {
        "name": "Drawing I",
        "courseNickname": "Art studio (mine)",
        "courseCode": "ART 110",
        "state": "claimed",
        "sisId": "ART-110-2026FA",
    }
    assert course(desk, fields, 4108)["courseNickname"] is None


@pytest.mark.parametrize("state", ["created", "claimed", "available", "completed", "deleted"])
def test_every_state_is_shown_as_it_is_stored(state: str) -> None:
    assert course(Desk({"workflow_state": state}), "state") == {"state": state}


def test_a_course_has_a_global_id_too_and_is_found_by_it() -> None:
    desk = Desk()
    number = course(desk, "id", 4101)["id"]
    assert course(desk, "_id", number) == {"_id": "4101"}


def test_the_syllabus_is_shown_as_it_is_stored() -> None:
    assert "/courses/4104/files/505" in course(Desk(), "syllabusBody", 4104)["syllabusBody"]


def test_a_course_tells_its_term_and_account() -> None:
    found = course(Desk(), "__typename term { _id name } account { _id name }", 4101)
    assert found == {
        "__typename": "Course",
        "term": {"_id": "2", "name": "Fall 2026"},
        "account": {"_id": "3", "name": "Sciences"},
    }


CHANGED = {
    "allow_student_discussion_topics": False,
    "hide_final_grades": True,
    "home_page_announcement_limit": 5,
    "course_color": "#1A7F37",
    "default_due_time": "9pm",
    "lock_all_announcements": True,
}


@pytest.mark.parametrize("number", [COURSE, 4110, 4109])
def test_the_settings_are_those_of_rest_but_for_pictures_and_names(number: int) -> None:
    desk = Desk()
    desk.put_settings(**CHANGED)
    rest = desk.get(f"/api/v1/courses/{number}/settings").json()
    shown = [field["name"] for field in described(desk)["fields"]]
    found = course(desk, f"settings {{ {' '.join(shown)} }}", number)["settings"]
    same = {camel(name): value for name, value in rest.items() if name not in {"image", "banner_image"}}
    assert found == {**same, "showTeacherOnlyModuleId": None, "showStudentOnlyModuleId": None}
    assert len(found) == 33


def described(desk: Desk, name: str = "CourseSettings") -> Any:
    return ask(desk, f'{{ __type(name: "{name}") {{ fields {{ name }} }} }}')["data"]["__type"]


def test_a_friendly_name_is_shown_in_every_account() -> None:
    desk = Desk({"alt_name": "Our Room", "account_id": 2})
    assert desk.settings()["friendly_name"] is None
    assert course(desk, "settings { friendlyName }")["settings"] == {"friendlyName": "Our Room"}


def test_a_null_that_rest_shows_is_false_here_and_ids_are_texts() -> None:
    desk = Desk({"allow_student_organized_groups": None, "grading_standard_id": 11})
    assert desk.settings()["allow_student_organized_groups"] is None
    found = course(desk, "settings { allowStudentOrganizedGroups gradingStandardId }")["settings"]
    assert found == {"allowStudentOrganizedGroups": False, "gradingStandardId": "11"}


def test_a_course_that_is_not_there_is_null_and_the_others_are_answered() -> None:
    answer = ask(Desk(), f"{{ a: course(id: {NOWHERE}) {{ _id }} b: course(id: 4101) {{ _id }} }}")
    assert answer == {"data": {"a": None, "b": {"_id": "4101"}}}


def test_a_course_that_must_not_be_read_is_null_too() -> None:
    desk = Desk(token="sandbox-student")
    assert course(desk, "_id", 4101) is None
    assert course(desk, "_id", 4102) == {"_id": "4102"}


def test_settings_in_a_list_are_null_where_the_course_must_not_be_read() -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, courses=[4102])
    nodes = connection(desk, "_id settings { hideFinalGrades }", "first: 2")["nodes"]
    assert nodes == [
        {"_id": "4101", "settings": None},
        {"_id": "4102", "settings": {"hideFinalGrades": False}},
    ]


@pytest.mark.parametrize("arguments", ["id: 1, sisId: 2", ""])
def test_a_course_is_asked_for_in_exactly_one_way(arguments: str) -> None:
    bracketed = f"({arguments})" if arguments else ""
    answer = ask(Desk(), f"{{ bad: course{bracketed} {{ _id }} good: course(id: 4101) {{ _id }} }}")
    assert answer["data"] == {"bad": None, "good": {"_id": "4101"}}
    assert answer["errors"] == [{"message": "Must specify exactly one of `id` or `sisId`", "path": ["bad"]}]


@pytest.mark.parametrize("number", ["sis_course_id:NUR-BP", "BIO", "QWNjb3VudC0x"], ids=str)
def test_what_is_no_id_of_a_course_is_an_error(number: str) -> None:
    """The last one is the global id of an account."""
    answer = ask(Desk(), f'{{ course(id: "{number}") {{ _id }} }}')
    assert (answer["data"], messages(answer)) == ({"course": None}, ["expected an id for Course"])


def test_fragments_and_variables_are_filled_in() -> None:
    query = "query($x: ID!, $y: ID = 4102) { a: course(id: $x) { ...C } b: course(id: $y) { ...C } }"
    query += " fragment C on Course { _id settings { ... on CourseSettings { hideFinalGrades } } }"
    desk, hidden = Desk(), {"hideFinalGrades": False}
    expected = {"a": {"_id": "4101", "settings": hidden}, "b": {"_id": "4102", "settings": hidden}}
    assert ask(desk, query, variables={"x": 4101})["data"] == expected
    assert messages(ask(desk, query)) == ["Variable $x was provided invalid value"]


def many(count: int) -> str:
    return " ".join(f"c{number}: course(id: {number}) {{ _id }}" for number in range(4101, 4101 + count))


def test_twenty_aliases_and_a_field_without_one_are_answered() -> None:
    answer = ask(Desk(), f"{{ {many(20)} course(id: 4101) {{ _id }} }}")
    assert len(answer["data"]) == 21


def test_a_query_with_more_than_twenty_aliases_is_refused() -> None:
    assert ask(Desk(), f"{{ {many(21)} }}") == {"errors": [{"message": "max query aliases exceeded"}]}


def test_an_alias_in_a_fragment_counts_as_often_as_it_is_used() -> None:
    fragment = "fragment C on Course { number: _id }"
    ten = " ".join(many(20).split("} ")[:10]).replace("{ _id", "{ ...C }")
    eleven = " ".join(many(20).split("} ")[:11]).replace("{ _id", "{ ...C }")
    assert len(ask(Desk(), f"{{ {ten} }} {fragment}")["data"]) == 10
    assert messages(ask(Desk(), f"{{ {eleven} }} {fragment}")) == ["max query aliases exceeded"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ course(id: 1) { startAt } }", "Field 'startAt' doesn't exist on type 'Course'"),
        ("{ courses { _id } }", "Field 'courses' doesn't exist on type 'Query'"),
        (
            "{ course(id: 1) { settings { image } } }",
            "Field 'image' doesn't exist on type 'CourseSettings'",
        ),
        ("{ course(number: 1) { _id } }", "Field 'course' doesn't accept argument 'number'"),
        ("{ course(id: 1) }", "Field 'course' returns Course and must have selections"),
        ("{ course(id: 1) { _id { x } } }", "Field '_id' is a scalar and can't have selections"),
        ("{ course(id: 1) { _id } course(id: 2) { _id } }", "Field 'course' has an argument conflict"),
        ("{ course(id: 1) { ...C } }", "Fragment C was used, but not defined"),
        (
            "{ course(id: 1) { ... on Account { _id } } }",
            "Fragment on Account can't be spread inside Course",
        ),
        (
            "{ course(id: 1) { ...C } } fragment C on Course { ...C }",
            "Fragment C contains an infinite loop",
        ),
        ("{ course(id: 1) @include(if: true) { _id } }", "Directive @include is not defined"),
        ("query a { __typename } query b { __typename }", "An operation name is required"),
        ("subscription { course { _id } }", "Schema is not configured for subscriptions"),
        (
            'mutation { updateCourse(input: {courseId: 1, name: "x"}) { course { _id } } }',
            "Field 'updateCourse' doesn't exist on type 'Mutation'",
        ),
        ("", "No query string was present"),
    ],
    ids=str,
)
def test_a_query_that_does_not_fit_is_refused_as_a_whole(query: str, message: str) -> None:
    answer = ask(Desk(), query)
    assert messages(answer) == [message]
    assert "data" not in answer


@pytest.mark.parametrize("query", ["{ course(id: 1", "{ " + "name " * 6000 + "}"], ids=["torn", "too long"])
def test_a_text_that_cannot_be_read_is_refused(query: str) -> None:
    assert list(ask(Desk(), query)) == ["errors"]


def test_an_unknown_field_says_where_it_stands() -> None:
    error = ask(Desk(), "{ a: course(id: 1) { nope } }")["errors"][0]
    assert error["path"] == ["query", "a", "nope"]
    assert error["extensions"] == {"code": "undefinedField", "typeName": "Course", "fieldName": "nope"}


def test_a_named_operation_is_chosen() -> None:
    query = "query a { a: course(id: 4101) { _id } } query b { b: course(id: 4102) { _id } }"
    assert ask(Desk(), query, operationName="b")["data"] == {"b": {"_id": "4102"}}


def connection(desk: Desk, fields: str, arguments: str = "", account: str = "id: 1") -> Any:
    bracketed = f"({arguments})" if arguments else ""
    page = "pageInfo { endCursor hasNextPage }"
    query = f"{{ account({account}) {{ coursesConnection{bracketed} {{ nodes {{ {fields} }} {page} }} }} }}"
    return ask(desk, query)["data"]["account"]["coursesConnection"]


def walk(desk: Desk, size: int) -> list[int]:
    seen: list[int] = []
    after = ""
    while True:
        page = connection(desk, "_id", f"first: {size}{after}")
        seen += [int(node["_id"]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


def test_a_connection_lists_the_whole_tree_and_deleted_courses_too() -> None:
    desk = Desk()
    assert walk(desk, 5) == desk.sandbox.course_ids()
    assert 4117 in walk(desk, 5)
    below = connection(desk, "_id", account='sisId: "SCI"')["nodes"]
    assert [node["_id"] for node in below] == ["4101", "4102", "4103", "4113", "4115"]


@pytest.mark.parametrize(("arguments", "size"), [("", 20), ("first: 100", 100), ("first: 1000", 100)])
def test_a_page_of_a_connection_has_twenty_courses_and_never_more_than_a_hundred(
    arguments: str, size: int
) -> None:
    assert len(connection(Desk(fleet=150), "_id", arguments)["nodes"]) == size


def test_without_an_order_a_walk_repeats_a_course_and_misses_another() -> None:
    desk = Desk(unordered=True)
    seen = walk(desk, 5)
    assert len(seen) > len(set(seen))
    assert set(seen) < set(desk.sandbox.course_ids())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('after: "?"', "Invalid cursor: '?'."),
        ("first: -1", "Argument 'first' has an invalid value. Expected type 'Int'."),
        ('first: "2"', "Argument 'first' has an invalid value. Expected type 'Int'."),
    ],
    ids=str,
)
def test_a_page_nobody_can_find_is_an_error(arguments: str, message: str) -> None:
    query = f"{{ account(id: 1) {{ coursesConnection({arguments}) {{ nodes {{ _id }} }} }} }}"
    answer = ask(Desk(), query)
    assert (answer["data"], messages(answer)) == ({"account": {"coursesConnection": None}}, [message])


def test_a_connection_needs_the_right_to_the_list() -> None:
    desk = Desk(token="sandbox-teacher")
    assert connection(desk, "_id") is None
    desk.token = "sandbox-student"
    assert ask(desk, "{ account(id: 1) { name } }")["data"] == {"account": None}


def test_an_account_nobody_has_is_null() -> None:
    assert ask(Desk(), f"{{ account(id: {NOWHERE}) {{ name }} }}") == {"data": {"account": None}}


def test_an_old_canvas_has_no_settings_of_courses() -> None:
    desk = Desk(graphql="old")
    answer = ask(desk, "{ course(id: 4101) { _id settings { hideFinalGrades } } }")
    assert messages(answer) == ["Field 'settings' doesn't exist on type 'Course'"]
    assert described(desk) is None
    assert course(desk, "name", 4101) == {"name": "BIO 101 Intro Biology"}


def test_a_canvas_without_graphql_has_no_such_endpoint() -> None:
    assert (
        Desk(graphql="off").ask("POST", "/api/graphql", json={"query": "{ __typename }"}).status_code == 404
    )
    assert Desk().get("/api/graphql").status_code == 404


def test_a_token_with_scopes_gets_errors_instead_of_objects() -> None:
    desk = Desk(token="sandbox-scoped")
    answer = ask(desk, "{ a: course(id: 4101) { _id } b: course(id: 77) { _id } account(id: 1) { _id } }")
    assert answer["data"] == {"a": None, "b": None, "account": None}
    assert answer["errors"] == [
        {"message": f"An object of type {kind} was hidden due to insufficient scopes on access token"}
        | {"path": [key]}
        for key, kind in (("a", "Course"), ("account", "Account"))
    ]


def test_a_token_with_scopes_gets_no_includes_but_uuid() -> None:
    desk = Desk(token="sandbox-scoped")
    assert "term" not in desk.see("term", "syllabus_body")
    assert "uuid" in desk.see("uuid")
    assert desk.settings()["hide_final_grades"] is False
    desk.token = "sandbox-admin"
    assert desk.see("term")["term"]["id"] == 1


def test_a_bad_token_is_told_so_with_a_status() -> None:
    answer = Desk(token="wrong").ask("POST", "/api/graphql", json={"query": "{ __typename }"})
    assert (answer.status_code, "www-authenticate" in answer.headers) == (401, True)


def test_a_query_is_no_write() -> None:
    desk = Desk()
    ask(desk, "{ __typename }")
    assert desk.sandbox.writes() == []


def test_a_query_takes_one_reservation_of_the_same_bucket() -> None:
    desk = Desk(throttle=True, hwm=600, latency_ms=30, clock=lambda: 0.0)
    body = {"query": f"{{ {many(20)} }}"}

    async def burst() -> list[httpx.Response]:
        async with desk.client() as client:
            return await asyncio.gather(*(client.post("/api/graphql", json=body) for _ in range(12)))

    assert sorted(answer.status_code for answer in asyncio.run(burst())) == [200] * 11 + [429]


@pytest.mark.parametrize(
    ("query", "courses"), [("{ course(id: 4101) { _id } }", 1), (f"{{ {many(20)} }}", 20)]
)
def test_a_query_takes_longer_the_more_courses_it_names(query: str, courses: int) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    ask(Desk(latency_ms=1000, sleep=sleep), query)
    assert slept == [pytest.approx(0.8 * (1 + 0.01 * (courses - 1)))]
