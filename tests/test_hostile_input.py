"""What the tests of trust once found, each kept as an ordinary test."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coursesync.canvas.audit import read_audit
from coursesync.canvas.batch import failures
from coursesync.canvas.bucket import Bucket
from coursesync.canvas.decode import as_id
from coursesync.canvas.listing import _named
from coursesync.catalogue import FIELDS
from coursesync.documents import dump_plan, load_plan
from coursesync.documents.text import digest_of, pretty
from coursesync.errors import CanvasError, PlanFileError
from coursesync.model import LiveCourse
from coursesync.workflow.adopt.values import adopted
from tests.canvas.fake import Fake
from tests.canvas.fake import json as answered
from tests.render.samples import SAMPLES

JSON = {"Content-Type": "application/json"}
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


@pytest.mark.parametrize("number", ["9" * 5_000, "\N{SUPERSCRIPT TWO}", 2**63, -1, "-1", 1.0, True, None])
def test_what_no_id_can_be_is_none(number: Any) -> None:
    assert as_id(number) is None


@pytest.mark.parametrize("number", ["9" * 5_000, "\N{SUPERSCRIPT TWO}"])
def test_a_long_or_odd_number_is_left_as_the_text_it_is(number: str) -> None:
    assert failures(f"Access was denied: {number}") == {}
    assert FIELDS["attributes.storage_quota_mb"].type.decode(number) == number


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_event_before_or_after_all_time_is_no_event(at: str) -> None:
    fake = Fake([answered({"events": [{"created_at": at, "event_type": "updated"}]})])
    with pytest.raises(CanvasError, match="without its moment"):
        fake.run(lambda canvas: read_audit(canvas, 1))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999999"])
def test_a_number_that_json_does_not_have_is_no_answer(number: str) -> None:
    fake = Fake([lambda request: httpx.Response(200, content=f'{{"id": {number}}}', headers=JSON)])
    with pytest.raises(CanvasError, match="damaged"):
        fake.run(lambda canvas: canvas.get("/api/v1/courses/1"))


@pytest.mark.parametrize("remaining", [-999_999_999.0, 999_999_999.0])
def test_a_wrong_header_does_not_make_anybody_wait_for_ever(remaining: float) -> None:
    bucket = Bucket()
    for told in (600.0, remaining, 0.0, remaining):
        bucket.take()
        bucket.put_back(1.0)
        bucket.learn(told, cost=1.0, meanwhile=0.0, alone=False)
    bucket.advance(600.0)
    assert bucket.room > 0


def test_a_reference_that_is_no_id_is_left_out_of_an_import() -> None:
    live = LiveCourse(
        id=1, name="Biology", state={"attributes.enrollment_term_id": [], "attributes.name": "x"}
    )
    made = adopted(live, {}, full=True, spellings={})
    assert [item.field for item in made.left_out] == ["attributes.enrollment_term_id"]


@pytest.mark.parametrize("name", ["\\ud83d", "\\uDE00x"])
def test_half_a_character_of_an_answer_is_none(name: str) -> None:
    fake = Fake([lambda request: httpx.Response(200, content=f'{{"name": "{name}"}}', headers=JSON)])
    assert "?" in fake.run(lambda canvas: canvas.get("/api/v1/courses/1"))["name"]  # type: ignore[index,call-overload,operator]


def test_bytes_that_are_no_utf8_are_no_answer() -> None:
    fake = Fake([lambda request: httpx.Response(200, content=b'{"name": "\xed\xa0\x80"}', headers=JSON)])
    with pytest.raises(CanvasError, match="damaged"):
        fake.run(lambda canvas: canvas.get("/api/v1/courses/1"))


def test_a_plan_from_a_file_whose_name_is_no_text_has_a_digest() -> None:
    assert len(digest_of({"path": "\udcff.yaml"})) == 64


def test_half_a_character_is_written_as_json_can() -> None:
    text = pretty({"name": "\ud800"})
    assert json.loads(text.encode()) == {"name": "\ud800"}


@pytest.mark.parametrize("number", ["\0", ["x"] * 10_000], ids=["control", "long"])
def test_a_course_of_a_list_without_an_id_is_named_short_and_escaped(number: Any) -> None:
    said = _named({"id": number})
    assert said.isprintable()
    assert len(said) < 90
