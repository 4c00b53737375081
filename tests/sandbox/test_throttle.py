"""The leaky bucket: how many requests are admitted, what they are told, and when the next one is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursesync.sandbox.bucket import MAXIMUM, Throttle
from tests.sandbox.desk import PATH, Desk


@dataclass(slots=True)
class Clock:
    """Seconds that pass when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def full(hwm: int, clock: Clock) -> Throttle:
    throttle = Throttle(hwm=hwm, clock=clock)
    while throttle.admit("token"):
        pass
    return throttle


@pytest.mark.parametrize(("hwm", "admitted"), [(600, 11), (700, 13)])
def test_an_empty_bucket_admits_so_many_requests_at_once(hwm: int, admitted: int) -> None:
    throttle = Throttle(hwm=hwm, clock=Clock())
    assert [throttle.admit("token") for _ in range(20)] == [True] * admitted + [False] * (20 - admitted)


def test_a_refusal_keeps_nothing_of_its_reservation() -> None:
    throttle = full(600, Clock())
    assert throttle.remaining("token") == 50.0
    throttle.admit("token")
    assert throttle.remaining("token") == 50.0


def test_each_token_has_its_own_bucket() -> None:
    assert full(600, Clock()).admit("another token")


def test_ten_units_drain_in_a_second() -> None:
    clock = Clock()
    throttle = full(600, clock)
    clock.now = 0.1
    assert throttle.admit("token")
    assert not throttle.admit("token")


def test_the_drain_is_not_floored_before_the_reservation_is_added() -> None:
    """After five seconds with anything left in the bucket the next reservation cannot be seen."""
    clock = Clock()
    throttle = Throttle(hwm=600, clock=clock)
    throttle.admit("token")
    throttle.settle("token", 1.0)
    clock.now = 5.1
    throttle.admit("token")
    assert throttle.remaining("token") == 600.0


def test_an_empty_bucket_does_not_drain_below_zero() -> None:
    clock = Clock()
    throttle = Throttle(hwm=600, clock=clock)
    throttle.admit("token")
    throttle.settle("token", 0.0)
    clock.now = 100.0
    throttle.admit("token")
    assert throttle.remaining("token") == 550.0


def test_a_long_request_leaves_a_gift() -> None:
    """A reservation drains while its request runs, and what is given back is clamped at zero."""
    clock = Clock()
    throttle = Throttle(hwm=600, clock=clock)
    throttle.admit("token")
    throttle.admit("token")
    clock.now = 4.0
    throttle.settle("token", 0.0)
    assert throttle.remaining("token") == 590.0
    throttle.settle("token", 0.0)
    assert throttle.remaining("token") == 600.0


def test_the_level_is_clamped_at_the_maximum() -> None:
    throttle = Throttle(hwm=10_000, clock=Clock())
    for _ in range(20):
        throttle.admit("token")
    assert throttle.remaining("token") == 10_000 - MAXIMUM


def test_a_bucket_is_forgotten_after_an_hour() -> None:
    clock = Clock()
    throttle = full(600, clock)
    clock.now = 3601.0
    throttle.admit("token")
    assert throttle.remaining("token") == 550.0


@settings(derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), st.floats(0, 30), st.floats(0, 5)), max_size=60))
def test_the_level_stays_between_zero_and_the_maximum(steps: list[tuple[str, float, float]]) -> None:
    clock = Clock()
    throttle = Throttle(hwm=700, clock=clock)
    for what, seconds, cost in steps:
        clock.now += seconds
        if what == "in":
            throttle.admit("token")
        else:
            throttle.settle("token", cost)
        assert 700 - MAXIMUM <= throttle.remaining("token") <= 700


def burst(desk: Desk, count: int) -> list[httpx.Response]:
    async def work() -> list[httpx.Response]:
        async with desk.client() as client:
            return await asyncio.gather(*(client.get(PATH) for _ in range(count)))

    return asyncio.run(work())


@pytest.mark.parametrize(("status", "text"), [(429, "429 Too Many Requests"), (403, "403 Forbidden")])
def test_requests_beyond_the_mark_are_refused_in_text_and_without_a_cost(status: int, text: str) -> None:
    desk = Desk(throttle=True, hwm=600, refusal_status=status, latency_ms=30, clock=Clock())
    refused = [answer for answer in burst(desk, 14) if answer.status_code == status]
    assert len(refused) == 3
    assert refused[0].text == f"{text} (Rate Limit Exceeded)\n"
    assert refused[0].headers["content-type"] == "text/plain; charset=utf-8"
    assert refused[0].headers["x-rate-limit-remaining"] == "50.0"
    assert "x-request-cost" not in refused[0].headers
    assert "retry-after" not in refused[0].headers


def test_an_answer_counts_the_other_requests_in_flight() -> None:
    desk = Desk(throttle=True, hwm=600, latency_ms=30, clock=Clock())
    remaining = sorted(float(answer.headers["x-rate-limit-remaining"]) for answer in burst(desk, 3))
    assert remaining == [500.0, 550.0, 600.0]


def test_a_refused_write_changes_nothing() -> None:
    desk = Desk(throttle=True, hwm=50)
    assert desk.put(name="X").status_code == 429
    assert desk.stored["name"] == "Biology"


def test_a_request_costs_no_more_than_its_time() -> None:
    desk = Desk(throttle=True, latency_ms=20)
    answer = desk.get(PATH)
    entry = desk.sandbox.log[-1]
    assert 0 < float(answer.headers["x-request-cost"]) <= entry.ended - entry.started


def test_without_the_throttle_there_are_no_headers() -> None:
    assert not {name for name in Desk().get(PATH).headers if name.startswith("x-r") and "context" not in name}
