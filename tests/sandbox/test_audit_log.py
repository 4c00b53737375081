"""The audit log of a course: who may read it, page by page, and which moments it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from coursesync.sandbox import Options, Sandbox
from tests.sandbox.desk import COURSE, URL, Desk
from tests.sandbox.log import LOG, events

NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}
NOW = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)


def at_noon(**options: Any) -> Desk:
    return Desk(now=lambda: NOW, **options)


def names(desk: Desk, **params: Any) -> list[str]:
    """Return the names an `updated` event gave, newest first."""
    return [
        event["event_data"]["name"][1]
        for event in events(desk, **params)
        if event["event_type"] == "updated" and "name" in event["event_data"]
    ]


def edited(*moments: str) -> Desk:
    """Return a stand-in whose course was renamed to the day of each moment."""
    desk = Desk(now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    for moment in moments:
        desk.sandbox.edit(COURSE, name=moment[8:10], at=moment)
    return desk


def test_an_answer_holds_events_and_what_they_speak_of() -> None:
    desk = at_noon()
    desk.sandbox.edit(COURSE, user=2, sis_batch=88, source="sis", conclude_at="2026-12-18T07:00:00Z")
    found = desk.get(LOG, params={"per_page": 1}).json()
    event = found["events"][0]
    assert str(UUID(event["id"])) == event["id"]
    assert event == {
        "id": event["id"],
        "created_at": "2026-11-25T10:30:00-07:00",
        "event_type": "updated",
        "event_source": "sis",
        "event_data": {"conclude_at": [None, "2026-12-18T00:00:00-07:00"]},
        "links": {"course": COURSE, "page_view": None, "user": 2, "sis_batch": 88},
    }
    assert found["links"] == {
        "events.course": f"{URL}/api/v1/courses/{{events.course}}",
        "events.user": None,
        "events.sis_batch": None,
    }
    linked = found["linked"]
    assert list(found) == ["links", "events", "linked"]
    assert linked["page_views"] == []
    assert [(course["id"], course["name"]) for course in linked["courses"]] == [(COURSE, "Biology")]
    assert linked["users"] == [
        {
            "id": 2,
            "name": "Toni Teacher",
            "sortable_name": "Teacher, Toni",
            "short_name": "Toni Teacher",
            "login_id": "teacher@ridgeway.example",
        }
    ]


def test_each_person_is_linked_once_and_whoever_is_gone_is_not() -> None:
    desk = Desk()
    for user, name in ((2, "A"), (3, "B"), (2, "C"), (77, "D")):
        desk.sandbox.edit(COURSE, user=user, name=name)
    found = desk.get(LOG).json()
    assert [user["id"] for user in found["linked"]["users"]] == [2, 3, 1]
    assert found["events"][0]["links"]["user"] == 77


def test_a_course_is_found_by_its_sis_id() -> None:
    desk = Desk({"sis_source_id": "BIO/1"})
    found = desk.get("/api/v1/audit/course/courses/sis_course_id:BIO%2F1").json()
    assert [event["event_type"] for event in found["events"]] == ["created"]


@pytest.mark.parametrize("token", ["sandbox-teacher", "sandbox-designer", "sandbox-student"])
@pytest.mark.parametrize("status", [401, 403])
def test_only_administrators_may_read_it(token: str, status: int) -> None:
    found = Desk(token=token, permission_status=status).get(LOG)
    assert found.status_code == status
    assert found.json()["status"] == "unauthorized"
    assert "www-authenticate" not in found.headers


def test_an_administrator_without_the_right_may_not() -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, denied=["view_course_changes"])
    assert desk.get(LOG).status_code == 401
    rights = desk.get("/api/v1/accounts/1/permissions", params={"permissions[]": "view_course_changes"})
    assert rights.json() == {"view_course_changes": False}


def test_a_token_without_the_scope_may_not() -> None:
    found = Desk(token="sandbox-scoped").get(LOG)
    assert found.status_code == 401
    assert found.json() == {"errors": [{"message": "Insufficient scopes on access token."}]}
    assert "www-authenticate" not in found.headers


def test_a_server_without_a_log_has_no_such_place() -> None:
    desk = Desk(audit=False)
    desk.put(name="X")
    found = desk.get(LOG)
    assert (found.status_code, found.json()) == (404, NOT_FOUND)
    assert desk.sandbox.store.rows("course_events") == []


def test_a_course_that_is_unknown_or_deleted_has_no_log() -> None:
    desk = Desk()
    assert desk.get("/api/v1/audit/course/courses/7").json() == NOT_FOUND
    desk.sandbox.act(COURSE, "delete")
    found = desk.get(LOG)
    assert (found.status_code, found.json()) == (404, NOT_FOUND)
    desk.sandbox.act(COURSE, "undelete")
    assert [event["event_type"] for event in events(desk)] == ["restored", "deleted", "created"]


def test_by_its_source_canvas_shows_the_log_of_a_deleted_course_and_says_claimed() -> None:
    desk = Desk({"workflow_state": "available"}, audit_by_source=True)
    desk.put(event="claim")
    desk.put(event="delete")
    assert [event["event_type"] for event in events(desk)] == ["deleted", "claimed", "created"]
    assert len(events(desk, start_time="yesterday")) == 3


def test_the_newest_event_comes_first_and_of_two_in_one_second_the_later() -> None:
    desk = edited("2026-11-03T10:00:00Z", "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z")
    desk.sandbox.edit(COURSE, name="late", at="2026-11-03T10:00:00Z")
    assert names(desk) == ["late", "03", "02", "01"]
    assert len({event["id"] for event in events(desk)}) == 5


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"start_time": "2026-11-02T10:00:00Z"}, ["03", "02"]),
        ({"end_time": "2026-11-02T10:00:00Z"}, ["02", "01"]),
        ({"start_time": "2026-11-02T10:00:01Z", "end_time": "2026-11-03T11:00:00+01:00"}, ["03"]),
        ({"start_time": "2026-11-02T03:00:00", "end_time": "2026-11-02T03:00:00"}, ["02"]),
        ({"start_time": ""}, ["03", "02", "01"]),
    ],
    ids=["from", "to", "from and to", "in the zone of the root account", "empty"],
)
def test_a_window_holds_both_its_ends(window: dict[str, str], expected: list[str]) -> None:
    desk = edited("2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z")
    assert names(desk, **window) == expected


@pytest.mark.parametrize("name", ["start_time", "end_time"])
def test_a_time_that_is_none_is_refused(name: str) -> None:
    found = Desk().get(LOG, params={name: "yesterday"})
    assert found.status_code == 400
    assert name in found.json()["message"]


def links_of(answer: httpx.Response) -> set[str]:
    return set(answer.links)


def test_its_pages_are_ten_long_and_go_by_bookmark() -> None:
    desk = edited(*(f"2026-11-{day:02}T10:00:00Z" for day in range(1, 23)))
    answer, seen, sizes = desk.get(LOG), [], []
    assert links_of(answer) == {"current", "next", "first"}
    while True:
        page = answer.json()["events"]
        seen += [event["id"] for event in page]
        sizes.append(len(page))
        if "next" not in answer.links:
            break
        assert "page=bookmark%3A" in answer.links["next"]["url"]
        # What is written meanwhile comes before the first page.
        desk.sandbox.edit(COURSE, name=f"meanwhile {len(sizes)}", at="2026-11-30T10:00:00Z")
        answer = desk.get(answer.links["next"]["url"])
    assert sizes == [10, 10, 3]
    assert len(set(seen)) == 23


def test_a_page_keeps_the_window_and_its_size() -> None:
    desk = edited(*(f"2026-11-{day:02}T10:00:00Z" for day in range(1, 6)))
    answer = desk.get(LOG, params={"per_page": 2, "start_time": "2026-11-02T00:00:00Z"})
    rest = desk.get(answer.links["next"]["url"])
    assert [event["event_data"]["name"][1] for event in rest.json()["events"]] == ["03", "02"]
    assert links_of(rest) == {"current", "first"}


@pytest.mark.parametrize("page", ["2", "bookmark:", "bookmark:e30", "bookmark:WyJhIl0x", "bookmark:WzEsMl0"])
def test_a_page_that_no_link_names_is_not_found(page: str) -> None:
    assert edited("2026-11-01T10:00:00Z").get(LOG, params={"page": page}).status_code == 404


def test_a_file_keeps_the_log(tmp_path: Path) -> None:
    path = str(tmp_path / "canvas.db")
    desk = Desk(db=path)
    desk.put(name="X")
    desk.sandbox.store.close()
    desk.sandbox.store.close()
    again = Sandbox(Options(db=path))
    assert [row["event_type"] for row in again.store.rows("course_events")] == ["created", "updated"]
    again.edit(COURSE, name="Y")
    assert [row["id"] for row in again.store.where("course_events", course_id=COURSE)] == [1, 2, 3]
    again.store.close()


def test_a_long_log_is_written_in_parts() -> None:
    desk = Desk()
    for number in range(1_100):
        desk.sandbox.edit(COURSE, name=f"Name {number}")
    assert names(desk, per_page=2) == ["Name 1099", "Name 1098"]
    desk.sandbox.edit(COURSE, name="Last")
    assert names(desk, per_page=2) == ["Last", "Name 1099"]
