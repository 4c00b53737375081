"""Write new files so that each is there whole or not at all, and none takes the place of another."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from coursesync.errors import UsageProblem
from coursesync.workflow.adopt.layout import NewFile

# Where the system cannot do that, each file waits for the disk by itself.
_FLUSHES_ALL = hasattr(os, "sync")


def write_new(files: Sequence[NewFile], into: Path) -> None:
    """Write files below `into`, in their order.

    All of them are on the disk before the first gets its name: where the disk is full, none appears. Raises
    UsageProblem where the disk refuses, or where a file of that name came to be meanwhile.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        # Beside them, because a file cannot be linked to another disk; hidden, so that nobody reads it.
        waiting = Path(tempfile.mkdtemp(prefix=".coursesync-import-", dir=into))
    except OSError as error:
        raise UsageProblem(f"{into} cannot be written to: {error.strerror}.") from error
    home = into.resolve()
    try:
        for number, file in enumerate(files):
            _write(waiting / str(number), file.content)
        _flush()
        for number, file in enumerate(files):
            _check_inside(file.path, home)
            file.path.parent.mkdir(parents=True, exist_ok=True)
            _name(waiting / str(number), file.path)
    except FileExistsError as error:
        raise UsageProblem(
            f"{error.filename2 or error.filename} exists, and is not overwritten.", hint="Run it again."
        ) from error
    except OSError as error:
        raise UsageProblem(f"The files cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _check_inside(path: Path, home: Path) -> None:
    """Refuse a place that a link leads out of the folder to. Raises UsageProblem."""
    if not path.parent.resolve().is_relative_to(home):
        raise UsageProblem(
            f"{path} is not in {home}: a link on the way leads elsewhere.",
            hint="Delete the link, or name its folder.",
        )


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
        if not _FLUSHES_ALL:
            stream.flush()
            os.fsync(stream.fileno())


def _flush() -> None:
    """Wait for the disk, once for all files: for thousands of them one by one that takes minutes."""
    if _FLUSHES_ALL:
        os.sync()


def _name(written: Path, path: Path) -> None:
    """Give a file its name. Raises FileExistsError where another has it."""
    try:
        path.hardlink_to(written)
    except FileExistsError:
        raise
    except OSError:
        # Some disks know no links.
        if path.exists():
            raise FileExistsError(None, None, str(path)) from None
        written.rename(path)
