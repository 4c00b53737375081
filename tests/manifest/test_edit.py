"""Values written into manifests: only they change, in the style of what stood there, or nothing does."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position, Severity
from coursesync.manifest.edit.file import Edited, Setting, edited
from coursesync.manifest.yaml import Listed, Mapped, Tree, parse

NAME, CODE, TEXT, HTML = (
    "attributes.name",
    "attributes.course_code",
    "attributes.public_description",
    "attributes.syllabus_body",
)
LOCKS, BY_TYPE = "blueprint.restrictions", "blueprint.restrictions_by_object_type"
FILE = "courses.yaml"

# The number of a course entry or the name of a profile, a field, its value, and the field it replaces.
Ask = tuple[int | str, str, Value] | tuple[int | str, str, Value, str]


def owner(text: str, which: int | str) -> Position:
    """Find an entry without the code under test."""
    tree = parse(text.removeprefix("\ufeff").encode(), file=FILE).tree
    if isinstance(which, str):
        return next(pair.position for pair in entries(below(tree, "profiles")) if pair.key == which)
    courses = below(tree, "courses")
    assert isinstance(courses, Listed)
    return next(pair.position for pair in entries(courses.items[which]) if pair.key == "id")


def below(tree: Tree | None, key: str) -> Tree:
    return next(pair.value for pair in entries(tree) if pair.key == key)


def entries(tree: Tree | None) -> tuple:  # type: ignore[type-arg]
    assert isinstance(tree, Mapped)
    return tree.entries


def edit(text: str, *asked: Ask) -> Edited:
    settings = [
        Setting(owner=owner(text, which), field=field, value=value, replaces=rest[0] if rest else None)
        for which, field, value, *rest in asked
    ]
    return edited(text.encode(), settings, file=FILE)


def after(text: str, *asked: Ask) -> str:
    done = edit(text, *asked)
    refused = [outcome for outcome in done.outcomes if isinstance(outcome, Diagnostic)]
    assert refused == []
    return done.content.decode()


def refusal(text: str, *asked: Ask) -> Diagnostic:
    done = edit(text, *asked)
    (found,) = [outcome for outcome in done.outcomes if isinstance(outcome, Diagnostic)]
    assert found.severity is Severity.ERROR
    assert found.hint
    return found


ONE = "courses:\n  - id: 1\n    attributes:\n      name: {old}\n"


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        pytest.param("Biology", "Genetics", "Genetics", id="plain"),
        pytest.param("Biology # why", "Genetics", "Genetics # why", id="a comment behind"),
        pytest.param("Biology\t# why", "Genetics", "Genetics\t# why", id="a tab before the comment"),
        pytest.param("Biology   ", "Genetics", "Genetics   ", id="blanks behind"),
        pytest.param("'Biology'", "It's", "'It''s'", id="single quotes"),
        pytest.param("'Biology'", "one\ttwo", "'one\ttwo'", id="a tab in single quotes"),
        pytest.param('"Biology"', 'A "b" \\ c', '"A \\"b\\" \\\\ c"', id="double quotes"),
        pytest.param('"Biology"', "Ökologie 🌱", '"Ökologie 🌱"', id="unicode in double quotes"),
        pytest.param("Biology", "Ökologie 🌱", "Ökologie 🌱", id="unicode"),
        pytest.param("Ökologie 🌱 # 🌱", "B", "B # 🌱", id="characters of four bytes before the end"),
        pytest.param("Biology", "a: b", "'a: b'", id="text that needs quotes"),
        pytest.param("Biology", "a #b", "'a #b'", id="text like a comment"),
        pytest.param("Biology", "1234", "'1234'", id="text like a number"),
        pytest.param("Biology", "true", "'true'", id="text like a boolean"),
        pytest.param("Biology", "null", "'null'", id="text like null"),
        pytest.param("Biology", "*b", "'*b'", id="text like an alias"),
        pytest.param("Biology", "costs ${5}", "costs $${5}", id="text like a variable"),
        pytest.param("'Biology'", "costs ${5}", "'costs $${5}'", id="text like a variable, quoted"),
        pytest.param("Biology\n        and more", "Genetics", "Genetics", id="plain over two lines"),
        pytest.param("'Bio\n\n        logy' # x", "Genetics", "'Genetics' # x", id="quoted over lines"),
        pytest.param("\n        Biology # x", "Genetics", "\n        Genetics # x", id="on the next line"),
        pytest.param("&a Biology", "Genetics", "&a Genetics", id="an anchor nobody uses"),
        pytest.param("!!str Biology # x", "Genetics", "Genetics # x", id="a tag"),
        pytest.param("&a !!str Biology", "Genetics", "&a Genetics", id="an anchor and a tag"),
        pytest.param("!!str &a 'Biology'", "Genetics", "&a 'Genetics'", id="a tag and an anchor"),
        pytest.param("|-\n        Biology", "Genetics", "|-\n        Genetics", id="a block of one line"),
        pytest.param(">-  # x\n       Biology", "B", "|-  # x\n       B", id="a folded block with a comment"),
        pytest.param("|\n        Biology\n", "B", "|-\n        B\n", id="a block with an end of its own"),
    ],
)
def test_a_value_keeps_the_style_of_the_one_it_replaces(old: str, value: str, new: str) -> None:
    assert after(ONE.format(old=old), (0, NAME, value)) == ONE.format(old=new)


@pytest.mark.parametrize(
    ("field", "old", "value", "new"),
    [
        pytest.param("attributes.is_public", "true", False, "false", id="boolean"),
        pytest.param("attributes.is_public", "TRUE # x", None, "null # x", id="null"),
        pytest.param("attributes.is_public", "~", True, "true", id="from null"),
        pytest.param("settings.home_page_announcement_limit", "3", 12, "12", id="number"),
        pytest.param("settings.default_due_time", '"22:00"', "23:59:00", '"23:59:00"', id="time of day"),
        pytest.param("settings.course_color", '"#fff"', "#0055a4", '"#0055a4"', id="colour"),
        pytest.param("settings.course_color", "null", "#0055a4", "'#0055a4'", id="a first colour"),
        pytest.param(
            "attributes.start_at",
            "2026-08-24T00:00:00-06:00",
            "2026-08-25T06:00:00Z",
            "2026-08-25T06:00:00Z",
            id="instant",
        ),
        pytest.param("attributes.enrollment_term_id", "sis_term_id:A", 7, "7", id="reference by number"),
        pytest.param(
            "attributes.enrollment_term_id", "7", "sis_term_id:B", "sis_term_id:B", id="reference by SIS id"
        ),
        pytest.param("attributes.enrollment_term_id", '"sis_term_id:A"', 7, "7", id="a number in no quotes"),
        pytest.param("attributes.license", "'private'", "cc_by", "'cc_by'", id="choice"),
        pytest.param("attributes.locale", "de", "en-GB", "en-GB", id="language"),
        pytest.param("attributes.locale", "de", None, "null", id="no language"),
        pytest.param("attributes.image_id", "null", 44, "44", id="image"),
    ],
)
def test_values_of_every_type_are_written(field: str, old: str, value: Value, new: str) -> None:
    group, name = field.split(".")
    text = f"courses:\n  - id: 1\n    {group}:\n      {name}: {{}} # kept\n"
    assert after(text.format(old), (0, field, value)) == text.format(new)


BLOCK = "courses:\n- id: 1\n  attributes:\n    public_description: {old}\n    # next\n    is_public: true\n"


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        pytest.param("|\n      a\n      b", "c\n\n d\n", "|\n      c\n\n       d", id="literal"),
        pytest.param("|\n       a", "c\nd\n", "|\n       c\n       d", id="its own indentation"),
        pytest.param("|2\n      a", "c\nd\n", "|\n      c\n      d", id="a number in the header"),
        pytest.param("|-\n      a\n", "c\nd\n", "|\n      c\n      d\n", id="another end"),
        pytest.param("|\n      a\n\n\n", "c\nd", "|-\n      c\n      d\n\n\n", id="blank lines behind"),
        pytest.param("|+ # x\n      a\n", "c\nd\n", "| # x\n      c\n      d", id="kept line ends"),
        pytest.param(">\n      a\n      b", "c\nd\n", "|\n      c\n      d", id="folded"),
        pytest.param("|\n      a\n      b", None, "null", id="to null"),
        pytest.param("|  # x\n      a\n      b", None, "null  # x", id="to null beside a comment"),
        pytest.param("&a |\n      a", "c\nd\n", "&a |\n      c\n      d", id="behind an anchor"),
        pytest.param("a # x", "c\nd\n", "| # x\n      c\n      d", id="plain text grows lines"),
        pytest.param("'a'", "c\nd\n", "|\n      c\n      d", id="single quotes cannot hold lines"),
        pytest.param('"a"', "c\nd\n", '"c\\nd\\n"', id="double quotes can"),
        pytest.param("|\n      a", "  c\nd", "|2-\n        c\n      d", id="a first line further in"),
        pytest.param("|\n      a", "c\u2028d\ne", '"c\\Ld\\ne"', id="line ends that are none"),
        pytest.param("|\n      a", "${x}\nb", "|-\n      $${x}\n      b", id="like a variable"),
        pytest.param("|\n      a", "# a\n\tb", "|-\n      # a\n      \tb", id="like a comment, and a tab"),
    ],
)
def test_a_text_of_several_lines_is_a_block(old: str, value: Value, new: str) -> None:
    assert after(BLOCK.format(old=old), (0, TEXT, value)) == BLOCK.format(old=new)


def test_a_block_of_html_keeps_its_header_where_that_changes_no_meaning() -> None:
    text = "courses:\n  - id: 1\n    attributes:\n      syllabus_body: |\n        <p>a</p>\n"
    assert after(text, (0, HTML, "<p>b</p>")) == text.replace("a</", "b</")


def test_a_block_at_the_end_of_a_file_without_newline() -> None:
    text = "courses:\n  - id: 1\n    attributes:\n      public_description: |-\n        a"
    assert after(text, (0, TEXT, "b\nc")) == text[:-1] + "b\n        c"
    assert after(text, (0, TEXT, "b\nc\n")) == text[:-1].replace("|-", "|") + "b\n        c\n"


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        pytest.param(
            "courses: [{id: x, attributes: {name: y}}]".replace("x", "1"),
            (0, NAME, "a, b"),
            "courses: [{id: 1, attributes: {name: 'a, b'}}]",
            id="one line",
        ),
        pytest.param(
            "courses: [{id: 1, attributes: {name: 'y' }} ] # c\n",
            (0, CODE, "Z"),
            "courses: [{id: 1, attributes: {name: 'y', course_code: Z }} ] # c\n",
            id="a key more",
        ),
        pytest.param(
            "courses: [{id: 1, attributes: {is_public: true}}]",
            (0, NAME, "Z"),
            "courses: [{id: 1, attributes: {name: Z, is_public: true}}]",
            id="a key before",
        ),
        pytest.param(
            "courses: [{id: 1}, {id: 2}]",
            (0, "settings.hide_final_grades", True),
            "courses: [{id: 1, settings: {hide_final_grades: true}}, {id: 2}]",
            id="a group more",
        ),
        pytest.param(
            '{"courses": [{"id": 1, "attributes": {"name": "y"}}]}\n',
            (0, CODE, "Z"),
            '{"courses": [{"id": 1, "attributes": {"name": "y", "course_code": Z}}]}\n',
            id="like JSON",
        ),
        pytest.param(
            "courses: [{id: 1, attributes: {}}]",
            (0, NAME, "Z"),
            "courses: [{id: 1, attributes: {name: Z}}]",
            id="an empty group",
        ),
        pytest.param(
            "courses:\n- {id: 1, attributes: {name: a,\n   # c\n   is_public: true,\n  }}\n",
            (0, CODE, "Z"),
            "courses:\n- {id: 1, attributes: {name: a, course_code: Z,\n   # c\n   is_public: true,\n  }}\n",
            id="over lines",
        ),
        pytest.param(
            "courses: [{id: 1, attributes: {name: y}}]",
            (0, "attributes.start_at", "2026-08-24T06:00:00Z"),
            'courses: [{id: 1, attributes: {name: y, start_at: "2026-08-24T06:00:00Z"}}]',
            id="a colon is quoted",
        ),
        pytest.param(
            "courses: [{id: 1, attributes: {start_at: 2026-08-24T06:00:00Z}}]",
            (0, "attributes.start_at", "2027-08-24T06:00:00Z"),
            "courses: [{id: 1, attributes: {start_at: 2027-08-24T06:00:00Z}}]",
            id="a colon as before",
        ),
        pytest.param(
            "courses:\n- id: 1\n  attributes: {name: y} # c\n",
            (0, TEXT, "a\nb"),
            'courses:\n- id: 1\n  attributes: {name: y, public_description: "a\\nb"} # c\n',
            id="several lines",
        ),
    ],
)
def test_between_braces_all_stays_between_braces(text: str, asked: Ask, expected: str) -> None:
    assert after(text, asked) == expected


def lines_added(text: str, *asked: Ask) -> list[str]:
    """Return what is added; nothing else may differ."""
    new = after(text, *asked)
    compared = list(difflib.ndiff(text.splitlines(), new.splitlines()))
    assert not [line for line in compared if line.startswith("- ")]
    return [line[2:] for line in compared if line.startswith("+ ")]


COMMENTED = """\
# top
courses: # all of them

  # the first
  - id: sis_course_id:BIO-101   # one
    # its profiles
    profiles: [online]
    # its settings
    settings:
      # hidden
      hide_final_grades: true   # why

      # the end of the first

  # the second
  - id: 2

# bottom
"""


def test_a_key_is_added_in_the_order_of_the_catalogue_with_the_indentation_of_the_file() -> None:
    added = "settings.hide_distribution_graphs"
    assert lines_added(COMMENTED, (0, added, True)) == ["      hide_distribution_graphs: true"]
    new = after(COMMENTED, (0, added, True), (0, "settings.allow_student_discussion_topics", False))
    assert new == COMMENTED.replace(
        "      # hidden\n      hide_final_grades: true   # why\n",
        "      # hidden\n      allow_student_discussion_topics: false\n"
        "      hide_final_grades: true   # why\n      hide_distribution_graphs: true\n",
    )


def test_a_group_is_added_where_it_belongs() -> None:
    new = after(COMMENTED, (0, NAME, "B"), (0, "blueprint.enabled", False), (1, CODE, "C"), (1, NAME, "N"))
    expected = COMMENTED.replace("[online]\n", "[online]\n    attributes:\n      name: B\n")
    expected = expected.replace("# why\n", "# why\n    blueprint:\n      enabled: false\n")
    expected = expected.replace(
        "- id: 2\n", "- id: 2\n    attributes:\n      name: N\n      course_code: C\n"
    )
    assert new == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "courses:\n- id: 1\n", "courses:\n- id: 1\n  attributes:\n    name: B\n", id="list not indented"
        ),
        pytest.param(
            "courses:\n    -   id: 1\n        settings:\n            hide_final_grades: true\n",
            "courses:\n    -   id: 1\n        attributes:\n            name: B\n"
            "        settings:\n            hide_final_grades: true\n",
            id="four columns",
        ),
        pytest.param(
            "courses:\n  - id: 1", "courses:\n  - id: 1\n    attributes:\n      name: B", id="no last newline"
        ),
        pytest.param(
            "courses:\n  - attributes:\n      is_public: true\n    id: 1\n",
            "courses:\n  - attributes:\n      name: B\n      is_public: true\n    id: 1\n",
            id="the id at the end",
        ),
        pytest.param(
            "courses:\n  - ignore: [settings.*]\n    id: 1\n",
            "courses:\n  - ignore: [settings.*]\n    id: 1\n    attributes:\n      name: B\n",
            id="a strange order of keys",
        ),
        pytest.param(
            "courses:\n  -\n    id: 1\n    profiles: []\n",
            "courses:\n  -\n    id: 1\n    profiles: []\n    attributes:\n      name: B\n",
            id="a dash of its own",
        ),
        pytest.param(
            "---\ncourses:\n  - id: 1\n...\n",
            "---\ncourses:\n  - id: 1\n    attributes:\n      name: B\n...\n",
            id="a document with an end",
        ),
        pytest.param(
            "courses:\n  - &c\n    id: 1\n    attributes: &a\n      is_public: true\n",
            "courses:\n  - &c\n    id: 1\n    attributes: &a\n      name: B\n      is_public: true\n",
            id="anchors nobody uses",
        ),
        pytest.param(
            "courses:\n  - id: 1\n    settings: {hide_final_grades: true}\n  - id: 2\n",
            "courses:\n  - id: 1\n    attributes:\n      name: B\n"
            "    settings: {hide_final_grades: true}\n  - id: 2\n",
            id="beside braces",
        ),
    ],
)
def test_a_missing_key_finds_its_place(text: str, expected: str) -> None:
    assert after(text, (0, NAME, "B")) == expected


def test_a_key_goes_behind_a_block_and_its_kept_line_ends() -> None:
    text = (
        "courses:\n- id: 1\n  attributes:\n    public_description: |{}\n      a\n\n"
        "    # c\n    self_enrollment: true\n"
    )
    for chomp in ("", "-"):
        new = after(text.format(chomp), (0, "attributes.course_format", "online"))
        assert new == text.format(chomp).replace("      a\n", "      a\n    course_format: online\n")
    kept = after(text.format("+"), (0, "attributes.course_format", "online"))
    assert kept == text.format("+").replace("      a\n\n", "      a\n\n    course_format: online\n")


def test_a_block_is_added_with_the_step_of_the_file() -> None:
    text = "courses:\n   - id: 1\n     attributes:\n        name: B\n"
    assert after(text, (0, TEXT, "a\n\nb\n")) == (
        text + "        public_description: |\n           a\n\n           b\n"
    )


def test_several_values_and_keys_of_several_entries_at_once() -> None:
    text = (
        "profiles:\n  p:\n    attributes: {name: P}\ncourses:\n"
        "  - id: 1\n    attributes:\n      name: A\n  - id: 2\n    attributes:\n      name: A\n"
    )
    new = after(text, (1, NAME, "B"), ("p", NAME, "Q"), (0, CODE, "C"), (1, CODE, "D"))
    assert new == (
        "profiles:\n  p:\n    attributes: {name: Q}\ncourses:\n"
        "  - id: 1\n    attributes:\n      name: A\n      course_code: C\n"
        "  - id: 2\n    attributes:\n      name: B\n      course_code: D\n"
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["no BOM", "BOM"])
def test_line_ends_and_byte_order_mark_stay(bom: str, newline: str) -> None:
    text = (bom + COMMENTED).replace("\n", newline)
    new = after(text, (0, NAME, "B"), (0, TEXT, "a\nb\n"), (0, "settings.hide_final_grades", False))
    expected = COMMENTED.replace(
        "[online]\n",
        "[online]\n    attributes:\n      name: B\n      public_description: |\n        a\n        b\n",
    ).replace("hide_final_grades: true", "hide_final_grades: false")
    assert new == (bom + expected).replace("\n", newline)


def test_a_block_keeps_the_line_ends_of_its_file() -> None:
    text = "courses:\r\n- id: 1\r\n  attributes:\r\n    public_description: |\r\n      a\r\n\r\n"
    assert after(text, (0, TEXT, "b\nc\n")) == text.replace("      a\r\n", "      b\r\n      c\r\n")


def test_the_place_of_each_key_afterwards_is_told() -> None:
    done = edit(COMMENTED, (1, NAME, "N"), (0, NAME, "B"), (0, "settings.hide_final_grades", False))
    assert [str(outcome) for outcome in done.outcomes] == [
        "courses.yaml:20:7",
        "courses.yaml:9:7",
        "courses.yaml:13:7",
    ]


MAP = "courses:\n  - id: 1\n    blueprint:\n      enabled: true\n      restrictions: {old}\n"


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("{content: true, points: true}", {"content": True}, "{content: true, points: false}"),
        ("{content: true}", {"content": True, "points": True}, "{content: true, points: true}"),
        ("{ points: true } # c", {"content": True}, "{ content: true, points: false } # c"),
        ("{}", {"points": True, "due_dates": True}, "{points: true, due_dates: true}"),
        ("{content: true}", {}, "{content: false}"),
        (
            "\n        # c\n        content: true # d\n        points: false",
            {"points": True, "settings": True},
            "\n        # c\n        content: false # d\n        points: true\n        settings: true",
        ),
        ("&r {content: true}", {"points": True}, "&r {content: false, points: true}"),
    ],
)
def test_a_map_of_locks_is_changed_key_by_key(old: str, value: Value, new: str) -> None:
    assert after(MAP.format(old=old), (0, LOCKS, value)) == MAP.format(old=new)


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        (
            "{assignment: {content: true}, quiz: {points: true}}",
            {"assignment": {"points": True}, "wiki_page": {"content": True}},
            "{assignment: {content: false, points: true}, quiz: {points: false}, wiki_page: {content: true}}",
        ),
        (
            "\n        quiz: # c\n          points: true\n        wiki_page: {content: true}",
            {"assignment": {"points": True}, "wiki_page": {"content": True}},
            "\n        assignment: {points: true}\n        quiz: # c\n          points: false"
            "\n        wiki_page: {content: true}",
        ),
    ],
)
def test_locks_by_type_are_changed_key_by_key(old: str, value: Value, new: str) -> None:
    text = MAP.replace("restrictions:", "restrictions_by_object_type:")
    assert after(text.format(old=old), (0, BY_TYPE, value)) == text.format(old=new)


def test_an_alias_inside_a_map_is_replaced_only_where_it_says_something_else() -> None:
    text = "profiles:\n  p: {blueprint: {restrictions: &r {content: true, points: &t true}}}\n"
    text += MAP.format(old="{content: true, points: *t, due_dates: *t}")
    new = after(text, (0, LOCKS, {"content": True, "points": True}))
    assert new == text.replace("due_dates: *t", "due_dates: false")


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("{content: true} # c", {"quiz": {"points": True}}, "{quiz: {points: true}} # c"),
        ("\n        content: true", {"quiz": {"points": True}}, "\n        quiz: {points: true}"),
        ("\n        content: true", {}, "\n        {}"),
    ],
)
def test_the_map_of_one_mode_gives_way_to_that_of_the_other(old: str, value: Value, new: str) -> None:
    expected = MAP.replace("restrictions", "restrictions_by_object_type").format(old=new)
    assert after(MAP.format(old=old), (0, BY_TYPE, value, LOCKS)) == expected
    other = expected.replace(new, "{quiz: {points: true}}")
    back = other.replace("_by_object_type", "").replace("{quiz: {points: true}}", "{content: true}")
    assert after(other, (0, LOCKS, {"content": True}, BY_TYPE)) == back


def test_a_map_with_comments_does_not_give_way() -> None:
    old = "\n        content: true # c\n        points: true"
    found = refusal(MAP.format(old=old), (0, BY_TYPE, {"quiz": {"points": True}}, LOCKS))
    assert "comments inside" in found.detail
    assert str(found.position) == "courses.yaml:6:9"


def test_an_alias_is_replaced_by_the_value_and_what_it_meant_stays() -> None:
    text = "profiles:\n  p:\n    attributes:\n      name: &n Biology\n" + ONE.format(old="*n # c")
    assert after(text, (0, NAME, "B")) == text.replace("*n", "B")
    text = "profiles:\n  p: {blueprint: {restrictions: &r {content: true}}}\n" + MAP.format(old="*r")
    assert after(text, (0, LOCKS, {"points": True})) == text.replace("*r", "{points: true}")


@pytest.mark.parametrize(
    ("text", "which", "place", "words"),
    [
        pytest.param(
            "profiles:\n  p:\n    attributes:\n      name: &n Biology\n" + ONE.format(old="*n"),
            "p",
            "4:13",
            "&n",
            id="a value used elsewhere",
        ),
        pytest.param(
            "profiles:\n  p:\n    attributes: &a\n      name: Biology\n  q:\n    attributes: *a\n",
            "p",
            "4:13",
            "&a",
            id="a group used elsewhere",
        ),
        pytest.param(
            "profiles:\n  p: &p\n    attributes:\n      name: Biology\n  q: *p\n",
            "p",
            "4:13",
            "&p",
            id="a profile used elsewhere",
        ),
        pytest.param(
            "profiles:\n  p:\n    attributes: &a\n      name: Biology\n  q:\n    attributes: *a\n",
            "q",
            "6:17",
            "*a",
            id="a group written elsewhere",
        ),
        pytest.param(
            "profiles:\n  p:\n    settings: &a\n      hide_final_grades: true\n"
            "  q:\n    attributes: &b {name: B}\n    settings: *a\n"
            "courses:\n  - id: 1\n    settings: *a\n    attributes: *b\n",
            0,
            "11:17",
            "*b",
            id="a group of an entry written elsewhere",
        ),
        pytest.param(ONE.format(old="Biology").replace("name:", "name: &x"), 0, "", "", id="none"),
    ],
)
def test_what_is_used_elsewhere_is_left_alone(text: str, which: int | str, place: str, words: str) -> None:
    if not words:
        assert after(text, (which, NAME, "B")) == text.replace("Biology", "B")
        return
    done = edit(text, (which, NAME, "New"))
    assert done.content.decode() == text
    found = refusal(text, (which, NAME, "New"))
    assert str(found.position) == f"courses.yaml:{place}"
    assert words in found.detail


def test_an_anchor_inside_a_map_that_gives_way_is_kept_for_its_other_users() -> None:
    text = MAP.format(old="{content: &t true}") + "  - id: 2\n    attributes: {is_public: *t}\n"
    found = refusal(text, (0, BY_TYPE, {"quiz": {"points": True}}, LOCKS))
    assert "&t" in found.detail


@pytest.mark.parametrize(
    ("old", "value", "words", "hint"),
    [
        pytest.param("{file: content/x.md}", "<p>b</p>", "Markdown", "Edit content/x.md", id="markdown"),
        pytest.param(
            "{file: x.html}", "<p>b</p>", "file of its own", "Add --into-files to write x.html", id="html"
        ),
        pytest.param("\n        file: x.html", "<p>b</p>", "file of its own", "--into-files", id="block"),
    ],
)
def test_a_text_in_a_file_of_its_own_is_left_alone(old: str, value: str, words: str, hint: str) -> None:
    text = ONE.replace("name", "syllabus_body").format(old=old)
    found = refusal(text, (0, HTML, value))
    assert words in found.detail
    assert hint in found.hint
    assert edit(text, (0, HTML, value)).content.decode() == text


@pytest.mark.parametrize("old", ["${banner}", "'The ${banner}'", "|\n        The ${banner}\n"])
def test_a_value_from_a_variable_is_left_alone(old: str) -> None:
    found = refusal(ONE.format(old=old), (0, NAME, "B"))
    assert "variable" in found.detail
    assert found.position is not None
    assert (found.position.line, found.position.column) == (4, 13)


def test_an_escaped_variable_is_only_text() -> None:
    assert after(ONE.format(old="$${banner}"), (0, NAME, "B")) == ONE.format(old="B")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("attributes.license", "all_rights", "cc_by"),
        ("attributes.name", None, "cannot be null"),
        ("attributes.grading_standard_id", 0, "below 1"),
        ("settings.hide_final_grades", None, "declare false"),
        ("attributes.name", "x" * 300, "255"),
    ],
)
def test_a_value_that_cannot_be_declared_is_left_alone(field: str, value: Value, words: str) -> None:
    found = refusal("courses:\n  - id: 1\n", (0, field, value))
    assert "cannot be declared as Canvas has it" in found.detail
    assert words in found.detail
    assert str(found.position) == "courses.yaml:2:5"


def test_what_is_left_alone_stops_nothing_else() -> None:
    text = ONE.format(old="${banner}")
    done = edit(text, (0, NAME, "B"), (0, CODE, "C"), (0, "attributes.license", "none"))
    assert done.content.decode() == text + "      course_code: C\n"
    assert [isinstance(outcome, Diagnostic) for outcome in done.outcomes] == [True, False, True]


def test_an_entry_that_is_not_where_it_was_is_left_alone() -> None:
    text = ONE.format(old="B")
    lost = Setting(owner=Position(file=FILE, line=9, column=1), field=NAME, value="C")
    done = edited(text.encode(), [lost], file=FILE)
    assert done.content.decode() == text
    (found,) = done.outcomes
    assert isinstance(found, Diagnostic)
    assert "cannot be edited safely" in found.detail


def test_keys_that_look_alike_in_other_entries_are_not_touched(tmp_path: Path) -> None:
    text = "courses:\n" + "".join(
        f"  - id: {number}\n    attributes:\n      name: name\n      course_code: name # name: name\n"
        for number in range(1, 30)
    )
    new = after(text, (13, NAME, "B"))
    assert sum(one != other for one, other in zip(text.splitlines(), new.splitlines(), strict=True)) == 1
    assert new.splitlines()[1 + 13 * 4 + 2] == "      name: B"


def test_editing_twice_is_editing_once() -> None:
    asked: tuple[Ask, ...] = ((0, NAME, "B"), (0, TEXT, "a\nb"), (0, "settings.hide_final_grades", False))
    once = after(COMMENTED, *asked)
    assert after(once, *asked) == once


def test_a_block_that_ends_a_file_without_newline_is_not_given_one() -> None:
    """The key could only go behind it, and the line break before the key would belong to the block."""
    text = "courses:\n  - id: 1\n    attributes:\n      name: |\n        a"
    found = refusal(text, (0, CODE, "C"))
    assert "cannot be edited safely" in found.detail
    assert edit(text, (0, CODE, "C")).content.decode() == text
