"""What the tests of trust once found, each kept as an ordinary test."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from coursesync.documents import dump_plan, load_plan
from coursesync.errors import PlanFileError
from tests.render.samples import SAMPLES

HOSTILE = "\x1b[31m\u202e" + "k" * 100_000


def _strange_key(document: dict[str, Any]) -> str:
    document["courses"][0][HOSTILE] = 1
    return json.dumps(document)


def _key_twice(document: dict[str, Any]) -> str:
    return json.dumps({"": 1, HOSTILE: 1}).replace('"":', f"{json.dumps(HOSTILE)}:")


def _long_number(document: dict[str, Any]) -> str:
    return '{"format_version": 1e' + "9" * 100_000 + "}"


@pytest.mark.parametrize("spoilt", [_strange_key, _key_twice, _long_number])
def test_what_a_plan_says_reaches_a_message_short_and_escaped(
    spoilt: Callable[[dict[str, Any]], str],
) -> None:
    document = json.loads(dump_plan(SAMPLES["plan-varied"]))  # type: ignore[arg-type]
    with pytest.raises(PlanFileError) as told:
        load_plan(spoilt(document), name="plan.json")
    assert told.value.message.isprintable()
    assert len(told.value.message) < 500
