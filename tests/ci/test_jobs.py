"""The jobs against a Canvas and both forges: what people see, and which plan is applied."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coursesync.cli import run
from coursesync.documents import load_plan, load_report
from coursesync.sandbox import RunningSandbox
from tests.ci.conftest import of_canvas
from tests.ci.fake_github import REPO, FakeGitHub, event
from tests.ci.fake_gitlab import FakeGitLab
from tests.repository import commit, git

CHANGE = 5
HEAD = "b" * 40
BIOLOGY = "sis_course_id:BIO-101-2026FA"


@dataclass
class Outcome:
    """What a job left."""

    code: int
    out: str
    err: str
    folder: Path
    summary: str


@dataclass
class GitHubSide:
    """Jobs on GitHub."""

    forge: FakeGitHub
    repo: Path
    canvas: RunningSandbox
    say: Any
    monkeypatch: pytest.MonkeyPatch
    tmp: Path
    name: str = "github"

    def job(self, *arguments: str, change: int | None = None, token: bool = True, **more: str) -> Outcome:
        summary = self.tmp / "summary.md"
        summary.write_text("", "utf-8")
        given = self.forge.environment(
            self.repo,
            GITHUB_EVENT_PATH=event(self.tmp / "event.json", change),
            GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_SHA=git(self.repo, "rev-parse", "HEAD"),
        )
        return ran(self, {**given, **more}, arguments, token=token, summary=summary)

    def plan(self, *arguments: str) -> Outcome:
        """Plan the change, and keep what its run leaves."""
        outcome = self.job("plan", *arguments, change=CHANGE)
        self.keep("coursesync-plan", self.forge.run(head=HEAD))
        return outcome

    def keep(self, artifact: str, number: int) -> dict[str, Any]:
        return self.forge.upload_folder(number, artifact, self.repo / "coursesync-report")

    def by_hand(self) -> int:
        return self.forge.run(head="0" * 40, event="workflow_dispatch", branch="main")

    def on_main(self) -> int:
        return self.forge.run(head="0" * 40, event="push", branch="main")

    def merge(self, *, foreign: bool = False) -> str:
        """Merge by squashing, and return the commit."""
        made = (
            commit(self.repo, "Squashed") if git(self.repo, "status", "--porcelain") else squashed(self.repo)
        )
        self.forge.merge(CHANGE, commit=made, head=HEAD, repo="somebody/courses" if foreign else REPO)
        return made

    def comments(self) -> list[str]:
        return [item["body"] for item in self.forge.comments.get(CHANGE, [])]

    def forged(self) -> None:
        self.forge.say(CHANGE, f"<!-- coursesync plan={'f' * 64} -->\nMine", login="mallory")

    def expire(self) -> None:
        for item in self.forge.artifacts:
            item["expired"] = True


@dataclass
class GitLabSide(GitHubSide):
    """Jobs on GitLab."""

    forge: FakeGitLab = field()  # type: ignore[assignment]
    name: str = "gitlab"

    def job(self, *arguments: str, change: int | None = None, token: bool = True, **more: str) -> Outcome:
        given = self.forge.environment(self.repo, CI_COMMIT_SHA=git(self.repo, "rev-parse", "HEAD"))
        if change:
            given |= {"CI_MERGE_REQUEST_IID": str(change), "CI_MERGE_REQUEST_PROJECT_ID": "7"}
        return ran(self, {**given, **more}, arguments, token=token, summary=None)

    def plan(self, *arguments: str) -> Outcome:
        outcome = self.job("plan", *arguments, change=CHANGE)
        self.keep("coursesync-plan", self.forge.pipeline(CHANGE))
        return outcome

    def keep(self, artifact: str, number: int) -> dict[str, Any]:
        return self.forge.job_of_folder(number, artifact, self.repo / "coursesync-report")

    def by_hand(self) -> int:
        return self.forge.pipeline(None, source="web", ref="main")

    def on_main(self) -> int:
        return self.forge.pipeline(None, source="push", ref="main")

    def merge(self, *, foreign: bool = False) -> str:
        made = (
            commit(self.repo, "Squashed") if git(self.repo, "status", "--porcelain") else squashed(self.repo)
        )
        self.forge.merge(CHANGE, head=HEAD, project=8 if foreign else 7, squash_commit_sha=made)
        return made

    def comments(self) -> list[str]:
        return [item["body"] for item in self.forge.notes.get(CHANGE, [])]

    def forged(self) -> None:
        self.forge.say(CHANGE, f"<!-- coursesync plan={'f' * 64} -->\nMine", author=13)

    def expire(self) -> None:
        for job in self.forge.jobs:
            job["files"] = None


def ran(
    side: GitHubSide, given: dict[str, str], arguments: tuple[str, ...], *, token: bool, summary: Path | None
) -> Outcome:
    more = of_canvas(side.canvas) if token else {}
    for name in of_canvas(side.canvas):
        side.monkeypatch.delenv(name, raising=False)
    for name, value in {**given, **more}.items():
        side.monkeypatch.setenv(name, value)
    side.say.readouterr()
    code = run(["ci", *arguments])
    said = side.say.readouterr()
    assert "sandbox-admin" not in said.out + said.err
    text = summary.read_text("utf-8") if summary else ""
    return Outcome(code, said.out, said.err, side.repo / "coursesync-report", text)


def squashed(repo: Path) -> str:
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--allow-empty", "-m", "Squashed")
    return git(repo, "rev-parse", "HEAD")


@pytest.fixture(params=["github", "gitlab"])
def forge(
    request: pytest.FixtureRequest,
    repo: Path,
    canvas: RunningSandbox,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> GitHubSide:
    kind: Callable[..., GitHubSide] = GitHubSide if request.param == "github" else GitLabSide
    return kind(
        forge=request.getfixturevalue(request.param),
        repo=repo,
        canvas=canvas,
        say=capsys,
        monkeypatch=monkeypatch,
        tmp=tmp_path,
    )


# What does not depend on the forge is tried on one.
github_alone = pytest.mark.parametrize("forge", ["github"], indirect=True)


def edit(repo: Path, view: str = "assignments") -> None:
    file = repo / "courses" / "example.yaml"
    file.write_text(re.sub(r"default_view: \w+", f"default_view: {view}", file.read_text("utf-8")), "utf-8")


def biology(canvas: RunningSandbox) -> Any:
    sandbox = canvas.sandbox
    return next(
        sandbox.course(number)
        for number in sandbox.course_ids()
        if f"sis_course_id:{sandbox.course(number)['sis_source_id']}" == BIOLOGY
    )


def test_a_plan_is_one_comment_edited_in_place(forge: GitHubSide) -> None:
    forge.forged()
    first = forge.plan()
    assert first.code == 0, first.err
    plan = load_plan((first.folder / "plan.json").read_text("utf-8"), name="plan")
    mine, ours = forge.comments()
    assert mine.endswith("Mine")
    assert ours.startswith(f"<!-- coursesync plan={plan.digest} -->\n\n### Plan: 5 changes in 2 courses")
    assert "https://forge.example/" in ours
    assert {file.name for file in first.folder.iterdir()} >= {
        "plan.json",
        "plan.html",
        "plan.md",
        "plan.sarif",
    }
    edit(forge.repo)
    forge.job("plan", change=CHANGE)
    again = forge.comments()
    assert len(again) == 2
    assert again[0] == mine
    assert again[1] != ours
    assert "assignments" in again[1]
    assert forge.canvas.sandbox.writes() == []


def test_our_comment_is_found_on_a_later_page(forge: GitHubSide) -> None:
    for _ in range(5):
        forge.forged()
    forge.plan()
    for _ in range(3):
        forge.forged()
    forge.plan()
    assert len([text for text in forge.comments() if not text.endswith("Mine")]) == 1
    assert len(forge.comments()) == 9


def test_the_plan_that_was_shown_is_the_one_applied(forge: GitHubSide) -> None:
    forge.plan()
    merged = forge.merge()
    done = forge.job("apply")
    assert done.code == 0, done.err
    assert biology(forge.canvas)["default_view"] == "syllabus"
    receipt = load_report((done.folder / "receipt.json").read_text("utf-8"), name="receipt")
    assert receipt.source.commit == merged
    assert not receipt.source.dirty
    (comment,) = forge.comments()
    assert comment.startswith(f"<!-- coursesync plan={receipt.plan_digest} -->\n\n### Applied")
    assert {file.name for file in done.folder.iterdir()} >= {"plan.json", "receipt.json", "apply.html"}


@github_alone
def test_applying_once_more_after_it_ended_changes_nothing(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    assert forge.job("apply").code == 0
    sent = len(forge.canvas.sandbox.writes())
    assert forge.job("apply").code == 0
    assert len(forge.canvas.sandbox.writes()) == sent


def test_manifests_that_moved_on_before_the_merge_make_the_plan_stale(forge: GitHubSide) -> None:
    forge.plan()
    edit(forge.repo)
    forge.merge()
    done = forge.job("apply")
    assert done.code == 3
    assert "other versions of courses/example.yaml" in done.err
    assert "Or start this pipeline by hand" in forge.comments()[0]
    assert forge.canvas.sandbox.writes() == []


@github_alone
def test_a_canvas_that_moved_on_fails_with_3(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    forge.canvas.sandbox.edit(biology(forge.canvas)["id"], default_view="feed")
    done = forge.job("apply")
    assert done.code == 3
    assert "exit code 3" in forge.comments()[0]


def test_a_plan_that_expired_fails_and_says_what_to_do(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    forge.expire()
    done = forge.job("apply")
    assert done.code == 5
    assert "Change 5 left no plan for its last commit, or the plan has expired." in done.err
    assert "start this pipeline by hand" in done.err
    assert forge.canvas.sandbox.writes() == []


def test_a_plan_other_than_the_one_shown_is_not_applied(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    shown = forge.comments()[0]
    edited = re.sub(r"plan=\w{64}", f"plan={'0' * 64}", shown)
    store = forge.forge.comments if forge.name == "github" else forge.forge.notes  # type: ignore[attr-defined]
    store[CHANGE][0]["body"] = edited
    done = forge.job("apply")
    assert done.code == 3
    assert "is not the one of its last run" in done.err
    assert forge.canvas.sandbox.writes() == []


def test_somebody_elses_comment_decides_nothing(forge: GitHubSide) -> None:
    forge.forged()
    forge.plan()
    forge.merge()
    assert forge.job("apply").code == 0


@github_alone
def test_a_commit_without_a_review_is_not_applied(forge: GitHubSide) -> None:
    edit(forge.repo)
    commit(forge.repo)
    done = forge.job("apply")
    assert done.code == 5
    assert "nobody reviewed it" in done.err
    assert forge.canvas.sandbox.writes() == []


def test_a_change_from_a_fork_is_not_applied(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge(foreign=True)
    done = forge.job("apply")
    assert done.code == 5
    assert "came from a fork" in done.err
    assert forge.canvas.sandbox.writes() == []


@github_alone
def test_without_a_review_and_without_a_change_there_is_nothing_to_fail(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    forge.job("apply")
    (forge.repo / "README.md").write_text("# Ours\n", "utf-8")
    commit(forge.repo)
    assert forge.job("apply").code == 0


def test_a_plan_made_by_hand_is_applied_by_its_number(forge: GitHubSide) -> None:
    assert forge.job("plan").code == 0
    number = forge.by_hand()
    forge.keep("coursesync-plan", number)
    assert forge.comments() == []
    assert forge.job("apply", f"--run={number}").code == 0
    assert biology(forge.canvas)["default_view"] == "syllabus"


def test_the_number_of_a_run_that_was_no_plan_by_hand_applies_nothing(forge: GitHubSide) -> None:
    forge.plan()
    forged = forge.forge.runs[0]["id"] if forge.name == "github" else forge.forge.pipelines[0]["id"]  # type: ignore[attr-defined]
    done = forge.job("apply", f"--run={forged}")
    assert done.code == 5
    assert "left no plan, or it has expired" in done.err


def test_what_is_risky_waits_for_a_flag_and_the_comment_says_so(forge: GitHubSide) -> None:
    forge.canvas.sandbox.edit(biology(forge.canvas)["id"], conclude_at="2026-12-18T07:00:00Z")
    edit(forge.repo)
    planned = forge.plan()
    assert planned.code == 0
    assert "1 lossy" in forge.comments()[0]
    forge.merge()
    done = forge.job("apply")
    assert done.code == 5, done.out
    assert "exit code 5" in forge.comments()[0]
    assert forge.job("apply", "--allow", "lossy").code == 0


def test_drift_fails_with_2_and_knows_which_side_moved(forge: GitHubSide) -> None:
    forge.plan()
    forge.merge()
    forge.job("apply")
    forge.keep("coursesync-apply", forge.on_main())
    assert forge.job("drift", "--save-live").code == 0
    forge.canvas.sandbox.edit(biology(forge.canvas)["id"], default_view="feed")
    done = forge.job("drift", "--save-live")
    assert done.code == 2
    document = json.loads((done.folder / "drift.json").read_text("utf-8"))
    assert [item["class"] for item in document["courses"][0]["fields"]] == ["live-changed"]
    assert document["base"]["commit"] == git(forge.repo, "rev-parse", "HEAD")
    assert {"drift.html", "drift.xml", "live.json"} <= {file.name for file in done.folder.iterdir()}


@github_alone
def test_drift_without_a_receipt_compares_two_sides(forge: GitHubSide) -> None:
    done = forge.job("drift")
    assert done.code == 2
    assert "There is no receipt.json" in done.err


def test_a_fork_is_validated_and_planned_against_a_saved_state_without_a_token(forge: GitHubSide) -> None:
    forge.job("drift", "--save-live")
    forge.keep("coursesync-drift", forge.on_main())
    edit(forge.repo)
    done = forge.job("check", change=CHANGE, token=False, GITHUB_BASE_REF="main")
    assert done.code == 0, done.err
    assert "assignments" in (done.folder / "plan.md").read_text("utf-8")
    assert forge.comments() == []


@github_alone
def test_check_without_a_saved_state_validates(forge: GitHubSide) -> None:
    done = forge.job("check", change=CHANGE, token=False, GITHUB_BASE_REF="main")
    assert done.code == 0
    assert "There is no live.json" in done.err


def test_check_fails_on_a_problem_and_shows_it_at_its_line(forge: GitHubSide) -> None:
    file = forge.repo / "courses" / "example.yaml"
    file.write_text(file.read_text("utf-8").replace("default_view", "default_veiw"), "utf-8")
    done = forge.job("check", change=CHANGE, token=False)
    assert done.code == 1
    if forge.name == "github":
        assert "\n::error file=courses/example.yaml,line=7,col=7,title=coursesync unknown-field::" in done.out
        assert "default_veiw" in done.summary
    else:
        (item,) = json.loads((done.folder / "quality.json").read_text("utf-8"))
        assert item["location"] == {"path": "courses/example.yaml", "lines": {"begin": 7}}


@github_alone
def test_check_fails_on_a_layout_that_fmt_would_change(forge: GitHubSide) -> None:
    file = forge.repo / "courses" / "example.yaml"
    file.write_text(
        file.read_text("utf-8").replace("profiles: [everywhere]", "profiles:   [everywhere]"), "utf-8"
    )
    assert forge.job("check", token=False).code == 1


@github_alone
def test_invalid_manifests_leave_a_comment_that_says_there_is_no_plan(forge: GitHubSide) -> None:
    assert forge.job("plan", change=CHANGE).code == 0
    (forge.repo / "courses" / "example.yaml").write_text("courses: 7\n", "utf-8")
    done = forge.job("plan", change=CHANGE)
    assert done.code == 1
    assert list(done.folder.iterdir()) == []
    (comment,) = forge.comments()
    assert comment.startswith("<!-- coursesync -->\n\n**`coursesync plan` ended with exit code 1.**")


def test_a_plan_above_a_limit_is_shown_with_what_blocks_it(forge: GitHubSide) -> None:
    project = forge.repo / "coursesync.yaml"
    project.write_text(f"{project.read_text('utf-8')}limits: {{courses: 1}}\n", "utf-8")
    planned = forge.plan()
    assert planned.code == 5
    (comment,) = forge.comments()
    assert "exit code 5" in comment
    assert "### Plan: 5 changes in 2 courses" in comment
    forge.merge()
    assert forge.job("apply").code == 5
    assert forge.canvas.sandbox.writes() == []


@github_alone
def test_a_host_that_is_not_allowed_ends_with_5(forge: GitHubSide) -> None:
    elsewhere = {**of_canvas(forge.canvas), "COURSESYNC_ALLOWED_HOSTS": "school.test"}
    forge.monkeypatch.setattr("tests.ci.test_jobs.of_canvas", lambda _: elsewhere)
    done = forge.job("plan", change=CHANGE)
    assert done.code == 5
    assert "exit code 5" in forge.comments()[0]


@github_alone
def test_a_token_that_canvas_refuses_ends_with_6(forge: GitHubSide) -> None:
    nobody = {**of_canvas(forge.canvas), "CANVAS_API_TOKEN": "nobodys"}
    forge.monkeypatch.setattr("tests.ci.test_jobs.of_canvas", lambda _: nobody)
    done = forge.job("plan", change=CHANGE)
    assert done.code == 6
    assert "exit code 6" in forge.comments()[0]


def test_a_project_in_a_folder_is_shown_by_its_path_in_the_repo(forge: GitHubSide) -> None:
    folder = forge.repo / "canvas"
    folder.mkdir()
    for name in ("coursesync.yaml", "courses", "profiles", "schemas"):
        (forge.repo / name).rename(folder / name)
    file = folder / "courses" / "example.yaml"
    file.write_text(file.read_text("utf-8").replace("default_view", "default_veiw"), "utf-8")
    forge.monkeypatch.chdir(folder)
    done = forge.job("check", token=False)
    assert done.code == 1
    said = done.out if forge.name == "github" else (done.folder / "quality.json").read_text("utf-8")
    assert "canvas/courses/example.yaml" in said


def test_a_course_with_a_hostile_name_is_harmless_in_log_and_comment(forge: GitHubSide) -> None:
    name = "::error::x\n::set-output name=a::b <!-- coursesync plan=0 --> @everybody [x](http://evil.test)"
    forge.canvas.sandbox.edit(biology(forge.canvas)["id"], name=name, sis_source_id="::warning::BIO-1")
    file = forge.repo / "courses" / "example.yaml"
    file.write_text(file.read_text("utf-8").replace(BIOLOGY, '"sis_course_id:::warning::BIO-1"'), "utf-8")
    done = forge.plan()
    assert done.code == 0, done.err
    (comment,) = forge.comments()
    assert "@everybody" not in re.sub(r"`[^`\n]*`|<code>.*?</code>|```.*?```", "", comment, flags=re.DOTALL)
    if forge.name == "github":
        stop = re.search(r"^::stop-commands::(\w{32})$", done.out, re.MULTILINE)
        assert stop
        before, _, rest = done.out.partition(stop[0])
        inside, _, after = rest.partition(f"\n::{stop[1]}::\n")
        assert "BIO-1" in inside
        assert not re.search(r"^::(?!error |warning |notice )", before + after, re.MULTILINE)


def test_a_comment_that_is_refused_does_not_fail_the_plan(github: FakeGitHub, forge: GitHubSide) -> None:
    if forge.name == "gitlab":
        done = forge.job("plan", change=CHANGE, GITLAB_TOKEN="")
        assert "GitLab answered 401" in done.err
    else:
        github.refused = {"POST"}
        done = forge.job("plan", change=CHANGE)
        assert "::warning title=coursesync no-comment::The comment on change 5 was not written." in done.out
        assert "### Plan" in done.summary
    assert done.code == 0
    assert forge.comments() == []


def test_a_saved_state_that_may_not_be_read_does_not_fail_the_check(
    forge: GitHubSide,
) -> None:
    away = {"GITHUB_API_URL": "http://127.0.0.1:9", "CI_API_V4_URL": "http://127.0.0.1:9"}
    done = forge.job("check", token=False, **away)
    assert done.code == 0
    assert "was not fetched. Git" in done.err


def test_each_environment_has_a_comment_a_plan_and_a_receipt_of_its_own(forge: GitHubSide) -> None:
    project = forge.repo / "coursesync.yaml"
    url = forge.canvas.url
    named = "".join(
        f"  {name}: {{url: {url}, account: {account}}}\n" for name, account in [("a", 1), ("b", 2)]
    )
    project.write_text(f"{project.read_text('utf-8')}environments:\n{named}", "utf-8")
    for name in ("a", "b"):
        done = forge.job("plan", "-e", name, change=CHANGE)
        assert done.code == 0, done.err
    assert [text.split(" plan=")[0] for text in forge.comments()] == [
        "<!-- coursesync for=a",
        "<!-- coursesync for=b",
    ]
    run = forge.forge.run(head=HEAD) if forge.name == "github" else forge.forge.pipeline(CHANGE)  # type: ignore[attr-defined]
    forge.keep("coursesync-plan-b", run)
    forge.merge()
    assert forge.job("apply", "-e", "a").code == 5
    done = forge.job("apply", "-e", "b")
    assert done.code == 0, done.err
    forge.keep("coursesync-apply-b", forge.on_main())
    assert forge.job("drift", "-e", "b").code == 0


@github_alone
def test_every_job_fills_in_the_variables_it_is_given(forge: GitHubSide) -> None:
    edit(forge.repo, "home")
    file = forge.repo / "courses" / "example.yaml"
    file.write_text(file.read_text("utf-8").replace("default_view: home", "default_view: ${view}"), "utf-8")
    (forge.repo / "more.yaml").write_text("view: syllabus\n", "utf-8")
    commit(forge.repo)
    given = ("--var-file", "more.yaml", "--var", "view=assignments")
    assert forge.job("drift", "--save-live", *given).code == 2
    forge.keep("coursesync-drift", forge.on_main())
    assert (forge.job("check").code, forge.job("plan", change=CHANGE).code) == (1, 1)
    checked = forge.job("check", *given, token=False)
    assert checked.code == 0, checked.out + checked.err
    assert "assignments" in checked.summary
    assert forge.job("plan", *given, change=CHANGE).code == 0
    unreviewed = forge.job("apply", *given)
    assert (unreviewed.code, "Nothing was applied" in unreviewed.summary) == (5, True)
    forge.plan(*given)
    forge.merge()
    applied = forge.job("apply", *given)
    assert applied.code == 0, applied.err
    assert biology(forge.canvas)["default_view"] == "assignments"


def test_outside_of_a_job_ci_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    assert run(["ci", "plan"]) == 1
    assert "This is no job of GitHub or GitLab." in capsys.readouterr().err
