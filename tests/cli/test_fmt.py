"""`coursesync fmt`: what is written, listed or printed, and what is left alone."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command, manifest

UNTIDY = "courses:\n- profiles: [a]  # why\n  id: 1\n"
TIDY = "courses:\n  - id: 1\n    profiles: [a]  # why\n"
BROKEN = "courses: [\n"
PATCH = """\
--- a/courses.yaml
+++ b/courses.yaml
@@ -1,3 +1,3 @@
 courses:
-- profiles: [a]  # why
-  id: 1
+  - id: 1
+    profiles: [a]  # why
"""


def test_every_manifest_and_the_project_file_are_formatted(project: Path, coursesync: Command) -> None:
    manifest(project, UNTIDY, "courses/one.yaml")
    manifest(project, TIDY, "two.yml")
    manifest(project, "services:\n- web:  1\n", "compose.yaml")
    manifest(project, "environments:\n    b: {url: https://b.example}\n", "coursesync.yaml")
    done = coursesync("fmt")
    assert (done.code, done.out) == (0, "")
    assert done.err == "Formatted coursesync.yaml\nFormatted courses/one.yaml\n2 of 3 files formatted.\n"
    assert project.joinpath("courses/one.yaml").read_text() == TIDY
    assert project.joinpath("compose.yaml").read_text() == "services:\n- web:  1\n"
    assert project.joinpath("coursesync.yaml").read_text() == (
        "environments:\n  b: {url: https://b.example}\n"
    )
    assert coursesync("fmt").err == "0 of 3 files formatted.\n"


def test_only_the_files_that_the_project_file_names_are_formatted(project: Path, coursesync: Command) -> None:
    manifest(project, UNTIDY, "courses/one.yaml")
    manifest(project, UNTIDY, "drafts/two.yaml")
    manifest(project, "manifests: [courses]\n", "coursesync.yaml")
    assert coursesync("fmt", "--check").out == "courses/one.yaml\n"
    assert coursesync("fmt", "--check", "drafts/two.yaml").out == "drafts/two.yaml\n"


def test_a_path_means_a_file_or_all_manifests_in_a_folder(project: Path, coursesync: Command) -> None:
    one, two, three = (manifest(project, UNTIDY, f"{name}.yaml") for name in ("a/one", "a/two", "b/three"))
    done = coursesync("fmt", "a", two)
    assert done.err == "Formatted a/one.yaml\nFormatted a/two.yaml\n2 of 2 files formatted.\n"
    assert (one.read_text(), two.read_text(), three.read_text()) == (TIDY, TIDY, UNTIDY)


def test_a_file_outside_the_project_is_formatted_where_it_is_named(
    project: Path, coursesync: Command, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = manifest(tmp_path_factory.mktemp("outside"), UNTIDY)
    assert coursesync("fmt", outside).code == 0
    assert outside.read_text() == TIDY


def test_check_writes_nothing_and_lists_what_would_change(project: Path, coursesync: Command) -> None:
    path = manifest(project, UNTIDY)
    manifest(project, TIDY, "tidy.yaml")
    done = coursesync("fmt", "--check")
    assert (done.code, done.out, done.err) == (1, "courses.yaml\n", "1 of 2 files would be formatted.\n")
    assert path.read_text() == UNTIDY


def test_check_is_content_with_files_in_order(project: Path, coursesync: Command) -> None:
    manifest(project, TIDY)
    done = coursesync("fmt", "--check")
    assert (done.code, done.out, done.err) == (0, "", "0 of 1 file would be formatted.\n")


def test_diff_prints_a_patch_and_writes_nothing(project: Path, coursesync: Command) -> None:
    path = manifest(project, UNTIDY)
    done = coursesync("fmt", "--diff")
    assert (done.code, done.out, done.err) == (0, PATCH, "")
    assert coursesync("fmt", "--diff", "--check").code == 1
    assert path.read_text() == UNTIDY


def _stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_stdin_goes_to_stdout(project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    _stdin(monkeypatch, UNTIDY)
    done = coursesync("fmt", "-")
    assert (done.code, done.out, done.err) == (0, TIDY, "")
    _stdin(monkeypatch, "environments: {}\nmanifests: [a]\n")
    assert coursesync("fmt", "-").out == "manifests: [a]\nenvironments: {}\n"


def test_stdin_can_be_checked_and_compared(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stdin(monkeypatch, UNTIDY)
    done = coursesync("fmt", "-", "--check")
    assert (done.code, done.out) == (1, "stdin\n")
    _stdin(monkeypatch, UNTIDY)
    assert coursesync("fmt", "-", "--diff").out == PATCH.replace("courses.yaml", "stdin")


def test_nothing_is_printed_for_a_broken_stdin(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stdin(monkeypatch, BROKEN)
    done = coursesync("fmt", "-")
    assert (done.code, done.out) == (1, "")
    assert "stdin:2:1: error[yaml-syntax]" in done.err


def test_stdin_stands_alone(project: Path, coursesync: Command) -> None:
    path = manifest(project, UNTIDY)
    done = coursesync("fmt", "-", path)
    assert (done.code, done.err) == (1, "Error: - stands for stdin, and stands alone.\n  coursesync fmt -\n")


def test_a_broken_file_is_shown_and_the_others_are_formatted(project: Path, coursesync: Command) -> None:
    broken = manifest(project, BROKEN, "a.yaml")
    path = manifest(project, UNTIDY)
    done = coursesync("fmt")
    assert done.code == 1
    assert "a.yaml:2:1: error[yaml-syntax]: Not valid YAML" in done.err
    assert (broken.read_text(), path.read_text()) == (BROKEN, TIDY)


def test_a_file_that_is_none_is_an_error(project: Path, coursesync: Command) -> None:
    path = manifest(project, UNTIDY)
    project.joinpath("empty").mkdir()
    done = coursesync("fmt", "courses.yml", "empty", path)
    assert done.code == 1
    assert "error[missing-file]" in done.err
    assert "error[no-manifests]" in done.err
    assert path.read_text() == TIDY


def test_a_folder_without_manifests_is_an_error(project: Path, coursesync: Command) -> None:
    done = coursesync("fmt")
    assert done.code == 1
    assert "error[no-manifests]: No manifests found" in done.err


def test_a_project_file_that_is_missing_is_an_error(project: Path, coursesync: Command) -> None:
    done = coursesync("fmt", "--project", "nowhere.yaml")
    assert done.code == 1
    assert "error[missing-file]" in done.err


def test_a_file_that_cannot_be_written_is_shown_and_the_others_are_formatted(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = manifest(project, UNTIDY, "a.yaml")
    path = manifest(project, UNTIDY)
    # The administrator, as whom tests may run, may write everything.
    monkeypatch.setattr(os, "access", lambda name, mode: Path(name) != locked)
    done = coursesync("fmt")
    assert done.code == 1
    assert "error[left-alone]" in done.err
    assert "a.yaml cannot be written: it is read-only." in done.err
    assert "1 of 2 files formatted." in done.err
    assert (locked.read_text(), path.read_text()) == (UNTIDY, TIDY)


def test_the_mode_is_kept_and_a_link_is_followed(project: Path, coursesync: Command) -> None:
    path = manifest(project, UNTIDY, "real/courses.yaml")
    path.chmod(0o640)
    link = project / "link.yaml"
    link.symlink_to(path)
    assert coursesync("fmt").err == "Formatted link.yaml\n1 of 1 file formatted.\n"
    assert link.is_symlink()
    assert path.read_text() == TIDY
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [item.name for item in path.parent.iterdir()] == ["courses.yaml"]


def test_included_files_are_no_manifests(project: Path, coursesync: Command) -> None:
    manifest(project, "courses:\n- attributes:\n    syllabus_body: {file: a.html}\n  id: 1\n")
    html = manifest(project, "<p>  a  </p>", "a.html")
    assert coursesync("fmt").err == "Formatted courses.yaml\n1 of 1 file formatted.\n"
    assert html.read_text() == "<p>  a  </p>"


def test_no_http_client_is_imported_to_format(project: Path) -> None:
    manifest(project, UNTIDY)
    code = (
        "import sys\nfrom coursesync.cli import run\nassert run(['fmt']) == 0\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"httpx", "tenacity", "deepdiff", "asyncio", "rich"}
