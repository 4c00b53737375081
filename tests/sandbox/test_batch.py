"""One event for many courses: what is refused, how far it is, and what it does to each course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.sandbox.desk import COURSE, Desk

COURSES = "/api/v1/accounts/1/courses"
END = "2026-12-18T07:00:00Z"


@dataclass(slots=True)
class Clock:
    """Seconds that pass when told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def batch(desk: Desk, event: str | None, numbers: Sequence[object], path: str = COURSES) -> httpx.Response:
    sent: dict[str, Any] = {"course_ids": list(numbers)}
    return desk.ask("PUT", path, json=sent if event is None else {**sent, "event": event})


def progress(desk: Desk, number: int = 1) -> dict[str, Any]:
    found = desk.get(f"/api/v1/progress/{number}").json()
    assert isinstance(found, dict)
    return found


def ended(
    desk: Desk, event: str, numbers: Sequence[object] = (COURSE,), path: str = COURSES
) -> dict[str, Any]:
    """Ask for an event and return how it ended."""
    assert batch(desk, event, numbers, path).status_code == 200
    found = progress(desk)
    assert found["workflow_state"] in {"completed", "failed"}
    return found


def at_once(course: dict[str, Any] | None = None, **options: Any) -> Desk:
    return Desk(course, batch_seconds=0.0, **options)


def test_the_answer_is_a_job_that_waits() -> None:
    desk = Desk()
    found = batch(desk, "offer", [4101, 4105]).json()
    moments = {found.pop("created_at"), found.pop("updated_at")}
    assert len(moments) == 1
    assert found == {
        "id": 1,
        "context_id": 1,
        "context_type": "Account",
        "user_id": 1,
        "tag": "course_batch_update",
        "completion": 0.0,
        "workflow_state": "queued",
        "message": None,
        "url": "https://canvas.example.edu/api/v1/progress/1",
    }
    assert desk.sandbox.course(4101)["workflow_state"] == "claimed"


def test_a_job_moves_with_the_clock_and_its_completion_in_steps() -> None:
    clock = Clock()
    desk = Desk(clock=clock, batch_seconds=1.0)
    desk.sandbox.add_courses({"id": 50_000 + place} for place in range(100))
    batch(desk, "offer", range(50_000, 50_100))
    seen = []
    for now in (100.0, 100.5, 104.0, 109.9, 199.0, 200.0):
        clock.now = now
        found = progress(desk)
        seen.append((found["workflow_state"], found["completion"], "results" in found))
    assert seen == [
        ("queued", 0.0, False),
        ("running", 0.0, False),
        ("running", 0.0, False),
        ("running", 5.0, False),
        ("running", 95.0, False),
        ("completed", 100.0, True),
    ]


def test_a_small_job_moves_in_steps_of_four() -> None:
    clock = Clock()
    desk = Desk(clock=clock, batch_seconds=1.0)
    batch(desk, "offer", [4101, 4102, 4103, 4104, 4105, 4107, 4108, 4109])
    clock.now = 103.9
    assert progress(desk)["completion"] == 0.0
    clock.now = 104.0
    assert progress(desk)["completion"] == 50.0


def test_courses_change_one_after_the_other_and_all_have_when_the_job_is_completed() -> None:
    clock = Clock()
    desk = Desk(clock=clock, batch_seconds=1.0)
    batch(desk, "offer", [4101, 4105])
    clock.now = 101.0
    shown = [desk.get(f"/api/v1/courses/{number}").json()["workflow_state"] for number in (4101, 4105)]
    assert shown == ["available", "unpublished"]
    clock.now = 102.0
    assert progress(desk)["workflow_state"] == "completed"
    assert desk.sandbox.course(4105)["workflow_state"] == "available"


def test_the_message_counts_and_names_what_failed_although_the_job_is_completed() -> None:
    desk = at_once()
    desk.sandbox.edit_user(1, courses=[4101, 4105])
    found = ended(desk, "offer", [4101, 4117, 4102, 77, 4105])
    assert (found["workflow_state"], found["completion"]) == ("completed", 100.0)
    assert found["message"].splitlines() == [
        "2 courses processed",
        "The course was not found: 4117, 77",
        "Access was denied: 4102",
    ]


def test_one_course_is_counted_in_the_singular() -> None:
    assert ended(at_once(), "offer")["message"] == "1 course processed"


def test_a_job_fails_only_when_no_course_could_be_processed() -> None:
    found = ended(at_once(), "offer", [77])
    assert (found["workflow_state"], found["message"]) == (
        "failed",
        "0 courses processed\nThe course was not found: 77",
    )


def test_sis_ids_are_taken_and_unknown_ones_dropped_without_a_word() -> None:
    desk = at_once()
    found = ended(desk, "offer", ["sis_course_id:BIO-101-2026FA", "sis_course_id:NONE", "nonsense"])
    assert found["message"] == "1 course processed"
    assert desk.sandbox.course(4101)["workflow_state"] == "available"


def test_a_job_of_nothing_but_unknown_sis_ids_fails() -> None:
    assert ended(at_once(), "offer", ["sis_course_id:NONE"])["workflow_state"] == "failed"


def test_only_courses_of_the_accounts_tree_are_found() -> None:
    desk = at_once()
    found = ended(desk, "offer", [4101, 4105], "/api/v1/accounts/sis_account_id:SCI/courses")
    assert found["message"].splitlines() == ["1 course processed", "The course was not found: 4105"]
    assert found["context_id"] == 3


@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        ({"event": "offer"}, 400, "must specify course_ids[]"),
        ({"event": "offer", "course_ids": []}, 400, "must specify course_ids[]"),
        ({"event": "offer", "course_ids": "4101"}, 400, "must specify course_ids[]"),
        ({"event": "offer", "course_ids": list(range(501))}, 403, "course batch size limit (500) exceeded"),
        ({"course_ids": [4101]}, 400, "need to specify event"),
        ({"event": "claim", "course_ids": [4101]}, 400, "invalid event"),
        ({"event": ["offer"], "course_ids": [4101]}, 400, "invalid event"),
    ],
    ids=["no ids", "empty", "no array", "too many", "no event", "claim", "a list of events"],
)
def test_a_batch_that_does_not_fit_is_refused(sent: dict[str, Any], status: int, message: str) -> None:
    desk = Desk()
    answer = desk.ask("PUT", COURSES, json=sent)
    assert (answer.status_code, answer.json()) == (status, {"message": message})
    assert desk.sandbox.jobs == {}


def test_five_hundred_courses_are_not_too_many() -> None:
    assert batch(Desk(), "offer", range(1, 501)).status_code == 200


def test_a_form_says_the_same_as_json() -> None:
    desk = at_once()
    sent = {"event": "offer", "course_ids[]": ["4101", "4105"]}
    assert desk.ask("PUT", COURSES, data=sent).status_code == 200
    assert progress(desk)["message"] == "2 courses processed"


@pytest.mark.parametrize(
    ("event", "denied", "status"),
    [
        ("offer", ["manage_courses"], 200),
        ("offer", ["manage_courses", "manage_courses_admin"], 401),
        ("offer", ["undelete_courses"], 200),
        ("undelete", ["undelete_courses"], 401),
        ("undelete", ["manage_courses", "manage_courses_admin"], 200),
    ],
    ids=str,
)
def test_a_batch_needs_a_right_in_the_account(event: str, denied: list[str], status: int) -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, denied=denied)
    assert batch(desk, event, [4101]).status_code == status


def test_a_teacher_may_not_ask_for_a_batch() -> None:
    assert batch(Desk(token="sandbox-teacher"), "offer", [4101]).status_code == 401


def test_the_right_to_the_event_itself_is_not_looked_at() -> None:
    desk = at_once()
    desk.sandbox.edit_user(1, denied=["manage_courses_publish", "change_course_state"])
    assert desk.put(event="offer").status_code == 401
    assert ended(desk, "offer")["message"] == "1 course processed"
    assert desk.stored["workflow_state"] == "available"


def test_offer_brings_a_concluded_course_back_without_its_end() -> None:
    course = {"workflow_state": "completed", "conclude_at": END}
    batched, single = at_once(course), Desk(course)
    ended(batched, "offer")
    single.put(event="offer")
    assert [desk.stored["workflow_state"] for desk in (batched, single)] == ["available"] * 2
    assert [desk.stored["conclude_at"] for desk in (batched, single)] == [None, END]


@pytest.mark.parametrize(("event", "state"), [("offer", "available"), ("conclude", "completed")])
def test_an_event_into_the_same_state_is_processed_and_changes_nothing(event: str, state: str) -> None:
    desk = at_once({"workflow_state": state, "conclude_at": END})
    before = desk.stored
    assert ended(desk, event)["message"] == "1 course processed"
    assert desk.stored == before


def test_conclude_sets_an_end_and_completes_enrollments() -> None:
    desk = at_once({"workflow_state": "available"})
    desk.sandbox.enroll(COURSE)
    ended(desk, "conclude")
    assert desk.stored["workflow_state"] == "completed"
    assert desk.stored["conclude_at"] is not None
    rows = desk.sandbox.store.where("enrollments", course_id=COURSE)
    assert [row["workflow_state"] for row in rows] == ["completed"]


def test_delete_takes_the_sis_id_and_the_enrollments_and_minds_no_template() -> None:
    course = {"sis_source_id": "BIO-1", "template": True}
    desk = at_once(course)
    desk.sandbox.enroll(COURSE)
    assert Desk(course).put(event="delete").status_code == 401
    assert ended(desk, "delete")["message"] == "1 course processed"
    assert (desk.stored["workflow_state"], desk.stored["sis_source_id"]) == ("deleted", None)
    assert [row["workflow_state"] for row in desk.sandbox.store.where("enrollments", course_id=COURSE)] == [
        "deleted"
    ]


@pytest.mark.parametrize("event", ["delete", "offer", "conclude"])
def test_a_deleted_course_is_not_found(event: str) -> None:
    found = ended(at_once({"workflow_state": "deleted"}), event)
    assert found["message"].splitlines() == ["0 courses processed", f"The course was not found: {COURSE}"]


@pytest.mark.parametrize("state", ["deleted", "available"])
def test_undelete_unpublishes_also_a_course_that_was_not_deleted(state: str) -> None:
    desk = at_once({"workflow_state": state})
    ended(desk, "undelete")
    assert desk.stored["workflow_state"] == "claimed"


def test_a_batch_is_one_write_and_its_progress_none() -> None:
    desk = at_once()
    ended(desk, "offer")
    assert [(entry.method, entry.path) for entry in desk.sandbox.writes()] == [("PUT", COURSES)]


def test_the_next_job_has_the_next_number_and_an_unknown_one_is_not_found() -> None:
    desk = at_once()
    assert [batch(desk, "offer", [4101]).json()["id"] for _ in range(2)] == [1, 2]
    assert desk.get("/api/v1/progress/3").status_code == 404
    assert desk.get("/api/v1/progress/x").status_code == 404


def test_a_progress_is_for_those_who_may_read_the_account() -> None:
    desk = at_once()
    batch(desk, "offer", [4101])
    desk.token = "sandbox-teacher"
    assert desk.get("/api/v1/progress/1").status_code == 200
    desk.token = "sandbox-student"
    assert desk.get("/api/v1/progress/1").status_code == 401


def test_a_write_that_is_under_way_keeps_its_snapshot_of_what_a_batch_changes() -> None:
    """A PUT writes only the columns it changed itself, so the state of the batch stays."""
    desk = at_once()
    batch(desk, "offer", [COURSE])
    desk.put(name="Zoology")
    assert (desk.stored["name"], desk.stored["workflow_state"]) == ("Zoology", "available")
