"""Variables on the command line: which commands take them, and what plans say and rest on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, manifest, one_course

COMMANDS = [
    ("validate",),
    ("plan",),
    ("apply", "--auto-approve"),
    ("drift",),
    ("accept", "--dry-run"),
    ("import", "4101", "--dry-run"),
    ("explain", "attributes.name", "--course", str(COURSE)),
]


@pytest.fixture
def named(project: Path, canvas: RunningSandbox) -> Path:
    """A project in which the name of a course is a variable."""
    manifest(project, "variables: {title: Botany}\n", "coursesync.yaml")
    one_course(project, "attributes: {name: '${title}'}")
    return project


def after(coursesync: Command, *arguments: object) -> object:
    result = coursesync("plan", *arguments, "--format", "json")
    assert result.code == 0, result.said
    (course,) = json.loads(result.out)["courses"]
    return course["changes"][0]["after"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_that_reads_manifests_takes_variables(
    project: Path, canvas: RunningSandbox, coursesync: Command, command: tuple[str, ...]
) -> None:
    one_course(project, "attributes: {name: '${title}', course_code: '${code}'}")
    manifest(project, "code: BOT\n", "v.yaml")
    missing = coursesync(*command)
    assert (missing.code, "No variable is called title." in missing.said) == (1, True)
    result = coursesync(*command, "--var", "title=Botany", "--var-file", "v.yaml")
    # What Canvas has is not written into a variable.
    assert result.code == 1 if command[0] == "accept" else result.code in {0, 2}
    assert "No variable" not in result.said


def test_flags_win_over_files_and_files_over_the_project(named: Path, coursesync: Command) -> None:
    manifest(named, "title: Zoology\n", "v.yaml")
    assert after(coursesync) == "Botany"
    assert after(coursesync, "--var-file", "v.yaml") == "Zoology"
    assert after(coursesync, "--var", "title=Ecology", "--var-file", "v.yaml") == "Ecology"
    assert after(coursesync, "--var", "title=a", "--var", 'title="7"') == "7"


def test_a_plan_says_which_variable_gave_a_value(named: Path, coursesync: Command) -> None:
    result = coursesync("plan", "--format", "json", "--var", "title=Ecology")
    (change,) = json.loads(result.out)["courses"][0]["changes"]
    assert change["origin"] == [
        {"file": "courses.yaml", "line": 3, "column": 18, "layer": "course (${title} from --var)"}
    ]
    assert "set by course (${title} from coursesync.yaml:1:13)" in coursesync("plan", "-v").out


def test_explain_says_which_variable_gave_a_value(named: Path, coursesync: Command) -> None:
    result = coursesync("explain", "attributes.name", "--course", COURSE)
    assert "(${title} from coursesync.yaml:1:13)" in " ".join(result.out.split())


def test_a_value_of_the_wrong_type_names_the_variable(named: Path, coursesync: Command) -> None:
    result = coursesync("validate", "--var", "title=2026")
    assert result.code == 1
    assert "courses.yaml:3:24" in result.out
    assert "The value is that of ${title} from --var." in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("title", "is not NAME=VALUE."),
        ("=x", "is no name of a variable"),
        ("9=x", "is no name of a variable"),
        ("title=", "Nothing stands after title."),
        ("title=a: b", "is no single value to YAML. Quote it: --var 'title=\"…\"'"),
        ("title=[a]", "is no single value to YAML."),
        ("title=${other}", "refers to a variable"),
    ],
)
def test_a_flag_that_is_no_variable_is_wrong_usage(
    named: Path, coursesync: Command, flag: str, said: str
) -> None:
    result = coursesync("plan", "--var", flag)
    assert (result.code, result.out) == (1, "")
    assert said in " ".join(result.err.split())


def test_a_flag_that_nothing_uses_is_told(named: Path, coursesync: Command) -> None:
    result = coursesync("validate", "--var", "titel=Zoology")
    assert result.code == 0
    assert "warning[unused-variable]" in result.out
    assert "Did you mean --var title=VALUE?" in result.out
    assert coursesync("validate", "--var", "titel=Zoology", "--strict").code == 1
    assert "unused" not in coursesync("validate", "--var", "title=Zoology").out


def test_no_variable_comes_from_the_environment(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET", "COURSESYNC_VAR_secret", "TF_VAR_secret"):
        monkeypatch.setenv(name, "squeamish")
    one_course(project, "attributes: {name: '${CANVAS_API_TOKEN} ${SECRET} ${secret}'}")
    result = coursesync("plan")
    assert result.code == 1
    assert "No variable is called CANVAS_API_TOKEN." in result.said
    assert "squeamish" not in result.said


def test_a_variable_that_holds_the_token_is_refused(named: Path, coursesync: Command) -> None:
    # The fixture of the command fails where the token is shown.
    result = coursesync("plan", "--var", "title=x sandbox-admin")
    assert result.code == 1
    assert "The variable title holds the token of CANVAS_API_TOKEN" in result.err
    manifest(named, "title: sandbox-admin\n", "v.yaml")
    assert coursesync("validate", "--var-file", "v.yaml").code == 1


def test_a_saved_plan_takes_no_variables(named: Path, coursesync: Command) -> None:
    manifest(named, "title: Zoology\n", "v.yaml")
    assert coursesync("plan", "--out", "plan.json").code == 0
    for flags in (("--var", "title=x"), ("--var-file", "v.yaml")):
        result = coursesync("apply", "plan.json", *flags)
        assert result.code == 1
        assert "holds its values already, and takes no --var" in result.err
    resumed = coursesync("apply", "--resume", "last", "--var", "title=x")
    assert (resumed.code, "--var" in resumed.err) == (1, True)


def test_a_plan_of_other_variables_is_another_plan(
    named: Path, coursesync: Command, canvas: RunningSandbox
) -> None:
    manifest(named, "title: Zoology\n", "v.yaml")
    plan = ("plan", "--var-file", "v.yaml", "--out", "plan.json")
    assert coursesync(*plan).code == 0
    source = json.loads((named / "plan.json").read_text("utf-8"))["source"]["manifests"]
    assert [file["path"] for file in source] == ["courses.yaml", "coursesync.yaml", "v.yaml"]
    for name, text in (("v.yaml", "title: Other\n"), ("coursesync.yaml", "variables: {title: Other}\n")):
        before = (named / name).read_text("utf-8")
        manifest(named, text, name)
        result = coursesync("apply", "plan.json")
        assert (result.code, name in result.err) == (3, True)
        manifest(named, before, name)
    (named / "v.yaml").rename(named / "w.yaml")
    assert coursesync("apply", "plan.json").code == 3
    (named / "w.yaml").rename(named / "v.yaml")
    assert coursesync("apply", "plan.json").code == 0
    assert canvas.sandbox.course(COURSE)["name"] == "Zoology"


def test_a_manifest_that_the_project_leaves_out_now_makes_a_plan_stale(
    named: Path, coursesync: Command
) -> None:
    manifest(named, "profiles: {p: {}}\n", "more/p.yaml")
    assert coursesync("plan", "--out", "plan.json").code == 0
    manifest(named, "variables: {title: Botany}\n", "coursesync.yaml")
    manifest(named, "manifests: [courses.yaml]\nvariables: {title: Botany}\n", "coursesync.yaml")
    result = coursesync("apply", "plan.json")
    assert (result.code, "more/p.yaml" in result.err) == (3, True)


def test_accept_leaves_a_variable_as_it_is(named: Path, coursesync: Command, canvas: RunningSandbox) -> None:
    result = coursesync("accept")
    assert result.code == 1
    assert "is written with a variable here" in " ".join(result.said.split())
    assert "${title}" in (named / "courses.yaml").read_text("utf-8")


def _git(*arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.edu")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def test_the_base_is_read_with_the_variables_it_had(
    named: Path, coursesync: Command, canvas: RunningSandbox
) -> None:
    manifest(named, "code: BIO\n", "v.yaml")
    one_course(named, "attributes: {name: '${title}', course_code: '${code}'}")
    manifest(named, "variables: {title: Biology}\n", "coursesync.yaml")
    _git("init", "-q")
    _git("add", ".")
    _git("commit", "-qm", "one")
    manifest(named, "variables: {title: Botany}\n", "coursesync.yaml")
    manifest(named, "code: BOT\n", "v.yaml")
    result = coursesync("drift", "--base", "HEAD", "--var-file", "v.yaml", "--format", "json")
    assert result.code == 2, result.said
    fields = json.loads(result.out)["courses"][0]["fields"]
    assert [(item["field"], item["class"], item["before"], item["after"]) for item in fields] == [
        ("attributes.name", "config-changed", "Biology", "Botany"),
        ("attributes.course_code", "config-changed", "BIO", "BOT"),
    ]


def test_a_flag_holds_for_the_base_too(named: Path, coursesync: Command) -> None:
    _git("init", "-q")
    _git("add", ".")
    _git("commit", "-qm", "one")
    result = coursesync("drift", "--base", "HEAD", "--var", "title=Ecology", "--format", "json")
    (field,) = json.loads(result.out)["courses"][0]["fields"]
    assert (field["class"], field["before"], field["after"]) == ("live-changed", "Ecology", "Ecology")
