"""A server on loopback that answers from a table of routes, as much as a forge needs to be one in a test."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Call:
    """A request: what was asked, and the headers it came with."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer, of JSON or of bytes."""

    status: int = 200
    json: Any = None
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Route = tuple[str, str, Callable[[Call], Answer]]


@dataclass
class Served:
    """A running server: where it is, and what it was asked."""

    url: str
    calls: list[Call]


@contextlib.contextmanager
def served(routes: list[Route]) -> Iterator[Served]:
    """Answer until the block ends; what no route knows is a 404."""
    calls: list[Call] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            call = Call(
                method=self.command,
                path=unquote(parts.path),
                query={name: values[-1] for name, values in parse_qs(parts.query).items()},
                headers=dict(self.headers),
                body=json.loads(self.rfile.read(length)) if length else None,
            )
            calls.append(call)
            self.send(_answered(routes, call))

        def send(self, answer: Answer) -> None:
            content = answer.content or json.dumps(answer.json).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815 - the names the library looks for

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(url=f"http://127.0.0.1:{server.server_port}", calls=calls)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answered(routes: list[Route], call: Call) -> Answer:
    for method, pattern, answer in routes:
        found = re.fullmatch(pattern, call.path)
        if method == call.method and found:
            return answer(Call(**{**vars(call), "found": found.groups()}))
    return Answer(status=404, json={"message": "Not Found"})


def page(call: Call, items: list[Any], *, most: int, key: str | None = None) -> Answer:
    """Return one page of a list, with the link to the next one; most: items that fit on a page."""
    size = min(int(call.query.get("per_page", most)), most)
    number = int(call.query.get("page", 1))
    here = items[(number - 1) * size : number * size]
    more = number * size < len(items)
    headers = {"Link": f'<https://elsewhere.example/?page={number + 1}>; rel="next"'} if more else {}
    return Answer(json={key: here, "total_count": len(items)} if key else here, headers=headers)
