"""`drift` on the command line: its base, its exit codes, and its reports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, edit_json, manifest, one_course
from tests.repository import commit, git

DECLARED = "attributes: {default_view: assignments}"


@pytest.fixture
def repository(project: Path, canvas: RunningSandbox, coursesync: Command) -> Path:
    """A repository whose only course was applied from its only commit."""
    git(project, "init", "-q")
    one_course(project, DECLARED)
    commit(project)
    assert coursesync("apply", "--auto-approve").code == 0
    return project


def classes(result: Any) -> dict[str, str]:
    return {
        item["field"]: item["class"]
        for course in json.loads(result.out)["courses"]
        for item in course["fields"]
    }


def test_in_sync_is_0_and_any_difference_2(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    assert coursesync("drift").code == 0
    canvas.sandbox.edit(COURSE, default_view="feed")
    assert coursesync("drift").code == 2


def test_the_base_is_the_commit_of_the_last_apply(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, default_view="feed")
    result = coursesync("drift", "--format", "json")
    assert classes(result) == {"attributes.default_view": "live-changed"}
    document = json.loads(result.out)
    assert document["base"]["commit"] == git(repository, "rev-parse", "HEAD")
    assert document["run"] == document["base"]["run"]
    assert document["run"] in {path.name for path in (repository / ".coursesync" / "runs").iterdir()}


def test_a_commit_after_the_apply_is_a_change_of_config(repository: Path, coursesync: Command) -> None:
    one_course(repository, "attributes: {default_view: syllabus}")
    commit(repository)
    result = coursesync("drift", "--format", "json")
    assert classes(result) == {"attributes.default_view": "config-changed"}


def test_a_change_that_is_not_committed_is_one_of_config_too(repository: Path, coursesync: Command) -> None:
    one_course(repository, "attributes: {default_view: syllabus}")
    result = coursesync("drift", "--base", "HEAD", "--format", "json")
    assert classes(result) == {"attributes.default_view": "config-changed"}


def test_a_base_is_read_without_touching_the_work_tree(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(repository, "attributes: {default_view: syllabus}")
    manifest(repository, "stray: file\n", "untracked.yaml")
    before = git(repository, "status", "--porcelain"), (repository / "courses.yaml").read_text("utf-8")
    assert coursesync("drift", "--base", "main").code == 2
    assert (
        git(repository, "status", "--porcelain"),
        (repository / "courses.yaml").read_text("utf-8"),
    ) == before
    assert git(repository, "worktree", "list").count("\n") == 0


def test_a_base_brings_its_own_included_files(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(repository, "<p>Old</p>", "content/syllabus.html")
    one_course(repository, "attributes: {syllabus_body: {file: content/syllabus.html}}")
    commit(repository)
    assert coursesync("apply", "--auto-approve").code == 0
    manifest(repository, "<p>New</p>", "content/syllabus.html")
    result = coursesync("drift", "--base", "HEAD", "--format", "json")
    assert classes(result) == {"attributes.syllabus_body": "config-changed"}
    (course,) = json.loads(result.out)["courses"]
    assert course["fields"][0]["before"] == "<p>Old</p>"


def test_a_project_below_the_root_of_the_repository_has_a_base(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "-q")
    manifest(project, "manifests: [here]\n", "canvas/coursesync.yaml")
    manifest(project, f"courses:\n  - id: {COURSE}\n    {DECLARED}\n", "canvas/here/courses.yaml")
    commit(project)
    monkeypatch.chdir(project / "canvas" / "here")
    result = coursesync("drift", "--base", "HEAD", "--format", "json")
    assert classes(result) == {"attributes.default_view": "live-changed"}


def test_a_receipt_names_the_base(repository: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    one_course(repository, "attributes: {default_view: syllabus}")
    wanted = commit(repository)
    assert coursesync("apply", "--auto-approve", "--receipt", "out/receipt.json").code == 0
    canvas.sandbox.edit(COURSE, default_view="feed")
    result = coursesync("drift", "--receipt", "out/receipt.json", "--format", "json")
    assert classes(result) == {"attributes.default_view": "live-changed"}
    assert json.loads(result.out)["base"]["commit"] == wanted


def test_a_receipt_tells_pictures_apart_that_have_one_name_and_size(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    picture = repository / "bio.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\none")
    one_course(repository, "attributes: {image: {file: bio.png}}")
    commit(repository)
    assert coursesync("apply", "--auto-approve", "--receipt", "receipt.json").code == 0
    shutil.rmtree(repository / ".coursesync")
    assert coursesync("drift", "--receipt", "receipt.json").code == 0
    picture.write_bytes(b"\x89PNG\r\n\x1a\ntwo")
    assert coursesync("drift").code == 0
    assert coursesync("drift", "--receipt", "receipt.json").code == 2


def test_a_receipt_of_another_canvas_is_refused(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(repository, "attributes: {default_view: syllabus}")
    commit(repository)
    coursesync("apply", "--auto-approve", "--receipt", "receipt.json")
    edit_json(repository / "receipt.json", lambda it: it["canvas"].update(url="https://other.example.edu"))
    result = coursesync("drift", "--receipt", "receipt.json")
    assert result.code == 1
    assert "is of https://other.example.edu" in result.err


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format_version": "1.0"}', "\0"])
def test_a_receipt_that_is_none_is_refused(repository: Path, coursesync: Command, content: str) -> None:
    manifest(repository, content, "receipt.json")
    assert coursesync("drift", "--receipt", "receipt.json").code == 1


def test_an_apply_of_a_part_is_no_base(repository: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    first = git(repository, "rev-parse", "HEAD")
    manifest(repository, f"courses:\n  - id: {COURSE}\n    {DECLARED}\n  - id: 4102\n    {DECLARED}\n")
    commit(repository)
    assert coursesync("apply", "--auto-approve", "--target", "4102").code == 0
    assert json.loads(coursesync("drift", "--format", "json").out)["base"]["commit"] == first


def test_the_receipt_of_a_part_is_taken_with_a_warning(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(repository, f"courses:\n  - id: {COURSE}\n    {DECLARED}\n  - id: 4102\n    {DECLARED}\n")
    commit(repository)
    coursesync("apply", "--auto-approve", "--target", "4102", "--receipt", "receipt.json")
    result = coursesync("drift", "--receipt", "receipt.json")
    assert "base-unsure" in result.said
    assert "only a part" in result.said


def test_without_any_apply_two_sides_are_compared_and_it_says_so(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, DECLARED)
    result = coursesync("drift", "--format", "json")
    assert result.code == 2
    assert classes(result) == {"attributes.default_view": "differs"}
    document = json.loads(result.out)
    assert document["base"] is None
    assert [item["code"] for item in document["diagnostics"]] == ["no-base"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [(["live-changed"], 2), (["config-changed"], 0), (["conflict", "live-changed"], 2), (["both"], 0)],
)
def test_only_the_classes_asked_for_fail(
    repository: Path, canvas: RunningSandbox, coursesync: Command, wanted: list[str], code: int
) -> None:
    canvas.sandbox.edit(COURSE, default_view="feed")
    flags = [flag for name in wanted for flag in ("--fail-on", name)]
    assert coursesync("drift", *flags).code == code


def test_what_has_no_class_fails_whatever_was_asked_for(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, DECLARED)
    assert coursesync("drift", "--fail-on", "config-changed").code == 2


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nonsense", "knows no commit nonsense"),
        ("--help", "knows no commit"),
        ("HEAD:courses.yaml", "no commit"),
    ],
)
def test_a_ref_that_names_no_commit_is_refused(
    repository: Path, canvas: RunningSandbox, coursesync: Command, ref: str, said: str
) -> None:
    result = coursesync("drift", f"--base={ref}")
    assert result.code == 1
    assert said in result.err
    assert "fetch the whole history" in result.err


def test_a_base_needs_git(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    one_course(project, DECLARED)
    result = coursesync("drift", "--base", "HEAD")
    assert result.code == 1
    assert "is no git repository" in result.err


def test_a_base_whose_manifests_are_broken_is_refused_with_the_place(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(repository, "attributes: {default_veiw: feed}")
    commit(repository)
    one_course(repository, DECLARED)
    result = coursesync("drift", "--base", "HEAD")
    assert result.code == 1
    assert "base-broken" in result.err
    assert "courses.yaml:3:18" in result.err
    assert not [entry for entry in canvas.sandbox.log if entry.path.endswith("/settings")]


def test_a_base_and_a_receipt_exclude_each_other(repository: Path, coursesync: Command) -> None:
    manifest(repository, "{}", "receipt.json")
    assert coursesync("drift", "--base", "HEAD", "--receipt", "receipt.json").code == 1


def test_a_link_that_leads_out_of_the_project_is_not_followed_at_the_base(
    repository: Path, canvas: RunningSandbox, coursesync: Command, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.html"
    secret.write_text("<p>secret</p>", encoding="utf-8")
    (repository / "content.html").symlink_to(secret)
    one_course(repository, "attributes: {syllabus_body: {file: content.html}}")
    commit(repository)
    one_course(repository, DECLARED)
    (repository / "content.html").unlink()
    result = coursesync("drift", "--base", "HEAD")
    assert result.code == 1
    assert "missing-file" in result.said or "File not found" in result.said
    assert "<p>secret</p>" not in result.said


def test_nothing_is_written_to_canvas(repository: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    before = len(canvas.sandbox.writes())
    canvas.sandbox.edit(COURSE, default_view="feed")
    coursesync("drift", "--coverage", "--blame")
    assert len(canvas.sandbox.writes()) == before


def test_every_report_is_written_in_one_run(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, default_view="feed")
    formats = ("json", "markdown", "html", "junit", "sarif", "text")
    flags = [flag for name in formats for flag in ("--output", f"{name}=out/drift.{name}")]
    started = len(canvas.sandbox.log)
    assert coursesync("drift", *flags).code == 2
    asked = len(canvas.sandbox.log) - started
    for name in formats:
        assert "default_view" in (repository / "out" / f"drift.{name}").read_text("utf-8"), name
    assert asked <= 4


def test_a_token_that_is_refused_is_6_and_no_difference(
    repository: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANVAS_API_TOKEN", "nonsense")
    result = coursesync("drift", "--blame")
    assert result.code == 6
    assert "does not know this token" in result.err


def test_a_course_that_cannot_be_read_is_an_error_beside_the_differences(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(repository, f"courses:\n  - id: {COURSE}\n    {DECLARED}\n  - id: 99999\n    {DECLARED}\n")
    canvas.sandbox.edit(COURSE, default_view="feed")
    result = coursesync("drift", "--format", "json")
    assert result.code == 1
    document = json.loads(result.out)
    assert document["errored"]
    assert classes(result) == {"attributes.default_view": "live-changed"}
    assert [item["code"] for item in document["diagnostics"]] == ["course-not-found"]


def test_plan_takes_a_base_too(repository: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    canvas.sandbox.edit(COURSE, default_view="feed")
    result = coursesync("plan", "--base", "main", "--format", "json")
    assert result.code == 0
    (course,) = json.loads(result.out)["courses"]
    assert [change["class"] for change in course["changes"]] == ["live-changed"]
    assert coursesync("plan", "--base", "nonsense").code == 1


def test_a_plan_with_a_base_is_applied_as_any_other(
    repository: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, default_view="feed")
    assert coursesync("plan", "--base", "main", "--out", "plan.json").code == 0
    assert coursesync("apply", "plan.json").code == 0
    assert coursesync("drift").code == 0
