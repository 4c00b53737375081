"""The stand-in over HTTP: in the foreground until it is stopped, or in a thread while a block runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from asyncio import Transport
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from coursesync.sandbox.app import create_app
from coursesync.sandbox.damage import LINE
from coursesync.sandbox.options import Options
from coursesync.sandbox.world import Sandbox

_LOOPBACK = "127.0.0.1"
_PATIENCE = 10.0
_TICK = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSandbox:
    """A stand-in that answers.

    Attributes:
        url: where, without a slash at the end.
        sandbox: its state.

    """

    url: str
    sandbox: Sandbox


class _Breakable(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
    """HTTP over connections that a fault can end: each is in the state of its scopes."""

    app_state: dict[str, Any]

    def connection_made(self, transport: Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, LINE: transport}


class _Prompt(uvicorn.Server):
    """Ends as soon as it is told to; uvicorn waits a tenth of a second twice, whatever is open."""

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(_TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()


def serve(options: Options, *, host: str = _LOOPBACK, port: int = 8765) -> None:
    """Answer until the process is told to stop."""
    # Requests are not logged to the terminal: they are shown at /log.
    uvicorn.run(
        create_app(options),
        host=host,
        port=port,
        http=_Breakable,
        log_level="warning",
        server_header=False,
        ws="none",
    )


@contextlib.contextmanager
def running(options: Options | None = None) -> Iterator[RunningSandbox]:
    """Run a stand-in on a free port of this machine; nothing is left running afterwards."""
    app = create_app(options)
    config = uvicorn.Config(
        app,
        http=_Breakable,
        log_config=None,
        server_header=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = _Prompt(config)
    with contextlib.closing(_listener()) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            url = f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
            yield RunningSandbox(url=url, sandbox=app.state.sandbox)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


def _listener() -> socket.socket:
    """Return a socket on a free port.

    Its protocol has to be named: asyncio sends without delay only where it is, and an answer that is
    written in two parts waits 40 ms for the client's acknowledgement otherwise.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((_LOOPBACK, 0))
    listener.listen()
    return listener


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            message = "the stand-in did not start"
            raise RuntimeError(message)
        time.sleep(0.005)
