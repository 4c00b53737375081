"""Edits of files as values: shown as a unified diff, and written whole or not at all."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coursesync import disk
from coursesync.catalogue.field import Field

_BOM = b"\xef\xbb\xbf"
_MOVED = "it was changed on disk after it was read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A file before and after an edit.

    name: relative to the project's root. path: where it really is. before: None where there is no file yet.
    """

    name: str
    path: Path
    before: bytes | None
    after: bytes


def unified(patches: Iterable[Patch]) -> str:
    """Return edits as a unified diff that `git apply` takes in the folder of the project."""
    return "".join(line for patch in patches for line in _difference(patch))


def _difference(patch: Patch) -> Iterator[str]:
    before, after = _lines(patch.before or b""), _lines(patch.after)
    if patch.before == patch.after:
        return
    yield f"--- {'/dev/null' if patch.before is None else _named('a', patch.name)}\n"
    yield f"+++ {_named('b', patch.name)}\n"
    hunks = difflib.unified_diff(before, after)
    for line in list(hunks)[2:]:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[str]:
    # Only this ends a line for git: a carriage return is a part of it.
    return re.findall(r"[^\n]*\n|[^\n]+", content.decode())


def _named(side: str, name: str) -> str:
    """Return a path as git writes it in a diff."""
    path = f"{side}/{name}"
    if re.search(r'[\x00-\x1f"\\\x7f]', path):
        escaped = (f"\\{ord(char):03o}" if re.match(r'[\x00-\x1f"\\\x7f]', char) else char for char in path)
        return '"' + "".join(escaped) + '"'
    # A tab tells git that blanks before it belong to the name.
    return f"{path}\t" if " " in path else path


def rewritten(content: bytes, html: str, row: Field) -> bytes:
    """Return a file of HTML with another text, its line ends and byte order mark kept as far as that goes."""
    bom = _BOM if content.startswith(_BOM) else b""
    old, text = content[len(bom) :].decode(), html
    for variant in (_ended(old, text), _ended(old, text).replace("\n", "\r\n") if "\r\n" in old else None):
        if variant is not None and row.same(variant, html):
            text = variant
    return bom + text.encode()


def _ended(old: str, text: str) -> str:
    """Return a text with as many line breaks at its end as another one has, at most one."""
    return text.rstrip("\r\n") + ("\n" if old.endswith("\n") else "")


def write(patches: Iterable[Patch]) -> Mapping[str, str]:
    """Write edits to disk, each file whole or not at all; return by name why a file could not be written.

    Links are followed, modes kept, and nothing is overwritten that is not what was read.
    """
    failed: dict[str, str] = {}
    for patch in patches:
        try:
            reason = _replace(patch) if patch.before is not None else _create(patch)
        except OSError as error:
            reason = error.strerror or "the system refuses it"
        if reason:
            failed[patch.name] = reason
    return failed


def _replace(patch: Patch) -> str:
    if patch.path.read_bytes() != patch.before:
        return _MOVED
    if not os.access(patch.path, os.W_OK):
        return "it is read-only"
    disk.replace(patch.path.resolve(), patch.after, mode=disk.SHARED)
    return ""


def _create(patch: Patch) -> str:
    patch.path.parent.mkdir(parents=True, exist_ok=True)
    # Takes the name, and fails where somebody else has it.
    patch.path.open("xb").close()
    try:
        disk.replace(patch.path.resolve(), patch.after, mode=disk.SHARED)
    except OSError:
        patch.path.unlink(missing_ok=True)
        raise
    return ""


def current(path: Path, sha256: str) -> bytes | None:
    """Return what is in a file, or None if that is no longer what was read, or cannot be read any more."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
