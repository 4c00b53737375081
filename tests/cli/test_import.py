"""`coursesync import` on the command line: what it says, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox, fleet
from tests.cli.conftest import COURSE, Command, manifest


def tree(project: Path) -> list[str]:
    return sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())


@pytest.mark.usefixtures("canvas")
def test_what_was_written_is_said_and_a_plan_of_it_is_empty(project: Path, coursesync: Command) -> None:
    done = coursesync("import", COURSE, "sis_course_id:ENG-101-2026FA")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "  syllabi/ENG-101-2026FA.html\n"
        f"  courses/BIO-{COURSE}.yaml\n"
        "  courses/ENG-101-2026FA.yaml\n"
        "\n"
        "Wrote 3 files: 2 courses, 11 fields.\n"
        "Read with 6 requests; Canvas was not changed.\n"
    )
    assert coursesync("validate", "--strict").code == 0
    plan = coursesync("plan", "--strict", "--detailed-exitcode")
    assert plan.code == 0, plan.said
    again = coursesync("import", COURSE, "sis_course_id:ENG-101-2026FA")
    assert again.code == 0
    assert again.out.startswith(
        "2 courses skipped: the project declares them already.\nNothing new to import."
    )


@pytest.mark.usefixtures("canvas")
def test_a_dry_run_lists_files_and_writes_none(project: Path, coursesync: Command) -> None:
    done = coursesync("import", "--account", 1, "--term", "sis_term_id:2026FA", "--dry-run")
    assert done.code == 0
    assert "  courses/ENG-101-2026FA.yaml\n" in done.out
    assert "Would write" in done.out
    assert tree(project) == []


def test_many_files_are_counted_by_folder(canvas: RunningSandbox, project: Path, coursesync: Command) -> None:
    canvas.sandbox.add_courses(fleet(60))
    done = coursesync("import", "--account", 1, "--profiles")
    assert done.code == 0
    lines = done.out.splitlines()
    courses = len(list(project.glob("courses/*.yaml")))
    assert f"  courses/  {courses} files" in lines
    assert any(line.startswith("  profile fall-2026-nursing, in ") for line in lines)
    assert (project / "profiles" / "fall-2026-nursing.yaml").is_file()
    assert coursesync("plan", "--strict", "--detailed-exitcode").code == 0
    assert coursesync("fmt", "--check").code == 0
    assert "settings.restrict_quantitative_data" in done.err


@pytest.mark.usefixtures("canvas")
def test_json_is_one_document(project: Path, coursesync: Command) -> None:
    done = coursesync("import", COURSE, 999999, "--format", "json", "--output", "text=said.txt")
    assert (done.code, done.err) == (1, "")
    document = json.loads(done.out)
    assert {key: document[key] for key in ("format_version", "files", "courses", "skipped", "profiles")} == {
        "format_version": "1.0",
        "files": [{"path": f"courses/BIO-{COURSE}.yaml", "courses": 1}],
        "courses": 1,
        "skipped": 0,
        "profiles": [],
    }
    assert [item["code"] for item in document["diagnostics"]] == ["course-not-found"]
    assert (project / "said.txt").read_text().startswith(f"  courses/BIO-{COURSE}.yaml\n")


@pytest.mark.usefixtures("canvas")
def test_files_go_into_the_folder_that_was_named(project: Path, coursesync: Command) -> None:
    manifest(project, "manifests: [canvas/courses]\n", "coursesync.yaml")
    done = coursesync("import", "--account", 4, "--into", "canvas", "--profiles")
    assert done.code == 0, done.said
    assert all(path.startswith(("canvas/", "coursesync.yaml")) for path in tree(project))
    assert coursesync("validate").code == 0
    elsewhere = coursesync("import", "--account", 2, "--layout", "one-file", "--into", "other")
    assert elsewhere.code == 0
    assert "warning[manifest-unread]" in elsewhere.err
    assert "Add to manifests in coursesync.yaml: other\n" in elsewhere.err


@pytest.mark.usefixtures("canvas")
@pytest.mark.parametrize("has_file", [True, False], ids=["project file", "none"])
def test_no_file_goes_outside_the_project(has_file: bool, project: Path, coursesync: Command) -> None:
    if has_file:
        manifest(project, "manifests: [courses]\n", "coursesync.yaml")
    done = coursesync("import", "--account", 1, "--into", "..")
    assert done.code == 1
    assert "lies outside the project" in done.err
    assert tree(project) == ["coursesync.yaml"] * has_file


@pytest.mark.usefixtures("canvas")
def test_a_project_whose_manifests_are_broken_is_not_added_to(project: Path, coursesync: Command) -> None:
    manifest(project, f"courses:\n  - id: {COURSE}\n    settings: {{hide_final_grades: yes}}\n")
    done = coursesync("import", "--account", 1)
    assert done.code == 1
    assert "courses.yaml:3:35" in done.err
    assert tree(project) == ["courses.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name the courses by an account or by their ids"),
        (("7", "--account", "1"), "Name the courses by an account or by their ids"),
        (("--account", "77"), "no account 77"),
        (("--account", "1", "--term", "sis_term_id:X"), "no term sis_term_id:X"),
        (("Biology",), "no id of a course"),
        (("7", "--format", "markdown"), "import prints text or json"),
        (("7", "--output", "html=x.html"), "import prints text or json"),
        (("--account", "1", "--target", "X-*"), "Nothing selected"),
    ],
)
@pytest.mark.usefixtures("canvas")
def test_wrong_usage_is_explained(
    arguments: tuple[str, ...], said: str, project: Path, coursesync: Command
) -> None:
    done = coursesync("import", *arguments)
    assert done.code == 1
    assert said in done.err
    assert tree(project) == []


@pytest.mark.usefixtures("canvas", "project")
def test_who_may_not_ask_ends_with_a_code_of_its_own(
    coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-teacher")
    refused = coursesync("import", "--account", 1)
    assert (refused.code, "The token may not read account 1" in refused.err) == (1, True)
    monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-expired")
    assert coursesync("import", "--account", 1).code == 6
    monkeypatch.setenv("COURSESYNC_ALLOWED_HOSTS", "school.instructure.com")
    assert coursesync("import", "--account", 1).code == 5
