"""Plan and apply a small fleet under every fault at every place, and under mixtures of them.

After each try everything that was said and done is held against what the sandbox stores. Then nothing is
wrong any more, the run is taken up again, and in the end a plan is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from coursesync.sandbox import Fault
from tests.effort import Tally, times
from tests.trust.fleet import MEMORY, MOMENTS, NOTED, Columns, FleetLab, differing, fleet_lab, stored
from tests.trust.trial import EVERYTHING, attempt, check, check_token, resumed

pytestmark = pytest.mark.trust

KINDS: Mapping[str, Fault] = {
    "500": Fault(what="error"),
    "500 done": Fault(what="error", done=True),
    "400": Fault(what="error", status=400, body={"errors": {"name": [{"message": "is not good"}]}}),
    "401": Fault(what="error", status=401, body={"status": "unauthorized", "errors": [{"message": "no"}]}),
    "403": Fault(what="error", status=403, body={"errors": [{"message": "user not authorized"}]}),
    "404": Fault(what="error", status=404, body={"errors": [{"message": "does not exist"}]}),
    "502": Fault(what="page"),
    "503": Fault(what="page", status=503, headers={"Retry-After": "3"}),
    "504 done": Fault(what="page", status=504, done=True),
    "login": Fault(what="page", status=200),
    "hang": Fault(what="hang"),
    "hang done": Fault(what="hang", done=True),
    "reset": Fault(what="reset"),
    "reset done": Fault(what="reset", done=True),
    "short": Fault(what="short"),
    "cut": Fault(what="cut"),
    "text": Fault(what="text"),
    "empty": Fault(what="shape", body={}),
    "list": Fault(what="shape", body=[{}]),
    "other": Fault(what="shape"),
    "odd": Fault(what="shape", body={"id": "x", "data": 7, "html": None, "workflow_state": ["?"]}),
    "redirect": Fault(what="redirect", to="https://evil.example.org/login"),
    "redirect home": Fault(what="redirect", to="/login/canvas"),
    "expire": Fault(what="expire"),
    "storm": Fault(what="storm", seconds=20.0),
    "old storm": Fault(what="storm", status=403, seconds=20.0),
    "lag": Fault(what="lag", seconds=6.0),
}

PLACES: Mapping[str, tuple[str, str]] = {
    "policy and list": ("GET", "/api/v1/accounts/*/courses"),
    "accounts": ("GET", "/api/v1/accounts/*"),
    "terms": ("GET", "/api/v1/accounts/*/terms/*"),
    "courses": ("GET", "/api/v1/courses/*"),
    "settings": ("GET", "/api/v1/courses/*/settings"),
    "permissions": ("GET", "/api/v1/**/permissions"),
    "preview": ("POST", "/api/v1/courses/*/preview_html"),
    "GraphQL": ("POST", "/api/graphql"),
    "attributes": ("PUT", "/api/v1/courses/*"),
    "settings PUT": ("PUT", "/api/v1/courses/*/settings"),
    "batch": ("PUT", "/api/v1/accounts/*/courses"),
    "progress": ("GET", "/api/v1/progress/*"),
    "anything": ("*", "**"),
}

ROUNDS = times(1, soak=6)
MIXTURES, AT_ONCE = times(40, soak=400), 10


@dataclass(frozen=True, slots=True)
class World:
    """A Canvas of one kind: what it stores before and after an apply without faults, and what was asked."""

    options: Mapping[str, Any]
    before: Columns
    goal: Columns
    asked: tuple[tuple[str, str], ...]

    def count(self, fault: Fault) -> int:
        return sum(fault.fits(method, path) for method, path in self.asked)


WORLDS: tuple[Mapping[str, Any], ...] = (
    {"graphql": "current", "account": None},
    {"graphql": "off", "account": None},
    {"graphql": "current", "account": "1"},
    {"graphql": "off", "account": "1"},
)


@cache
def world(number: int) -> World:
    """Return a Canvas as it is without faults."""
    options = WORLDS[number % len(WORLDS)]
    with TemporaryDirectory(dir=MEMORY) as folder:
        lab = fleet_lab(Path(folder), **options)
        before = stored(lab.sandbox)
        ended = attempt(lab)
        assert ended.code == 0, ended
        asked = tuple((entry.method, entry.path) for entry in lab.sandbox.log)
        goal = stored(lab.sandbox)
        check(lab, ended, before=before, goal=goal)
        assert lab.plan().summary.changes == 0
    return World(options, before, goal, asked)


def spread(fault: Fault, count: int, chance: Random) -> Fault:
    """Return the fault at one of `count` requests, at some of them, at every so many, or from one on."""
    ways = (
        {"nth": chance.randint(1, count)},
        {"first": chance.randint(1, count), "times": chance.randint(2, 4)},
        {"first": chance.randint(1, count)},
        {"every": chance.randint(2, 5)},
        {"chance": chance.choice((0.1, 0.3, 0.6))},
    )
    return replace(fault, **chance.choice(ways))


def trial(root: Path, found: World, faults: tuple[Fault, ...], seed: int, counts: Counter[str]) -> None:
    """Try once, and check everything."""
    lab = fleet_lab(root, faults=faults, seed=seed, **found.options)
    before = stored(lab.sandbox)
    ended = attempt(lab)
    counts["faults tried"] += lab.sandbox.faults.hits
    counts["fields checked"] += check(lab, ended, before=before, goal=found.goal)
    counts["runs under faults"] += 1
    lab.sandbox.faults.clear()
    lab.time.passed += 60
    if ended.report is not None and ended.report.ended_early:
        past = tuple(lab.sandbox.log)
        again = resumed(lab, ended)
        assert again.report is not None, again.error
        assert not again.report.ended_early
        counts["fields checked"] += check(lab, again, before=before, goal=found.goal, past=past)
    finish(lab, found)


def finish(lab: FleetLab, found: World) -> None:
    """Apply what is left of the goal; then it is reached, and there is nothing more to do."""
    plan = lab.plan()
    if plan.summary.changes or _missing(lab, found):
        report = lab.apply(plan, choice=EVERYTHING)
        assert all(item.verdict.good for course in report.courses for item in course.fields), report
        assert lab.plan().summary.changes == 0
    assert not _missing(lab, found)
    check_token(lab)


def _missing(lab: FleetLab, found: World) -> set[tuple[int, str]]:
    left = differing(stored(lab.sandbox), found.goal)
    return {key for key in left if key not in MOMENTS and key[1] not in NOTED}


def cases() -> Iterator[Any]:
    for turn in range(ROUNDS):
        for kind in KINDS:
            yield pytest.param(kind, turn, id=f"{kind}-{turn}" if ROUNDS > 1 else kind)


@pytest.mark.parametrize(("kind", "turn"), list(cases()))
def test_every_verdict_is_true_under_a_fault_at_any_place(kind: str, turn: int, tally: Tally) -> None:
    counts: Counter[str] = Counter()
    for number, place in enumerate(PLACES):
        seed = turn * 10_000 + number * 100 + list(KINDS).index(kind)
        chance = Random(seed)
        found = world(seed + turn + number)
        method, path = PLACES[place]
        fault = replace(KINDS[kind], method=method, path=path)
        count = found.count(fault)
        if count:
            try_once(found, (spread(fault, count, chance),), seed, counts)
    assert counts["faults tried"]
    for what, tried in counts.items():
        tally(what, tried)


@pytest.mark.parametrize("start", range(0, MIXTURES, AT_ONCE))
def test_every_verdict_is_true_under_mixtures(start: int, tally: Tally) -> None:
    counts: Counter[str] = Counter()
    for seed in range(start, start + AT_ONCE):
        chance = Random(f"mixture {seed}")
        found = world(seed)
        faults = []
        for _ in range(chance.randint(2, 5)):
            method, path = chance.choice(list(PLACES.values()))
            fault = replace(chance.choice(list(KINDS.values())), method=method, path=path)
            faults.append(spread(fault, max(1, found.count(fault)), chance))
        try_once(found, tuple(faults), seed, counts)
    for what, tried in counts.items():
        tally(what, tried)


def try_once(found: World, faults: tuple[Fault, ...], seed: int, counts: Counter[str]) -> None:
    """Try in a folder of its own, and name the faults where something is wrong."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        try:
            trial(Path(folder).resolve(), found, faults, seed, counts)
        except BaseException as error:
            error.add_note(f"options {dict(found.options)}, seed {seed}, faults: {faults}")
            raise
