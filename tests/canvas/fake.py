"""A Canvas that answers what a test tells it to, and a clock that only moves when somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any, TypeVar

import httpx

from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token

SECRET = "7~TopSecretTokenThatNobodyMaySee"
URL = "https://school.example.edu"
T = TypeVar("T")

# What a test answers with: a response, an exception of httpx, or a function of the request.
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass(slots=True)
class Fake:
    """Answers in turn, the last one for ever; remembers every request and every wait."""

    answers: Sequence[Answer]
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    url: str = URL

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            # A response can be read once only, and the last one is given again and again.
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def canvas(self, **options: Any) -> Canvas:
        usual: dict[str, Any] = {"sleep": self.sleep, "chance": lambda: 0.0, "clock": lambda: 0.0}
        return Canvas(
            Credentials(url=self.url, token=Token(SECRET)),
            transport=httpx.MockTransport(self.handle),
            **{**usual, **options},
        )

    def run(self, work: Callable[[Canvas], Awaitable[T]], **options: Any) -> T:
        async def inside() -> T:
            async with self.canvas(**options) as canvas:
                return await work(canvas)

        return asyncio.run(inside())

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.requests]


async def every_item(canvas: Canvas, path: str, params: Any = (), **options: Any) -> list[Any]:
    """Return the items of all pages of a list."""
    return [item async for _, page in canvas.pages(path, params, **options) for item in page]


def json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    # The parameter `json` of httpx would leave a null out.
    named = {"Content-Type": "application/json", **(headers or {})}
    return httpx.Response(status, content=dumps(value), headers=named)


def page(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html="<!DOCTYPE html><title>Log in to Canvas</title>")


def throttled(status: int = 429, /, **headers: str) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.Response(status, text=f"{status} Forbidden (Rate Limit Exceeded)\n", headers=named)
