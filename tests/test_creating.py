"""A course that an entry creates: shown, made once whatever happens, and managed like any other then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coursesync.documents import dump_plan, load_plan
from coursesync.errors import ExitCode, PlanFileError
from coursesync.model import Action, Report, Verdict
from coursesync.sandbox.faults import Fault
from coursesync.sandbox.tables import NEW_COURSE
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice
from tests.lab import Lab
from tests.test_explain import explained
from tests.test_resume import apply_until_killed
from tests.test_uploads import files, image, paint

SIS_ID = "BOT-110-2027SP"
POST = "/api/v1/accounts/3/courses"
KEY = f"sis_course_id:{SIS_ID}"
MANIFEST = f"""courses:
  - id: {KEY}
    create: true
    account: sis_account_id:SCI
    attributes:
      name: Botany
      enrollment_term_id: sis_term_id:2027SP
      default_view: modules
      workflow_state: available
      license: private
      restrict_enrollments_to_course_dates: true
      start_at: 2027-01-12T08:00:00
      syllabus_body: <p>Plants</p>
    settings: {{hide_final_grades: true, lock_all_announcements: false}}
"""


def college(root: Path, manifest: str = MANIFEST) -> Lab:
    lab = Lab(root=root)
    lab.write(manifest)
    return lab


def made(lab: Lab) -> list[dict[str, Any]]:
    rows = map(lab.sandbox.course, lab.sandbox.course_ids())
    return [row for row in rows if row["sis_source_id"] == SIS_ID]


def posts(lab: Lab) -> int:
    return sum(method == "POST" for method, _, _ in lab.sent())


def outcome(report: Report) -> dict[str, Verdict]:
    (course,) = report.courses
    return {item.field: item.verdict for item in course.fields}


def test_a_plan_shows_what_makes_the_course_and_all_that_follows(tmp_path: Path) -> None:
    plan = college(tmp_path).plan()
    (course,) = plan.courses
    assert (course.id, course.create, course.account_id, course.sis_course_id) == (-1, True, 3, SIS_ID)
    assert {change.action for change in course.changes} == {Action.CREATE}
    first, *rest = plan.requests
    assert (first.method, first.path) == ("POST", POST)
    assert first.body == {"course": {"sis_course_id": SIS_ID, "name": "Botany", "term_id": 3}}
    assert {request.path for request in rest} == {
        f"/api/v1/courses/{KEY}",
        f"/api/v1/courses/{KEY}/settings",
    }
    # What a new course has anyway is not sent; what its account decides is.
    sent = {key for request in rest for key in (request.body.get("course") or request.body)}
    assert "default_view" not in sent
    assert {"lock_all_announcements", "event"} <= sent


def test_a_new_course_is_made_brought_to_the_desired_state_and_read_back(tmp_path: Path) -> None:
    lab = college(tmp_path)
    report = lab.apply(lab.plan())
    assert exit_code(report) is ExitCode.DONE, report
    # Of some nobody could tell what the account makes of them; that turned out to be as wanted.
    assert {*outcome(report).values()} <= {Verdict.APPLIED, Verdict.NORMALISED}
    assert report.left_out == ()
    (course,) = made(lab)
    assert (course["account_id"], course["workflow_state"], course["name"]) == (3, "available", "Botany")
    assert course["start_at"] == "2027-01-12T15:00:00Z"
    assert report.courses[0].id == course["id"]
    assert report.courses[0].created
    assert lab.plan().summary.changes == 0
    assert lab.drift().totals["fields"] == 0


def test_a_course_that_exists_is_never_made_again(tmp_path: Path) -> None:
    lab = college(tmp_path, MANIFEST.replace(SIS_ID, "BIO-101-2026FA"))
    plan = lab.plan()
    assert [course.create for course in plan.courses] == [False]
    lab.apply(plan)
    assert posts(lab) == 0


def test_without_create_a_missing_course_is_an_error(tmp_path: Path) -> None:
    lab = college(tmp_path, f"courses: [{{id: {KEY}, attributes: {{name: Botany}}}}]")
    plan = lab.plan()
    assert [item.code for item in plan.diagnostics] == ["course-not-found"]
    assert plan.errored


def test_an_entry_may_be_known_by_the_sis_id_alone(tmp_path: Path) -> None:
    lab = college(tmp_path, f"courses: [{{create: true, account: 3, sis_course_id: {SIS_ID}}}]")
    assert exit_code(lab.apply(lab.plan())) is ExitCode.DONE
    assert len(made(lab)) == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("id: sis_course_id:A, create: true", "its account must be declared"),
        ("id: uuid:0123456789012345678901234567890123456789, create: true, account: 3", "its SIS id must be"),
        ("id: sis_course_id:A, create: true, account: 3, missing: skip", "missing: skip leaves it out"),
        ("id: sis_course_id:A, account: 3", "which it is not to be"),
        ("id: sis_course_id:A, create: true, account: 3, sis_course_id: B", "one SIS id"),
        ("id: sis_course_id:A, create: true, account: 3, attributes: {account_id: 4}", "one account"),
        ("id: sis_course_id:A, create: true, account: 3, ignore: [attributes.*]", "is ignored"),
        ("id: sis_course_id:A, create: true, account: 3, attributes: {workflow_state: deleted}", "deleted"),
    ],
)
def test_an_entry_must_say_clearly_how_its_course_is_made(tmp_path: Path, entry: str, said: str) -> None:
    found = college(tmp_path, f"courses:\n  - {{{entry}}}\n").problems()
    assert {item.code for item in found} == {"creation-unclear"}
    assert said in " ".join(item.detail for item in found)
    assert all(item.position and item.position.line == 2 for item in found)


def test_a_course_made_by_somebody_else_since_the_plan_is_stale(tmp_path: Path) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    lab.sandbox.add_course(id=9100, name="Theirs", sis_source_id=SIS_ID)
    report = lab.apply(plan)
    assert {*outcome(report).values()} == {Verdict.STALE}
    assert exit_code(report) is ExitCode.STALE
    assert lab.sent() == []


def test_without_the_right_to_manage_sis_data_nothing_is_made(tmp_path: Path) -> None:
    """Canvas would drop the SIS id without a word, and nobody would find the course again."""
    lab = college(tmp_path)
    lab.sandbox.edit_user(1, denied=["manage_sis"])
    plan = lab.plan()
    assert "right-missing" in {item.code for item in plan.diagnostics}
    report = lab.apply(plan)
    assert lab.sent() == []
    assert exit_code(report) is ExitCode.PARTIAL
    assert "manage_sis" in report.courses[0].error


def test_a_creation_that_canvas_refuses_leaves_the_rest_of_the_course_unsent(tmp_path: Path) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    lab.sandbox.add_course(id=9100, name="Gone", sis_source_id=SIS_ID, workflow_state="deleted")
    report = lab.apply(plan)
    assert [method for method, _, _ in lab.sent()] == ["POST"]
    assert outcome(report)["attributes.sis_course_id"] is Verdict.FAILED
    assert outcome(report)["settings.hide_final_grades"] is Verdict.SKIPPED
    assert exit_code(report) is ExitCode.PARTIAL
    assert report.courses[0].id == -1


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_makes_no_second_course(tmp_path: Path, done: bool) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    lab.sandbox.faults.add(Fault(what="reset", done=done, method="POST", path=POST))
    report = lab.apply(plan)
    lab.sandbox.faults.clear()
    assert len(made(lab)) == done
    assert exit_code(report) is (ExitCode.DONE if done else ExitCode.PARTIAL)
    assert exit_code(lab.apply(lab.plan())) is ExitCode.DONE
    assert len(made(lab)) == 1
    assert lab.plan().summary.changes == 0


@pytest.mark.parametrize("how", ["torn", "whole"])
def test_whenever_the_run_is_killed_one_course_is_made_and_finished(tmp_path: Path, how: str) -> None:
    for at in range(3, 40):
        root = tmp_path / f"{at}"
        root.mkdir()
        lab = college(root)
        if not apply_until_killed(lab, lab.plan(), at=at, how=how):
            break
        report = lab.resume()
        assert exit_code(report) is ExitCode.DONE, (at, report)
        assert len(made(lab)) == 1, at
        assert lab.plan().summary.changes == 0, at
    assert at > 8


def test_a_change_can_be_left_out_and_with_the_creation_everything_is(tmp_path: Path) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    ids = {change.field: change.id for change in plan.courses[0].changes}
    report = lab.apply(plan, choice=Choice(left_out=frozenset({ids["attributes.sis_course_id"]})))
    assert lab.sent() == []
    assert {*outcome(report).values()} == {Verdict.SKIPPED}
    lab.apply(plan, choice=Choice(left_out=frozenset({ids["attributes.workflow_state"]})))
    assert [course["workflow_state"] for course in made(lab)] == ["created"]


def test_changes_are_named_alike_in_every_plan(tmp_path: Path) -> None:
    lab = college(
        tmp_path,
        MANIFEST.replace("courses:\n", "courses:\n  - {create: true, account: 3, sis_course_id: A}\n"),
    )
    both = {course.sis_course_id: course for course in lab.plan().courses}
    lab.write(MANIFEST)
    (alone,) = lab.plan().courses
    assert alone.id != both[SIS_ID].id
    assert [change.id for change in alone.changes] == [change.id for change in both[SIS_ID].changes]


def test_a_plan_that_was_turned_into_a_creation_is_refused(tmp_path: Path) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    (course,) = plan.courses
    for forged in (
        replace(course, sis_course_id="OTHER"),
        replace(course, account_id=1),
        replace(course, create=False),
        replace(course, id=4101),
    ):
        with pytest.raises(PlanFileError):
            lab.apply(replace(plan, courses=(forged,)))
    assert lab.sent() == []


def test_a_saved_plan_reads_back_as_it_was(tmp_path: Path) -> None:
    plan = college(tmp_path).plan()
    assert load_plan(dump_plan(plan), name="plan.json") == plan


def test_undo_leaves_the_course_and_says_so(tmp_path: Path) -> None:
    lab = college(tmp_path)
    lab.apply(lab.plan())
    plan = lab.undo()
    assert plan.summary.changes == 0
    assert [item.code for item in plan.diagnostics] == ["undo-incomplete"]
    assert SIS_ID in plan.diagnostics[0].detail


def test_drift_counts_a_course_that_is_still_to_be_made(tmp_path: Path) -> None:
    found = college(tmp_path).drift()
    assert found.totals["courses_drifted"] == 1
    assert "does not exist" in found.courses[0].fields[0].message


def test_what_the_account_decides_is_set_where_it_differs(tmp_path: Path) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    lab.sandbox.edit_account(3, settings={"lock_all_announcements": {"value": True, "locked": False}})
    assert outcome(lab.apply(plan))["settings.lock_all_announcements"] is Verdict.APPLIED
    assert lab.plan().summary.changes == 0


def test_an_instant_without_offset_is_in_the_time_zone_of_the_account(tmp_path: Path) -> None:
    (course,) = college(tmp_path).plan().courses
    assert {c.field: c.after for c in course.changes}["attributes.start_at"] == "2027-01-12T15:00:00Z"


def test_a_new_course_that_is_not_as_foretold_is_left_for_the_next_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that is declared as it usually is was not shown as a change, so it is not changed unseen."""
    lab = college(tmp_path)
    plan = lab.plan()
    monkeypatch.setitem(NEW_COURSE, "default_view", "feed")
    report = lab.apply(plan)
    assert exit_code(report) is ExitCode.STALE
    assert outcome(report)["attributes.sis_course_id"] is Verdict.APPLIED
    assert outcome(report)["settings.hide_final_grades"] is Verdict.STALE
    monkeypatch.undo()
    assert exit_code(lab.apply(lab.plan())) is ExitCode.DONE
    assert made(lab)[0]["default_view"] == "modules"


def test_a_field_of_a_course_that_does_not_exist_cannot_be_explained(tmp_path: Path) -> None:
    lab = college(tmp_path)
    found = explained(lab, "attributes.name", MANIFEST, course=SIS_ID)
    assert found.fields == ()
    assert "does not exist; an apply would create it" in found.diagnostics[0].detail


def test_an_image_goes_into_the_new_course(tmp_path: Path) -> None:
    lab = college(tmp_path, MANIFEST.replace("default_view: modules", "image: {file: images/bio.png}"))
    paint(lab, b"plants")
    report = lab.apply(lab.plan())
    assert exit_code(report) is ExitCode.DONE, report
    (course,) = made(lab)
    assert files(lab, course["id"]) == ["bio.png"]
    assert image(lab, course["id"])
    assert [item.course for item in report.uploads] == [course["id"]]
    assert lab.plan().summary.changes == 0
