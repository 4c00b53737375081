"""httpx straight into the sandbox: a connection that breaks there is an error of httpx here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from coursesync.sandbox import Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A request that left: what for, where to, and with which Authorization header, if any."""

    method: str
    origin: str
    path: str
    authorization: str | None


class InProcess(httpx.AsyncBaseTransport):
    """A connection to a sandbox in this process, which answers for whatever host; `left` is what was sent.

    sleep: how a client waits for an answer that never comes.
    """

    def __init__(self, app: Any, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._inner = httpx.ASGITransport(app=app)
        self._sleep = sleep
        self.left: list[Left] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self.left.append(
            Left(
                method=request.method,
                origin=f"{url.scheme}://{url.netloc.decode()}",
                path=url.path,
                authorization=request.headers.get("authorization"),
            )
        )
        try:
            return await self._inner.handle_async_request(request)
        except Dropped as dropped:
            await self._sleep(request.extensions["timeout"]["read"] if dropped.what == "hang" else 0.0)
            raise _ERRORS[dropped.what]("as a fault has it", request=request) from dropped


_ERRORS: dict[str, type[httpx.TransportError]] = {
    "hang": httpx.ReadTimeout,
    "reset": httpx.ReadError,
    "short": httpx.RemoteProtocolError,
}
