"""Kill an apply with SIGKILL, again and again, at any point; taken up again it reaches its goal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from coursesync.cli import run
from coursesync.model import Verdict
from coursesync.model.history import RunState
from coursesync.sandbox import Options, RunningSandbox, running
from coursesync.workflow.history import history
from tests.effort import Tally, times
from tests.trust.fleet import MOMENTS, NOTED
from tests.trust.killing import APPLY, RESUME, Project, kill, moment, project

pytestmark = pytest.mark.trust

LOTS = times(10, soak=60)
EACH, IN_A_ROW = 5, 3

Command = Callable[..., tuple[int, str]]
Moved = dict[tuple[int, str], Any]


@pytest.fixture(scope="module")
def canvas() -> Iterator[RunningSandbox]:
    """A Canvas for all kills of this process, that takes a little time for everything."""
    with running(Options(throttle=False, latency_ms=15, batch_seconds=0.05)) as found:
        yield found


@pytest.fixture
def command(
    canvas: RunningSandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command in a project, in this process; the environment is that of the Canvas."""
    monkeypatch.setenv("CANVAS_API_URL", canvas.url)
    monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-admin")

    def typed(place: Project, *arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(place.root)
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out

    return typed


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """What an apply that nobody kills leaves, and how long it takes; filled by the first test that asks."""
    return {}


@pytest.mark.parametrize("lot", range(LOTS))
def test_an_apply_that_is_killed_reaches_its_goal(
    canvas: RunningSandbox, command: Command, undisturbed: dict[str, Any], lot: int, tally: Tally
) -> None:
    if not undisturbed:
        undisturbed.update(_undisturbed(canvas, command))
    chance, killed, attempt = Random(f"lot {lot}"), 0, 0
    while killed < EACH:
        attempt += 1
        assert attempt <= 4 * EACH, "too few kills came in time"
        with project(canvas, base=1000 * (1 + attempt + 100 * lot)) as place:
            for _ in range(min(IN_A_ROW, EACH - killed)):
                if not _killed(place, chance, undisturbed["took"]):
                    break
                killed += 1
                _check_history(place)
            tally("fields checked", _finish(place, command, undisturbed["moved"]))
    tally("kills survived", killed)


def _undisturbed(canvas: RunningSandbox, command: Command) -> dict[str, Any]:
    with project(canvas, base=0) as place:
        started = time.monotonic()
        assert not kill(place, APPLY, lambda _: False)
        took = time.monotonic() - started
        assert history(place.root, last=1)[0].state is RunState.FINISHED
        _check_second_plan(place, command)
        return {"took": took, "moved": place.moved()}


def _options(place: Project) -> tuple[str, ...]:
    """Return how to go on: as `coursesync runs` says, or anew where a run ended before it began."""
    runs = history(place.root, last=1)
    return RESUME if runs and runs[0].state is not RunState.EMPTY else APPLY


def _killed(place: Project, chance: Random, took: float) -> bool:
    """Kill one apply, and look at what it left; False where it was through before."""
    sent = len(place.writes)
    options = _options(place)
    if not kill(place, options, moment(place, chance, took)):
        return False
    time.sleep(0.05)
    place.remember()
    if options == APPLY and _options(place) == APPLY:
        assert len(place.writes) == sent, "something was sent before there was a record"
    return True


def _check_history(place: Project) -> None:
    for past in history(place.root, last=20):
        assert past.state in {RunState.EMPTY, RunState.UNFINISHED, RunState.FINISHED, RunState.WITH_FAILURES}


def _finish(place: Project, command: Command, goal: Moved) -> int:
    """Take the run up to its end; everything planned is done, once, and nothing else. Return the fields."""
    code, said = command(place, "apply", *_options(place), "--format", "json")
    report = json.loads(said)
    fields = [item for course in report["courses"] for item in course["fields"] if item["change_id"]]
    # What Canvas never shows is not sent again where it may have been sent.
    hidden = {item["field"] for item in fields if item["verdict"] == Verdict.UNKNOWN}
    assert hidden <= {"attributes.enable_offline_web_export", "settings.show_total_grade_as_points"}
    assert {item["verdict"] for item in fields} <= {"applied", "normalised", "unverified", "unknown"}, fields
    assert code == (4 if hidden else 0)
    _check_goal(place.moved(), goal, hidden)
    assert place.repeated() == set()
    assert history(place.root, last=1)[0].state is (RunState.WITH_FAILURES if hidden else RunState.FINISHED)
    _check_second_plan(place, command)
    return len(fields)


def _check_goal(moved: Moved, goal: Moved, hidden: set[str]) -> None:
    unsure = {f"settings.{name.partition('.')[2]}" for name in hidden}
    for key in moved.keys() | goal.keys():
        if key in MOMENTS or key[1] in NOTED:
            continue
        if key not in moved:
            assert key[1] in unsure, f"{key} was not done"
        else:
            assert moved[key] == goal.get(key), f"{key} holds what nobody asked for"


def _check_second_plan(place: Project, command: Command) -> None:
    assert command(place, "plan", "--detailed-exitcode")[0] == 0
