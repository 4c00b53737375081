"""`coursesync undo`: shown, asked and carried out as apply does it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from coursesync.cli.inputs import clock
from coursesync.documents import load_plan
from coursesync.sandbox import RunningSandbox
from coursesync.workflow.lock import locked
from tests.cli.conftest import COURSE, Command, edit_json, one_course


@pytest.fixture
def applied(project: Path, canvas: RunningSandbox, coursesync: Command) -> str:
    """A run that renamed the course and chose its licence, with a receipt."""
    one_course(project, "attributes: {name: Genetics, license: cc_by}")
    assert coursesync("apply", "--auto-approve", "--receipt", "receipt.json").code == 0
    return max((project / ".coursesync" / "runs").iterdir()).name


@pytest.mark.parametrize("how", ["last", "id", "beginning", "folder", "receipt"])
def test_a_run_is_named_in_any_way(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str, how: str
) -> None:
    name = {
        "last": "last",
        "id": applied,
        "beginning": applied[:10],
        "folder": f".coursesync/runs/{applied}",
        "receipt": "receipt.json",
    }[how]
    result = coursesync("undo", name, "--auto-approve")
    assert result.code == 0, result.said
    assert f"This puts back what run {applied} changed." in result.err
    assert canvas.sandbox.course(COURSE)["name"] == "Biology"
    assert "Applied 2 of 2 changes" in result.out


def test_without_a_terminal_nobody_can_be_asked(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    result = coursesync("undo", "last")
    assert result.code == 5
    assert "no terminal to ask" in result.said
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"


def test_a_plan_is_saved_reviewed_and_applied_although_the_manifests_differ(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    result = coursesync("undo", applied, "--out", "undo.json")
    assert result.code == 0
    assert "Plan: 2 changes in 1 course" in result.out
    plan = load_plan(Path("undo.json").read_text("utf-8"), name="undo.json")
    assert plan.undoes == applied
    assert coursesync("show", "undo.json").code == 0
    assert coursesync("apply", "undo.json").code == 0
    assert canvas.sandbox.course(COURSE)["name"] == "Biology"


def test_only_some_changes_are_put_back(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    coursesync("undo", "last", "--out", "undo.json")
    plan = load_plan(Path("undo.json").read_text("utf-8"), name="undo.json")
    number = next(item.id for item in plan.courses[0].changes if item.field == "attributes.license")
    assert coursesync("undo", "last", "--auto-approve", "--only", number).code == 0
    course = canvas.sandbox.course(COURSE)
    assert (course["name"], course["license"]) == ("Genetics", None)


def test_a_risk_of_the_way_back_must_be_allowed(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, workflow_state="available")
    one_course(project, "attributes: {workflow_state: completed}")
    assert coursesync("apply", "--auto-approve", "--allow", "lossy").code == 0
    refused = coursesync("undo", "last", "--auto-approve")
    assert refused.code == 5
    assert "--allow lossy" in refused.said
    assert coursesync("undo", "last", "--auto-approve", "--allow", "lossy").code == 0


def test_limits_of_the_project_hold_for_the_way_back_too(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    result = coursesync("undo", "last", "--auto-approve", "--max-changes", "1")
    assert result.code == 5
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"


def test_nothing_to_put_back_is_no_failure(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    assert coursesync("undo", applied, "--auto-approve").code == 0
    again = coursesync("undo", applied, "--auto-approve")
    assert again.code == 0
    assert "No changes. 1 course is as before." in again.err


def test_broken_manifests_do_not_stand_in_the_way(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    one_course(project, "attributes: {name: [broken")
    assert coursesync("undo", "last", "--auto-approve").code == 0


def test_a_receipt_of_another_canvas_is_refused(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    edit_json(Path("receipt.json"), lambda report: report["canvas"].update(url="https://other.example.edu"))
    result = coursesync("undo", "receipt.json", "--auto-approve")
    assert result.code == 5
    assert "was on https://other.example.edu" in result.said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": "1.0"}', '{"format_version": "9.0"}'])
def test_a_file_that_is_no_receipt_is_a_sentence(
    project: Path, canvas: RunningSandbox, coursesync: Command, text: str
) -> None:
    Path("receipt.json").write_text(text, "utf-8")
    result = coursesync("undo", "receipt.json")
    assert (result.code, canvas.sandbox.writes()) == (1, [])


def test_an_undo_waits_for_an_apply_that_is_under_way(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    with locked(project, owner="alice", host=socket.gethostname(), pid=os.getpid(), clock=clock()):
        result = coursesync("undo", "last", "--auto-approve")
    assert result.code == 5
    assert "alice" in result.said


def test_the_report_of_an_undo_names_the_run_and_is_no_base(
    project: Path, canvas: RunningSandbox, coursesync: Command, applied: str
) -> None:
    result = coursesync("undo", "last", "--auto-approve", "--format", "json", "--receipt", "back.json")
    report = json.loads(result.out)
    assert (report["undoes"], report["whole"]) == (applied, False)
    assert json.loads(Path("back.json").read_text("utf-8")) == report
