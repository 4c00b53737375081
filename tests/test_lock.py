"""One apply at a time in one working directory, and none that a dead process could hold up."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coursesync.errors import ExitCode, UnsafePlan, UsageProblem
from coursesync.workflow import Clock
from coursesync.workflow.lock import HEARTBEAT, LIFE, Lock, holder_of, locked

NOW = datetime(2026, 11, 24, 2, 45, tzinfo=UTC)
CLOCK = Clock(now=lambda: NOW, sleep=asyncio.sleep)


def home(root: Path) -> Path:
    return root / ".coursesync"


def test_a_second_apply_is_told_who_holds_the_lock_since_when(tmp_path: Path) -> None:
    with locked(tmp_path, owner="alice", host="ada", pid=4711, clock=CLOCK) as lock:
        lock.renew(run="20261124T024500Z-3fa9c1")
        with (
            pytest.raises(UnsafePlan) as caught,
            locked(tmp_path, owner="bob", host="ada", pid=4712, clock=CLOCK),
        ):
            pass
    assert caught.value.exit_code is ExitCode.BLOCKED
    assert "alice on ada, process 4711, since 2026-11-24T02:45:00Z" in caught.value.message
    assert "run 20261124T024500Z-3fa9c1" in caught.value.message
    assert "2026-11-24T03:00:00Z" in caught.value.hint


def test_a_lock_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path, owner="alice", host="ada", pid=1, clock=CLOCK):
            assert holder_of(tmp_path) is not None
        assert holder_of(tmp_path) is None
    assert not (home(tmp_path) / "lock.json").exists()


def test_a_lock_is_let_go_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path, owner="a", host="ada", pid=1, clock=CLOCK):
        _ = 1 // 0
    with locked(tmp_path, owner="b", host="ada", pid=2, clock=CLOCK):
        pass


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio, os, signal
        from datetime import UTC, datetime
        from pathlib import Path
        from coursesync.workflow import Clock
        from coursesync.workflow.lock import locked
        clock = Clock(now=lambda: datetime(2026, 11, 24, tzinfo=UTC), sleep=asyncio.sleep)
        with locked(Path({str(tmp_path)!r}), owner="alice", host="ada", pid=os.getpid(), clock=clock):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode < 0
    assert json.loads((home(tmp_path) / "lock.json").read_text())["owner"] == "alice"
    assert holder_of(tmp_path) is None
    with locked(tmp_path, owner="bob", host="ada", pid=1, clock=CLOCK):
        pass


def _left_by(root: Path, *, host: str, expires: datetime) -> None:
    """Leave what a machine left that shares the folder and whose lock this system does not see."""
    with locked(root, owner="alice", host=host, pid=1, clock=CLOCK):
        text = (home(root) / "lock.json").read_text()
    said = json.loads(text) | {"expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    (home(root) / "lock.json").write_text(json.dumps(said))


def test_another_machine_is_believed_until_its_lock_expires(tmp_path: Path) -> None:
    _left_by(tmp_path, host="grace", expires=NOW + timedelta(minutes=1))
    with (
        pytest.raises(UnsafePlan, match="alice on grace"),
        locked(tmp_path, owner="bob", host="ada", pid=1, clock=CLOCK),
    ):
        pass
    _left_by(tmp_path, host="grace", expires=NOW - timedelta(minutes=1))
    with locked(tmp_path, owner="bob", host="ada", pid=1, clock=CLOCK):
        pass


def test_the_same_machine_is_not_believed_where_the_system_knows_better(tmp_path: Path) -> None:
    _left_by(tmp_path, host="ada", expires=NOW + timedelta(hours=1))
    with locked(tmp_path, owner="bob", host="ada", pid=1, clock=CLOCK):
        pass


def test_a_lock_stays_young_while_the_work_goes_on(tmp_path: Path) -> None:
    passed, late = [timedelta()], asyncio.Event()

    async def sleep(seconds: float) -> None:
        passed[0] += timedelta(seconds=seconds)
        if passed[0] >= 3 * HEARTBEAT:
            late.set()
        await asyncio.sleep(0)

    clock = Clock(now=lambda: NOW + passed[0], sleep=sleep)

    async def work(lock: Lock) -> None:
        task = asyncio.create_task(lock.keep())
        await late.wait()
        task.cancel()

    with locked(tmp_path, owner="alice", host="ada", pid=1, clock=clock) as lock:
        asyncio.run(work(lock))
        holder = holder_of(tmp_path)
    assert holder is not None
    assert holder.since == "2026-11-24T02:45:00Z"
    assert holder.expires >= (NOW + 2 * HEARTBEAT + LIFE).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_only_the_owner_may_read_who_holds_it(tmp_path: Path) -> None:
    with locked(tmp_path, owner="alice", host="ada", pid=1, clock=CLOCK):
        for name in ("lock", "lock.json"):
            assert stat.S_IMODE((home(tmp_path) / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"owner": 1}', "[" * 10_000, "\x00"])
def test_a_holder_that_cannot_be_read_is_somebody(tmp_path: Path, text: str) -> None:
    with locked(tmp_path, owner="alice", host="ada", pid=1, clock=CLOCK):
        (home(tmp_path) / "lock.json").write_text(text)
        with (
            pytest.raises(UnsafePlan, match="Another apply is under way"),
            locked(tmp_path, owner="bob", host="ada", pid=2, clock=CLOCK),
        ):
            pass
        assert holder_of(tmp_path) is None


def test_a_folder_in_the_way_of_the_lock_is_a_sentence(tmp_path: Path) -> None:
    (home(tmp_path) / "lock").mkdir(parents=True)
    with (
        pytest.raises(UsageProblem, match="cannot be locked"),
        locked(tmp_path, owner="a", host="ada", pid=1, clock=CLOCK),
    ):
        pass


def test_nobody_holds_the_lock_of_a_folder_without_runs(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
