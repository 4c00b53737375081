"""Applying when Canvas lags, fails, moves or does something else; a verdict always comes from reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync.catalogue.field import Risk
from coursesync.model import FieldOutcome, Report, Verdict
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Choice
from tests.lab import Lab

COURSE = 9001
RENAME = "courses:\n  - id: 9001\n    attributes: {name: Genetics}\n"
SYLLABUS = "courses:\n  - id: 9001\n    attributes: {syllabus_body: <p>New</p>}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    found = Lab(root=tmp_path)
    found.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO")
    return found


def outcomes(report: Report) -> dict[str, FieldOutcome]:
    return {item.field: item for course in report.courses for item in course.fields}


def test_a_lagging_replica_is_asked_again_before_it_may_disprove(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path, options={"replica_lag": 4.0})
    lab.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO")
    lab.write(SYLLABUS)
    lab.time.passed += 60
    report = lab.apply(lab.plan())
    assert outcomes(report)["attributes.syllabus_body"].verdict is Verdict.APPLIED
    assert lab.time.passed >= 64


def test_a_refusal_needs_no_waiting_for_replicas(lab: Lab) -> None:
    lab.token = "sandbox-student"
    lab.sandbox.edit(COURSE, workflow_state="available")
    lab.write(SYLLABUS)
    lab.sandbox.fail_next(method="GET", path_contains="/permissions", status=500, times=99)
    plan = lab.plan()
    started = lab.time.passed
    found = outcomes(lab.apply(plan, choice=Choice(allow=Risk.LOSSY)))["attributes.syllabus_body"]
    assert found.verdict is Verdict.FAILED
    assert "may not" in found.message
    assert lab.time.passed - started < 5


def test_a_value_canvas_kept_as_it_was_counts_only_after_fifteen_seconds(lab: Lab) -> None:
    lab.token = "sandbox-teacher"
    lab.sandbox.edit_user(2, denied=["manage_course_visibility"])
    lab.sandbox.fail_next(method="GET", path_contains="/permissions", status=500, times=99)
    lab.write("courses:\n  - id: 9001\n    attributes: {indexed: true}\n")
    plan = lab.plan()
    started = lab.time.passed
    assert outcomes(lab.apply(plan))["attributes.indexed"].verdict is Verdict.IGNORED
    assert lab.time.passed - started >= 15


def test_a_write_without_an_answer_is_judged_by_what_is_read(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    lab.sandbox.fail_next(method="PUT", path_contains="/courses/", status=504, times=99)
    found = outcomes(lab.apply(plan))["attributes.name"]
    assert found.verdict is Verdict.FAILED
    assert "The value is unchanged." in found.message


def test_a_write_that_cannot_be_read_back_is_unknown(lab: Lab) -> None:
    lab.write(SYLLABUS)
    plan = lab.plan()
    lab.sandbox.fail_next(method="PUT", path_contains="/courses/", status=504, times=99)
    lab.sandbox.fail_next(method="GET", path_contains="/courses/", status=500, times=99)
    report = lab.apply(plan)
    assert outcomes(report)["attributes.syllabus_body"].verdict is not Verdict.APPLIED


def test_an_interrupted_gateway_that_recovers_is_tried_again(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    lab.sandbox.fail_next(method="PUT", path_contains="/courses/", status=503, times=2)
    assert outcomes(lab.apply(plan))["attributes.name"].verdict is Verdict.APPLIED


def test_after_a_failure_the_rest_of_the_course_is_left_alone(lab: Lab) -> None:
    lab.write(
        "courses:\n  - id: 9001\n    attributes: {locale: tlh, workflow_state: available}\n"
        "    settings: {hide_final_grades: true}\n"
    )
    found = outcomes(lab.apply(lab.plan()))
    assert found["attributes.locale"].verdict is Verdict.FAILED
    assert found["settings.hide_final_grades"].verdict is Verdict.SKIPPED
    assert found["attributes.workflow_state"].verdict is Verdict.SKIPPED
    assert len(lab.sent()) == 1
    assert lab.sandbox.course(COURSE)["workflow_state"] != "available"


def test_what_moved_unasked_is_unexpected(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    canvas = lab.canvas

    def meddling(*, read_only: bool = False) -> object:
        found = canvas(read_only=read_only)
        send = found.send

        async def sending(method: str, path: str, body: object, **options: object) -> object:
            lab.sandbox.edit(COURSE, license="cc_by")
            return await send(method, path, body, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(found, "send", sending)
        return found

    monkeypatch.setattr(Lab, "canvas", lambda _, **options: meddling(**options))
    found = outcomes(lab.apply(plan))
    assert found["attributes.name"].verdict is Verdict.APPLIED
    assert found["attributes.license"].verdict is Verdict.UNEXPECTED
    assert found["attributes.license"].read == "cc_by"


def test_leaving_a_change_out_never_causes_what_was_not_shown(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    lab.write(
        "courses:\n  - id: 9001\n"
        "    attributes: {name: Genetics, restrict_enrollments_to_course_dates: true}\n"
    )
    plan = lab.plan()
    assert plan.courses[0].side_effects == ()
    ids = {change.field: change.id for change in plan.courses[0].changes}
    report = lab.apply(plan, choice=Choice(only=frozenset({ids["attributes.name"]})))
    assert lab.sent() == []
    assert "attributes.end_at" in report.courses[0].error
    assert lab.sandbox.course(COURSE)["conclude_at"] == "2026-12-18T07:00:00Z"


def test_a_course_that_gained_a_date_is_stale_because_a_rename_would_erase_it(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    lab.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    assert outcomes(lab.apply(plan))["attributes.name"].verdict is Verdict.STALE
    assert lab.sent() == []


def test_other_drift_does_not_block(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    lab.sandbox.edit(COURSE, license="cc_by")
    assert outcomes(lab.apply(plan))["attributes.name"].verdict is Verdict.APPLIED


def test_a_side_effect_on_an_ignored_field_is_still_shown_and_gated(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    lab.write(RENAME.rstrip() + "\n    ignore: [attributes.end_at]\n")
    plan = lab.plan()
    assert [(e.field, e.risk) for e in plan.courses[0].side_effects] == [("attributes.end_at", Risk.LOSSY)]


def test_one_course_by_number_and_by_sis_id_is_an_error_at_both_places(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, sis_source_id="BIO-1")
    lab.write(RENAME + "  - id: sis_course_id:BIO-1\n    attributes: {name: Botany}\n")
    plan = lab.plan()
    found = [item for item in plan.diagnostics if item.code == "duplicate-course"]
    assert [item.position.line for item in found if item.position] == [2, 4]
    assert plan.requests == ()


def test_a_course_with_an_outdated_id_is_found_by_its_declared_sis_id(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, sis_source_id="BIO-1")
    lab.write("courses:\n  - id: 777777\n    attributes: {sis_course_id: BIO-1, name: Botany}\n")
    plan = lab.plan()
    (warning,) = plan.diagnostics
    assert (warning.code, warning.hint) == ("course-id-outdated", "Write: id: 9001")
    assert [change.field for change in plan.courses[0].changes] == ["attributes.name"]


def test_a_deleted_course_is_never_undeleted_by_implication(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, workflow_state="deleted")
    lab.write(RENAME)
    plan = lab.plan()
    assert [item.code for item in plan.diagnostics] == ["course-not-found"]
    assert plan.requests == ()


def test_a_state_that_takes_two_events_has_failed_when_something_between_them_did(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, workflow_state="deleted")
    lab.write("courses:\n  - id: 9001\n    attributes: {name: Genetics, workflow_state: available}\n")
    plan = lab.plan()
    lab.sandbox.faults.add(Fault(what="error", method="PUT", nth=2, status=400))
    found = outcomes(lab.apply(plan, choice=Choice(allow=Risk.DESTRUCTIVE)))
    assert found["attributes.name"].verdict is Verdict.FAILED
    state = found["attributes.workflow_state"]
    assert (state.verdict, state.read) == (Verdict.FAILED, "unpublished")
    assert "An earlier request of this course failed" in state.message


def test_a_plan_that_is_applied_twice_sends_nothing_the_second_time(lab: Lab) -> None:
    """The syllabus would follow the course, so it is sent to hold it; once the course is there it holds."""
    lab.write("courses:\n  - id: 9001\n    attributes: {is_public: true, public_syllabus: false}\n")
    plan = lab.plan()
    assert {change.field for change in plan.courses[0].changes} == {
        "attributes.is_public",
        "attributes.public_syllabus",
    }
    lab.apply(plan)
    sent = len(lab.sent())
    assert sent == 1
    again = lab.apply(plan)
    assert len(lab.sent()) == sent
    assert {item.verdict for item in outcomes(again).values()} == {Verdict.SKIPPED}
