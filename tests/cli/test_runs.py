"""`coursesync runs`: every earlier run with its state, whatever became of its folder."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coursesync.cli.inputs import clock
from coursesync.runs import Run
from coursesync.sandbox import RunningSandbox
from coursesync.workflow.lock import locked
from tests.cli.conftest import Command, one_course


def listed(coursesync: Command, *more: str) -> list[dict[str, object]]:
    result = coursesync("runs", "--format", "json", *more)
    assert result.code == 0
    found: list[dict[str, object]] = json.loads(result.out)["runs"]
    return found


def the_run(project: Path) -> Run:
    folder = max((project / ".coursesync" / "runs").iterdir())
    return Run(id=folder.name, folder=folder)


def applied(project: Path, coursesync: Command, body: str = "attributes: {name: Genetics}") -> Run:
    one_course(project, body)
    coursesync("apply", "--auto-approve")
    return the_run(project)


def test_without_runs_it_says_so(project: Path, coursesync: Command) -> None:
    assert coursesync("runs").out == "No runs yet.\n"
    assert listed(coursesync) == []


def test_a_run_is_told_with_what_it_did_and_what_to_type(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    run = applied(project, coursesync)
    out = coursesync("runs").out
    first, when, did, then = out.splitlines()
    assert first == f"{run.id}  finished"
    assert when.endswith(f"Z  {canvas.url}")
    assert did == "  1 change in 1 course: 1 applied"
    assert then == f"  next: coursesync undo {run.id}"
    assert max(map(len, out.splitlines())) <= 80
    (one,) = listed(coursesync)
    assert (one["state"], one["verdicts"], one["changes"]) == ("finished", {"applied": 1}, 1)


def test_a_run_with_failures_leads_to_a_new_plan(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    applied(project, coursesync, "attributes: {locale: tlh}")
    (one,) = listed(coursesync)
    assert (one["state"], one["next"]) == ("finished-with-failures", "coursesync plan")


def test_a_run_that_was_put_back_says_by_which(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    run = applied(project, coursesync)
    assert coursesync("undo", "last", "--auto-approve").code == 0
    undo, first = listed(coursesync)
    assert (undo["undoes"], first["undone_by"], first["next"]) == (run.id, undo["id"], "")
    assert f"undone by {undo['id']}" in coursesync("runs").out


def test_a_run_is_under_way_while_its_lock_is_held(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    run = applied(project, coursesync)
    (run.folder / "outcome.json").unlink()
    (one,) = listed(coursesync)
    assert (one["state"], one["next"]) == ("unfinished", f"coursesync apply --resume {run.id}")
    with locked(project, owner="a", host=socket.gethostname(), pid=os.getpid(), clock=clock()) as lock:
        lock.renew(run=run.id)
        (one,) = listed(coursesync)
    assert (one["state"], one["next"]) == ("under-way", "")


def test_a_run_that_ended_before_it_began_sent_nothing(project: Path, coursesync: Command) -> None:
    Run.create(project, now=datetime(2026, 11, 24, 2, 45, tzinfo=UTC), token_hex="3fa9c1")
    (one,) = listed(coursesync)
    assert (one["state"], one["started"]) == ("nothing-sent", "2026-11-24T02:45:00Z")


@pytest.mark.parametrize("name", ["outcome.json", "plan.json", "journal.jsonl"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\x00", b'{"format_version": "1.0"}', b'{"event": 1}\n{}\n']
)
def test_a_damaged_folder_is_a_line_and_no_traceback(
    project: Path, canvas: RunningSandbox, coursesync: Command, name: str, content: bytes
) -> None:
    run = applied(project, coursesync)
    if name != "outcome.json":
        (run.folder / "outcome.json").unlink()
    (run.folder / name).write_bytes(content)
    (one,) = listed(coursesync)
    # An empty journal, or one with a last line that was cut off, is that of a run that had not begun.
    assert one["state"] == "damaged" or name == "journal.jsonl"
    assert coursesync("runs").code == 0


def test_odd_names_do_no_harm(project: Path, coursesync: Command) -> None:
    runs = project / ".coursesync" / "runs"
    for name in ("x\x1b[31m", "20261399T999999Z-x", "a file"):
        (runs / name).mkdir(parents=True)
    (runs / "no folder").write_text("")
    out = coursesync("runs").out
    assert "\x1b" not in out
    assert len(listed(coursesync)) == 3


def test_only_the_last_ones_are_told(project: Path, coursesync: Command) -> None:
    for second in range(3):
        Run.create(project, now=datetime(2026, 11, 24, 2, 45, second, tzinfo=UTC), token_hex="3fa9c1")
    assert [one["id"] for one in listed(coursesync, "--last", "2")] == [
        "20261124T024502Z-3fa9c1",
        "20261124T024501Z-3fa9c1",
    ]
