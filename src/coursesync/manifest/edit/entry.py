"""The manifest of a course that has no entry yet: its name, and its text before any field is in it."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.dump import scalar_text
from coursesync.manifest.edit.refusals import refusal
from coursesync.manifest.entries import Project
from coursesync.model import LiveCourse

FOLDER = "courses"
_LONGEST_NAME = 80


def first_entry(course_id: str, file: str) -> tuple[bytes, Position]:
    """Return a manifest that declares one course and nothing of it, and the place of its id."""
    written = course_id if course_id.isdigit() else scalar_text(course_id, indent=4)
    return f"courses:\n  - id: {written}\n".encode(), Position(file=file, line=2, column=5)


def free_name(project: Project, live: LiveCourse, taken: Collection[str]) -> str:
    """Return a path for the manifest of a course, relative to the root, that no file has and none will.

    It is made of the SIS id, else of the number. taken: paths given out before.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", live.sis_course_id or "").strip("-.")
    stem = safe[:_LONGEST_NAME] or str(live.id)
    folder = _folder(project)
    there = {path.name.casefold() for path in folder.glob("*")} if folder.is_dir() else set()
    there |= {Path(path).name.casefold() for path in taken}
    names = (f"{stem}{number}.yaml" for number in ("", *(f"-{count}" for count in range(2, len(there) + 3))))
    name = next(name for name in names if name.casefold() not in there)
    return f"{_relative(project)}/{name}"


def not_found(project: Project, *, at: Position, course: str) -> Diagnostic | None:
    """Return why a manifest in the folder of courses would not be read, if it would not."""
    folder = _folder(project)
    root = project.root.resolve()
    if (folder.exists() and not folder.is_dir()) or not folder.is_relative_to(root):
        detail = (
            f"The course has no entry of its own, and {FOLDER} is no folder of the project to put one into."
        )
        return refusal(detail, at=at, hint=f"Make a folder called {FOLDER}.", course=course)
    tops = (
        [root] if project.manifests is None else [(root / name.text).resolve() for name in project.manifests]
    )
    # Folders below a named one are looked through, links among them are not.
    link = (root / FOLDER).is_symlink()
    if any(folder == top or (not link and folder.is_relative_to(top)) for top in tops):
        return None
    detail = f"The course has no entry of its own, and one in {FOLDER} would not be read as a manifest."
    hint = f"Add {FOLDER} to manifests in {project.file}, and make the folder."
    return refusal(detail, at=at, hint=hint, course=course)


def _folder(project: Project) -> Path:
    return (project.root / FOLDER).resolve()


def _relative(project: Project) -> str:
    return _folder(project).relative_to(project.root.resolve()).as_posix()
