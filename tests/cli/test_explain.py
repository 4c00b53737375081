"""`coursesync explain FIELD --course ID`: the page, the document, and what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, manifest, one_course

LAYERED = """\
profiles:
  base:
    attributes: {name: Base}
courses:
  - id: 9001
    profiles: [base]
    attributes:
      name: Genetics
policies:
  - name: open
    select: {account: 1, name: Biology}
    attributes: {name: Botany}
"""
# Field, what the course declares, and the page.
PAGES = {
    "layers of policy, profile and course": (
        "attributes.name",
        LAYERED,
        """\
BIO-1  Biology  (course 9001, unpublished)
  ~ attributes.name    Biology -> Genetics                        courses.yaml:8
      Differs: a plan would change it.
      SIS imports stop updating this field once it is changed here.
  ! attributes.end_at  2026-12-18 07:00Z -> none               lossy side effect
      Canvas erases it on any attribute change while
      restrict_enrollments_to_course_dates is false. To keep it, declare that
      field true together with it.

  Live     Biology
  Desired  Genetics

  Layers, weakest first
  · policy open   Botany                                      courses.yaml:12:18
  · profile base  Base                                         courses.yaml:3:18
  > course        Genetics                                      courses.yaml:8:7

  What guards it
  · It may be ignored: Canvas drops it where the token's user may edit content
    but not update the course. So it does where the account forbids teachers to
    rename courses.

""",
    ),
    "an ignored field": (
        "attributes.course_code",
        "courses:\n  - id: 9001\n    attributes: {course_code: B}\n"
        "    ignore: [{field: attributes.*, reason: decided elsewhere, until: 2099-12-31}]\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  = attributes.course_code  BIO                                   courses.yaml:3
      Ignored: declared, but neither compared nor sent.

  Live     BIO
  Desired  B

  Layers, weakest first
  > course  B                                                  courses.yaml:3:18

  Ignored by
  = attributes.*  decided elsewhere, until 2099-12-31          courses.yaml:4:14

  If it were applied
  ~ attributes.course_code  BIO -> B                              courses.yaml:3
      SIS imports stop updating this field once it is changed here.
  ! attributes.end_at       2026-12-18 07:00Z -> none          lossy side effect
      Canvas erases it on any attribute change while
      restrict_enrollments_to_course_dates is false. To keep it, declare that
      field true together with it.

  What guards it
  · It may be ignored: Canvas drops it where the token's user may edit content
    but not update the course. So it does where the account forbids teachers to
    rename courses.

""",
    ),
    "a field nobody manages": (
        "hide_final_grades",
        "courses:\n  - id: 9001\n    attributes: {}\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  · settings.hide_final_grades  false
      Not managed: no manifest sets it, so Canvas keeps it as it is.

  Live     false

  To manage it, write in the entry at courses.yaml:2:5
      settings:
        hide_final_grades: false

""",
    ),
    "an equal field under an enforced policy": (
        "settings.hide_final_grades",
        "policies:\n  - name: open\n    select: {account: 1, name: Biology}\n    enforce: true\n"
        "    settings: {hide_final_grades: false}\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  = settings.hide_final_grades  false                             courses.yaml:5
      In sync: Canvas shows what is declared.

  Live     false
  Desired  false

  Layers, weakest first
  > policy open  false                                         courses.yaml:5:16

  What guards it
  · The policy "open" is enforced: what the course says cannot win
    (courses.yaml:5:16).

""",
    ),
    "a field Canvas never shows": (
        "show_total_grade_as_points",
        "courses:\n  - id: 9001\n    settings: {show_total_grade_as_points: true}\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  ? settings.show_total_grade_as_points  true                     courses.yaml:3
      Not verifiable: Canvas never shows it; --send-unverified sends it.

  Live     not shown by Canvas
  Desired  true

  Layers, weakest first
  > course  true                                               courses.yaml:3:16

""",
    ),
    "a text of HTML": (
        "syllabus_body",
        "courses:\n  - id: 9001\n    attributes:\n      syllabus_body: <p>One</p><p>Three</p>\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  ~ attributes.syllabus_body  1 line changed               lossy  courses.yaml:4
      | One
    - | Two
    + | Three
      Differs: a plan would change it.
      If the course follows a blueprint, the syllabus is not synced from there
      any more.
  ! attributes.end_at         2026-12-18 07:00Z -> none        lossy side effect
      Canvas erases it on any attribute change while
      restrict_enrollments_to_course_dates is false. To keep it, declare that
      field true together with it.

  Live     2 lines
  Desired  2 lines

  Layers, weakest first
  > course  2 lines                                             courses.yaml:4:7

  What guards it
  · It may be ignored: Canvas kept the old text.

""",
    ),
    "a map of a blueprint": (
        "restrictions",
        "courses:\n  - id: 9001\n    blueprint: {enabled: true, restrictions: {content: true}}\n",
        """\
BIO-1  Biology  (course 9001, unpublished)
  ~ blueprint.restrictions  1 key changed                         courses.yaml:3
      content  false -> true
      Differs: a plan would change it.
      Takes effect in the courses that follow at their next sync.
  ! attributes.end_at       2026-12-18 07:00Z -> none          lossy side effect
      Canvas erases it on any attribute change while
      restrict_enrollments_to_course_dates is false. To keep it, declare that
      field true together with it.

  Live     none
  Desired  {content: true}

  Layers, weakest first
  > course  {content: true}                                    courses.yaml:3:32

  What guards it
  · It needs blueprint.enabled: true, and so it is as declared at
    courses.yaml:3:17.
  · It may be ignored: It needs the right to manage blueprint courses in the
    account.

""",
    ),
}


@pytest.fixture
def biology(canvas: RunningSandbox) -> RunningSandbox:
    """The course with a SIS id, a date that an attribute change erases, and a syllabus."""
    canvas.sandbox.edit(
        COURSE,
        sis_source_id="BIO-1",
        conclude_at="2026-12-18T07:00:00Z",
        syllabus_body="<p>One</p><p>Two</p>",
    )
    return canvas


@pytest.mark.parametrize(("field", "written", "page"), PAGES.values(), ids=PAGES)
def test_the_page_of_a_field(
    project: Path, biology: RunningSandbox, coursesync: Command, field: str, written: str, page: str
) -> None:
    manifest(project, written)
    result = coursesync("explain", field, "--course", COURSE, "--quiet")
    assert result.out == page
    assert (result.code, result.err) == (0, "")
    assert biology.sandbox.writes() == []


def test_the_reference_of_the_field_follows(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, LAYERED)
    alone = coursesync("explain", "attributes.name").out
    page = PAGES["layers of policy, profile and course"][2]
    assert coursesync("explain", "attributes.name", "--course", "BIO-1").out == page + alone


def test_the_document_holds_the_same(project: Path, biology: RunningSandbox, coursesync: Command) -> None:
    manifest(project, LAYERED)
    result = coursesync("explain", "name", "--course", COURSE, "--format", "json")
    document = json.loads(result.out)
    assert (document["format_version"], document["id"], document["policies"]) == ("1.0", COURSE, ["open"])
    (field,) = document["fields"]
    assert (field["standing"], field["live"], field["desired"]) == ("differs", "Biology", "Genetics")
    assert [(said["origin"]["layer"], said["value"], said["wins"]) for said in field["layers"]] == [
        ("policy open", "Botany", False),
        ("profile base", "Base", False),
        ("course", "Genetics", True),
    ]
    assert field["change"]["class"] is None
    assert [effect["field"] for effect in field["side_effects"]] == ["attributes.end_at"]
    assert (document["diagnostics"], result.err) == ([], "")


def test_the_document_can_be_written_beside_the_page(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, LAYERED)
    result = coursesync("explain", "name", "--course", COURSE, "--output", "json=out/name.json")
    assert result.out.startswith("BIO-1  Biology")
    assert json.loads(project.joinpath("out/name.json").read_text())["id"] == COURSE


def test_a_course_that_does_not_exist_is_an_error(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, LAYERED)
    result = coursesync("explain", "name", "--course", "NOPE")
    assert (result.code, result.out) == (1, "")
    assert "error[course-not-found]: Course not found" in result.err
    result = coursesync("explain", "name", "--course", "NOPE", "--format", "json")
    assert result.code == 1
    document = json.loads(result.out)
    assert (document["id"], document["fields"]) == (None, [])
    assert [item["code"] for item in document["diagnostics"]] == ["course-not-found"]


def test_what_stands_in_the_way_of_a_plan_is_shown_with_its_code(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {end_at: 2026-12-19T00:00:00Z}")
    result = coursesync("explain", "end_at", "--course", COURSE, "--quiet")
    assert result.code == 1
    assert "  ! It needs attributes.restrict_enrollments_to_course_dates: true" in result.out
    assert "courses.yaml:3:18: error[unreachable-value]" in result.out


def test_wrong_manifests_are_shown_as_by_plan(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {nam: A}")
    result = coursesync("explain", "name", "--course", COURSE)
    assert (result.code, result.out) == (1, "")
    assert "error[unknown-field]" in result.err
    assert biology.sandbox.log == []


def test_a_canvas_that_refuses_the_token_is_6(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest(project, LAYERED)
    monkeypatch.setenv("CANVAS_API_TOKEN", "x")
    assert coursesync("explain", "name", "--course", COURSE).code == 6


@pytest.mark.parametrize("course", [str(COURSE), "BIO-1", "sis_course_id:BIO-1"])
def test_a_saved_state_needs_no_token(
    project: Path,
    biology: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    course: str,
) -> None:
    manifest(project, LAYERED)
    assert coursesync("plan", "--save-live", "live.json").code == 0
    monkeypatch.delenv("CANVAS_API_TOKEN")
    monkeypatch.delenv("CANVAS_API_URL")
    result = coursesync("explain", "attributes.name", "--course", course, "--live", "live.json", "--quiet")
    assert result.out == PAGES["layers of policy, profile and course"][2]
    missing = coursesync("explain", "attributes.name", "--course", "NOPE", "--live", "live.json")
    assert missing.code == 1
    assert "error[snapshot-incomplete]" in missing.err


def test_a_saved_state_that_is_none_is_refused(project: Path, coursesync: Command) -> None:
    manifest(project, LAYERED)
    project.joinpath("live.json").write_bytes(b"\xff")
    result = coursesync("explain", "name", "--course", COURSE, "--live", "live.json")
    assert (result.code, result.err) == (1, "Error: live.json cannot be read as live state.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("name", "--format", "json"), "--live, --var, --var-file and --format are for a course."),
        (("name", "--course", "1", "--format", "markdown"), "explain prints text or json, not markdown."),
        (("nam", "--course", "1"), '"nam" is no field coursesync knows.'),
    ],
)
def test_wrong_usage_is_told(
    project: Path, coursesync: Command, arguments: tuple[str, ...], said: str
) -> None:
    result = coursesync("explain", *arguments)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"Error: {said}\n")


def test_a_name_that_cannot_be_declared_is_explained_without_asking_for_the_course(
    project: Path, biology: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("explain", "event", "--course", COURSE)
    assert result.code == 0
    assert "Cannot be declared." in result.out
    assert biology.sandbox.log == []


def test_the_reference_alone_imports_no_http_client(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom coursesync.cli import run\nassert run(['explain', 'attributes.name']) == 0\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert not set(done.stderr.split()) & {"httpx", "pydantic", "ruamel", "rich", "asyncio"}
