"""A file of faults holds rules that the stand-in can follow, or is refused at the place of what is wrong."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from coursesync.cli.faults import read_faults
from coursesync.errors import CourseSyncError, UsageProblem
from coursesync.sandbox import KINDS, FaultFile, WrongFaults, fault_file
from tests.effort import Tally
from tests.trust.college import laboratory
from tests.trust.edits import (
    LEAVES,
    TextEdit,
    ValueEdit,
    byte_edits,
    edited_bytes,
    edited_text,
    edited_value,
    text_edits,
    value_edits,
)
from tests.trust.fuzzing import fuzz

pytestmark = pytest.mark.trust

# One rule of every kind, and every key.
FILE = """\
seed: 7
faults:
  - {fault: error, status: 500, method: put, nth: 2, body: '{"errors": []}', headers: {Retry-After: "5"}}
  - {fault: page, status: 503, chance: 0.25, from: 3, times: 2, body: "<h1>Back soon</h1>"}
  - {fault: hang, path: /api/v1/courses/*, done: true, times: 1}
  - {fault: reset, every: 3}
  - {fault: short, times: 1}
  - {fault: cut, method: GET, path: "**/settings"}
  - {fault: text, body: not JSON, done: false}
  - {fault: shape, body: {a: [null, true, 1.5, x]}, nth: 4}
  - {fault: redirect, status: 302, to: "https://elsewhere.example.org/login", nth: 5}
  - {fault: expire, nth: 9}
  - {fault: storm, seconds: 2.5, nth: 6}
  - {fault: lag, seconds: 4, every: 2}
"""
CONTENT = {
    "seed": 7,
    "faults": [
        {"fault": "error", "status": 500, "method": "put", "nth": 2, "headers": {"Retry-After": "5"}},
        {"fault": "shape", "body": {"a": [None, True, 1.5, "x"]}, "chance": 0.5, "from": 2, "times": 3},
        {"fault": "redirect", "to": "https://elsewhere.example.org/", "path": "/api/v1/**", "every": 2},
        {"fault": "storm", "seconds": 2.5, "done": True},
    ],
}


def _followed(found: FaultFile) -> None:
    """Let a client meet the faults; what it is told then, or not, is for other tests."""
    with laboratory("", options={"faults": found.rules, "fault_seed": found.seed}) as lab:

        async def work() -> None:
            async with lab.canvas() as canvas:
                for path in ("/api/v1/courses/4101", "/api/v1/courses/4101/settings"):
                    await canvas.get(path)

        try:
            asyncio.run(work())
        except CourseSyncError as error:
            _printable(error.message)


def _printable(text: str) -> None:
    assert text.isprintable(), text


def _placed(error: UsageProblem, path: Path) -> None:
    for line in error.message.split("\n"):
        _printable(line)
        assert line.startswith(f"{path}:")


def _told(error: WrongFaults) -> None:
    for problem in error.problems:
        _printable(problem.sentence)
        assert all(isinstance(step, str | int) for step in problem.place)


def test_an_edited_file_of_faults_is_followed_or_refused_with_its_place(tally: Tally) -> None:
    def one(given: tuple[list[TextEdit], list[tuple[int, int, bytes]]]) -> None:
        edits, spoiled = given
        changed = edited_bytes(edited_text(FILE, edits).encode("utf-8", "surrogatepass"), spoiled)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "faults.yaml")
            path.write_bytes(changed)
            try:
                found = read_faults(path)
            except UsageProblem as error:
                _placed(error, path)
                return
        _followed(found)

    fuzz(st.tuples(text_edits, st.one_of(st.just([]), byte_edits)), one, tally=tally, usual=100, soak=3_000)


def test_faults_of_other_values_are_followed_or_refused(tally: Tally) -> None:
    def one(edits: list[ValueEdit]) -> None:
        try:
            found = fault_file(edited_value(CONTENT, edits))
        except WrongFaults as error:
            _told(error)
            return
        _followed(found)

    fuzz(value_edits, one, tally=tally, usual=100, soak=3_000)


_PATHS = st.sampled_from(["**", "*", "/api/v1/courses/*", "**/settings", "/" + "*a" * 5, "**{[(?\\"])
_TIMES = st.integers(-1, 6)
_VALUES = st.one_of(st.sampled_from(LEAVES), st.booleans(), st.integers(199, 510), st.floats(), st.text())
RULES = st.lists(
    st.fixed_dictionaries(
        {"fault": st.sampled_from([*KINDS, "none"])},
        optional={
            "method": st.sampled_from(["get", "GET", "*", "BREW", None]),
            "path": _PATHS,
            **dict.fromkeys(("nth", "every", "from", "times"), _TIMES),
            **dict.fromkeys(("chance", "done", "status", "body", "seconds", "to", "more"), _VALUES),
            "headers": st.dictionaries(st.sampled_from(["Retry-After", "Link", "a b", "X"]), _VALUES),
        },
    ),
    max_size=4,
)


def test_what_is_left_without_the_keys_that_are_told_of_is_followed(tally: Tally) -> None:
    def one(rules: list[dict[str, Any]]) -> None:
        content = {"faults": rules, "seed": len(rules)}
        try:
            found = fault_file(content)
        except WrongFaults as error:
            _told(error)
            found = fault_file(_without(content, error))
        _followed(found)

    fuzz(RULES, one, tally=tally, usual=250, soak=6_000)


def _without(content: dict[str, Any], error: WrongFaults) -> dict[str, Any]:
    """Return a file without what was told of it: a key, or the rule whose kind is wrong."""
    wrong = {problem.place[1:] for problem in error.problems}
    kept = [
        {key: value for key, value in rule.items() if (number, key) not in wrong}
        for number, rule in enumerate(content["faults"])
    ]
    return {**content, "faults": [rule for rule in kept if "fault" in rule]}
