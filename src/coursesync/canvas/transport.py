"""A transport that cannot change Canvas: what is not known to be a read never leaves the process."""

from __future__ import annotations

import json
import re

import httpx

GRAPHQL = "/api/graphql"

# The one POST besides GraphQL's queries that changes nothing (Canvas: courses_controller.rb, preview_html).
_PREVIEW = re.compile(rb"/api/v1/courses/[^/?]+/preview_html")

# A document that changes something has one of these words outside of any name (GraphQL: 2.3 Operations).
_CHANGING = re.compile(r"\b(?:mutation|subscription)\b", re.ASCII | re.IGNORECASE)

# Rails would take a POST with one of these for another method (Rack: method_override.rb).
_OVERRIDE = "x-http-method-override"
_ENCODED = "content-encoding"


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
    if request.method != "POST":
        return False
    path = request.url.raw_path
    return bool(_PREVIEW.fullmatch(path)) or (path == GRAPHQL.encode() and _queries(request))


def _queries(request: httpx.Request) -> bool:
    """Tell whether a request to GraphQL holds one document that only reads, and nothing beside it."""
    if request.headers.get_list("content-type") != ["application/json"] or _ENCODED in request.headers:
        return False
    try:
        # As pairs, because who reads a key twice may take the first of its values or the last.
        body = json.loads(request.content.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError, httpx.RequestNotRead):
        return False
    if not isinstance(body, tuple) or [name for name, _ in body] != ["query"]:
        return False
    document = body[0][1]
    return isinstance(document, str) and document.startswith("query ") and not _CHANGING.search(document)
