"""The client: one request at a time to one Canvas, repeated where that helps, its answer as a plain value."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

from coursesync import __version__
from coursesync.canvas.answers import (
    Asked,
    asked_wait,
    kind_of,
    number,
    slowed,
    value_of,
)
from coursesync.canvas.brake import CEILING
from coursesync.canvas.credentials import Credentials
from coursesync.canvas.credit import Credit, Slot
from coursesync.canvas.throttle import Pace, Throttle
from coursesync.canvas.transport import GRAPHQL, ReadOnlyTransport
from coursesync.canvas.tries import Kind, Trouble, persist, trouble
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError

Params = Sequence[tuple[str, str]]

_log = logging.getLogger("coursesync.canvas")

USER_AGENT = f"coursesync/{__version__}"
# The balancer in front of Canvas ends a request after 60 seconds; waiting a little longer shows how it ended.
TIMEOUT = httpx.Timeout(connect=10.0, read=70.0, write=70.0, pool=600.0)
# Connections are kept for the run, but not as long as the balancer keeps them.
LIMITS = httpx.Limits(max_connections=CEILING, max_keepalive_connections=CEILING, keepalive_expiry=55.0)
PAGE_SIZE = 100
MOST_PAGES = 1000

_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,9})(?:&|$)")

# Requests that leave the same state behind however often they are carried out.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a list.

    Attributes:
        items: what is on it.
        following: whether it links to a next page, as an empty page too may; None where Canvas dropped the
            links, which it does, the next one last, when the query is too long for them.
        last: the number of the last page, where Canvas counted.

    """

    items: list[Value]
    following: bool | None
    last: int | None


class ForeignAddress(AssertionError):
    """The token was about to leave for an address that is not the configured one: a mistake of ours."""


class Canvas:
    """A connection to one Canvas, as an async context manager.

    parallelism: the most requests in flight; as a rule the limit of the token allows fewer.
    reads, writes: requests asked for so far. sent: requests sent, repetitions included.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        parallelism: int | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        read_only: bool = False,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._credentials = credentials
        self._base = httpx.URL(credentials.url)
        self._transport = transport
        self._chance = chance
        self._throttle = Throttle(Credit(most=parallelism), clock=clock, sleep=sleep)
        self._read_only = read_only
        self._user_agent = user_agent
        self._http: httpx.AsyncClient | None = None
        self.reads = 0
        self.writes = 0
        self.sent = 0

    @property
    def url(self) -> str:
        """Return the base URL, which plans are bound to."""
        return self._credentials.url

    @property
    def host(self) -> str:
        """Return the host, with its port if it is not the usual one."""
        return self._base.netloc.decode("ascii")

    @property
    def pace(self) -> Pace:
        """Return how fast requests go now."""
        return self._throttle.pace

    @property
    def refusals(self) -> int:
        """Return how often Canvas asked to slow down."""
        return self._throttle.credit.refusals

    def estimate(self, requests: int) -> float | None:
        """Return the seconds so many requests would take, as they went so far; None before any answer."""
        return self._throttle.credit.seconds(self._throttle.now, requests)

    async def __aenter__(self) -> Self:
        proxy = self._credentials.proxy
        transport = self._transport or httpx.AsyncHTTPTransport(
            proxy=proxy.reveal() if proxy else None, limits=LIMITS
        )
        self._http = httpx.AsyncClient(
            transport=ReadOnlyTransport(transport) if self._read_only else transport,
            headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            # A session cookie beside the token would let Canvas answer as it answers a browser.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._throttle.close()
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def get(self, path: str, params: Params = ()) -> Value:
        """Return the JSON at a path. Raises CanvasError in one of its kinds."""
        self.reads += 1
        value, _ = await self._exchange("GET", self._target(path, params), writes=False)
        return value

    async def ask(self, path: str, body: Mapping[str, Value]) -> Value:
        """Return the answer to a POST that changes nothing. Raises CanvasError in one of its kinds."""
        self.reads += 1
        value, _ = await self._exchange("POST", self._target(path), body=body, writes=False)
        return value

    async def query(self, document: str) -> Value:
        """Return the answer to a GraphQL query, errors included. Raises CanvasError in one of its kinds."""
        return await self.ask(GRAPHQL, {"query": document})

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Value],
        *,
        leaving: Callable[[], None] = lambda: None,
    ) -> Value:
        """Send a write and return its answer.

        leaving: called once, when the request has waited its turn and is about to leave; what it raises
        keeps the request here, and is raised.
        Raises CanvasRefused where Canvas said no, CanvasUnanswered where nobody knows whether it was
        carried out, CanvasUnavailable where it certainly was not and nothing else would be.
        """
        self.writes += 1
        value, _ = await self._exchange(method, self._target(path), body=body, writes=True, leaving=leaving)
        return value

    async def pages(self, path: str, params: Params = ()) -> list[Value]:
        """Return all items of a list, page by page. Raises CanvasError where it may not be complete."""
        size = next((int(value) for key, value in params if key == "per_page"), PAGE_SIZE)
        target = self._target(
            path, (*(pair for pair in params if pair[0] != "per_page"), ("per_page", str(size)))
        )
        seen = {str(target)}
        found: list[Value] = []
        for _ in range(MOST_PAGES):
            self.reads += 1
            page, response = await self._exchange("GET", target, writes=False)
            if not isinstance(page, list):
                raise _no_list(path)
            found += page
            following = self._following(response, path)
            if following is None and len(page) >= size and "current" not in response.links:
                # Canvas drops the links of a page, next first to stay, when the query is too long for them.
                raise CanvasError(
                    f"GET {path} gave a full page and no link to the next, so items may be missing."
                )
            # An empty page still links to a next one.
            if following is None or not page:
                return found
            if str(following) in seen:
                raise CanvasError(f"The pages of GET {path} lead in a circle.")
            seen.add(str(following))
            target = following
        raise CanvasError(f"GET {path} has more than {MOST_PAGES} pages.")

    async def page(self, path: str, params: Params = (), number: int = 1) -> ListPage:
        """Return one page of a numbered list, of 100 items. Raises CanvasError where it is no list."""
        self.reads += 1
        query = (*params, ("page", str(number)), ("per_page", str(PAGE_SIZE)))
        value, response = await self._exchange("GET", self._target(path, query), writes=False)
        if not isinstance(value, list):
            raise _no_list(path)
        return _list_page(value, response)

    def _following(self, response: httpx.Response, path: str) -> httpx.URL | None:
        link = response.links.get("next", {}).get("url")
        if not link:
            return None
        try:
            target = response.request.url.join(link)
        except httpx.InvalidURL as error:
            raise CanvasError(f"The next page of GET {path} has an address that is none.") from error
        if not self._ours(target):
            there = target.netloc.decode("ascii")
            raise CanvasError(
                f"The next page of GET {path} is at {target.scheme}://{there}, where the token may not go.",
                hint=f"Set CANVAS_API_URL to {target.scheme}://{there} if that is your Canvas.",
            )
        return target

    def _target(self, path: str, params: Params = ()) -> httpx.URL:
        if not path.startswith("/api/"):
            raise ForeignAddress(f"{path!r} is no path of Canvas's API")
        url = self.url + path
        return httpx.URL(url, params=list(params)) if params else httpx.URL(url)

    def _ours(self, target: httpx.URL) -> bool:
        base = self._base
        same = (target.scheme, target.netloc) == (base.scheme, base.netloc)
        return same and not target.userinfo

    async def _exchange(
        self,
        method: str,
        target: httpx.URL,
        *,
        writes: bool,
        body: Mapping[str, Value] | None = None,
        leaving: Callable[[], None] = lambda: None,
    ) -> tuple[Value, httpx.Response]:
        """Send a request until it is answered; it holds a slot while under way, not between the tries."""
        asked = Asked(
            method=method,
            path=_readable(target.path),
            host=self.host,
            writes=writes,
            hide=self._credentials.token.hide,
        )
        return await persist(
            lambda tries: self._try(asked, target, body, leaving=None if tries else leaving),
            what=asked.what,
            host=self.host,
            writes=writes,
            repeatable=not writes or method in _REPEATABLE,
            sleep=self._throttle.rest,
            chance=self._chance,
        )

    async def _try(
        self,
        asked: Asked,
        target: httpx.URL,
        body: Mapping[str, Value] | None,
        *,
        leaving: Callable[[], None] | None,
    ) -> tuple[Value, httpx.Response]:
        if self._http is None:
            raise AssertionError("the client is used outside of `async with`")
        if not self._ours(target):
            raise ForeignAddress(f"the token may not be sent to {target.host}")
        headers = {"Authorization": f"Bearer {self._credentials.token.reveal()}"}
        request = self._http.build_request(asked.method, target, json=body, headers=headers)
        response = await self._answered(self._http, request, asked, leaving)
        return value_of(response, asked), response

    async def _answered(
        self,
        http: httpx.AsyncClient,
        request: httpx.Request,
        asked: Asked,
        leaving: Callable[[], None] | None,
    ) -> httpx.Response:
        """Send a request when there is a slot for it, and let the throttle learn how it ended.

        leaving: what to call before; None for a request that left before, and goes first.
        """
        throttle = self._throttle
        slot = await throttle.enter(again=leaving is None)
        ended = sent = False
        try:
            if leaving is not None:
                leaving()
            sent = True
            self.sent += 1
            response = await http.send(request)
            ended = True
        except httpx.RequestError as error:
            ended = True
            failure = trouble(error)
            throttle.failed(slot, arrived=isinstance(failure, Trouble) and failure.kind is Kind.UNANSWERED)
            # The text of a LocalProtocolError repeats headers, and so perhaps the token.
            raise failure from (None if isinstance(error, httpx.LocalProtocolError) else error)
        finally:
            if not sent:
                throttle.unsent()
            elif not ended:
                throttle.lost()
        seconds = throttle.now - slot.started
        self._learn(response, slot, asked)
        _log_answer(asked, response, seconds)
        return response

    def _learn(self, response: httpx.Response, slot: Slot, asked: Asked) -> None:
        remaining = number(response.headers.get("x-rate-limit-remaining"))
        if slowed(response):
            self._throttle.refused(
                slot, remaining=remaining, asked=asked_wait(response), chance=self._chance()
            )
        elif response.status_code >= 500:
            self._throttle.failed(slot, arrived=True)
        else:
            self._throttle.answered(
                slot,
                kind=kind_of(asked),
                cost=number(response.headers.get("x-request-cost")),
                remaining=remaining,
            )


def _list_page(items: list[Value], response: httpx.Response) -> ListPage:
    """Return a page of a list with what its links tell."""
    links = response.links
    following = True if "next" in links else False if "current" in links else None
    last = _PAGE_NUMBER.search(links.get("last", {}).get("url", ""))
    return ListPage(items=items, following=following, last=int(last.group(1)) if last else None)


def _no_list(path: str) -> CanvasError:
    return CanvasError(f"Canvas answers GET {path} with something that is no list.")


def _readable(path: str) -> str:
    """Return a path as people wrote it, without what would act on a terminal."""
    if path.isprintable():
        return path
    return "".join(char if char.isprintable() else "\ufffd" for char in path)


def _log_answer(asked: Asked, response: httpx.Response, seconds: float) -> None:
    if not _log.isEnabledFor(logging.INFO):
        return
    _log.info(
        "%s %s %d, %.3f s, cost %s, remaining %s",
        asked.method,
        asked.path,
        response.status_code,
        seconds,
        asked.clean(response.headers.get("x-request-cost", "-")),
        asked.clean(response.headers.get("x-rate-limit-remaining", "-")),
    )
