"""Who gave a field its value: the event that fits, else the last one that names it."""

from __future__ import annotations

from typing import Any

from coursesync.model import AuditEvent
from coursesync.steps.trace import trace

VIEW = "attributes.default_view"


def event(day: int, kind: str = "updated", user: int = 41, **moved: Any) -> AuditEvent:
    return AuditEvent(
        at=f"2026-11-{day:02}T00:00:00Z",
        user_id=user,
        user="Ada",
        source="manual",
        kind=kind,
        moved=moved,
    )


def test_the_event_that_gave_the_value_is_exact() -> None:
    events = [event(5, name="Biology"), event(4, default_view="feed"), event(3, default_view="wiki")]
    found = trace(VIEW, "feed", events)
    assert found is not None
    assert (found.at, found.exact, found.event) == ("2026-11-04T00:00:00Z", True, "updated")


def test_the_last_of_two_events_with_the_value_counts() -> None:
    found = trace(VIEW, "feed", [event(5, default_view="feed"), event(4, default_view="feed", user=2)])
    assert found is not None
    assert found.user_id == 41


def test_without_such_an_event_the_last_that_names_the_field_is_told_as_inexact() -> None:
    found = trace(VIEW, "feed", [event(5, default_view="wiki"), event(4, default_view="modules")])
    assert found is not None
    assert (found.at, found.exact) == ("2026-11-05T00:00:00Z", False)


def test_a_copy_may_have_changed_any_field() -> None:
    found = trace(VIEW, "feed", [event(6, name="x"), event(5, "copied_from"), event(4, default_view="wiki")])
    assert found is not None
    assert (found.event, found.exact) == ("copied_from", False)


def test_a_field_the_log_never_names_has_nobody_to_blame() -> None:
    assert trace(VIEW, "feed", [event(5, name="Biology"), event(4, "published")]) is None
    assert trace(VIEW, "feed", []) is None


def test_the_log_has_other_names_for_some_fields() -> None:
    ended = trace("attributes.end_at", "2026-12-18T07:00:00Z", [event(5, conclude_at="2026-12-18T07:00:00Z")])
    hidden = trace("settings.hide_final_grades", True, [event(5, hide_final_grade=True)])
    assert ended is not None
    assert hidden is not None
    assert ended.exact
    assert hidden.exact


def test_an_instant_counts_in_any_zone() -> None:
    found = trace("attributes.end_at", "2026-12-18T07:00:00Z", [event(5, end_at="2026-12-18T00:00:00-07:00")])
    assert found is not None
    assert found.exact


def test_a_change_of_state_is_an_event_of_its_own() -> None:
    found = trace("attributes.workflow_state", "available", [event(5, "published"), event(4, "unpublished")])
    assert found is not None
    assert (found.event, found.exact) == ("published", True)


def test_a_value_in_a_form_of_the_database_is_inexact_and_no_error() -> None:
    for value in ({"a": 1}, [1], "percent", 10**30, None):
        found = trace(
            "attributes.apply_assignment_group_weights", True, [event(5, group_weighting_scheme=value)]
        )
        assert found is not None
        assert not found.exact
