"""Do the same to many things at once, and let the first real error out as itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
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

    await _all(one_after_the_other() for _ in range(min(at_once, len(things))))
    return [results[number] for number in range(len(things))]


async def both(one: Awaitable[_Item], other: Awaitable[_Result]) -> tuple[_Item, _Result]:
    """Do two things at once and return both results; an error of one cancels the other."""
    found: list[_Item] = []
    result: list[_Result] = []

    async def first() -> None:
        found.append(await one)

    async def second() -> None:
        result.append(await other)

    await _all([first(), second()])
    return found[0], result[0]


async def _all(works: Iterable[Coroutine[object, object, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
