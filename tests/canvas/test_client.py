"""The client: where the token goes, what a request looks like on the wire, how lists are walked."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

import httpx
import pytest

from coursesync import __version__
from coursesync.canvas.client import Canvas, ListPage
from coursesync.canvas.credentials import Credentials, Token
from coursesync.canvas.wire import TIMEOUT, ForeignAddress
from coursesync.errors import CanvasError, CanvasUnavailable, CourseSyncError
from tests import virtual

from .fake import SECRET, URL, Fake, every_item, json, page

LIST = "/api/v1/accounts/1/courses"


def test_a_request_says_who_we_are_and_what_we_want() -> None:
    fake = Fake([json({"id": 7})])
    fake.run(lambda canvas: canvas.get("/api/v1/courses/7"))
    (request,) = fake.requests
    assert request.method == "GET"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["user-agent"] == f"coursesync/{__version__}"
    assert request.headers["accept"] == "application/json"
    assert request.extensions["timeout"] == TIMEOUT.as_dict()
    assert (TIMEOUT.connect, TIMEOUT.read, TIMEOUT.write) == (10.0, 70.0, 70.0)


def test_a_write_is_sent_as_json_with_its_nulls_and_letters() -> None:
    fake = Fake([json({"id": 7})])
    body = {"course": {"name": "Größe", "end_at": None, "is_public": False}}
    fake.run(lambda canvas: canvas.send("PUT", "/api/v1/courses/7", body))
    (request,) = fake.requests
    assert request.method == "PUT"
    assert request.headers["content-type"] == "application/json"
    assert request.content == '{"course":{"name":"Größe","end_at":null,"is_public":false}}'.encode()


def test_includes_are_written_with_brackets() -> None:
    fake = Fake([json({})])
    fake.run(lambda canvas: canvas.get("/api/v1/courses/7", [("include[]", "a"), ("include[]", "b c")]))
    assert fake.paths == ["/api/v1/courses/7?include%5B%5D=a&include%5B%5D=b+c"]


def test_reads_writes_and_what_was_sent_are_counted() -> None:
    async def work(canvas: Canvas) -> tuple[int, int, int]:
        await canvas.get("/api/v1/courses/7")
        await canvas.ask("/api/v1/courses/7/preview_html", {"html": "x"})
        await canvas.send("PUT", "/api/v1/courses/7", {})
        return canvas.reads, canvas.writes, canvas.sent

    assert Fake([httpx.ReadTimeout("slow"), json({})]).run(work) == (2, 1, 4)


def test_url_and_host_are_those_of_the_credentials() -> None:
    canvas = Canvas(Credentials(url="http://127.0.0.1:3000", token=Token("x")))
    assert (canvas.url, canvas.host) == ("http://127.0.0.1:3000", "127.0.0.1:3000")
    assert SECRET not in repr(Canvas(Credentials(url=URL, token=Token(SECRET))))


def test_cookies_are_neither_kept_nor_sent() -> None:
    async def twice(canvas: Canvas) -> None:
        await canvas.get("/api/v1/courses/7")
        await canvas.get("/api/v1/courses/7")

    fake = Fake([json({}, headers={"Set-Cookie": "canvas_session=abc; Path=/"})])
    fake.run(twice)
    assert "cookie" not in fake.requests[1].headers


@pytest.mark.parametrize(
    "path", ["https://evil.com/api/v1", "@evil.com/", ".evil.com/api", "//evil.com/api/v1", ""]
)
def test_a_path_cannot_lead_the_token_elsewhere(path: str) -> None:
    fake = Fake([json({})])
    with pytest.raises(ForeignAddress):
        fake.run(lambda canvas: canvas.get(path))
    assert fake.requests == []


def test_a_client_that_was_not_opened_sends_nothing() -> None:
    canvas = Fake([json({})]).canvas()
    with pytest.raises(AssertionError, match="async with"):
        asyncio.run(canvas.get("/api/v1/courses/7"))


@pytest.mark.parametrize(("wanted", "most"), [(1, 1), (3, 3), (4, 4), (50, 10), (0, 1), (None, 10)])
def test_no_more_requests_are_in_flight_than_allowed(wanted: int, most: int) -> None:
    flying, peak = 0, 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal flying, peak
            flying += 1
            peak = max(peak, flying)
            await asyncio.sleep(0.1)
            flying -= 1
            return httpx.Response(200, json={})

    async def work() -> None:
        credentials = Credentials(url=URL, token=Token(SECRET))
        async with Canvas(credentials, transport=Slow(), parallelism=wanted, clock=virtual.now) as canvas:
            await asyncio.gather(*(canvas.get(f"/api/v1/courses/{number}") for number in range(60)))

    virtual.run(work)
    assert peak == most


# Lists


def listed(count: int, **links: str) -> httpx.Response:
    header = ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
    return json([{"id": number} for number in range(count)], headers={"Link": header} if header else {})


def walk(*answers: httpx.Response, **options: Any) -> tuple[list[Any], Fake]:
    fake = Fake(answers)
    return fake.run(lambda canvas: every_item(canvas, LIST, **options)), fake


HERE = f"{URL}{LIST}?page=1&per_page=100"
NEXT = f"{URL}{LIST}?page=2&per_page=100"


def test_a_short_list_takes_one_request() -> None:
    found, fake = walk(listed(3, current=HERE))
    assert len(found) == 3
    assert fake.paths == [f"{LIST}?per_page=100"]


def test_pages_are_followed_as_canvas_links_them() -> None:
    second = f"{URL}{LIST}?include%5B%5D=term&page=bookmark:WyJhIl0&per_page=100"
    found, fake = walk(
        listed(100, current=HERE, next=second), listed(5, current=second), params=[("include[]", "term")]
    )
    assert len(found) == 105
    assert fake.paths == [
        f"{LIST}?include%5B%5D=term&per_page=100",
        f"{LIST}?include%5B%5D=term&page=bookmark:WyJhIl0&per_page=100",
    ]


def test_every_page_counts_as_a_read() -> None:
    async def work(canvas: Canvas) -> int:
        await every_item(canvas, LIST)
        return canvas.reads

    assert Fake([listed(100, current=HERE, next=NEXT), listed(1, current=NEXT)]).run(work) == 2


def test_an_empty_page_ends_the_list_though_it_links_to_a_next_one() -> None:
    found, fake = walk(
        listed(100, current=HERE, next=NEXT), listed(0, current=NEXT, next=f"{URL}{LIST}?page=3")
    )
    assert len(found) == 100
    assert len(fake.requests) == 2


def test_a_full_last_page_of_a_counted_list_is_the_end() -> None:
    found, _ = walk(listed(100, current=HERE, first=HERE, last=HERE))
    assert len(found) == 100


def test_a_full_page_whose_links_were_dropped_is_an_error() -> None:
    with pytest.raises(CanvasError, match="items may be missing"):
        walk(listed(100))


def test_a_page_is_full_by_the_size_that_was_asked_for() -> None:
    with pytest.raises(CanvasError, match="items may be missing"):
        walk(listed(10), params=[("per_page", "10")])
    assert len(walk(listed(10))[0]) == 10


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.com/api/v1/accounts/1/courses?page=2",
        "http://school.example.edu/api/v1/accounts/1/courses?page=2",
        "https://school.example.edu:8443/api/v1/accounts/1/courses?page=2",
        "https://school.example.edu.evil.com/api/v1/accounts/1/courses?page=2",
        "https://a:b@school.example.edu/api/v1/accounts/1/courses?page=2",
        "//evil.com/api/v1/accounts/1/courses?page=2",
    ],
    ids=["host", "scheme", "port", "longer host", "user", "no scheme"],
)
def test_a_next_page_elsewhere_is_refused_and_not_asked_for(link: str) -> None:
    fake = Fake([listed(100, current=HERE, next=f"{link}&secret=s3")])
    with pytest.raises(CanvasError, match="where the token may not go") as caught:
        fake.run(lambda canvas: every_item(canvas, LIST))
    assert len(fake.requests) == 1
    assert "s3" not in caught.value.message + caught.value.hint


def test_a_next_page_may_be_written_without_its_host() -> None:
    found, fake = walk(listed(100, current=HERE, next=f"{LIST}?page=2"), listed(1, current=NEXT))
    assert len(found) == 101
    assert fake.requests[1].url.host == "school.example.edu"


def test_a_next_page_with_a_broken_address_is_an_error() -> None:
    with pytest.raises(CanvasError, match="an address that is none"):
        walk(listed(100, current=HERE, next="https://school.example.edu:port/"))


def test_pages_that_lead_in_a_circle_are_an_error() -> None:
    with pytest.raises(CanvasError, match="in a circle"):
        walk(listed(100, current=HERE, next=NEXT), listed(100, current=NEXT, next=NEXT))


def test_a_list_without_end_is_an_error() -> None:
    def endless(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", "1"))
        return listed(1, current=HERE, next=f"{URL}{LIST}?page={number + 1}")

    with pytest.raises(CanvasError, match="more than 1000 pages"):
        Fake([endless]).run(lambda canvas: every_item(canvas, LIST))


def test_a_list_that_is_none_is_an_error() -> None:
    with pytest.raises(CanvasError, match="no list"):
        walk(json({"enrollment_terms": []}))


# Pages by number, and GraphQL


def the_page(answer: httpx.Response, number: int = 1) -> tuple[ListPage, Fake]:
    fake = Fake([answer])
    return fake.run(lambda canvas: canvas.page(LIST, [("state[]", "available")], number)), fake


def test_a_page_is_asked_for_by_its_number_with_100_items() -> None:
    page, fake = the_page(listed(2, current=HERE), 7)
    assert fake.paths == [f"{LIST}?state%5B%5D=available&page=7&per_page=100"]
    assert page.items == [{"id": 0}, {"id": 1}]


@pytest.mark.parametrize(
    ("links", "following", "last"),
    [
        pytest.param({"current": HERE, "next": NEXT}, True, None, id="not counted"),
        pytest.param({"current": HERE, "next": NEXT, "last": f"{URL}{LIST}?page=12"}, True, 12, id="counted"),
        pytest.param({"current": HERE, "last": f"{URL}{LIST}?page=1&per_page=100"}, False, 1, id="the last"),
        pytest.param({"next": NEXT}, True, None, id="only the next fits"),
        pytest.param({}, None, None, id="links dropped"),
        pytest.param({"current": HERE, "last": f"{URL}{LIST}?page=bookmark:x"}, False, None, id="bookmarks"),
        pytest.param({"current": HERE, "last": f"{URL}{LIST}?per_page=100"}, False, None, id="no number"),
    ],
)
def test_a_page_tells_what_follows(links: dict[str, str], following: bool | None, last: int | None) -> None:
    page, _ = the_page(listed(100, **links))
    assert (page.following, page.last) == (following, last)


def test_a_page_counts_as_a_read_and_must_be_a_list() -> None:
    async def work(canvas: Canvas) -> int:
        await canvas.page(LIST, (), 1)
        return canvas.reads

    assert Fake([listed(1, current=HERE)]).run(work) == 1
    with pytest.raises(CanvasError, match="no list"):
        the_page(json({"errors": []}))


def test_a_query_is_posted_alone_and_counts_as_a_read() -> None:
    async def work(canvas: Canvas) -> tuple[object, int, int]:
        answer = await canvas.query('query a { course(id: "7") { name } }')
        return answer, canvas.reads, canvas.writes

    fake = Fake([json({"data": {"course": None}, "errors": [{"message": "no"}]})])
    assert fake.run(work, read_only=True) == (
        {"data": {"course": None}, "errors": [{"message": "no"}]},
        1,
        0,
    )
    assert fake.paths == ["/api/graphql"]
    assert fake.requests[0].content == b'{"query":"query a { course(id: \\"7\\") { name } }"}'


# The token


async def raw_server(answers: list[bytes]) -> tuple[asyncio.Server, list[bytes], int]:
    """Serve whole answers over a real socket and keep what was received, byte by byte."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answers[min(len(received), len(answers)) - 1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, received, server.sockets[0].getsockname()[1]


def answer(status: str, body: str = "{}", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return ("\r\n".join([*head, *lines]) + "\r\n\r\n" + body).encode()


@pytest.mark.parametrize("how", ["redirect", "next page"])
def test_the_token_never_reaches_a_second_server(how: str) -> None:
    async def work() -> tuple[list[bytes], list[bytes]]:
        second, stolen, other = await raw_server([answer("200 OK", "[]")])
        elsewhere = f"http://127.0.0.1:{other}/api/v1/x?page=2"
        first_answer = (
            answer("302 Found", Location=elsewhere)
            if how == "redirect"
            else answer("200 OK", "[1]", Link=f'<{elsewhere}>; rel="next"')
        )
        first, received, port = await raw_server([first_answer])
        credentials = Credentials(url=f"http://127.0.0.1:{port}", token=Token(SECRET))
        async with first, second, Canvas(credentials) as canvas:
            with pytest.raises(CanvasError, match=f"127.0.0.1:{other}"):
                await every_item(canvas, "/api/v1/x")
        return received, stolen

    received, stolen = asyncio.run(work())
    assert len(received) == 1
    assert f"Authorization: Bearer {SECRET}".encode() in received[0]
    assert stolen == []


def test_a_connection_cut_in_the_middle_of_an_answer_is_made_again() -> None:
    async def work() -> object:
        cut = answer("200 OK", '{"id": 7}')[:-4]
        server, received, port = await raw_server([cut, answer("200 OK", '{"id": 7}')])
        credentials = Credentials(url=f"http://127.0.0.1:{port}", token=Token(SECRET))

        async def no_wait(seconds: float) -> None:
            pass

        async with server, Canvas(credentials, sleep=no_wait) as canvas:
            return await canvas.get("/api/v1/courses/7"), len(received)

    assert asyncio.run(work()) == ({"id": 7}, 2)


def test_a_port_where_nobody_listens_is_a_canvas_that_cannot_be_reached() -> None:
    async def no_wait(seconds: float) -> None:
        pass

    async def work() -> None:
        server, _, port = await raw_server([])
        server.close()
        await server.wait_closed()
        async with Canvas(
            Credentials(url=f"http://127.0.0.1:{port}", token=Token(SECRET)), sleep=no_wait
        ) as canvas:
            await canvas.get("/api/v1/courses/7")

    with pytest.raises(
        CanvasUnavailable, match=r"^127\.0\.0\.1:\d+ cannot be reached: no connection could be made\.$"
    ):
        asyncio.run(work())


ECHO = f"x {SECRET} y"
LEAKS = [
    pytest.param(json({"message": ECHO, "errors": {SECRET: [{"message": ECHO}]}}, 400), id="400"),
    pytest.param(json({"errors": [{"message": ECHO}]}, 401, {"WWW-Authenticate": ECHO}), id="401 token"),
    pytest.param(
        json(
            {"errors": [{"message": "Expired access token.", "expired_at": ECHO}]},
            401,
            {"WWW-Authenticate": "B"},
        ),
        id="expired",
    ),
    pytest.param(json({"errors": [{"message": ECHO}]}, 403), id="403"),
    pytest.param(json({"error_report_id": ECHO, "message": ECHO}, 500), id="500"),
    pytest.param(httpx.Response(302, headers={"Location": f"https://evil.com/{SECRET}"}), id="redirect"),
    pytest.param(httpx.Response(200, content=b"x", headers={"Content-Type": ECHO}), id="type"),
    pytest.param(httpx.Response(200, html=ECHO), id="page"),
    pytest.param(
        httpx.Response(503, html=ECHO, headers={"Retry-After": ECHO, "X-Request-Cost": ECHO}), id="503"
    ),
    pytest.param(
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {SECRET}'"), id="LocalProtocolError"
    ),
    pytest.param(httpx.ConnectError(ECHO), id="ConnectError"),
]


@pytest.mark.parametrize("reply", LEAKS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_token_is_in_no_message_no_log_and_no_repr(
    reply: Any, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="coursesync")
    fake = Fake([reply])

    async def work(canvas: Canvas) -> None:
        if method == "GET":
            await canvas.get("/api/v1/courses/7")
        else:
            await canvas.send("PUT", "/api/v1/courses/7", {})

    with pytest.raises(CourseSyncError) as caught:
        fake.run(work)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("coursesync"))
    assert ours
    for text in (str(caught.value), repr(caught.value), caught.value.hint, ours):
        assert SECRET not in text
    if isinstance(reply, httpx.LocalProtocolError):
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_request_is_logged_in_one_line_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="coursesync.canvas")
    passed = 10.0

    def slow(request: httpx.Request) -> httpx.Response:
        nonlocal passed
        passed += 0.25
        return json({}, headers={"X-Request-Cost": "0.12", "X-Rate-Limit-Remaining": "599.8"})

    fake = Fake([slow])
    path = "/api/v1/courses/sis_course_id%3Aa%2Fb%1B"
    fake.run(lambda canvas: canvas.get(path, [("include[]", "secret")]), clock=lambda: passed)
    (record,) = [record for record in caplog.records if record.name == "coursesync.canvas"]
    assert record.getMessage() == (
        "GET /api/v1/courses/sis_course_id:a/b\ufffd 200, 0.250 s, cost 0.12, remaining 599.8"
    )


def test_a_web_page_at_a_wrong_address_ends_the_run() -> None:
    with pytest.raises(CanvasUnavailable):
        Fake([page()]).run(lambda canvas: every_item(canvas, LIST))
