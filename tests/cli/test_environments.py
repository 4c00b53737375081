"""Which Canvas a command is about: -e, CANVAS_API_URL, default_environment, or the only one there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from coursesync.sandbox import Options, RunningSandbox, running
from tests.cli.conftest import COURSE, Command, Result, manifest, one_course


@pytest.fixture
def beta() -> Iterator[RunningSandbox]:
    """Another Canvas."""
    with running(Options(throttle=False)) as found:
        found.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO")
        yield found


@pytest.fixture
def both(
    project: Path, canvas: RunningSandbox, beta: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project of two environments, each with its own variable."""
    monkeypatch.delenv("CANVAS_API_URL")
    monkeypatch.delenv("CANVAS_API_TOKEN")
    monkeypatch.setenv("CANVAS_TOKEN_PROD", "sandbox-admin")
    monkeypatch.setenv("CANVAS_TOKEN_BETA", "sandbox-admin")
    named(project, canvas, beta)
    one_course(project, "attributes: {name: New}")
    return project


def named(project: Path, canvas: RunningSandbox, beta: RunningSandbox, more: str = "") -> None:
    manifest(
        project,
        "environments:\n"
        f"  production: {{url: {canvas.url}, account: 1, token_env: CANVAS_TOKEN_PROD}}\n"
        f"  beta: {{url: {beta.url}, account: 2, token_env: CANVAS_TOKEN_BETA}}\n{more}",
        "coursesync.yaml",
    )


def where(result: Result) -> str:
    assert result.code == 0, result.said
    return str(json.loads(result.out)["canvas"]["url"])


def test_an_environment_is_chosen_by_its_name(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    assert where(coursesync("plan", "-e", "beta", "--format", "json")) == beta.url
    assert where(coursesync("plan", "--environment", "production", "--format", "json")) == canvas.url
    assert {entry.token for entry in beta.sandbox.log} == {"sandbox-admin"}


def test_the_default_is_meant_where_nobody_says(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    named(both, canvas, beta, "default_environment: beta\n")
    assert where(coursesync("plan", "--format", "json")) == beta.url
    assert where(coursesync("plan", "-e", "production", "--format", "json")) == canvas.url


def test_without_a_default_one_of_several_must_be_named(both: Path, coursesync: Command) -> None:
    result = coursesync("plan")
    assert result.code == 1
    assert "names several environments, and none is the default." in result.err
    assert "-e NAME" in result.err
    assert "production, beta" in result.err


def test_the_address_of_the_environment_wins_over_the_default(
    both: Path,
    canvas: RunningSandbox,
    beta: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named(both, canvas, beta, "default_environment: beta\n")
    monkeypatch.setenv("CANVAS_API_URL", canvas.url)
    assert where(coursesync("plan", "--format", "json")) == canvas.url


def test_the_only_environment_needs_no_name(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_API_URL")
    manifest(project, f"environments: {{only: {{url: {canvas.url}}}}}\n", "coursesync.yaml")
    one_course(project, "attributes: {name: New}")
    assert where(coursesync("plan", "--format", "json")) == canvas.url


@pytest.mark.parametrize(
    "command",
    [
        ("validate",),
        ("plan",),
        ("apply", "--auto-approve"),
        ("drift",),
        ("accept", "--dry-run"),
        ("import", "1", "--dry-run"),
        ("explain", "settings.hide_final_grades", "--course", str(COURSE)),
    ],
    ids=lambda command: command[0],
)
def test_every_command_knows_when_a_name_is_none(
    both: Path, coursesync: Command, command: tuple[str, ...]
) -> None:
    result = coursesync(*command, "-e", "prodction")
    assert result.code == 1
    assert 'no environment called "prodction"' in result.err
    assert 'Did you mean "production"?' in result.err


@pytest.mark.parametrize(
    "command",
    [
        ("drift",),
        ("accept", "--dry-run"),
        ("import", "4101", "--dry-run"),
        ("explain", "settings.hide_final_grades", "--course", str(COURSE)),
        ("apply", "--auto-approve"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_goes_to_the_canvas_that_is_named(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command, command: tuple[str, ...]
) -> None:
    assert coursesync(*command, "-e", "beta").code in {0, 2}
    assert beta.sandbox.log
    assert canvas.sandbox.log == []


def test_the_account_is_that_of_the_environment(both: Path, coursesync: Command) -> None:
    manifest(both, "policies: [{name: all, select: {}, attributes: {locale: de}}]\n", "policy.yaml")
    for name, account in (("production", 1), ("beta", 2)):
        result = coursesync("plan", "-e", name, "--format", "json")
        assert json.loads(result.out)["canvas"]["account"] == account


def test_a_saved_plan_goes_to_the_environment_it_was_made_for(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    named(both, canvas, beta, "default_environment: production\n")
    assert coursesync("plan", "-e", "beta", "--out", "plan.json").code == 0
    refused = coursesync("apply", "plan.json", "-e", "production")
    assert (refused.code, "takes no -e" in refused.err) == (1, True)
    assert coursesync("apply", "plan.json").code == 0
    assert beta.sandbox.course(COURSE)["name"] == "New"
    assert canvas.sandbox.writes() == []


def test_a_plan_of_a_canvas_that_is_no_environment_is_refused(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    assert coursesync("plan", "-e", "beta", "--out", "plan.json").code == 0
    manifest(both, f"environments: {{production: {{url: {canvas.url}}}}}\n", "coursesync.yaml")
    result = coursesync("apply", "plan.json")
    assert result.code == 5
    assert f"The plan was made for {beta.url}" in result.err
    assert canvas.sandbox.log == []


def test_a_run_is_resumed_where_it_was_begun(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    named(both, canvas, beta, "default_environment: production\n")
    assert coursesync("apply", "-e", "beta", "--auto-approve").code == 0
    assert coursesync("apply", "--resume", "last", "-e", "beta").code == 1
    assert coursesync("apply", "--resume", "last").code == 0
    assert canvas.sandbox.log == []


@pytest.mark.parametrize(
    "command",
    [("plan",), ("explain", "attributes.name", "--course", COURSE)],
    ids=lambda command: command[0],
)
def test_a_saved_state_is_taken_for_an_environment_of_its_canvas(
    both: Path,
    canvas: RunningSandbox,
    beta: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    manifest(
        both,
        "environments:\n"
        f"  first: {{url: {beta.url}, account: 1, token_env: CANVAS_TOKEN_BETA}}\n"
        f"  second: {{url: {beta.url}, token_env: CANVAS_TOKEN_BETA, variables: {{title: Second}}}}\n"
        f"  elsewhere: {{url: {canvas.url}, token_env: CANVAS_TOKEN_PROD}}\n"
        "default_environment: elsewhere\n"
        "variables: {title: Of nobody}\n",
        "coursesync.yaml",
    )
    one_course(both, "attributes: {name: '${title}'}", course=f"{{second: {COURSE}, first: 1}}")
    assert coursesync("plan", "-e", "second", "--save-live", "live.json").code == 0
    monkeypatch.delenv("CANVAS_TOKEN_BETA")
    asked = len(beta.sandbox.log)
    result = coursesync(*command, "--live", "live.json", "-e", "second")
    assert (result.code, "Biology -> Second" in result.out) == (0, True)
    refused = coursesync(*command, "--live", "live.json", "-e", "elsewhere")
    assert refused.code == 1
    assert (
        f'The saved state is of {beta.url}, and the environment "elsewhere" is {canvas.url}.' in refused.err
    )
    assert "--save-live" in refused.err
    assert "no environment called" in coursesync(*command, "--live", "live.json", "-e", "secnd").err
    assert (len(beta.sandbox.log), canvas.sandbox.log) == (asked, [])


def test_a_plan_of_a_saved_state_names_its_environment(both: Path, coursesync: Command) -> None:
    assert coursesync("plan", "-e", "beta", "--save-live", "live.json").code == 0
    for chosen in ((), ("-e", "beta")):
        result = coursesync("plan", "--live", "live.json", *chosen, "--format", "json")
        document = json.loads(result.out)
        assert (document["environment"], document["canvas"]["account"]) == ("beta", 2)


def test_variables_are_those_of_the_environment(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    manifest(
        both,
        "environments:\n"
        f"  production: {{url: {canvas.url}, token_env: CANVAS_TOKEN_PROD}}\n"
        f"  beta: {{url: {beta.url}, token_env: CANVAS_TOKEN_BETA, variables: {{title: Copy, extra: x}}}}\n"
        "variables: {title: Biology 1}\n",
        "coursesync.yaml",
    )
    one_course(both, "attributes: {name: '${title}'}")
    for name, title in (("production", "Biology 1"), ("beta", "Copy")):
        assert coursesync("apply", "-e", name, "--auto-approve").code == 0
        there = canvas if name == "production" else beta
        assert there.sandbox.course(COURSE)["name"] == title
    one_course(both, "attributes: {name: '${extra}'}")
    result = coursesync("validate", "-e", "production")
    assert 'Only the environments beta set the variable extra, and this is about "production".' in (
        " ".join(result.out.split())
    )
    assert "and none is chosen" in " ".join(coursesync("validate").out.split())


def test_a_document_says_which_environment_it_is_of(both: Path, coursesync: Command) -> None:
    result = coursesync("plan", "-e", "beta", "--output", "markdown=p.md", "--output", "html=p.html")
    assert "\nPlan for beta: 1 change in 1 course" in result.out
    assert (both / "p.md").read_text("utf-8").startswith("### Plan for beta: 1 change")
    assert "Plan for beta: 1 change" in (both / "p.html").read_text("utf-8")
    assert json.loads(coursesync("plan", "-e", "beta", "--format", "json").out)["environment"] == "beta"
    assert "\nDrift in beta: 1 field" in coursesync("drift", "-e", "beta").out
    assert json.loads(coursesync("drift", "-e", "beta", "--format", "json").out)["environment"] == "beta"
    assert coursesync("apply", "-e", "beta", "--auto-approve").code == 0
    assert "No changes for beta. 1 course is as declared." in coursesync("plan", "-e", "beta").out
    assert "No drift in beta. 1 course is as declared" in coursesync("drift", "-e", "beta").out


def test_a_plan_without_an_environment_names_none(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: New}")
    assert json.loads(coursesync("plan", "--format", "json").out)["environment"] is None
    assert "\nPlan: 1 change" in coursesync("plan").out


def test_an_id_is_that_of_the_environment_and_others_are_counted(
    both: Path, canvas: RunningSandbox, beta: RunningSandbox, coursesync: Command
) -> None:
    beta.sandbox.add_course(id=77, name="Botany", course_code="BOT", sis_source_id="BOT")
    manifest(
        both,
        "courses:\n"
        f"  - id: {{production: {COURSE}}}\n    attributes: {{name: One}}\n"
        "  - id: {beta: sis_course_id:BOT}\n    attributes: {name: Two}\n",
    )
    plan = coursesync("plan", "-e", "beta")
    assert "Plan for beta: 1 change in 1 course (1 request). 1 entry is for other environments." in (
        " ".join(plan.out.split())
    )
    document = json.loads(coursesync("plan", "-e", "beta", "--format", "json").out)
    assert (document["courses"][0]["id"], document["summary"]["entries_elsewhere"]) == (77, 1)
    drift = json.loads(coursesync("drift", "-e", "production", "--format", "json").out)
    assert (drift["courses"][0]["id"], drift["totals"]["entries_elsewhere"]) == (COURSE, 1)
    assert coursesync("plan", "-e", "beta", "--target", "BOT").code == 0
    assert coursesync("plan", "-e", "beta", "--target", COURSE).code == 1
    assert coursesync("apply", "-e", "beta", "--auto-approve").code == 0
    assert beta.sandbox.course(77)["name"] == "Two"


def test_without_an_environment_an_id_by_environment_says_what_to_type(
    both: Path, coursesync: Command
) -> None:
    one_course(both, "attributes: {name: New}", course=f"{{production: {COURSE}, beta: {COURSE}}}")
    result = coursesync("validate")
    assert result.code == 1
    assert "error[environment-unknown]" in result.out
    assert "-e NAME" in result.out
    assert coursesync("validate", "-e", "beta").code == 0


def test_a_live_value_is_accepted_into_an_entry_with_an_id_by_environment(
    both: Path, coursesync: Command
) -> None:
    path = one_course(both, "attributes: {name: New}", course=f"{{production: {COURSE}, beta: {COURSE}}}")
    assert coursesync("accept", "-e", "beta").code == 0
    assert "attributes: {name: Biology}" in path.read_text("utf-8")
    result = coursesync("explain", "attributes.name", "--course", COURSE, "-e", "beta")
    assert (result.code, "courses.yaml:3" in result.out) == (0, True)


def test_a_saved_plan_takes_the_token_of_the_environment_it_was_made_for(
    both: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest(
        both,
        "environments:\n"
        f"  all: {{url: {canvas.url}, token_env: CANVAS_TOKEN_ALL}}\n"
        f"  arts: {{url: {canvas.url}, token_env: CANVAS_TOKEN_PROD}}\n",
        "coursesync.yaml",
    )
    assert coursesync("plan", "-e", "arts", "--out", "plan.json").code == 0
    assert coursesync("apply", "plan.json").code == 0


def test_a_course_that_need_not_exist_yet_is_left_out(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "missing: skip\n    attributes: {name: Later}", course="sis_course_id:LATER")
    for command in ("plan", "drift"):
        result = coursesync(command)
        assert result.code == 0, result.said
        assert "note[course-missing]" in result.out
        assert "No course was compared. 1 course does not exist yet." in " ".join(result.out.split())
        document = json.loads(coursesync(command, "--format", "json").out)
        assert document.get("summary", document.get("totals"))["courses_missing"] == 1
        assert document["errored"] is False
    assert coursesync("apply", "--auto-approve").code == 0
    assert coursesync("plan", "--save-live", "live.json").code == 0
    assert coursesync("plan", "--live", "live.json").code == 0
    canvas.sandbox.add_course(id=78, name="Now", sis_source_id="LATER")
    assert "Plan: 1 change in 1 course" in coursesync("plan").out


def test_without_missing_a_course_that_does_not_exist_is_an_error(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Later}", course="sis_course_id:LATER")
    result = coursesync("plan")
    assert (result.code, "error[course-not-found]" in result.out) == (1, True)


def test_a_report_names_the_environment_of_its_plan(both: Path, coursesync: Command) -> None:
    assert coursesync("plan", "-e", "beta", "--out", "plan.json").code == 0
    result = coursesync("apply", "plan.json", "--receipt", "receipt.json")
    assert "Applied to beta: 1 of 1 change in 1 course" in result.out
    assert json.loads((both / "receipt.json").read_text("utf-8"))["environment"] == "beta"


def test_a_run_is_put_back_in_the_environment_it_was_for(
    both: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_TOKEN_BETA")
    manifest(
        both,
        "environments:\n"
        f"  all: {{url: {canvas.url}, token_env: CANVAS_TOKEN_BETA}}\n"
        f"  arts: {{url: {canvas.url}, token_env: CANVAS_TOKEN_PROD}}\n",
        "coursesync.yaml",
    )
    assert coursesync("apply", "-e", "arts", "--auto-approve").code == 0
    assert "\nPlan for arts: 1 change" in coursesync("undo", "last", "--out", "undo.json").out
    assert json.loads((both / "undo.json").read_text("utf-8"))["environment"] == "arts"
    assert "Applied to arts: 1 of 1 change" in coursesync("apply", "undo.json").out
    assert canvas.sandbox.course(COURSE)["name"] == "Biology"
