"""No file of a project leads out of it, to a device, or to a pipe, whichever command reads or writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coursesync.errors import UsageProblem
from coursesync.manifest.layout.files import lay_out
from coursesync.manifest.load import find_project, load
from coursesync.workflow.adopt import write_new
from coursesync.workflow.adopt.layout import NewFile
from tests.effort import times

SECRET = "s3cret"
INCLUDING = "courses: [{{id: 1, attributes: {{syllabus_body: {{file: {path}}}}}}}]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project beside a folder that is none of its business."""
    for folder in ("project/content", "outside"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "outside" / "secret.md").write_text(SECRET, encoding="utf-8")
    (tmp_path / "outside" / "courses.yaml").write_text("courses: [{id: 7}]\n", encoding="utf-8")
    return (tmp_path / "project").resolve()


def codes(root: Path, path: str) -> set[str]:
    """Include a path from the only manifest, and return what is wrong; nothing of it may be read."""
    (root / "courses.yaml").write_text(INCLUDING.format(path=f'"{path}"'), encoding="utf-8")
    project, _ = find_project(root)
    found = load(project)
    assert SECRET not in repr(found.manifest)
    assert "root:" not in repr(found.manifest)
    return {item.code for item in found.diagnostics}


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.md",
        "content/../../outside/secret.md",
        "/etc/passwd.md",
        "/proc/self/environ.md",
        "content/link.md",
        "content/folder/secret.md",
        "content/absolute.md",
    ],
)
def test_an_included_file_is_inside_or_refused(root: Path, path: str) -> None:
    (root / "content" / "link.md").symlink_to("../../outside/secret.md")
    (root / "content" / "folder").symlink_to(root.parent / "outside")
    (root / "content" / "absolute.md").symlink_to("/proc/self/environ")
    assert codes(root, path) <= {"outside-project", "missing-file"} != set()
    assert codes(root, path)


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "/dev/tty", "/proc/self/mem"])
def test_a_device_is_refused_and_not_read(root: Path, target: str) -> None:
    (root / "content" / "page.md").symlink_to(target)
    assert codes(root, "content/page.md") <= {"outside-project", "missing-file"}
    assert codes(root, "content/page.md")


def test_a_pipe_is_refused_and_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "content" / "page.md")
    assert codes(root, "content/page.md") == {"missing-file"}


@pytest.mark.parametrize(
    "entry", ["../outside", "../outside/courses.yaml", "/etc", "link", "link/courses.yaml"]
)
def test_a_manifest_that_the_project_file_names_is_inside_or_refused(root: Path, entry: str) -> None:
    (root / "link").symlink_to(root.parent / "outside")
    (root / "coursesync.yaml").write_text(f'manifests: ["{entry}"]\n', encoding="utf-8")
    project, _ = find_project(root)
    found = load(project)
    assert found.manifest.courses == ()
    assert "outside-project" in {item.code for item in found.diagnostics}


def test_fmt_does_not_lay_out_what_a_link_leads_to_outside(root: Path) -> None:
    (root / "courses.yaml").symlink_to(root.parent / "outside" / "courses.yaml")
    (root / "folder").symlink_to(root.parent / "outside")
    project, _ = find_project(root)
    assert lay_out(project).patches == ()


def test_an_import_does_not_write_through_a_folder_that_leads_outside(root: Path) -> None:
    (root / "courses").symlink_to(root.parent / "outside")
    new = NewFile(path=root / "courses" / "new.yaml", content=b"courses: []\n")
    with pytest.raises(UsageProblem, match="leads elsewhere"):
        write_new([new], root)
    assert sorted(item.name for item in (root.parent / "outside").iterdir()) == ["courses.yaml", "secret.md"]
    assert [item.name for item in root.iterdir() if item.name.startswith(".")] == []


def test_an_import_does_not_write_over_a_link(root: Path) -> None:
    (root / "new.yaml").symlink_to(root.parent / "outside" / "made.yaml")
    with pytest.raises(UsageProblem, match="exists"):
        write_new([NewFile(path=root / "new.yaml", content=b"x")], root)
    assert not (root.parent / "outside" / "made.yaml").exists()


EXCHANGE = """
import sys
from pathlib import Path
content = Path(sys.argv[1])
while True:
    for target in ("mine.md", "../../outside/secret.md"):
        fresh = content / "fresh"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(content / "page.md")
"""


def test_a_file_exchanged_again_and_again_is_read_from_inside_or_not_at_all(root: Path) -> None:
    (root / "content" / "mine.md").write_text("mine", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", EXCHANGE, str(root / "content")]) as exchanging:
        try:
            for _ in range(times(100, soak=5_000)):
                codes(root, "content/page.md")
        finally:
            exchanging.kill()
