"""Documents come back as they were written, and every way one can be wrong is said in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from coursesync.diagnostics import Position, problem
from coursesync.documents import (
    digest,
    dump_plan,
    dump_report,
    dump_snapshot,
    load_plan,
    load_report,
    load_snapshot,
    looks_like_plan,
    plan_json,
    plan_schema,
    report_schema,
    sealed,
    validation_json,
)
from coursesync.documents import text as text_module
from coursesync.documents.text import _canonical, canonical, digest_of
from coursesync.errors import ExitCode, PlanFileError
from coursesync.model import Plan, Report, Snapshot
from tests.render.generated import plans, reports, snapshots
from tests.render.samples import CLEAN_REPORT, SAMPLES

PLAN: Plan = SAMPLES["plan-varied"]  # type: ignore[assignment]


def same(one: Any, other: Any) -> bool:
    """Equality in which True is not 1, and 1 is not 1.0."""
    return one == other and repr(one) == repr(other)


@given(plans)
@settings(max_examples=60, deadline=None)
def test_a_plan_comes_back_as_it_was_written(plan: Plan) -> None:
    plan = sealed(plan)
    assert same(load_plan(dump_plan(plan), name="plan.json"), plan)


@given(reports)
@settings(max_examples=60, deadline=None)
def test_a_report_comes_back_as_it_was_written(report: Report) -> None:
    assert same(load_report(dump_report(report), name="report.json"), report)


@given(snapshots)
@settings(max_examples=60, deadline=None)
def test_a_snapshot_comes_back_as_it_was_written(snapshot: Snapshot) -> None:
    assert same(load_snapshot(dump_snapshot(snapshot), name="live.json"), snapshot)


@given(plans)
@settings(max_examples=40, deadline=None)
def test_the_schema_accepts_every_plan(plan: Plan) -> None:
    Draft202012Validator(plan_schema()).validate(plan_json(plan))


@given(reports)
@settings(max_examples=40, deadline=None)
def test_the_schema_accepts_every_report(report: Report) -> None:
    Draft202012Validator(report_schema()).validate(json.loads(dump_report(report)))


@pytest.mark.parametrize("schema", [plan_schema(), report_schema()], ids=["plan", "report"])
def test_a_schema_is_one_and_says_what_it_is(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert re.fullmatch(r"[a-z]+\.schema\.json", schema["$id"])
    assert all(part.get("description") for part in schema["$defs"].values() if "properties" in part)


def test_the_schema_says_what_a_docstring_says_of_an_attribute() -> None:
    change = plan_schema()["$defs"]["Change"]["properties"]
    assert change["after"]["description"] == "What is sent."
    assert change["id"]["description"] == "Stable, of host, course and field; of a new course its SIS id."


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document | {"surprise": 1},
        lambda document: document | {"format_version": "1.1"},
        lambda document: {key: item for key, item in document.items() if key != "courses"},
        lambda document: document | {"errored": "no"},
    ],
    ids=["unknown key", "another version", "missing key", "wrong type"],
)
def test_the_schema_refuses_what_is_no_plan_of_this_version(spoil: Callable[[Any], Any]) -> None:
    assert not Draft202012Validator(plan_schema()).is_valid(spoil(plan_json(PLAN)))


def test_keys_stand_in_the_order_of_the_dataclass() -> None:
    assert list(plan_json(PLAN)) == [field.name for field in fields(Plan)]
    assert dump_plan(PLAN).endswith("}\n")


def test_a_diagnostic_is_written_flat() -> None:
    shown = plan_json(PLAN)["diagnostics"][0]
    assert list(shown) == [
        "code", "severity", "file", "line", "column", "summary", "detail", "hint", "course",
    ]  # fmt: skip
    assert (shown["file"], shown["line"], shown["column"]) == ("courses/biology.yaml", 21, 5)


def test_the_digest_covers_everything_but_itself() -> None:
    assert digest(PLAN) == digest(replace(PLAN, digest="")) == PLAN.digest
    assert digest(replace(PLAN, created_at="2027-01-01T00:00:00Z")) != PLAN.digest
    assert digest_of(plan_json(PLAN)) == PLAN.digest


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(_JSON)
def test_the_quick_form_of_a_document_is_its_exact_form(value: Any) -> None:
    document = {"a": value, "Z": [value]}
    assert canonical(document) == rfc8785.dumps(_canonical(document))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_carry_has_no_digest(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"a": value})


def test_the_digest_knows_true_from_one_and_large_ids_apart() -> None:
    requests = [replace(PLAN.requests[0], body={"x": value}) for value in (True, 1, 2**60, 2**60 + 1)]
    assert len({digest(replace(PLAN, requests=(request,))) for request in requests}) == 4


def _edited(**keys: Any) -> str:
    document = plan_json(PLAN) | keys
    return json.dumps(document)


def _resealed(**keys: Any) -> str:
    document = plan_json(PLAN) | keys
    return json.dumps(document | {"digest": digest_of(document)})


def _without(key: str) -> str:
    return json.dumps({name: item for name, item in plan_json(PLAN).items() if name != key})


_TWO = [plan_json(PLAN)["courses"][0]] * 2
_BAD_RISK = json.loads(dump_plan(PLAN))["courses"]
_BAD_RISK[0]["changes"][1]["risk"] = "harmless"
_NUMBER = json.loads(dump_plan(PLAN))["courses"]
_NUMBER[1]["id"] = "4124"
_REQUEST = plan_json(PLAN)["requests"][0]

FAULTS = {
    "empty": ("", "not valid JSON"),
    "not JSON": ("courses:\n  - id: 1\n", "not valid JSON: Expecting value in line 1, column 1"),
    "cut off": (dump_plan(PLAN)[:2000], "not valid JSON"),
    "a list": ("[]", "it is JSON, but not an object"),
    "no version": ("{}", "it has no format_version"),
    "a number as version": (_edited(format_version=1.0), 'its format_version is not like "1.0"'),
    "newer format": (_edited(format_version="2.0"), "was made by a newer coursesync: format 2.0"),
    "older format": (_edited(format_version="0.9"), "was made by an older coursesync"),
    "a report": (dump_report(CLEAN_REPORT), "is a report, not a plan"),
    "unknown key": (_resealed(surprise=1), "at $.surprise, there is a key this format does not have"),
    "missing key": (_without("summary"), "at $.summary, a required key is missing"),
    "wrong choice": (_resealed(courses=_BAD_RISK), "at $.courses[0].changes[1].risk, input should be"),
    "text for a number": (_resealed(courses=_NUMBER), "at $.courses[1].id, a whole number is expected"),
    "edited": (_edited(created_at="later"), "was edited or damaged"),
    "no digest": (_without("digest"), "was edited or damaged"),
    "a course twice": (_resealed(courses=_TWO), "it has the course 4123 twice"),
    "a request twice": (_resealed(requests=[_REQUEST, _REQUEST]), "it has the request r1 twice"),
    "a key twice": ('{"format_version": "1.0", "a": 1, "a": 2}', 'the key "a" stands twice'),
    "NaN": (_edited(errored=0).replace('"errored": 0', '"errored": NaN'), "nan is not a number"),
    "infinite": (_edited(errored=0).replace('"errored": 0', '"errored": 1e999'), "1e999 is not a number"),
    "endless number": (_edited(errored=0).replace('"errored": 0', '"errored": ' + "9" * 5000), "not valid"),
    "half a character": (_resealed(created_at="x").replace('"x"', '"\\ud800"'), "is not a plan|cannot carry"),
    "deep list": ('{"format_version": "1.0", "a": ' + "[" * 70 + "]" * 70 + "}", "nested too deeply"),
    "abyss": ('{"format_version": "1.0", "a": ' + "[" * 200_000, "nested too deeply|not valid JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_plan_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(text, name="fall.plan")
    assert caught.value.message.startswith("fall.plan ")
    assert caught.value.message.endswith(".")
    assert any(part.lower() in caught.value.message.lower() for part in said.split("|")), caught.value.message
    assert caught.value.exit_code is ExitCode.ERROR


def test_a_plan_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "MAX_CHARACTERS", 1_000_000)
    with pytest.raises(PlanFileError, match="too large: more than 1 million characters"):
        load_plan(" " * 1_000_001, name="fall.plan")


def test_a_newer_minor_version_may_have_keys_we_do_not_know() -> None:
    courses = json.loads(dump_plan(PLAN))["courses"]
    courses[0]["changes"][0]["mood"] = "hopeful"
    plan = load_plan(_resealed(format_version="1.7", courses=courses, surprise=[1]), name="fall.plan")
    assert plan.courses == PLAN.courses
    assert plan.format_version == "1.7"


def test_a_remark_of_a_newer_version_keeps_its_words() -> None:
    remark = plan_json(PLAN)["diagnostics"][0] | {"code": "from-the-future", "summary": "Later wisdom"}
    plan = load_plan(_resealed(diagnostics=[remark]), name="fall.plan")
    assert plan.diagnostics[0].code == "newer-remark"
    assert plan.diagnostics[0].summary == "Later wisdom"


def test_a_byte_order_mark_does_no_harm() -> None:
    assert load_plan("\ufeff" + dump_plan(PLAN), name="fall.plan") == PLAN


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (dump_plan(PLAN), True),
        ("\ufeff  " + dump_plan(PLAN), True),
        (dump_plan(PLAN)[:300], True),
        ('{"courses": [{"id": 1, "attributes": {"name": "format_version"}}]}', False),
        ('{"courses": [{"format_version": 1}]}', False),
        ("courses:\n- id: 1\n", False),
        ("[]", False),
        ("", False),
    ],
    ids=["plan", "mark", "cut off", "manifest", "deeper key", "yaml", "list", "empty"],
)
def test_a_plan_is_told_from_a_manifest(text: str, answer: bool) -> None:
    assert looks_like_plan(text) is answer


def test_validation_is_valid_without_errors_and_under_strict_without_warnings() -> None:
    warning = problem("empty-file", at=Position(file="a.yaml"))
    assert validation_json((warning,))["valid"] is True
    assert validation_json((warning,), strict=True)["valid"] is False
    assert validation_json((problem("unknown-key"),)) == {
        "format_version": "1.0",
        "valid": False,
        "diagnostics": [
            {
                "code": "unknown-key",
                "severity": "error",
                "file": None,
                "line": 0,
                "column": 0,
                "summary": "Unknown key",
                "detail": "",
                "hint": "",
                "course": None,
            }
        ],
    }
