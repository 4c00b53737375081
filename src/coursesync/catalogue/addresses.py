"""Match field addresses against the patterns of `ignore`; the only matcher there is."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str, address: str) -> bool:
    """Tell whether an address falls under a pattern such as `settings.*`."""
    return fnmatchcase(address, pattern)
