"""Choose courses by the files that declare them and by the names they declare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from coursesync.catalogue.course import NAME, SIS_COURSE_ID
from coursesync.catalogue.types import closest, shown
from coursesync.diagnostics import Diagnostic, Severity, problem
from coursesync.model import DesiredCourse, SourceFile


def select(
    courses: Sequence[DesiredCourse],
    *,
    root: Path,
    paths: Sequence[Path] = (),
    target: Sequence[str] = (),
    exclude: Sequence[str] = (),
    files: Sequence[SourceFile] = (),
) -> tuple[tuple[DesiredCourse, ...], tuple[Diagnostic, ...]]:
    """Return the courses declared below `paths` (all if none is given) that the globs leave, in their order.

    files: what the manifests rest on. Relative paths count from the working directory. A path or a target
    that selects nothing is an error, a path to files that only support courses a warning.
    """
    chosen = set(range(len(courses))) if not paths else set[int]()
    diagnostics: list[Diagnostic] = []
    for path in paths:
        inside, wrong = _declared_below(path, courses, root.resolve(), files)
        chosen |= inside
        diagnostics += wrong
    declared = [course for index, course in enumerate(courses) if index in chosen]
    left = [
        course
        for course in declared
        if (not target or glob_match(target, declared_names(course)))
        and not glob_match(exclude, declared_names(course))
    ]
    if declared and not left:
        diagnostics.append(_nothing_left(target, declared))
    return tuple(left), tuple(diagnostics)


def glob_match(globs: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether one of the globs matches one of the names, case and all."""
    known = tuple(names)
    return any(fnmatchcase(name, glob) for glob in globs for name in known)


def declared_names(course: DesiredCourse) -> tuple[str, ...]:
    """Return what a glob may call a course: its id with and without prefix, its declared SIS id and name."""
    _, _, bare = course.id.partition(":")
    declared = (course.state.get(row.address) for row in (SIS_COURSE_ID, NAME))
    names = (course.id, bare, *(value for value in declared if isinstance(value, str)))
    return tuple(dict.fromkeys(name for name in names if name))


def _declared_below(
    path: Path, courses: Sequence[DesiredCourse], root: Path, files: Sequence[SourceFile]
) -> tuple[set[int], tuple[Diagnostic, ...]]:
    written = shown(str(path))
    try:
        place = path.resolve()
        exists = place.exists()
    except (OSError, RuntimeError, ValueError):
        place, exists = root, False
    if not exists:
        hint = "Name a manifest or a folder of manifests."
        return set(), (problem("missing-file", f'There is no file or folder "{written}".', hint=hint),)
    if not place.is_relative_to(root):
        detail = f'"{written}" lies outside the project, whose root is {root}.'
        hint = "Run coursesync inside the project of that file, or name its project file with --project."
        return set(), (problem("outside-project", detail, hint=hint),)
    inside = {i for i, item in enumerate(courses) if _within(place, root, item.position.file)}
    if inside:
        return inside, ()
    return set(), (_nothing_inside(written, known=any(_within(place, root, file.path) for file in files)),)


def _within(place: Path, root: Path, file: str) -> bool:
    return (root / file).is_relative_to(place)


def _nothing_inside(written: str, *, known: bool) -> Diagnostic:
    hint = "Name a file that has courses, or no path at all for every course."
    if known:
        detail = f'"{written}" declares no course; what it holds takes effect in courses of other files.'
        return problem("no-entry-selected", detail, hint=hint, severity=Severity.WARNING)
    detail = f'No course is declared in "{written}".'
    return problem("no-entry-selected", detail, hint=hint)


def _nothing_left(target: Sequence[str], courses: Sequence[DesiredCourse]) -> Diagnostic:
    names = [name for course in courses for name in declared_names(course)]
    near = next((found for glob in target if (found := closest(glob, names))), None)
    detail = "--target and --exclude leave none of the declared courses."
    hint = (
        f'Did you mean --target "{shown(near)}"?'
        if near
        else "Globs match ids, SIS ids and names, case and all."
    )
    return problem("no-entry-selected", detail, hint=hint)
