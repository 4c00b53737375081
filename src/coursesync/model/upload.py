"""Files that are uploaded: what a manifest declares, what Canvas has, what a plan shows, what was done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from coursesync.catalogue.types import Value
from coursesync.model.state import Address

_SHORT = 12
_UNITS = (("MB", 1024 * 1024), ("KB", 1024))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFile:
    """What is known of a file of Canvas that a field of a course names.

    sha256: of its content, where we uploaded it ourselves. usable: False where it is gone, locked or hidden
    from this token; then the rest is not known.
    """

    id: int
    name: str = ""
    size: int | None = None
    sha256: str | None = None
    usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of the project that a field is to show: where it is, and what is in it.

    file: its path from the root of the project. As the value of a field it is the mapping of these keys.
    """

    file: str
    sha256: str
    size: int
    content_type: str

    @property
    def value(self) -> Mapping[str, Value]:
        """Return it as the value of a field."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "content_type": self.content_type,
        }

    @property
    def name(self) -> str:
        """Return what it is called in Canvas, where that name is free."""
        return PurePosixPath(self.file).name

    @property
    def words(self) -> str:
        """Return it as people read it."""
        return f"{self.file} ({sized(self.size)}, sha256 {self.sha256[:_SHORT]})"

    @property
    def placeholder(self) -> str:
        """Return what stands in a request for the id that Canvas will give it."""
        return f"<the id of the uploaded {self.file}, sha256 {self.sha256}>"

    def is_in(self, live: LiveFile) -> bool:
        """Tell whether a file of Canvas has this content, as far as can be told without fetching it.

        What we uploaded is told by its content; anything else by its size and name, which Canvas may have
        given a number.
        """
        if live.sha256 is not None:
            return live.sha256 == self.sha256
        path = PurePosixPath(self.file)
        ours = re.fullmatch(re.escape(path.stem) + r"(-[0-9]{1,6})?" + re.escape(path.suffix), live.name)
        return live.usable and live.size == self.size and ours is not None


def upload_in(value: Value) -> Upload | None:
    """Return the file that a value of a field stands for, or None for any other value."""
    # Asked of every value of every course, most of which are none.
    if isinstance(value, _PLAIN) or not isinstance(value, Mapping) or value.keys() != _KEYS:
        return None
    file, sha256, size, content_type = (value[key] for key in _KEYS)
    texts = isinstance(file, str) and isinstance(sha256, str) and isinstance(content_type, str)
    if not texts or not isinstance(size, int) or isinstance(size, bool):
        return None
    return Upload(file=str(file), sha256=str(sha256), size=size, content_type=str(content_type))


_PLAIN = (str, int, type(None))
_KEYS = dict.fromkeys(("file", "sha256", "size", "content_type")).keys()


def sized(count: int) -> str:
    """Return a number of bytes as people read it."""
    for unit, size in _UNITS:
        if count >= size:
            return f"{max(1, round(count / size))} {unit}"
    return f"{count} bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUpload:
    """A file that goes to Canvas before a change is sent.

    change, request: their ids. path: from the root of the project. name, folder: in Canvas, where the name
    gets a number if it is taken; nothing there is replaced.
    """

    course: int
    change: str
    request: str
    field: Address
    path: str
    name: str
    size: int
    content_type: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that a run brought to Canvas.

    path: from the root of the project. id, name: as Canvas has it. leftovers: how many more files Canvas may
    have of it, as a step was not answered and the upload begun again; nothing uses them.
    """

    course: int
    change: str
    field: Address
    path: str
    name: str
    size: int
    sha256: str
    id: int
    leftovers: int = 0
