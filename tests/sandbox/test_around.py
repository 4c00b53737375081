"""What is around a course: front page, people, blueprints, features; and rights that accounts bring."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import COURSE, PATH, Desk

ACCOUNT = "/api/v1/accounts/1"


def rights(desk: Desk, path: str, *names: str) -> dict[str, bool]:
    answer = desk.get(f"{path}/permissions", params={"permissions[]": list(names)}).json()
    assert isinstance(answer, dict)
    return answer


def test_a_front_page_is_there_or_not_found() -> None:
    assert Desk().get(f"{PATH}/front_page").status_code == 404
    assert Desk({"has_front_page": True}).get(f"{PATH}/front_page").json()["front_page"] is True


def test_enrolments_are_listed_by_type_and_state() -> None:
    desk = Desk()
    desk.sandbox.enroll(COURSE, count=2)
    desk.sandbox.enroll(COURSE, kind="ObserverEnrollment")
    desk.sandbox.enroll(COURSE, workflow_state="completed")
    path = f"{PATH}/enrollments"
    assert len(desk.get(path).json()) == 3
    assert len(desk.get(path, params={"type[]": ["ObserverEnrollment"]}).json()) == 1
    assert len(desk.get(path, params={"state[]": ["completed"]}).json()) == 1
    assert Desk({"workflow_state": "available"}, token="sandbox-student").get(path).status_code == 401


def test_a_blueprint_counts_its_followers_and_a_follower_names_its_blueprint() -> None:
    desk = Desk({"blueprint": True})
    template = f"{PATH}/blueprint_templates/default"
    assert desk.get(template).json()["associated_course_count"] == 0
    desk.sandbox.edit(4110, blueprint_course_id=COURSE)
    assert desk.get(template).json()["associated_course_count"] == 1
    (subscription,) = desk.get("/api/v1/courses/4110/blueprint_subscriptions").json()
    assert subscription["blueprint_course"]["id"] == COURSE
    assert desk.get(f"{PATH}/blueprint_subscriptions").json() == []
    assert desk.get("/api/v1/courses/4101/blueprint_templates/default").status_code == 404


def test_a_list_filters_by_following_a_blueprint() -> None:
    listed = Desk().get(f"{ACCOUNT}/courses", params={"blueprint_associated": "true"}).json()
    assert [course["id"] for course in listed] == [4110]


@pytest.mark.parametrize("path", [ACCOUNT, PATH])
def test_a_flag_tells_the_state_of_a_feature(path: str) -> None:
    desk = Desk()
    assert desk.get(f"{path}/features/flags/final_grades_override").json()["state"] == "on"
    off = desk.get(f"{path}/features/flags/filter_speed_grader_by_student_group").json()
    assert off["state"] == "off"
    assert desk.get(f"{path}/features/flags/unheard_of").status_code == 404
