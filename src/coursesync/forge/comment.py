"""The one comment on a change: its hidden first line, by which it is found again, and what fits into it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARK = "<!-- coursesync"
# Only the first line counts: further down anything may stand, such as the name of a course.
_FIRST = re.compile(r"<!-- coursesync(?: plan=([0-9a-f]{64}))? -->(?:\r?\n|\Z)")


def composed(parts: Iterable[str], *, digest: str, link: str, most: int) -> str:
    """Return the text of the comment: the mark, the parts, and a link to everything.

    parts: Markdown in which nothing is markup by accident. digest: of the plan it shows, if it shows one.
    most: characters a comment may have. Markdown that is too long is left out as a whole, as half of it
    could end inside a table or a fold.
    """
    mark = f"{_MARK}{f' plan={digest}' if digest else ''} -->"
    ending = f"The whole report, and the files of this run: {link}"
    text = "\n\n".join([mark, *(part.strip() for part in parts if part.strip()), ending]) + "\n"
    if len(text) <= most:
        return text
    return f"{mark}\n\nThis is too long for a comment. {ending}\n"


def is_ours(text: str) -> bool:
    """Tell whether a comment begins with the mark; who wrote it is for the forge to tell."""
    return bool(_FIRST.match(text))


def digest_in(text: str) -> str:
    """Return the digest of the plan that a comment shows, or nothing."""
    found = _FIRST.match(text)
    return (found[1] or "") if found else ""
