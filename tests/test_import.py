"""What is imported declares the courses as they are: a plan of it is empty, and no file is lost."""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursesync.canvas.bulk import Reader
from coursesync.catalogue import FIELDS
from coursesync.catalogue.defaults import default_of, is_default
from coursesync.catalogue.field import FOLLOWS, INHERITED, UNSTATED, Field, Mark
from coursesync.catalogue.html import canonical
from coursesync.diagnostics import Severity, errors
from coursesync.errors import CanvasUnavailable, UsageProblem
from coursesync.manifest.drafts import Draft, course_text, manifest_text, profile_text
from coursesync.manifest.dump import written
from coursesync.manifest.profiles import shared
from coursesync.model import Plan
from coursesync.sandbox import fleet
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Selection
from coursesync.workflow.adopt import Adoption, Layout, Place, Style, Wanted, adopt, write_new
from coursesync.workflow.adopt.layout import NewFile
from coursesync.workflow.adopt.names import Names, slug
from tests.lab import Lab

COLLEGE = Wanted(account="1")


def found(lab: Lab, wanted: Wanted = COLLEGE, style: Style | None = None, into: str = ".") -> Adoption:
    """Return what would be written."""
    _, known, _ = lab.resolved()
    place = Place(
        root=lab.root.resolve(),
        into=(lab.root / into).resolve(),
        profiles=frozenset(known.ground.profiles),
    )

    async def work() -> Adoption:
        async with lab.canvas(read_only=True) as canvas:
            return await adopt(wanted, style or Style(), Reader(canvas), known, place)

    return asyncio.run(work())


def imported(lab: Lab, wanted: Wanted = COLLEGE, style: Style | None = None, into: str = ".") -> Adoption:
    """Write what is new into the project, and return what that was."""
    made = found(lab, wanted, style, into)
    write_new(made.files, (lab.root / into).resolve())
    return made


def files(lab: Lab) -> dict[str, str]:
    """Return every file of the project by its path."""
    paths = sorted(path for path in lab.root.rglob("*") if path.is_file())
    return {path.relative_to(lab.root).as_posix(): path.read_bytes().decode() for path in paths}


def check_empty(plan: Plan, courses: int) -> None:
    """Hold a plan to having nothing to do and nothing to say."""
    assert plan.requests == ()
    assert plan.courses == ()
    assert plan.diagnostics == ()
    assert not plan.errored
    assert plan.summary.courses == courses


# Text as it comes, and text that file names, YAML or Windows take for something else.
_ODD = [
    "CON",
    "a/b",
    "a b",
    ".hidden",
    "true",
    "0123",
    "é\u00fc",
    "学",
    "a: b",
    "${x}",
    "x" * 200,
    "A",
    "a",
    "-",
]
_words = st.one_of(st.sampled_from(_ODD), st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
_names = _words.map(str.strip).filter(bool).map(lambda text: text[:255])
_texts = st.one_of(st.none(), st.just(""), st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
_WHEN = ["2026-08-24T06:00:00Z", "2026-12-18T07:00:00Z"]
_LINK = '<p>\r\n<a href="/courses/4101/files/{}/download?wrap=1">x</a></p>\r\n'
_flag = st.sampled_from([None, True, False])

columns = st.fixed_dictionaries(
    {
        "name": _names,
        "course_code": _names,
        "sis_source_id": st.one_of(st.none(), _names),
        "workflow_state": st.sampled_from(["created", "claimed", "available", "completed", "deleted"]),
        "account_id": st.sampled_from([1, 2, 3, 4, 5]),
        "enrollment_term_id": st.sampled_from([1, 2, 3]),
        "restrict_enrollments_to_course_dates": _flag,
        "start_at": st.sampled_from([None, _WHEN[0]]),
        "conclude_at": st.sampled_from([None, _WHEN[1]]),
        "is_public": _flag,
        "indexed": _flag,
        "license": st.sampled_from([None, "cc_by", "private", "made-up"]),
        "locale": st.sampled_from([None, "de"]),
        "time_zone": st.sampled_from([None, "Hawaii", "Eastern Time (US & Canada)"]),
        "default_view": st.sampled_from(["modules", "feed", "wiki"]),
        "grading_standard_id": st.sampled_from([None, 11, 0]),
        "storage_quota": st.sampled_from([None, 524_288_000, 1_048_576_000]),
        "public_description": _texts.map(lambda text: text and text.replace(" ", "\n")),
        "syllabus_body": st.sampled_from([None, "", "<p>Old</p>", _LINK.format(9), "\ufeff<b>ü</b>"]),
        "post_manually": st.booleans(),
        "home_page_announcement_limit": st.sampled_from([None, 0, 3]),
        "allow_student_organized_groups": _flag,
        "blueprint": st.booleans(),
        "blueprint_restrictions": st.sampled_from([None, {"content": True}, {"points": True, "state": True}]),
        "use_blueprint_restrictions_by_object_type": st.booleans(),
        "blueprint_restrictions_by_object_type": st.sampled_from([None, {"quiz": {"content": True}}]),
        "homeroom_course": st.booleans(),
        "settings": st.sampled_from(
            [
                {},
                {"hide_final_grade": True, "public_syllabus": True},
                {"image_url": "https://e.edu/i.png", "is_public_to_auth_users": True},
                {"image_url": "not a url", "course_color": "#ABCDEF", "default_due_time": "17:00:00"},
                {"image_id": "77", "conditional_release": True, "course_format": "online"},
            ]
        ),
    }
)


@st.composite
def fleets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw courses, some of them alike but for what names them."""
    rows = draw(st.lists(columns, max_size=4))
    for number in range(draw(st.integers(0, 8)) if rows else 0):
        sis_id = f"Copy {number}" if number % 2 else f"copy-{number}"
        rows.append({**rows[0], "name": f"Copy {number}", "sis_source_id": sis_id})
    unique: dict[str | None, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        unique[row["sis_source_id"] or str(number)] = {"id": 9001 + number, **row}
    return list(unique.values())


styles = st.builds(Style, layout=st.sampled_from(Layout), full=st.booleans(), profiles=st.booleans())


@contextmanager
def college(rows: Sequence[Mapping[str, Any]]) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(root=Path(folder))
        lab.sandbox.edit_account(1, features=["course_templates", "final_grades_override"])
        for row in rows:
            lab.sandbox.add_course(**{"has_front_page": True, **row})
        yield lab


_slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_slow
@given(rows=fleets(), style=styles)
def test_a_plan_of_what_was_imported_is_empty(rows: list[dict[str, Any]], style: Style) -> None:
    with college(rows) as lab:
        made = imported(lab, style=style)
        assert not errors(made.diagnostics, strict=True)
        problems = [item for item in lab.problems() if item.severity is not Severity.NOTE]
        assert problems == []
        check_empty(lab.plan(), made.courses)
        assert lab.sent() == []
        _check_again(lab, made, style)


def _check_again(lab: Lab, made: Adoption, style: Style) -> None:
    before = files(lab)
    again = imported(lab, style=style)
    assert again.files == ()
    assert again.skipped == made.courses
    assert files(lab) == before


@_slow
@given(rows=fleets(), layout=st.sampled_from(Layout), full=st.booleans())
def test_profiles_make_manifests_shorter_and_serve_at_least_three_courses(
    rows: list[dict[str, Any]], layout: Layout, full: bool
) -> None:
    with college(rows) as lab:
        plain = found(lab, style=Style(layout=layout, full=full))
        made = found(lab, style=Style(layout=layout, full=full, profiles=True))
    assert made.courses == plain.courses
    assert made.fields == plain.fields
    without, with_profiles = _text(plain), _text(made)
    assert len(with_profiles) <= len(without)
    assert with_profiles.count("\n") <= without.count("\n")
    for profile in made.profiles:
        uses = sum(profile.name in line for line in with_profiles.split("\n") if "profiles: [" in line)
        assert uses == profile.courses >= 3
    if not made.profiles:
        assert with_profiles == without


def _text(made: Adoption) -> str:
    return "".join(file.content.decode() for file in made.files)


def test_deleted_courses_and_defaults_are_left_out(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.sandbox.add_course(id=9001, name="Biology", course_code="BIO", sis_source_id="BIO/101 é")
    lab.sandbox.add_course(id=9002, name="Gone", course_code="GONE", workflow_state="deleted")
    imported(lab, Wanted(ids=("9001",)))
    assert files(lab) == {
        "courses/BIO-101-e.yaml": "courses:\n"
        "  - id: sis_course_id:BIO/101 é\n"
        "    attributes:\n"
        "      name: Biology\n"
        "      course_code: BIO\n"
        "      account_id: 1\n"
        "      enrollment_term_id: 1\n"
    }
    schema = tmp_path / "schemas" / "manifest.schema.json"
    schema.parent.mkdir()
    schema.write_text("{}", encoding="utf-8")
    (tmp_path / "courses" / "BIO-101-e.yaml").unlink()
    imported(lab, Wanted(ids=("9001",)))
    first = files(lab)["courses/BIO-101-e.yaml"].split("\n")[0]
    assert first == "# yaml-language-server: $schema=../schemas/manifest.schema.json"
    assert all("GONE" not in text for text in _text(found(lab)).split("\n"))
    (said,) = found(lab, Wanted(ids=("9002",))).diagnostics
    assert (said.code, said.severity) == ("course-deleted", Severity.NOTE)


def test_account_and_term_are_written_as_they_were_named(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.sandbox.add_course(id=9001, name="A", course_code="A", account_id=2, enrollment_term_id=2)
    lab.sandbox.add_course(id=9002, name="B", course_code="B", account_id=2, enrollment_term_id=3)
    named = Wanted(account="sis_account_id:ARTS", term="sis_term_id:2026FA")
    text = _text(imported(lab, named, Style(layout=Layout.ONE_FILE)))
    assert "      account_id: sis_account_id:ARTS\n      enrollment_term_id: sis_term_id:2026FA\n" in text
    assert "id: 9001" in text
    assert "id: 9002" not in text
    plan = lab.plan()
    assert not [course for course in plan.courses if course.changes]
    assert plan.diagnostics == ()


def test_a_syllabus_gets_a_file_as_its_author_wrote_it(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.sandbox.add_course(id=9001, name="A", course_code="A b", syllabus_body=None)
    number = lab.sandbox.add_file(9001)
    body = f'<p>\r\n<a href="/courses/9001/files/{number}/download?wrap=1">x</a>\r\n</p>'
    lab.sandbox.edit(9001, syllabus_body=body)
    imported(lab, Wanted(ids=("9001",)))
    kept = files(lab)
    assert kept["syllabi/A-b-9001.html"] == body
    assert "syllabus_body: {file: ../syllabi/A-b-9001.html}" in kept["courses/A-b-9001.yaml"]
    check_empty(lab.plan(), 1)


@pytest.mark.parametrize("layout", list(Layout))
def test_only_what_is_new_is_added_to_new_files(layout: Layout, tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.write("courses:\n  - id: sis_course_id:BIO-101-2026FA\n", "mine.yaml")
    first = imported(lab, style=Style(layout=layout))
    before = files(lab)
    lab.sandbox.add_course(id=9001, name="New", course_code="N", sis_source_id="NEW", account_id=3)
    second = imported(lab, style=Style(layout=layout))
    after = files(lab)
    assert (first.skipped, second.skipped, second.courses) == (1, first.courses + 1, 1)
    assert before == {path: text for path, text in after.items() if path in before}
    (added,) = after.keys() - before.keys()
    assert added in {"courses/NEW.yaml", "courses-2.yaml", "courses/sciences-2.yaml"}


@pytest.mark.parametrize(
    "declared",
    [
        "- id: 4101",
        "- id: sis_course_id:BIO-101-2026FA",
        "- id: sis_integration_id:INT-7",
        "- id: 77\n    attributes: {sis_course_id: BIO-101-2026FA}",
    ],
    ids=["number", "SIS id", "integration id", "declared SIS id"],
)
def test_a_course_is_known_by_any_of_its_ids(declared: str, tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.sandbox.edit(4101, integration_id="INT-7")
    lab.write(f"courses:\n  {declared}\n", "mine.yaml")
    for known in ("4101", "sis_course_id:BIO-101-2026FA"):
        made = found(lab, Wanted(ids=(known,)))
        assert (made.courses, made.skipped) == (0, 1)


def test_a_term_that_is_hidden_can_be_named_by_its_number(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    style = Style(layout=Layout.ONE_FILE, profiles=True)
    seen = found(lab, Wanted(account="4", term="2"), style)
    lab.sandbox.fail_next(method="GET", path_contains="/terms/", status=403, times=3)
    hidden = found(lab, Wanted(account="4", term="2"), style)
    assert hidden.courses == seen.courses > 0
    with pytest.raises(UsageProblem, match="may not read term"):
        found(lab, Wanted(account="4", term="sis_term_id:2026FA"), style)


def test_a_term_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    odd = [
        {"id": 4101, "name": "Odd", "enrollment_term_id": [], "workflow_state": "available", "account_id": 1}
    ]
    path = "/api/v1/accounts/*/courses"
    lab.sandbox.faults.add(Fault(what="error", status=200, body=json.dumps(odd), method="GET", path=path))
    made = found(lab, style=Style(profiles=True))
    assert "enrollment_term_id" not in _text(made)


def test_globs_choose_courses(tmp_path: Path) -> None:
    chosen = Wanted(account="1", selection=Selection(target=("NUR-*", "4101"), exclude=("*-BP",)))
    made = found(Lab(root=tmp_path), chosen, Style(layout=Layout.ONE_FILE))
    assert made.courses == 3
    nobody = found(Lab(root=tmp_path), Wanted(account="1", selection=Selection(target=("X",))))
    assert [item.code for item in nobody.diagnostics] == ["no-entry-selected"]


def test_a_course_that_cannot_be_read_is_told_of_and_the_rest_is_written(tmp_path: Path) -> None:
    restricted = Lab(root=tmp_path, token="sandbox-restricted")
    made = found(restricted, Wanted(ids=("4102", "999999")))
    assert [(item.code, item.course) for item in made.diagnostics] == [
        ("course-restricted", "4102"),
        ("course-not-found", "999999"),
    ]
    rest = imported(Lab(root=tmp_path), Wanted(ids=("4101", "999999")))
    assert rest.courses == 1
    assert [item.code for item in errors(rest.diagnostics)] == ["course-not-found"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(), "by an account or by their ids"),
        (Wanted(account="1", ids=("7",)), "by an account or by their ids"),
        (Wanted(ids=("7",), term="2"), "narrows an account"),
        (Wanted(account="999"), "no account 999"),
        (Wanted(account="sis_account_id:NONE"), "no account sis_account_id:NONE"),
        (Wanted(account="1", term="999"), "no term 999"),
        (Wanted(account="1", term="sis_term_id:NONE"), "no term sis_term_id:NONE"),
        (Wanted(account="ARTS"), "neither a Canvas id nor sis_account_id"),
        (Wanted(ids=("BIO 101",)), "no id of a course"),
    ],
)
def test_a_wish_for_nothing_is_explained(wanted: Wanted, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        found(Lab(root=tmp_path), wanted)
    assert said in caught.value.message
    assert caught.value.hint


def test_who_may_not_list_an_account_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        found(Lab(root=tmp_path, token="sandbox-teacher"), COLLEGE)
    assert caught.value.message.startswith("The token may not read account 1")
    with pytest.raises(CanvasUnavailable):
        found(Lab(root=tmp_path, token="sandbox-expired"), COLLEGE)


def test_three_thousand_courses_take_two_hundred_requests(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    lab.sandbox.add_courses(fleet(3_000))
    made = found(lab, style=Style(profiles=True))
    assert made.courses > 2_900
    assert made.reads <= 12 + ceil(made.courses / 100) + ceil(made.courses / 20)


def test_where_no_default_is_stated_every_value_is_declared() -> None:
    for row in FIELDS.values():
        if row.default is UNSTATED:
            assert not is_default(row, None, default_of(row, {}, {}))


@pytest.mark.parametrize("row", [pytest.param(row, id=row.address) for row in FIELDS.values()])
def test_a_default_is_a_value_of_the_field(row: Field) -> None:
    if row.default is INHERITED:
        assert row.read is not None
        assert row.read.account_key
    elif row.default is FOLLOWS:
        assert default_of(row, dict.fromkeys(FIELDS, True), {}) is True
        assert default_of(row, {}, {}) is UNSTATED
    elif not isinstance(row.default, Mark) and row.default is not None and row.diffable:
        assert written(row, row.default)


def test_what_is_off_or_blank_is_as_good_as_null() -> None:
    assert is_default(FIELDS["attributes.indexed"], False, None)
    assert is_default(FIELDS["attributes.public_description"], "", None)
    assert not is_default(FIELDS["settings.home_page_announcement_limit"], 0, None)


@given(st.text())
def test_a_part_of_a_file_name_is_safe_everywhere(text: str) -> None:
    name = slug(text)
    assert name.isascii()
    assert name == "" or not name.startswith((".", "-"))
    assert not name.endswith((".", " ", "-")) or name == ""
    assert not set(name) & set('<>:"/\\|?*\0 ')
    assert len(name) <= 81
    if name:
        assert not PureWindowsPath(f"{name}.yaml").is_reserved()


@pytest.mark.parametrize("device", ["CON", "con.x", "nul", "COM1", "lpt9.a.b", "Aux"])
def test_no_file_is_called_like_a_device(device: str) -> None:
    assert not PureWindowsPath(f"{slug(device)}.yaml").is_reserved()


def test_names_differ_also_where_case_does_not_count() -> None:
    names = Names(["a.yaml"])
    assert [names.give("A", ".yaml"), names.give("a", ".yaml"), names.give("b", ".yaml")] == [
        "A-2.yaml",
        "a-3.yaml",
        "b.yaml",
    ]


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine")
    new = NewFile(path=tmp_path / "a.yaml", content=b"other")
    with pytest.raises(UsageProblem, match="exists"):
        write_new([new], tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.yaml": "mine"}


def test_a_full_disk_leaves_no_file_and_no_part_of_one(tmp_path: Path) -> None:
    into = tmp_path / "new"
    new = [NewFile(path=into / name, content=b"x" * size) for name, size in (("a", 10), ("b", 200_000))]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(UsageProblem, match="cannot be written"):
            write_new(new, into)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(into.iterdir()) == []


def test_a_profile_pays_only_together_and_keeps_what_differs() -> None:
    common = {
        "attributes.account_id": "2",
        "attributes.enrollment_term_id": "3",
        "settings.hide_final_grades": "true",
    }
    courses = [
        Draft(
            name=str(number),
            values={
                "attributes.name": f"Course {number}",
                **common,
                "settings.home_page_announcement_limit": "5" if number == 4 else "3",
            },
        )
        for number in range(1, 5)
    ]
    around = manifest_text(schema="s") + "profiles:\n"
    group = shared("fall-arts", courses, around=around)
    assert group is not None
    assert group.users == 4
    assert profile_text(group.profile) == (
        "  fall-arts:\n    attributes:\n      account_id: 2\n      enrollment_term_id: 3\n"
        "    settings:\n      hide_final_grades: true\n      home_page_announcement_limit: 3\n"
    )
    assert course_text(group.courses[3]) == (
        "  - id: 4\n    profiles: [fall-arts]\n    attributes:\n      name: Course 4\n"
        "    settings:\n      home_page_announcement_limit: 5\n"
    )
    assert shared("fall-arts", courses[:2], around=around) is None


def test_the_html_of_a_hidden_file_is_kept_without_its_mark() -> None:
    assert canonical('<a href="/files/1/x?hidden=1">a</a>') == canonical('<a href="/files/1/x">a</a>')


@pytest.mark.parametrize("graphql", ["old", "off"])
def test_without_graphql_the_same_is_imported_and_what_it_hides(graphql: str, tmp_path: Path) -> None:
    texts = []
    for options in ({}, {"graphql": graphql}):
        lab = Lab(root=tmp_path, options=options)
        lab.sandbox.add_courses(fleet(30))
        made = found(lab)
        texts.append(_text(made))
    assert texts[0] == texts[1].replace("      friendly_name: Our Room\n", "")
    assert made.reads > made.courses
    assert not [item for item in made.diagnostics if "settings." in item.detail]
