"""The client: one connection pool, one token, one host; JSON in, JSON out, retries for what may pass."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx
import tenacity

from coursesync import __version__
from coursesync.canvas import answers
from coursesync.canvas.credentials import Credentials
from coursesync.canvas.transport import ReadOnlyTransport, harmless
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError

# The load balancer in front of Canvas cuts a request after 60 seconds without an answer.
_TIMEOUTS = httpx.Timeout(70.0, connect=10.0, pool=None)
_TRIES = 5
_REFUSALS = 20
_PAGES = 10_000
# What one request reserves, and how fast the bucket drains per second (Canvas: request_throttle.rb).
_RESERVED, _DRAIN = 50.0, 10.0
# How many requests may be under way at once; --parallelism can only lower it.
_AT_ONCE = 4

_log = logging.getLogger(__name__)

Parameters = Sequence[tuple[str, str]]


class _Passing(Exception):
    """An attempt failed in a way that may pass; `wait` is how long Canvas wants us to wait, in seconds."""

    def __init__(self, error: CanvasError, *, throttled: bool = False, wait: float = 0.0) -> None:
        super().__init__(error)
        self.error = error
        self.throttled = throttled
        self.wait = wait


class Canvas:
    """A Canvas to read from and, unless `read_only`, to write to; use it as an async context manager.

    url, host: which Canvas. reads, writes: requests made so far, retries not counted.
    transport, sleep (seconds), chance (0 to 1): the outside world, replaced in tests.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        parallelism: int = _AT_ONCE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        read_only: bool = False,
    ) -> None:
        self.url = credentials.url
        self.host = urlsplit(credentials.url).netloc
        self.reads = 0
        self.writes = 0
        self._sleep = sleep
        self._chance = chance
        self._gate = asyncio.Semaphore(min(parallelism, _AT_ONCE))
        inner = transport or httpx.AsyncHTTPTransport(retries=0)
        self._http = httpx.AsyncClient(
            transport=ReadOnlyTransport(inner) if read_only else inner,
            base_url=credentials.url,
            timeout=_TIMEOUTS,
            follow_redirects=False,
            headers={
                "Authorization": f"Bearer {credentials.token.reveal()}",
                "User-Agent": f"coursesync/{__version__}",
                "Accept": "application/json",
            },
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str, parameters: Parameters = ()) -> Value:
        """Return the JSON of a GET. Raises CanvasRefused or CanvasUnavailable."""
        self.reads += 1
        response = await self._retried("GET", path, parameters=parameters)
        return answers.content(response, writing=False)

    async def pages(self, path: str, parameters: Parameters = ()) -> list[Value]:
        """Return the items of every page of a list, following Link on this Canvas only.

        Raises CanvasError where a page leads to another host, or the list cannot be complete.
        """
        items: list[Value] = []
        target, query = path, [*parameters, ("per_page", "100")]
        for _ in range(_PAGES):
            self.reads += 1
            response = await self._retried("GET", target, parameters=query)
            page = answers.content(response, writing=False)
            if not isinstance(page, list):
                raise CanvasError("Canvas answered with something that is no list.")
            items += page
            following = response.links.get("next", {}).get("url")
            # Past the end Canvas still names a next page, so an empty one ends the list.
            if not page or (not following and len(page) < 100):
                return items
            if not following:
                raise CanvasError("Canvas left out the link to the next page, so the list is incomplete.")
            target, query = self._same_origin(following), []
        raise CanvasError("The list has no end.")

    def _same_origin(self, address: str) -> str:
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}".lower() != self.url:
            raise CanvasError(
                f"A list goes on at another host ({parts.netloc}); the token is not sent there."
            )
        return f"{parts.path}?{parts.query}"

    async def send(self, method: str, path: str, body: Mapping[str, Value]) -> Value:
        """Send JSON and return the JSON answered.

        Raises CanvasRefused where nothing was done, CanvasUnanswered where that is not known,
        CanvasUnavailable where the token or the address is wrong.
        """
        writing = not harmless(method, path)
        self.writes += writing
        self.reads += not writing
        response = await self._retried(method, path, body=body)
        return answers.content(response, writing=writing)

    async def _retried(
        self, method: str, path: str, *, parameters: Parameters = (), body: Mapping[str, Value] | None = None
    ) -> httpx.Response:
        """Send a request until it succeeds, fails for good, or was tried often enough."""
        retrying = tenacity.AsyncRetrying(
            sleep=self._sleep,
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=_tried_enough,
            wait=self._pause,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    return await self._once(method, path, parameters=parameters, body=body)
        except _Passing as passing:
            raise passing.error from passing.__cause__
        raise AssertionError("tenacity ends with a result or an exception")

    async def _once(
        self, method: str, path: str, *, parameters: Parameters, body: Mapping[str, Value] | None
    ) -> httpx.Response:
        writing = not harmless(method, path.partition("?")[0])
        started = time.monotonic()
        async with self._gate:
            try:
                response = await self._http.request(
                    method, path, params=list(parameters) or None, json=None if body is None else dict(body)
                )
            except httpx.TransportError as error:
                _log.info("%s %s: %s", method, path.partition("?")[0], type(error).__name__)
                known = answers.unanswered(error, writing=writing)
                if answers.retryable(error):
                    raise _Passing(known) from None
                raise known from None
        self._note(response, method, path, time.monotonic() - started)
        if answers.passing(response):
            refused = answers.throttled(response)
            raise _Passing(
                _content_error(response, writing=writing), throttled=refused, wait=_wanted_wait(response)
            )
        return response

    def _note(self, response: httpx.Response, method: str, path: str, seconds: float) -> None:
        _log.info(
            "%s %s: %s in %.2f s, cost %s, %s left",
            method,
            path.partition("?")[0],
            response.status_code,
            seconds,
            response.headers.get("x-request-cost", "?"),
            response.headers.get("x-rate-limit-remaining", "?"),
        )

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Return how long to wait before the next try: what Canvas needs, or ever longer, with jitter."""
        passing = _passing(state)
        backoff = float(min(2 ** (state.attempt_number - 1), 30))
        return max(passing.wait, 0.5 if passing.throttled else backoff) * (1 + self._chance() / 2)


def _passing(state: tenacity.RetryCallState) -> _Passing:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _Passing)  # noqa: S101 - the only exception that is retried
    return error


def _tried_enough(state: tenacity.RetryCallState) -> bool:
    return state.attempt_number >= (_REFUSALS if _passing(state).throttled else _TRIES)


def _content_error(response: httpx.Response, *, writing: bool) -> CanvasError:
    try:
        answers.content(response, writing=writing)
    except CanvasError as error:
        return error
    raise AssertionError("a passing answer is an error")


def _wanted_wait(response: httpx.Response) -> float:
    """Return how long until there is room for one request again, in seconds."""
    if not answers.throttled(response):
        return 0.0
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    try:
        remaining = float(response.headers.get("x-rate-limit-remaining", "0"))
    except ValueError:
        remaining = 0.0
    return max(0.0, (2 * _RESERVED - remaining) / _DRAIN)


def course_path(template: str, course: str) -> str:
    """Put a course's id, of any form, into a path, percent-encoded once.

    A SIS id that ends in .json would be read as a format, so it is sent in hexadecimal.
    """
    kind, found, value = course.partition(":")
    if found and value.endswith(".json"):
        course = f"hex:{kind}:{value.encode().hex()}"
    return template.replace("{id}", quote(course, safe=":"))
