"""POST /accounts/:id/courses: what a new course starts with, and what Canvas drops or refuses."""

from __future__ import annotations

from tests.sandbox.desk import Desk

COURSES = "/api/v1/accounts/3/courses"
NEW = {
    "name": "Botany",
    "course_code": "BOT 110",
    "sis_course_id": "BOT-110-2027SP",
    "term_id": "sis_term_id:2027SP",
}


def test_a_new_course_is_unpublished_and_can_be_read_by_its_sis_id() -> None:
    desk = Desk()
    made = desk.ask("POST", COURSES, json={"course": NEW}).json()
    read = desk.get("/api/v1/courses/sis_course_id:BOT-110-2027SP").json()
    assert read["id"] == made["id"]
    assert (read["name"], read["account_id"], read["enrollment_term_id"]) == ("Botany", 3, 3)
    assert read["workflow_state"] == "unpublished"


def test_a_sis_id_that_is_taken_makes_no_second_course() -> None:
    desk = Desk()
    before = desk.sandbox.course_ids()
    answer = desk.ask("POST", COURSES, json={"course": {**NEW, "sis_course_id": "BIO-101-2026FA"}})
    assert answer.status_code == 400
    assert "sis_source_id" in answer.json()["errors"]
    assert desk.sandbox.course_ids() == before


def test_without_the_right_to_manage_sis_data_the_sis_id_is_dropped_without_a_word() -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, denied=["manage_sis"])
    made = desk.ask("POST", COURSES, json={"course": NEW})
    assert made.status_code == 200
    assert desk.sandbox.course(made.json()["id"])["sis_source_id"] is None


def test_a_teacher_may_add_no_course_to_an_account() -> None:
    desk = Desk(token="sandbox-teacher")
    assert desk.ask("POST", COURSES, json={"course": NEW}).status_code in {401, 403}
