"""The events of a course, and other one-time actions."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import COURSE, PATH, Desk
from tests.sandbox.trap import END, LEFT_OVER, OPEN, Trap, spring

EVENTS = [
    Trap(name="offer publishes", put={"event": "offer"}, sees={"workflow_state": "available"}),
    Trap(name="a top-level offer publishes", top={"offer": True}, sees={"workflow_state": "available"}),
    Trap(
        name="a lone event leaves the dates alone", put={"event": "offer"}, course=LEFT_OVER, stores=LEFT_OVER
    ),
    Trap(
        name="a lone event needs only its own right",
        put={"event": "offer"},
        token="sandbox-teacher",
        denied=("manage_course_content_edit", "manage_content", "update"),
        stores={"workflow_state": "available"},
    ),
    Trap(
        name="claim of a created course cannot be seen",
        put={"event": "claim"},
        sees={"workflow_state": "unpublished"},
        stores={"workflow_state": "claimed"},
    ),
    Trap(
        name="an event into the same state does nothing",
        put={"event": "offer"},
        course=OPEN,
        stores={"workflow_state": "available", "stuck_sis_fields": []},
    ),
    Trap(
        name="offer of a concluded course keeps its end",
        put={"event": "offer"},
        course={"workflow_state": "completed", "conclude_at": END},
        stores={"workflow_state": "available", "conclude_at": END},
    ),
    Trap(
        name="undelete brings back an unpublished course",
        put={"event": "undelete"},
        course={"workflow_state": "deleted"},
        sees={"workflow_state": "unpublished"},
    ),
    Trap(
        name="undelete of a live course is refused",
        put={"event": "undelete"},
        course=OPEN,
        status=400,
        error="workflow_state",
    ),
    Trap(name="an unknown event is refused", put={"event": "explode"}, status=400, error="workflow_state"),
    Trap(
        name="claim is refused when a student has points",
        put={"event": "claim"},
        course=OPEN,
        enrolled="StudentEnrollment",
        graded=True,
        status=400,
        error="workflow_state",
    ),
    Trap(
        name="claim does not count the test student's points",
        put={"event": "claim"},
        course=OPEN,
        enrolled="StudentViewEnrollment",
        graded=True,
        stores={"workflow_state": "claimed"},
    ),
    Trap(
        name="an event is kept although the rest is refused",
        put={"event": "offer", "locale": "xx"},
        status=400,
        error="locale",
        stores={"workflow_state": "available"},
    ),
    Trap(name="a template cannot be deleted", put={"event": "delete"}, course={"template": True}, status=401),
    Trap(
        name="a teacher cannot delete a course with a SIS id",
        put={"event": "delete"},
        token="sandbox-teacher",
        course={"sis_source_id": "A"},
        status=401,
    ),
    Trap(
        name="a teacher may delete a course without one",
        put={"event": "delete"},
        token="sandbox-teacher",
        stores={"workflow_state": "deleted"},
    ),
    Trap(
        name="locking announcements through PUT course locks those that are there",
        put={"lock_all_announcements": True},
        reads={"lock_all_announcements": True},
        stores={"announcements_locked": 1},
    ),
    Trap(
        name="locking announcements through PUT settings only turns the switch",
        settings={"lock_all_announcements": True},
        reads={"lock_all_announcements": True},
        stores={"announcements_locked": 0},
    ),
    Trap(
        name="default pages are rewritten when asked",
        put={"default_wiki_editing_roles": "teachers,students"},
        top={"update_default_pages": "1"},
        stores={"pages_rewritten": 1},
    ),
]


@pytest.mark.parametrize("trap", EVENTS, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)


def test_conclude_fills_an_empty_end_and_completes_the_enrollments() -> None:
    desk = Desk(OPEN)
    desk.sandbox.enroll(COURSE)
    assert desk.put(event="conclude").status_code == 200
    assert desk.stored["conclude_at"] is not None
    assert [row["workflow_state"] for row in desk.sandbox.store.where("enrollments", course_id=COURSE)] == [
        "completed"
    ]


def test_delete_ends_the_enrollments_for_good_and_keeps_the_sis_id() -> None:
    desk = Desk({**OPEN, "sis_source_id": "A"})
    desk.sandbox.enroll(COURSE)
    assert desk.ask("DELETE", PATH, params={"event": "delete"}).json() == {"delete": True}
    assert desk.put(event="undelete").json()["workflow_state"] == "unpublished"
    assert [row["workflow_state"] for row in desk.sandbox.store.where("enrollments", course_id=COURSE)] == [
        "deleted"
    ]
    assert desk.stored["sis_source_id"] == "A"


def test_delete_takes_two_events_and_says_false_for_a_second_time() -> None:
    desk = Desk(OPEN)
    assert desk.ask("DELETE", PATH, params={"event": "offer"}).status_code == 400
    assert desk.ask("DELETE", PATH, params={"event": "conclude"}).json() == {"conclude": True}
    again = desk.ask("DELETE", PATH, params={"event": "conclude"})
    assert (again.status_code, again.json()) == (400, {"conclude": False})
