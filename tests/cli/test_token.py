"""A project file that a pull request changed sends no secret elsewhere, and a token is shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from coursesync.cli import _log
from coursesync.sandbox import Options, RunningSandbox, running
from tests.cli.conftest import COURSE, Command, manifest, one_course


@pytest.fixture
def evil(project: Path, canvas: RunningSandbox) -> Iterator[RunningSandbox]:
    """Somebody else's server, which a pull request makes an environment and the default."""
    with running(Options(throttle=False)) as found:
        one_course(project, "attributes: {name: New}")
        environment(project, found.url)
        yield found


def environment(project: Path, url: str, more: str = "") -> None:
    manifest(
        project,
        f"environments: {{production: {{url: {url}{more}}}}}\ndefault_environment: production\n",
        "coursesync.yaml",
    )


COMMANDS = [
    ("plan",),
    ("apply", "--auto-approve"),
    ("drift",),
    ("accept", "--dry-run"),
    ("import", str(COURSE), "--dry-run"),
    ("explain", "settings.hide_final_grades", "--course", str(COURSE)),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_where_an_address_is_set_the_token_goes_to_no_other(
    evil: RunningSandbox, canvas: RunningSandbox, coursesync: Command, command: tuple[str, ...]
) -> None:
    result = coursesync(*command, "-e", "production")
    assert result.code == 5
    assert f"CANVAS_API_URL is {canvas.url}, so the token is not sent to {evil.url}." in result.err
    assert (evil.sandbox.log, canvas.sandbox.log) == ([], [])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("chosen", [(), ("-e", "production")], ids=["by default", "by name"])
def test_where_hosts_are_listed_the_token_goes_to_no_other(
    evil: RunningSandbox,
    canvas: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    chosen: tuple[str, ...],
) -> None:
    monkeypatch.delenv("CANVAS_API_URL")
    monkeypatch.setenv("COURSESYNC_ALLOWED_HOSTS", canvas.url.removeprefix("http://"))
    result = coursesync(*command, *chosen)
    assert result.code == 5
    assert "COURSESYNC_ALLOWED_HOSTS does not list 127.0.0.1" in result.err
    assert (evil.sandbox.log, canvas.sandbox.log) == ([], [])


def test_with_an_address_set_the_file_names_only_the_account(
    evil: RunningSandbox, canvas: RunningSandbox, coursesync: Command
) -> None:
    assert coursesync("plan").code == 0
    assert evil.sandbox.log == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_in_ci_a_host_that_only_the_file_names_gets_nothing(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    one_course(project, "attributes: {name: New}")
    environment(project, "https://evil.example", ", token_env: CANVAS_TOKEN_PROD")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("CANVAS_TOKEN_PROD", "sandbox-secret")
    result = coursesync(*command)
    assert result.code == 5
    assert "only the project file says that the token goes to evil.example." in result.err
    assert "COURSESYNC_ALLOWED_HOSTS=evil.example" in result.err


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HOME", "PATH"])
def test_no_other_secret_can_be_named(
    evil: RunningSandbox, project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("CANVAS_API_URL")
    environment(project, evil.url, f", token_env: {name}")
    for command in COMMANDS:
        assert coursesync(*command).code == 1
    assert evil.sandbox.log == []


def test_the_token_of_one_environment_is_not_tried_at_another(
    evil: RunningSandbox, project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_API_URL")
    manifest(
        project,
        f"environments: {{beta: {{url: {evil.url}}}, production: {{url: https://school.example}}}}\n",
        "coursesync.yaml",
    )
    result = coursesync("plan", "-e", "beta")
    assert result.code == 1
    assert "CANVAS_API_TOKEN is, and may be the token of another environment." in result.err
    assert evil.sandbox.log == []


class Chain(KeyringBackend):
    """A keyring of this test, which is only read."""

    priority = 1

    def __init__(self, held: Mapping[tuple[str, str], str]) -> None:
        self.held = held

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError


def test_the_keyring_is_asked_for_the_host(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_API_TOKEN")
    one_course(project, "attributes: {name: New}")
    before = keyring.get_keyring()
    keyring.set_keyring(Chain({("coursesync", canvas.url.removeprefix("http://")): "sandbox-admin"}))
    try:
        assert coursesync("plan").code == 0
        assert coursesync("apply", "--auto-approve", "-v").code == 0
    finally:
        keyring.set_keyring(before)
    assert canvas.sandbox.course(COURSE)["name"] == "New"
    kept = [path for path in project.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"sandbox-admin" in path.read_bytes()]


def test_without_any_token_the_ways_are_named(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_API_TOKEN")
    one_course(project, "attributes: {name: New}")
    result = coursesync("plan")
    assert result.code == 1
    assert "CANVAS_API_TOKEN is not set." in result.err
    assert f"keyring set coursesync {canvas.url.removeprefix('http://')}" in result.err


def test_a_log_of_a_bug_holds_no_token_of_any_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_TOKEN_PROD", "7~secret-of-production")
    monkeypatch.setenv("CANVAS_API_TOKEN", "7~secret-of-all")
    log = Path(_log(RuntimeError("header 7~secret-of-production, 7~secret-of-all")))
    said = log.read_text("utf-8")
    log.unlink()
    assert "header [token], [token]" in said
    assert "secret-of" not in said
