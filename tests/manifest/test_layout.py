"""Canonical layout: every shape of YAML keeps what it says and its comments, and nothing moves twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from coursesync.catalogue import RESOURCES
from coursesync.diagnostics import errors
from coursesync.manifest.layout.document import Layout, layout
from coursesync.manifest.layout.order import fits, shape
from coursesync.manifest.places import plain
from coursesync.manifest.yaml import parse
from tests.manifest.written import manifests

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.joinpath("examples").rglob("*.yaml"))
CASES = sorted(ROOT.joinpath("tests", "cases").rglob("*.yaml"))


def _layout(content: bytes, file: str = "courses.yaml") -> Layout:
    document = "project" if file == "coursesync.yaml" else "manifest"
    return layout(content, parse(content, file=file), file=file, document=document, include=lambda path: path)


def _formatted(text: str) -> str:
    """Lay a text out, and once more, which must change nothing."""
    once = _layout(text.encode())
    assert once.diagnostics == ()
    assert _layout(once.content).content == once.content
    return once.content.decode()


def _comments(text: str) -> Counter[str]:
    """Return what looks like a comment, by a rule of its own; a # in a text counts alike."""
    found = (line[line.index("#") :].rstrip() for line in text.splitlines() if "#" in line)
    return Counter(found)


@settings(suppress_health_check=list(HealthCheck), max_examples=60)
@given(manifests())
def test_any_manifest_keeps_its_meaning_and_its_comments_and_is_laid_out_once_and_for_all(text: str) -> None:
    before = parse(text.encode(), file="")
    assume(
        before.tree is not None and not errors(before.diagnostics) and fits(before.tree, shape("manifest"))
    )
    once = _layout(text.encode())
    if once.diagnostics:
        # A text whose last line break is missing cannot stand anywhere but at the end.
        assert not text.endswith("\n")
        assert once.content == text.encode()
        return
    after = parse(once.content, file="")
    assert before.tree is not None
    assert after.tree is not None
    assert plain(after.tree) == plain(before.tree)
    assert _comments(once.content.decode()) == _comments(text)
    assert _layout(once.content) == once


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_examples_are_in_canonical_layout(file: Path) -> None:
    assert _layout(file.read_bytes(), file.name) == Layout(content=file.read_bytes())


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_the_cases_keep_what_they_say(file: Path) -> None:
    content = file.read_bytes()
    once = _layout(content)
    before, after = parse(content, file="").tree, parse(once.content, file="").tree
    assert once.diagnostics == ()
    assert before is not None
    assert after is not None
    assert plain(after) == plain(before)
    assert _layout(once.content) == once


def test_keys_come_in_the_order_of_the_catalogue() -> None:
    backwards = [
        f"    {resource.name}:\n" + "".join(f"      {row.name}: x\n" for row in reversed(resource.fields))
        for resource in reversed(RESOURCES)
        if resource.name != "blueprint"
    ]
    forwards = [
        f"    {resource.name}:\n" + "".join(f"      {row.name}: x\n" for row in resource.fields)
        for resource in RESOURCES
        if resource.name != "blueprint"
    ]
    text = _formatted("courses:\n  - ignore: []\n" + "".join(backwards) + "    profiles: []\n    id: 1\n")
    expected = "courses:\n  - id: 1\n    profiles: []\n" + "".join(forwards) + "    ignore: []\n"
    assert text == expected


# Each with its reason as a name: what is written, and what becomes of it.
SHAPES = {
    "sections_and_the_keys_of_each_entry_are_ordered": (
        "policies:\n- enforce: true\n  name: p\n  select: {}\ncourses:\n- profiles: [b]\n  id: 1\n"
        "profiles:\n  z:\n    settings: {}\n    extends: [a]\n  a: {}\n",
        "profiles:\n  z:\n    extends: [a]\n    settings: {}\n  a: {}\ncourses:\n  - id: 1\n"
        "    profiles: [b]\npolicies:\n  - name: p\n    select: {}\n    enforce: true\n",
    ),
    "locks_and_rules_and_conditions_are_ordered": (
        "policies:\n  - select:\n      term: 1\n      account: 2\n    name: p\n    blueprint:\n"
        "      restrictions:\n        points: true\n        content: true\n    ignore:\n"
        "      - until: 2026-01-01\n        field: settings.*\n",
        "policies:\n  - name: p\n    select:\n      account: 2\n      term: 1\n    blueprint:\n"
        "      restrictions:\n        content: true\n        points: true\n    ignore:\n"
        "      - field: settings.*\n        until: 2026-01-01\n",
    ),
    "lists_are_two_columns_deeper_than_their_key": (
        "courses:\n- id: 1\n  ignore:\n  - settings.*\n-   id: 2\n",
        "courses:\n  - id: 1\n    ignore:\n      - settings.*\n  - id: 2\n",
    ),
    "a_dash_on_a_line_of_its_own_is_joined_with_its_first_key": (
        "courses:\n-\n    id: 1\n    profiles: [a]\n-\n\n    # two\n    id: 2\n",
        "courses:\n  - id: 1\n    profiles: [a]\n  # two\n  - id: 2\n",
    ),
    "a_dash_with_a_comment_or_an_anchor_keeps_its_line": (
        "courses:\n-   # one\n  id: 1\n- &two\n  profiles: []\n  id: 2\n",
        "courses:\n  - # one\n    id: 1\n  - &two\n    id: 2\n    profiles: []\n",
    ),
    "a_comment_moves_with_the_key_below_it_and_one_at_the_end_of_a_line_with_its_line": (
        "courses:\n  - settings: {}  # none\n    # who\n    # it is\n    id: 1   # number\n",
        "courses:\n  # who\n  # it is\n  - id: 1   # number\n    settings: {}  # none\n",
    ),
    "a_comment_that_goes_on_below_stays_below": (
        "courses:\n    - id: 1\n      attributes:\n          locale: en  # because\n"
        "                      # of that\n          name: A\n",
        "courses:\n  - id: 1\n    attributes:\n      name: A\n      locale: en  # because\n"
        "                  # of that\n",
    ),
    "a_comment_at_the_end_of_a_mapping_stays_at_its_end": (
        "courses:\n  - id: 1\n    attributes:\n      locale: en\n      name: A\n      # default_view: feed\n"
        "\n    # of the course\n  # two\n  - id: 2\n# the end\n",
        "courses:\n  - id: 1\n    attributes:\n      name: A\n      locale: en\n      # default_view: feed\n"
        "\n    # of the course\n  # two\n  - id: 2\n# the end\n",
    ),
    "a_comment_parted_from_the_first_key_stays_at_the_top": (
        "# About this file.\n\n# About courses.\ncourses:\n  - id: 1\n    settings:\n      # All of them.\n\n"
        "      hide_final_grades: true\n      allow_student_discussion_topics: true\nprofiles: {}\n",
        "# About this file.\n\nprofiles: {}\n# About courses.\ncourses:\n  - id: 1\n    settings:\n"
        "      # All of them.\n\n      allow_student_discussion_topics: true\n"
        "      hide_final_grades: true\n",
    ),
    "a_line_for_editors_stays_on_top": (
        "# yaml-language-server: $schema=s.json\n# About courses.\ncourses: []\nprofiles: {}\n",
        "# yaml-language-server: $schema=s.json\nprofiles: {}\n# About courses.\ncourses: []\n",
    ),
    "one_blank_line_is_kept_between_entries_and_none_before_the_first": (
        "\n\ncourses:\n\n  - id: 1\n\n\n\n  - id: 2\n    settings: {}\n\n    profiles: []\n\n\n",
        "courses:\n  - id: 1\n\n  - id: 2\n\n    profiles: []\n    settings: {}\n",
    ),
    "the_blank_line_stays_between_two_sections_that_change_places": (
        "courses: []\n\nprofiles: {}\n",
        "profiles: {}\n\ncourses: []\n",
    ),
    "what_marks_the_document_stays_around_it": (
        "# a\n%YAML 1.2\n---   \n\n\ncourses:\n- settings: {}\n  id: 1\n...  \n\n\n# b\n\n",
        "# a\n%YAML 1.2\n---\ncourses:\n  - id: 1\n    settings: {}\n...\n\n# b\n",
    ),
    "quotes_numbers_and_brackets_stay_as_written": (
        "courses:\n- 'settings' :   {home_page_announcement_limit: 0x10,   hide_final_grades:  'x' }\n"
        '  "id":   1e3\n',
        "courses:\n  - \"id\": 1e3\n    'settings': {home_page_announcement_limit: 0x10,"
        "   hide_final_grades:  'x' }\n",
    ),
    "brackets_over_several_lines_move_as_a_whole": (
        "courses:\n-   profiles:  [a,  \n                b # two\n\n    ]\n    id: 1\n",
        "courses:\n  - id: 1\n    profiles:  [a,\n                b # two\n\n    ]\n",
    ),
    "a_block_scalar_moves_as_a_whole_with_its_blanks": (
        "courses:\n-   attributes:\n        syllabus_body: |  # HTML\n            <p>  \n\n"
        "              # no comment\n"
        "            \t\n        name: >-\n           A\n            B\n\n\n    id: 1\n",
        "courses:\n  - id: 1\n\n    attributes:\n      name: >-\n        A\n         B\n"
        "      syllabus_body: |  # HTML\n        <p>  \n\n          # no comment\n        \t\n",
    ),
    "an_indentation_indicator_stays_true": (
        "courses:\n-   attributes:\n        name: |2\n            deeper\n          less\n    id: 1\n",
        "courses:\n  - id: 1\n    attributes:\n      name: |2\n          deeper\n        less\n",
    ),
    "blank_lines_that_are_kept_are_a_part_of_the_text": (
        "courses:\n- attributes:\n    locale: |+\n     a\n\n\n    name: x\n\n    time_zone: y\n  id: 1\n",
        "courses:\n  - id: 1\n    attributes:\n      name: x\n\n      time_zone: y\n      locale: |+\n"
        "        a\n\n\n",
    ),
    "a_text_over_several_lines_moves_as_a_whole": (
        'courses:\n-   attributes:\n        name: "a  \n            b \\\n   ... c"\n'
        "        course_code: plain\n           text  # end\n    id: 1\n",
        'courses:\n  - id: 1\n    attributes:\n      name: "a  \n          b \\\n ... c"\n'
        "      course_code: plain\n         text  # end\n",
    ),
    "a_value_below_its_key_stays_below": (
        "courses:\n-   attributes:\n        name:  # long\n\n             # really\n             A\n"
        "        locale:\n            |\n         b\n    id:\n          1\n",
        "courses:\n  - id:\n      1\n    attributes:\n      name:  # long\n        # really\n        A\n"
        "      locale:\n        |\n        b\n",
    ),
    "an_alias_stays_behind_its_anchor": (
        "courses:\n- settings: &s {hide_final_grades: true}\n  id: 1\n- id: 2\n  settings: *s\n"
        "- ignore: [&x settings.*]\n  id: 3\n  profiles: [*x]\n",
        "courses:\n  - id: 1\n    settings: &s {hide_final_grades: true}\n  - id: 2\n    settings: *s\n"
        "  - ignore: [&x settings.*]\n    id: 3\n    profiles: [*x]\n",
    ),
    "keys_do_not_move_over_an_anchor_that_is_declared_again": (
        "courses:\n- ignore: [&x settings.*, *x]\n  id: 1\n- ignore: [&x blueprint.*, *x]\n  id: 2\n",
        "courses:\n  - ignore: [&x settings.*, *x]\n    id: 1\n  - ignore: [&x blueprint.*, *x]\n    id: 2\n",
    ),
    "keys_behind_question_marks_stay_as_they_are": (
        "courses:\n- ? settings\n  : {}\n  ? id\n  : 1\n",
        "courses:\n  - ? settings\n    : {}\n    ? id\n    : 1\n",
    ),
    "an_anchor_on_a_line_of_its_own_keeps_its_block_as_it_is": (
        "courses:\n    &all\n    -   profiles: []\n        id: 1\n",
        "courses:\n  &all\n  -   profiles: []\n      id: 1\n",
    ),
    "a_tag_keeps_its_place": (
        "courses: !!seq\n- !!map\n  profiles: []\n  id: !!str 1\n",
        "courses: !!seq\n  - !!map\n    id: !!str 1\n    profiles: []\n",
    ),
    "a_document_in_brackets_loses_blanks_alone": (
        "# a\n\n\n{courses: [  \n\n\n  {settings: {}, id: 1}]}  \n\n\n# b  \n",
        "# a\n\n{courses: [\n\n\n  {settings: {}, id: 1}]}\n\n# b\n",
    ),
    "what_only_the_exact_parser_reads_is_laid_out_as_well": (
        "courses:\n- {id: sis_course_id:X}\n- settings: {}\n  id: 1\n",
        "courses:\n  - {id: sis_course_id:X}\n  - id: 1\n    settings: {}\n",
    ),
    "windows_line_ends_are_kept_where_all_are_such": ("courses:\r\n- id: 1\r\n", "courses:\r\n  - id: 1\r\n"),
    "other_line_ends_become_plain_ones": (
        "courses:\r\n- id: 1\r- id: 2\n",
        "courses:\n  - id: 1\n  - id: 2\n",
    ),
    "a_byte_order_mark_is_dropped": ("\ufeffcourses: []\n", "courses: []\n"),
    "a_missing_line_break_at_the_end_is_added": ("courses: []", "courses: []\n"),
    "a_text_whose_last_line_break_is_missing_stays_without": (
        "courses:\n- id: 1\n  attributes:\n    name: |\n      A",
        "courses:\n  - id: 1\n    attributes:\n      name: |\n        A",
    ),
    "a_file_of_comments_stays_as_it_is": ("\n\n# nothing\n", "\n\n# nothing\n"),
}


@pytest.mark.parametrize(("written", "wanted"), SHAPES.values(), ids=SHAPES)
def test_the_layout_of_every_shape(written: str, wanted: str) -> None:
    assert _formatted(written) == wanted
    assert _formatted(wanted) == wanted


def test_the_project_file_has_an_order_of_its_own() -> None:
    written = b"environments:\n  beta:\n    account: 1\n    url: https://b.example\nmanifests: [a]\n"
    wanted = b"manifests: [a]\nenvironments:\n  beta:\n    url: https://b.example\n    account: 1\n"
    assert _layout(written, "coursesync.yaml") == Layout(content=wanted)


BROKEN = {
    "not YAML": ("courses: [\n", "yaml-syntax"),
    "a key twice": ("courses:\n- id: 1\n  id: 2\n", "duplicate-key"),
    "a key that is none": ("courses:\n- id: 1\n  attributs: {}\n", "unknown-key"),
    "a field in the wrong group": ("courses:\n- id: 1\n  settings: {name: A}\n", "wrong-group"),
    "a mapping where a list should be": ("courses: {id: 1}\n", "wrong-type"),
    "nothing where a mapping should be": ("courses:\n- id: 1\n  settings:\n", "wrong-type"),
    "a feature that is not accepted": ("courses:\n- <<: {}\n  id: 1\n", "yaml-feature"),
    "no text": ("courses: []\n\udcff", "unreadable-file"),
}


@pytest.mark.parametrize(("written", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_shown_and_stays_as_it_is(written: str, code: str) -> None:
    content = written.encode("utf-8", "surrogateescape")
    laid = _layout(content)
    assert [item.code for item in laid.diagnostics] == [code]
    assert laid.content == content


def test_a_value_that_is_wrong_is_no_matter_of_layout() -> None:
    written = "courses:\n- attributes:\n    name: 0x1\n    start_at: ${day}\n  id: no id\n"
    assert _formatted(written).startswith("courses:\n  - id: no id\n    attributes:")


def test_what_would_say_something_else_is_left_alone() -> None:
    """A block scalar without its last line break ends without one; only at the end of a file can it be so."""
    content = b"courses:\n- id: 1\nprofiles:\n  a:\n    attributes:\n      name: |\n        A"
    laid = _layout(content)
    assert laid.content == content
    (found,) = laid.diagnostics
    assert (found.code, found.severity, found.hint) == (
        "left-alone",
        "error",
        "End the file with a line break.",
    )
