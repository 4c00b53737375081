"""The event loop of the tests, whose time is not ours."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests import virtual


def test_an_hour_passes_at_once() -> None:
    async def work() -> list[float]:
        async def until(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return virtual.now()

        return list(await asyncio.gather(until(3600.0), until(1.5), until(0.0)))

    started = time.monotonic()
    assert virtual.run(work) == [3600.0, 1.5, 0.0]
    assert time.monotonic() - started < 10


def test_everybody_waiting_for_somebody_else_is_an_error() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="everybody waits"):
        virtual.run(work)


def test_a_timeout_passes_too() -> None:
    async def work() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30.0):
                await asyncio.Event().wait()
        return virtual.now()

    assert virtual.run(work) == 30.0
