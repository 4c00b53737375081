"""Ask about many things at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from coursesync.canvas.parallel import in_parallel

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


async def each(ask: Callable[[_Key], Awaitable[_Answer | None]], keys: Iterable[_Key]) -> dict[_Key, _Answer]:
    """Ask about each of them at once, and return the answers there are; None is none."""
    names = list(keys)
    answers = await in_parallel(ask, names)
    return {name: answer for name, answer in zip(names, answers, strict=True) if answer is not None}
