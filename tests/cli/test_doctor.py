"""`doctor`: a line for everything a token needs, whatever is wrong with it, and a code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coursesync.canvas.credentials import HOSTS_VARIABLE, TOKEN_VARIABLE
from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import Command


def lines(text: str) -> dict[str, str]:
    """Return the table as what was looked at to its mark."""
    rows = [line for line in text.splitlines() if line[:1] in "✓!?✗" and line[:1]]
    return {row[2:26].strip(): row[0] for row in rows}


def test_an_administrator_may_do_everything(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    done = coursesync("doctor")
    assert done.code == 0
    found = lines(done.out)
    assert "!" not in found.values()
    assert "✗" not in found.values()
    assert "Alex Admin (user 1)" in done.out
    assert "Ridgeway College (account 1)" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert canvas.sandbox.writes() == []


def test_a_teacher_is_told_which_fields_will_be_ignored(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-teacher")
    done = coursesync("doctor")
    assert done.code == 0
    assert lines(done.out)["manage_storage_quotas"] == "!"
    assert "attributes.storage_quota_mb would be ignored" in " ".join(done.out.split())
    assert "blueprint.restrictions" in done.out


def test_a_limit_counts_where_strictness_is_asked_for(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert coursesync("doctor", "--strict").code == 0
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-teacher")
    assert coursesync("doctor", "--strict").code == 1
    told = json.loads(coursesync("doctor", "--strict", "--format", "json").out)
    assert (told["exit_code"], told["usable"]) == (1, True)
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-expired")
    assert coursesync("doctor", "--strict").code == 6


def test_quietly_only_what_is_broken_and_the_sum_are_told(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = coursesync("doctor", "--quiet").out.splitlines()
    assert (len(said), said[0].startswith("Usable: ")) == (1, True)
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-expired")
    assert lines(coursesync("doctor", "--quiet").out) == {"Token": "✗"}


def test_in_many_words_every_request_is_logged(
    project: Path, canvas: RunningSandbox, coursesync: Command, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="coursesync.canvas"):
        assert coursesync("doctor", "-v").code == 0
    assert any("GET /api/v1/users/self 200" in record.getMessage() for record in caplog.records)


def test_the_rights_in_a_course_are_shown_where_asked_for(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-designer")
    found = lines(coursesync("doctor", "--course", 4104).out)
    assert found["Rights in 4104"] == "✓"
    assert found["update"] == "!"
    assert lines(coursesync("doctor", "--course", 99999).out)["Rights in 99999"] == "?"


@pytest.mark.parametrize(
    ("token", "words"), [("sandbox-expired", "expired"), ("sandbox-revoked", "revoked"), ("x", "know")]
)
def test_a_refused_token_is_a_line_of_the_table(
    project: Path,
    canvas: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    words: str,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    done = coursesync("doctor")
    assert done.code == 6
    assert lines(done.out) == {"Canvas": "✓", "Token": "✗"}
    assert words in done.out
    assert "Put a valid token into CANVAS_API_TOKEN" in " ".join(done.out.split())
    assert token == "x" or token not in done.out


def test_a_host_that_is_not_allowed_gets_no_token(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOSTS_VARIABLE, "canvas.example.edu")
    done = coursesync("doctor")
    assert done.code == 5
    assert lines(done.out) == {"Address": "✗"}
    assert canvas.sandbox.log == []


def test_without_a_token_the_usage_is_wrong(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert coursesync("doctor").code == 1
    assert coursesync("doctor", "--format", "html").code == 1


def test_a_token_limited_to_scopes_is_recognised_by_what_canvas_drops(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "sandbox-scoped")
    assert lines(coursesync("doctor").out)["include[]"] == "!"


def test_the_document_says_the_same(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    found = json.loads(coursesync("doctor", "--format", "json").out)
    assert found["usable"] is True
    assert found["exit_code"] == 0
    assert {sign["what"] for sign in found["signs"]} >= {"Token", "GraphQL", "Audit log", "Limit of requests"}
    assert all(sign["health"] in {"works", "limited", "unknown", "broken"} for sign in found["signs"])
