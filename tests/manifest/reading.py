"""What the tests of manifests share: projects written down as texts, and YAML as its core schema reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from coursesync.diagnostics import Diagnostic
from coursesync.manifest.entries import Loaded
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve
from coursesync.manifest.yaml import Listed, Mapped, Scalar, Tree
from coursesync.model import DesiredCourse

TODAY = date(2026, 9, 1)


def project(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files of a project below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def loaded(root: Path, files: Mapping[str, str | bytes]) -> Loaded:
    """Load a project written down as texts."""
    found, problems = find_project(project(root, files))
    assert problems == ()
    return load(found)


def resolved(
    root: Path, files: Mapping[str, str | bytes], *, today: date = TODAY
) -> tuple[tuple[DesiredCourse, ...], tuple[Diagnostic, ...]]:
    """Load and resolve a project that loads without a problem."""
    read = loaded(root, files)
    assert read.diagnostics == ()
    found = resolve(read.manifest, today=today)
    return found.courses, found.diagnostics


def core(tree: Tree) -> Any:
    """Read a tree as the YAML 1.2 core schema does, independently of the catalogue."""
    if isinstance(tree, Mapped):
        return {pair.key: core(pair.value) for pair in tree.entries}
    if isinstance(tree, Listed):
        return [core(item) for item in tree.items]
    assert isinstance(tree, Scalar)
    return _scalar(tree.literal.text, quoted=tree.literal.quoted)


def _scalar(text: str, *, quoted: bool) -> Any:
    if quoted:
        return text
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"0o[0-7]+|0x[0-9a-fA-F]+", text):
        return int(text, 0)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    if re.fullmatch(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", text):
        return float(text.lower().replace(".", ""))
    return text
