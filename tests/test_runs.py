"""The record of a run: whatever happens, what the disk holds is true."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from coursesync.errors import ExitCode, UsageProblem
from coursesync.model import CourseOutcome, FieldOutcome, LeftOut, Request, Settled, Verdict
from coursesync.runs import (
    Attempt,
    Event,
    Past,
    Run,
    all_runs,
    answer,
    beginning,
    conclusion,
    departure,
    find_run,
    lines,
    loss,
    read_journal,
    read_past,
    resumption,
)
from coursesync.workflow import Clock
from coursesync.workflow.journal import Journal, at_once

NOW = datetime(2026, 11, 24, 2, 45, tzinfo=UTC)
CLOCK = Clock(now=lambda: NOW, sleep=asyncio.sleep)
AT = "2026-11-24T02:45:00Z"
REQUEST = Request(
    id="r1",
    method="PUT",
    path="/api/v1/courses/7",
    body={"course": {"name": "Größe", "end_at": None}},
    courses=(7,),
    changes=("0123456789",),
)


def start(root: Path, token_hex: str = "3fa9c1") -> Run:
    return Run.create(root, now=NOW, token_hex=token_hex)


def said(events: Iterable[Event]) -> str:
    return lines(events, at=AT)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_run_is_named_by_its_moment_and_some_digits(tmp_path: Path) -> None:
    run = start(tmp_path)
    assert run.id == "20261124T024500Z-3fa9c1"
    assert run.folder == tmp_path / ".coursesync" / "runs" / run.id


def test_the_moment_is_written_in_utc(tmp_path: Path) -> None:
    now = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert Run.create(tmp_path, now=now, token_hex="3fa9c1").id == "20261124T024500Z-3fa9c1"


def test_of_runs_of_one_second_the_last_is_the_last(tmp_path: Path) -> None:
    made = [Run.create(tmp_path, now=NOW, token_hex=digits) for digits in ("ffffff", "aaaaaa", "cccccc")]
    assert [run.id for run in all_runs(tmp_path)] == [run.id for run in reversed(made)]
    assert find_run(tmp_path, "last").id == made[-1].id


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    assert [start(tmp_path).id for _ in range(3)] == [
        "20261124T024500Z-3fa9c1",
        "20261124T024501Z-3fa9c1",
        "20261124T024502Z-3fa9c1",
    ]


def test_git_never_sees_the_runs(tmp_path: Path) -> None:
    start(tmp_path)
    assert (tmp_path / ".coursesync" / ".gitignore").read_text() == "*\n"


def test_a_gitignore_that_somebody_changed_is_left_alone(tmp_path: Path) -> None:
    start(tmp_path)
    ignore = tmp_path / ".coursesync" / ".gitignore"
    ignore.write_text("runs/\n")
    start(tmp_path)
    assert ignore.read_text() == "runs/\n"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_only_the_owner_may_read_a_run(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        run = start(tmp_path)
        run.save_plan("{}")
        run.write(said(departure(REQUEST)))
        run.outcome("{}")
    finally:
        os.umask(before)
    assert mode(run.folder) == 0o700
    assert {path.name: mode(path) for path in run.folder.iterdir()} == {
        "plan.json": 0o600,
        "journal.jsonl": 0o600,
        "outcome.json": 0o600,
    }


def test_plan_and_outcome_are_kept_byte_by_byte(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.save_plan('{"name": "Größe"}\n')
    run.outcome("{}\n")
    assert (run.folder / "plan.json").read_bytes() == '{"name": "Größe"}\n'.encode()
    assert (run.folder / "outcome.json").read_bytes() == b"{}\n"


def test_half_a_character_does_not_cost_the_outcome(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.outcome('{"name": "x\ud800"}')
    assert json.loads((run.folder / "outcome.json").read_bytes()) == {"name": "x\ud800"}


def _outcome(**verdicts: Verdict) -> CourseOutcome:
    fields = tuple(
        FieldOutcome(change_id="x", field=f"attributes.{name}", verdict=verdict, before=None, after=1, read=1)
        for name, verdict in verdicts.items()
    )
    return CourseOutcome(id=7, name="Biology", sis_course_id=None, fields=fields)


def test_the_journal_tells_what_happened_in_order(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.write(said(beginning({"only": []})))
    run.write(said(departure(REQUEST)))
    run.write(said(answer("r1")))
    left_out = LeftOut(course=7, field="settings.x", change_id="ab", reason="left out by --only")
    settled = Settled(outcome=_outcome(name=Verdict.APPLIED), left_out=(left_out,))
    run.write(said(conclusion([settled])))
    *first, last = read_journal(run.journal)
    assert first == [
        {"at": AT, "event": "begun", "choice": {"only": []}},
        {
            "at": AT,
            "event": "intent",
            "request": "r1",
            "courses": [7],
            "changes": ["0123456789"],
            "method": "PUT",
            "path": "/api/v1/courses/7",
            "body": {"course": {"name": "Größe", "end_at": None}},
        },
        {"at": AT, "event": "sent", "request": "r1"},
        {"at": AT, "event": "answered", "request": "r1", "result": "ok"},
    ]
    assert (last["event"], last["course"], last["cut"]) == ("verified", 7, False)
    assert last["outcome"]["fields"][0]["verdict"] == "applied"
    assert last["left_out"][0]["reason"] == "left out by --only"


def test_what_a_journal_tells_is_what_was_noted(tmp_path: Path) -> None:
    run = start(tmp_path)
    call = replace(REQUEST, id="offer.2.7", courses=(7, 8))
    settled = Settled(outcome=_outcome(name=Verdict.ALTERED, end_at=Verdict.UNKNOWN), cut=True)
    run.write(said(beginning({"only": ["a"]})))
    run.write(said(departure(REQUEST)) + said(answer("r1", "No.")))
    run.write(said(departure(call)) + said(answer(call.id, failures={8: "Access was denied."})))
    run.write(said(departure(REQUEST)) + said(loss("r1", "No answer.", undone=False)))
    run.write(said(conclusion([settled])) + said(resumption()))
    past = read_past(run.journal)
    assert (past.choice, past.started, past.resumed) == ({"only": ["a"]}, AT, (AT,))
    assert past.attempts == (
        Attempt(request=REQUEST, left=True, known=True, why="No."),
        Attempt(request=call, left=True, known=True, failures={8: "Access was denied."}),
        Attempt(request=REQUEST, left=True, why="No answer."),
    )
    assert past.attempts_on(8) == past.attempts[1:2]
    assert (past.settled, past.concluded, past.departed) == ({7: settled}, {}, 3)


def test_a_run_without_a_journal_did_nothing(tmp_path: Path) -> None:
    assert read_past(start(tmp_path).journal) == Past()


@pytest.mark.parametrize(
    "line",
    [
        {"event": "sent", "request": "never meant"},
        {"event": "intent", "request": 1},
        {"event": "verified", "course": 7},
        {"event": "begun", "at": "now", "choice": []},
        {"event": "unanswered", "request": "r1", "reason": None},
        {"event": "answered", "request": "r1", "result": "ok", "failures": {"x": "y"}},
    ],
    ids=lambda line: str(line["event"]),
)
def test_an_event_that_is_none_of_ours_is_a_sentence(tmp_path: Path, line: dict[str, Any]) -> None:
    run = start(tmp_path)
    run.write(said(departure(REQUEST)) + json.dumps(line) + "\n")
    with pytest.raises(UsageProblem, match=r"Line 3 of .* is damaged"):
        read_past(run.journal)


def test_an_event_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.write(said(({"event": "slept"},)))
    assert read_past(run.journal) == Past()


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_journal_that_was_cut_off_is_mended_and_goes_on(tmp_path: Path, cut: int) -> None:
    run = start(tmp_path)
    run.write(said(answer("r1")) + said(answer("r2", "Größe")))
    run.journal.write_bytes(run.journal.read_bytes()[:-cut])
    told = read_journal(run.journal)
    run.mend()
    run.write(said(answer("r3")))
    assert read_journal(run.journal)[:-1] == told
    assert mode(run.journal) == 0o600


# Finding a run again


def test_a_run_is_found_by_its_id_its_beginning_its_folder_and_as_the_last_one(tmp_path: Path) -> None:
    first, last = start(tmp_path, "aaaaaa"), start(tmp_path, "bbbbbb")
    first.save_plan("{}")
    for name in (first.id, "20261124T024500Z-a", str(first.folder)):
        assert find_run(tmp_path, name).id == first.id
    assert find_run(tmp_path, "last") == last
    assert all_runs(tmp_path) == (last, first)


@pytest.mark.parametrize("name", ["2027", "", "last", "../..", "x\0y", "a" * 5000])
def test_a_run_that_is_not_there_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageProblem, match=r"There (is|are) no run"):
        find_run(tmp_path, name)


def test_a_beginning_that_several_runs_share_is_refused(tmp_path: Path) -> None:
    start(tmp_path, "aaaaaa")
    start(tmp_path, "bbbbbb")
    with pytest.raises(UsageProblem, match="More than one run begins with 2026"):
        find_run(tmp_path, "2026")


def test_an_event_is_one_line_whatever_it_holds(tmp_path: Path) -> None:
    run = start(tmp_path)
    text = 'a\nb\r\n\u2028"\x00\x85 \ud800'
    run.write(said(answer("r1", text)))
    assert run.journal.read_bytes().count(b"\n") == 1
    assert read_journal(run.journal)[0]["result"] == text


def test_an_event_is_on_the_disk_before_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(tmp_path)
    synced: list[bytes] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            synced.append(run.journal.read_bytes())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    run.write(said(answer("r1", "ok")))
    run.write(said(answer("r2", "ok")))
    assert [content.count(b"\n") for content in synced] == [1, 2]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path, cut: int) -> None:
    run = start(tmp_path)
    run.write(said(answer("r1", "ok")))
    run.write(said(answer("r2", "Größe")))
    whole = run.journal.read_bytes()
    run.journal.write_bytes(whole[:-cut])
    first, *rest = read_journal(run.journal)
    assert first == {"at": AT, "event": "answered", "request": "r1", "result": "ok"}
    # Without its line break alone the last event is still complete.
    assert len(rest) == (1 if cut == 1 else 0)


def test_an_empty_journal_has_no_events(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"")
    assert read_journal(path) == ()


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"event": 1}', b"\xff", b""], ids=repr)
def test_a_journal_that_was_damaged_in_the_middle_is_not_trusted(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"event": "sent"}\n' + line + b'\n{"event": "sent"}\n')
    with pytest.raises(UsageProblem, match=r"Line 2 of .* is damaged"):
        read_journal(path)


def test_a_journal_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read: No such file or directory"):
        read_journal(tmp_path / "journal.jsonl")


# Receipts


def test_a_receipt_is_a_copy_others_may_read(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        start(tmp_path).receipt(tmp_path / "receipt.json", "{}\n")
    finally:
        os.umask(before)
    assert (tmp_path / "receipt.json").read_text() == "{}\n"
    assert mode(tmp_path / "receipt.json") == 0o644


def test_a_receipt_replaces_an_older_one_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "receipt.json"
    target.write_text("old")
    seen: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(target.read_text())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    start(tmp_path).receipt(target, "new")
    assert target.read_text() == "new"
    assert set(seen) <= {"old", "new"}
    assert seen[-1] == "new"


def test_a_receipt_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    start(tmp_path).receipt(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_receipt_may_go_to_a_device_which_stays_one(tmp_path: Path) -> None:
    start(tmp_path).receipt(Path(os.devnull), "text")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


# A disk that refuses


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def refuse(monkeypatch: pytest.MonkeyPatch, *, after: int = 0) -> None:
    """Let the disk be full after so many bytes of a write."""
    real = os.write
    left = [after]

    def write(handle: int, content: Any) -> int:
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(handle, bytes(content)[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(os, "write", write)


def test_a_full_disk_is_a_sentence_and_leaves_the_journal_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(tmp_path)
    run.write(said(answer("r1", "ok")))
    with monkeypatch.context() as full:
        refuse(full, after=10)
        with pytest.raises(
            UsageProblem, match=r"journal\.jsonl cannot be written: No space left on device"
        ) as caught:
            run.write(said(departure(REQUEST)))
    assert caught.value.exit_code is ExitCode.ERROR
    assert "space" in caught.value.hint
    run.write(said(answer("r2", "ok")))
    assert [event["request"] for event in read_journal(run.journal)] == ["r1", "r2"]


def test_a_write_in_pieces_is_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(tmp_path)
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, bytes(content)[:7]))
    run.write(said(departure(REQUEST)))
    assert read_journal(run.journal)[0]["body"] == REQUEST.body


def test_a_full_disk_keeps_the_older_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(tmp_path)
    run.outcome("old")
    refuse(monkeypatch, after=2)
    with pytest.raises(UsageProblem, match=r"outcome\.json cannot be written"):
        run.outcome("new and longer")
    assert (run.folder / "outcome.json").read_text() == "old"
    assert files(run.folder) == {"outcome.json"}


def test_a_file_in_the_way_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".coursesync").write_text("")
    with pytest.raises(UsageProblem, match=r"\.coursesync cannot be written"):
        start(tmp_path)


def test_a_receipt_makes_its_folder(tmp_path: Path) -> None:
    start(tmp_path).receipt(tmp_path / "missing" / "receipt.json", "{}")
    assert (tmp_path / "missing" / "receipt.json").read_text() == "{}"


def test_a_receipt_below_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem, match=r"receipt\.json cannot be written: "):
        start(tmp_path).receipt(tmp_path / "file" / "receipt.json", "{}")


def test_a_receipt_that_is_a_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be written: Is a directory"):
        start(tmp_path).receipt(tmp_path, "{}")


def test_nothing_is_left_beside_what_was_meant(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.save_plan("{}")
    run.outcome("{}")
    run.receipt(tmp_path / "receipt.json", "{}")
    assert files(run.folder) == {"plan.json", "outcome.json"}
    assert files(tmp_path) == {".coursesync", "receipt.json"}


def test_the_journal_is_json_lines(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.write(said(departure(REQUEST)))
    lines = run.journal.read_text(encoding="ascii").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["intent", "sent"]


def test_lines_that_come_while_the_disk_is_busy_are_written_together() -> None:
    written: list[str] = []
    free = threading.Event()

    def slow(lines: str) -> None:
        free.wait(5)
        written.append(lines)

    async def work() -> None:
        journal = Journal(slow, asyncio.to_thread, CLOCK)
        notes = [asyncio.create_task(journal.note([{"event": str(number)}])) for number in range(4)]
        await asyncio.sleep(0.05)
        assert not any(note.done() for note in notes)
        free.set()
        await asyncio.gather(*notes)

    asyncio.run(work())
    counts = [text.count("\n") for text in written]
    assert counts in ([4], [1, 3])
    assert [json.loads(line)["event"] for line in "".join(written).splitlines()] == ["0", "1", "2", "3"]


def test_whoever_waits_for_a_disk_that_refuses_is_told() -> None:
    def refused(lines: str) -> None:
        raise UsageProblem(f"{len(lines)} characters too many")

    async def work() -> list[object]:
        journal = Journal(refused, at_once, CLOCK)
        return await asyncio.gather(
            *(journal.note([{"event": "x"}]) for _ in range(3)), return_exceptions=True
        )

    found = asyncio.run(work())
    assert [type(error) for error in found] == [UsageProblem] * 3
