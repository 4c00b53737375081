"""A transport that cannot write: planning gets nothing else."""

from __future__ import annotations

import re

import httpx

# The POSTs that change nothing in Canvas, named one by one.
_HARMLESS_POSTS = (re.compile(r"/api/v1/courses/[^/]+/preview_html"),)


class WriteRefused(AssertionError):
    """Planning tried to write: a bug of ours, stopped before a byte left."""


class ReadOnlyTransport(httpx.AsyncBaseTransport):
    """Pass what only reads to the transport inside; refuse everything else."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that only reads. Raises WriteRefused for any other."""
        if not harmless(request.method, request.url.path):
            raise WriteRefused(f"{request.method} {request.url.path} while planning")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport inside."""
        await self._inner.aclose()


def harmless(method: str, path: str) -> bool:
    """Tell whether a request can change nothing in Canvas."""
    if method in {"GET", "HEAD"}:
        return True
    return method == "POST" and any(known.fullmatch(path) for known in _HARMLESS_POSTS)
