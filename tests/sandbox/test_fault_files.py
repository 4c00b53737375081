"""Files of faults: what they may hold, and what is said of one that holds something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coursesync.cli.faults import read_faults
from coursesync.errors import UsageProblem
from coursesync.sandbox import KINDS, Fault, FaultFile, WrongFaults, fault_file

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "faults.md"
Reader = Callable[[str], FaultFile]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Read a text as the command does, from a file in the working directory."""
    monkeypatch.chdir(tmp_path)

    def reader(text: str) -> FaultFile:
        Path("faults.yaml").write_text(text, encoding="utf-8")
        return read_faults(Path("faults.yaml"))

    return reader


def test_yaml_and_json_say_the_same(read: Reader) -> None:
    yaml = "seed: 7\nfaults:\n  - {fault: page, status: 503, method: put, chance: 0.25, from: 3, times: 2}\n"
    json = (
        '{"seed": 7, "faults": [{"fault": "page", "status": 503, "method": "put",'
        ' "chance": 0.25, "from": 3, "times": 2}]}'
    )
    rule = Fault(what="page", status=503, method="PUT", chance=0.25, first=3, times=2)
    assert read(yaml) == read(json) == FaultFile(rules=(rule,), seed=7)


def test_values_are_what_yaml_reads_them_as(read: Reader) -> None:
    text = 'faults: [{fault: shape, body: {a: null, b: true, c: "5", d: 5, e: 1.5, f: x, g: [~]}}]'
    (rule,) = read(text).rules
    assert rule.body == {"a": None, "b": True, "c": "5", "d": 5, "e": 1.5, "f": "x", "g": [None]}


def test_every_fault_of_the_how_to_can_be_read_and_every_kind_is_in_it(read: Reader) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    found = {rule.what for block in blocks for rule in read(block).rules}
    table = set(re.findall(r"^\| `(\w+)` \|", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE))
    assert found <= set(KINDS)
    assert set(KINDS) <= table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- fault: hang\n", "1:1: A file of faults is a mapping with the key faults."),
        ("seed: 1\n", "1:1: faults is a list of rules."),
        ("faults: {fault: hang}\n", "1:1: faults is a list of rules."),
        ("faults: []\nseed: x\n", "2:1: seed is a whole number."),
        ("faults: []\nmore: 1\n", "2:1: 'more' is not known here; there are faults and seed."),
        ("faults:\n  - hang\n", "2:5: A rule is a mapping with the key fault."),
        ("faults:\n  - method: PUT\n", f"2:5: fault is one of {', '.join(KINDS)}."),
        ("faults:\n  - fault: boom\n", f"2:5: fault is one of {', '.join(KINDS)}."),
        ("faults:\n  - fault: hang\n    nth: 0\n", "3:5: nth is a whole number from 1."),
        ("faults:\n  - fault: hang\n    nth: true\n", "3:5: nth is a whole number from 1."),
        ("faults:\n  - fault: hang\n    chance: 2\n", "3:5: chance is a number from 0 to 1."),
        ("faults:\n  - fault: hang\n    path: api\n", "3:5: path is a path such as /api/v1/**."),
        (
            "faults:\n  - fault: error\n    status: 999\n",
            "3:5: status is a status of HTTP, such as 500.",
        ),
        (
            "faults:\n  - fault: error\n    headers: {a b: c}\n",
            "3:5: headers is a mapping of names to text.",
        ),
        ("faults:\n  - fault: text\n    body: [1]\n", "3:5: body of text is text."),
        (
            "faults:\n  - fault: hang\n    nth: 1\n    every: 2\n",
            "4:5: A rule has only one of nth, every, chance.",
        ),
        (
            "faults:\n  - fault: lag\n    status: 500\n",
            "3:5: 'status' is not known of lag; there are"
            " fault, method, path, nth, every, chance, times, seconds, from.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(read: Reader, text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        read(text)
    assert caught.value.message == f"faults.yaml:{said}"


def test_everything_wrong_is_said_at_once(read: Reader) -> None:
    with pytest.raises(UsageProblem) as caught:
        read("faults:\n  - {fault: hang, nth: 0, times: no}\n  - {fault: x}\n")
    assert [line.split(" ")[0] for line in caught.value.message.splitlines()] == [
        "faults.yaml:2:19:",
        "faults.yaml:2:27:",
        "faults.yaml:3:6:",
    ]


@pytest.mark.parametrize("text", ["", "faults: [", "\x00", "a: &x [*x]"], ids=repr)
def test_a_file_that_is_no_yaml_is_a_sentence(read: Reader, text: str) -> None:
    with pytest.raises(UsageProblem, match=r"^faults\.yaml:"):
        read(text)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read: No such file"):
        read_faults(tmp_path / "faults.yaml")


@pytest.mark.parametrize(
    "content", [None, 1, "x", [], {"faults": [None]}, {"faults": [{"fault": []}]}], ids=repr
)
def test_plain_values_of_any_shape_are_refused(content: Any) -> None:
    with pytest.raises(WrongFaults):
        fault_file(content)
