"""Looking ahead in whole runs: what is asked, what a plan warns of, what an apply does not send."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync.catalogue.field import Risk
from coursesync.documents import dump_plan, load_plan
from coursesync.model import Plan, Report, Verdict
from coursesync.sandbox import Sandbox
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice
from tests.lab import Lab

RENAME = "courses:\n  - id: 9001\n    attributes: {name: Genetics}\n"
END = "courses:\n  - id: 9001\n    blueprint: {enabled: false}\n"
SYLLABUS = "courses:\n  - id: 9001\n    attributes: {syllabus_body: <p>New</p>}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    found = Lab(root=tmp_path)
    found.sandbox.add_course(id=9001, name="Biology", course_code="BIO", account_id=3)
    return found


def asked(sandbox: Sandbox) -> list[str]:
    """Return what was asked beside the courses themselves, and forget it."""
    paths = [entry.path.removeprefix("/api/v1/") for entry in sandbox.log if entry.method == "GET"]
    sandbox.log.clear()
    return [path for path in paths if path not in {"courses/9001", "courses/9001/settings"}]


def codes(plan: Plan) -> list[str]:
    return [item.code for item in plan.diagnostics]


def verdicts(report: Report) -> dict[str, Verdict]:
    return {item.field: item.verdict for course in report.courses for item in course.fields}


def many(lab: Lab, count: int, body: str, **columns: object) -> None:
    """Declare `count` courses alike."""
    ids = range(9100, 9100 + count)
    lab.sandbox.add_courses([{"id": number, "name": "A", "account_id": 3, **columns} for number in ids])
    lab.account = "1"
    lab.write("courses:\n" + "".join(f"  - id: {number}\n    {body}\n" for number in ids))


def test_a_plan_without_changes_asks_for_nothing(lab: Lab) -> None:
    lab.write("courses:\n  - id: 9001\n    attributes: {name: Biology}\n")
    assert lab.plan().summary.preflight_reads == 0
    assert asked(lab.sandbox) == []


def test_a_harmless_change_of_many_courses_costs_one_question_an_account(lab: Lab) -> None:
    many(lab, 300, "settings: {hide_final_grades: true}")
    plan = lab.plan()
    assert plan.summary.changes == 300
    assert plan.summary.preflight_reads == 1


def test_concluding_many_courses_reads_their_circumstances_from_lists(lab: Lab) -> None:
    many(lab, 300, "attributes: {workflow_state: completed}", workflow_state="available")
    plan = lab.plan()
    assert plan.summary.preflight_reads <= 1 + 5
    assert all(course.context and course.context.students is False for course in plan.courses)


def test_one_list_tells_which_of_many_courses_follow_a_blueprint(lab: Lab) -> None:
    many(lab, 120, "attributes: {syllabus_body: <p>New</p>}")
    lab.sandbox.edit(9105, blueprint_course_id=4112)
    plan = lab.plan()
    risky = [course.id for course in plan.courses if course.changes[0].risk is Risk.LOSSY]
    assert risky == [9105]
    assert plan.summary.preflight_reads <= 3


def test_a_teacher_of_one_course_learns_that_it_follows_nothing(lab: Lab) -> None:
    lab.token = "sandbox-teacher"
    lab.write(SYLLABUS)
    (course,) = lab.plan().courses
    assert (course.changes[0].risk, course.context and course.context.follows) == (Risk.SAFE, False)


@pytest.mark.parametrize("has_front_page", [True, False])
def test_a_front_page_that_is_there_is_not_said_to_be_missing(lab: Lab, *, has_front_page: bool) -> None:
    lab.sandbox.edit(9001, has_front_page=has_front_page)
    lab.write("courses:\n  - id: 9001\n    attributes: {default_view: wiki}\n")
    plan = lab.plan()
    (change,) = plan.courses[0].changes
    said = "Canvas refuses it while the course has no front page."
    assert (said in change.notes) is not has_front_page
    assert ("would-be-refused" in codes(plan)) is not has_front_page
    report = lab.apply(plan)
    assert (verdicts(report) == {"attributes.default_view": Verdict.APPLIED}) is has_front_page


def test_a_front_page_that_nobody_knows_of_is_spoken_of(lab: Lab) -> None:
    lab.sandbox.edit(9001, has_front_page=True)
    lab.sandbox.fail_next(method="GET", path_contains="/front_page", status=403)
    lab.write("courses:\n  - id: 9001\n    attributes: {default_view: wiki}\n")
    (change,) = lab.plan().courses[0].changes
    assert change.notes == ("Canvas refuses it while the course has no front page.",)


def test_the_plan_warns_of_a_missing_right_and_the_apply_sends_nothing(lab: Lab) -> None:
    lab.token = "sandbox-teacher"
    lab.write("courses:\n  - id: 9001\n    attributes: {name: New, storage_quota_mb: 900}\n")
    plan = lab.plan()
    assert codes(plan) == ["right-missing"]
    assert "Toni Teacher (user 2) lacks the right to manage storage quotas" in plan.diagnostics[0].detail
    assert not plan.errored
    report = lab.apply(plan)
    assert lab.sent() == []
    assert set(verdicts(report).values()) == {Verdict.SKIPPED}
    assert exit_code(report) == 4


def test_a_change_left_out_needs_no_right(lab: Lab) -> None:
    lab.token = "sandbox-teacher"
    lab.write("courses:\n  - id: 9001\n    attributes: {name: New, storage_quota_mb: 900}\n")
    plan = lab.plan()
    quota = next(item.id for item in plan.courses[0].changes if item.field == "attributes.storage_quota_mb")
    report = lab.apply(plan, choice=Choice(left_out=frozenset({quota})))
    assert verdicts(report)["attributes.name"] is Verdict.APPLIED


def test_one_course_without_a_right_does_not_keep_the_others(lab: Lab) -> None:
    lab.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM", account_id=3)
    lab.sandbox.edit(9001, workflow_state="completed")
    lab.token = "sandbox-teacher"
    lab.write(RENAME + "  - id: 9002\n    attributes: {name: Alchemy}\n")
    report = lab.apply(lab.plan())
    assert [course.fields[0].verdict for course in report.courses] == [Verdict.SKIPPED, Verdict.APPLIED]


def test_a_right_lost_since_the_plan_is_found_before_the_first_write(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    assert codes(plan) == []
    lab.sandbox.edit_user(1, denied=["manage_courses", "manage_courses_admin"])
    report = lab.apply(plan)
    assert lab.sent() == []
    assert "lacks the right to update the course" in report.courses[0].error


def test_a_blueprint_that_got_a_follower_since_the_plan_is_stale(lab: Lab) -> None:
    lab.sandbox.edit(9001, blueprint=True, blueprint_restrictions={"content": True})
    lab.write(END)
    plan = lab.plan()
    assert plan.courses[0].changes[0].risk is Risk.SAFE
    lab.sandbox.edit(4110, blueprint_course_id=9001)
    report = lab.apply(plan)
    assert lab.sent() == []
    assert verdicts(report)["blueprint.enabled"] is Verdict.STALE
    assert exit_code(report) == 3
    allowed = lab.apply(plan, choice=Choice(allow=Risk.DESTRUCTIVE))
    assert verdicts(allowed)["blueprint.enabled"] is Verdict.APPLIED


def test_the_context_is_part_of_a_saved_plan(lab: Lab) -> None:
    lab.sandbox.edit(9001, blueprint=True, blueprint_restrictions={"content": True})
    lab.write(END)
    again = load_plan(dump_plan(lab.plan()), name="plan")
    assert again.courses[0].context is not None
    assert again.courses[0].context.followers == 0


def test_observers_keep_a_course_from_becoming_a_blueprint(lab: Lab) -> None:
    lab.sandbox.enroll(9001, kind="ObserverEnrollment")
    lab.write("courses:\n  - id: 9001\n    blueprint: {enabled: true}\n")
    plan = lab.plan()
    assert codes(plan) == ["would-be-refused"]
    lab.apply(plan)
    assert lab.sent() == []


def test_where_rights_cannot_be_asked_nothing_is_claimed(lab: Lab) -> None:
    lab.token = "sandbox-teacher"
    lab.write("courses:\n  - id: 9001\n    attributes: {storage_quota_mb: 900}\n")
    lab.sandbox.fail_next(method="GET", path_contains="/permissions", status=404, times=99)
    plan = lab.plan()
    assert codes(plan) == []
    assert verdicts(lab.apply(plan))["attributes.storage_quota_mb"] is Verdict.IGNORED


def test_a_token_that_dies_while_looking_ahead_sends_nothing(lab: Lab) -> None:
    lab.write(RENAME)
    plan = lab.plan()
    lab.token = "sandbox-expired"
    report = lab.apply(plan)
    assert lab.sent() == []
    assert report.unavailable
    assert exit_code(report) == 6
