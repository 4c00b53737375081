"""Do the same to many things at once, and let the first real error out as itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


async def in_parallel(
    work: Callable[[_Item], Awaitable[_Result]], items: Iterable[_Item], *, at_once: int
) -> list[_Result]:
    """Return the results in the order of the items, `at_once` of them under way at a time.

    An error cancels what is under way and is raised as it is, never in a group.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(item: _Item) -> _Result:
        async with gate:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
