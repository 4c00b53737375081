"""The sentences about what a document is of: its environment, what is not there, and what becomes of it."""

from __future__ import annotations

from coursesync.catalogue.hosts import overwritten
from coursesync.render.values import visible


def named(word: str, environment: str | None) -> str:
    """Return a preposition and the environment, behind a blank; nothing where none is known."""
    return f" {word} {visible(environment)}" if environment else ""


def not_here(elsewhere: int, missing: int) -> str:
    """Say behind a blank how many entries were left out as they are for other places, or not there yet."""
    said = ""
    if elsewhere:
        noun = "entry is" if elsewhere == 1 else "entries are"
        said += f" {elsewhere:,} {noun} for other environments."
    if missing:
        noun = "course does" if missing == 1 else "courses do"
        said += f" {missing:,} {noun} not exist yet."
    return said


def passing_line(url: str) -> str:
    """Say when Canvas overwrites what stands at an address; nothing where it does not."""
    found = overwritten(url)
    if found is None:
        return ""
    copy, when = found
    return f"Canvas overwrites this {copy} copy with production {when}; what was changed here is gone then."
