"""The client: what one can ask a Canvas for, and its answers as plain values."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from coursesync import __version__
from coursesync.canvas.credentials import Credentials
from coursesync.canvas.credit import Credit
from coursesync.canvas.throttle import Pace, Throttle
from coursesync.canvas.transport import GRAPHQL
from coursesync.canvas.uploads import Parcel, Stored, upload
from coursesync.canvas.wire import Leaving, Params, Wire, stay_silent
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError

USER_AGENT = f"coursesync/{__version__}"
PAGE_SIZE = 100
MOST_PAGES = 1000

_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,9})(?:&|$)")


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


# Where the items of a list are in an answer; None where there are none.
Items = Callable[[Value], Value]


def _all_of_it(answer: Value) -> Value:
    return answer


class Canvas:
    """A connection to one Canvas, as an async context manager.

    parallelism: the most requests in flight; as a rule the limit of the token allows fewer. credit: instead,
    that of a client whose work with the same token goes on here.
    reads, writes: requests asked for so far.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        parallelism: int | None = None,
        credit: Credit | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        read_only: bool = False,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._url = credentials.url
        self._throttle = Throttle(credit or Credit(most=parallelism), clock=clock, sleep=sleep)
        self._wire = Wire(
            credentials,
            transport=transport,
            throttle=self._throttle,
            chance=chance,
            read_only=read_only,
            user_agent=user_agent,
        )
        self.reads = 0
        self.writes = 0

    @property
    def url(self) -> str:
        """Return the base URL, which plans are bound to."""
        return self._url

    @property
    def host(self) -> str:
        """Return the host, with its port if it is not the usual one."""
        return self._wire.host

    @property
    def sent(self) -> int:
        """Return how many requests were sent, repetitions included."""
        return self._wire.sent

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
        self._wire.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._wire.close()

    async def get(self, path: str, params: Params = ()) -> Value:
        """Return the JSON at a path. Raises CanvasError in one of its kinds."""
        self.reads += 1
        value, _ = await self._wire.exchange("GET", self._wire.target(path, params), writes=False)
        return value

    async def ask(self, path: str, body: Mapping[str, Value]) -> Value:
        """Return the answer to a POST that changes nothing. Raises CanvasError in one of its kinds."""
        self.reads += 1
        value, _ = await self._wire.exchange("POST", self._wire.target(path), body=body, writes=False)
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
        leaving: Leaving = stay_silent,
    ) -> Value:
        """Send a write and return its answer.

        leaving: called once, when the request has waited its turn and is about to leave; what it raises
        keeps the request here, and is raised.
        Raises CanvasRefused where Canvas said no, CanvasUnanswered where nobody knows whether it was
        carried out, CanvasUnavailable where it certainly was not and nothing else would be.
        """
        self.writes += 1
        value, _ = await self._wire.exchange(
            method, self._wire.target(path), body=body, writes=True, leaving=leaving
        )
        return value

    async def upload(
        self,
        path: str,
        body: Mapping[str, Value],
        parcel: Parcel,
        *,
        leaving: Leaving = stay_silent,
    ) -> Stored:
        """Upload a file, whose first step is a POST of the body to a path; return it as Canvas has it.

        leaving: as for `send`. Raises as `send` does.
        """
        self.writes += 1
        return await upload(self._wire, self._wire.target(path), body, parcel, leaving)

    async def pages(
        self, path: str, params: Params = (), *, items: Items = _all_of_it
    ) -> AsyncIterator[tuple[Value, list[Value]]]:
        """Yield the pages of a list by their links: what Canvas answered, and the items in it.

        items: where they are in an answer. Raises CanvasError where some may be missing.
        """
        size = next((int(value) for key, value in params if key == "per_page"), PAGE_SIZE)
        target = self._wire.target(
            path, (*(pair for pair in params if pair[0] != "per_page"), ("per_page", str(size)))
        )
        seen = {str(target)}
        for _ in range(MOST_PAGES):
            self.reads += 1
            answer, response = await self._wire.exchange("GET", target, writes=False)
            page = items(answer)
            if not isinstance(page, list):
                raise _no_list(path)
            yield answer, page
            following = self._following(response, path)
            if following is None and len(page) >= size and "current" not in response.links:
                # Canvas drops the links of a page, next first to stay, when the query is too long for them.
                raise CanvasError(
                    f"GET {path} gave a full page and no link to the next, so items may be missing."
                )
            # An empty page still links to a next one.
            if following is None or not page:
                return
            if str(following) in seen:
                raise CanvasError(f"The pages of GET {path} lead in a circle.")
            seen.add(str(following))
            target = following
        raise CanvasError(f"GET {path} has more than {MOST_PAGES} pages.")

    async def page(self, path: str, params: Params = (), number: int = 1) -> ListPage:
        """Return one page of a numbered list, of 100 items. Raises CanvasError where it is no list."""
        self.reads += 1
        query = (*params, ("page", str(number)), ("per_page", str(PAGE_SIZE)))
        value, response = await self._wire.exchange("GET", self._wire.target(path, query), writes=False)
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
        if not self._wire.ours(target):
            there = target.netloc.decode("ascii")
            raise CanvasError(
                f"The next page of GET {path} is at {target.scheme}://{there}, where the token may not go.",
                hint=f"Set CANVAS_API_URL to {target.scheme}://{there} if that is your Canvas.",
            )
        return target


def _list_page(items: list[Value], response: httpx.Response) -> ListPage:
    """Return a page of a list with what its links tell."""
    links = response.links
    following = True if "next" in links else False if "current" in links else None
    last = _PAGE_NUMBER.search(links.get("last", {}).get("url", ""))
    return ListPage(items=items, following=following, last=int(last.group(1)) if last else None)


def _no_list(path: str) -> CanvasError:
    return CanvasError(f"Canvas answers GET {path} with something that is no list.")
