"""One apply at a time in one working directory: a lock that dies with its process, and who holds it.

Two machines with folders of their own do not meet here; preconditions and the read-back are for them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import filelock

from coursesync import disk
from coursesync.catalogue.moments import format_instant
from coursesync.errors import UnsafePlan, UsageProblem
from coursesync.runs import FOLDER, own_folder
from coursesync.workflow.clock import Clock

# How long another machine believes a holder that it cannot ask, and how often the holder says it is alive.
LIFE, HEARTBEAT = timedelta(minutes=15), timedelta(minutes=5)
_LOCK, _HOLDER = "lock", "lock.json"
# Whoever lists the runs holds the lock for a moment.
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock: the user, the machine, the process, since when, and until when at the latest.

    run: the id of what is under way, once it has one. Moments are in UTC, as documents write them.
    """

    owner: str
    host: str
    pid: int
    since: str
    expires: str
    run: str = ""


class Lock:
    """A lock that is held; it says who holds it in a file beside it."""

    def __init__(self, home: Path, holder: Holder, clock: Clock) -> None:
        self._home, self._holder, self._clock = home, holder, clock

    def renew(self, *, run: str = "") -> None:
        """Say that the holder is alive, and what it does. Raises UsageProblem where the disk refuses."""
        self._holder = replace(
            self._holder, expires=_moment(self._clock.now() + LIFE), run=run or self._holder.run
        )
        text = json.dumps(asdict(self._holder), indent=2) + "\n"
        with disk.access(self._home / _HOLDER):
            disk.replace(self._home / _HOLDER, text.encode(), mode=disk.PRIVATE)

    async def keep(self) -> None:
        """Renew the lock for ever; to be cancelled when the work is done."""
        while True:
            await self._clock.sleep(HEARTBEAT.total_seconds())
            # What a full disk costs here is only what another machine is told.
            with contextlib.suppress(UsageProblem):
                self.renew()


@contextlib.contextmanager
def locked(root: Path, *, owner: str, host: str, pid: int, clock: Clock) -> Iterator[Lock]:
    """Hold the lock of a project while the work inside goes on.

    Raises UnsafePlan where somebody else holds it, UsageProblem where the disk refuses.
    """
    home = own_folder(root)
    handle = filelock.FileLock(home / _LOCK, timeout=_PATIENCE, mode=disk.PRIVATE)
    with disk.access(home / _LOCK, doing="locked"):
        try:
            handle.acquire()
        except filelock.Timeout as error:
            raise _refusal(_holder(home), home) from error
    try:
        found = _holder(home)
        # The system lets go of the lock of a dead process; on a folder that machines share it may not know.
        if found and found.host != host and found.expires > _moment(clock.now()):
            raise _refusal(found, home)
        now = _moment(clock.now())
        lock = Lock(home, Holder(owner=owner, host=host, pid=pid, since=now, expires=now), clock)
        lock.renew()
        yield lock
        with contextlib.suppress(OSError):
            (home / _HOLDER).unlink()
    finally:
        handle.release()


def holder_of(root: Path) -> Holder | None:
    """Return who holds the lock of a project now, if anybody does and can be told."""
    home = root / FOLDER
    if not (home / _LOCK).exists():
        return None
    handle = filelock.FileLock(home / _LOCK, timeout=0, mode=disk.PRIVATE)
    try:
        handle.acquire()
    except (filelock.Timeout, OSError):
        return _holder(home)
    handle.release()
    return None


def _holder(home: Path) -> Holder | None:
    try:
        found = json.loads((home / _HOLDER).read_bytes())
        holder = Holder(**found)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (holder.owner, holder.host, holder.since, holder.expires, holder.run)
    return holder if all(isinstance(text, str) for text in texts) else None


def _refusal(holder: Holder | None, home: Path) -> UnsafePlan:
    if holder is None:
        return UnsafePlan(f"Another apply is under way in {home.parent}.", hint="Wait until it has ended.")
    run = f", run {holder.run}" if holder.run else ""
    return UnsafePlan(
        f"Another apply is under way in {home.parent}: {holder.owner} on {holder.host}, "
        f"process {holder.pid}, since {holder.since}{run}.",
        hint=f"Wait until it has ended; if that machine is gone, until {holder.expires}.",
    )


def _moment(moment: datetime) -> str:
    return format_instant(moment)
