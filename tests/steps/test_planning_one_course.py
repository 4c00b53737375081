"""What a plan of one course says: changes, their order, side effects, and what is impossible."""

from __future__ import annotations

import pytest

from coursesync.catalogue.field import Risk
from coursesync.catalogue.html import fingerprint
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Position
from coursesync.model import Action, Change, DesiredCourse, Ignore, LiveCourse, Origin, Request
from coursesync.steps.diff import localised
from coursesync.workflow.comparing import Planned, plan_course
from coursesync.workflow.reading import Pair

HOST = "https://canvas.example.edu"

BASE: dict[str, Value] = {
    "attributes.name": "Biology",
    "attributes.workflow_state": "unpublished",
    "attributes.restrict_enrollments_to_course_dates": False,
    "attributes.start_at": None,
    "attributes.end_at": None,
    "attributes.time_zone": "America/Denver",
    "attributes.default_view": "modules",
    "attributes.is_public": False,
    "attributes.public_syllabus": False,
    "attributes.is_public_to_auth_users": False,
    "attributes.public_syllabus_to_auth": False,
    "attributes.license": None,
    "attributes.storage_quota_mb": 500,
    "attributes.grading_standard_id": None,
    "attributes.grading_standard_enabled": False,
    "attributes.image_id": None,
    "attributes.image_url": None,
    "attributes.syllabus_body": None,
    "attributes.template": False,
    "blueprint.enabled": False,
    "blueprint.restrictions": None,
    "blueprint.restrictions_by_object_type": None,
    "settings.hide_final_grades": False,
    "settings.default_due_time": "23:59:59",
    "settings.conditional_release": True,
    "settings.lock_all_announcements": False,
}
NEW_END = "2026-12-18T07:00:00Z"
AT = Origin(file="courses.yaml", line=3, column=5, layer="course")


def plan(desired: dict[str, Value], *, ignore: tuple[Ignore, ...] = (), **live: object) -> Planned:
    """Plan a course that is BASE, with the live values given as `group__name=value`."""
    state = {**BASE, **{key.replace("__", ".", 1): value for key, value in live.items() if "__" in key}}
    course = LiveCourse(
        id=4101,
        name="Biology",
        sis_course_id="BIO",
        workflow_state=str(state["attributes.workflow_state"]),
        state=state,
        account=live.get("account", {}),  # type: ignore[arg-type]
        previews=live.get("previews", {}),  # type: ignore[arg-type]
    )
    wanted = DesiredCourse(
        id="4101",
        position=Position(file="courses.yaml", line=1, column=1),
        state=desired,
        origins=dict.fromkeys(desired, (AT,)),
        ignores=ignore,
    )
    return plan_course(Pair(desired=wanted, live=course), host=HOST)


def changes(planned: Planned) -> dict[str, Change]:
    assert planned.course is not None
    return {change.field: change for change in planned.course.changes}


def effects(planned: Planned) -> dict[str, tuple[Value, bool, Risk]]:
    assert planned.course is not None
    return {e.field: (e.after, e.after_known, e.risk) for e in planned.course.side_effects}


def sent(planned: Planned) -> list[tuple[str, dict[str, Value]]]:
    return [(_short(request), dict(request.body)) for request in planned.requests]


def _short(request: Request) -> str:
    return request.path.removeprefix("/api/v1/courses/4101") or "/"


def test_nothing_is_sent_when_nothing_differs() -> None:
    planned = plan({"attributes.name": "Biology", "settings.hide_final_grades": False})
    assert planned.course is not None
    assert planned.course.changes == ()
    assert planned.requests == ()
    assert planned.course.preconditions == ()


def test_each_endpoint_gets_one_request_with_changed_keys_only() -> None:
    planned = plan(
        {
            "attributes.name": "Genetics",
            "attributes.default_view": "modules",
            "settings.hide_final_grades": True,
            "attributes.workflow_state": "available",
            "blueprint.enabled": True,
        }
    )
    assert sent(planned) == [
        ("/", {"course": {"name": "Genetics"}}),
        ("/settings", {"hide_final_grades": True}),
        ("/", {"course": {"blueprint": True}}),
        ("/", {"course": {"event": "offer"}}),
    ]


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        pytest.param(None, "private", id="licence: null is private"),
        pytest.param(None, None, id="null is null"),
    ],
)
def test_what_reads_the_same_is_no_change(live: Value, desired: Value) -> None:
    assert changes(plan({"attributes.license": desired}, attributes__license=live)) == {}


def test_rails_and_iana_names_of_a_zone_are_equal() -> None:
    assert changes(plan({"attributes.time_zone": "Mountain Time (US & Canada)"})) == {}


def test_an_instant_without_offset_is_read_in_the_live_zone() -> None:
    live = LiveCourse(id=1, name="x", state=BASE)
    wanted = DesiredCourse(
        id="1", position=Position(file="a"), state={"attributes.end_at": "2026-12-18T00:00:00"}, origins={}
    )
    assert localised(wanted, live).state == {"attributes.end_at": NEW_END}


def test_any_attribute_put_erases_dates_while_the_course_follows_its_term() -> None:
    planned = plan(
        {"attributes.name": "Genetics"},
        attributes__end_at=NEW_END,
        attributes__start_at="2026-08-24T06:00:00Z",
    )
    assert effects(planned) == {
        "attributes.start_at": (None, True, Risk.LOSSY),
        "attributes.end_at": (None, True, Risk.LOSSY),
    }


def test_a_published_course_keeps_its_start() -> None:
    planned = plan(
        {"attributes.name": "Genetics"},
        attributes__end_at=NEW_END,
        attributes__start_at="2026-08-24T06:00:00Z",
        attributes__workflow_state="available",
    )
    assert set(effects(planned)) == {"attributes.end_at"}


def test_a_settings_put_and_a_lone_event_erase_nothing() -> None:
    planned = plan(
        {"settings.hide_final_grades": True, "attributes.workflow_state": "available"},
        attributes__end_at=NEW_END,
    )
    assert effects(planned) == {}


@pytest.mark.parametrize(
    "desired", [{"attributes.template": True}, {"blueprint.enabled": True}], ids=["template", "blueprint"]
)
def test_a_template_or_blueprint_put_erases_dates_too(desired: dict[str, Value]) -> None:
    assert "attributes.end_at" in effects(plan(desired, attributes__end_at=NEW_END))


def test_declaring_the_switch_together_with_the_date_keeps_it() -> None:
    planned = plan({"attributes.end_at": NEW_END, "attributes.restrict_enrollments_to_course_dates": True})
    assert set(changes(planned)) == {"attributes.end_at", "attributes.restrict_enrollments_to_course_dates"}
    assert effects(planned) == {}


def test_an_end_date_canvas_would_drop_is_an_error_and_nothing_is_sent() -> None:
    planned = plan({"attributes.end_at": NEW_END})
    assert planned.course is None
    assert planned.requests == ()
    (found,) = planned.diagnostics
    assert (found.code, found.position) == ("unreachable-value", AT.position)
    assert found.hint == "Declare attributes.restrict_enrollments_to_course_dates: true"


def test_a_declared_date_that_another_change_would_erase_is_an_error() -> None:
    planned = plan({"attributes.end_at": NEW_END, "attributes.name": "Genetics"}, attributes__end_at=NEW_END)
    assert [item.code for item in planned.diagnostics] == ["unreachable-value"]


def test_a_declared_date_stays_in_sync_while_nothing_is_sent() -> None:
    planned = plan({"attributes.end_at": NEW_END}, attributes__end_at=NEW_END)
    assert planned.diagnostics == ()
    assert planned.requests == ()


def test_publishing_comes_first_when_a_start_needs_a_published_course() -> None:
    planned = plan({"attributes.start_at": "2026-08-24T06:00:00Z", "attributes.workflow_state": "available"})
    assert [body for _, body in sent(planned)] == [
        {"course": {"event": "offer"}},
        {"course": {"start_at": "2026-08-24T06:00:00Z"}},
    ]
    assert planned.diagnostics == ()


def test_a_concluded_course_is_reopened_before_its_attributes_change() -> None:
    planned = plan(
        {"attributes.name": "Genetics", "attributes.workflow_state": "available"},
        attributes__workflow_state="completed",
    )
    assert [body for _, body in sent(planned)] == [
        {"course": {"event": "offer"}},
        {"course": {"name": "Genetics"}},
    ]
    assert changes(planned)["attributes.workflow_state"].risk is Risk.LOSSY


def test_a_deleted_course_is_undeleted_then_published() -> None:
    planned = plan({"attributes.workflow_state": "available"}, attributes__workflow_state="deleted")
    assert [body["course"]["event"] for _, body in sent(planned)] == ["undelete", "offer"]  # type: ignore[index]
    assert changes(planned)["attributes.workflow_state"].risk is Risk.DESTRUCTIVE


def test_concluding_comes_last_and_fills_an_empty_end() -> None:
    planned = plan(
        {"attributes.name": "Genetics", "attributes.workflow_state": "completed"},
        attributes__workflow_state="available",
    )
    assert [body for _, body in sent(planned)][-1] == {"course": {"event": "conclude"}}
    assert effects(planned) == {"attributes.end_at": (None, False, Risk.SAFE)}


def test_concluding_a_course_declared_to_have_no_end_is_an_error() -> None:
    planned = plan(
        {"attributes.end_at": None, "attributes.workflow_state": "completed"},
        attributes__workflow_state="available",
    )
    assert [item.code for item in planned.diagnostics] == ["unreachable-value"]


def test_deleting_sends_nothing_else_and_ends_a_template_first() -> None:
    planned = plan(
        {"attributes.name": "Gone", "attributes.workflow_state": "deleted", "attributes.template": False},
        attributes__template=True,
    )
    assert [body for _, body in sent(planned)] == [
        {"course": {"template": False}},
        {"course": {"event": "delete"}},
    ]


@pytest.mark.parametrize("live_end", [None, "2026-01-01T00:00:00Z"])
def test_an_end_before_the_start_is_an_error(live_end: str | None) -> None:
    declared: dict[str, Value] = {"attributes.start_at": "2026-08-24T06:00:00Z"}
    if live_end is None:
        declared["attributes.end_at"] = "2026-08-24T05:00:00Z"
    planned = plan(
        declared, attributes__end_at=live_end, attributes__restrict_enrollments_to_course_dates=True
    )
    assert {item.code for item in planned.diagnostics} == {"unreachable-value"}
    assert "before it starts" in planned.diagnostics[0].detail
    assert planned.requests == ()


def test_deleting_a_template_is_an_error() -> None:
    planned = plan({"attributes.workflow_state": "deleted"}, attributes__template=True)
    assert [item.code for item in planned.diagnostics] == ["unreachable-value"]
    assert planned.requests == ()


def test_a_field_that_would_follow_another_is_shown_as_a_possible_side_effect() -> None:
    planned = plan({"attributes.is_public": True})
    assert effects(planned) == {"attributes.public_syllabus": (None, False, Risk.SAFE)}


def test_a_declared_field_that_would_follow_another_is_sent_too() -> None:
    planned = plan({"attributes.is_public": True, "attributes.public_syllabus": False})
    assert sent(planned) == [("/", {"course": {"is_public": True, "public_syllabus": False}})]
    held = changes(planned)["attributes.public_syllabus"]
    assert (held.before, held.after) == (False, False)
    assert any("Sent although it is equal" in note for note in held.notes)


def test_setting_an_image_clears_the_other_kind_without_sending_a_removal() -> None:
    planned = plan(
        {"attributes.image_url": "https://e.edu/a.png", "attributes.image_id": None}, attributes__image_id=5
    )
    assert sent(planned) == [("/", {"course": {"image_url": "https://e.edu/a.png"}})]
    assert set(changes(planned)) == {"attributes.image_url", "attributes.image_id"}


def test_clearing_an_image_sends_the_removal() -> None:
    planned = plan({"attributes.image_id": None}, attributes__image_id=5)
    assert sent(planned) == [("/", {"course": {"remove_image": True}})]
    assert changes(planned)["attributes.image_id"].action is Action.CLEAR


def test_an_undeclared_image_of_the_other_kind_goes_and_the_plan_says_so() -> None:
    planned = plan({"attributes.image_id": 7}, attributes__image_url="https://e.edu/a.png")
    assert effects(planned)["attributes.image_url"] == (None, True, Risk.SAFE)


def test_enabling_grading_schemes_without_one_gets_canvas_default() -> None:
    planned = plan({"attributes.grading_standard_enabled": True})
    assert effects(planned) == {"attributes.grading_standard_id": (0, True, Risk.SAFE)}


def test_changing_to_general_restrictions_sends_map_and_switch_and_is_lossy() -> None:
    planned = plan(
        {"blueprint.restrictions": {"content": True}},
        blueprint__enabled=True,
        blueprint__restrictions_by_object_type={"quiz": {"points": True}},
    )
    assert sent(planned) == [
        (
            "/",
            {
                "course": {
                    "use_blueprint_restrictions_by_object_type": False,
                    "blueprint_restrictions": {
                        "content": True,
                        "points": False,
                        "due_dates": False,
                        "availability_dates": False,
                    },
                }
            },
        )
    ]
    assert effects(planned)["blueprint.restrictions_by_object_type"] == (None, True, Risk.LOSSY)


def test_a_restriction_that_is_on_and_undeclared_is_sent_as_false() -> None:
    planned = plan(
        {"blueprint.restrictions": {"content": True}},
        blueprint__enabled=True,
        blueprint__restrictions={"content": True, "settings": True},
    )
    change = changes(planned)["blueprint.restrictions"]
    assert change.after == {
        "content": True,
        "points": False,
        "due_dates": False,
        "availability_dates": False,
        "settings": False,
    }
    assert [(part.key, part.before, part.after) for part in change.parts] == [("settings", True, False)]


def test_missing_keys_of_a_restriction_map_are_false() -> None:
    planned = plan(
        {"blueprint.restrictions": {"content": True, "points": False}},
        blueprint__enabled=True,
        blueprint__restrictions={"content": True},
    )
    assert changes(planned) == {}


def test_restrictions_of_a_course_that_is_no_blueprint_are_an_error() -> None:
    planned = plan({"blueprint.restrictions": {"content": True}})
    assert [item.code for item in planned.diagnostics] == ["needs-blueprint"]


def test_ending_a_blueprint_is_destructive_and_its_restrictions_go() -> None:
    planned = plan(
        {"blueprint.enabled": False}, blueprint__enabled=True, blueprint__restrictions={"content": True}
    )
    assert changes(planned)["blueprint.enabled"].risk is Risk.DESTRUCTIVE
    assert effects(planned) == {"blueprint.restrictions": (None, True, Risk.SAFE)}


def test_write_only_fields_are_listed_apart_and_never_among_the_requests() -> None:
    planned = plan({"attributes.enable_course_paces": True, "settings.show_total_grade_as_points": True})
    assert planned.course is not None
    assert planned.requests == ()
    assert [item.field for item in planned.course.unverified] == [
        "attributes.enable_course_paces",
        "settings.show_total_grade_as_points",
    ]
    assert [request.id for request in planned.course.unverified_requests] == ["4101.u1", "4101.u2"]


def test_dates_that_only_a_write_only_field_would_erase_are_marked_so() -> None:
    planned = plan({"attributes.enable_course_paces": True}, attributes__end_at=NEW_END)
    assert planned.course is not None
    assert [(e.field, e.unverified, e.risk) for e in planned.course.side_effects] == [
        ("attributes.end_at", True, Risk.LOSSY)
    ]


def test_inheriting_the_due_time_cannot_be_read_back() -> None:
    planned = plan({"settings.default_due_time": None})
    assert planned.course is not None
    assert planned.course.changes == ()
    (request,) = planned.course.unverified_requests
    assert request.body == {"default_due_time": "inherit"}


def test_a_due_time_is_compared_as_canvas_writes_it() -> None:
    assert changes(plan({"settings.default_due_time": "9:00"}, settings__default_due_time="09:00:00")) == {}


def test_clearing_a_quota_compares_with_the_default_of_the_account() -> None:
    told = {"default_storage_quota_mb": 500}
    assert changes(plan({"attributes.storage_quota_mb": None}, account=told)) == {}
    change = changes(
        plan({"attributes.storage_quota_mb": None}, account=told, attributes__storage_quota_mb=900)
    )
    assert change["attributes.storage_quota_mb"].expected == 500


def test_clearing_a_quota_of_an_account_nobody_may_read_cannot_be_verified() -> None:
    planned = plan({"attributes.storage_quota_mb": None})
    assert planned.course is not None
    assert [item.field for item in planned.course.unverified] == ["attributes.storage_quota_mb"]


def test_a_field_canvas_does_not_tell_is_a_diagnostic_and_no_change() -> None:
    planned = plan({"attributes.indexed": True})
    assert planned.requests == ()
    assert [item.code for item in planned.diagnostics] == ["unverifiable"]


def test_an_ignored_field_is_neither_compared_nor_sent() -> None:
    rule = Ignore(pattern="settings.*", origin=AT, reason="By hand")
    planned = plan({"settings.hide_final_grades": True}, ignore=(rule,))
    assert planned.course is not None
    assert planned.course.changes == ()
    assert [(item.field, item.reason) for item in planned.course.ignored] == [
        ("settings.hide_final_grades", "By hand")
    ]


def test_html_that_canvas_would_make_into_what_is_there_is_no_change() -> None:
    text = "<p onclick='x()'>Hi</p>"
    previews = {fingerprint(text): "<p>Hi</p>"}
    planned = plan(
        {"attributes.syllabus_body": text}, attributes__syllabus_body="<p>Hi</p>", previews=previews
    )
    assert changes(planned) == {}


def test_html_that_canvas_would_change_says_so() -> None:
    text = "<p onclick='x()'>Hi</p>"
    planned = plan({"attributes.syllabus_body": text}, previews={fingerprint(text): "<p>Hi</p>"})
    change = changes(planned)["attributes.syllabus_body"]
    assert (change.after, change.expected) == (text, "<p>Hi</p>")
    assert "some markup is not allowed" in change.notes[0]


def test_switching_mastery_paths_off_is_destructive() -> None:
    change = changes(plan({"settings.conditional_release": False}))["settings.conditional_release"]
    assert change.risk is Risk.DESTRUCTIVE
    assert "pins a value" in change.lasting


def test_everything_a_plan_rests_on_is_a_precondition() -> None:
    planned = plan({"attributes.name": "Genetics"}, attributes__end_at=NEW_END)
    assert planned.course is not None
    assert {item.field: item.value for item in planned.course.preconditions} == {
        "attributes.name": "Biology",
        "attributes.workflow_state": "unpublished",
        "attributes.restrict_enrollments_to_course_dates": False,
        "attributes.start_at": None,
        "attributes.end_at": NEW_END,
    }
