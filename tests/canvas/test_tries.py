"""Which failures are repeated, how often, after what wait, and what is said when it was no use."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from coursesync.canvas.client import Canvas
from coursesync.canvas.tries import KINDS, MOST_THROTTLED, MOST_TRIES, Kind, Trouble, trouble
from coursesync.errors import CanvasRefused, CanvasUnanswered, CanvasUnavailable

from .fake import SECRET, Fake, json, page, throttled

PATH = "/api/v1/courses/7"
Work = Callable[[Canvas], Awaitable[object]]


def name(kind: Any) -> str:
    return str(kind.__name__)


REACHED = sorted((kind for kind in KINDS if KINDS[kind][0] is Kind.UNANSWERED), key=name)
UNREACHED = sorted((kind for kind in KINDS if KINDS[kind][0] is Kind.UNREACHED), key=name)


async def read(canvas: Canvas) -> object:
    return await canvas.get(PATH)


async def write(canvas: Canvas) -> object:
    return await canvas.send("PUT", PATH, {"course": {"name": "Biology"}})


async def create(canvas: Canvas) -> object:
    return await canvas.send("POST", "/api/v1/accounts/1/courses", {"course": {"name": "Biology"}})


def below(kind: type[httpx.RequestError]) -> Iterator[type[httpx.RequestError]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from below(child)


@pytest.mark.parametrize("kind", sorted(set(below(httpx.RequestError)), key=name))
def test_every_exception_of_httpx_has_a_meaning(kind: type[httpx.RequestError]) -> None:
    assert kind in KINDS, f"{kind.__name__} has no row in KINDS"
    found = trouble(kind(f"Illegal header value b'Bearer {SECRET}'"))
    assert isinstance(found, Trouble)
    assert SECRET not in str(found)


def test_an_exception_that_httpx_adds_later_counts_as_its_parent() -> None:
    class Slower(httpx.ReadTimeout):
        pass

    found = trouble(Slower("slow"))
    assert isinstance(found, Trouble)
    assert found.kind is Kind.UNANSWERED
    unknown = trouble(httpx.TransportError("strange"))
    assert isinstance(unknown, Trouble)
    assert unknown.kind is Kind.UNANSWERED


@pytest.mark.parametrize("work", [read, write])
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_fails_once_is_asked_again(status: int, work: Work) -> None:
    fake = Fake([page(status), json({"id": 7})])
    assert fake.run(work) == {"id": 7}
    assert len(fake.requests) == 2
    assert fake.waits == [0.5]


@pytest.mark.parametrize("work", [read, write])
@pytest.mark.parametrize("kind", [*REACHED, *UNREACHED])
def test_a_connection_that_fails_once_is_made_again(kind: type[httpx.RequestError], work: Work) -> None:
    fake = Fake([kind("broken"), json({"id": 7})])
    assert fake.run(work) == {"id": 7}
    assert len(fake.requests) == 2


def test_the_waits_double_and_the_tries_end() -> None:
    fake = Fake([httpx.ReadTimeout("slow")])
    with pytest.raises(CanvasUnavailable) as caught:
        fake.run(read)
    assert fake.waits == [0.5, 1.0, 2.0, 4.0]
    assert len(fake.requests) == MOST_TRIES
    assert caught.value.message == (
        "school.example.edu does not answer GET /api/v1/courses/7: no answer came in time (5 tries)."
    )


def test_chance_lengthens_a_wait_to_at_most_twice() -> None:
    fake = Fake([httpx.ReadTimeout("slow"), json({})])
    fake.run(read, chance=lambda: 1.0)
    assert fake.waits == [1.0]


def test_a_gateway_may_ask_for_a_longer_wait() -> None:
    fake = Fake([httpx.Response(503, html="<p>Maintenance", headers={"Retry-After": "30"}), json({})])
    fake.run(read)
    assert fake.waits == [30.0]


def test_nobody_waits_for_hours() -> None:
    fake = Fake([httpx.Response(503, html="<p>Maintenance", headers={"Retry-After": "86400"}), json({})])
    fake.run(read)
    assert fake.waits == [60.0]


@pytest.mark.parametrize("kind", UNREACHED)
@pytest.mark.parametrize("work", [read, write])
def test_a_canvas_that_is_never_reached_is_unavailable(kind: type[httpx.RequestError], work: Work) -> None:
    fake = Fake([kind("broken")])
    with pytest.raises(CanvasUnavailable, match=r"^school\.example\.edu cannot be reached: ") as caught:
        fake.run(work)
    assert len(fake.requests) == MOST_TRIES
    assert "CANVAS_API_URL" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        *(pytest.param(kind("broken"), id=kind.__name__) for kind in REACHED),
        pytest.param(page(504), id="504"),
    ],
)
def test_a_write_that_was_never_answered_may_have_happened(answer: Exception | httpx.Response) -> None:
    fake = Fake([answer])
    with pytest.raises(CanvasUnanswered, match="it is not known whether Canvas carried it out"):
        fake.run(write)
    assert len(fake.requests) == MOST_TRIES


def test_a_write_that_perhaps_happened_stays_in_doubt_when_canvas_is_gone_afterwards() -> None:
    fake = Fake([httpx.ReadTimeout("slow"), httpx.ConnectError("gone")])
    with pytest.raises(CanvasUnanswered):
        fake.run(write)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(
            json({"errors": [{"message": "Expired access token."}]}, 401, {"WWW-Authenticate": "Bearer"}),
            id="401",
        ),
        pytest.param(json({"errors": {"name": [{"message": "no"}]}}, 400), id="400"),
        pytest.param(throttled(), id="throttled"),
    ],
)
def test_a_write_that_perhaps_happened_stays_in_doubt_when_the_next_try_is_refused(
    later: httpx.Response,
) -> None:
    fake = Fake([httpx.ReadTimeout("slow"), later])
    with pytest.raises(CanvasUnanswered, match="not known whether Canvas carried it out"):
        fake.run(write)


def test_a_write_that_was_never_sent_is_refused_plainly() -> None:
    fake = Fake([httpx.ConnectError("gone"), json({"errors": {"name": [{"message": "no"}]}}, 400)])
    with pytest.raises(CanvasRefused, match="name: no"):
        fake.run(write)


def test_a_creation_that_perhaps_happened_is_not_repeated() -> None:
    fake = Fake([httpx.ReadTimeout("slow"), json({"id": 8})])
    with pytest.raises(CanvasUnanswered):
        fake.run(create)
    assert len(fake.requests) == 1


def test_a_creation_that_was_never_sent_is_repeated() -> None:
    fake = Fake([httpx.ConnectError("gone"), throttled(), json({"id": 8})])
    assert fake.run(create) == {"id": 8}


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("work", [read, write, create])
def test_a_throttled_request_is_repeated_whatever_it_does(status: int, work: Work) -> None:
    fake = Fake([throttled(status), json({"id": 7})])
    assert fake.run(work) == {"id": 7}
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"x_rate_limit_remaining": "13.67"}, 8.633, id="until the bucket has drained"),
        pytest.param({}, 0.5, id="nothing is said"),
        pytest.param({"x_rate_limit_remaining": "700.0"}, 0.5, id="at least half a second"),
        pytest.param({"x_rate_limit_remaining": "50", "retry_after": "12"}, 12.0, id="what a proxy asks for"),
        pytest.param(
            {"x_rate_limit_remaining": "50", "retry_after": "soon"}, 5.0, id="not what nobody understands"
        ),
        pytest.param({"retry_after": "86400"}, 60.0, id="nobody waits for hours"),
    ],
)
def test_a_throttled_request_waits_for_the_bucket(headers: dict[str, str], wait: float) -> None:
    fake = Fake([throttled(429, **headers), json({})])
    fake.run(read)
    assert sum(fake.waits) == pytest.approx(wait, abs=0.11)


def test_nobody_waits_longer_than_the_bucket_needs() -> None:
    fake = Fake([*[throttled(x_rate_limit_remaining="95")] * 6, json({})])
    fake.run(read)
    assert fake.waits == [0.5] * 6


def test_chance_lengthens_the_wait_of_a_throttled_request_by_half() -> None:
    fake = Fake([throttled(x_rate_limit_remaining="200"), json({})])
    fake.run(read, chance=lambda: 1.0)
    assert fake.waits == [0.75]


def test_being_throttled_does_not_use_up_the_tries() -> None:
    slow = [httpx.ReadTimeout("slow")] * (MOST_TRIES - 1)
    fake = Fake([*slow[:2], *[throttled()] * (MOST_THROTTLED - 1), *slow[2:], json({"id": 7})])
    assert fake.run(read) == {"id": 7}


@pytest.mark.parametrize("work", [read, write])
def test_a_canvas_that_never_lets_us_in_ends_the_run(work: Work) -> None:
    fake = Fake([throttled()])
    with pytest.raises(CanvasUnavailable, match="20 times because too many requests use this token"):
        fake.run(work)
    assert len(fake.requests) == MOST_THROTTLED
    assert fake.waits[:6] == [pytest.approx(wait) for wait in (0.5, 1.0, 2.0, 4.0, 8.0, 10.0)]


@pytest.mark.parametrize("status", [500, 501])
def test_a_write_that_broke_canvas_is_in_doubt_and_not_repeated(status: int) -> None:
    """Canvas saves in several steps, and what it saved before it broke stays."""
    fake = Fake([json({"message": "no"}, status)])
    with pytest.raises(CanvasUnanswered, match="Whether Canvas carried it out is not known"):
        fake.run(write)
    assert len(fake.requests) == 1


REFUSED = [400, 401, 403, 404, 409, 422]


@pytest.mark.parametrize(
    ("work", "status"), [*((read, status) for status in (*REFUSED, 500, 501)), *((write, s) for s in REFUSED)]
)
def test_a_refusal_is_never_repeated(status: int, work: Work) -> None:
    fake = Fake([json({"message": "no"}, status)])
    with pytest.raises(CanvasRefused) as caught:
        fake.run(work)
    assert caught.value.status == status
    assert len(fake.requests) == 1
    assert fake.waits == []


def raised_from(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def test_an_untrusted_certificate_is_explained_at_once() -> None:
    fake = Fake([raised_from(httpx.ConnectError("x"), ssl.SSLCertVerificationError("self-signed"))])
    with pytest.raises(CanvasUnavailable, match="certificate is not trusted") as caught:
        fake.run(read)
    assert "SSL_CERT_FILE" in caught.value.hint
    assert len(fake.requests) == 1


def test_an_unknown_host_is_named_as_such() -> None:
    fake = Fake([raised_from(httpx.ConnectError("x"), socket.gaierror(-2, "Name or service not known"))])
    with pytest.raises(
        CanvasUnavailable, match=r"^school\.example\.edu cannot be reached: no such host is known\.$"
    ):
        fake.run(read)


def test_a_cancelled_request_is_cancelled() -> None:
    async def work(canvas: Canvas) -> None:
        task = asyncio.ensure_future(canvas.get(PATH))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    fake = Fake([httpx.ReadTimeout("slow")])
    with pytest.raises(asyncio.CancelledError):
        fake.run(work, sleep=for_ever)
    assert len(fake.requests) == 1


def test_every_repetition_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="coursesync.canvas")
    Fake([httpx.ReadTimeout(SECRET), throttled(), json({})]).run(read)
    assert [record.getMessage() for record in caplog.records if record.name == "coursesync.canvas"] == [
        "GET /api/v1/courses/7: no answer came in time; trying again in 0.5 s",
        "GET /api/v1/courses/7 429, 0.000 s, cost -, remaining -",
        "GET /api/v1/courses/7: Canvas asks to slow down (429); trying again as soon as it may",
        "GET /api/v1/courses/7 200, 0.000 s, cost -, remaining -",
    ]
