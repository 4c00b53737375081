"""Reading many courses: how many requests each way takes, and that none of them shows another value."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from coursesync.canvas.bulk import Found, Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.listing import Query
from coursesync.errors import CanvasError, CanvasRefused
from coursesync.model import LiveCourse
from coursesync.sandbox import fleet
from tests.canvas.single import read_course
from tests.canvas.test_against_the_sandbox import College

SETTINGS = frozenset({"settings.hide_final_grades", "settings.home_page_announcement_limit"})
NAMES = frozenset({"attributes.name", "attributes.license"})
BOTH = SETTINGS | NAMES
FIRST = 100_001


def stocked(count: int, **options: Any) -> College:
    college = College(throttle=False, **options)
    college.world.add_courses(living(count))
    return college


def living(count: int) -> Iterator[dict[str, Any]]:
    """Return courses of one account, none of them deleted."""
    for course in fleet(count, account_id=2, term_id=2):
        yield {**course, "workflow_state": "available"}


def read(
    college: College,
    ids: list[str],
    addresses: frozenset[str],
    *,
    account: str | None = None,
    token: str = "sandbox-admin",
) -> Mapping[str, Found]:
    """Read courses in bulk, and hold every value against that of a single read."""

    async def work(canvas: Canvas) -> tuple[Mapping[str, Found], int]:
        reader = Reader(canvas, account=account)
        return await reader.courses(dict.fromkeys(ids, addresses)), canvas.reads

    found, reads = college.run(work, token, read_only=True)
    asked = len(college.world.log)
    assert reads == asked
    for key, course in found.items():
        if isinstance(course, LiveCourse):
            single = college.run(lambda canvas, key=key: read_course(canvas, key, addresses), token)
            assert course.id == single.id
            assert {a: course.state[a] for a in addresses} == {a: single.state[a] for a in addresses}
    del college.world.log[asked:]
    return found


async def listed(canvas: Canvas, includes: frozenset[str] = frozenset()) -> Sequence[LiveCourse]:
    query = Query(account="2")
    found = (await Reader(canvas).listed([query], includes))[query]
    assert not isinstance(found, CanvasError)
    return found


def fleet_ids(count: int) -> list[str]:
    return [str(FIRST + number) for number in range(count)]


def paths(college: College) -> list[tuple[str, str]]:
    return [(entry.method, entry.path.rsplit("/", 1)[-1]) for entry in college.world.log]


@pytest.mark.parametrize("count", [1, 2, 11, 120])
def test_single_courses_take_at_most_two_requests_each_without_graphql(count: int) -> None:
    college = stocked(count, graphql="old")
    read(college, fleet_ids(count), BOTH)
    assert len(college.world.log) == 2 * count


def test_many_single_courses_are_looked_for_on_the_list_of_their_root_account() -> None:
    college = stocked(250)
    read(college, fleet_ids(250), BOTH)
    assert len(college.world.log) == 1 + 3 + 1 + 13


def test_who_may_not_list_the_root_account_reads_many_courses_one_by_one_and_asks_once() -> None:
    college = stocked(250)
    read(college, fleet_ids(250), BOTH, token="sandbox-teacher")
    assert len(college.world.log) == 250 + 1 + 1 + 13
    assert [path for _, path in paths(college)].count("courses") == 1


def test_attributes_alone_ask_for_no_settings() -> None:
    college = stocked(3)
    read(college, fleet_ids(3), NAMES)
    assert {path for _, path in paths(college)} == set(fleet_ids(3))


def test_an_account_is_listed_where_its_pages_are_fewer_than_the_courses() -> None:
    college = stocked(250)
    read(college, fleet_ids(250), BOTH, account="2")
    assert len(college.world.log) == 3 + 1 + 13
    assert ("GET", "courses") in paths(college)


def test_an_account_is_not_listed_for_less_than_it_saves() -> None:
    college = stocked(1000)
    read(college, fleet_ids(1000)[-5:], NAMES, account="2")
    # The first page is read to learn how many there are.
    assert paths(college) == [("GET", "courses"), *(("GET", key) for key in fleet_ids(1000)[-5:])]


def test_how_many_pages_an_account_has_is_asked_once() -> None:
    college = stocked(1000)

    async def work(canvas: Canvas) -> None:
        reader = Reader(canvas, account="2")
        for start in (900, 910):
            await reader.courses(dict.fromkeys(fleet_ids(1000)[start : start + 5], NAMES))

    college.run(work)
    assert [path for _, path in paths(college)].count("courses") == 1


def test_an_account_that_may_not_be_listed_is_no_obstacle() -> None:
    college = stocked(4)
    found = read(college, fleet_ids(4), NAMES, account="2", token="sandbox-teacher")
    assert all(isinstance(course, LiveCourse) for course in found.values())


def test_a_course_that_is_on_no_list_is_asked_for_by_itself() -> None:
    college = stocked(150)
    college.world.edit(4117, workflow_state="deleted")
    wants = [*fleet_ids(150), "sis_course_id:BIO-101-2026FA", "99"]
    found = read(college, wants, NAMES, account="2")
    assert isinstance(found["sis_course_id:BIO-101-2026FA"], LiveCourse)
    missing = found["99"]
    assert isinstance(missing, CanvasRefused)
    assert missing.status == 404


def test_a_sis_id_is_found_on_the_list() -> None:
    college = stocked(150)
    keys = [f"sis_course_id:FLEET-{number:05}" for number in range(1, 151)]
    found = read(college, keys, NAMES, account="2")
    assert len(college.world.log) == 2
    assert {key: getattr(course, "sis_course_id", "") for key, course in found.items()} == {
        key: key.split(":")[1] for key in keys
    }


@pytest.mark.parametrize(
    ("address", "columns", "value"),
    [
        ("settings.friendly_name", {"alt_name": "Stored"}, None),
        ("settings.restrict_quantitative_data", {"settings": {"restrict_quantitative_data": True}}, True),
    ],
)
def test_what_graphql_shows_otherwise_is_read_by_rest(
    address: str, columns: dict[str, Any], value: Any
) -> None:
    college = stocked(60)
    college.world.edit(FIRST, **columns)
    found = read(college, fleet_ids(60), frozenset({address, *NAMES}), account="2")
    course = found[str(FIRST)]
    assert isinstance(course, LiveCourse)
    assert course.state[address] == value
    assert paths(college).count(("GET", "settings")) == 60


@pytest.mark.parametrize("graphql", ["old", "off"])
def test_a_canvas_without_graphql_settings_is_asked_once(graphql: str) -> None:
    college = stocked(60, graphql=graphql)
    read(college, fleet_ids(60), BOTH, account="2")
    assert paths(college).count(("POST", "graphql")) == 1
    assert paths(college).count(("GET", "settings")) == 60


def test_a_token_with_scopes_falls_back_to_rest() -> None:
    college = stocked(60)
    read(college, fleet_ids(60), BOTH, account="2", token="sandbox-scoped")
    assert paths(college).count(("GET", "settings")) == 60


@pytest.mark.parametrize("status", [500, 502])
def test_a_graphql_that_fails_falls_back_to_rest(status: int) -> None:
    college = stocked(60)

    async def work(canvas: Canvas) -> Mapping[str, Found]:
        reader = Reader(canvas, account="2")
        await reader.courses(dict.fromkeys(fleet_ids(60), BOTH))
        college.world.fail_next(method="POST", path_contains="graphql", status=status, times=100)
        return await reader.courses(dict.fromkeys(fleet_ids(60), BOTH))

    found = college.run(work)
    assert all(isinstance(course, LiveCourse) for course in found.values())
    assert paths(college).count(("GET", "settings")) == 60


def test_an_answer_for_another_course_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    college = stocked(60)
    query = Canvas.query

    async def confused(canvas: Canvas, document: str) -> Any:
        answer: Any = await query(canvas, document)
        course = answer["data"].get(f"c{FIRST}")
        if course:
            course["_id"] = "4101"
        return answer

    monkeypatch.setattr(Canvas, "query", confused)
    read(college, fleet_ids(60), BOTH, account="2")
    settings = [entry.path for entry in college.world.log if entry.path.endswith("/settings")]
    assert settings == [f"/api/v1/courses/{FIRST}/settings"]


def test_a_listing_is_complete_where_canvas_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    college = stocked(730)
    page = Canvas.page

    async def uncounted(canvas: Canvas, path: str, params: Any = (), number: int = 1) -> Any:
        return await page(canvas, path, [pair for pair in params if pair[1] != "ui_invoked"], number)

    monkeypatch.setattr(Canvas, "page", uncounted)
    courses = college.run(listed)
    assert len([course for course in courses if course.id >= FIRST]) == 730


@pytest.mark.parametrize("extra", [0, 1, 99, 100, 101])
def test_a_listing_takes_its_pages_and_at_most_one_more(extra: int) -> None:
    college = stocked(0)
    there = len(college.run(listed))
    college.world.log.clear()
    count = 300 - there + extra
    college.world.add_courses(living(count))
    courses = college.run(listed)
    assert len({course.id for course in courses}) == len(courses) == 300 + extra
    assert len(college.world.log) <= -(-(300 + extra) // 100) + 1


def test_a_page_that_fails_is_a_problem_of_its_list_and_not_of_single_courses() -> None:
    college = stocked(350)

    async def work(canvas: Canvas) -> tuple[Any, Mapping[str, Found]]:
        reader = Reader(canvas, account="2")
        query, other = Query(account="2"), Query(account="3")
        await reader.listed([query], frozenset())
        college.world.fail_next(method="GET", path_contains="accounts/2/courses", status=500, times=1)
        lists = await reader.listed([query, other], frozenset())
        college.world.fail_next(method="GET", path_contains="accounts/2/courses", status=500, times=1)
        return lists, await reader.courses(dict.fromkeys(fleet_ids(350), NAMES))

    lists, found = college.run(work)
    assert [isinstance(courses, CanvasError) for courses in lists.values()] == [True, False]
    assert all(isinstance(course, LiveCourse) for course in found.values())


def test_a_course_that_the_list_hides_is_not_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    college = stocked(5)
    page = Canvas.page

    async def hiding(canvas: Canvas, path: str, params: Any = (), number: int = 1) -> Any:
        found: Any = await page(canvas, path, params, number)
        found.items[-1] = {"id": found.items[-1]["id"], "access_restricted_by_date": True}
        return found

    monkeypatch.setattr(Canvas, "page", hiding)
    courses = college.run(listed)
    assert [course.id for course in courses if course.id >= FIRST] == [FIRST + n for n in range(4)]


def test_links_that_outgrew_their_budget_end_no_list() -> None:
    college = stocked(350)
    # A term of a long SIS id would do the same: the query grows beyond what the links may take.
    includes = frozenset(f"x{number:05}{'y' * 60}" for number in range(80))
    courses = college.run(lambda canvas: listed(canvas, includes))
    assert len([course for course in courses if course.id >= FIRST]) == 350


def test_the_way_taken_is_told(caplog: pytest.LogCaptureFixture) -> None:
    college = stocked(150)
    with caplog.at_level(logging.INFO, logger="coursesync.canvas"):
        read(college, fleet_ids(150), BOTH, account="2")
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "2 list pages of account 2 instead of 150 GETs" in said
    assert "settings of 150 courses by 8 GraphQL queries" in said


def test_a_course_whose_settings_are_refused_is_an_error_of_its_own() -> None:
    college = stocked(3)
    college.world.fail_next(method="GET", path_contains=f"{FIRST}/settings", status=401, body="{}")
    found = read(college, fleet_ids(3), BOTH)
    assert [isinstance(course, CanvasError) for course in found.values()] == [True, False, False]
