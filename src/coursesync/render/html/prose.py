"""Long texts for the page, cut so that it stays small."""

from __future__ import annotations

from coursesync.render.values import visible

# Longer texts are cut; a page that already holds this many characters of long texts cuts them shorter.
MOST = 60_000
BUDGET = 4_000_000
SPENT = 2_000


def readable(text: str) -> str:
    """Return text of several lines in which no character hides or acts."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").replace("\t", " ").split("\n")))


def cut(text: str, most: int) -> str:
    """Return text of about `most` characters at most, and say how much there was."""
    if len(text) <= most:
        return text
    return f"{text[:most]} … (cut here: the first {most:,} of {len(text):,} characters)"


def weight(text: str) -> int:
    """Return about how many characters a text takes on the page, where those of markup are escaped."""
    return len(text) + 5 * sum(map(text.count, "<>&"))
