"""A transport that cannot change Canvas: what is not known to be a read never leaves the process."""

from __future__ import annotations

import re

import httpx

# What is sent with POST and changes nothing, one by one (Canvas: courses_controller.rb, preview_html).
_READING_POSTS = (re.compile(rb"/api/v1/courses/[^/?]+/preview_html"),)

# Rails would take a POST with one of these for another method (Rack: method_override.rb).
_OVERRIDE = "x-http-method-override"


class WriteRefused(AssertionError):
    """A client that was made for reading was asked to write: a mistake of ours, not of the user's."""


class ReadOnlyTransport(httpx.AsyncBaseTransport):
    """Let requests that read pass to another transport, and refuse all others before a byte is sent."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a read on; raise WriteRefused for anything else."""
        if not _reads(request):
            raise WriteRefused(f"{request.method} {request.url.path} would write, and this client only reads")
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport underneath."""
        await self._transport.aclose()


def _reads(request: httpx.Request) -> bool:
    if _OVERRIDE in request.headers:
        return False
    if request.method in {"GET", "HEAD"}:
        return True
    path = request.url.raw_path
    return request.method == "POST" and any(known.fullmatch(path) for known in _READING_POSTS)
