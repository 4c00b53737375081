"""Files that are there whole or not at all, whatever kills the process or fills the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from coursesync.errors import UsageProblem

# Each exists on some systems only.
_BINARY: int = getattr(os, "O_BINARY", 0)
_NO_SYMLINK: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)

# What the umask of the user leaves of it, and what only the owner may read.
SHARED, PRIVATE = 0o666, 0o600

# The most that a plan or a saved state is read of; those of ten thousand courses have a tenth of it.
LARGEST = 500_000_000
_AT_ONCE = 1 << 20


@contextlib.contextmanager
def access(path: Path, *, doing: str = "written") -> Iterator[None]:
    """Turn what the disk refuses into a sentence: raise UsageProblem for an OSError inside."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem(
            f"{path} cannot be {doing}: {reason}.", hint="Check the folder, its rights and the space left."
        ) from error


def content(path: Path, *, most: int, root: Path | None = None) -> bytes:
    """Read a file, one byte more than `most` if it has more.

    root: the folder the path was found to stay in, with no link in its own name. Raises OSError, also for
    what is no regular file, which is never waited for, and for what was exchanged since for something else.
    """
    with open(os.open(path, os.O_RDONLY | _BINARY | _NO_WAIT), "rb") as stream:  # noqa: PTH123 - a descriptor
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if root is not None:
            real = path.resolve()
            if not real.is_relative_to(root) or not os.path.samestat(real.stat(), found):
                raise OSError(errno.EINVAL, "it was exchanged while it was opened")
        return stream.read(most + 1)


def text_in(path: Path, word: str, *, hint: str = "", most: int = LARGEST) -> str:
    """Return the text of a file named on the command line, which is meant to be `word`.

    A pipe will do and is waited for, a device will not. Raises UsageProblem where there is no text in it, or
    more than `most` bytes.
    """
    try:
        with path.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if not (stat.S_ISREG(found.st_mode) or stat.S_ISFIFO(found.st_mode)):
                raise OSError(errno.EINVAL, "it is neither a file nor a pipe")
            return _read_all(stream, most=most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} cannot be read as {word}.", hint=hint) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem(f"{path} cannot be read as {word}: {reason}.", hint=hint) from error


def _read_all(stream: BinaryIO, *, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := stream.read(_AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return b"".join(parts)


def put(path: Path, text: str, *, mode: int = SHARED) -> None:
    """Write a file for the user, and its folder where that is missing.

    A symlink is followed, a terminal or pipe is written to, never replaced, and a file that exists keeps its
    mode. Raises UsageProblem where the disk refuses; then what was there is still there.
    """
    with access(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(encoded(text))
        else:
            replace(target, encoded(text), mode=mode)


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file so that at every moment either all of it is there or none of it.

    mode: of a new file; one that exists keeps its own. Raises OSError.
    """
    fresh = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    # Left over from a process that was killed and had this number.
    fresh.unlink(missing_ok=True)
    try:
        with _opened(fresh, os.O_EXCL | _NO_SYMLINK, mode=mode) as handle:
            _write_all(handle, content)
        with contextlib.suppress(FileNotFoundError):
            fresh.chmod(path.stat().st_mode & 0o7777)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    sync(path.parent)


def append(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Add to a file and wait until the disk has it; where that fails, take back what was written of it.

    Raises OSError.
    """
    new = not path.exists()
    with _opened(path, os.O_APPEND, mode=mode) as handle:
        before = os.fstat(handle).st_size
        try:
            _write_all(handle, content)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, before)
            raise
    if new:
        sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the disk has the names in a folder; some systems cannot, and keep them anyway."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; half a character, which no encoding takes, becomes the escape of JSON."""
    return text.encode("utf-8", "backslashreplace")


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)


@contextlib.contextmanager
def _opened(path: Path, flags: int, *, mode: int) -> Iterator[int]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | _BINARY | flags, mode)
    try:
        yield handle
    finally:
        os.close(handle)
