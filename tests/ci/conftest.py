"""A config repo as `coursesync init` makes it, a Canvas, and the forges on loopback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coursesync.cli import run
from coursesync.sandbox import Options, RunningSandbox, running
from tests.ci.fake_github import FakeGitHub, fake_github
from tests.ci.fake_gitlab import FakeGitLab, fake_gitlab
from tests.repository import commit, git

Ci = Callable[..., int]


@pytest.fixture(autouse=True)
def _nobody_elses_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may see the job that runs the tests."""
    for name in list(os.environ):
        if name == "CI" or name.startswith(("GITHUB_", "GITLAB_", "CI_", "RUNNER_")):
            monkeypatch.delenv(name)


@pytest.fixture
def canvas() -> Iterator[RunningSandbox]:
    with running(Options(throttle=False)) as found:
        yield found


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as found:
        yield found


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    with fake_gitlab() as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed config repo, which is the working directory."""
    folder = tmp_path / "repo"
    assert run(["init", str(folder)]) == 0
    git(folder, "init", "-q")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def of_canvas(canvas: RunningSandbox) -> dict[str, str]:
    return {
        "CANVAS_API_URL": canvas.url,
        "CANVAS_API_TOKEN": "sandbox-admin",
        "COURSESYNC_ALLOWED_HOSTS": canvas.url.removeprefix("http://"),
    }
