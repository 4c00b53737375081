"""A client made for reading cannot write, whatever it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from coursesync.canvas.transport import ReadOnlyTransport, WriteRefused

from .fake import URL, Fake, json

PREVIEW = "/api/v1/courses/7/preview_html"


def passes(request: httpx.Request) -> bool:
    """Tell whether a request reaches the transport underneath."""
    reached: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        reached.append(request)
        return httpx.Response(200, json={})

    try:
        asyncio.run(ReadOnlyTransport(httpx.MockTransport(handle)).handle_async_request(request))
    except WriteRefused:
        assert reached == []
        return False
    return reached == [request]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/api/v1/courses/7", "/api/v1/courses/7/settings", "/anything?x=1"])
def test_reads_pass(method: str, path: str) -> None:
    assert passes(httpx.Request(method, URL + path))


@pytest.mark.parametrize("course", ["7", "sis_course_id%3Aa%2Fb", "1~7"])
def test_the_preview_of_a_text_passes_though_it_is_a_post(course: str) -> None:
    assert passes(httpx.Request("POST", f"{URL}/api/v1/courses/{course}/preview_html", json={"html": "x"}))


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "MOVE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/courses/7", "/api/v1/courses/7/settings", "/api/v1/accounts/1/courses"]
)
def test_everything_else_is_refused_before_it_leaves(method: str, path: str) -> None:
    assert not passes(httpx.Request(method, URL + path))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_only_a_post_previews(method: str) -> None:
    assert not passes(httpx.Request(method, URL + PREVIEW))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/courses/7/preview_html/",
        "/api/v1/courses/7/preview_html.json",
        "/api/v1/courses/7/x/preview_html",
        "/api/v1/courses//preview_html",
        "/api/v1/courses/7/preview_html?_method=PUT",
        "/api/v1/courses/7?x=/api/v1/courses/7/preview_html",
        "/x/api/v1/courses/7/preview_html",
        "/api/v1/groups/7/preview_html",
        "/api/v1/courses/7/preview_html%0A",
        "/api/v1/courses/7%2Fpreview_html",
    ],
)
def test_a_post_to_something_like_the_preview_is_refused(path: str) -> None:
    assert not passes(httpx.Request("POST", URL + path, json={}))


GRAPHQL = f"{URL}/api/graphql"
QUERY = "query courses { course(id: 7) { name } }"


@pytest.mark.parametrize(
    "document",
    [
        QUERY,
        "query a{course(id:7){name}} query b{course(id:8){name}}",
        "query a($n: ID) { course(id: $n) { mutations subscriptionId _mutation mutation2 } }",
    ],
)
def test_a_query_passes_though_it_is_a_post(document: str) -> None:
    assert passes(httpx.Request("POST", GRAPHQL, json={"query": document}))


@pytest.mark.parametrize(
    "document",
    [
        'mutation { createCourse(input: {name: "x"}) { course { id } } }',
        "subscription { x }",
        "mutation",
        "query a { b } mutation c { d }",
        "query a{b}mutation c{d}",
        "query a { b }\nmutation\n{ d }",
        "query a { b } # comment\r mutation c { d }",
        "query a { b },,,mutation,c{d}",
        "query a { b }\ufeffmutation c { d }",
        "query a { b }\u00e4mutation c { d }",
        'query a { b(c: """ \\""" """) } mutation c { d }',
        "query a { b } MUTATION c { d }",
        "query a { b } subscription c { d }",
        "query mutation { b }",
        "# query \nmutation c { d }",
        " query a { b }",
        "{ b }",
        "fragment f on Course { name } query a { b }",
        "queryx a { b }",
        "query",
        "",
    ],
)
def test_a_document_that_is_not_plainly_a_query_is_refused(document: str) -> None:
    assert not passes(httpx.Request("POST", GRAPHQL, json={"query": document}))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": None},
        {"query": [QUERY]},
        {"query": {"text": QUERY}},
        {"query": QUERY, "variables": {}},
        {"query": QUERY, "operationName": "a"},
        {"query": QUERY, "extensions": {"persistedQuery": {"sha256Hash": "0"}}},
        {"query": QUERY, "_method": "put"},
        {"_json": [{"query": QUERY}]},
        [{"query": QUERY}],
        [["query", QUERY]],
        QUERY,
        None,
    ],
    ids=str,
)
def test_a_body_that_is_not_one_query_alone_is_refused(body: object) -> None:
    assert not passes(httpx.Request("POST", GRAPHQL, json=body))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"query=query+a",
        b'{"query": "query a {b}"',
        b'{"query": "query a {b}", "query": "mutation {c}"}',
        b'{"query": "mutation {c}", "query": "query a {b}"}',
        b'{"query": "query a {b} \\u006dutation {c}"}',
        b'{"query": "query a {b} \xff"}',
        '{"query": "query a {b}"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"query": "query a {b}"}',
    ],
)
def test_bytes_that_servers_may_read_differently_are_refused(content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert not passes(httpx.Request("POST", GRAPHQL, content=content, headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
        [("Content-Type", "application/json"), ("X-HTTP-Method-Override", "PUT")],
    ],
)
def test_a_query_under_other_headers_is_refused(headers: list[tuple[str, str]]) -> None:
    content = b'{"query": "query a {b}"}'
    assert not passes(httpx.Request("POST", GRAPHQL, content=content, headers=headers))


def test_a_query_that_is_still_to_be_written_is_refused() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"query": "query a {b}"}'

    headers = {"Content-Type": "application/json"}
    assert not passes(httpx.Request("POST", GRAPHQL, content=parts(), headers=headers))


@pytest.mark.parametrize(
    "path",
    [
        "/api/graphql?query=mutation{a}",
        "/api/graphql?_method=put",
        "/api/graphql?",
        "/api/graphql/",
        "/api/graphql.json",
        "/api/graphql/subgraph",
        "/api//graphql",
        "/api/v1/graphql",
        "/graphql",
        "/api/graphq%6C",
        "/x/api/graphql",
        "/api/x/../graphql/",
    ],
)
def test_a_query_elsewhere_is_refused(path: str) -> None:
    assert not passes(httpx.Request("POST", URL + path, json={"query": QUERY}))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "post"])
def test_only_a_post_queries(method: str) -> None:
    request = httpx.Request(method, GRAPHQL, json={"query": QUERY})
    assert passes(request) is (method == "post")


@pytest.mark.parametrize("path", [PREVIEW, "/api/v1/courses/7", "/api/graphql"])
def test_a_method_hidden_in_a_header_is_refused(path: str) -> None:
    assert not passes(httpx.Request("POST", URL + path, headers={"X-HTTP-Method-Override": "PUT"}, json={}))
    assert not passes(httpx.Request("GET", URL + path, headers={"x-http-method-override": "DELETE"}))


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_reading_client_sends_no_write_and_says_it_is_a_bug(method: str) -> None:
    fake = Fake([json({})])
    with pytest.raises(WriteRefused, match=f"{method} /api/v1/courses/7 would write"):
        fake.run(lambda canvas: canvas.send(method, "/api/v1/courses/7", {}), read_only=True)
    assert fake.requests == []
    assert fake.waits == []


def test_a_reading_client_reads_and_previews() -> None:
    fake = Fake([json({"html": "x"})])
    fake.run(lambda canvas: canvas.get("/api/v1/courses/7"), read_only=True)
    fake.run(lambda canvas: canvas.ask(PREVIEW, {"html": "x"}), read_only=True)
    assert [request.method for request in fake.requests] == ["GET", "POST"]


def test_the_transport_underneath_is_closed() -> None:
    closed: list[bool] = []

    class Closing(httpx.MockTransport):
        async def aclose(self) -> None:
            closed.append(True)

    asyncio.run(ReadOnlyTransport(Closing(lambda _: httpx.Response(200))).aclose())
    assert closed == [True]
