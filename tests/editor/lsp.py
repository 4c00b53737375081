"""A client for a language server on stdin and stdout: requests by number, and what it sends by itself.

It comes in as the command that starts the server; answers and notifications come out as JSON.
"""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

_SECONDS = 60.0


@dataclass(slots=True)
class Server:
    """A language server that runs."""

    process: subprocess.Popen[bytes]
    said: Queue[Mapping[str, Any] | None] = field(default_factory=Queue)
    waiting: deque[Mapping[str, Any]] = field(default_factory=deque)
    number: int = 0
    opened: int = 0

    def ask(self, method: str, **parameters: Any) -> Any:
        """Return the answer to a request. Raises RuntimeError where the server refuses it."""
        self.number += 1
        self._send({"id": self.number, "method": method, "params": parameters})
        answer = self._find(lambda message: message.get("id") == self.number and "method" not in message)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def tell(self, method: str, **parameters: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": parameters})

    def told(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        """Wait for a notification with these parameters, and return all of its parameters."""
        wanted = parameters.items()
        found = self._find(
            lambda message: message.get("method") == method and wanted <= message["params"].items()
        )
        return dict(found["params"])

    def open(self, path: Path, text: str) -> str:
        """Open a text as a file beside `path`, of which nothing comes to the disk; return its address."""
        self.opened += 1
        uri = path.with_stem(f"{path.stem}-{self.opened}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return uri

    def _find(self, wanted: Any) -> Mapping[str, Any]:
        for message in list(self.waiting):
            if wanted(message):
                self.waiting.remove(message)
                return message
        while True:
            message = self._next()
            if wanted(message):
                return message
            self.waiting.append(message)

    def _next(self) -> Mapping[str, Any]:
        try:
            message = self.said.get(timeout=_SECONDS)
        except Empty:
            raise RuntimeError("The language server says nothing more.") from None
        if message is None:
            raise RuntimeError("The language server has ended.")
        if "method" in message and "id" in message:
            # It asks for settings, or to register: nothing is set, and everything is fine.
            empty = [{} for _ in message["params"].get("items", ())]
            self._send({"id": message["id"], "result": empty or None})
        return message

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()


@contextmanager
def language_server(command: Sequence[str], root: Path) -> Iterator[Server]:
    """Start a server for the workspace `root`, and end it with the test."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        server = Server(process=process)
        assert process.stdout is not None
        reader = Thread(target=_read, args=(process.stdout, server.said))
        reader.start()
        try:
            server.ask(
                "initialize",
                processId=None,
                rootUri=root.as_uri(),
                capabilities=_CAPABILITIES,
                workspaceFolders=[{"uri": root.as_uri(), "name": root.name}],
            )
            server.tell("initialized")
            yield server
            server.ask("shutdown")
            server.tell("exit")
            process.wait(timeout=_SECONDS)
        finally:
            process.kill()
            reader.join()


_CAPABILITIES: Mapping[str, Any] = {
    "textDocument": {
        "completion": {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
    "workspace": {"configuration": True},
}


def _read(stream: IO[bytes], said: Queue[Mapping[str, Any] | None]) -> None:
    while line := stream.readline():
        length = int(line.removeprefix(b"Content-Length:"))
        while stream.readline().strip():
            pass
        said.put(json.loads(stream.read(length)))
    said.put(None)
