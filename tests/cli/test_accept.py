"""`accept` on the command line: what is written, what is said on which stream, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, manifest, one_course

TEXT = f"""\
# ours
courses:
  - id: {COURSE}
    attributes:
      name: Botany # for now
      default_view: modules
"""


@pytest.fixture
def edited(project: Path, canvas: RunningSandbox) -> Path:
    """A manifest that says something else than Canvas."""
    canvas.sandbox.edit(COURSE, default_view="feed")
    return manifest(project, TEXT)


def test_live_values_are_written_and_a_plan_is_empty_then(
    edited: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("accept")
    assert result.code == 0
    assert result.err == ""
    assert result.out == (
        "course 9001  Biology\n"
        "  ~ attributes.name          Botany -> Biology                    courses.yaml:5\n"
        "  ~ attributes.default_view  modules -> feed                      courses.yaml:6\n"
        "\n"
        "Accepted 2 values of 1 course in 1 file.\n"
    )
    assert edited.read_text("utf-8") == TEXT.replace("Botany", "Biology").replace("modules", "feed")
    assert coursesync("plan", "--detailed-exitcode").code == 0
    assert canvas.sandbox.writes() == []


def test_nothing_to_accept_is_no_error(edited: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    coursesync("accept")
    result = coursesync("accept")
    assert (result.code, result.out) == (0, "Nothing to accept: the manifests say what Canvas has.\n")


def test_one_document_of_json_is_printed_on_request(
    edited: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("accept", "--field", "attributes.name", "--format", "json")
    assert result.code == 0
    document = json.loads(result.out)
    assert list(document) == ["format_version", "accepted", "refused", "files"]
    assert document["accepted"] == [
        {
            "course": str(COURSE),
            "field": "attributes.name",
            "before": "Botany",
            "after": "Biology",
            "file": "courses.yaml",
            "line": 5,
            "into": "course",
        }
    ]
    assert document["refused"] == []
    (file,) = document["files"]
    assert (file["file"], file["created"]) == ("courses.yaml", False)
    assert "+      name: Biology # for now\n" in file["patch"]
    assert edited.read_text("utf-8") == TEXT.replace("Botany", "Biology")


def test_a_dry_run_prints_a_patch_and_nothing_else_on_stdout(
    edited: Path, project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("accept", "--dry-run")
    assert result.code == 0
    assert result.out == (
        "--- a/courses.yaml\n"
        "+++ b/courses.yaml\n"
        "@@ -2,5 +2,5 @@\n"
        " courses:\n"
        f"   - id: {COURSE}\n"
        "     attributes:\n"
        "-      name: Botany # for now\n"
        "-      default_view: modules\n"
        "+      name: Biology # for now\n"
        "+      default_view: feed\n"
    )
    assert result.err.endswith("Would accept 2 values of 1 course in 1 file; nothing was written.\n")
    assert edited.read_text("utf-8") == TEXT
    assert [path.name for path in project.iterdir()] == ["courses.yaml"]
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
    applied = subprocess.run(
        ["git", "apply"], cwd=project, input=result.out.encode(), check=False, env=environment
    )
    assert applied.returncode == 0
    assert coursesync("plan", "--detailed-exitcode").code == 0


def test_a_dry_run_as_json_writes_nothing(edited: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    result = coursesync("accept", "--dry-run", "--format", "json")
    assert len(json.loads(result.out)["accepted"]) == 2
    assert edited.read_text("utf-8") == TEXT


def test_what_is_refused_is_said_with_its_place_and_the_rest_is_written(
    edited: Path, canvas: RunningSandbox, coursesync: Command, project: Path
) -> None:
    manifest(project, "<p>Old</p>\n", "content/x.html")
    edited.write_text(f"{TEXT}      syllabus_body: {{file: content/x.html}}\n", "utf-8")
    canvas.sandbox.edit(COURSE, syllabus_body="<p>New</p>")
    result = coursesync("accept")
    assert result.code == 1
    assert "courses.yaml:7:22: error[not-accepted]: Live value not accepted\n" in result.out
    assert "Add --into-files to write content/x.html" in result.out
    assert result.out.endswith("Accepted 2 values of 1 course in 1 file. Refused: 1 problem, see above.\n")
    again = coursesync("accept", "--into-files")
    assert again.code == 0
    assert project.joinpath("content/x.html").read_text("utf-8") == "<p>New</p>\n"
    assert "content/x.html:1\n" in again.out


def test_quiet_says_only_how_it_ended(edited: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    result = coursesync("accept", "--quiet")
    assert result.out == "Accepted 2 values of 1 course in 1 file.\n"


def test_the_layer_that_is_changed_is_named(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    text = (
        f"profiles:\n  p: {{attributes: {{name: Botany}}}}\ncourses:\n  - {{id: {COURSE}, profiles: [p]}}\n"
    )
    file = manifest(project, text)
    result = coursesync("accept", "--into-profile")
    assert result.code == 0
    assert "courses.yaml:2\n      in the profile p\n" in result.out
    assert file.read_text("utf-8") == text.replace("Botany", "Biology")


def test_a_path_and_a_target_choose_courses(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM")
    one, two = (
        manifest(project, f"courses:\n  - id: {number}\n    attributes: {{name: X}}\n", f"{number}.yaml")
        for number in (COURSE, 9002)
    )
    assert coursesync("accept", "9002.yaml").code == 0
    assert ("name: X" in one.read_text("utf-8"), "name: X" in two.read_text("utf-8")) == (True, False)
    assert coursesync("accept", "--exclude", "Bio*").code == 0
    assert "name: X" in one.read_text("utf-8")
    assert coursesync("accept", "--target", "Bio*").code == 0
    assert "name: Biology" in one.read_text("utf-8")


@pytest.mark.parametrize("format_", ["text", "json"])
def test_broken_manifests_are_refused_with_all_problems_and_nothing_is_asked(
    project: Path, canvas: RunningSandbox, coursesync: Command, format_: str
) -> None:
    text = f"courses:\n  - id: {COURSE}\n    attributes: {{name: X, nmae: Y}}\n"
    text += "    settings: {hide_final_grades: yes}\n"
    file = manifest(project, text)
    result = coursesync("accept", "--format", format_)
    assert result.code == 1
    said = result.err if format_ == "text" else result.out
    assert "unknown-field" in said
    assert "wrong-type" in said
    assert file.read_text("utf-8") == text
    assert canvas.sandbox.log == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--field", "attributes.nmae"], 'Did you mean "attributes.name"?'),
        (["--field", ""], "matches no field"),
        (["--format", "markdown"], "accept prints text or json, not markdown."),
        (["--output", "junit=x.xml"], "accept prints text or json, not junit."),
        (["nowhere.yaml"], 'There is no file or folder "nowhere.yaml".'),
    ],
)
def test_wrong_usage_is_said_before_anything_is_asked(
    edited: Path, canvas: RunningSandbox, coursesync: Command, arguments: list[str], words: str
) -> None:
    result = coursesync("accept", *arguments)
    assert result.code == 1
    assert words in " ".join(result.said.split())
    assert canvas.sandbox.log == []
    assert edited.read_text("utf-8") == TEXT


def test_a_target_that_fits_no_course_is_an_error(
    edited: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("accept", "--target", "NONE")
    assert result.code == 1
    assert "error[no-entry-selected]: Nothing selected\n  No course fits --target" in result.out


def test_results_are_written_to_files_too(
    edited: Path, project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("accept", "--output", "json=out/accepted.json")
    assert result.out.startswith("course 9001")
    document = json.loads(project.joinpath("out/accepted.json").read_text("utf-8"))
    assert [item["field"] for item in document["accepted"]] == ["attributes.name", "attributes.default_view"]


def test_a_course_the_token_may_not_read_is_refused(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = one_course(project, "attributes: {name: Botany}")
    text = file.read_text("utf-8")
    monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-restricted")
    result = coursesync("accept")
    assert result.code == 1
    assert "courses.yaml:2:5: error[" in result.out
    assert result.out.endswith("Nothing was accepted. Refused: 1 problem, see above.\n")
    assert file.read_text("utf-8") == text


@pytest.mark.parametrize("token", ["nobody", "sandbox-expired"])
def test_a_refused_token_ends_the_run(
    edited: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("CANVAS_API_TOKEN", token)
    assert coursesync("accept").code == 6
    assert edited.read_text("utf-8") == TEXT


def test_a_file_that_cannot_be_written_is_refused(
    edited: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited.chmod(0o444)
    if os.access(edited, os.W_OK):
        # The superuser may write anywhere; ask as somebody else would be answered.
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    result = coursesync("accept", "--format", "json")
    assert result.code == 1
    document = json.loads(result.out)
    assert (document["accepted"], document["files"]) == ([], [])
    assert [(item["line"], item["detail"]) for item in document["refused"]] == [
        (5, "attributes.name was not written, as courses.yaml cannot be: it is read-only."),
        (6, "attributes.default_view was not written, as courses.yaml cannot be: it is read-only."),
    ]
    assert edited.read_text("utf-8") == TEXT


def test_under_strict_a_warning_is_an_error(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(
        project,
        "policies:\n  - name: none\n    select: {account: 2, name: NONE}\n    attributes: {locale: de}\n",
    )
    result = coursesync("accept")
    assert result.code == 0
    assert "warning[policy-matches-nothing]" in result.out
    assert coursesync("accept", "--strict").code == 1


def test_values_that_act_on_a_terminal_are_shown_as_escapes(
    edited: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, name="\x1b[31mBiology\x07")
    result = coursesync("accept")
    assert "\x1b" not in result.said
    assert "\\x1b" in result.out
