"""The command line against a sandbox on loopback, in a project folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coursesync.cli import run
from coursesync.sandbox import Options, RunningSandbox, running

COURSE = 9001


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


Command = Callable[..., Result]


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A Canvas with one course more, and the environment that leads to it."""
    with running(Options(throttle=False)) as found:
        found.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO")
        monkeypatch.setenv("CANVAS_API_URL", found.url)
        monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-admin")
        yield found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def coursesync(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command as main would."""

    def command(*arguments: object) -> Result:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "sandbox-" not in said.out + said.err, "a token was shown"
        return Result(code=code, out=said.out, err=said.err)

    return command


def manifest(project: Path, text: str, name: str = "courses.yaml") -> Path:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def one_course(project: Path, body: str, course: object = COURSE) -> Path:
    return manifest(project, f"courses:\n  - id: {course}\n    {body}\n")


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")
