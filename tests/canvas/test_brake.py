"""What bad news does to the requests in flight, and how good answers undo it."""

from __future__ import annotations

import math

import pytest

from coursesync.canvas.brake import CEILING, Brake


def refused(brake: Brake, now: float, started: float, *, in_flight: int = 9, **told: float) -> None:
    known = {"usual": 0.2, "draining": 10.0, "asked": 0.0, "chance": 0.0, **told}
    brake.refused(now, started, in_flight, **known)


def test_nothing_is_held_back_before_bad_news() -> None:
    brake = Brake()
    assert brake.cap == math.inf
    assert brake.held(0.0) == 0.0
    brake.rise()
    assert brake.cap == math.inf


def test_a_refusal_halves_and_pauses() -> None:
    brake = Brake()
    refused(brake, 10.0, 9.0)
    assert brake.cap == 5.0
    assert brake.held(10.0) == 0.5
    assert brake.held(10.5) == 0.0


def test_requests_that_were_under_way_together_count_once() -> None:
    brake = Brake()
    for number in range(9):
        refused(brake, 10.0 + number / 10, 9.0, in_flight=9 - number)
    assert brake.cap == 5.0
    refused(brake, 12.0, 11.5, in_flight=4)
    assert brake.cap == 2.5


def test_the_pause_doubles_while_nothing_else_is_heard() -> None:
    brake, pauses = Brake(), []
    now = 0.0
    for _ in range(7):
        refused(brake, now, now)
        pauses.append(brake.held(now))
        now += pauses[-1]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    brake.answered()
    refused(brake, now, now)
    assert brake.held(now) == 0.5


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ({"usual": 3.0}, 3.0),
        ({"usual": 3.0, "draining": 1.5}, 1.5),
        ({"draining": -5.0}, 0.5),
        ({"asked": 7.0}, 7.0),
        ({"asked": 86400.0}, 60.0),
        ({"chance": 1.0}, 0.75),
    ],
    ids=str,
)
def test_how_long_a_pause_is(told: dict[str, float], pause: float) -> None:
    brake = Brake()
    refused(brake, 0.0, 0.0, **told)
    assert brake.held(0.0) == pause


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    brake = Brake()
    refused(brake, 0.0, 0.0, asked=30.0)
    refused(brake, 1.0, 0.0)
    assert brake.held(1.0) == 29.0


def test_one_failure_lowers_the_bound_and_a_second_round_of_them_pauses() -> None:
    brake = Brake()
    for _ in range(3):
        brake.failed(1.0, 0.0, 9, usual=0.2)
    assert (brake.cap, brake.held(1.0)) == (7.0, 0.0)
    brake.failed(3.0, 2.0, 6, usual=0.2)
    assert brake.cap == pytest.approx(4.9)
    assert brake.held(3.0) == 0.5


def test_one_request_may_always_be_in_flight() -> None:
    brake = Brake()
    for now in range(20):
        brake.failed(float(now), float(now), 0, usual=0.2)
    assert brake.cap == 1.0


def test_the_bound_rises_by_one_per_round_of_answers_up_to_where_it_no_longer_matters() -> None:
    brake = Brake(cap=4.0)
    for _ in range(4):
        brake.rise()
    assert 4.8 < brake.cap < 5.0
    for _ in range(10_000):
        brake.rise()
    assert CEILING <= brake.cap < CEILING + 1


def test_what_the_bound_fell_for_is_remembered() -> None:
    brake = Brake()
    brake.ease(1.0, 0.0, 9, "latency")
    assert (brake.cap, brake.why) == (8.0, "latency")
    assert brake.held(1.0) == 0.0
