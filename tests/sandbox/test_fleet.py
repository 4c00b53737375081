"""A made-up fleet, in bulk: what is in it, how it gets in, and that it does not slow the stand-in down."""

from __future__ import annotations

import itertools
import json
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from coursesync.cli import run
from coursesync.sandbox import Options, Sandbox, fleet, running
from coursesync.sandbox.store import Store
from tests.sandbox.desk import COURSE, Desk

COURSES = "/api/v1/accounts/1/courses"


def ids(desk: Desk, **params: Any) -> list[int]:
    found = desk.get(COURSES, params={"per_page": 100, **params}).json()
    return [course["id"] for course in found]


def test_a_fleet_is_the_same_every_time_and_numbered_on() -> None:
    first = list(fleet(3))
    assert first == list(fleet(3))
    assert [(row["id"], row["sis_source_id"]) for row in first] == [
        (100_001, "FLEET-00001"),
        (100_002, "FLEET-00002"),
        (100_003, "FLEET-00003"),
    ]
    assert list(fleet(2, start=100_002)) == first[1:]


def test_a_fleet_is_all_over_the_college_or_where_it_is_told_to_be() -> None:
    def places(rows: Any) -> set[tuple[int, int]]:
        return {(row["account_id"], row["enrollment_term_id"]) for row in rows}

    assert places(fleet(100)) == set(itertools.product((2, 3, 4, 5), (1, 2, 3, 4)))
    assert places(fleet(100, account_id=3, term_id=2)) == {(3, 2)}


def test_a_fleet_has_courses_of_every_state_and_some_that_differ_in_every_field() -> None:
    rows = list(fleet(200))
    assert {row["workflow_state"] for row in rows} == {
        "available",
        "claimed",
        "completed",
        "created",
        "deleted",
    }
    for name in ("default_view", "license", "time_zone", "storage_quota", "syllabus_body", "is_public"):
        assert len({row[name] for row in rows}) > 1
    for name in ("hide_final_grade", "course_format", "restrict_student_past_view", "default_due_time"):
        assert len({name in row["settings"] for row in rows}) == 2


def test_the_college_takes_a_fleet_in_and_answers_for_each_of_it() -> None:
    desk = Desk(fleet=50)
    assert len(desk.sandbox.course_ids()) == 18 + 50
    assert desk.get("/api/v1/courses/sis_course_id:FLEET-00007").json()["id"] == 100_007
    for row in fleet(50):
        answer = desk.get(f"/api/v1/courses/{row['id']}/settings")
        assert answer.status_code == 200
        assert answer.json()["hide_final_grades"] is ("hide_final_grade" in row["settings"])


def test_added_courses_have_what_canvas_puts_into_new_ones() -> None:
    desk = Desk()
    single = desk.sandbox.course(desk.sandbox.add_course(id=5, name="A", settings={"hide_final_grade": True}))
    desk.sandbox.add_courses([{"id": 6, "name": "A", "settings": {"hide_final_grade": True}}, {"name": "B"}])
    drawn = {"id", "uuid", "lti_context_id", "created_at"}
    added = desk.sandbox.course(6)
    assert {name for name in added if added[name] != single[name]} <= drawn
    assert desk.sandbox.course(COURSE + 1)["name"] == "B"


def test_all_of_many_courses_are_added_or_none() -> None:
    desk = Desk()
    before = desk.sandbox.course_ids()
    with pytest.raises(sqlite3.IntegrityError):
        desk.sandbox.add_courses([{"id": 5}, {"id": COURSE}])
    with pytest.raises(ValueError, match="no column colour"):
        desk.sandbox.add_courses([{"id": 5}, {"id": 6, "colour": "red"}])
    assert desk.sandbox.course_ids() == before
    desk.sandbox.add_courses([{"id": 5}])
    assert desk.sandbox.course_ids() == [5, *before]


def test_a_fleet_in_a_file_is_not_added_twice_and_keeps_its_changes(tmp_path: Path) -> None:
    options = Options(db=str(tmp_path / "canvas.db"), fleet=3)
    first = Sandbox(options)
    first.edit(100_002, name="Renamed", settings={"hide_final_grade": None, "course_format": "blended"})
    left = first.course(100_002)
    again = Sandbox(Options(db=options.db, fleet=4))
    assert again.course(100_002) == left
    assert len(again.course_ids()) == len(first.course_ids()) + 1


def test_a_file_of_an_earlier_version_gets_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "canvas.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE tokens (id INTEGER PRIMARY KEY, token TEXT, user_id INTEGER)")
        database.execute("INSERT INTO tokens VALUES (1, 'old', 1)")
    database.close()
    store = Store(str(path))
    assert store.where("tokens", token="old")[0]["scoped"] is None
    store.close()


def test_a_row_that_was_read_stays_as_it_was() -> None:
    store = Desk().sandbox.store
    before = store.row("courses", 4101)
    store.update("courses", 4101, {"name": "Zoology", "sis_source_id": "ZOO"})
    after = store.row("courses", 4101)
    assert before is not None
    assert after is not None
    assert (before["name"], after["name"]) == ("BIO 101 Intro Biology", "Zoology")
    assert store.where("courses", sis_source_id="BIO-101-2026FA") == []
    assert store.where("courses", sis_source_id="ZOO") == [after]


def test_a_row_in_memory_is_what_the_database_made_of_it() -> None:
    desk = Desk()
    store = desk.sandbox.store
    store.update("courses", 4101, {"name": 7, "is_public": 1, "settings": {"a": (1, 2)}})
    found = store.row("courses", 4101)
    assert found is not None
    assert (found["name"], found["is_public"], found["settings"]) == ("7", True, {"a": [1, 2]})


def test_a_course_taken_out_by_a_test_is_its_own() -> None:
    desk = Desk({"settings": {"course_format": "online"}})
    desk.stored["settings"]["course_format"] = "blended"
    assert desk.see()["course_format"] == "online"


@pytest.mark.parametrize(
    "params", [{}, {"state[]": "available"}, {"search_term": "section 000"}, {"sort": "course_name"}], ids=str
)
def test_a_list_that_was_asked_for_before_reflects_every_write(params: dict[str, str]) -> None:
    desk = Desk(fleet=20)
    first = ids(desk, **params)
    assert ids(desk, **params) == first
    desk.ask("PUT", "/api/v1/courses/100001", json={"course": {"event": "delete"}})
    assert ids(desk, **params) == [number for number in first if number != 100_001]
    desk.sandbox.edit(100_001, workflow_state="available")
    assert ids(desk, **params) == first


def test_a_list_of_what_is_over_changes_with_the_time_of_day() -> None:
    moment = [datetime(2026, 8, 1, tzinfo=UTC)]
    desk = Desk(now=lambda: moment[0])
    assert ids(desk, completed="true") == [4116]
    moment[0] += timedelta(days=150)
    assert 4101 in ids(desk, completed="true")


def test_a_list_lags_behind_as_far_as_the_replica() -> None:
    moment = [100.0]
    desk = Desk(replica_lag=5.0, clock=lambda: moment[0])
    assert COURSE in ids(desk)
    desk.put(event="delete")
    assert COURSE in ids(desk)
    moment[0] += 5.1
    assert COURSE not in ids(desk)


def test_a_page_beyond_a_list_that_is_counted_is_not_found() -> None:
    desk = Desk(fleet=30)
    counted = {"per_page": 20, "include[]": "ui_invoked"}
    assert 'page=3&per_page=20>; rel="last"' in desk.get(COURSES, params=counted).headers["link"]
    assert desk.get(COURSES, params={**counted, "page": 4}).status_code == 404
    assert desk.get(COURSES, params={"per_page": 20, "page": 4}).json() == []


def test_the_page_for_people_lists_the_first_and_counts_the_others() -> None:
    text = Desk(fleet=600).get("/").text
    assert "118 more are not listed" in text
    assert text.count("<tr>") == 501
    assert "more are not listed" not in Desk().get("/").text


def test_a_page_out_of_ten_thousand_courses_costs_little() -> None:
    """Many times what it takes: only the whole fleet, read again for each page, would take longer."""
    desk = Desk()
    desk.sandbox.add_courses(fleet(10_000))
    ids(desk)
    started = time.process_time()
    for page in range(1, 11):
        ids(desk, page=page)
    assert time.process_time() - started < 1.0


def test_an_answer_over_http_does_not_wait_for_an_acknowledgement() -> None:
    """Every one of them took 44 ms while the second part of an answer was held back."""
    taken = []
    with running() as canvas, httpx.Client(headers=_HEADERS, trust_env=False) as client:
        for _ in range(20):
            started = time.monotonic()
            client.get(f"{canvas.url}/api/v1/users/self")
            taken.append(time.monotonic() - started)
    assert min(taken) < 0.03


def test_the_command_line_starts_a_stand_in_as_it_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "coursesync", "sandbox", "--port", str(port)]
    options = ["--fleet", "20", "--hwm", "650", "--graphql", "off"]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            answer = _patiently(f"http://127.0.0.1:{port}/api/v1/courses/100020")
            graphql = httpx.post(
                f"http://127.0.0.1:{port}/api/graphql", json={}, headers=_HEADERS, trust_env=False
            )
        finally:
            process.terminate()
    assert answer.json()["sis_course_id"] == "FLEET-00020"
    assert float(answer.headers["x-rate-limit-remaining"]) == pytest.approx(650, abs=1)
    assert graphql.status_code == 404


_HEADERS = {"Authorization": "Bearer sandbox-admin"}


def _patiently(url: str) -> httpx.Response:
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url, headers=_HEADERS, trust_env=False)
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_a_fleet_and_another_seed_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"accounts": []}), "utf-8")
    assert run(["sandbox", "--fleet", "3", "--seed", str(seed)]) == 1
    assert "fits no other seed" in capsys.readouterr().err
