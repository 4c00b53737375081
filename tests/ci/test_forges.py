"""What the forges are asked, whom they are believed, and what happens when they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coursesync.errors import UsageProblem
from coursesync.forge import Change
from coursesync.forge.annotations import Annotation
from coursesync.forge.github import GitHub
from coursesync.forge.gitlab import GitLab
from coursesync.forge.nouns import ForgeError
from coursesync.forge.wire import Wire
from tests.ci.fake_github import TOKEN, FakeGitHub, event
from tests.ci.fake_gitlab import FakeGitLab
from tests.ci.server import Answer, served

HEAD = "b" * 40
OURS = Change(number=5, head=HEAD, foreign=False)
PLAN = {"plan.json": b"ours"}


def hub(fake: FakeGitHub, **more: str) -> GitHub:
    return GitHub(fake.environment(Path("/repo"), **more))


def lab(fake: FakeGitLab, **more: str) -> GitLab:
    return GitLab(fake.environment(Path("/repo"), **more))


def test_github_takes_the_plan_of_the_newest_run_for_the_head(github: FakeGitHub) -> None:
    for content in (b"first", b"second", b"third"):
        github.upload(github.run(head=HEAD), "coursesync-plan", {"plan.json": content})
    github.upload(github.run(head="d" * 40), "coursesync-plan", {"plan.json": b"another commit"})
    with hub(github) as forge:
        assert forge.plan_of(OURS, "coursesync-plan") == b"third"


@pytest.mark.parametrize(
    "run",
    [
        {"repo": "mallory/courses"},
        {"path": ".github/workflows/other.yml"},
        {"event": "push"},
    ],
    ids=["of-a-fork", "of-another-workflow", "of-another-event"],
)
def test_github_believes_no_artifact_of_another_run(github: FakeGitHub, run: dict[str, str]) -> None:
    github.upload(github.run(head=HEAD, **run), "coursesync-plan", {"plan.json": b"forged"})
    with hub(github) as forge:
        assert forge.plan_of(OURS, "coursesync-plan") is None
    github.upload(github.run(head=HEAD), "coursesync-plan", PLAN)
    github.upload(github.run(head=HEAD, **run), "coursesync-plan", {"plan.json": b"forged"})
    with hub(github) as forge:
        assert forge.plan_of(OURS, "coursesync-plan") == b"ours"


def test_github_believes_no_saved_state_of_a_fork_or_of_another_branch(github: FakeGitHub) -> None:
    files = {"live.json": b"main"}
    github.upload(github.run(head=HEAD, event="schedule", branch="main"), "coursesync-drift", files)
    fork = github.run(head=HEAD, branch="main", repo="mallory/courses")
    github.upload(fork, "coursesync-drift", {"live.json": b"forged"})
    github.upload(github.run(head=HEAD, branch="topic"), "coursesync-drift", {"live.json": b"topic"})
    with hub(github) as forge:
        assert forge.latest("coursesync-drift", "live.json") == b"main"
        assert forge.latest("coursesync-drift", "other.json") is None


def test_github_takes_by_number_only_what_was_started_by_hand(github: FakeGitHub) -> None:
    by_hand = github.run(head=HEAD, event="workflow_dispatch")
    reviewed = github.run(head=HEAD)
    for run in (by_hand, reviewed):
        github.upload(run, "coursesync-plan", PLAN)
    with hub(github) as forge:
        assert forge.plan_of_run(by_hand, "coursesync-plan") == b"ours"
        assert forge.plan_of_run(reviewed, "coursesync-plan") is None
        assert forge.plan_of_run(999_999, "coursesync-plan") is None


def test_a_merge_is_told_by_its_commit(github: FakeGitHub) -> None:
    github.merge(4, commit="c" * 40, head="d" * 40)
    github.merges["c" * 40].insert(0, {**github.merges["c" * 40][0], "number": 3, "merged_at": None})
    github.merges["c" * 40].insert(
        0, {**github.merges["c" * 40][0], "number": 2, "merge_commit_sha": "e" * 40}
    )
    with hub(github) as forge:
        assert forge.merged("c" * 40) == Change(number=4, head="d" * 40, foreign=False)
        assert forge.merged("f" * 40) is None


def test_a_fork_that_was_deleted_is_foreign(github: FakeGitHub) -> None:
    github.merge(4, commit="c" * 40, head=HEAD)
    github.merges["c" * 40][0]["head"]["repo"] = None
    with hub(github) as forge:
        assert forge.merged("c" * 40) == Change(number=4, head=HEAD, foreign=True)


def test_a_damaged_artifact_is_no_plan(github: FakeGitHub) -> None:
    github.upload(github.run(head=HEAD), "coursesync-plan", PLAN)["content"] = b"PK nothing"
    with hub(github) as forge, pytest.raises(ForgeError, match="damaged"):
        forge.plan_of(OURS, "coursesync-plan")


def test_an_artifact_that_expires_between_two_calls_is_none(github: FakeGitHub) -> None:
    item = github.upload(github.run(head=HEAD), "coursesync-plan", PLAN)
    shown = dict(item)
    with hub(github) as forge:
        item["expired"] = True
        github.artifacts[0] = item
        assert forge.plan_of(OURS, "coursesync-plan") is None
    assert shown["expired"] is False


def test_the_token_goes_to_the_api_and_never_to_the_store(github: FakeGitHub) -> None:
    github.upload(github.run(head=HEAD), "coursesync-plan", PLAN)
    with hub(github) as forge:
        forge.plan_of(OURS, "coursesync-plan")
    assert {call.headers.get("Authorization") for call in github.api.calls} == {f"Bearer {TOKEN}"}
    assert [call.headers.get("Authorization") for call in github.store.calls] == [None]


def test_a_token_that_may_not_comment_is_an_error_with_a_hint(github: FakeGitHub) -> None:
    github.refused = {"POST"}
    with hub(github) as forge, pytest.raises(ForgeError, match="GitHub answered 403 to POST") as raised:
        forge.comment(5, "", "Hello")
    assert "run-in-ci.md" in raised.value.hint


def test_a_forge_that_is_away_is_an_error(github: FakeGitHub) -> None:
    given = {**github.environment(Path("/repo")), "GITHUB_API_URL": "http://127.0.0.1:9"}
    with GitHub(given) as forge, pytest.raises(ForgeError, match="GitHub cannot be reached: ConnectError"):
        forge.commented(5, "")


@pytest.mark.parametrize("name", ["GITHUB_REPOSITORY", "GITHUB_WORKSPACE", "GITHUB_SHA"])
def test_a_missing_variable_is_named(github: FakeGitHub, name: str) -> None:
    given = {key: value for key, value in github.environment(Path("/repo")).items() if key != name}
    with pytest.raises(UsageProblem, match=name):
        _ = GitHub(given).job


def test_the_number_of_the_pull_request_stands_in_the_event(github: FakeGitHub, tmp_path: Path) -> None:
    path = event(tmp_path / "event.json", 12)
    assert hub(github, GITHUB_EVENT_PATH=path).job.change == 12
    assert hub(github, GITHUB_EVENT_PATH=event(tmp_path / "other.json", None)).job.change is None
    assert hub(github).job.change is None


def test_no_line_of_ours_is_a_command_to_github_and_the_word_is_new_each_time(github: FakeGitHub) -> None:
    forge = hub(github)
    first, second = forge.literally(), forge.literally()
    assert first != second
    assert first[0].removeprefix("::stop-commands::").strip() in first[1]


def test_gitlab_takes_the_plan_of_the_newest_pipeline_of_the_merge_request(gitlab: FakeGitLab) -> None:
    for content in (b"first", b"second", b"third"):
        gitlab.job(gitlab.pipeline(5), "coursesync-plan", {"coursesync-report/plan.json": content})
    with lab(gitlab) as forge:
        assert forge.plan_of(OURS, "coursesync-plan") == b"third"
        # A newer one without a plan means that the last commit was never planned.
        gitlab.job(gitlab.pipeline(5), "coursesync-plan", None)
        assert forge.plan_of(OURS, "coursesync-plan") is None


@pytest.mark.parametrize(
    "pipeline", [{"project": 8}, {"source": "push"}], ids=["of-a-fork", "of-another-event"]
)
def test_gitlab_believes_no_artifact_of_another_pipeline(gitlab: FakeGitLab, pipeline: dict) -> None:
    forged = {"coursesync-report/plan.json": b"forged"}
    gitlab.job(gitlab.pipeline(5, **pipeline), "coursesync-plan", forged)
    with lab(gitlab) as forge:
        assert forge.plan_of(OURS, "coursesync-plan") is None


@pytest.mark.parametrize("kind", ["merge_commit_sha", "squash_commit_sha"])
def test_gitlab_knows_a_merge_by_each_of_its_commits(gitlab: FakeGitLab, kind: str) -> None:
    gitlab.merge(4, head=HEAD, **{kind: "c" * 40})
    with lab(gitlab) as forge:
        assert forge.merged("c" * 40) == Change(number=4, head=HEAD, foreign=False)
        assert forge.merged(HEAD) == Change(number=4, head=HEAD, foreign=False)


def test_gitlab_without_its_token_says_so(gitlab: FakeGitLab) -> None:
    with lab(gitlab, GITLAB_TOKEN="") as forge, pytest.raises(ForgeError, match="401"):
        forge.comment(5, "", "Hello")


def test_gitlab_gets_a_report_of_quality(gitlab: FakeGitLab, tmp_path: Path) -> None:
    forge = GitLab(gitlab.environment(tmp_path))
    assert forge.annotate([Annotation(level="error", code="c", text="t", file="a.yaml", line=3)]) == ""
    written = json.loads((tmp_path / "coursesync-report" / "quality.json").read_text("utf-8"))
    assert written[0]["location"]["path"] == "a.yaml"


@pytest.mark.parametrize(
    "answer", [Answer(content=b"<html>"), Answer(status=500, json={}), Answer(status=302, json={})]
)
def test_an_answer_that_is_none_is_an_error(answer: Answer) -> None:
    with (
        served([("GET", "/x", lambda _: answer)]) as server,
        Wire("GitHub", server.url, headers={}) as wire,
        pytest.raises(ForgeError, match="GitHub answered"),
    ):
        wire.get("/x")


def test_a_list_without_an_end_is_not_read_for_ever() -> None:
    def endless(_: object) -> Answer:
        return Answer(json=[1], headers={"Link": '<https://elsewhere.example>; rel="next"'})

    with served([("GET", "/x", endless)]) as server, Wire("GitHub", server.url, headers={}) as wire:
        assert len(list(wire.items("/x"))) == 100
