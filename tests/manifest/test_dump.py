"""A live value is written as a person would write it, and read back as the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Invalid, Value
from coursesync.manifest.dump import written
from coursesync.manifest.models import MANIFEST, check
from coursesync.manifest.yaml import parse
from tests.test_catalogue import samples

NAME = FIELDS["attributes.name"]
DESCRIPTION = FIELDS["attributes.public_description"]
READABLE = [row for row in FIELDS.values() if row.diffable]


def declared(row: Field, document: str) -> Value:
    """Return what a whole manifest says of a field."""

    def nothing(path: str) -> str:
        raise AssertionError(path)

    parsed = parse(document.encode(), file="courses.yaml")
    assert parsed.tree is not None, (document, parsed.diagnostics)
    checked = check(MANIFEST, parsed.tree, nothing)
    assert not (*parsed.diagnostics, *checked.diagnostics), (document, checked.diagnostics)
    value: Value = checked.content["courses"][0][row.group][row.name]
    return value


def in_flow(row: Field, text: str) -> str:
    assert "\n" not in text
    return f"courses: [{{id: 1, {row.group}: {{{row.name}: {text}}}}}]\n"


def in_block(row: Field, text: str) -> str:
    return f"courses:\n  - id: 1\n    {row.group}:\n      {row.name}: {text}\n"


@pytest.mark.parametrize("row", [pytest.param(row, id=row.address) for row in READABLE])
def test_every_value_of_a_field_reads_back_as_the_same(row: Field) -> None:
    for value in [*samples(row), *([None] if row.clear else [])]:
        assert row.same(declared(row, in_flow(row, written(row, value))), value)
        assert row.same(declared(row, in_block(row, written(row, value, indent=6))), value)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_any_text_reads_back_as_the_same_or_is_refused(text: str) -> None:
    value = DESCRIPTION.type.decode(text)
    try:
        line, block = written(DESCRIPTION, value), written(DESCRIPTION, value, indent=6)
    except Invalid:
        assert any(ord(char) < 32 or ord(char) in {0xFFFE, 0xFFFF} for char in text)
        return
    assert declared(DESCRIPTION, in_flow(DESCRIPTION, line)) == value
    assert declared(DESCRIPTION, in_block(DESCRIPTION, block)) == value


_TRICKY = st.lists(
    st.sampled_from(
        [*"\n\n  :#-,[]{}'\"&*!|>%@`?=\t$\\", "${", "null", "0", "true", "é", "a", "\u2028", "\x85"]
    )
)


@given(_TRICKY.map("".join).filter(str.strip))
def test_text_that_looks_like_yaml_stays_text(text: str) -> None:
    value = DESCRIPTION.type.decode(text)
    assert declared(DESCRIPTION, in_flow(DESCRIPTION, written(DESCRIPTION, value))) == value
    assert declared(DESCRIPTION, in_block(DESCRIPTION, written(DESCRIPTION, value, indent=6))) == value


@pytest.mark.parametrize(
    ("address", "value", "text"),
    [
        ("attributes.name", "Introduction to Biology", "Introduction to Biology"),
        ("attributes.name", "Biology: basics", "'Biology: basics'"),
        ("attributes.name", "yes", "yes"),
        ("attributes.name", "Art, Music", "'Art, Music'"),
        ("attributes.course_code", "0123", "'0123'"),
        ("attributes.name", "Price ${x}", "'Price $${x}'"),
        ("attributes.name", "null", "'null'"),
        ("attributes.public_description", "a\nb\n", '"a\\nb\\n"'),
        ("attributes.public_description", "", "''"),
        ("attributes.start_at", "2026-08-24T06:00:00Z", "2026-08-24T06:00:00Z"),
        ("attributes.start_at", None, "null"),
        ("attributes.enrollment_term_id", 7, "7"),
        ("attributes.enrollment_term_id", "sis_term_id:2026FA", "sis_term_id:2026FA"),
        ("settings.hide_final_grades", True, "true"),
        ("settings.default_due_time", "23:59:00", "23:59:00"),
        ("settings.course_color", "#0055a4", "'#0055a4'"),
        ("blueprint.restrictions", {"content": True, "points": True}, "{content: true, points: true}"),
        ("blueprint.restrictions", {}, "{}"),
        (
            "blueprint.restrictions_by_object_type",
            {"quiz": {"content": True}, "assignment": {}},
            "{quiz: {content: true}, assignment: {}}",
        ),
    ],
)
def test_a_value_is_written_as_a_person_would(address: str, value: Value, text: str) -> None:
    assert written(FIELDS[address], value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Art, Music", "Art, Music"),
        ("First line.\nSecond: line\n", "|\n        First line.\n        Second: line"),
        ("First\n\nThird", "|-\n        First\n\n        Third"),
        (" indented\nthen not", "|2-\n         indented\n        then not"),
        ("one line\n", '"one line\\n"'),
    ],
)
def test_beside_a_key_of_a_block_commas_and_lines_need_no_quotes(value: str, text: str) -> None:
    assert written(DESCRIPTION, value, indent=6) == text


@pytest.mark.parametrize(
    ("address", "value"),
    [
        pytest.param("attributes.name", None, id="a null Canvas cannot store"),
        pytest.param("attributes.default_view", "dashboard", id="a choice nobody knows"),
        pytest.param("attributes.course_visibility", "course", id="a field that is never shown"),
        pytest.param("attributes.name", "a\x00b", id="a character YAML has not"),
        pytest.param("attributes.name", " ", id="a blank name"),
        pytest.param("attributes.grading_standard_id", 0, id="a number out of range"),
        pytest.param("attributes.time_zone", "Moon/Base", id="no time zone"),
        pytest.param("settings.hide_final_grades", "true", id="text for a boolean"),
        pytest.param("blueprint.restrictions", {"colour": True}, id="a lock nobody knows"),
    ],
)
def test_a_value_that_cannot_be_declared_is_refused(address: str, value: Any) -> None:
    with pytest.raises(Invalid):
        written(FIELDS[address], value)
