"""Protections: what the project file says may never change does not, whatever declares it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coursesync.documents.text import digest_of
from coursesync.sandbox import Fault, RunningSandbox
from tests.cli.conftest import COURSE, Command, manifest, one_course

NEVER_UNPUBLISH = "{field: attributes.workflow_state, value: unpublished, reason: no unpublishing from git}"
NEVER_END_A_BLUEPRINT = "{field: blueprint.enabled, value: false}"
NO_DATES = '{field: "attributes.*_at", while: term-runs, reason: "students plan by them"}'
LOOSE = ("--auto-approve", "--allow", "destructive", "--max-risky-percent", "100")


def protect(project: Path, *rules: str) -> None:
    text = "".join(f"  - {rule}\n" for rule in rules)
    manifest(project, f"protect:\n{text}", "coursesync.yaml")


def forged(project: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Alter the course of a saved plan, and give the plan a digest that fits."""
    path = project / "plan.json"
    document = json.loads(path.read_text("utf-8"))
    change(document["courses"][0])
    document["digest"] = digest_of({key: value for key, value in document.items() if key != "digest"})
    path.write_text(json.dumps(document), "utf-8")


def refused(coursesync: Command, canvas: RunningSandbox, said: str, *, planned: int = 5) -> str:
    """Check that nothing is sent, not by a plan that was saved and not at once, and return what is said."""
    plan = coursesync("plan", "--out", "plan.json", "--detailed-exitcode")
    assert plan.code == planned
    assert said in " ".join(plan.out.split())
    for arguments in (("plan.json", *LOOSE[1:]), LOOSE):
        result = coursesync("apply", *arguments)
        assert result.code == 5
        assert said in result.err
        assert "No flag lifts a protection" in result.err
    assert canvas.sandbox.writes() == []
    return plan.out


def test_no_course_is_unpublished(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    canvas.sandbox.edit(COURSE, workflow_state="available")
    protect(project, NEVER_UNPUBLISH)
    one_course(project, "attributes: {workflow_state: unpublished, name: New}")
    said = "attributes.workflow_state may not become unpublished: no unpublishing from git."
    out = refused(coursesync, canvas, said)
    assert "coursesync.yaml:2:5: blocked[protection]: attributes.workflow_state" in out
    assert "Blocked by 1 protection: apply refuses this plan." in out


def test_a_plan_that_calls_a_protected_course_otherwise_is_refused_by_the_name_it_has(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {license: public_domain}")
    assert coursesync("plan", "--out", "plan.json").code == 0
    protect(project, '{field: attributes.license, courses: "Biol*", reason: the library sees to it}')
    forged(project, lambda course: course.update(name="Chemistry"))
    result = coursesync("apply", "plan.json")
    assert result.code == 5
    assert "attributes.license may not change: the library sees to it." in result.err
    assert list((project / ".coursesync" / "runs").iterdir()) == []
    assert coursesync("runs").out == "No runs yet.\n"
    assert canvas.sandbox.writes() == []


@pytest.mark.parametrize("rule", ["Chem*", "CHE-1"])
def test_a_course_that_was_renamed_since_the_plan_is_protected_by_its_new_name(
    project: Path, canvas: RunningSandbox, coursesync: Command, rule: str
) -> None:
    protect(project, f'{{field: attributes.license, courses: "{rule}"}}')
    one_course(project, "attributes: {license: public_domain}")
    assert coursesync("plan", "--out", "plan.json").code == 0
    canvas.sandbox.edit(COURSE, name="Chemistry", sis_source_id="CHE-1")
    assert coursesync("apply", "plan.json").code == 5
    assert canvas.sandbox.writes() == []


def test_a_course_that_a_rule_is_not_about_costs_one_more_request(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    protect(project, '{field: attributes.license, courses: "Chem*"}')
    one_course(project, "attributes: {license: public_domain}")
    assert coursesync("plan", "--out", "plan.json").code == 0
    assert coursesync("apply", "plan.json").code == 0
    assert canvas.sandbox.course(COURSE)["license"] == "public_domain"


def test_a_run_that_renamed_a_course_into_a_rule_is_taken_up_again(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    protect(project, '{field: settings.hide_final_grades, courses: "Chem*"}')
    one_course(project, "attributes: {name: Chemistry}\n    settings: {hide_final_grades: true}")
    canvas.sandbox.faults.add(Fault(what="expire", method="PUT", path="**/settings"))
    assert coursesync("apply", "--auto-approve").code == 6
    assert canvas.sandbox.course(COURSE)["name"] == "Chemistry"
    canvas.sandbox.faults.clear()
    assert coursesync("apply", "--resume", "last").code == 0


def test_publishing_is_no_unpublishing(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    protect(project, NEVER_UNPUBLISH)
    one_course(project, "attributes: {workflow_state: available}")
    assert coursesync("plan", "--detailed-exitcode").code == 2
    assert coursesync("apply", "--auto-approve").code == 0


def test_no_blueprint_is_turned_off(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    canvas.sandbox.edit(COURSE, blueprint=True)
    protect(project, NEVER_END_A_BLUEPRINT)
    one_course(project, "blueprint: {enabled: false}")
    refused(coursesync, canvas, "blueprint.enabled may not become false.")


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [
        pytest.param("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", True, id="it runs"),
        pytest.param("2000-01-01T00:00:00Z", None, True, id="it never ends"),
        pytest.param("2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z", False, id="it is to come"),
        pytest.param("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", False, id="it is over"),
    ],
)
def test_no_date_changes_while_the_term_runs(
    project: Path, canvas: RunningSandbox, coursesync: Command, start: str, end: str | None, runs: bool
) -> None:
    term = canvas.sandbox.course(COURSE)["enrollment_term_id"]
    canvas.sandbox.store.update("terms", term, {"start_at": start, "end_at": end})
    protect(project, NO_DATES)
    one_course(
        project,
        "attributes: {restrict_enrollments_to_course_dates: true, end_at: 2026-12-18T00:00:00Z}",
    )
    if runs:
        refused(coursesync, canvas, "attributes.end_at may not change while the term runs: students plan")
    else:
        assert coursesync("plan", "--detailed-exitcode").code == 2
        assert coursesync("apply", "--auto-approve").code == 0


def test_a_side_effect_is_held_to_it_too(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    canvas.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    protect(project, "{field: attributes.end_at, value: null}")
    one_course(project, "attributes: {name: New}")
    refused(coursesync, canvas, "This plan would change it as a side effect in course 9001.")


def test_a_value_canvas_never_shows_is_protected_when_it_would_be_sent(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    protect(project, "{field: attributes.enable_offline_web_export, value: true}")
    one_course(project, "attributes: {enable_offline_web_export: true, name: New}")
    planned = coursesync("plan", "--out", "plan.json", "--detailed-exitcode")
    assert planned.code == 2
    assert "would change it with --send-unverified in course 9001" in " ".join(planned.out.split())
    assert "Blocked by" not in planned.out
    result = coursesync("apply", "plan.json", "--send-unverified", "--allow", "destructive")
    assert (result.code, "may not become true" in result.err) == (5, True)
    assert canvas.sandbox.writes() == []
    assert coursesync("apply", "plan.json").code == 0


def test_a_rule_outlives_the_entry_of_its_course(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, workflow_state="available")
    protect(
        project,
        f"{{field: attributes.workflow_state, value: unpublished, courses: {COURSE!r}}}".replace(
            "9001", '"9001"'
        ),
    )
    one_course(project, "attributes: {name: Old}").unlink()
    manifest(
        project,
        "policies:\n  - name: all\n    select: {account: 1, name: Biology}\n"
        "    attributes: {workflow_state: unpublished}\n",
        "policy.yaml",
    )
    refused(coursesync, canvas, "may not become unpublished")


def test_a_plan_keeps_its_protections_where_there_is_no_project_file(
    project: Path,
    canvas: RunningSandbox,
    coursesync: Command,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canvas.sandbox.edit(COURSE, workflow_state="available")
    protect(project, NEVER_UNPUBLISH)
    one_course(project, "attributes: {workflow_state: unpublished, name: New}")
    coursesync("plan", "--out", "plan.json")
    plan = (project / "plan.json").resolve()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    result = coursesync("apply", plan, "--allow", "destructive")
    assert result.code == 5
    assert "change the rule at coursesync.yaml:2" in result.err
    ids = {item["field"]: item["id"] for item in json.loads(plan.read_text())["courses"][0]["changes"]}
    assert coursesync("apply", plan, "--only", ids["attributes.name"]).code == 0
    assert canvas.sandbox.course(COURSE)["workflow_state"] == "available"


def test_a_plan_is_held_to_the_rules_of_today(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: New}")
    assert coursesync("plan", "--out", "plan.json").code == 0
    protect(project, "{field: attributes.name}")
    assert coursesync("apply", "plan.json").code == 5
    assert canvas.sandbox.writes() == []


def test_several_rules_are_all_told(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    protect(project, "{field: attributes.name}", "{field: attributes.locale}")
    one_course(project, "attributes: {name: New, locale: de}")
    result = coursesync("apply", "--auto-approve", "--max-changes", "1", "--quiet")
    assert result.code == 5
    said = result.err[result.err.index("Error:") :]
    assert "Error: Several rules stand against this." in said
    for reason in ("The plan makes 2 changes", "attributes.name may not change", "attributes.locale may not"):
        assert reason in said


def test_validate_tells_what_is_wrong_with_a_rule(project: Path, coursesync: Command) -> None:
    protect(project, "{field: attributes.worklow_state}")
    one_course(project, "attributes: {name: New}")
    result = coursesync("validate")
    assert result.code == 1
    assert 'Did you mean "attributes.workflow_state"?' in result.said
    assert "coursesync.yaml:2:13: error[unknown-field]" in result.said


def term_of(canvas: RunningSandbox, start: str, end: str) -> None:
    term = canvas.sandbox.course(COURSE)["enrollment_term_id"]
    canvas.sandbox.store.update("terms", term, {"start_at": start, "end_at": end})


def test_a_term_that_began_since_the_plan_protects_its_dates(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    term_of(canvas, "2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    protect(project, NO_DATES)
    one_course(
        project, "attributes: {restrict_enrollments_to_course_dates: true, end_at: 2998-02-01T00:00:00Z}"
    )
    assert coursesync("plan", "--out", "plan.json").code == 0
    term_of(canvas, "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    result = coursesync("apply", "plan.json")
    assert result.code == 5
    assert "attributes.end_at may not change while the term runs" in result.err
    assert canvas.sandbox.writes() == []
    assert not (project / ".coursesync" / "runs").exists() or not list(
        (project / ".coursesync" / "runs").glob("*/plan.json")
    )


def test_dates_that_a_side_effect_erases_are_kept_while_the_term_runs(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    protect(project, NO_DATES)
    one_course(project, "attributes: {name: New}")
    term_of(canvas, "2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    assert coursesync("plan").code == 0
    term_of(canvas, "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    refused(coursesync, canvas, "attributes.end_at may not change while the term runs")


def test_an_undo_is_held_to_it_too(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    protect(project, NEVER_UNPUBLISH)
    one_course(project, "attributes: {workflow_state: available}")
    assert coursesync("apply", "--auto-approve").code == 0
    sent = len(canvas.sandbox.writes())
    planned = coursesync("undo", "last", "--out", "undo.json")
    assert (planned.code, "blocked[protection]" in planned.out) == (5, True)
    for arguments in (("undo", "last", "--auto-approve"), ("apply", "undo.json")):
        result = coursesync(*arguments, "--allow", "destructive")
        assert (result.code, "may not become unpublished" in result.err) == (5, True)
    assert len(canvas.sandbox.writes()) == sent


def test_an_undo_is_held_to_limits(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    one_course(project, "attributes: {name: New, locale: de}")
    assert coursesync("apply", "--auto-approve").code == 0
    manifest(project, "limits: {changes: 1}\n", "coursesync.yaml")
    refusal = coursesync("undo", "last", "--auto-approve", *LOOSE[1:])
    assert (refusal.code, "--max-changes 2" in refusal.err) == (5, True)
    assert coursesync("undo", "last", "--auto-approve", *LOOSE[1:], "--max-changes", "2").code == 0
    assert canvas.sandbox.course(COURSE)["name"] == "Biology"
