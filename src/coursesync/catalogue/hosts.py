"""The copies of production that Instructure hosts, by their addresses, and when they are overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_DOMAIN = "instructure.com"
# "What is the Canvas beta environment?" and "What is the Canvas test environment?" in the guides of Canvas:
# the first is overwritten every Saturday, the second with each release of production.
_OVERWRITTEN: Mapping[str, str] = {
    "beta": "every Saturday",
    "test": "with each release, about once a month",
}


def overwritten(url: str) -> tuple[str, str] | None:
    """Return which copy of production an address is of and when it is overwritten, or None for no copy."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    for copy, when in _OVERWRITTEN.items():
        if host.endswith(f".{copy}.{_DOMAIN}"):
            return copy, when
    return None
