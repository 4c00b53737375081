"""What writes events into the audit log, and what they say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.desk import COURSE, PATH, URL, Desk
from tests.sandbox.log import LOG, events, told
from tests.sandbox.trap import DATED, END, LEFT_OVER

OPEN = {"workflow_state": "available"}


def test_a_changed_attribute_is_told_by_its_column_and_a_setting_by_its_key() -> None:
    desk = Desk({"settings": {"hide_distribution_graphs": True}})
    desk.put(name="Zoology", hide_final_grades=True, hide_distribution_graphs=False, storage_quota_mb=600)
    assert told(desk) == [
        (
            "updated",
            "api",
            1,
            {
                "name": ["Biology", "Zoology"],
                "storage_quota": [None, 600 * 1024 * 1024],
                "hide_distribution_graphs": [True, False],
                "hide_final_grade": [None, True],
            },
        )
    ]


def test_a_put_that_changes_nothing_leaves_no_trace() -> None:
    desk = Desk({"settings": {"hide_final_grade": False}})
    desk.put(name="Biology", hide_final_grades=False)
    desk.put_settings(hide_final_grades=False)
    desk.ask("PUT", PATH, json={"for_reload": True})
    assert told(desk) == []


def test_a_put_that_is_refused_leaves_no_trace() -> None:
    desk = Desk()
    assert desk.put(name="X" * 256).status_code == 400
    desk.token = "sandbox-student"
    assert desk.put(name="X").status_code == 401
    desk.token = "sandbox-admin"
    assert told(desk) == []


def test_settings_are_told_by_the_keys_they_are_stored_under() -> None:
    desk = Desk(token="sandbox-designer")
    desk.put_settings(
        hide_final_grades=True,
        allow_final_grade_override=True,
        home_page_announcement_limit=3,
        friendly_name="B",
    )
    desk.token = "sandbox-admin"
    assert told(desk) == [
        (
            "updated",
            "api",
            3,
            {
                "home_page_announcement_limit": [None, 3],
                "alt_name": [None, "B"],
                "allow_final_grade_override": [None, "true"],
                "hide_final_grade": [None, True],
            },
        )
    ]


def test_a_setting_that_is_taken_away_becomes_null() -> None:
    desk = Desk({"settings": {"course_color": "#1A7F37", "image_url": "https://images.example.edu/a.jpg"}})
    desk.put(course_color="", remove_image=True)
    assert told(desk)[0][3] == {
        "course_color": ["#1A7F37", None],
        "image_url": ["https://images.example.edu/a.jpg", None],
    }


def test_dates_that_canvas_drops_are_in_the_log() -> None:
    desk = Desk(LEFT_OVER)
    desk.put(name="Zoology")
    assert told(desk)[0][3] == {
        "name": ["Biology", "Zoology"],
        "start_at": ["2026-08-24T00:00:00-06:00", None],
        "conclude_at": ["2026-12-18T00:00:00-07:00", None],
    }


def test_what_canvas_fills_in_is_told_as_it_was_sent() -> None:
    desk = Desk({"default_view": "feed"})
    desk.put(name=" ", default_view=None)
    assert desk.stored["name"] == "Unnamed Course"
    assert told(desk)[0][3] == {"name": ["Biology", " "], "default_view": ["feed", None]}


def test_what_lies_in_other_tables_is_not_in_the_log() -> None:
    desk = Desk({"blueprint": False})
    desk.put(blueprint=True, blueprint_restrictions={"points": True}, post_manually=True)
    assert desk.stored["blueprint_restrictions"] == {"points": True}
    assert told(desk) == []


def test_an_image_that_is_refused_does_not_hide_what_was_saved() -> None:
    desk = Desk()
    assert desk.put(name="Zoology", image_id=7).status_code == 400
    assert told(desk)[0][3] == {"name": ["Biology", "Zoology"]}


MOVES = [
    ("offer", "claimed", "published"),
    ("offer", "completed", "published"),
    ("claim", "available", "unpublished"),
    ("claim", "created", "unpublished"),
    ("conclude", "available", "concluded"),
    ("delete", "available", "deleted"),
    ("undelete", "deleted", "restored"),
]


@pytest.mark.parametrize(("event", "state", "kind"), MOVES, ids=[f"{one[0]} {one[1]}" for one in MOVES])
def test_a_state_has_events_of_its_own_without_data(event: str, state: str, kind: str) -> None:
    desk = Desk({"workflow_state": state}, audit_by_source=event == "delete")
    assert desk.put(event=event).status_code == 200
    assert told(desk) == [(kind, "api", 1, {})]


def test_an_event_into_the_same_state_or_that_cannot_be_leaves_no_trace() -> None:
    desk = Desk(OPEN)
    desk.put(event="offer")
    assert desk.put(event="undelete").status_code == 400
    assert told(desk) == []


def test_an_event_beside_attributes_comes_first_and_neither_tells_of_the_other() -> None:
    desk = Desk({**DATED, **OPEN, "conclude_at": None})
    desk.put(event="conclude", name="Zoology")
    assert told(desk) == [
        ("concluded", "api", 1, {}),
        ("updated", "api", 1, {"name": ["Biology", "Zoology"]}),
    ]


def test_offer_beside_the_course_publishes_too() -> None:
    desk = Desk()
    desk.ask("PUT", PATH, json={"offer": True})
    assert told(desk) == [("published", "api", 1, {})]


@pytest.mark.parametrize(("event", "kind"), [("delete", "deleted"), ("conclude", "concluded")])
def test_delete_is_told(event: str, kind: str) -> None:
    desk = Desk(OPEN, audit_by_source=True)
    desk.ask("DELETE", PATH, params={"event": event})
    assert told(desk) == [(kind, "api", 1, {})]


@pytest.mark.parametrize(
    ("event", "state", "kind"),
    [
        ("offer", "claimed", "published"),
        ("offer", "completed", "unconcluded"),
        ("conclude", "available", "concluded"),
        ("delete", "available", "deleted"),
        ("undelete", "deleted", "restored"),
    ],
)
def test_a_batch_leaves_an_event_in_each_course_it_moves(event: str, state: str, kind: str) -> None:
    desk = Desk({"workflow_state": state}, batch_seconds=0.0, audit_by_source=True)
    other = desk.sandbox.add_course(workflow_state=state)
    sent = {"course_ids": [COURSE, other], "event": event}
    assert desk.ask("PUT", "/api/v1/accounts/1/courses", json=sent).status_code == 200
    assert told(desk) == told(desk, other) == [(kind, "api", 1, {})]


def test_a_new_course_tells_what_it_was_given() -> None:
    desk = Desk({"conclude_at": END, "settings": {"hide_final_grade": True}, "license": None})
    (event,) = events(desk)
    assert (event["event_type"], event["event_source"]) == ("created", "api")
    assert event["event_data"] == {
        "name": [None, "Biology"],
        "course_code": [None, "BIO"],
        "conclude_at": [None, "2026-12-18T00:00:00-07:00"],
        "hide_final_grade": [None, True],
    }


def test_the_log_of_a_course_that_was_always_there_is_empty() -> None:
    desk = Desk(fleet=2)
    assert events(desk, 4101) == events(desk, 100_001) == []
    assert desk.get("/api/v1/audit/course/courses/4101").json()["linked"]["users"] == []


def test_an_edit_by_hand_is_an_administrators_unless_told_otherwise() -> None:
    desk = Desk({"settings": {"course_format": "online"}})
    desk.sandbox.edit(COURSE, name="Zoology", settings={"course_format": None})
    desk.sandbox.edit(COURSE, name="Zoology")
    desk.sandbox.edit(COURSE, user=2, source="sis", sis_batch=88, workflow_state="available", license="cc_by")
    assert told(desk) == [
        ("updated", "manual", 1, {"name": ["Biology", "Zoology"], "course_format": ["online", None]}),
        ("published", "sis", 2, {}),
        ("updated", "sis", 2, {"license": [None, "cc_by"]}),
    ]
    assert [event["links"]["sis_batch"] for event in events(desk)] == [88, 88, None, None]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("claimed", "available", "published"),
        ("completed", "available", "unconcluded"),
        ("available", "claimed", "unpublished"),
        ("available", "completed", "concluded"),
        ("deleted", "claimed", "restored"),
        ("available", "deleted", "deleted"),
    ],
)
def test_an_edit_of_the_state_is_the_event_that_leads_there(before: str, after: str, kind: str) -> None:
    desk = Desk({"workflow_state": before}, audit_by_source=True)
    desk.sandbox.edit(COURSE, workflow_state=after)
    assert [event[0] for event in told(desk)] == ["claimed" if kind == "unpublished" else kind]


def test_a_form_of_the_pages_is_an_edit_by_hand() -> None:
    desk = Desk({"settings": {"hide_final_grade": True}})
    fields = {"name": "By hand", "settings": '{"course_format": "online"}'}
    desk.ask("POST", f"/courses/{COURSE}", data=fields, headers={"Origin": URL})
    assert desk.stored["settings"] == {"course_format": "online"}
    assert told(desk)[0][:3] == ("updated", "manual", 1)
    assert set(told(desk)[0][3]) == {"name", "course_format", "hide_final_grade"}


@pytest.mark.parametrize(
    ("event", "course", "kind", "left"),
    [
        ("offer", {}, "published", {"workflow_state": "available"}),
        ("claim", OPEN, "unpublished", {"workflow_state": "claimed"}),
        (
            "unconclude",
            {"workflow_state": "completed", "conclude_at": END},
            "unconcluded",
            {"workflow_state": "available", "conclude_at": None},
        ),
        ("conclude", {**OPEN, "conclude_at": END}, "concluded", {"conclude_at": END}),
    ],
)
def test_the_web_pages_cause_events_too(event: str, course: Any, kind: str, left: dict[str, Any]) -> None:
    desk = Desk(course)
    desk.sandbox.act(COURSE, event, user=2)
    desk.sandbox.act(COURSE, event, user=3)
    assert told(desk) == [(kind, "manual", 2, {})]
    assert {name: desk.stored[name] for name in left} == left


def test_concluding_on_the_web_pages_ends_the_course_then_and_its_enrollments() -> None:
    desk = Desk(OPEN)
    desk.sandbox.enroll(COURSE)
    desk.sandbox.act(COURSE, "conclude", at="2026-11-03T09:00:00Z")
    assert desk.stored["conclude_at"] == "2026-11-03T09:00:00Z"
    states = [row["workflow_state"] for row in desk.sandbox.store.where("enrollments", course_id=COURSE)]
    assert states == ["completed"]
    assert (
        desk.get(LOG, params={"end_time": "2026-11-03T09:00:00Z"}).json()["events"][0]["event_type"]
        == "concluded"
    )


def test_a_copy_takes_settings_along_and_either_course_links_to_the_other() -> None:
    desk = Desk({"name": "Mine", "settings": {"usage_rights_required": True}})
    other = desk.sandbox.add_course(
        name="Other",
        license="cc_by",
        conclude_at=END,
        settings={"hide_final_grade": True, "image_id": "501"},
    )
    desk.sandbox.copy_into(COURSE, from_course=other, user=2)
    stored = desk.stored
    assert stored["settings"] == {"usage_rights_required": True, "hide_final_grade": True}
    assert (stored["name"], stored["license"], stored["conclude_at"]) == ("Mine", "cc_by", None)
    assert told(desk) == [("copied_from", "manual", 2, {})]
    assert told(desk, other) == [("copied_to", "manual", 2, {})]
    assert events(desk)[0]["links"]["copied_from"] == other
    assert events(desk, other)[0]["links"]["copied_to"] == COURSE
    linked = desk.get(LOG).json()["linked"]["courses"]
    assert [course["id"] for course in linked] == [COURSE, other]


def test_somebody_is_found_where_there_is_no_administrator() -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, role="teacher")
    desk.sandbox.edit_user(3, role="admin")
    desk.sandbox.edit(COURSE, name="A")
    desk.sandbox.edit_user(3, role="designer")
    desk.sandbox.edit(COURSE, name="B")
    written = desk.sandbox.store.where("course_events", course_id=COURSE)
    assert [row["user_id"] for row in written] == [1, 3, 1]
