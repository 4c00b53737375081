"""Questions every row of the catalogue must answer."""

from __future__ import annotations

import pytest

from coursesync.catalogue import DECLARABLE, FIELDS, REFUSED, RESOURCES
from coursesync.catalogue.course import WORKFLOW_STATE
from coursesync.catalogue.field import Field, Mark, Refused, Risk
from coursesync.catalogue.types import Invalid, Literal, Node, Value

# A good value of each type as YAML nodes, keyed by the type's name; choices are taken from the row.
SAMPLES: dict[str, tuple[Node, ...]] = {
    "boolean": (Literal(text="true"), Literal(text="false")),
    "text": (Literal(text="Biology"), Literal(text="0123", quoted=True)),
    "whole number": (Literal(text="7"),),
    "id or sis_term_id:…": (Literal(text="sis_term_id:2026FA"), Literal(text="12")),
    "id or sis_account_id:…": (Literal(text="sis_account_id:ARTS"), Literal(text="12")),
    "instant": (Literal(text="2026-08-24T08:00:00-06:00"), Literal(text="2026-08-24T08:00:00Z")),
    "time of day": (Literal(text="9:00:00", quoted=True), Literal(text="23:59")),
    "time zone": (Literal(text="America/Denver"), Literal(text="Mountain Time (US & Canada)")),
    "colour": (Literal(text="#00AA11", quoted=True), Literal(text="#abc", quoted=True)),
    "URL": (Literal(text="https://example.edu/a.png"),),
    "HTML": (Literal(text="<p>Hi <b>there</b></p>"),),
    "map of locks": ({}, {"content": Literal(text="true"), "state": Literal(text="false")}),
    "map of map of locks": ({}, {"assignment": {"points": Literal(text="true")}, "quiz": {}}),
}

BAD: dict[str, tuple[Node, ...]] = {
    "boolean": (Literal(text="yes"), Literal(text="true", quoted=True), Literal(text="1"), {}),
    "choice": (Literal(text="nothing-like-it"), []),
    "text": (Literal(text="0123"), Literal(text="1e3"), Literal(text="x" * 70_000, quoted=True)),
    "whole number": (Literal(text="0123"), Literal(text="7.5"), Literal(text="7", quoted=True)),
    "instant": (Literal(text="2026-08-24"), Literal(text="2026-13-24T00:00:00Z"), Literal(text="soon")),
    "time of day": (Literal(text="25:00"), Literal(text="noon")),
    "time zone": (Literal(text="Amerika/Denver"),),
    "colour": (Literal(text="red"), Literal(text="#12", quoted=True)),
    "URL": (Literal(text="images/a.png"),),
    "HTML": (Literal(text="x" * 600_000),),
    "map of locks": (
        Literal(text="true"),
        {"colour": Literal(text="true")},
        {"content": Literal(text="yes")},
    ),
    "map of map of locks": ({"page": {}}, {"quiz": Literal(text="true")}),
}

ROWS = [pytest.param(row, id=row.address) for row in FIELDS.values()]


def samples(row: Field) -> list[Value]:
    """Return good values of a row."""
    if row.type.choices:
        return [row.type.parse(Literal(text=choice)) for choice in row.type.choices]
    return [row.type.parse(node) for node in SAMPLES[row.type.name]]


def test_every_field_of_canvas_that_can_be_compared_has_a_row() -> None:
    diffable = {resource.name: sum(row.diffable for row in resource.fields) for resource in RESOURCES}
    assert diffable == {"attributes": 41 + 1, "settings": 23, "blueprint": 3}, "the one more is the state"
    assert sum(not row.diffable for row in FIELDS.values()) == 7 + 1


def test_addresses_are_unique_and_no_declared_name_is_refused() -> None:
    assert len(FIELDS) == sum(len(resource.fields) for resource in RESOURCES)
    assert not DECLARABLE.keys() & REFUSED.keys()


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_documented_in_one_sentence_with_its_source(row: Field) -> None:
    assert row.doc.endswith(".")
    assert len(row.doc) <= 120
    assert row.source.startswith("Canvas: ")


@pytest.mark.parametrize("row", ROWS)
def test_what_is_read_after_sending_a_value_is_that_value(row: Field) -> None:
    for value in samples(row):
        assert row.same(row.type.decode(row.type.encode(value)), value)
        assert row.type.normalise(row.type.decode(row.type.encode(value))) == row.type.normalise(value)


@pytest.mark.parametrize("row", ROWS)
def test_normalising_twice_is_normalising_once(row: Field) -> None:
    for value in samples(row):
        once = row.normal(value)
        assert row.normal(once) == once


@pytest.mark.parametrize("row", ROWS)
def test_a_bad_value_is_refused_with_a_reason(row: Field) -> None:
    for node in BAD.get("choice" if row.type.choices else row.type.name, ({}, [])):
        with pytest.raises(Invalid) as refused:
            row.type.parse(node)
        assert all(flaw.message for flaw in refused.value.flaws)


@pytest.mark.parametrize("row", ROWS)
def test_a_null_is_either_sent_in_a_known_way_or_refused_with_a_reason(row: Field) -> None:
    assert row.clear is not None or row.no_clear.endswith(".")
    if row.clear is None:
        return
    assert row.diffable
    assert row.same(None, row.null_means)


@pytest.mark.parametrize("row", ROWS)
def test_whatever_a_row_points_at_exists(row: Field) -> None:
    pointed = [couple.field for couple in row.couples] + [needed.field for needed in row.requires]
    assert {*pointed, *row.conflicts} <= FIELDS.keys()
    for needed in row.requires:
        assert isinstance(needed.value, bool)


@pytest.mark.parametrize("row", [pytest.param(r, id=f"{r.group}.{r.name}") for r in REFUSED.values()])
def test_a_refused_name_says_why_and_what_instead(row: Refused) -> None:
    assert row.why.endswith(".")
    instead = row.instead.split(":")[0].split(" or ")[0]
    assert not instead or instead in FIELDS


@pytest.mark.parametrize("before", WORKFLOW_STATE.type.choices)
@pytest.mark.parametrize("after", WORKFLOW_STATE.type.choices)
def test_every_change_of_state_has_its_events_and_its_risk(before: str, after: str) -> None:
    if before == after:
        return
    found = WORKFLOW_STATE.transition(before, after)
    assert found.events
    expected = Risk.SAFE
    if "completed" in {before, after}:
        expected = Risk.LOSSY
    if "deleted" in {before, after}:
        expected = Risk.DESTRUCTIVE
    assert found.risk is expected
    assert found.why or expected is Risk.SAFE


def test_undeleting_a_course_to_publish_it_takes_two_events() -> None:
    assert WORKFLOW_STATE.transition("deleted", "available").events == ("undelete", "offer")


def test_marks_are_never_equal_to_values() -> None:
    assert all(mark.value not in {True, False, None} for mark in Mark)
