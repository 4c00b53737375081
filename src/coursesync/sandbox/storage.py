"""The place where the content of files goes, which is another service than Canvas and knows no tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coursesync.sandbox.damage import damaged, drop
from coursesync.sandbox.errors import Refusal, message
from coursesync.sandbox.faults import DROPPING
from coursesync.sandbox.files import complete, file_json, parameters, receive
from coursesync.sandbox.world import LogEntry, Sandbox

STORAGE = "/file_storage"

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition: form-data; name="([^"]*)"(; filename=)?', re.IGNORECASE)
_FILE = "file"


def storage(world: Sandbox) -> ASGIApp:
    """Return everything below STORAGE; faults of the stand-in happen here too."""
    return _Storage(world)


class _Storage:
    """The storage of one stand-in."""

    def __init__(self, world: Sandbox) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        world, request = self._world, Request(scope, receive_)
        started, path = world.options.clock(), request.url.path
        try:
            content = await request.body()
        except ClientDisconnect:
            return
        fault = world.faults.meet(request.method, path, "storage")
        done = _answer(world, request, content) if fault is None or fault.commits else None
        response = damaged(fault, done, number=world.number) if fault else done or Response(status_code=500)
        drops = fault is not None and fault.what in DROPPING
        world.log.append(
            LogEntry(
                method=request.method,
                path=path,
                raw_path=path,
                query=[],
                body=None,
                status=0 if drops else response.status_code,
                token=request.headers.get("authorization"),
                started=started,
                ended=world.options.clock(),
                fault=fault,
            )
        )
        if fault is not None and drops:
            await drop(fault, response, scope, receive_, send)
        else:
            await response(scope, receive_, send)


def _answer(world: Sandbox, request: Request, content: bytes) -> Response:
    try:
        return _received(world, request, content)
    except Refusal as refusal:
        return _json(refusal.body, refusal.status)


def _received(world: Sandbox, request: Request, content: bytes) -> Response:
    """Take a file, if nothing is sent with it but what Canvas named; answer as one kind of storage does."""
    if "authorization" in request.headers or "cookie" in request.headers:
        raise message(400, "Only one auth mechanism allowed")
    number = request.url.path.removeprefix(f"{STORAGE}/")
    file = world.store.row("files", int(number)) if number.isdigit() else None
    if request.method != "POST" or file is None:
        raise Refusal(404, {"message": "there is nothing here"})
    *given, (name, data) = _parts(request.headers.get("content-type", ""), content)
    if name != _FILE or given != [(key, text.encode()) for key, text in parameters(file).items()]:
        raise Refusal(403, {"message": "the parameters are not the signed ones"})
    file = receive(world.store, file["id"], data)
    base = world.options.canvas or str(request.base_url).rstrip("/")
    location = {"location": f"{base}/api/v1/files/{file['id']}/create_success?uuid={file['uuid']}"}
    match world.options.stored:
        case "redirect":
            return Response(status_code=303, headers=location)
        case "created":
            return _json({"instfs_uuid": file["uuid"]}, 201, location)
        case _:
            return _json(file_json(complete(world.store, file), base=base), 201)


def _parts(kind: str, content: bytes) -> Sequence[tuple[str, bytes]]:
    """Return names and values of a multipart form, in their order."""
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise message(400, "multipart/form-data is expected")
    found = []
    for part in content.split(b"--" + boundary.group(1).encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        found.append((name.group(1).decode() if name else "", value.removesuffix(b"\r\n")))
    if not found:
        raise message(400, "the form is empty")
    return found


def _json(body: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, media_type="application/json; charset=utf-8")
