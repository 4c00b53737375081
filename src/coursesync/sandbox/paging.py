"""Pages of a list and the Link header that leads through them (Canvas: lib/api.rb; instructure/folio)."""

from __future__ import annotations

import re
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
_BOOKMARK = re.compile(r"bookmark:(\d+)")


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


def bookmarked(call: Call, rows: Sequence[Mapping[str, Any]]) -> Page:
    """Return the page after a bookmark; the rows are in order of id."""
    size, text = _size(call), str(call.params.get("page", ""))
    found = _BOOKMARK.fullmatch(text)
    if found is None and text not in {"", "first", "1"}:
        raise not_found()
    after = int(found.group(1)) if found else 0
    rest = [row for row in rows if row["id"] > after]
    pages = {"current": text or "first", "first": "first"}
    if len(rest) > size:
        pages["next"] = f"bookmark:{rest[size - 1]['id']}"
    return Page(items=rest[:size], headers=_links(call, pages, size))


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
