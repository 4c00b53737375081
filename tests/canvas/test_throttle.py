"""The gate against the stand-in's bucket, in virtual time: how fast, how fair, and never refused alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursesync.canvas.credit import Credit
from coursesync.canvas.throttle import Throttle
from tests import virtual

from .simulated import Naive, Server, Worker, bound

Work = Callable[[], Coroutine[Any, Any, None]]


def around(mean: float) -> Callable[[random.Random], float]:
    return lambda chance: chance.uniform(0.5 * mean, 1.5 * mean)


def server(hwm: int, wall: float, cost: float, **options: Any) -> Server:
    """Answers after `wall` seconds that cost `cost`, on average."""
    return Server(hwm=hwm, takes=around(wall), costs=lambda seconds: seconds * cost / wall, **options)


# Seconds on the server and cost: what the stand-in has, Canvas's usual reads and writes, more than can drain.
REQUESTS = [(0.05, 0.03), (0.1, 0.05), (0.5, 0.3), (1.0, 0.8), (1.0, 1.0), (2.0, 1.9), (0.5, 2.0)]


@pytest.mark.parametrize("hwm", [600, 700])
@pytest.mark.parametrize(
    ("count", "wall", "cost"),
    [*((500, *request) for request in REQUESTS), (3000, 0.5, 0.3), (3000, 1.0, 1.0)],
)
def test_who_is_alone_is_never_refused_and_nearly_as_fast_as_can_be(
    hwm: int, count: int, wall: float, cost: float
) -> None:
    async def work() -> None:
        canvas = server(hwm, wall, cost)
        worker = Worker(server=canvas)
        seconds = await worker.work(count)
        assert worker.refusals == 0
        assert not worker.throttle.pace.shared
        assert worker.throttle.pace.high_water == hwm
        assert seconds < 1.3 * (worker.latencies[0] + bound(worker, hwm))

    virtual.run(work)


@pytest.mark.parametrize("hwm", [600, 700])
@pytest.mark.parametrize(("wall", "cost"), REQUESTS[1::2])
@pytest.mark.parametrize("level", [100, 350, 540])
def test_a_bucket_that_is_not_empty_at_first_is_waited_for(
    hwm: int, wall: float, cost: float, level: int
) -> None:
    async def work() -> None:
        canvas = server(hwm, wall, cost)
        canvas.fill(level)
        worker = Worker(server=canvas)
        seconds = await worker.work(500)
        assert worker.refusals == 0
        # At worst the whole level has to drain before anything else happens.
        assert seconds < 1.3 * (worker.latencies[0] + bound(worker, hwm) + level / 10)

    virtual.run(work)


@pytest.mark.parametrize("hwm", [60, 120, 250, 300, 550, 610, 650, 660, 750, 1000, 3000])
@pytest.mark.parametrize(("wall", "cost"), [(0.1, 0.05), (1.0, 0.9)])
def test_any_mark_is_kept_to(hwm: int, wall: float, cost: float) -> None:
    """Marks can be set for a whole Canvas and for one token (Canvas: request_throttle.rb)."""

    async def work() -> None:
        canvas = server(hwm, wall, cost)
        worker = Worker(server=canvas)
        await worker.work(200)
        assert worker.refusals == 0

    virtual.run(work)


@settings(max_examples=60)
@given(
    hwm=st.sampled_from([600, 700]),
    wall=st.floats(0.01, 8.0),
    dearness=st.floats(0.0, 1.5),
    spread=st.floats(0.0, 1.0),
    way=st.floats(0.0, 3.0),
    level=st.floats(0.0, 500.0),
    most=st.none() | st.integers(1, 30),
    seed=st.integers(0, 1000),
)
def test_who_is_alone_is_never_refused_whatever_the_network_does(
    hwm: int,
    wall: float,
    dearness: float,
    spread: float,
    way: float,
    level: float,
    most: int | None,
    seed: int,
) -> None:
    async def work() -> None:
        canvas = Server(
            hwm=hwm,
            takes=lambda chance: wall * chance.uniform(1 - spread, 1 + spread),
            costs=lambda seconds: seconds * dearness,
            way=lambda chance: chance.uniform(0.0, way),
            chance=random.Random(seed),
        )
        canvas.fill(level)
        worker = Worker(server=canvas, most=most)
        await worker.work(150)
        assert worker.refusals == 0
        assert canvas.most_in_flight <= (most or 12)

    virtual.run(work)


@pytest.mark.parametrize("most", [1, 3, 8])
def test_the_bound_of_the_user_only_lowers(most: int) -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3)
        worker = Worker(server=canvas, most=most)
        await worker.work(100)
        assert canvas.most_in_flight == most

    virtual.run(work)


def test_one_request_is_left_to_others() -> None:
    async def work() -> None:
        canvas = server(700, 1.0, 0.9)
        worker = Worker(server=canvas)
        human = Naive(server=canvas, at_once=1)

        async def now_and_then() -> None:
            for _ in range(20):
                await asyncio.sleep(3.7)
                await human.work(1)

        await asyncio.gather(worker.work(1000), now_and_then())
        assert (worker.refusals, human.refusals) == (0, 0)

    virtual.run(work)


# Others with the same token

SIDE_BY_SIDE, SETTLING = 60.0, 5.0


async def side_by_side(first: Worker | Naive, second: Worker | Naive, *, later: float) -> tuple[float, int]:
    """Let two clients work 60 seconds side by side; return the part of the first, and all answers."""

    async def begin() -> None:
        await asyncio.sleep(later)
        await second.work(6000)

    tasks = [asyncio.ensure_future(first.work(6000)), asyncio.ensure_future(begin())]
    await asyncio.sleep(later + SIDE_BY_SIDE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ones, others = (sum(when > later + SETTLING for when in client.times) for client in (first, second))
    return ones / (ones + others), ones + others


SHARED = [(0.2, 0.1), (0.5, 0.3), (1.0, 0.8), (1.0, 1.0), (3.0, 1.0)]


@pytest.mark.parametrize("hwm", [600, 700])
@pytest.mark.parametrize(("wall", "cost"), SHARED)
@pytest.mark.parametrize("later", [0.0, 10.0])
def test_two_of_us_share_evenly(hwm: int, wall: float, cost: float, later: float) -> None:
    async def work() -> None:
        canvas = server(hwm, wall, cost)
        one, other = Worker(server=canvas, seed=2), Worker(server=canvas, seed=3)
        part, answers = await side_by_side(one, other, later=later)
        assert one.refusals + other.refusals < 0.02 * (one.sent + other.sent)
        assert 0.3 < part < 0.7
        # Together they are about as fast as one who is alone, who has 10 or 12 requests in flight.
        assert answers > 0.75 * (SIDE_BY_SIDE - SETTLING) * min((hwm / 50 - 2) / (wall + 0.06), 10 / cost)

    virtual.run(work)


@pytest.mark.parametrize(("hwm", "wall", "cost"), [(700, 0.2, 0.1), (600, 0.5, 0.3), (700, 1.0, 0.9)])
@pytest.mark.parametrize("at_once", [3, 5, 8])
@pytest.mark.parametrize("first", ["we", "they"])
def test_a_client_that_gives_no_way_leaves_us_what_is_left(
    hwm: int, wall: float, cost: float, at_once: int, first: str
) -> None:
    async def work() -> None:
        canvas = server(hwm, wall, cost)
        we, they = Worker(server=canvas), Naive(server=canvas, at_once=at_once)
        if first == "we":
            part, _ = await side_by_side(we, they, later=10.0)
        else:
            part, _ = await side_by_side(they, we, later=10.0)
            part = 1 - part
        assert we.refusals <= max(0.02 * we.sent, 2)
        # Half of what they do not use is ours at least.
        assert part > (hwm / 50 - at_once) / (hwm / 50) / 2

    virtual.run(work)


@pytest.mark.parametrize(("wall", "cost"), SHARED)
def test_both_who_share_a_token_finish(wall: float, cost: float) -> None:
    async def work() -> None:
        canvas = server(700, wall, cost)
        one, other = Worker(server=canvas, seed=2), Worker(server=canvas, seed=3)
        await asyncio.gather(one.work(500), other.work(500))
        assert one.refusals + other.refusals < 0.02 * (one.sent + other.sent)

    virtual.run(work)


def test_who_hogs_the_bucket_does_not_shut_us_out() -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3)
        we, they = Worker(server=canvas), Naive(server=canvas, at_once=20)
        await side_by_side(they, we, later=5.0)
        # One now and then; every try of it is refused while they hold all there is.
        assert len(we.times) >= 5

    virtual.run(work)


@pytest.mark.parametrize(("wall", "cost"), SHARED)
def test_a_burst_of_somebody_else_costs_little(wall: float, cost: float) -> None:
    async def work() -> None:
        canvas = server(700, wall, cost)
        we, they = Worker(server=canvas), Naive(server=canvas, at_once=10)

        async def burst() -> None:
            await asyncio.sleep(20 * wall)
            await they.work(20)

        seconds, _ = await asyncio.gather(we.work(1000), burst())
        assert we.refusals < 0.02 * we.sent
        assert seconds < 1.5 * bound(we, 700)

    virtual.run(work)


# What Canvas does when it is not well


def test_a_refusal_in_every_hundred_is_survived() -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3, refuses=0.01)
        worker = Worker(server=canvas)
        await worker.work(1000)
        assert worker.refusals > 0
        assert len(worker.times) == 1000

    virtual.run(work)


def test_a_canvas_that_refuses_everything_is_asked_ever_more_rarely() -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3)
        worker = Worker(server=canvas)
        task = asyncio.ensure_future(worker.work(1000))
        await asyncio.sleep(5.0)
        canvas.refuses, before = 1.0, worker.sent
        await asyncio.sleep(60.0)
        # A dozen were under way, and then one after the other, with waits of 1, 2, 4, 8, 10 seconds.
        assert worker.sent - before < 30
        canvas.refuses = 0.0
        await task
        assert len(worker.times) == 1000

    virtual.run(work)


def test_a_canvas_that_is_down_is_not_hammered_and_found_again() -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3)
        worker = Worker(server=canvas)
        task = asyncio.ensure_future(worker.work(600))
        await asyncio.sleep(5.0)
        canvas.broken, before = True, worker.sent
        await asyncio.sleep(10.0)
        assert worker.sent - before < 30
        canvas.broken = False
        seconds = await task
        assert worker.refusals == 0
        assert seconds < 1.3 * bound(worker, 700) + 20

    virtual.run(work)


def test_one_failure_stops_nobody() -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3, fails=0.002)
        worker = Worker(server=canvas)
        seconds = await worker.work(1000)
        assert seconds < 1.3 * bound(worker, 700)

    virtual.run(work)


# Where Canvas tells nothing


@pytest.mark.parametrize(("workers", "least", "most"), [(1, 3, 6), (2, 4, 7), (4, 6, 9), (50, 9, 10)])
def test_without_headers_the_latency_tells_when_it_is_enough(workers: int, least: int, most: int) -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3, told=False, workers=workers)
        worker = Worker(server=canvas)
        task = asyncio.ensure_future(worker.work(100 * min(workers, 10)))
        await asyncio.sleep(40.0)
        assert least <= canvas.in_flight <= most
        assert canvas.most_in_flight <= 10
        seconds = await task
        assert seconds < 1.4 * 0.5 * 100 * min(workers, 10) / min(workers, 10)
        assert (worker.throttle.pace.remaining, worker.throttle.pace.high_water) == (None, None)

    virtual.run(work)


def test_answers_that_take_very_differently_long_are_no_queue() -> None:
    async def work() -> None:
        canvas = Server(takes=lambda chance: chance.uniform(0.05, 0.95), told=False)
        worker = Worker(server=canvas)
        # Not as fast as with ten at once, but never at less than four.
        assert await worker.work(600) < 600 * 0.6 / 4

    virtual.run(work)


def test_a_token_without_a_limit_is_used_like_an_empty_bucket() -> None:
    """An approve-listed token is always told the whole mark (Canvas: request_throttle.rb)."""

    async def work() -> None:
        canvas = server(700, 0.5, 0.3, listed=True)
        worker = Worker(server=canvas)
        seconds = await worker.work(600)
        assert canvas.most_in_flight == 12
        assert seconds < 1.2 * bound(worker, 700)

    virtual.run(work)


# The gate


def gate(**options: Any) -> Throttle:
    return Throttle(Credit(**options), clock=virtual.now, sleep=asyncio.sleep)


def tell(throttle: Throttle, slot: Any, remaining: float = 700.0) -> None:
    throttle.answered(slot, kind="GET", cost=0.1, remaining=remaining)


def test_the_first_request_goes_alone_and_the_others_at_once_after_its_answer() -> None:
    async def work() -> None:
        throttle = gate()
        slot = await throttle.enter(again=False)
        others = [asyncio.ensure_future(throttle.enter(again=False)) for _ in range(20)]
        await asyncio.sleep(5.0)
        assert not any(other.done() for other in others)
        assert throttle.pace.limited_by == "first answer"
        tell(throttle, slot)
        await asyncio.sleep(0)
        assert [other.done() for other in others] == [True] * 12 + [False] * 8
        assert (throttle.pace.in_flight, throttle.pace.allowed) == (12, 12)
        assert throttle.pace.limited_by == "credit"
        for other in others:
            other.cancel()

    virtual.run(work)


def test_requests_go_in_the_order_they_came_and_repeated_ones_first() -> None:
    async def work() -> None:
        throttle = gate(most=1)
        slot, order = await throttle.enter(again=False), []

        async def one(name: str, *, again: bool) -> None:
            taken = await throttle.enter(again=again)
            order.append(name)
            tell(throttle, taken)

        tasks = [asyncio.ensure_future(one(name, again=name == "again")) for name in ("a", "b", "again", "c")]
        await asyncio.sleep(0)
        tell(throttle, slot)
        await asyncio.gather(*tasks)
        assert order == ["again", "a", "b", "c"]

    virtual.run(work)


def test_nobody_is_woken_before_there_is_credit() -> None:
    """One timer, set to the moment when enough has drained."""

    async def work() -> None:
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(seconds)

        throttle = Throttle(Credit(), clock=virtual.now, sleep=sleep)
        tell(throttle, await throttle.enter(again=False), remaining=20.0)
        slots = await asyncio.gather(*(throttle.enter(again=False) for _ in range(2)))
        # 600 - 20 units have to become 500, and then 450.
        assert [slot.started for slot in slots] == [pytest.approx(8.0, abs=0.1), pytest.approx(13.0, abs=0.2)]
        assert len(waits) == 2

    virtual.run(work)


@pytest.mark.parametrize("at", [0.0, 0.7, 3.0])
def test_half_of_the_waiters_may_be_cancelled_at_any_time(at: float) -> None:
    async def work() -> None:
        canvas = server(700, 0.5, 0.3)
        worker = Worker(server=canvas)
        tasks = [asyncio.ensure_future(worker.one()) for _ in range(300)]
        await asyncio.sleep(at)
        for task in tasks[::2]:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        done = sum(end is None for end in ended)
        assert done == len(worker.times) >= 150
        assert (worker.refusals, worker.throttle.pace.in_flight) == (0, 0)

    virtual.run(work)


def test_who_is_cancelled_in_the_moment_of_being_let_go_gives_the_slot_back() -> None:
    async def work() -> None:
        throttle = gate(most=1)
        slot = await throttle.enter(again=False)
        first, second = (asyncio.ensure_future(throttle.enter(again=False)) for _ in range(2))
        await asyncio.sleep(0)
        tell(throttle, slot)
        first.cancel()
        await second
        assert first.cancelled()
        assert throttle.pace.in_flight == 1

    virtual.run(work)


def test_a_request_that_was_given_up_may_still_hold_its_place_at_canvas() -> None:
    async def work() -> None:
        throttle = gate()
        tell(throttle, await throttle.enter(again=False))
        for _ in range(10):
            await throttle.enter(again=False)
            throttle.lost()
        # Ten reservations of fifty, of which ten units drain in a second.
        assert throttle.pace.allowed == 2
        await asyncio.sleep(20.0)
        assert throttle.pace.allowed == 6

    virtual.run(work)


def test_a_clock_that_stands_still_while_others_sleep_stops_nobody() -> None:
    async def no_time(seconds: float) -> None:
        await asyncio.sleep(0)

    async def work() -> None:
        throttle = Throttle(Credit(), clock=lambda: 0.0, sleep=no_time)
        tell(throttle, await throttle.enter(again=False), remaining=20.0)
        await throttle.enter(again=False)

    virtual.run(work)


def test_a_closed_gate_leaves_no_timer_behind() -> None:
    async def work() -> None:
        throttle = gate()
        tell(throttle, await throttle.enter(again=False), remaining=20.0)
        waiting = asyncio.ensure_future(throttle.enter(again=False))
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 3
        throttle.close()
        waiting.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    virtual.run(work)
