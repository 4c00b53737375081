"""What lasts, what lags, what is lost, and what the pages for people show."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from coursesync.sandbox import Options, create_app
from tests.sandbox.desk import COURSE, PATH, URL, Desk
from tests.sandbox.test_throttle import Clock


def together(desk: Desk, *bodies: tuple[str, dict[str, Any]]) -> list[httpx.Response]:
    async def work() -> list[httpx.Response]:
        async with desk.client() as client:
            return await asyncio.gather(*(client.put(path, json=body) for path, body in bodies))

    return asyncio.run(work())


def test_of_two_overlapping_writes_of_settings_the_last_wins() -> None:
    desk = Desk(latency_ms=20)
    together(
        desk,
        (f"{PATH}/settings", {"hide_final_grades": True}),
        (f"{PATH}/settings", {"hide_distribution_graphs": True}),
    )
    assert len(desk.stored["settings"]) == 1


def test_overlapping_writes_of_different_columns_both_last() -> None:
    desk = Desk(latency_ms=20)
    together(desk, (PATH, {"course": {"name": "X"}}), (PATH, {"course": {"license": "cc_by"}}))
    assert (desk.stored["name"], desk.stored["license"]) == ("X", "cc_by")


def test_one_write_after_the_other_loses_nothing() -> None:
    desk = Desk(latency_ms=1)
    desk.put_settings(hide_final_grades=True)
    desk.put_settings(hide_distribution_graphs=True)
    assert len(desk.stored["settings"]) == 2


def test_reads_of_a_course_lag_and_its_settings_do_not() -> None:
    clock = Clock()
    desk = Desk(replica_lag=2.0, clock=clock)
    desk.put(name="X", hide_final_grades=True)
    desk.put(name="Y")
    assert desk.see()["name"] == "Biology"
    assert desk.settings()["hide_final_grades"] is True
    listed = desk.get("/api/v1/accounts/1/courses", params={"per_page": 100}).json()
    assert listed[-1]["name"] == "Biology"
    clock.now = 2.5
    assert desk.see()["name"] == "Y"


def test_an_answer_takes_as_long_as_told() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    desk = Desk(latency_ms=100, sleep=sleep)
    for _ in range(4):
        desk.get(PATH)
    assert sum(slept) == pytest.approx(0.4)


def test_a_file_keeps_the_state(tmp_path: Path) -> None:
    path = str(tmp_path / "canvas.db")
    desk = Desk(db=path)
    desk.put(name="X")
    desk.sandbox.store.close()
    again = create_app(Options(db=path)).state.sandbox
    assert again.course(COURSE)["name"] == "X"
    again.store.close()


def test_a_seed_replaces_the_college(tmp_path: Path) -> None:
    seed = {
        "accounts": [{"id": 1, "name": "Other"}],
        "users": [{"id": 1, "name": "A", "login_id": "a", "role": "admin"}],
        "tokens": [{"id": 1, "token": "t", "user_id": 1}],
        "courses": [{"id": 5, "name": "Only", "students": 2}],
    }
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed), "utf-8")
    app = create_app(Options(seed=path))
    assert app.state.sandbox.course_ids() == [5]
    assert len(app.state.sandbox.store.where("enrollments", course_id=5)) == 2


def test_the_college_is_the_same_every_time() -> None:
    def courses() -> list[dict[str, Any]]:
        world = create_app(Options()).state.sandbox
        return [world.course(number) for number in world.course_ids()]

    assert courses() == courses()
    assert len(courses()) >= 14


def test_edits_behind_the_api_merge_settings_and_name_unknown_columns() -> None:
    desk = Desk({"settings": {"a": 1, "b": 2}})
    desk.sandbox.edit(COURSE, name="X", settings={"b": None, "c": 3})
    assert (desk.stored["name"], desk.stored["settings"]) == ("X", {"a": 1, "c": 3})
    with pytest.raises(ValueError, match="no column colour"):
        desk.sandbox.edit(COURSE, colour="red")
    with pytest.raises(LookupError):
        desk.sandbox.course(7)


def test_an_edit_of_a_missing_course_says_so() -> None:
    with pytest.raises(LookupError, match="no course 7"):
        Desk().sandbox.edit(7, name="X")


def test_a_new_course_has_the_next_id_and_what_canvas_puts_into_it() -> None:
    desk = Desk()
    number = desk.sandbox.add_course()
    assert number == COURSE + 1
    assert desk.sandbox.course(number)["default_view"] == "modules"


NASTY = '<script>alert("x")</script>'


def post(desk: Desk, origin: str | None, **fields: str) -> httpx.Response:
    headers = {"Origin": origin} if origin else {}
    return desk.ask("POST", f"/courses/{COURSE}", data=fields, headers=headers)


def test_the_pages_escape_what_they_show() -> None:
    desk = Desk({"name": NASTY, "syllabus_body": f"</textarea>{NASTY}"}, token=None)
    for path in ("/", f"/courses/{COURSE}"):
        answer = desk.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_the_log_page_escapes_what_was_sent() -> None:
    desk = Desk()
    desk.put(name=NASTY)
    text = desk.get("/log").text
    assert "<script" not in text
    assert f"/api/v1/courses/{COURSE}" in text


def test_a_form_changes_a_course_behind_the_api() -> None:
    desk = Desk({"is_public": True})
    answer = post(desk, URL, name="By hand", is_public="", settings='{"hide_final_grade": true}', id="7")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/courses/{COURSE}")
    assert (desk.stored["name"], desk.stored["is_public"]) == ("By hand", None)
    assert desk.stored["settings"] == {"hide_final_grade": True}
    assert desk.sandbox.log == []


def test_posting_the_form_as_it_is_changes_nothing() -> None:
    desk = Desk({"syllabus_body": "\n<p>a</p>\nb", "is_public": False, "conclude_at": "2026-12-18T07:00:00Z"})
    before = desk.stored
    fields = {
        name: "" if value is None else json.dumps(value) if not isinstance(value, str) else value
        for name, value in before.items()
    }
    assert post(desk, URL, **fields).status_code == 303
    assert desk.stored == before


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_form_of_another_site_is_refused(origin: str | None) -> None:
    desk = Desk()
    assert post(desk, origin, name="X").status_code == 403
    assert desk.stored["name"] == "Biology"


def test_settings_that_are_no_json_are_refused() -> None:
    assert post(Desk(), URL, settings="{").status_code == 400


def test_a_missing_course_has_a_page_that_says_so() -> None:
    assert Desk().get("/courses/7").status_code == 404
