"""One request to one Canvas: it waits its turn, leaves with the token, and is repeated where that helps."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from coursesync.canvas.answers import Asked, asked_wait, kind_of, number, slowed, stored, value_of
from coursesync.canvas.brake import CEILING
from coursesync.canvas.credentials import Credentials
from coursesync.canvas.credit import Slot
from coursesync.canvas.throttle import Throttle
from coursesync.canvas.transport import ReadOnlyTransport
from coursesync.canvas.tries import Kind, Trouble, persist, trouble
from coursesync.catalogue.types import Value

Params = Sequence[tuple[str, str]]
# A file in a form: the parameter, its name there, its content, and the type of that.
FilePart = tuple[str, tuple[str, bytes, str]]

_log = logging.getLogger("coursesync.canvas")

# The balancer in front of Canvas ends a request after 60 seconds; waiting a little longer shows how it ended.
TIMEOUT = httpx.Timeout(connect=10.0, read=70.0, write=70.0, pool=600.0)
# Connections are kept for the run, but not as long as the balancer keeps them.
LIMITS = httpx.Limits(max_connections=CEILING, max_keepalive_connections=CEILING, keepalive_expiry=55.0)

# Requests that leave the same state behind however often they are carried out.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


# Called when a request is about to leave.
Leaving = Callable[[], Awaitable[None]]


async def stay_silent() -> None:
    """Tell nobody that a request leaves."""


class ForeignAddress(AssertionError):
    """The token was about to leave for an address that is not the configured one: a mistake of ours."""


class Wire:
    """The connections to one Canvas; `open` before the first request, `close` after the last.

    sent: requests sent, repetitions included.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: httpx.AsyncBaseTransport | None,
        throttle: Throttle,
        chance: Callable[[], float],
        read_only: bool,
        user_agent: str,
    ) -> None:
        self._credentials = credentials
        self._base = httpx.URL(credentials.url)
        self._transport = transport
        self._throttle = throttle
        self._chance = chance
        self._read_only = read_only
        self._user_agent = user_agent
        self._http: httpx.AsyncClient | None = None
        self.sent = 0

    @property
    def host(self) -> str:
        """Return the host, with its port if it is not the usual one."""
        return self._base.netloc.decode("ascii")

    def open(self) -> None:
        """Make ready to send."""
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

    async def close(self) -> None:
        """End the connections."""
        self._throttle.close()
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    def target(self, path: str, params: Params = ()) -> httpx.URL:
        """Return the address of a path. Raises ForeignAddress for what is no path of the API."""
        if not path.startswith("/api/"):
            raise ForeignAddress(f"{path!r} is no path of Canvas's API")
        url = self._credentials.url + path
        return httpx.URL(url, params=list(params)) if params else httpx.URL(url)

    def ours(self, target: httpx.URL) -> bool:
        """Tell whether the token may go to an address."""
        base = self._base
        same = (target.scheme, target.netloc) == (base.scheme, base.netloc)
        return same and not target.userinfo

    async def exchange(
        self,
        method: str,
        target: httpx.URL,
        *,
        writes: bool,
        body: Mapping[str, Value] | None = None,
        leaving: Leaving = stay_silent,
        harmless: bool = False,
    ) -> tuple[Value, httpx.Response]:
        """Send a request until it is answered, and return its value and the answer.

        It holds a slot while it is under way, not between the tries. writes: whether it changes anything.
        leaving: as in `Canvas.send`. harmless: doing it twice leaves nothing behind that anybody minds.
        Raises CanvasError in one of its kinds.
        """
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
            repeatable=harmless or not writes or method in _REPEATABLE,
            sleep=self._throttle.rest,
            chance=self._chance,
        )

    async def hand_over(self, target: httpx.URL, form: Mapping[str, str], file: FilePart) -> httpx.Response:
        """Post a form with a file, and nothing of ours besides, to where Canvas says; return the answer.

        Whoever calls has made sure that the file may go there. The token never does, wherever that is.
        Raises CanvasError in one of its kinds, CanvasUnanswered where nobody knows whether it arrived.
        """
        there = target.netloc.decode("ascii")
        asked = Asked(
            method="POST",
            path=_readable(target.path),
            host=there,
            writes=True,
            hide=self._credentials.token.hide,
        )

        async def once(tries: int) -> httpx.Response:
            if self._http is None:
                raise AssertionError("the client is used outside of `async with`")
            request = self._http.build_request("POST", target, data=dict(form), files=dict([file]))
            response = await self._answered(self._http, request, asked, None if tries else stay_silent)
            return stored(response, asked)

        return await persist(
            once,
            what=f"the upload to {there}",
            host=there,
            writes=True,
            repeatable=False,
            sleep=self._throttle.rest,
            chance=self._chance,
        )

    async def _try(
        self,
        asked: Asked,
        target: httpx.URL,
        body: Mapping[str, Value] | None,
        *,
        leaving: Leaving | None,
    ) -> tuple[Value, httpx.Response]:
        if self._http is None:
            raise AssertionError("the client is used outside of `async with`")
        if not self.ours(target):
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
        leaving: Leaving | None,
    ) -> httpx.Response:
        """Send a request when there is a slot for it, and let the throttle learn how it ended.

        leaving: what to call before; None for a request that left before, and goes first.
        """
        throttle = self._throttle
        slot = await throttle.enter(again=leaving is None)
        ended = sent = False
        try:
            if leaving is not None:
                await leaving()
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
