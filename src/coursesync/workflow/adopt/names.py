"""File names that every system takes, for whatever a course, an account or a term is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Names of devices; Windows opens no file of that name, whatever its ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\.|$)", re.IGNORECASE)
_LONGEST = 80


def slug(text: str) -> str:
    """Return a text as a part of a file name: letters and digits of ASCII, dots, underscores and hyphens.

    It is empty where nothing of the text is left.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^A-Za-z0-9._]+", "-", plain)[:_LONGEST].strip("-._")
    return f"_{found}" if _DEVICES.match(found) else found


class Names:
    """Names in one place, each given out once; those that differ only in case count as the same."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def give(self, stem: str, suffix: str = "") -> str:
        """Return a free name: stem and suffix, else with the first number from 2 on between them."""
        name, number = f"{stem}{suffix}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        self._taken.add(name.casefold())
        return name
