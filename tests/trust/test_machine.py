"""A machine that does anything in any order, and a simple model that says what must hold after each step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.effort import Tally, times
from tests.trust.machine.lives import TRIED
from tests.trust.machine.machine import Machine

pytestmark = pytest.mark.trust


def test_whatever_happens_in_whatever_order_nothing_is_lost_or_said_that_is_not_so(tally: Tally) -> None:
    TRIED.clear()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=times(70, soak=1_500),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for what, count in sorted(TRIED.items()):
        tally(what, count)
