"""Applying while Canvas breaks, lies or goes away: nothing is lost, and nothing is called done that is not.

Each was found by tests/trust/test_faults.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Severity
from coursesync.errors import ExitCode
from coursesync.model import CourseOutcome, Report, Verdict
from coursesync.sandbox import Fault
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice
from tests.lab import Lab

COURSE = "/api/v1/courses/9001"
FIRST = "courses:\n  - id: 9001\n    "
RENAME = f"{FIRST}attributes: {{name: Genetics}}\n"


def laboratory(root: Path, manifest: str, courses: int = 1, **columns: Any) -> Lab:
    lab = Lab(root=root)
    for number in range(9001, 9001 + courses):
        given = {"name": "Biology", "course_code": "BIO", "account_id": 3, "workflow_state": "claimed"}
        lab.sandbox.add_course(id=number, **{**given, **columns})
    lab.write(manifest)
    return lab


def applied(lab: Lab, fault: Fault, **choice: Any) -> Report:
    """Plan in peace, and apply with something wrong."""
    plan = lab.plan()
    assert plan.summary.changes or any(course.unverified for course in plan.courses)
    lab.sandbox.faults.add(fault)
    return lab.apply(plan, choice=Choice(**choice))


def verdicts(course: CourseOutcome) -> dict[str, Verdict]:
    return {item.field.partition(".")[2]: item.verdict for item in course.fields}


def test_what_is_left_out_after_a_write_in_doubt_is_told_even_if_the_write_was_done(tmp_path: Path) -> None:
    lab = laboratory(
        tmp_path,
        f"{FIRST}attributes: {{workflow_state: available}}\n    settings: {{hide_final_grades: true}}\n",
    )
    report = applied(lab, Fault(what="reset", done=True, method="PUT", path=f"{COURSE}/settings"))
    (course,) = report.courses
    assert verdicts(course) == {"hide_final_grades": Verdict.APPLIED, "workflow_state": Verdict.SKIPPED}
    assert "An earlier request of this course failed" in course.error
    assert exit_code(report) is ExitCode.PARTIAL
    lab.sandbox.faults.clear()
    assert exit_code(lab.apply(lab.plan())) is ExitCode.DONE
    assert lab.plan().summary.changes == 0


@pytest.mark.parametrize("done", [False, True], ids=["not stored", "stored"])
def test_a_write_that_broke_canvas_is_in_doubt(tmp_path: Path, done: bool) -> None:
    """Canvas saves in several steps, and what it saved before it broke stays."""
    lab = laboratory(tmp_path, f"{FIRST}attributes: {{enable_offline_web_export: true}}\n")
    fault = Fault(what="error", done=done, method="PUT", path=COURSE)
    (course,) = applied(lab, fault, send_unverified=True).courses
    assert verdicts(course) == {"enable_offline_web_export": Verdict.UNKNOWN}
    assert ("enable_offline_web_export" in lab.sandbox.course(9001)["settings"]) is done


@pytest.mark.parametrize("done", [False, True], ids=["not stored", "stored"])
def test_a_write_that_broke_canvas_is_judged_by_what_is_read(tmp_path: Path, done: bool) -> None:
    lab = laboratory(tmp_path, RENAME)
    (course,) = applied(lab, Fault(what="error", done=done, method="PUT", path=COURSE)).courses
    assert verdicts(course) == {"name": Verdict.APPLIED if done else Verdict.FAILED}


@pytest.mark.parametrize(
    "body",
    [[], [{}], "x", {}, {"id": 9002, "name": "Genetics"}, {"id": "x", "workflow_state": ["?"]}],
    ids=repr,
)
def test_an_answer_to_a_write_that_is_no_course_decides_nothing(tmp_path: Path, body: Any) -> None:
    lab = laboratory(tmp_path, RENAME)
    fault = Fault(what="shape", done=False, body=body, method="PUT", path=COURSE)
    report = applied(lab, fault)
    assert verdicts(report.courses[0]) == {"name": Verdict.FAILED}
    assert exit_code(report) is ExitCode.PARTIAL


@pytest.mark.parametrize(
    "fault",
    [Fault(what="text"), Fault(what="cut"), Fault(what="shape", body={}), Fault(what="error")],
    ids=repr,
)
def test_a_list_that_is_none_only_costs_requests(tmp_path: Path, fault: Fault) -> None:
    """It ended the run in an error, after the courses of other waves were written."""
    lab = laboratory(
        tmp_path,
        "courses:\n" + "".join(f"  - {{id: {9001 + n}, attributes: {{name: New}}}}\n" for n in range(4)),
        courses=4,
    )
    lab.account = "1"
    plan = lab.plan()
    fault = Fault(what=fault.what, body=fault.body, method="GET", path="/api/v1/accounts/*/courses")
    lab.sandbox.faults.add(fault)
    assert exit_code(lab.apply(plan)) is ExitCode.DONE
    assert {lab.sandbox.course(9001 + n)["name"] for n in range(4)} == {"New"}


@pytest.mark.parametrize("body", [{}, {"unexpected": True}], ids=repr)
def test_settings_that_are_none_are_no_settings_the_token_may_not_see(tmp_path: Path, body: Any) -> None:
    lab = laboratory(tmp_path, f"{FIRST}settings: {{hide_final_grades: true}}\n")
    lab.sandbox.faults.add(Fault(what="shape", body=body, method="GET", path=f"{COURSE}/settings"))
    plan = lab.plan()
    assert plan.errored
    assert [item.code for item in plan.diagnostics] == ["course-unreadable"]


def test_a_side_effect_that_cannot_be_read_back_is_unknown(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, f"{FIRST}attributes: {{license: cc_by}}\n", conclude_at="2026-12-01T07:00:00Z")
    plan = lab.plan()
    assert [effect.field for effect in plan.courses[0].side_effects] == ["attributes.end_at"]
    lab.sandbox.faults.add(Fault(what="reset", done=True, method="PUT"))
    lab.sandbox.faults.add(Fault(what="error", method="GET", path=COURSE, first=2))
    (course,) = lab.apply(plan, choice=Choice(allow=Risk.LOSSY)).courses
    assert verdicts(course) == {"license": Verdict.UNKNOWN, "end_at": Verdict.UNKNOWN}
    assert lab.sandbox.course(9001)["conclude_at"] is None


def test_a_progress_of_another_shape_is_waited_for_and_then_in_doubt(tmp_path: Path) -> None:
    lab = laboratory(
        tmp_path,
        "courses:\n"
        + "".join(f"  - {{id: {9001 + n}, attributes: {{workflow_state: available}}}}\n" for n in range(2)),
        courses=2,
    )
    fault = Fault(what="shape", body={"workflow_state": ["?"]}, method="GET", path="/api/v1/progress/*")
    report = applied(lab, fault)
    # What became of it is read from the courses.
    assert {item for course in report.courses for item in verdicts(course).values()} == {Verdict.APPLIED}


@pytest.mark.parametrize("body", [{}, [], {"id": "x", "workflow_state": ["?"]}], ids=repr)
def test_an_answer_to_a_batch_that_is_no_progress_is_in_doubt(tmp_path: Path, body: Any) -> None:
    entries = (f"  - {{id: {9001 + n}, attributes: {{workflow_state: available}}}}\n" for n in range(2))
    lab = laboratory(tmp_path, "courses:\n" + "".join(entries), courses=2)
    report = applied(lab, Fault(what="shape", body=body, method="PUT", path="/api/v1/accounts/*/courses"))
    # Canvas works on it all the same, and the courses are read until they show it.
    assert {item for course in report.courses for item in verdicts(course).values()} == {Verdict.APPLIED}


@pytest.mark.parametrize(
    ("status", "severity", "said", "hint"),
    [
        (
            500,
            Severity.WARNING,
            "Canvas failed at GET /api/v1/accounts/1 (500)",
            "Canvas's own logs say more; try again later.",
        ),
        (
            401,
            Severity.NOTE,
            "The token's user may not read /api/v1/accounts/1.",
            "Ask for the right to read the account.",
        ),
    ],
    ids=["it failed", "the token may not see it"],
)
def test_an_account_that_is_not_told_is_named_with_the_field_that_falls_back_to_it(
    tmp_path: Path, status: int, severity: Severity, said: str, hint: str
) -> None:
    lab = laboratory(tmp_path, f"{FIRST}attributes: {{time_zone: null}}\n", time_zone="Asia/Tokyo")
    account = Fault(what="error", method="GET", path="/api/v1/accounts/1", status=status, times=99)
    lab.sandbox.faults.add(account)
    plan = lab.plan()
    (course,) = plan.courses
    assert [item.field for item in course.unverified] == ["attributes.time_zone"]
    (found,) = [item for item in plan.diagnostics if item.code == "account-unread"]
    assert (found.severity, found.course, found.hint) == (severity, "9001", hint)
    assert found.detail.startswith(f"Account 1: {said}")
    assert "So attributes.time_zone, which is cleared to the value of that account," in found.detail
    assert str(found.position) == "courses.yaml:3:18"
