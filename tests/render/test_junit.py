"""JUnit XML is valid for what Jenkins and others accept, and a test fails where something is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, settings
from junitparser import JUnitXml

from coursesync.diagnostics import Position, problem
from coursesync.model import CourseDrift, DriftClass
from coursesync.render import Document, Look, Problems
from coursesync.render.junit import render
from tests.render.drifts import BIO, DRIFTS, HOSTILE, IN_SYNC, at, course, drift, field
from tests.render.fleet import FLEETS
from tests.render.samples import DIAGNOSTICS, SAMPLES, plan
from tests.render.test_text import documents

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[1] / "schemas" / "jenkins-junit.xsd")


def suite(document: Document) -> ET.Element:
    """Return the one suite of a document."""
    (found,) = ET.fromstring(render(document, Look()))
    return found


def cases(document: Document) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in suite(document).iter("testcase")}


def types(case: ET.Element, tag: str = "failure") -> list[str]:
    return [each.attrib["type"] for each in case.iter(tag)]


def drifted(*classes: DriftClass, number: int = 1, **more) -> CourseDrift:
    fields = [
        field(f"settings.f{n}", class_, read=True, after=False, base=False, course=number)
        for n, class_ in enumerate(classes)
    ]
    return course(number, *fields, **more)


@pytest.mark.parametrize("name", [*SAMPLES, *FLEETS])
def test_a_sample_is_valid(name: str) -> None:
    SCHEMA.validate(render((SAMPLES | FLEETS)[name], Look()))


@given(documents)
@settings(max_examples=60, deadline=None)
def test_any_document_is_valid_and_adds_up(document: Document) -> None:
    text = render(document, Look())
    SCHEMA.validate(text)
    found = suite(document)
    each = list(found.iter("testcase"))
    errors = [case for case in each if case.find("error") is not None]
    failures = [case for case in each if case.find("failure") is not None and case not in errors]
    counted = {"tests": str(len(each)), "failures": str(len(failures)), "errors": str(len(errors))}
    assert {key: found.attrib[key] for key in counted} == counted
    assert len(each) >= 1
    assert render(document, Look(verbose=True, width=30)) == text


@given(documents)
@settings(max_examples=40, deadline=None)
def test_other_readers_find_the_same_cases(document: Document) -> None:
    text = render(document, Look())
    (found,) = JUnitXml.fromstring(text.encode())
    assert [case.name for case in found] == [case.attrib["name"] for case in suite(document).iter("testcase")]


def test_a_course_is_a_case_of_its_department_and_each_field_that_differs_a_failure() -> None:
    live, conflict = DriftClass.LIVE_CHANGED, DriftClass.CONFLICT
    found = cases(drift(drifted(live, conflict), IN_SYNC))
    assert types(found["C-1 Course 1"]) == ["live-changed", "conflict"]
    assert found["C-1 Course 1"].attrib["classname"] == "Biology and Geology"
    assert list(found["PHY-1 Physics"]) == []


def test_a_course_of_an_account_without_a_name_is_a_case_of_its_file() -> None:
    found = cases(drift(drifted(account=None), accounts={}))
    assert found["C-1 Course 1"].attrib["classname"] == BIO


def test_a_failure_says_both_sides_on_one_line_and_place_and_person_below() -> None:
    (failure, *_) = cases(DRIFTS["drift-varied"])["BIO-101-2026FA Introduction to Biology"].iter("failure")
    assert failure.attrib["message"] == "attributes.default_view Canvas: modules -> feed, declared: modules"
    assert (failure.text or "").splitlines()[1:] == [
        "at courses/biology.yaml:14:7 (course)",
        "over profiles/online.yaml:3:7 (profile online)",
        "changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the web pages",
    ]


def test_what_moved_alike_left_the_manifests_or_is_ignored_is_no_failure() -> None:
    quiet = replace(
        DRIFTS["drift-varied"].courses[0],
        fields=(field("attributes.time_zone", DriftClass.BOTH, base="a", read="b", after="b"),),
    )
    (case,) = cases(drift(quiet)).values()
    assert types(case) == []
    said = case.findtext("system-out") or ""
    assert [line.partition(":")[0] for line in said.splitlines() if not line.startswith(" ")] == [
        "both",
        "no-longer-managed",
        "no-longer-managed",
        "ignored",
        "unverified",
    ]


def test_a_course_that_could_not_be_read_is_an_error_and_no_failure() -> None:
    found = suite(DRIFTS["drift-errored"])
    by_name = cases(DRIFTS["drift-errored"])
    assert types(by_name["sis_course_id:GEO-101"], "error") == ["course-not-found"]
    assert by_name["sis_course_id:GEO-101"].attrib["classname"] == "courses/geo.yaml"
    assert types(by_name["course 4124 化学入门 Chemistry"], "error") == ["course-unreadable"]
    assert types(by_name["reference-not-found"], "error") == ["reference-not-found"]
    assert (found.attrib["failures"], found.attrib["errors"]) == ("0", "3")


def test_every_change_of_a_plan_is_a_failure_and_a_side_effect_is_told() -> None:
    case = cases(SAMPLES["plan-varied"])["BIO-101-2026FA Introduction to Biology"]
    assert types(case) == ["change"] * 5
    assert "side-effect: attributes.end_at 2026-12-18 07:00Z -> none" in (case.findtext("system-out") or "")


def test_a_change_of_a_plan_with_a_base_has_its_class() -> None:
    case = cases(SAMPLES["plan-based"])["BIO-101-2026FA Introduction to Biology"]
    assert types(case) == ["live-changed", "conflict", *["config-changed"] * 3]


def test_a_report_fails_for_what_needs_a_look_and_errs_for_what_ended_early() -> None:
    found = cases(SAMPLES["report-mixed"])
    assert types(found["BIO-101-2026FA Introduction to Biology"]) == ["ignored", "altered", "unexpected"]
    assert types(found["course 4124 化学入门 Chemistry"], "error") == ["course"]
    assert types(found["run"], "error") == ["run"]


def test_an_interrupted_apply_is_not_green() -> None:
    assert suite(SAMPLES["report-interrupted"]).attrib["errors"] == "1"


@pytest.mark.parametrize(("strict", "failing"), [(False, 2), (True, 4)], ids=["usual", "strict"])
def test_a_warning_fails_its_file_only_where_it_stops(strict: bool, failing: int) -> None:
    found = suite(Problems(diagnostics=DIAGNOSTICS, strict=strict))
    assert found.attrib["failures"] == str(failing)
    assert found.attrib["tests"] == "5"


def test_problems_of_one_file_are_one_case() -> None:
    at_lines = [problem("unknown-key", f"{n}", at=Position(file="a.yaml", line=n, column=1)) for n in (1, 2)]
    (case,) = cases(Problems(diagnostics=tuple(at_lines))).values()
    assert types(case) == ["unknown-key", "unknown-key"]
    assert "at a.yaml:2:1" in (list(case)[1].text or "")


@pytest.mark.parametrize("name", ["plan-nothing", "problems-none", "drift-nothing"])
def test_there_is_always_a_test_to_show(name: str) -> None:
    """Jenkins calls a build failed whose reports hold no test."""
    (case,) = cases(SAMPLES[name]).values()
    assert list(case) == []


def test_times_are_those_of_the_document() -> None:
    found = suite(drift(IN_SYNC))
    assert (found.attrib["timestamp"], found.attrib["time"]) == ("2026-11-23T08:00:00", "42.0")
    unknown = suite(replace(drift(IN_SYNC), started_at="yesterday"))
    assert "timestamp" not in unknown.attrib
    assert "time" not in unknown.attrib


def test_what_xml_cannot_hold_is_shown_as_an_escape_and_nothing_becomes_markup() -> None:
    text = render(drift(HOSTILE), Look())
    assert r"\x1b[2J\ufffe\u202etxt" in text
    found = suite(drift(HOSTILE))
    assert {each.tag for each in found.iter()} == {"testsuite", "testcase", "failure", "system-out"}
    assert not re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff]", text)


def test_courses_with_the_same_file_line_fail_one_by_one() -> None:
    many: Sequence[CourseDrift] = [
        course(
            n,
            field("settings.a", DriftClass.DIFFERS, read=1, after=2, course=n, origin=at("fall.yaml", 8)),
        )
        for n in range(1, 51)
    ]
    assert suite(drift(*many)).attrib["failures"] == "50"


def test_courses_of_a_plan_without_changes_pass() -> None:
    assert suite(plan(compared=3)).attrib["failures"] == "0"
