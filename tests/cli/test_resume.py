"""`coursesync apply --resume`: a run that was killed is finished by typing one command."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from coursesync.documents import load_report
from coursesync.runs import Run
from coursesync.sandbox import Options, RunningSandbox, running
from coursesync.sandbox.faults import Fault
from tests.cli.conftest import COURSE, Command, manifest, one_course

FLEET = range(9001, 9026)


@pytest.mark.parametrize("sent", [5])
def test_a_process_that_is_killed_leaves_a_run_that_is_listed_and_resumed(
    project: Path, monkeypatch: pytest.MonkeyPatch, coursesync: Command, sent: int
) -> None:
    with running(Options(throttle=False, latency_ms=200)) as canvas:
        for number in FLEET:
            canvas.sandbox.add_course(id=number, name="Old", course_code="X")
        entries = "".join(f"  - {{id: {number}, attributes: {{name: New}}}}\n" for number in FLEET)
        manifest(project, f"courses:\n{entries}")
        monkeypatch.setenv("CANVAS_API_URL", canvas.url)
        monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-admin")
        command = [sys.executable, "-m", "coursesync", "apply", "--auto-approve", "--parallelism", "3"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project
        ) as process:
            while len(canvas.sandbox.writes()) < sent:
                assert process.poll() is None, "it ended before it sent anything"
                time.sleep(0.02)
            assert "under way" in coursesync("runs").out
            blocked = coursesync("apply", "--resume", "last")
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        canvas.sandbox.options = replace(canvas.sandbox.options, latency_ms=0)
        assert blocked.code == 5
        assert f"process {process.pid}, since 2" in blocked.said
        listed = coursesync("runs").out
        assert "unfinished: its process was killed" in listed
        resume = next(line for line in listed.splitlines() if "next:" in line).split("coursesync ", 1)[1]
        result = coursesync(*resume.split(), "--format", "json")
        assert result.code == 0, result.err
        report = load_report(result.out, name="report")
        assert report.totals["applied"] == len(FLEET)
        assert {canvas.sandbox.course(number)["name"] for number in FLEET} == {"New"}
        bodies = [(entry.path, json.dumps(entry.body)) for entry in canvas.sandbox.writes()]
        # What was in flight at the moment of the kill may have been carried out without an answer.
        assert len(bodies) - len({*bodies}) <= 3
        assert "finished" in coursesync("runs").out


def _interrupted(project: Path, canvas: RunningSandbox, coursesync: Command) -> Run:
    one_course(project, "attributes: {name: Genetics}")
    canvas.sandbox.faults.add(Fault(what="expire", method="PUT", path="/api/v1/courses/*"))
    assert coursesync("apply", "--auto-approve").code == 6
    canvas.sandbox.faults.clear()
    (folder,) = (project / ".coursesync" / "runs").iterdir()
    return Run(id=folder.name, folder=folder)


def test_a_canvas_that_was_lost_is_taken_up_again(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    run = _interrupted(project, canvas, coursesync)
    assert "interrupted" in coursesync("runs").out
    assert coursesync("apply", "--resume", run.id[:12]).code == 0
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"


def test_a_run_that_was_through_is_shown_again_with_its_code(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {locale: tlh}")
    first = coursesync("apply", "--auto-approve", "--format", "json")
    assert first.code == 4
    sent = len(canvas.sandbox.log)
    again = coursesync("apply", "--resume", "last", "--format", "json", "--receipt", "receipt.json")
    assert (again.code, again.out) == (4, first.out)
    assert "there is nothing to resume" in again.err
    assert Path("receipt.json").read_text("utf-8") == first.out
    assert len(canvas.sandbox.log) == sent


@pytest.mark.parametrize(
    "more",
    [
        ["courses.yaml"],
        ["--only", "abc"],
        ["--except", "abc"],
        ["--target", "X"],
        ["--exclude", "X"],
        ["--allow", "lossy"],
        ["--send-unverified"],
        ["--fail-fast"],
    ],
    ids=" ".join,
)
def test_resuming_takes_no_other_choice(
    project: Path, canvas: RunningSandbox, coursesync: Command, more: list[str]
) -> None:
    one_course(project, "attributes: {name: Genetics}")
    assert coursesync("apply", "--auto-approve").code == 0
    result = coursesync("apply", "--resume", "last", *more)
    assert result.code == 1
    assert "--resume goes on with a run as it was begun" in result.said


@pytest.mark.parametrize("name", ["last", "2020", "no/such/folder"])
def test_a_run_that_is_not_there_is_a_sentence(
    project: Path, canvas: RunningSandbox, coursesync: Command, name: str
) -> None:
    result = coursesync("apply", "--resume", name)
    assert result.code == 1
    assert "There is no run" in result.said or "There are no runs" in result.said


def test_a_run_of_another_canvas_is_not_resumed_here(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_course(project, "attributes: {name: Genetics}")
    assert coursesync("apply", "--auto-approve").code == 0
    (folder,) = (project / ".coursesync" / "runs").iterdir()
    (folder / "outcome.json").unlink()
    monkeypatch.setenv("CANVAS_API_URL", "https://canvas.example.edu")
    result = coursesync("apply", "--resume", "last")
    assert result.code == 5
    assert "The plan was made for http://127.0.0.1" in result.said


def test_manifests_that_changed_since_do_not_matter(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Genetics}")
    assert coursesync("apply", "--auto-approve").code == 0
    (folder,) = (project / ".coursesync" / "runs").iterdir()
    (folder / "outcome.json").unlink()
    one_course(project, "attributes: {name: [broken")
    assert coursesync("apply", "--resume", "last").code == 0
