"""The audit log as Canvas writes it: events, users, pages, and everything that may be missing."""

from __future__ import annotations

from typing import Any

import pytest

from coursesync.canvas.audit import read_audit
from coursesync.errors import CanvasError, CanvasRefused
from coursesync.model import AuditEvent

from .fake import URL, Fake, json

PATH = "/api/v1/audit/course/courses/7"
UPDATED = {
    "id": "e2b76430-27a5-0131-3ca1-48e0eb13f29b",
    "created_at": "2026-11-03T14:05:00Z",
    "event_type": "updated",
    "event_source": "manual",
    "event_data": {"default_view": ["modules", "feed"], "hide_final_grade": [False, True]},
    "links": {"course": 7, "user": 41, "page_view": "0b7d"},
}
ADA = {"id": 41, "name": "Ada Admin"}


def document(*events: Any, users: Any = (ADA,), **links: str) -> Any:
    header = {"Link": ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())} if links else {}
    body = {"links": {}, "events": list(events), "linked": {"users": list(users), "courses": []}}
    return json(body, headers=header)


def read(*answers: Any) -> tuple[tuple[AuditEvent, ...], Fake]:
    fake = Fake(answers)
    return fake.run(lambda canvas: read_audit(canvas, 7), read_only=True), fake


def test_an_event_tells_who_when_how_and_what() -> None:
    (event,), fake = read(document(UPDATED))
    assert event == AuditEvent(
        at="2026-11-03T14:05:00Z",
        user_id=41,
        user="Ada Admin",
        source="manual",
        kind="updated",
        moved={"default_view": "feed", "hide_final_grade": True},
    )
    assert fake.paths == [f"{PATH}?per_page=100"]


def test_ids_may_be_text() -> None:
    links = {"user": "41", "sis_batch": "88", "copied_from": "12"}
    (event,), _ = read(document({**UPDATED, "links": links}, users=[{"id": "41", "name": "Ada Admin"}]))
    assert (event.user_id, event.user, event.sis_batch, event.copied_from) == (41, "Ada Admin", 88, 12)


def test_the_newest_event_comes_first_whatever_the_order() -> None:
    older = {**UPDATED, "created_at": "2026-11-01T00:00:00Z", "event_type": "published", "event_data": {}}
    events, _ = read(document(older, UPDATED))
    assert [event.kind for event in events] == ["updated", "published"]
    assert events[1].moved == {}


def test_pages_are_followed_but_not_for_ever() -> None:
    def answer(request: Any) -> Any:
        number = int(request.url.params.get("page", "1"))
        return document(
            {**UPDATED, "created_at": f"2026-11-{30 - number:02}T00:00:00Z"},
            current=f"{URL}{PATH}?page={number}",
            next=f"{URL}{PATH}?page={number + 1}",
        )

    events, fake = read(answer)
    assert len(events) == len(fake.requests) == 5


@pytest.mark.parametrize(
    "event",
    [
        {**UPDATED, "links": None},
        {**UPDATED, "links": {"user": None}},
        {**UPDATED, "event_data": None, "links": {"user": 99}},
        {**UPDATED, "event_data": "{}", "event_source": None},
        {**UPDATED, "event_data": {"default_view": "feed", "name": [1]}},
        {**UPDATED, "event_data": []},
    ],
)
def test_what_is_missing_is_left_empty(event: Any) -> None:
    (found,), _ = read(document(event))
    assert found.kind == "updated"
    assert not found.moved or not found.user


@pytest.mark.parametrize("linked", [None, [], {"users": None}, {"users": [None, {"id": True, "name": "x"}]}])
def test_an_event_whose_user_is_not_linked_has_a_number_only(linked: Any) -> None:
    (event,), _ = read(json({"events": [UPDATED], "linked": linked}))
    assert (event.user_id, event.user) == (41, "")


@pytest.mark.parametrize("body", [{}, [], {"events": {}}, {"events": None}, None, "x"])
def test_an_answer_that_is_no_log_is_an_error(body: Any) -> None:
    with pytest.raises(CanvasError, match="no list"):
        read(json(body))


def test_moments_are_in_utc_whatever_zone_canvas_writes_them_in() -> None:
    events = [{**UPDATED, "created_at": at} for at in ("2026-11-03T23:30:00-07:00", "2026-11-04T05:00:00Z")]
    found, _ = read(document(*events))
    assert [event.at for event in found] == ["2026-11-04T06:30:00Z", "2026-11-04T05:00:00Z"]


@pytest.mark.parametrize(
    "event",
    [{**UPDATED, "created_at": None}, {**UPDATED, "created_at": "then"}, {**UPDATED, "event_type": 7}],
)
def test_an_event_without_its_moment_or_type_is_an_error(event: Any) -> None:
    with pytest.raises(CanvasError, match="without its moment or its type"):
        read(document(event))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_log_that_is_off_or_closed_is_a_refusal(status: int) -> None:
    with pytest.raises(CanvasRefused) as caught:
        read(json({"errors": [{"message": "user not authorized to perform that action"}]}, status))
    assert caught.value.status == status
