"""Which files of a project are laid out, and what each would become; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, ordered, problem
from coursesync.manifest.discover import KEYS, Found, discover, named, opened
from coursesync.manifest.edit.disk import Patch
from coursesync.manifest.entries import Project
from coursesync.manifest.include import includer
from coursesync.manifest.layout.document import layout
from coursesync.manifest.layout.order import shape
from coursesync.manifest.yaml import Mapped, Parsed, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """What became of files: those in canonical layout as patches, changed or not, and what is wrong."""

    patches: tuple[Patch, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def changed(self) -> tuple[Patch, ...]:
        """Return the files that were not in canonical layout."""
        return tuple(patch for patch in self.patches if patch.before != patch.after)


def lay_out(project: Project, paths: Sequence[Path] = ()) -> LaidOut:
    """Lay out every manifest of a project and its project file, or those that `paths` name or hold.

    A file that is named counts as a manifest, also where the project does not read it.
    """
    project = replace(project, root=project.root.resolve())
    found, diagnostics = discover(project) if project.manifests is None else named(project)
    if project.file is not None:
        found = (Found(path=project.root / project.file, name=project.file, certain=True), *found)
    if paths:
        found, diagnostics = _named(paths, found, project.root)
    patches: dict[Path, Patch] = {}
    problems = list(diagnostics)
    for file in found:
        patch, wrong = _file(file, project)
        problems += wrong
        if patch is not None:
            patches.setdefault(patch.path, patch)
    if not patches and not problems:
        detail = f"No YAML file here has one of the keys {', '.join(KEYS)}."
        problems.append(problem("no-manifests", detail, hint="Name the files to lay out."))
    return LaidOut(patches=tuple(patches.values()), diagnostics=ordered(tuple(problems)))


def lay_out_text(content: bytes, name: str, project: Project) -> LaidOut:
    """Lay out what is no file of its own; its keys tell whether it is a manifest or a project file."""
    parsed = parse(content, file=name)
    keys = {pair.key for pair in parsed.tree.entries} if isinstance(parsed.tree, Mapped) else set()
    own = bool(keys & shape("project").keys.keys()) and not keys & set(KEYS)
    file = Found(path=project.root / name, name=name, certain=True)
    patch, wrong = _patch(content, parsed, file, "project" if own else "manifest", project.root)
    return LaidOut(patches=(patch,) if patch else (), diagnostics=wrong)


def _named(
    paths: Sequence[Path], found: Sequence[Found], root: Path
) -> tuple[tuple[Found, ...], tuple[Diagnostic, ...]]:
    """Return the files that paths mean, each once, and what is wrong with the paths."""
    chosen: dict[str, Found] = {}
    diagnostics = []
    for path in paths:
        inside = tuple(_meant(path, found, root))
        chosen |= {file.name: file for file in inside}
        if not inside:
            written = shown(str(path))
            code = "no-manifests" if path.is_dir() else "missing-file"
            detail = f'"{written}" {"holds no manifest" if path.is_dir() else "is no file or folder"}.'
            diagnostics.append(problem(code, detail, hint="Name a manifest or a folder of manifests."))
    return tuple(chosen.values()), tuple(diagnostics)


def _meant(path: Path, found: Sequence[Found], root: Path) -> Iterator[Found]:
    place = path.resolve()
    known = [file for file in found if file.path.resolve() == place or file.path.is_relative_to(place)]
    if path.is_file():
        name = place.relative_to(root).as_posix() if place.is_relative_to(root) else str(path)
        yield replace(known[0], certain=True) if known else Found(path=place, name=name, certain=True)
    else:
        yield from known


def _file(file: Found, project: Project) -> tuple[Patch | None, tuple[Diagnostic, ...]]:
    """Lay out one file; nothing comes of one that is no manifest, or cannot be read."""
    found, unread = opened(file, certain=file.certain)
    if found is None:
        return None, unread
    document = "project" if file.name == project.file else "manifest"
    return _patch(*found, file, document, project.root)


def _patch(
    content: bytes, parsed: Parsed, file: Found, document: str, root: Path
) -> tuple[Patch | None, tuple[Diagnostic, ...]]:
    include = includer(root, file.path.parent, {})
    laid = layout(content, parsed, file=file.name, document=document, include=include)
    if laid.diagnostics:
        return None, laid.diagnostics
    return Patch(name=file.name, path=file.path.resolve(), before=content, after=laid.content), ()
