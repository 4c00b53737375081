"""Policies on the command line: their account, files that are meant, and what is said on which stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import Command, manifest

ARTS = {4104, 4105, 4107, 4108, 4109, 4116}


def rule(name: str, select: str) -> str:
    return f"policies:\n  - name: {name}\n    select: {select}\n    attributes: {{locale: de}}\n"


def environment(project: Path, url: str, account: object) -> None:
    other = "{url: https://elsewhere.example.edu, account: 77}"
    manifest(
        project,
        f"environments:\n  other: {other}\n  here: {{url: {url}, account: {account}}}\n",
        "coursesync.yaml",
    )


def changed(out: str) -> set[int]:
    return {course["id"] for course in json.loads(out)["courses"] if course["changes"]}


@pytest.mark.parametrize("account", [2, "sis_account_id:ARTS"])
def test_a_policy_without_account_means_that_of_the_environment_canvas_is(
    project: Path, canvas: RunningSandbox, coursesync: Command, account: object
) -> None:
    environment(project, canvas.url, account)
    manifest(project, rule("all", "{}"))
    result = coursesync("plan", "--format", "json")
    assert result.code == 0
    assert changed(result.out) == ARTS
    assert json.loads(result.out)["canvas"]["account"] == 2


def test_an_environment_of_another_canvas_lends_no_account(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    environment(project, "https://third.example.edu", 2)
    manifest(project, rule("all", "{}"))
    result = coursesync("plan")
    assert result.code == 1
    assert "courses.yaml:2:5: error[policy-without-account]" in result.err
    assert canvas.sandbox.log == []


def test_offline_any_environment_will_do(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_API_URL", raising=False)
    environment(project, "https://third.example.edu", 2)
    manifest(project, rule("all", "{}"))
    assert coursesync("validate", "--strict").code == 0


@pytest.mark.parametrize(("flags", "code"), [([], 0), (["--strict"], 1)])
def test_a_policy_that_matches_nothing_is_an_error_only_under_strict(
    project: Path, canvas: RunningSandbox, coursesync: Command, flags: list[str], code: int
) -> None:
    manifest(project, rule("nobody", '{account: 2, name: "NONE*"}'))
    result = coursesync("plan", *flags)
    assert result.code == code
    assert "courses.yaml:2:5: warning[policy-matches-nothing]" in result.out


def test_a_path_means_the_policies_in_that_file(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, rule("arts", "{account: 2}"), "arts.yaml")
    manifest(project, rule("nursing", "{account: 4}"), "nursing.yaml")
    result = coursesync("plan", "nursing.yaml", "--format", "json")
    assert changed(result.out) == {4110, 4111, 4112}
    assert [item["name"] for item in json.loads(result.out)["policies"]] == ["nursing"]
    assert changed(coursesync("plan", "--format", "json").out) == {4110, 4111, 4112, *ARTS}


LIMIT = rule("arts", "{account: 2}").replace(
    "attributes: {locale: de}", "settings: {home_page_announcement_limit: 7}"
)


def test_the_plan_says_whom_each_policy_matched_and_what_it_costs(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, LIMIT)
    out = coursesync("plan").out
    assert "6 courses\n  ~ settings.home_page_announcement_limit  none -> 7" in out
    assert "  · arts  6 courses" in out
    said = " ".join(out.split())
    assert "Read with 3 requests, and 1 to look ahead. Applying sends 6 and reads about 2 more" in said


def test_verbose_tells_the_way_taken_on_stderr_only(
    project: Path, canvas: RunningSandbox, coursesync: Command, caplog: pytest.LogCaptureFixture
) -> None:
    manifest(project, LIMIT)
    with caplog.at_level("INFO", logger="coursesync.canvas"):
        result = coursesync("plan", "-v", "--format", "json")
    json.loads(result.out)
    said = [record.getMessage() for record in caplog.records]
    assert "6 courses of account 2 are read by list" in said
    assert "settings of 6 courses by 1 GraphQL queries" in said


def test_an_applied_fleet_reports_once_what_is_the_same(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, LIMIT)
    result = coursesync("apply", "--auto-approve")
    assert result.code == 0
    assert "6 courses\n  ✓ settings.home_page_announcement_limit  none -> 7" in result.out
    assert "Applied 6 of 6 changes in 6 courses, every one read back." in result.out
    assert coursesync("plan", "--detailed-exitcode").code == 0
