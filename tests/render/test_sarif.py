"""SARIF is valid, points at the manifest, and calls the same thing by the same name in every run."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator, FormatChecker

from coursesync.diagnostics import CODES, Position, Severity, problem
from coursesync.model import DriftClass, Origin
from coursesync.render import Document, Look, Problems
from coursesync.render.kinds import KINDS
from coursesync.render.sarif import render
from tests.render.drifts import BIOLOGY, DRIFTS, FLEET, GONE, IN_SYNC, at, course, drift, field
from tests.render.fleet import FLEETS
from tests.render.samples import SAMPLES
from tests.render.test_text import documents

FORMATS = FormatChecker(formats=())


@FORMATS.checks("uri-reference", raises=ValueError)
def _is_reference(text: object) -> bool:
    # The characters RFC 3986 allows, and whatever the library makes of the rest.
    return not isinstance(text, str) or bool(
        re.fullmatch(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-F]{2})*", text)
        and urlsplit(text) is not None
    )


@FORMATS.checks("uri", raises=ValueError)
def _is_address(text: object) -> bool:
    return not isinstance(text, str) or (_is_reference(text) and bool(urlsplit(text).scheme))


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


SCHEMA = Draft7Validator(
    json.loads((Path(__file__).parents[1] / "schemas" / "sarif-schema-2.1.0.json").read_text("utf-8")),
    format_checker=FORMATS,
)


def log(document: Document) -> dict:
    """Return the one run of a document, checked against the schema."""
    whole = json.loads(render(document, Look()))
    SCHEMA.validate(whole)
    (run,) = whole["runs"]
    return run


def results(document: Document) -> list[dict]:
    return log(document)["results"]


def place(result: dict) -> tuple[str, int, int] | None:
    physical = result["locations"][0].get("physicalLocation")
    if not physical:
        return None
    region = physical.get("region", {})
    return physical["artifactLocation"]["uri"], region.get("startLine", 0), region.get("startColumn", 0)


def names(document: Document) -> list[str]:
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results(document)]


@pytest.mark.parametrize("name", [*SAMPLES, *FLEETS])
def test_a_sample_is_valid(name: str) -> None:
    log((SAMPLES | FLEETS)[name])


@given(documents)
@settings(max_examples=60, deadline=None)
def test_any_document_is_valid_and_every_result_has_a_rule_and_a_name_of_its_own(document: Document) -> None:
    run = log(document)
    rules = run["tool"]["driver"]["rules"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert all(each["locations"])
    told = Counter((each["ruleId"], *each["partialFingerprints"].values()) for each in run["results"])
    assert set(told.values()) <= {1}
    assert render(document, Look(verbose=True, width=30)) == render(document, Look())


def test_a_schema_that_finds_nothing_wrong_would_be_no_test() -> None:
    broken = json.loads(render(DRIFTS["drift-varied"], Look()))
    location = broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    location["artifactLocation"]["uri"] = "a b.yaml"
    assert [error.validator for error in SCHEMA.iter_errors(broken)] == ["format"]


def test_every_field_that_differs_has_a_result_at_the_place_that_won() -> None:
    found = {each["properties"]["field"]: each for each in results(DRIFTS["drift-varied"])[:8]}
    assert set(found) == {item.field for item in BIOLOGY.fields}
    for item in BIOLOGY.fields:
        won = item.origin[-1]
        assert place(found[item.field]) == (won.file, won.line, won.column)
        assert found[item.field]["ruleId"] == f"drift/{item.class_.value}"
    view = found["attributes.default_view"]
    assert view["message"]["text"].splitlines() == [
        "BIO-101-2026FA Introduction to Biology: attributes.default_view "
        "Canvas: modules -> feed, declared: modules",
        "changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the web pages",
    ]
    assert view["relatedLocations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "profiles/online.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 7},
            },
            "message": {"text": "also set by profile online"},
        }
    ]


@pytest.mark.parametrize(
    ("class_", "level"),
    [
        (DriftClass.CONFLICT, "error"),
        (DriftClass.LIVE_CHANGED, "warning"),
        (DriftClass.DIFFERS, "warning"),
        (DriftClass.CONFIG_CHANGED, "note"),
        (DriftClass.BOTH, "note"),
    ],
    ids=lambda value: str(value),
)
def test_the_level_follows_from_the_side_that_moved(class_: DriftClass, level: str) -> None:
    run = log(drift(course(1, field("settings.a", class_, read=1, after=2))))
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["level"], rule["defaultConfiguration"]["level"]) == (level, level)


def test_many_courses_on_one_line_have_a_result_each() -> None:
    where = at("fall.yaml", 8)
    many = [
        course(n, field("settings.a", DriftClass.DIFFERS, read=1, after=2, course=n, origin=where))
        for n in range(1, 6001)
    ]
    found = results(drift(*many))
    assert len(found) == 6000
    assert {place(each) for each in found} == {("fall.yaml", 8, 7)}
    assert len({each["properties"]["course"] for each in found}) == 6000


def test_a_result_keeps_its_name_when_lines_move_and_values_change() -> None:
    moved = replace(
        BIOLOGY,
        line=BIOLOGY.line + 40,
        fields=tuple(
            replace(
                item,
                read=7,
                origin=tuple(replace(each, line=each.line + 40) for each in item.origin),
                blame=None,
            )
            for item in BIOLOGY.fields
        ),
    )
    assert names(drift(moved)) == names(drift(BIOLOGY))
    assert BIOLOGY.fields[0].change_id in names(drift(BIOLOGY))


def test_another_canvas_is_another_thing() -> None:
    here = drift(BIOLOGY)
    there = replace(here, canvas=replace(here.canvas, url="https://beta.test"))
    released = [
        next(
            name
            for name, each in zip(names(document), results(document), strict=True)
            if each["ruleId"] == "drift/no-longer-managed"
        )
        for document in (here, there)
    ]
    assert released[0] != released[1]


def test_a_place_is_relative_and_encoded() -> None:
    found = results(DRIFTS["drift-hostile"])[0]
    uri, line, column = place(found) or ("", 0, 0)
    assert uri == "courses/a%7Cb%20%60x%60%3A%20%C3%BC.yaml"
    assert unquote(uri) == "courses/a|b `x`: ü.yaml"
    assert (line, column) == (2, 7)


@pytest.mark.parametrize(
    ("origin", "where"),
    [
        ((Origin(file="a.yaml", line=0, column=0, layer=""),), ("a.yaml", 0, 0)),
        ((Origin(file="a.yaml", line=3, column=0, layer=""),), ("a.yaml", 3, 0)),
        ((Origin(file="//evil.test/a", line=1, column=1, layer=""),), ("evil.test/a", 1, 1)),
        ((), ("courses/biology.yaml", 9, 5)),
    ],
    ids=["whole file", "whole line", "other host", "no origin"],
)
def test_what_is_known_of_a_place_is_said_and_no_more(origin: tuple, where: tuple) -> None:
    item = field("settings.a", DriftClass.DIFFERS, read=1, after=2, origin=origin)
    assert [place(each) for each in results(drift(course(1, item)))] == [where]


def test_what_left_the_manifests_is_at_the_course_or_at_the_file_it_was_in() -> None:
    found = [
        each
        for each in results(drift(BIOLOGY, released=(GONE,)))
        if each["ruleId"] == "drift/no-longer-managed"
    ]
    assert [place(each) for each in found] == [
        ("courses/biology.yaml", 9, 5),
        ("courses/biology.yaml", 9, 5),
        ("courses/old.yaml", 0, 0),
    ]
    assert found[0]["message"]["text"].startswith(
        "BIO-101-2026FA Introduction to Biology: settings.hide_final_grades no longer managed, stays true"
    )


def test_errors_of_the_run_are_notifications_and_it_was_no_success() -> None:
    (invocation,) = log(DRIFTS["drift-errored"])["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["startTimeUtc"] == "2026-11-23T08:00:00Z"
    notices = invocation["toolExecutionNotifications"]
    codes = [each["descriptor"]["id"] for each in notices if "descriptor" in each]
    assert codes == ["course-not-found", "course-unreadable", "reference-not-found"]
    assert place(notices[0]) == ("courses/geo.yaml", 2, 5)
    assert [each["level"] for each in notices] == ["error", "error", "error", "note", "note"]
    known = log(DRIFTS["drift-errored"])["tool"]["driver"]["notifications"]
    assert [each["id"] for each in known] == codes


def test_a_run_without_errors_was_a_success() -> None:
    (invocation,) = log(drift(IN_SYNC))["invocations"]
    assert invocation["executionSuccessful"] is True
    assert "startTimeUtc" not in log(replace(drift(IN_SYNC), started_at="now"))["invocations"][0]


def test_a_plan_has_a_result_for_each_change_and_each_side_effect() -> None:
    found = [each for each in results(SAMPLES["plan-varied"]) if each["properties"]["course"] == 4123]
    assert [each["ruleId"] for each in found] == ["plan/change"] * 5 + ["plan/side-effect"] * 2
    assert place(found[0]) == ("courses/biology.yaml", 14, 7)
    # A side effect stands nowhere; what brings it about does.
    assert place(found[-1]) == place(found[0])


def test_the_risk_of_a_change_is_its_level() -> None:
    found = {each["properties"]["field"]: each for each in results(SAMPLES["plan-errored"])}
    assert found["attributes.workflow_state"]["level"] == "warning"
    assert found["settings.home_page_announcement_limit"]["level"] == "note"
    assert found["attributes.workflow_state"]["properties"]["risk"] == "lossy"


def test_a_report_has_a_result_for_each_bad_verdict_with_the_course_as_its_place() -> None:
    run = log(SAMPLES["report-mixed"])
    assert [each["ruleId"] for each in run["results"]] == [
        "apply/ignored",
        "apply/altered",
        "apply/unexpected",
        "apply/failed",
        "apply/unknown",
        "apply/stale",
    ]
    assert run["results"][0]["locations"] == [
        {
            "logicalLocations": [
                {
                    "name": "settings.hide_final_grades",
                    "fullyQualifiedName": "BIO-101-2026FA Introduction to Biology/settings.hide_final_grades",
                }
            ]
        }
    ]
    (invocation,) = run["invocations"]
    said = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert said[:2] == [
        "Canvas stopped answering after 12 requests.",
        "course 4124 化学入门 Chemistry: Stopped after a request was refused.",
    ]


def test_a_problem_has_its_code_as_rule_and_its_severity_as_level() -> None:
    run = log(SAMPLES["problems"])
    found = {each["ruleId"]: each for each in run["results"]}
    assert {code: each["level"] for code, each in found.items()} == {
        "unknown-field": "error",
        "course-not-found": "error",
        "unverifiable": "warning",
        "empty-file": "warning",
        "left-alone": "note",
    }
    assert place(found["unknown-field"]) == ("policies/fall.yaml", 12, 5)
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    assert rules["unknown-field"]["shortDescription"]["text"] == CODES["unknown-field"][1]


def test_two_problems_of_the_same_words_in_one_file_are_two() -> None:
    same = tuple(
        problem("unknown-key", "x", at=Position(file="a.yaml", line=line, column=1)) for line in (1, 9)
    )
    first, second = names(Problems(diagnostics=same))
    assert second == f"{first}:2"


def test_a_value_can_be_no_link_and_no_placeholder() -> None:
    item = field("settings.a", DriftClass.DIFFERS, read="{0} [x](http://evil.test)", after="{a: 1}")
    (result,) = results(drift(course(1, item)))
    assert r"{{0}} [x\](http://evil.test)" in result["message"]["text"]
    assert '"{a: 1}"' in result["message"]["text"]


def test_every_kind_says_what_it_means_in_sentences() -> None:
    for family in KINDS.values():
        for kind in family.values():
            assert isinstance(kind.severity, Severity)
            assert re.fullmatch(r"[A-Z][^.]+", kind.summary)
            assert re.fullmatch(r"[A-Z].+\.", kind.meaning)
            assert re.fullmatch(r"[A-Z].+\.", kind.remedy)


def test_the_columns_are_those_of_people() -> None:
    assert log(FLEET)["columnKind"] == "unicodeCodePoints"


def test_each_command_is_an_analysis_of_its_own() -> None:
    found = [
        log(SAMPLES[name])["automationDetails"]["id"] for name in ("drift-none", "plan-nothing", "problems")
    ]
    assert found == ["coursesync/drift/", "coursesync/plan/", "coursesync/validate/"]
