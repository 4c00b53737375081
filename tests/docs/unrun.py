"""What pages do not say themselves: commands that no test runs, with the reason, and how a page begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.docs.pages import Note

# A page, where it is about one only; the beginning of commands; why they are not run.
_UNRUN = (
    ("", r"(pip|pipx|uv) ", "It would fetch what is installed."),
    ("", r"make ", "It runs the demo, or these very tests."),
    ("", r"keyring ", "It would write into the keyring of whoever runs the tests."),
    (
        "docs/how-to/run-in-ci.md",
        r"coursesync (plan|apply|drift)",
        "tests/ci runs the commands of this page.",
    ),
)

BEFORE = {"README.md": (Note(kind="school", text="4123"),)}


def why_not(page: str, command: str) -> str:
    """Return why a command of a page is not run, or nothing where it is."""
    for about, pattern, reason in _UNRUN:
        if about in {"", page} and re.match(pattern, command):
            return reason
    return ""


def unneeded(shown: Iterable[tuple[str, str]]) -> list[str]:
    """Return the rows that are about none of the commands shown: pairs of a page and a command."""
    pairs = list(shown)
    return [
        f"{about} {pattern}"
        for about, pattern, _ in _UNRUN
        if not any(about in {"", page} and re.match(pattern, command) for page, command in pairs)
    ]
