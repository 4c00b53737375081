"""Do the same to many things at once, and let the first real error out as itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# More than any token is allowed to have under way: the throttle decides below it.
AT_ONCE = 64


async def in_parallel(
    work: Callable[[_Item], Awaitable[_Result]], items: Iterable[_Item], *, at_once: int = AT_ONCE
) -> list[_Result]:
    """Return the results in the order of the items, at most `at_once` of them under way at a time.

    An error cancels what is under way and is raised as it is, never in a group.
    """
    things = list(items)
    waiting = enumerate(things)
    results: dict[int, _Result] = {}

    async def one_after_the_other() -> None:
        for number, item in waiting:
            results[number] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(things))):
                group.create_task(one_after_the_other())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [results[number] for number in range(len(things))]
