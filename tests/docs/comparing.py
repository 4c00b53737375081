"""What a page shows and what was said, held against each other line by line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

ANY = "…"

# What is another in every run: how long it takes, ids of runs, and commits.
_VARIES = (
    (re.compile(r"\b(about \d+ (s|min)|under 1 s)\b"), "SECONDS"),
    (re.compile(r"\b\d{8}T?-?\d{6}Z?-[0-9a-f]{6}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{40}\b|\b(?=\w*\d)(?=\w*[a-f])[0-9a-f]{7,12}\b"), "HASH"),
    (re.compile(r"\b(?=\w*\d)[0-9a-f]{7}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z"), None),
)


# Said, or not, by the date on which a page is followed.
_BY_DATE = re.compile(r" +Its term is running: what its students may enter changes at once\.")


def agrees(shown: list[str], said: list[str]) -> bool:
    """Tell whether the lines said are those shown, where a line of `…` stands for any."""
    now = datetime.now(UTC)
    wanted = [_steady(line, None) for line in shown if not _BY_DATE.fullmatch(line)]
    found = [_steady(line, now) for line in said if not _BY_DATE.fullmatch(line)]
    return _match(wanted, found)


def _match(wanted: list[str], found: list[str]) -> bool:
    if not wanted:
        return not found
    if wanted[0].strip() == ANY:
        return any(_match(wanted[1:], found[at:]) for at in range(len(found) + 1))
    return bool(found) and _same(wanted[0], found[0]) and _match(wanted[1:], found[1:])


def _same(wanted: str, found: str) -> bool:
    """Compare two lines; NOW in the one found is any time in the other."""
    if wanted == found:
        return True
    pattern = re.escape(found).replace("NOW", r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z")
    return re.fullmatch(pattern, wanted) is not None


def _steady(line: str, now: datetime | None) -> str:
    for pattern, name in _VARIES:
        if name is not None:
            line = pattern.sub(name, line)
        elif now is not None:
            line = pattern.sub(lambda match: _moment(match[0], now), line)
    # Where something shorter or longer stands in a line, it may be broken elsewhere.
    return line.rstrip()


def _moment(text: str, now: datetime) -> str:
    moment = datetime.fromisoformat(text)
    return "NOW" if abs(now - moment) < timedelta(days=1) else text
