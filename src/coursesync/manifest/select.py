"""Choose courses and policies by the files that declare them, and courses by the names they declare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from coursesync.catalogue.course import NAME, SIS_COURSE_ID
from coursesync.catalogue.types import closest, shown
from coursesync.diagnostics import Diagnostic, Severity, problem
from coursesync.model import DesiredCourse, Policy, SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What paths and globs leave: courses, names of policies, and what is wrong with the choice."""

    courses: tuple[DesiredCourse, ...]
    policies: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def select(
    courses: Sequence[DesiredCourse],
    policies: Sequence[Policy] = (),
    *,
    root: Path,
    paths: Sequence[Path] = (),
    target: Sequence[str] = (),
    exclude: Sequence[str] = (),
    files: Sequence[SourceFile] = (),
) -> Selected:
    """Return the courses and policies declared below `paths` (all if none is given), in their order.

    The globs leave out courses only: what a policy matches is not known here. files: what the manifests rest
    on. Relative paths count from the working directory. A path or a target that selects nothing is an error,
    a path to files that only support courses a warning.
    """
    places = {course.position.file for course in courses} | {policy.position.file for policy in policies}
    chosen = set() if paths else places
    diagnostics: list[Diagnostic] = []
    for path in paths:
        inside, wrong = _declared_below(path, places, root.resolve(), files)
        chosen |= inside
        diagnostics += wrong
    declared = [course for course in courses if course.position.file in chosen]
    rules = tuple(policy.name for policy in policies if policy.position.file in chosen)
    left = [
        course
        for course in declared
        if (not target or glob_match(target, declared_names(course)))
        and not glob_match(exclude, declared_names(course))
    ]
    if declared and not left and not rules:
        diagnostics.append(_nothing_left(target, declared))
    return Selected(courses=tuple(left), policies=rules, diagnostics=tuple(diagnostics))


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
    path: Path, places: Iterable[str], root: Path, files: Sequence[SourceFile]
) -> tuple[set[str], tuple[Diagnostic, ...]]:
    """Return those of the files with entries that lie below a path, or what is wrong with it."""
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
    inside = {file for file in places if _within(place, root, file)}
    if inside:
        return inside, ()
    return set(), (_nothing_inside(written, known=any(_within(place, root, file.path) for file in files)),)


def _within(place: Path, root: Path, file: str) -> bool:
    return (root / file).is_relative_to(place)


def _nothing_inside(written: str, *, known: bool) -> Diagnostic:
    hint = "Name a file that has courses or policies, or no path at all for all of them."
    if known:
        detail = f'"{written}" declares no course and no policy; what it holds takes effect elsewhere.'
        return problem("no-entry-selected", detail, hint=hint, severity=Severity.WARNING)
    detail = f'No course and no policy is declared in "{written}".'
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
