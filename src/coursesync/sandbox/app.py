"""The web application: every API request passes the balancer, the throttle, the token check and a handler."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from coursesync.sandbox.batch import work
from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.damage import damaged, drop
from coursesync.sandbox.errors import NO_USER_AGENT, Refusal, crash, not_found
from coursesync.sandbox.faults import DROPPING, Fault
from coursesync.sandbox.identity import token_of, user_of
from coursesync.sandbox.options import Options
from coursesync.sandbox.pages import page_routes
from coursesync.sandbox.parameters import Params, Unreadable, body_of, nested, pairs_of
from coursesync.sandbox.routes import route
from coursesync.sandbox.storage import STORAGE, storage
from coursesync.sandbox.world import LogEntry, Sandbox

_LOG = logging.getLogger(__name__)
_STRING_IDS = "application/json+canvas-string-ids"
_REFUSALS = {429: "429 Too Many Requests", 403: "403 Forbidden"}


def create_app(options: Options | None = None) -> Starlette:
    """Return a stand-in Canvas as an ASGI application; `app.state.sandbox` is its state."""
    world = Sandbox(options or Options())
    app = Starlette(
        routes=[*page_routes(world), Mount(STORAGE, app=storage(world)), Mount("/api", app=_Api(world))]
    )
    app.state.sandbox = world
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incoming:
    """A request before anybody looked at who sent it."""

    request: Request
    raw_path: str
    query: list[tuple[str, str]]
    token: str | None
    body: Params | None
    unreadable: str | None

    @property
    def caller(self) -> str:
        """Whose bucket it fills: each token has its own."""
        return self.token or f"address {self.request.client.host if self.request.client else ''}"


class _Api:
    """Everything below /api."""

    def __init__(self, world: Sandbox) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        world, started = self._world, self._world.options.clock()
        try:
            incoming = await _incoming(Request(scope, receive))
        except ClientDisconnect:
            # Nobody asked for anything yet.
            return
        fault = world.faults.meet(incoming.request.method, unquote(incoming.raw_path), incoming.caller)
        drops = fault is not None and fault.what in DROPPING
        status = 0
        try:
            response = await self._answer(incoming, fault)
            status = 0 if drops else response.status_code
        finally:
            # Also when the client hung up: what was asked may have been done.
            world.log.append(_entry(incoming, status, started, world.options.clock(), fault))
        if fault is not None and drops:
            await drop(fault, response, scope, receive, send)
        else:
            await response(scope, receive, send)

    async def _answer(self, incoming: _Incoming, fault: Fault | None) -> Response:
        if fault is None:
            return await self._usual(incoming, self._world.options.replica_lag)
        behind = fault.seconds if fault.what == "lag" else self._world.options.replica_lag
        answer = await self._usual(incoming, behind) if fault.commits else None
        return damaged(fault, answer, number=self._world.number)

    async def _usual(self, incoming: _Incoming, lag: float) -> Response:
        request, world = incoming.request, self._world
        if not request.headers.get("user-agent"):
            return _json(NO_USER_AGENT, 403)
        if not world.options.throttle:
            return await self._handled(incoming, lag)
        return await self._throttled(incoming, lag)

    async def _throttled(self, incoming: _Incoming, lag: float) -> Response:
        world, caller = self._world, incoming.caller
        started = world.options.clock()
        if not world.throttle.admit(caller):
            status = world.options.refusal_status
            response = Response(
                f"{_REFUSALS[status]} (Rate Limit Exceeded)\n", status, media_type="text/plain"
            )
            response.headers["x-rate-limit-remaining"] = str(world.throttle.remaining(caller))
            return response
        cost = 0.0
        try:
            response = await self._handled(incoming, lag)
            cost = world.cost(world.options.clock() - started)
        finally:
            # A client that hangs up gives its reservation back too.
            world.throttle.settle(caller, cost)
        response.headers["x-request-cost"] = str(cost)
        response.headers["x-rate-limit-remaining"] = str(world.throttle.remaining(caller))
        return response

    async def _handled(self, incoming: _Incoming, lag: float) -> Response:
        accept = incoming.request.headers.get("accept", "")
        try:
            answer = await self._dispatch(incoming, lag)
            body = _with_text_ids(answer.body) if _STRING_IDS in accept else answer.body
            response = _json(body, answer.status, answer.headers)
        except Refusal as refusal:
            response = _json(refusal.body, refusal.status, refusal.headers)
        except Exception:  # noqa: BLE001 - Canvas too turns whatever breaks into an error 500
            _LOG.debug("a handler of the stand-in failed, as Canvas would", exc_info=True)
            broken = crash(self._world.number())
            response = _json(broken.body, broken.status)
        response.headers["x-request-context-id"] = f"sandbox-{self._world.number():08}"
        return response

    async def _dispatch(self, incoming: _Incoming, lag: float) -> Answer:
        user = user_of(self._world.store, incoming.token, self._world.options.now())
        if incoming.unreadable is not None:
            raise Refusal(400, {"errors": [{"message": incoming.unreadable}]})
        found = route(incoming.request.method, incoming.raw_path)
        if found is None:
            raise not_found()
        handler, ids = found
        work(self._world)
        url = incoming.request.url
        call = Call(
            world=self._world,
            user=user,
            params={**nested(incoming.query), **(incoming.body or {})},
            query=incoming.query,
            base=f"{url.scheme}://{incoming.request.headers.get('host', url.netloc)}",
            path=incoming.raw_path,
            lag=lag,
        )
        return await handler(call, *ids)


async def _incoming(request: Request) -> _Incoming:
    raw = request.scope.get("raw_path") or request.url.path.encode()
    query = pairs_of(request.scope["query_string"].decode("latin-1"))
    body: Params | None = None
    unreadable: str | None = None
    try:
        body = body_of(request.headers.get("content-type", ""), await request.body())
    except Unreadable as error:
        unreadable = str(error)
    return _Incoming(
        request=request,
        raw_path=raw.decode("latin-1").split("?")[0],
        query=query,
        token=token_of(request.headers.get("authorization", ""), query),
        body=body,
        unreadable=unreadable,
    )


def _entry(incoming: _Incoming, status: int, started: float, ended: float, fault: Fault | None) -> LogEntry:
    return LogEntry(
        method=incoming.request.method,
        path=unquote(incoming.raw_path),
        raw_path=incoming.raw_path,
        query=incoming.query,
        body=incoming.body,
        status=status,
        token=incoming.token,
        started=started,
        ended=ended,
        fault=fault,
    )


def _json(body: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, media_type="application/json; charset=utf-8")


def _with_text_ids(body: Any) -> Any:
    """Return a body with every id as text (Canvas: application_controller.rb stringify_json_ids)."""
    if isinstance(body, list):
        return [_with_text_ids(item) for item in body]
    if not isinstance(body, dict):
        return body
    return {name: _text_id(name, value) for name, value in body.items()}


def _text_id(name: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and (name == "id" or name.endswith("_id")):
        return str(value)
    if isinstance(value, list) and name.endswith("_ids"):
        return [str(item) if isinstance(item, int) else item for item in value]
    return _with_text_ids(value)
