"""What is known of the bucket after each answer, step by step."""

from __future__ import annotations

import pytest

from coursesync.canvas.bucket import LOWEST_MARK, RESERVED, Bucket
from coursesync.canvas.credit import Credit


def bucket(remaining: float = 700.0) -> Bucket:
    """A bucket after the first answer, which was alone."""
    known = Bucket()
    known.take()
    known.put_back(0.1)
    known.learn(remaining, cost=0.1, meanwhile=0.0, alone=True)
    return known


def fill(known: Bucket) -> int:
    """Take as many requests as fit, and return how many are in flight."""
    while known.room > 0:
        known.take()
    return known.in_flight


def end(known: Bucket, remaining: float, *, cost: float = 0.1) -> None:
    known.put_back(cost)
    known.learn(remaining, cost=cost, meanwhile=0.0, alone=False)


@pytest.mark.parametrize(
    ("remaining", "mark", "fit"),
    [
        pytest.param(600.0, 600.0, 10, id="the mark in the code, empty"),
        pytest.param(700.0, 700.0, 12, id="the mark of the cloud, empty"),
        pytest.param(680.0, 700.0, 12, id="twenty are still to drain"),
        pytest.param(601.0, 700.0, 11, id="nearly a hundred are"),
        pytest.param(450.0, 600.0, 7, id="the mark is not seen, but what is left is"),
        pytest.param(120.0, 600.0, 1, id="hardly anything is left"),
        pytest.param(1000.0, 1000.0, 18, id="a token with a mark of its own"),
    ],
)
def test_the_first_answer_shows_how_many_requests_fit(remaining: float, mark: float, fit: int) -> None:
    known = bucket(remaining)
    assert known.high_water == mark
    assert fill(known) == fit


def test_one_request_always_fits_beside_ours() -> None:
    known = bucket(700.0)
    assert 700.0 - fill(known) * RESERVED > RESERVED


def test_what_requests_cost_drains_ten_a_second() -> None:
    known = bucket(600.0)
    known.take()
    known.put_back(200.0)
    assert known.room == pytest.approx(600 - 50 - 200 - 50, abs=0.2)
    known.advance(5.0)
    assert known.room == pytest.approx(600 - 50 - 150 - 50, abs=0.2)
    known.advance(100.0)
    assert known.room == pytest.approx(600 - 50 - 50)


def test_time_does_not_run_backwards() -> None:
    known = bucket(600.0)
    known.advance(10.0)
    known.take()
    known.put_back(20.0)
    known.advance(5.0)
    assert known.room == pytest.approx(600 - 50 - 20 - 50)


def test_a_higher_mark_is_learned_when_more_is_left_than_it_allows() -> None:
    known = bucket(450.0)
    known.advance(60.0)
    known.take()
    end(known, 652.0)
    assert known.high_water == 700.0
    # What is left is what Canvas says, not more.
    assert known.room <= 652.0 - 50 - 50


def test_an_answer_may_show_that_the_bucket_is_emptier_than_we_think() -> None:
    """After failures that perhaps hold their reservations there."""
    known = bucket(700.0)
    for _ in range(8):
        known.take()
        known.put_back(RESERVED)
    assert known.room < 250
    known.take()
    end(known, 695.0)
    assert known.room == pytest.approx(700 - 5 - 50 - 50, abs=0.2)


def test_what_came_after_an_answer_was_made_is_not_forgotten_for_it() -> None:
    known = bucket(700.0)
    known.take()
    known.put_back(300.0)
    known.take()
    known.put_back(0.1)
    known.learn(700.0, cost=0.1, meanwhile=300.0, alone=False)
    assert known.room == pytest.approx(700 - 300 - 50 - 50, abs=0.2)


def test_our_own_requests_are_nobody_elses() -> None:
    known = bucket(700.0)
    for _ in range(12):
        known.take()
    for left in range(11, -1, -1):
        end(known, 700.0 - 50 * left - 0.1 * (12 - left))
    assert not known.shared


def test_an_answer_that_was_overtaken_is_no_sign_of_others() -> None:
    """It was made while those that came before it were still in flight."""
    known = bucket(700.0)
    for _ in range(12):
        known.take()
    for _ in range(6):
        end(known, 100.0 + 50)
    end(known, 700.0 - 11 * 50)
    assert not known.shared


def test_more_in_the_bucket_than_ours_is_somebody_elses() -> None:
    known = bucket(700.0)
    known.advance(10.0)
    known.take()
    known.take()
    end(known, 700.0 - 50 - 400)
    assert known.shared
    # 700 - 400 of theirs - 50 of ours; who has less may use the margin.
    assert known.room == pytest.approx(700 - 400 - 50 - 50, abs=1)


def test_who_has_more_leaves_room_to_grow() -> None:
    known = bucket(700.0)
    known.advance(10.0)
    for _ in range(6):
        known.take()
    end(known, 700.0 - 5 * 50 - 100)
    assert known.room == pytest.approx(700 - 100 - 5 * 50 - 50 - 50 - 50, abs=1)


def test_others_are_forgotten_when_they_are_seen_no_more() -> None:
    known = bucket(700.0)
    known.advance(10.0)
    known.take()
    end(known, 600.0)
    assert known.shared
    known.advance(12.9)
    assert known.room == pytest.approx(700 - 100 - 50, abs=1)
    known.advance(15.0)
    assert known.room == pytest.approx(700 - 50 - 50, abs=1)
    known.advance(20.0)
    assert known.shared
    assert known.room == pytest.approx(700 - 50 - 50)
    known.advance(40.0)
    assert not known.shared


def test_a_full_bucket_says_when_it_will_have_room() -> None:
    known = bucket(20.0)
    assert known.high_water == LOWEST_MARK
    assert known.wait == pytest.approx((580 - 500) / 10, abs=0.01)
    known = bucket(700.0)
    fill(known)
    assert known.wait is None


def test_crowded_is_only_what_is_shared() -> None:
    known = bucket(700.0)
    fill(known)
    end(known, 700.0 - 11 * 50)
    assert not known.crowded
    known.advance(10.0)
    end(known, 10.0)
    assert known.crowded


# The rules on top of it


def answered(credit: Credit, now: float, remaining: float | None = 700.0, cost: float | None = 0.1) -> None:
    slot = credit.start(now)
    credit.answered(now + 0.5, slot, kind="GET", cost=cost, remaining=remaining)


def test_nobody_knows_how_long_it_takes_before_the_first_answer() -> None:
    assert Credit().seconds(0.0, 100) is None


def test_an_estimate_counts_the_time_or_the_cost_whichever_lasts_longer() -> None:
    credit = Credit()
    answered(credit, 0.0)
    assert credit.seconds(1.0, 1200) == pytest.approx(1200 * 0.5 / 12)
    dear = Credit()
    answered(dear, 0.0, cost=2.0)
    assert dear.seconds(1.0, 1200) == pytest.approx((1200 * 2.0 - 700) / 10)
    assert dear.seconds(1.0, 0) == 0.0


def test_a_bound_of_the_user_lengthens_the_estimate() -> None:
    credit = Credit(most=2)
    answered(credit, 0.0)
    assert credit.seconds(1.0, 100) == pytest.approx(25.0)


def test_an_answer_without_headers_costs_what_others_cost() -> None:
    credit = Credit()
    answered(credit, 0.0, cost=40.0)
    answered(credit, 0.5, remaining=None, cost=None)
    assert credit.bucket.spent == 80.0


def test_headers_that_come_late_are_believed_at_once() -> None:
    credit = Credit()
    answered(credit, 0.0, remaining=None, cost=None)
    assert credit.allowed(1.0) == 4
    answered(credit, 1.0)
    assert credit.allowed(2.0) == 12


@pytest.mark.parametrize(("most", "why"), [(None, "credit"), (12, "parallelism"), (3, "parallelism")])
def test_what_holds_a_request_back_has_a_name(most: int | None, why: str) -> None:
    credit = Credit(most=most)
    assert credit.held_by(0.0) is None
    slot = credit.start(0.0)
    assert credit.held_by(0.0) == "first answer"
    credit.answered(0.5, slot, kind="GET", cost=0.1, remaining=700.0)
    while credit.free(0.5):
        slot = credit.start(0.5)
    assert credit.held_by(0.5) == why
    credit.refused(1.0, slot, remaining=90.0, asked=0.0, chance=0.0)
    assert credit.held_by(1.1) == "refusals"
