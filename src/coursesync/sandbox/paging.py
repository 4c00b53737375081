"""Pages of a list and the Link header that leads through them (Canvas: lib/api.rb; instructure/folio)."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from coursesync.sandbox.call import Call
from coursesync.sandbox.errors import not_found

_DEFAULT, _LARGEST = 10, 100
_LINK_BUDGET = 6144
_ORDER = ("current", "next", "prev", "first", "last")
_PRIORITY = ("next", "last", "prev", "current", "first")
_BOOKMARK = "bookmark:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list.

    Attributes:
        items: what is on it.
        headers: the Link header, where there is one.

    """

    items: Sequence[Any]
    headers: dict[str, str]


def numbered(call: Call, rows: Sequence[Any], *, counted: bool) -> Page:
    """Return the page a request asks for; a list that is not counted does not know where it ends."""
    size, page = _size(call), _number(call)
    items = rows[(page - 1) * size : page * size]
    last = (len(rows) + size - 1) // size or 1
    if counted and page > last:
        raise not_found()
    # Without a count only a page that is not full, and not an empty one beyond the end, shows the end.
    ends = counted or (len(items) < size and (page == 1 or bool(items)))
    pages: dict[str, str] = {"current": str(page), "first": "1"}
    if not ends or page < last:
        pages["next"] = str(page + 1)
    if page > 1:
        pages["prev"] = str(page - 1)
    if ends:
        pages["last"] = str(last)
    return Page(items=items, headers=_links(call, pages, size))


def bookmarked(
    call: Call,
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Sequence[str] = ("id",),
    newest_first: bool = False,
) -> Page:
    """Return the page after a bookmark; the rows are in order of these columns."""
    size, text = _size(call), str(call.params.get("page") or "")
    after = _marked(text)
    if after is not None:
        places = [[row[name] for name in columns] for row in rows]
        try:
            kept = [place < after if newest_first else place > after for place in places]
        except TypeError as error:
            raise not_found() from error
        rows = [row for row, keep in zip(rows, kept, strict=True) if keep]
    pages = {"current": text or "first", "first": "first"}
    if len(rows) > size:
        pages["next"] = _mark([rows[size - 1][name] for name in columns])
    return Page(items=rows[:size], headers=_links(call, pages, size))


def _mark(place: list[Any]) -> str:
    return _BOOKMARK + urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _marked(text: str) -> list[Any] | None:
    """Return the place a bookmark stands at; None for the first page."""
    if text in {"", "first", "1"}:
        return None
    word = text.removeprefix(_BOOKMARK)
    try:
        place = json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except ValueError as error:
        raise not_found() from error
    if word == text or not isinstance(place, list):
        raise not_found()
    return place


def _size(call: Call) -> int:
    text = call.params.get("per_page")
    if text is None:
        return _DEFAULT
    found = re.match(r"\s*[+-]?\d+", str(text))
    return max(1, min(_LARGEST, int(found.group()) if found else 0))


def _number(call: Call) -> int:
    text = str(call.params.get("page") or "1")
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise not_found()
    return int(text)


def _links(call: Call, pages: dict[str, str], size: int) -> dict[str, str]:
    kept = [pair for pair in call.query if pair[0] not in {"page", "per_page", "access_token", "api_key"}]
    links: dict[str, str] = {}
    for name in _PRIORITY:
        if name not in pages:
            continue
        query = urlencode([*kept, ("page", pages[name]), ("per_page", str(size))])
        link = f'<{call.base}{call.path}?{query}>; rel="{name}"'
        if len(",".join([*links.values(), link])) > _LINK_BUDGET:
            break
        links[name] = link
    text = ",".join(links[name] for name in _ORDER if name in links)
    return {"link": text} if text else {}
