"""What documents say of the place they are of: its environment, what is not there, when it is overwritten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coursesync.model import CanvasAddress, Drift, Report
from coursesync.render import RENDERERS, Look
from coursesync.render.where import named, not_here
from tests.render import drifts, samples

BETA = CanvasAddress(url="https://school.beta.instructure.com")
SAID = "Canvas overwrites this beta copy with production every Saturday"
DOCUMENTS = {"report": samples.CLEAN_REPORT, "drift": drifts.drift(drifts.IN_SYNC)}


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_is_done_to_a_copy_of_production_is_said_to_pass(document: Report | Drift, name: str) -> None:
    there = " ".join(RENDERERS[name](replace(document, canvas=BETA), Look(width=200)).split())
    assert there.count(SAID) == 1
    assert "Canvas overwrites" not in RENDERERS[name](document, Look())


def test_an_environment_is_named_where_it_is_known() -> None:
    assert named("for", "beta") == " for beta"
    assert named("for", "a\x1b[1mb") == " for a\\x1b[1mb"
    assert named("for", None) == ""


@pytest.mark.parametrize(
    ("elsewhere", "missing", "said"),
    [
        (0, 0, ""),
        (1, 0, " 1 entry is for other environments."),
        (1200, 1, " 1,200 entries are for other environments. 1 course does not exist yet."),
        (0, 2, " 2 courses do not exist yet."),
    ],
)
def test_what_is_not_there_is_counted(elsewhere: int, missing: int, said: str) -> None:
    assert not_here(elsewhere, missing) == said
