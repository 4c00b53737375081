"""Something between us and Canvas that spoils some of the answers on their way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import strategies as st

from tests.trust.edits import (
    ValueEdit,
    byte_edits,
    edited_bytes,
    edited_text,
    edited_value,
    text_edits,
    value_edits,
)

_OK, _MOVED = (200, 201, 204, 206), (301, 302, 304)
_REFUSED, _FAILED = (400, 401, 403, 404, 409, 418, 422, 429), (500, 502, 504, 599, 999)
_STATUSES = (*_OK, *_MOVED, *_REFUSED, *_FAILED)
_HEADERS = (
    ("link", '<https://evil.example/api/v1/x?page=2>; rel="next"'),
    ("link", '<//evil.example>; rel="next", <>; rel="current"'),
    ("link", '<http://[::1>; rel="next"'),
    ("link", '</api/v1/courses?page=2>; rel="next"; rel="last"'),
    ("link", "<?page=" + "9" * 400 + '>; rel="last", <x>; rel="current"'),
    ("link", "<" * 3_000 + ";=,;" * 500),
    ("link", '<https://user:pass@canvas.example.edu/api/v1/x>; rel="next"'),
    ("location", "https://evil.example/login"),
    ("location", "http://[::1"),
    ("location", "\x7f//evil"),
    ("retry-after", "1e99"),
    ("retry-after", "-5"),
    ("retry-after", "nan"),
    ("x-request-cost", "Infinity"),
    ("x-request-cost", "-1e-99"),
    ("x-request-cost", "999999999"),
    ("x-rate-limit-remaining", "-999999999"),
    ("x-rate-limit-remaining", "0x10"),
    ("content-type", ""),
    ("content-type", "application/json; charset=utf-16"),
    ("content-type", "application/vnd.api+json; charset=\x80"),
    ("content-type", "text/html"),
    ("www-authenticate", 'Bearer realm="canvas-lms"'),
    ("set-cookie", "_csrf=x; Domain=evil.example"),
    ("content-encoding", "gzip"),
)

# What is done with an answer: its kind, and what that kind needs.
Spoiling = tuple[str, Any]
# Which answers are spoilt, counted from the first, and how.
Lies = list[tuple[int, Spoiling]]

_spoilings: st.SearchStrategy[Spoiling] = st.one_of(
    st.tuples(st.just("value"), value_edits),
    st.tuples(st.just("value"), value_edits),
    st.tuples(st.just("text"), text_edits),
    st.tuples(st.just("bytes"), byte_edits),
    st.tuples(st.just("status"), st.sampled_from(_STATUSES)),
    st.tuples(st.just("header"), st.sampled_from(_HEADERS)),
)


def lies(upto: int) -> st.SearchStrategy[Lies]:
    """Make up to five lies, about some of the first answers."""
    return st.lists(st.tuples(st.integers(0, upto), _spoilings), min_size=1, max_size=5)


@dataclass(slots=True)
class Lying(httpx.AsyncBaseTransport):
    """Passes requests on, and answers spoilt; remembers where requests went."""

    inner: httpx.AsyncBaseTransport
    told: Lies
    answers: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "canvas.example.edu", "a request to somebody else"
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        number, self.answers = self.answers, self.answers + 1
        return spoilt(response, content, [how for which, how in self.told if which == number])


def spoilt(response: httpx.Response, content: bytes, how: Iterable[Spoiling]) -> httpx.Response:
    """Return an answer with everything done to it."""
    status = response.status_code
    headers = [pair for pair in response.headers.raw if pair[0].lower() != b"content-length"]
    for kind, what in how:
        if kind == "value":
            content = _other_value(content, what)
        elif kind == "text":
            content = edited_text(content.decode("utf-8", "replace"), what).encode("utf-8", "surrogatepass")
        elif kind == "bytes":
            content = edited_bytes(content, what)
        elif kind == "status":
            status = what
        else:
            name = what[0].encode()
            headers = [pair for pair in headers if pair[0].lower() != name]
            headers.append((name, what[1].encode("latin-1")))
    # As a stream, so that whoever reads it meets what is wrong with it.
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def _other_value(content: bytes, edits: list[ValueEdit]) -> bytes:
    try:
        value = json.loads(content)
        return json.dumps(edited_value(value, edits)).encode()
    except ValueError:
        return content
