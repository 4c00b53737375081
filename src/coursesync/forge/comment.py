"""The comment on a change: its hidden first line, by which it is found again, and what fits into it.

There is one for each environment that is planned for, told apart by a label, and as a rule one without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARK = "<!-- coursesync"
# Only the first line counts: further down anything may stand, such as the name of a course.
_FIRST = re.compile(r"<!-- coursesync(?: for=([\w.-]+))?(?: plan=([0-9a-f]{64}))? -->(?:\r?\n|\Z)")


def composed(parts: Iterable[str], *, label: str = "", digest: str, link: str, most: int) -> str:
    """Return the text of the comment: the mark, the parts, and a link to everything.

    parts: Markdown in which nothing is markup by accident. digest: of the plan it shows, if it shows one.
    most: characters a comment may have. Markdown that is too long is left out as a whole, as half of it
    could end inside a table or a fold.
    """
    mark = " ".join(filter(None, (_MARK, label and f"for={label}", digest and f"plan={digest}", "-->")))
    ending = f"The whole report, and the files of this run: {link}"
    text = "\n\n".join([mark, *(part.strip() for part in parts if part.strip()), ending]) + "\n"
    if len(text) <= most:
        return text
    return f"{mark}\n\nThis is too long for a comment. {ending}\n"


def is_ours(text: str, label: str = "") -> bool:
    """Tell whether a comment begins with the mark of a label; who wrote it is for the forge to tell."""
    found = _FIRST.match(text)
    return found is not None and (found[1] or "") == label


def digest_in(text: str) -> str:
    """Return the digest of the plan that a comment shows, or nothing."""
    found = _FIRST.match(text)
    return (found[2] or "") if found else ""
