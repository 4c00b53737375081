"""A fault as what the client gets: another answer, half of it, or none and the end of the connection."""

from __future__ import annotations

import json
import struct
from asyncio import Transport
from collections.abc import Callable, Mapping
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from coursesync.sandbox.errors import Refusal, bad_token, crash
from coursesync.sandbox.faults import Fault

# Where a server that can break its connections puts them into the state of a scope.
LINE = "line"

_JSON = "application/json; charset=utf-8"
# An answer nobody expects: no list, and no object with an id.
_ODD: Mapping[str, Any] = {"unexpected": True}


class Dropped(Exception):
    """The connection is to break, in a process where there is none; `what` is hang, reset or short."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def damaged(fault: Fault, answer: Response | None, *, number: Callable[[], int]) -> Response:
    """Return what the client gets instead of the answer; one that is never sent for a connection that drops.

    answer: what Canvas answered, where it did what was asked. number: gives numbers for error reports.
    """
    if fault.what in {"cut", "short", "lag"} and answer is not None:
        return _cut(answer) if fault.what == "cut" else answer
    response = _MADE[fault.what](fault, number)
    for name, value in fault.headers.items():
        response.headers[name] = value
    return response


def _cut(answer: Response) -> Response:
    body = bytes(answer.body)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(body[: len(body) // 2], answer.status_code, headers)


def _error(fault: Fault, number: Callable[[], int]) -> Response:
    if isinstance(fault.body, str):
        return Response(fault.body, fault.status or 500, media_type=fault.media_type or "application/json")
    refusal = crash(number())
    return _json(refusal.body if fault.body is None else fault.body, fault.status or 500)


def _page(fault: Fault, _number: Callable[[], int]) -> Response:
    status = fault.status or 502
    title = f"{status} {HTTPStatus(status).phrase}"
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Response(fault.body if isinstance(fault.body, str) else page, status, media_type="text/html")


def _text(fault: Fault, _number: Callable[[], int]) -> Response:
    text = fault.body if isinstance(fault.body, str) else "OK"
    return Response(text, fault.status or 200, media_type=fault.media_type or "application/json")


def _shape(fault: Fault, _number: Callable[[], int]) -> Response:
    return _json(_ODD if fault.body is None else fault.body, fault.status or 200)


def _redirect(fault: Fault, _number: Callable[[], int]) -> Response:
    return Response(status_code=fault.status or 302, headers={"location": fault.to})


def _expired(_fault: Fault, _number: Callable[[], int]) -> Response:
    refusal: Refusal = bad_token("Expired access token.")
    return _json(refusal.body, refusal.status, refusal.headers)


def _storm(fault: Fault, _number: Callable[[], int]) -> Response:
    status = fault.status or 429
    text = f"{status} {HTTPStatus(status).phrase} (Rate Limit Exceeded)\n"
    return Response(text, status, {"x-rate-limit-remaining": "0.0"}, media_type="text/plain")


def _nothing(_fault: Fault, _number: Callable[[], int]) -> Response:
    return _json(_ODD, 200)


_MADE: Mapping[str, Callable[[Fault, Callable[[], int]], Response]] = {
    "error": _error,
    "page": _page,
    "text": _text,
    "shape": _shape,
    "redirect": _redirect,
    "expire": _expired,
    "storm": _storm,
    "hang": _nothing,
    "reset": _nothing,
    "short": _nothing,
    "cut": _error,
    "lag": _nothing,
}


async def drop(fault: Fault, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """End a connection as the fault says. Raises Dropped where there is none to end."""
    line = scope.get("state", {}).get(LINE)
    if not isinstance(line, Transport):
        raise Dropped(fault.what)
    if fault.what == "reset":
        _reset(line)
    elif fault.what == "short":
        await _send_half(response, send)
        line.close()
    # A client that hangs gives up some time; and no server answers for us as long as we are here.
    while (await receive())["type"] != "http.disconnect":
        pass


def _reset(line: Transport) -> None:
    """Send RST instead of an orderly end."""
    found = line.get_extra_info("socket")
    if found is not None:
        found.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    line.abort()


async def _send_half(response: Response, send: Send) -> None:
    body = bytes(response.body)
    start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


def _json(body: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, media_type=_JSON)
