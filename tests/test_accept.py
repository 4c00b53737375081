"""What is accepted goes to the layer that decides, keeps its form, and leaves a plan nothing to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from coursesync.diagnostics import Severity
from coursesync.manifest.edit.disk import unified
from coursesync.workflow import Scope
from coursesync.workflow.accept import Acceptance, save_acceptance
from tests.accepting import Desk, changed_lines

ONE, TWO, THREE = 9001, 9002, 9003


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three courses of account 3, of which nobody says anything yet."""
    desk = Desk(root=tmp_path)
    for number, code in ((ONE, "BIO-1"), (TWO, "BIO-2"), (THREE, "CHEM-1")):
        desk.sandbox.add_course(
            id=number, name=code, course_code=code, sis_source_id=code, account_id=3, default_view="feed"
        )
    return desk


def said(done: Acceptance) -> list[str]:
    assert all(item.severity is Severity.ERROR and item.hint for item in done.refused)
    return [f"{item.position}: {item.detail}" for item in done.refused]


def into(done: Acceptance) -> dict[tuple[int, str], str]:
    return {(item.id, item.field): item.into for item in done.accepted}


def test_the_value_of_a_course_is_replaced_where_it_stands(desk: Desk) -> None:
    desk.write(f"courses:\n  - id: {ONE}\n    attributes:\n      default_view: modules # why\n")
    done = desk.accepted()
    assert desk.text() == f"courses:\n  - id: {ONE}\n    attributes:\n      default_view: feed # why\n"
    (item,) = done.accepted
    assert (item.course, item.field, item.before, item.after) == (
        str(ONE),
        "attributes.default_view",
        "modules",
        "feed",
    )
    assert (item.into, item.file, item.line, item.name) == ("course", "courses.yaml", 4, "BIO-1")


def test_a_value_of_a_profile_is_overridden_in_the_entry(desk: Desk) -> None:
    text = (
        "profiles:\n  p:\n    attributes:\n      default_view: modules\n"
        f"courses:\n  - id: {ONE}\n    profiles: [p]\n  - id: {TWO}\n    profiles: [p]\n"
    )
    desk.write(text)
    desk.accepted(target=("BIO-1",))
    assert desk.text() == text.replace("[p]\n  -", "[p]\n    attributes:\n      default_view: feed\n  -")
    assert desk.left() == {TWO: ["attributes.default_view"]}


def test_a_value_of_a_policy_is_overridden_in_the_entry_and_the_policy_stays(desk: Desk) -> None:
    text = (
        "policies:\n  - name: all\n    select: {account: 3, sis_course_id: BIO-1}\n"
        "    attributes: {default_view: modules}\n"
        f"courses:\n  - id: {ONE}\n"
    )
    desk.write(text)
    desk.accepted()
    assert desk.text() == f"{text}    attributes:\n      default_view: feed\n"


POLICY = (
    "policies:\n  - name: all\n    select: {account: 3, sis_course_id: 'BIO-?'}\n"
    "    attributes: {default_view: modules}\n"
)


def test_a_course_known_through_a_policy_gets_an_entry_in_a_file_of_its_own(desk: Desk) -> None:
    desk.write(POLICY, "policy.yaml")
    done = desk.accepted()
    assert desk.text("policy.yaml") == POLICY
    assert desk.text("courses/BIO-1.yaml") == (
        "courses:\n  - id: sis_course_id:BIO-1\n    attributes:\n      default_view: feed\n"
    )
    assert sorted(path.name for path in desk.root.joinpath("courses").iterdir()) == [
        "BIO-1.yaml",
        "BIO-2.yaml",
    ]
    assert into(done)[TWO, "attributes.default_view"] == "new entry"
    assert done.accepted[0].line == 4


@pytest.mark.parametrize(
    ("sis_id", "name", "declared"),
    [
        ("BIO/1 <a>", "BIO-1-a.yaml", "sis_course_id:BIO/1 <a>"),
        ("../../etc/passwd", "etc-passwd.yaml", "sis_course_id:../../etc/passwd"),
        ("Ü", f"{ONE}.yaml", "sis_course_id:Ü"),
        ("a${b}", "a-b.yaml", f"{ONE}"),
        ("a: b # c", "a-b-c.yaml", "'sis_course_id:a: b # c'"),
        (None, f"{ONE}.yaml", f"{ONE}"),
        ("x" * 200, f"{'x' * 80}.yaml", f"sis_course_id:{'x' * 200}"),
    ],
)
def test_the_file_of_a_new_entry_has_a_safe_name(
    desk: Desk, sis_id: str | None, name: str, declared: str
) -> None:
    desk.sandbox.edit(ONE, sis_source_id=sis_id)
    desk.write(
        POLICY.replace("sis_course_id: 'BIO-?'", "name: BIO-1"),
        "policy.yaml",
    )
    desk.accepted()
    assert [path.name for path in desk.root.joinpath("courses").iterdir()] == [name]
    assert f"  - id: {declared}\n" in desk.text(f"courses/{name}")


def test_a_new_entry_overwrites_no_file(desk: Desk) -> None:
    desk.write(POLICY, "policy.yaml")
    desk.put("courses/bio-1.yaml", "something: else\n")
    desk.put("courses/BIO-1-2.YAML", "something: else\n")
    desk.accepted()
    names = sorted(path.name for path in desk.root.joinpath("courses").iterdir())
    assert names == ["BIO-1-2.YAML", "BIO-1-3.yaml", "BIO-2.yaml", "bio-1.yaml"]
    assert desk.text("courses/bio-1.yaml") == "something: else\n"


@pytest.mark.parametrize(
    ("manifests", "folder", "words"),
    [
        pytest.param("[policy.yaml]", None, "would not be read", id="a file is named"),
        pytest.param("[policies]", None, "would not be read", id="another folder is named"),
        pytest.param("[policies, courses]", "", "", id="the folder is named"),
        pytest.param("[.]", None, "", id="the root is named"),
        pytest.param("[policies]", "elsewhere", "would not be read", id="a link to a folder"),
        pytest.param("[policies, courses]", "elsewhere", "", id="a link that is named"),
    ],
)
def test_a_new_entry_must_be_found_again(desk: Desk, manifests: str, folder: str | None, words: str) -> None:
    desk.write(f"manifests: {manifests}\n", "coursesync.yaml")
    desk.put("policy.yaml" if "policy.yaml" in manifests else "policies/policy.yaml", POLICY)
    if folder == "":
        desk.root.joinpath("courses").mkdir()
    elif folder:
        desk.root.joinpath(folder).mkdir()
        desk.root.joinpath("courses").symlink_to(folder)
    if not words:
        desk.accepted()
        return
    done = desk.accept()
    assert done.accepted == ()
    assert all(words in text for text in said(done))
    assert "Add courses to manifests in coursesync.yaml" in done.refused[0].hint
    assert not desk.root.joinpath("courses/BIO-1.yaml").exists()


def test_where_courses_is_a_file_no_entry_can_be_made(desk: Desk) -> None:
    desk.write(POLICY, "policy.yaml")
    desk.put("courses", "")
    assert "no folder of the project" in said(desk.accept())[0]


def test_an_enforced_policy_is_not_contradicted(desk: Desk) -> None:
    text = POLICY.replace("    attr", "    enforce: true\n    attr") + (
        f"courses:\n  - id: {ONE}\n    attributes: {{default_view: modules, course_code: X}}\n"
    )
    desk.write(text)
    done = desk.accept()
    assert [item.field for item in done.accepted] == ["attributes.course_code"]
    assert (
        said(done)
        == [
            'courses.yaml:5:18: The policy "all" is enforced and sets attributes.default_view here to '
            "modules; an entry that says what Canvas has would be an error."
        ]
        * 2
    )
    assert {item.course for item in done.refused} == {str(ONE), str(TWO)}
    assert "except of all" in done.refused[0].hint


PROFILE = (
    "profiles:\n  p: # of all\n    attributes:\n      default_view: modules # why\n"
    f"courses:\n  - id: {ONE}\n    profiles: [p]\n  - id: sis_course_id:BIO-2\n    profiles: [p]\n"
)


def test_a_profile_is_changed_if_all_its_courses_agree(desk: Desk) -> None:
    desk.write(PROFILE)
    done = desk.accepted(into_profile=True)
    assert desk.text() == PROFILE.replace("modules", "feed")
    assert [(item.id, item.into, item.line) for item in done.accepted] == [
        (ONE, "profile p", 4),
        (TWO, "profile p", 4),
    ]


def test_a_profile_is_changed_for_one_target_if_the_others_agree(desk: Desk) -> None:
    desk.write(PROFILE)
    desk.accepted(into_profile=True, target=("BIO-1",))
    assert desk.text() == PROFILE.replace("modules", "feed")
    assert desk.left() == {}


@pytest.mark.parametrize("target", [(), ("BIO-1",)])
def test_a_profile_is_left_alone_where_a_course_disagrees(desk: Desk, target: tuple[str, ...]) -> None:
    desk.sandbox.edit(TWO, default_view="syllabus")
    desk.write(PROFILE)
    done = desk.accept(into_profile=True, target=target)
    assert done.accepted == ()
    assert said(done) == [
        "courses.yaml:4:7: The profile p gives attributes.default_view to several courses, and Canvas has "
        "not the same in all of them: feed in 9001; syllabus in sis_course_id:BIO-2."
    ]
    assert desk.text() == PROFILE


def test_a_course_already_in_sync_disagrees_too(desk: Desk) -> None:
    desk.sandbox.edit(TWO, default_view="modules")
    desk.write(PROFILE)
    assert "modules in sis_course_id:BIO-2" in said(desk.accept(into_profile=True))[0]


@pytest.mark.parametrize(
    "instead",
    [
        "profiles: [p]\n    attributes: {default_view: wiki}",
        "profiles: [p, q]",
        "profiles: [p]\n    ignore: [attributes.default_view]",
    ],
    ids=["its own key", "a stronger profile", "ignored"],
)
def test_courses_that_do_not_get_the_value_are_not_asked(desk: Desk, instead: str) -> None:
    desk.sandbox.edit(TWO, default_view="wiki", has_front_page=True)
    text = PROFILE.replace("BIO-2\n    profiles: [p]", f"BIO-2\n    {instead}")
    desk.write(text.replace("profiles:\n  p", "profiles:\n  q: {attributes: {default_view: wiki}}\n  p"))
    desk.accepted(into_profile=True)
    assert "default_view: feed # why" in desk.text()


def test_a_course_that_cannot_be_read_cannot_agree(desk: Desk) -> None:
    desk.write(f"{PROFILE}  - id: 424242\n    profiles: [p]\n")
    done = desk.accept(into_profile=True, target=("BIO-1",))
    assert done.accepted == ()
    (text,) = said(done)
    assert "feed in 9001 and sis_course_id:BIO-2; unknown in 424242" in text.replace(", sis", " and sis")


def test_a_profile_that_extends_another_changes_the_one_that_has_the_value(desk: Desk) -> None:
    text = PROFILE.replace("[p]", "[q]").replace("courses:", "  q: {extends: [p]}\ncourses:")
    desk.write(text)
    desk.accepted(into_profile=True)
    assert desk.text() == text.replace("modules", "feed")


@pytest.mark.parametrize("live", ["feed", "syllabus"])
def test_a_profile_of_a_policy_counts_the_courses_it_matches(desk: Desk, live: str) -> None:
    desk.sandbox.edit(TWO, default_view=live)
    text = (
        "profiles:\n  p:\n    attributes:\n      default_view: modules\n"
        "policies:\n  - {name: all, select: {account: 3, sis_course_id: 'BIO-?'}, profiles: [p]}\n"
    )
    desk.write(text)
    done = desk.accept(into_profile=True, target=("BIO-1",))
    if live == "feed":
        assert into(done) == {(ONE, "attributes.default_view"): "profile p"}
        assert desk.text() == text.replace("modules", "feed")
    else:
        assert "syllabus in 9002" in said(done)[0]
        assert desk.text() == text


def test_a_value_of_the_entry_goes_into_the_entry_all_the_same(desk: Desk) -> None:
    text = PROFILE.replace("[p]\n  -", "[p]\n    attributes: {default_view: wiki}\n  -")
    desk.write(text)
    desk.accepted(into_profile=True, target=("BIO-1",))
    assert desk.text() == text.replace("wiki", "feed")


def test_html_is_written_without_what_canvas_adds_on_reading(desk: Desk) -> None:
    desk.write(f"courses:\n  - id: {ONE}\n    attributes:\n      syllabus_body: <p>Old</p>\n")
    desk.sandbox.edit(ONE, syllabus_body='<p>New <a href="/courses/9001/pages/a">page</a></p>')
    desk.accepted()
    assert "data-api" not in desk.text()
    assert 'syllabus_body: <p>New <a href="/courses/9001/pages/a">page</a></p>\n' in desk.text()


def included(desk: Desk, name: str, text: str, *, ids: tuple[int, ...] = (ONE,)) -> str:
    desk.put(f"content/{name}", text)
    manifest = "courses:\n" + "".join(
        f"  - id: {number}\n    attributes:\n      syllabus_body: {{file: content/{name}}}\n"
        for number in ids
    )
    desk.write(manifest)
    for number in ids:
        desk.sandbox.edit(number, syllabus_body="<p>New</p>\n<p>Text</p>")
    return manifest


def test_a_file_of_html_is_left_alone_unless_asked_for(desk: Desk) -> None:
    manifest = included(desk, "x.html", "<p>Old</p>\n")
    done = desk.accept()
    assert done.accepted == ()
    assert said(done)[0].startswith("courses.yaml:4:22: attributes.syllabus_body stands in a file of its own")
    assert done.refused[0].hint == "Add --into-files to write content/x.html"
    assert done.refused[0].course == str(ONE)
    assert (desk.text(), desk.text("content/x.html")) == (manifest, "<p>Old</p>\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>Old</p>\n", "<p>New</p>\n<p>Text</p>\n"),
        ("<p>Old</p>", "<p>New</p>\n<p>Text</p>"),
        ("<p>Old</p>\r\n", "<p>New</p>\r\n<p>Text</p>\r\n"),
        ("\ufeff<p>Old</p>\n", "\ufeff<p>New</p>\n<p>Text</p>\n"),
        ("", "<p>New</p>\n<p>Text</p>"),
    ],
)
def test_a_file_of_html_is_written_with_its_own_line_ends(desk: Desk, old: str, new: str) -> None:
    manifest = included(desk, "x.html", old)
    done = desk.accepted(into_files=True)
    assert (desk.text(), desk.text("content/x.html")) == (manifest, new)
    (item,) = done.accepted
    assert (item.into, item.file, item.line) == ("content/x.html", "content/x.html", 1)


def test_markdown_is_never_written(desk: Desk) -> None:
    manifest = included(desk, "x.md", "# Old\n")
    for into_files in (False, True):
        done = desk.accept(into_files=into_files)
        assert "cannot be turned back into Markdown" in said(done)[0]
        assert done.refused[0].course == str(ONE)
    assert (desk.text(), desk.text("content/x.md")) == (manifest, "# Old\n")


def test_a_file_that_several_courses_include_is_written_if_they_agree(desk: Desk) -> None:
    included(desk, "x.html", "<p>Old</p>\n", ids=(ONE, TWO))
    done = desk.accepted(into_files=True, target=("BIO-1",))
    assert [item.id for item in done.accepted] == [ONE]
    assert desk.text("content/x.html") == "<p>New</p>\n<p>Text</p>\n"
    assert desk.left() == {}


@pytest.mark.parametrize("target", [(), ("BIO-1",)])
def test_a_file_that_several_courses_include_is_left_alone_if_they_differ(
    desk: Desk, target: tuple[str, ...]
) -> None:
    included(desk, "x.html", "<p>Old</p>\n", ids=(ONE, TWO))
    desk.sandbox.edit(TWO, syllabus_body="<p>Other</p>")
    done = desk.accept(into_files=True, target=target)
    assert done.accepted == ()
    assert "content/x.html gives attributes.syllabus_body to several courses" in said(done)[0]
    assert "<p>Other</p> in 9002" in said(done)[0]
    assert desk.text("content/x.html") == "<p>Old</p>\n"


def test_a_file_cannot_say_that_there_is_no_text(desk: Desk) -> None:
    included(desk, "x.html", "<p>Old</p>\n")
    desk.sandbox.edit(ONE, syllabus_body=None)
    done = desk.accept(into_files=True)
    assert "cannot say so" in said(done)[0]
    assert done.refused[0].hint == "Write syllabus_body: null instead."


def test_a_file_that_a_profile_includes_is_overridden_or_written(desk: Desk) -> None:
    desk.put("content/x.html", "<p>Old</p>\n")
    text = (
        "profiles:\n  p:\n    attributes:\n      syllabus_body: {file: content/x.html}\n"
        f"courses:\n  - id: {ONE}\n    profiles: [p]\n"
    )
    desk.write(text)
    desk.sandbox.edit(ONE, syllabus_body="<p>New</p>")
    assert into(desk.proposal(into_files=True)) == {(ONE, "attributes.syllabus_body"): "course"}
    done = desk.accepted(into_files=True, into_profile=True)
    assert into(done) == {(ONE, "attributes.syllabus_body"): "content/x.html"}
    assert (desk.text(), desk.text("content/x.html")) == (text, "<p>New</p>\n")


def test_a_reference_keeps_its_sis_form_where_a_manifest_uses_one(desk: Desk) -> None:
    desk.write(
        f"courses:\n  - id: {ONE}\n    attributes:\n      enrollment_term_id: sis_term_id:2026FA\n"
        f"  - id: {TWO}\n    attributes:\n      enrollment_term_id: sis_term_id:2027SP\n"
    )
    number = desk.sandbox.course(ONE)["enrollment_term_id"]
    desk.sandbox.edit(ONE, enrollment_term_id=3)
    desk.sandbox.edit(TWO, enrollment_term_id=number)
    desk.accepted()
    assert desk.text() == (
        f"courses:\n  - id: {ONE}\n    attributes:\n      enrollment_term_id: sis_term_id:2027SP\n"
        f"  - id: {TWO}\n    attributes:\n      enrollment_term_id: {number}\n"
    )


@pytest.mark.parametrize(
    ("declared", "columns", "expected"),
    [
        pytest.param(
            "enabled: true\n      restrictions: {content: true}",
            {"blueprint_restrictions": {"points": True}},
            "enabled: true\n      restrictions: {content: false, points: true}",
            id="another map",
        ),
        pytest.param(
            "enabled: true\n      restrictions: {content: true}",
            {
                "use_blueprint_restrictions_by_object_type": True,
                "blueprint_restrictions_by_object_type": {"quiz": {"points": True}},
            },
            "enabled: true\n      restrictions_by_object_type: {quiz: {points: true}}",
            id="the other mode",
        ),
        pytest.param(
            "enabled: true\n      restrictions_by_object_type:\n        quiz:\n          points: true # c",
            {"blueprint_restrictions": {"points": True}},
            "enabled: true\n      restrictions:\n        points: true # c",
            id="and back",
        ),
    ],
)
def test_restrictions_follow_the_live_mode(
    desk: Desk, declared: str, columns: dict[str, object], expected: str
) -> None:
    desk.sandbox.edit(ONE, blueprint=True, **columns)
    text = f"courses:\n  - id: {ONE}\n    blueprint:\n      {declared}\n"
    desk.write(text)
    desk.accepted()
    assert desk.text() == text.replace(declared, expected)


def test_the_map_of_a_profile_is_displaced_by_that_of_the_other_mode_in_the_entry(desk: Desk) -> None:
    desk.sandbox.edit(
        ONE,
        blueprint=True,
        use_blueprint_restrictions_by_object_type=True,
        blueprint_restrictions_by_object_type={"quiz": {"points": True}},
    )
    text = (
        "profiles:\n  p:\n    blueprint:\n      enabled: true\n      restrictions: {content: true}\n"
        f"courses:\n  - id: {ONE}\n    profiles: [p]\n"
    )
    desk.write(text)
    proposal = desk.proposal(into_profile=True)
    assert [line.strip("+- ") for line in changed_lines(proposal.patches)] == [
        "restrictions: {content: true}",
        "restrictions_by_object_type: {quiz: {points: true}}",
    ]
    desk.accepted()
    assert desk.text() == (
        f"{text}    blueprint:\n      restrictions_by_object_type: {{quiz: {{points: true}}}}\n"
    )


def test_a_blueprint_that_was_ended_cannot_be_declared_key_by_key(desk: Desk) -> None:
    text = f"courses:\n  - id: {ONE}\n    blueprint:\n      enabled: true\n      restrictions: {{}}\n"
    desk.write(text)
    done = desk.accept()
    assert done.accepted == ()
    assert any("for a course that is no blueprint" in line for line in said(done))
    assert any("blueprint.enabled cannot be accepted by itself" in line for line in said(done))
    assert desk.text() == text


def test_a_zone_takes_the_instants_along_that_have_no_offset(desk: Desk) -> None:
    desk.sandbox.edit(
        ONE,
        time_zone="Hawaii",
        restrict_enrollments_to_course_dates=True,
        start_at="2026-08-24T06:00:00Z",
        conclude_at="2026-12-19T06:59:00Z",
    )
    text = (
        "profiles:\n  p:\n    attributes:\n      restrict_enrollments_to_course_dates: true\n"
        "      start_at: 2026-08-24T00:00:00\n      end_at: 2026-12-18T23:59:00-07:00\n"
        f"courses:\n  - id: {ONE}\n    profiles: [p]\n    attributes:\n      time_zone: America/Denver\n"
    )
    desk.write(text)
    assert desk.left() == {ONE: ["attributes.time_zone"]}
    done = desk.accepted()
    assert desk.text() == text.replace(
        "      time_zone: America/Denver",
        "      start_at: 2026-08-24T06:00:00Z\n      time_zone: Pacific/Honolulu",
    )
    note = "It had no offset, and would be read in the other zone now."
    assert [item.note for item in done.accepted] == [note, ""]


def test_a_zone_that_would_move_instants_of_others_stays(desk: Desk) -> None:
    for number in (ONE, TWO):
        desk.sandbox.edit(
            number,
            time_zone="Hawaii",
            restrict_enrollments_to_course_dates=True,
            start_at="2026-08-24T06:00:00Z",
        )
    text = (
        "profiles:\n  p:\n    attributes:\n      time_zone: America/Denver\n"
        "      restrict_enrollments_to_course_dates: true\n"
        f"courses:\n  - id: {ONE}\n    profiles: [p]\n"
        f"  - id: {TWO}\n    profiles: [p]\n    attributes: {{start_at: 2026-08-24T00:00:00}}\n"
    )
    desk.write(text)
    done = desk.accept(into_profile=True, target=("BIO-1",))
    assert done.accepted == ()
    assert "attributes.start_at of course 9002 would differ from Canvas then" in said(done)[0]
    assert desk.text() == text
    desk.accepted(into_profile=True)


def test_what_would_contradict_what_stays_is_left_alone(desk: Desk) -> None:
    text = (
        f"courses:\n  - id: {ONE}\n    attributes:\n      name: Other\n"
        "      restrict_enrollments_to_course_dates: true\n      end_at: 2026-08-24T06:00:00Z\n"
    )
    desk.write(text)
    done = desk.accept(fields=("attributes.name", "attributes.restrict_*"))
    assert [item.field for item in done.accepted] == ["attributes.name"]
    (line,) = said(done)
    assert line.startswith(
        "courses.yaml:5:7: attributes.restrict_enrollments_to_course_dates cannot be accepted by itself."
    )
    assert "attributes.end_at" in line
    desk.accepted()
    assert desk.text() == text.replace("Other", "BIO-1").replace("true", "false").replace(
        "2026-08-24T06:00:00Z", "null"
    )


def test_a_contradiction_in_one_course_holds_no_other_back(desk: Desk) -> None:
    """A course may keep an end date that Canvas ignores; no entry can say both."""
    for number in (ONE, TWO):
        desk.sandbox.edit(number, restrict_enrollments_to_course_dates=False)
    desk.sandbox.edit(TWO, conclude_at="2026-12-18T07:00:00Z")
    dates = "attributes: {restrict_enrollments_to_course_dates: true, end_at: 2026-08-24T06:00:00Z}"
    desk.write(f"{POLICY.replace('attributes: {default_view: modules}', dates)}courses:\n  - id: {ONE}\n")
    done = desk.accept(fields=("attributes.*_to_course_dates", "attributes.end_at"))
    assert {(item.id, item.field.split(".")[1]) for item in done.accepted} == {
        (ONE, "restrict_enrollments_to_course_dates"),
        (ONE, "end_at"),
    }
    assert {item.course for item in done.refused} == {str(TWO)}
    assert not desk.root.joinpath("courses").exists()


def test_fields_are_chosen_by_the_patterns_of_ignore(desk: Desk) -> None:
    desk.write(
        f"courses:\n  - id: {ONE}\n    attributes: {{name: X, default_view: modules}}\n"
        "    settings: {hide_final_grades: true}\n"
    )
    assert [item.field for item in desk.proposal(fields=("settings.*",)).accepted] == [
        "settings.hide_final_grades"
    ]
    both = desk.proposal(fields=("*.name", "attributes.default_view"))
    assert [item.field for item in both.accepted] == ["attributes.name", "attributes.default_view"]
    assert desk.proposal(fields=("attributes.license",)) == Acceptance()


def test_ignored_and_write_only_fields_are_no_matter(desk: Desk) -> None:
    desk.write(
        f"courses:\n  - id: {ONE}\n    attributes: {{name: X, enable_offline_web_export: true}}\n"
        "    ignore: [attributes.name]\n"
    )
    assert desk.accept() == Acceptance()


def test_what_canvas_does_not_tell_is_refused(tmp_path: Path) -> None:
    desk = Desk(root=tmp_path, options={"undocumented_includes": False})
    desk.sandbox.add_course(id=ONE, name="BIO-1", course_code="BIO-1")
    desk.write(f"courses:\n  - id: {ONE}\n    attributes: {{indexed: true, name: X}}\n")
    done = desk.accept()
    assert [item.field for item in done.accepted] == ["attributes.name"]
    assert [(item.code, str(item.position)) for item in done.refused] == [
        ("unverifiable", "courses.yaml:3:18")
    ]
    assert desk.accept(fields=("attributes.name",)) == Acceptance()


def test_what_cannot_be_declared_is_refused_with_the_reason(desk: Desk) -> None:
    desk.sandbox.edit(ONE, grading_standard_id=0)
    desk.write(f"courses:\n  - id: {ONE}\n    attributes: {{grading_standard_id: 11}}\n")
    done = desk.accept()
    assert "0 is below 1" in said(done)[0]


def test_what_is_cleared_becomes_null(desk: Desk) -> None:
    text = f"courses:\n  - id: {ONE}\n    attributes:\n      course_format: online\n      locale: de # c\n"
    desk.write(text)
    desk.accepted()
    assert desk.text() == text.replace("online", "null").replace("de #", "null #")


def test_a_course_that_cannot_be_read_is_refused_and_the_others_go_on(desk: Desk) -> None:
    desk.write(
        f"courses:\n  - id: 424242\n    attributes: {{name: X}}\n  - id: {ONE}\n    attributes: {{name: X}}\n"
    )
    done = desk.accept()
    assert [item.id for item in done.accepted] == [ONE]
    assert [item.code for item in done.refused] == ["course-not-found"]


def test_only_the_entries_of_the_scope_are_touched(desk: Desk) -> None:
    desk.write(
        f"courses:\n  - id: {ONE}\n    attributes: {{name: X}}\n  - id: {TWO}\n    attributes: {{name: X}}\n"
    )
    scope = Scope(entries=frozenset({str(TWO)}), policies=frozenset())
    assert [item.id for item in desk.proposal(scope=scope).accepted] == [TWO]
    assert [item.id for item in desk.proposal(scope=scope, into_profile=True).accepted] == [TWO]


def test_a_target_that_fits_nothing_is_refused(desk: Desk) -> None:
    desk.write(f"courses:\n  - id: {ONE}\n    attributes: {{name: X}}\n")
    done = desk.proposal(target=("NONE-*",))
    assert [item.code for item in done.refused] == ["no-entry-selected"]


def test_accepting_twice_is_accepting_once(desk: Desk) -> None:
    desk.write(PROFILE)
    desk.accepted()
    text = desk.text()
    assert desk.accept() == Acceptance()
    assert desk.text() == text


def test_a_file_that_changed_since_it_was_read_is_left_alone(desk: Desk) -> None:
    desk.write(f"courses:\n  - id: {ONE}\n    attributes: {{name: X}}\n")
    proposal = desk.proposal()
    desk.write(f"courses:\n  - id: {ONE}\n    attributes: {{name: Y}}\n")
    done = save_acceptance(proposal)
    assert done.accepted == ()
    assert done.patches == ()
    assert "it was changed on disk after it was read" in said(done)[0]
    assert "name: Y" in desk.text()


def test_a_file_made_meanwhile_is_not_overwritten(desk: Desk) -> None:
    desk.write(POLICY, "policy.yaml")
    proposal = desk.proposal(target=("BIO-1",))
    desk.put("courses/BIO-1.yaml", "mine: true\n")
    done = save_acceptance(proposal)
    assert "File exists" in said(done)[0]
    assert desk.text("courses/BIO-1.yaml") == "mine: true\n"


def test_a_link_is_followed_and_the_mode_is_kept(desk: Desk) -> None:
    real = desk.put("real/bio.txt", f"courses:\n  - id: {ONE}\n    attributes: {{name: X}}\n")
    real.chmod(0o640)
    link = desk.root / "linked.yaml"
    link.symlink_to("real/bio.txt")
    done = desk.accepted()
    assert link.is_symlink()
    assert "name: BIO-1" in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o640
    assert done.accepted[0].file == "linked.yaml"
    assert sorted(path.name for path in real.parent.iterdir()) == ["bio.txt"]


@pytest.mark.parametrize("denied", ["file", "folder"])
def test_a_file_that_cannot_be_written_is_refused_and_the_others_are(
    desk: Desk, denied: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("a/one.yaml", f"courses:\n  - id: {ONE}\n    attributes: {{name: X}}\n")
    desk.put("b/two.yaml", f"courses:\n  - id: {TWO}\n    attributes: {{name: X}}\n")
    place = desk.root / ("a/one.yaml" if denied == "file" else "a")
    place.chmod(0o555 if place.is_dir() else 0o444)
    if os.access(place, os.W_OK):
        # The superuser may write anywhere; ask as somebody else would be answered.
        refuse_to_write(monkeypatch, place)
    done = desk.accept()
    place.chmod(0o755)
    assert [item.id for item in done.accepted] == [TWO]
    assert [patch.name for patch in done.patches] == ["b/two.yaml"]
    assert said(done)[0].startswith("a/one.yaml:3:18: attributes.name was not written")
    assert "name: X" in desk.text("a/one.yaml")
    assert [path.name for path in desk.root.joinpath("a").iterdir()] == ["one.yaml"]


def refuse_to_write(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    usual, make = os.access, os.open

    def access(path: Path, mode: int) -> bool:
        return usual(path, mode) and Path(path) != place

    def opened(path: Path, flags: int, *mode: int) -> int:
        if Path(path).parent == place and flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied")
        return make(path, flags, *mode)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "open", opened)


def git(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=text.encode(), capture_output=True, check=False, env=settings
    )


def test_the_patch_is_what_git_applies(desk: Desk) -> None:
    entry = "courses:\r\n  - id: {}\r\n    attributes: {{name: X}} # é"
    desk.put("no newline.yaml", entry.format(ONE))
    desk.put('a "q" ü.yaml', "\ufeff" + entry.format(THREE).replace("\r", "") + "\n")
    desk.put("policy.yaml", POLICY.replace("BIO-?", "BIO-2"))
    desk.put("content/x.html", "<p>Old</p>")
    proposal = desk.proposal()
    before = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}
    text = unified(proposal.patches)
    assert git(desk.root, "init", "--quiet").returncode == 0
    checked = git(desk.root, "apply", "--check", text=text)
    assert checked.stderr == b""
    assert checked.returncode == 0
    assert {path: path.read_bytes() for path in before} == before
    applied = git(desk.root, "apply", text=text)
    assert applied.returncode == 0
    got = {patch.name: patch.path.read_bytes() for patch in proposal.patches}
    assert got == {patch.name: patch.after for patch in proposal.patches}
    assert len(got) == 3
    assert desk.left() == {}
