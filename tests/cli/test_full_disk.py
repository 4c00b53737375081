"""Where the disk is full nothing is lost, no half of a file is left, and nothing more is sent to Canvas."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, manifest, one_course

RENAME = "attributes: {name: Genetics}"
UNTIDY = "courses:\n    - attributes: {name: Genetics}\n      id: 9001\n"
Fill = Callable[[], AbstractContextManager[None]]


@contextmanager
def _limited() -> Iterator[None]:
    """Let no file grow: what needs no right to mount, and fails where a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _filled() -> Iterator[None]:
    """Fill the disk of the working directory to its last block, and make room again."""
    filler = Path(".filler")
    with filler.open("wb", buffering=0) as stream:
        while True:
            try:
                stream.write(b"x" * 4096)
            except OSError:
                break
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture(params=["limit", "tmpfs"])
def fill(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fill]:
    """A project to work in, and how its disk is made full: by a limit, or in truth where one may mount."""
    if request.param == "limit":
        monkeypatch.chdir(tmp_path)
        yield _limited
        return
    words = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    try:
        monkeypatch.chdir(tmp_path)
        yield _filled
    finally:
        monkeypatch.undo()
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def left() -> dict[str, bytes]:
    """Return what is in the project, but for the filler and the empty folders of runs."""
    files = (path for path in Path().rglob("*") if path.is_file() and path.name != ".filler")
    return {path.as_posix(): path.read_bytes() for path in files if path.parts[0] != ".coursesync"}


WRITERS: dict[str, tuple[str, ...]] = {
    "plan --out": ("plan", "--out", "kept.json"),
    "plan --save-live": ("plan", "--save-live", "kept.json"),
    "a report": ("plan", "--output", "html=kept.json"),
    "a report of drift": ("drift", "--output", "junit=kept.json"),
    "fmt": ("fmt",),
    "accept": ("accept",),
    "import": ("import", "--account", "1"),
    "init": ("init", "fresh"),
}


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_what_was_there_stays_whole_and_nothing_half_is_left(
    fill: Fill, canvas: RunningSandbox, coursesync: Command, command: tuple[str, ...]
) -> None:
    manifest(Path(), UNTIDY)
    Path("kept.json").write_text("old", encoding="utf-8")
    before = left()
    with fill():
        result = coursesync(*command)
    assert result.code == 1, result.said
    assert re.search("No space left on device|File too large", " ".join(result.said.split()))
    assert left() == before
    assert canvas.sandbox.writes() == []


def test_nothing_is_sent_where_the_run_cannot_be_recorded(
    fill: Fill, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(Path(), RENAME)
    with fill():
        result = coursesync("apply", "--auto-approve")
    assert result.code == 1, result.said
    assert canvas.sandbox.writes() == []


def test_a_receipt_that_does_not_fit_takes_nothing_from_what_was_applied(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, RENAME)
    Path("receipt").mkdir()
    Path("receipt/plan.json").symlink_to("/dev/full")
    result = coursesync("apply", "--auto-approve", "--receipt", "receipt/plan.json")
    assert result.code == 1
    assert "No space left on device" in result.err
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"
    outcome = next(Path(".coursesync/runs").glob("*/outcome.json"))
    assert json.loads(outcome.read_text("utf-8"))["totals"]["applied"] == 1


@contextmanager
def _room(monkeypatch: pytest.MonkeyPatch, journal_bytes: int) -> Iterator[None]:
    """Let the journal take so many bytes more, then have the disk be full for it."""
    write, room = os.write, [journal_bytes]

    def limited(handle: int, content: bytes) -> int:
        named = (
            str(Path(f"/proc/self/fd/{handle}").readlink()) if stat.S_ISREG(os.fstat(handle).st_mode) else ""
        )
        if named.endswith("journal.jsonl"):
            if room[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            content = bytes(content[: room[0]])
            room[0] -= len(content)
        return write(handle, content)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", limited)
        yield


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the journal is told by its name in /proc")
@pytest.mark.parametrize("room", [0, 1, 150, 500, 900, 1_500, 2_200, 3_000, 4_500, 6_000])
def test_a_journal_that_is_full_ends_the_run_and_nothing_leaves_unrecorded(
    project: Path,
    canvas: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
) -> None:
    numbers = range(9100, 9108)
    for number in numbers:
        canvas.sandbox.add_course(id=number, name=f"Course {number}", course_code=str(number))
    entries = (f"  - {{id: {number}, attributes: {{name: New {number}}}}}\n" for number in numbers)
    manifest(project, "courses:\n" + "".join(entries))
    with _room(monkeypatch, room):
        result = coursesync("apply", "--auto-approve", "--parallelism", "1")
    sent = [entry.path for entry in canvas.sandbox.writes()]
    journal = next(Path(".coursesync/runs").glob("*"), Path()) / "journal.jsonl"
    lines = journal.read_text("ascii").splitlines() if journal.exists() else []
    events = [json.loads(line) for line in lines]
    recorded = [event["path"] for event in events if event["event"] == "intent"]
    assert [path for path in sent if path not in recorded] == []
    assert "Traceback" not in result.said
    assert result.code != 0, "a run whose record is not whole says so"
    assert "No space left on device" in result.said
    again = coursesync("apply", "--auto-approve")
    assert again.code == 0, again.said
    assert all(canvas.sandbox.course(number)["name"] == f"New {number}" for number in numbers)
