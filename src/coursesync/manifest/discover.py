"""Which files are manifests: those the project file names, or else every one below the root."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coursesync import disk
from coursesync.catalogue.types import closest, shown
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest.entries import Name, Project
from coursesync.manifest.yaml import LARGEST_FILE, Mapped, Parsed, parse

KEYS = ("profiles", "courses", "policies")
SUFFIXES = (".yaml", ".yml")
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
# What a manifest has, even one that is not valid YAML: one of the keys at the left edge, or in braces.
_LOOKS_LIKE_ONE = re.compile(rf"^[{{\s]*[\"']?({'|'.join(KEYS)})[\"']?\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that may be a manifest.

    root: the folder it was found to stay in, whatever links there are. certain: somebody named it, so that it
    must be one.
    """

    path: Path
    name: str
    root: Path | None = None
    certain: bool = False

    def content(self) -> tuple[bytes, tuple[Diagnostic, ...]]:
        """Read the file, at most one byte more than is accepted; nothing and the reason where that fails."""
        try:
            return disk.content(self.path, most=LARGEST_FILE, root=self.root), ()
        except OSError as error:
            detail = f"{shown(self.name)} cannot be read: {error.strerror or 'the system refuses it'}."
            return b"", (problem("unreadable-file", detail, at=Position(file=self.name)),)


def mentions_a_key(content: bytes) -> bool:
    """Tell quickly whether a file could be a manifest at all."""
    text = _decoded(content)
    return any(key in text for key in KEYS)


def is_manifest(parsed: Parsed, content: bytes) -> bool:
    """Tell whether a file has a key of a manifest, or would have one if it were valid YAML."""
    if isinstance(parsed.tree, Mapped):
        return any(pair.key in KEYS for pair in parsed.tree.entries)
    return parsed.tree is None and bool(_LOOKS_LIKE_ONE.search(_decoded(content)))


def _decoded(content: bytes) -> str:
    """Return the text of a file whatever its encoding is, to look for keys only."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if wide else "utf-8", errors="replace")


def discover(project: Project) -> tuple[tuple[Found, ...], tuple[Diagnostic, ...]]:
    """Return every YAML file below the root, in the order of their paths."""
    return _ordered(_below(project.root, project)), ()


def named(project: Project) -> tuple[tuple[Found, ...], tuple[Diagnostic, ...]]:
    """Return the files the project file names and those in its folders, in the order of their paths."""
    found: list[Found] = []
    diagnostics: list[Diagnostic] = []
    for name in project.manifests or ():
        files, problems = _named(name, project)
        found += files
        diagnostics += problems
    return _ordered(found), tuple(diagnostics)


def _named(name: Name, project: Project) -> tuple[tuple[Found, ...], tuple[Diagnostic, ...]]:
    try:
        path = (project.root / name.text).resolve()
        outside = not path.is_relative_to(project.root)
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, RuntimeError, ValueError):
        outside, is_file, is_folder, path = False, False, False, project.root
    if outside:
        detail = f'"{shown(name.text)}" leads out of the folder of the project file.'
        hint = "Move the manifests into the project."
        return (), (problem("outside-project", detail, at=name.position, hint=hint),)
    if is_folder:
        return tuple(_below(path, project)), ()
    if is_file:
        relative = path.relative_to(project.root).as_posix()
        return (Found(path=path, name=relative, root=project.root, certain=True),), ()
    near = closest(name.text, sorted(item.name for item in project.root.iterdir()))
    hint = f'Did you mean "{near}"?' if near else "Paths are relative to the folder of the project file."
    detail = f'There is no file or folder "{shown(name.text)}".'
    return (), (problem("missing-file", detail, at=name.position, hint=hint),)


def opened(file: Found, *, certain: bool) -> tuple[tuple[bytes, Parsed] | None, tuple[Diagnostic, ...]]:
    """Return the content of a file and what it says, or None where it is no manifest or cannot be read.

    certain: whether it counts as one whatever is in it; only then it matters that it cannot be read.
    """
    content, unread = file.content()
    if unread:
        return None, unread if certain else ()
    if not certain and not mentions_a_key(content):
        return None, ()
    parsed = parse(content, file=file.name)
    return ((content, parsed) if certain or is_manifest(parsed, content) else None), ()


def _ordered(found: Iterator[Found] | list[Found]) -> tuple[Found, ...]:
    """Sort by path; a file found twice counts once, as the more certain of the two."""
    unique: dict[str, Found] = {}
    for file in found:
        if file.name not in unique or file.certain:
            unique[file.name] = file
    return tuple(unique[name] for name in sorted(unique))


def _below(top: Path, project: Project) -> Iterator[Found]:
    """Yield the YAML files in a folder and below; links that lead out of the project are no part of it."""
    root = project.root
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in files:
            path = (Path(folder) / name).absolute()
            if path.suffix not in SUFFIXES or name.startswith("."):
                continue
            real = path.resolve()
            relative = path.relative_to(project.root).as_posix()
            if relative != project.file and real.is_relative_to(root) and real.is_file():
                yield Found(path=path, name=relative, root=root)
