"""Find the project and read its manifests: every file, every problem, in the order of their paths."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, Position, ordered, problem
from coursesync.manifest import declare
from coursesync.manifest.check import check
from coursesync.manifest.discover import KEYS, Found, discover, is_manifest, mentions_a_key, named
from coursesync.manifest.entries import Loaded, Manifest, PolicyEntry, ProfileEntry, Project
from coursesync.manifest.include import includer
from coursesync.manifest.models import MANIFEST, PROJECT
from coursesync.manifest.yaml import parse
from coursesync.model import SourceFile

PROJECT_FILE = "coursesync.yaml"


def find_project(start: Path, explicit: Path | None = None) -> tuple[Project, tuple[Diagnostic, ...]]:
    """Return the project `start` lies in, or the one of the file named, and what is wrong with its file."""
    start = start.resolve()
    if explicit is not None:
        file = (start / explicit).resolve()
        if not file.is_file():
            missing = f"There is no project file {explicit}."
            return Project(root=start), (problem("missing-file", missing, hint="Check --project."),)
        return _read_project(file)
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return _read_project((folder / PROJECT_FILE).absolute())
    return Project(root=start), ()


def _read_project(file: Path) -> tuple[Project, tuple[Diagnostic, ...]]:
    root, name = file.parent, file.name
    bare = Project(root=root, file=name)
    content, unread = Found(path=file, name=name).content()
    if unread:
        return bare, unread
    parsed = parse(content, file=name)
    if parsed.tree is None:
        return bare, parsed.diagnostics
    checked = check(PROJECT, parsed.tree, includer(root, root, {}))
    project = replace(
        bare,
        manifests=declare.names(checked.content, "manifests") if "manifests" in checked.content else None,
        environments=declare.environments(checked.content),
    )
    return project, ordered((*parsed.diagnostics, *checked.diagnostics))


def load(project: Project, *, paths: Sequence[Path] = ()) -> Loaded:
    """Read all manifests of a project; a file in `paths` counts as one even if it looks like none."""
    project = replace(project, root=project.root.resolve())
    found, diagnostics = discover(project) if project.manifests is None else named(project)
    asked = {path.resolve() for path in paths}
    files: dict[str, str] = {}
    manifests: list[Manifest] = []
    problems: list[Diagnostic] = [*diagnostics]
    for file in found:
        more, wrong = _read(file, project.root, files, certain=file.certain or file.path in asked)
        problems += wrong
        manifests += [] if more is None else [more]
    if not manifests and not problems:
        problems.append(_no_manifests(project))
    whole = _joined(manifests)
    profiles, doubles = _first("profile", whole.profiles)
    policies, more_doubles = _first("policy", whole.policies)
    sources = tuple(SourceFile(path=path, sha256=digest) for path, digest in sorted(files.items()))
    return Loaded(
        manifest=replace(whole, profiles=profiles, policies=policies),
        files=sources,
        diagnostics=ordered((*problems, *doubles, *more_doubles)),
    )


def _no_manifests(project: Project) -> Diagnostic:
    at = Position(file=project.file) if project.file else None
    return problem(
        "no-manifests",
        f"No YAML file below {project.root.name or project.root} has one of the keys {', '.join(KEYS)}.",
        at=at,
        hint="Write one: courses: [{id: sis_course_id:BIO-101, attributes: {name: Biology}}]",
    )


def _read(
    file: Found, root: Path, files: dict[str, str], *, certain: bool
) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    """Read one manifest, and note it and what it includes in `files`; None where the file is no manifest."""
    content, unread = file.content()
    if unread:
        return (Manifest(complete=False), unread) if certain else (None, ())
    if not certain and not mentions_a_key(content):
        return None, ()
    parsed = parse(content, file=file.name)
    if not certain and not is_manifest(parsed, content):
        return None, ()
    files[file.name] = hashlib.sha256(content).hexdigest()
    if parsed.tree is None:
        empty = all(item.code == "empty-file" for item in parsed.diagnostics)
        return Manifest(complete=empty), parsed.diagnostics
    checked = check(MANIFEST, parsed.tree, includer(root, file.path.parent, files))
    return declare.manifest(checked.content), (*parsed.diagnostics, *checked.diagnostics)


def _joined(manifests: Sequence[Manifest]) -> Manifest:
    return Manifest(
        profiles=tuple(profile for one in manifests for profile in one.profiles),
        courses=tuple(course for one in manifests for course in one.courses),
        policies=tuple(policy for one in manifests for policy in one.policies),
        complete=all(one.complete for one in manifests),
    )


_Named = TypeVar("_Named", ProfileEntry, PolicyEntry)


def _first(kind: str, entries: Sequence[_Named]) -> tuple[tuple[_Named, ...], list[Diagnostic]]:
    """Keep the first profile or policy of each name, and say so of every other."""
    first: dict[str, _Named] = {}
    doubles = []
    for entry in entries:
        earlier = first.setdefault(entry.name, entry)
        if earlier is not entry:
            places = f"at {earlier.position} and at {entry.position}"
            detail = f'The {kind} "{shown(entry.name)}" is declared {places}.'
            hint = "Rename one of the two, or join them."
            doubles.append(problem(f"duplicate-{kind}", detail, at=entry.position, hint=hint))
    return tuple(first.values()), doubles
