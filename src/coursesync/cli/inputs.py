"""What the commands start from: manifests resolved to desired courses, and a client for Canvas."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import credentials
from coursesync.cli.options import environment
from coursesync.diagnostics import Diagnostic, errors, ordered
from coursesync.manifest.entries import Project
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve
from coursesync.manifest.select import select
from coursesync.model import DesiredCourse, Source, SourceFile
from coursesync.workflow import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """The manifests of a project: the selected courses, every problem, and the files they came from."""

    project: Project
    courses: tuple[DesiredCourse, ...]
    diagnostics: tuple[Diagnostic, ...]
    source: Source

    def broken(self, *, strict: bool) -> bool:
        """Tell whether a problem forbids going on."""
        return bool(errors(self.diagnostics, strict=strict))


def read_manifests(paths: Sequence[Path], *, project_file: Path | None) -> Manifests:
    """Load and resolve every manifest of the project; `paths` choose entries, never files to leave out."""
    project, problems = find_project(Path.cwd(), project_file)
    loaded = load(project, paths=paths)
    courses, more = resolve(loaded.manifest, today=clock().today)
    chosen, unselected = select(courses, root=project.root, paths=paths, files=loaded.files)
    return Manifests(
        project=project,
        courses=chosen,
        diagnostics=ordered((*problems, *loaded.diagnostics, *more, *unselected)),
        source=checkout(project.root, loaded.files),
    )


def checkout(root: Path, files: Sequence[SourceFile]) -> Source:
    """Return which files a plan is made from, and which commit they belong to, if any."""
    commit = _git(root, "rev-parse", "HEAD")
    dirty = bool(commit) and bool(_git(root, "status", "--porcelain", "--", "."))
    return Source(commit=commit or None, dirty=dirty, manifests=tuple(files))


def _git(root: Path, *arguments: str) -> str:
    """Ask git; a machine without it, or a folder that is no checkout, answers with nothing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def clock() -> Clock:
    """Return the real clock."""
    return Clock(now=lambda: datetime.now(UTC), sleep=asyncio.sleep)


def client(*, parallelism: int, read_only: bool) -> Canvas:
    """Return a client for the Canvas the environment names. Raises UsageProblem or UnsafePlan."""
    return Canvas(credentials(environment()), parallelism=parallelism, read_only=read_only)
