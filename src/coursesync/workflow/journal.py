"""The journal while requests are under way: what comes while the disk is busy is written together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from coursesync.errors import UsageProblem
from coursesync.model import Request
from coursesync.runs import Event, departure, lines
from coursesync.workflow.clock import Clock

# Does something that waits for the disk, without holding up everything else.
Offload = Callable[[Callable[[], None]], Awaitable[None]]


async def at_once(work: Callable[[], None]) -> None:
    """Do it here and now; whoever minds the wait passes `asyncio.to_thread` instead."""
    work()


class Journal:
    """Takes events of many courses at a time and returns when the disk has them.

    A disk takes milliseconds for each write it is waited for, however long: twelve requests that leave or
    return in that time share one. departed: how many requests left so far.
    """

    def __init__(self, write: Callable[[str], None], offload: Offload, clock: Clock) -> None:
        self.departed = 0
        self._write, self._offload, self._clock = write, offload, clock
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def depart(self, request: Request) -> None:
        """Note that a request is about to leave. Raises UsageProblem where the disk refuses."""
        await self.note(departure(request))
        self.departed += 1

    async def note(self, events: Iterable[Event]) -> None:
        """Wait until the disk has these events. Raises UsageProblem where it refuses them."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines(events, at=self._clock.stamp), done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            text = "".join(part for part, _ in together)
            try:
                await self._offload(partial(self._write, text))
            except UsageProblem as error:
                _settle([done for _, done in together], error)
            else:
                _settle([done for _, done in together], None)
        self._writing = None


def _settle(waiting: list[asyncio.Future[None]], error: UsageProblem | None) -> None:
    for done in waiting:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
