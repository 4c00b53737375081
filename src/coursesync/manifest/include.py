"""Read the files a manifest names by {file: ...}, texts and pictures, never from outside the project."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from coursesync import disk
from coursesync.catalogue.pictures import BEGINNINGS, CONTENT_TYPES, LARGEST
from coursesync.catalogue.types import Flaw, Invalid, Value, closest, shown
from coursesync.manifest.values import SUFFIXES, Include
from coursesync.model.upload import Upload, sized

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# No field of Canvas takes half as much; rendering more would only waste time.
_LARGEST = 1024 * 1024


def includer(root: Path, folder: Path, seen: MutableMapping[str, str]) -> Include:
    """Make the reader for manifests in `folder`; each text it reads is noted in `seen` with its sha256.

    A text comes as HTML, a picture as the value of what is to be uploaded. Pictures are not noted: a plan
    holds the sha256 of each, course by course.
    """

    @cache
    def include(path: str) -> Value:
        if Path(path).suffix.lower() in CONTENT_TYPES:
            return _upload(path, folder, root).value
        file = _inside(path, root, folder)
        content = _content(path, file, root, most=_LARGEST, too_large=_too_long)
        seen[file.relative_to(root).as_posix()] = hashlib.sha256(content).hexdigest()
        return _html(path, content)

    return include


def _inside(path: str, root: Path, folder: Path) -> Path:
    """Return the real place of a path; raise Invalid for one that leaves the project or names no file."""
    try:
        file = (folder / path).resolve()
        outside = Path(path).is_absolute() or not file.is_relative_to(root)
        exists = not outside and file.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        # A loop of links, a name too long for the system, a NUL.
        raise _flaw("missing-file", f'"{shown(path)}" cannot be a file: {_said(error)}.', "") from error
    if outside:
        raise _flaw(
            "outside-project",
            f'"{shown(path)}" does not lead to a file inside the project.',
            "Keep the file inside the project, and write its path relative to this manifest.",
        )
    if not exists:
        raise _flaw("missing-file", f'There is no file "{shown(path)}" here.', _neighbour(file, folder))
    return file


def _neighbour(file: Path, folder: Path) -> str:
    """Return a hint that names the file most like a missing one."""
    wanted = CONTENT_TYPES if file.suffix.lower() in CONTENT_TYPES else SUFFIXES
    around = [found.name for found in file.parent.glob("*") if found.suffix.lower() in wanted]
    near = closest(file.name, sorted(around))
    same = near and (file.parent / near).is_relative_to(folder)
    if near and same:
        return f'Did you mean "{(file.parent / near).relative_to(folder).as_posix()}"?'
    return "The path is relative to the folder of this manifest."


def _content(
    path: str, file: Path, root: Path, *, most: int, too_large: Callable[[int], tuple[str, str]]
) -> bytes:
    """Return what is in a file; raise Invalid where it cannot be read or has more than `most` bytes.

    too_large: says of so many bytes why they are too many, and what to do.
    """
    try:
        content = disk.content(file, most=most, root=root)
        size = file.stat().st_size
    except OSError as error:
        raise _flaw("unreadable-file", f'"{shown(path)}" cannot be read: {_said(error)}.', "") from error
    if len(content) > most:
        why, hint = too_large(size)
        raise _flaw("too-large", f'"{shown(path)}" has {why}', hint)
    return content


def _too_long(size: int) -> tuple[str, str]:
    return (
        f"{size:,} bytes; at most {_LARGEST:,} are read, and Canvas takes less.",
        "Shorten the text, or upload it to Canvas as a file and link to it.",
    )


def _too_heavy(size: int) -> tuple[str, str]:
    return (
        f"{sized(size)}; everybody who sees the course loads it, so at most {sized(LARGEST)} are taken.",
        "Make the picture smaller; a course card shows it 262 pixels wide.",
    )


def _upload(path: str, folder: Path, root: Path) -> Upload:
    content, kind = _picture(path, root, folder)
    # By the name it is declared under, which a link may have of its own.
    named = Path(os.path.normpath(folder / path))
    real = (folder / path).resolve()
    return Upload(
        file=(named if named.is_relative_to(root) else real).relative_to(root).as_posix(),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content_type=kind,
    )


def picture(root: Path, file: str) -> bytes:
    """Return what is in a picture of the project now; raise Invalid where it is not there or may not be read.

    root: of the project, resolved. file: its path from there.
    """
    return _picture(file, root, root)[0]


def _picture(path: str, root: Path, folder: Path) -> tuple[bytes, str]:
    """Return a picture and its type; raise Invalid for what is none."""
    kind = CONTENT_TYPES.get(Path(path).suffix.lower())
    if kind is None:
        message = f'"{shown(path)}" is no picture that is uploaded.'
        raise _flaw("invalid-value", message, "Name a file that ends in .png, .jpg or .gif.")
    file = _inside(path, root, folder)
    content = _content(path, file, root, most=LARGEST, too_large=_too_heavy)
    if not content.startswith(BEGINNINGS[kind]):
        pointer = content.startswith(b"version https://git-lfs")
        raise _flaw(
            "invalid-value",
            f'"{shown(path)}" is {"empty" if not content else f"no picture of the type {kind}"}.',
            "It is a pointer of Git LFS: git lfs pull" if pointer else "Save it again as .png, .jpg or .gif.",
        )
    return content, kind


def _html(path: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f'"{shown(path)}" is not UTF-8 text (byte {error.start + 1}).'
        raise _flaw("unreadable-file", message, "Save the file as UTF-8.") from error
    if "\0" in text:
        message = f'"{shown(path)}" is a binary file.'
        raise _flaw("unreadable-file", message, "Name a file of text.")
    return str(_markdown().render(text)) if path.endswith(".md") else text


@cache
def _markdown() -> MarkdownIt:
    # Not before a manifest has Markdown: most have none, and it takes as long to import as to read them.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _flaw(code: str, message: str, hint: str) -> Invalid:
    return Invalid(Flaw(message=message, hint=hint, path=("file",), code=code))


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "the name is not possible"
