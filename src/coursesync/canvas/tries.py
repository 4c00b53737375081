"""When a request is sent again: which failures, after what wait, how often, and what is said in the end."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from coursesync.errors import CanvasError, CanvasUnanswered, CanvasUnavailable

_log = logging.getLogger("coursesync.canvas")
_T = TypeVar("_T")

MOST_TRIES = 5
# Being told to slow down is no failure; only a Canvas that never lets us in again ends the run.
MOST_THROTTLED = 20

# Seconds. A Canvas that asks for a longer wait is not waited for; the tries simply run out.
FIRST_BACKOFF, LONGEST_WAIT = 1.0, 60.0


class Kind(Enum):
    """What a failed try means: refused unread, never arrived, or perhaps carried out."""

    THROTTLED = "throttled"
    UNREACHED = "unreached"
    UNANSWERED = "unanswered"


class Trouble(Exception):
    """A try that failed and may be repeated; `wait` is what Canvas asked for, in seconds."""

    def __init__(self, kind: Kind, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.wait = wait


# Every way httpx says that no answer came.
KINDS: Mapping[type[httpx.RequestError], tuple[Kind, str]] = {
    httpx.ConnectTimeout: (Kind.UNREACHED, "no connection could be made in time"),
    httpx.ConnectError: (Kind.UNREACHED, "no connection could be made"),
    httpx.PoolTimeout: (Kind.UNREACHED, "no connection became free in time"),
    httpx.ProxyError: (Kind.UNREACHED, "the proxy on the way refuses"),
    httpx.UnsupportedProtocol: (Kind.UNREACHED, "its address cannot be used"),
    httpx.LocalProtocolError: (Kind.UNREACHED, "the request could not be put into words"),
    httpx.ReadTimeout: (Kind.UNANSWERED, "no answer came in time"),
    httpx.WriteTimeout: (Kind.UNANSWERED, "the request was not taken in time"),
    httpx.ReadError: (Kind.UNANSWERED, "the connection broke before the answer"),
    httpx.WriteError: (Kind.UNANSWERED, "the connection broke while sending"),
    httpx.CloseError: (Kind.UNANSWERED, "the connection broke while closing"),
    httpx.RemoteProtocolError: (Kind.UNANSWERED, "the connection ended in the middle of the answer"),
    httpx.DecodingError: (Kind.UNANSWERED, "the answer was damaged on the way"),
    httpx.TooManyRedirects: (Kind.UNANSWERED, "the answer leads in a circle"),
}


def trouble(error: httpx.RequestError) -> Trouble | CanvasUnavailable:
    """Return what an exception of httpx means to us; no text of httpx is passed on."""
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return CanvasUnavailable(
            "Canvas cannot be reached: its certificate is not trusted here.",
            hint="If your network uses certificates of its own, name their file in SSL_CERT_FILE.",
        )
    # A class that httpx adds later counts as its parent, or else as perhaps carried out.
    known = (KINDS[parent] for parent in type(error).__mro__ if parent in KINDS)
    kind, why = next(known, (Kind.UNANSWERED, "the connection failed"))
    if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
        why = "no such host is known"
    return Trouble(kind, why)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


@dataclass(slots=True)
class Tries:
    """The tries of one request so far."""

    past: list[Trouble] = field(default_factory=list)

    def count(self, *kinds: Kind) -> int:
        """Return how many ended in one of these ways."""
        return sum(one.kind in kinds for one in self.past)

    @property
    def used_up(self) -> bool:
        """Tell whether the request should not be sent again."""
        if self.count(Kind.THROTTLED) >= MOST_THROTTLED:
            return True
        return self.count(Kind.UNREACHED, Kind.UNANSWERED) >= MOST_TRIES

    def wait(self, chance: float) -> float:
        """Return the seconds before the next try; `chance`, from 0 to 1, spreads clients apart.

        Who was told to slow down waits with all others, until the throttle lets somebody go.
        """
        last = self.past[-1]
        if last.kind is Kind.THROTTLED:
            return 0.0
        backoff = FIRST_BACKOFF * 2.0 ** (self.count(Kind.UNREACHED, Kind.UNANSWERED) - 1)
        return min(max(last.wait, backoff * (1 + chance) / 2), LONGEST_WAIT)


async def persist(
    attempt: Callable[[int], Awaitable[_T]],
    *,
    what: str,
    host: str,
    writes: bool,
    repeatable: bool,
    sleep: Callable[[float], Awaitable[None]],
    chance: Callable[[], float],
) -> _T:
    """Call `attempt` with the number of tries so far until it returns, and return what it returned.

    what: method and path, for messages. repeatable: whether a request that perhaps was carried out may be
    sent again. Raises CanvasUnanswered where a write was sent and nobody knows what became of it,
    CanvasUnavailable where Canvas cannot be had, and whatever else `attempt` raises.
    """
    tries = Tries()

    async def once() -> _T:
        try:
            return await attempt(len(tries.past))
        except Trouble as failed:
            tries.past.append(failed)
            raise

    def before_sleep(state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        when = f"in {seconds:.1f} s" if seconds else "as soon as it may"
        _log.info("%s: %s; trying again %s", what, tries.past[-1].message, when)

    def again(error: BaseException) -> bool:
        return isinstance(error, Trouble) and (repeatable or error.kind is not Kind.UNANSWERED)

    retrying = AsyncRetrying(
        sleep=sleep,
        retry=retry_if_exception(again),
        stop=lambda _: tries.used_up,
        wait=lambda _: tries.wait(chance()),
        before_sleep=before_sleep,
        reraise=True,
    )
    try:
        result: _T = await retrying(once)
    except Trouble as last:
        raise _given_up(tries, what=what, host=host, writes=writes) from last
    except CanvasError as refused:
        if writes and tries.count(Kind.UNANSWERED) and not isinstance(refused, CanvasUnanswered):
            # An earlier try may have been carried out, so that a refusal of this one proves nothing.
            raise _in_doubt(
                what, f"an earlier try was never answered, and then: {refused.message}"
            ) from refused
        raise
    return result


def _given_up(tries: Tries, *, what: str, host: str, writes: bool) -> CanvasError:
    last = tries.past[-1]
    if writes and tries.count(Kind.UNANSWERED):
        return _in_doubt(what, last.message)
    if last.kind is Kind.THROTTLED:
        return CanvasUnavailable(
            f"Canvas refused {what} {len(tries.past)} times because too many requests use this token.",
            hint="Something else works with the same token. Wait for it to end, or use a token of your own.",
        )
    if last.kind is Kind.UNREACHED:
        return CanvasUnavailable(
            f"{host} cannot be reached: {last.message}.", hint="Check CANVAS_API_URL and the network."
        )
    return CanvasUnavailable(
        f"{host} does not answer {what}: {last.message} ({len(tries.past)} tries).",
        hint="Canvas may be down or overloaded. Try again later.",
    )


def _in_doubt(what: str, why: str) -> CanvasUnanswered:
    return CanvasUnanswered(
        f"{what} was sent, but it is not known whether Canvas carried it out: {why.rstrip('.')}.",
        hint="Plan again to see what Canvas holds now.",
    )
