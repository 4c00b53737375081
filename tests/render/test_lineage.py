"""What a report says of the runs it comes from, and of the environment it is of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coursesync.render import RENDERERS, Look
from tests.render import samples

TIMES = ("2026-11-23T09:00:00Z", "2026-11-24T07:30:00Z")
RUN = samples.CLEAN_REPORT.run


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit"])
def test_a_report_says_which_run_it_continues_and_which_it_puts_back(name: str) -> None:
    report = replace(samples.CLEAN_REPORT, resumed=TIMES, undoes="2026-11-22T08-00-00Z-1a2b")
    said = " ".join(RENDERERS[name](report, Look(width=200)).replace("`", "").replace("\\", "").split())
    assert f"This continues run {RUN}, taken up again at 2026-11-24 07:30Z for the 2nd time." in said
    assert "This put back what run 2026-11-22T08-00-00Z-1a2b changed." in said
    once = RENDERERS[name](replace(report, resumed=TIMES[:1], undoes=None), Look(width=200))
    assert "taken up again at 2026-11-23 09:00Z." in once
    assert "put back" not in once


@pytest.mark.parametrize("name", RENDERERS)
def test_a_run_of_its_own_continues_nothing(name: str) -> None:
    said = RENDERERS[name](samples.CLEAN_REPORT, Look(width=200))
    assert "continues run" not in said
    assert "put back" not in said


def test_what_was_interrupted_quietly_is_one_line() -> None:
    report = replace(samples.CLEAN_REPORT, resumed=TIMES, environment="beta")
    assert RENDERERS["text"](report, Look(quiet=True)).splitlines()[-1].startswith("Applied to beta: ")


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_report_names_its_environment_in_the_sentence_that_sums_it_up(name: str) -> None:
    def closing(report) -> str:
        return " ".join(RENDERERS[name](replace(report, environment="beta"), Look(width=200)).split())

    assert "Applied to beta: 3 of 3 changes in 2 courses" in closing(samples.CLEAN_REPORT)
    assert "Nothing to apply to beta." in closing(samples.report(totals={}))
    assert "to beta: " in closing(samples.MIXED_REPORT)
    assert "beta" not in RENDERERS[name](samples.CLEAN_REPORT, Look())
