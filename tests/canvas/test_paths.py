"""An id of any form reaches Canvas as it was declared: encoded once, and never tidied up on the way."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.canvas.paths import course_path
from coursesync.catalogue.field import Endpoint
from coursesync.errors import CanvasRefused

from .fake import Fake, json
from .test_client import answer, raw_server

IDS = [
    pytest.param("4123", "4123", id="number"),
    pytest.param(4123, "4123", id="int"),
    pytest.param("1~4123", "1~4123", id="another shard"),
    pytest.param("sis_course_id:BIO-101", "sis_course_id%3ABIO-101", id="sis"),
    pytest.param("sis_course_id:a/b", "sis_course_id%3Aa%2Fb", id="slash"),
    pytest.param("sis_course_id:a/../b", "sis_course_id%3Aa%2F..%2Fb", id="dots between slashes"),
    pytest.param("sis_course_id:..", "sis_course_id%3A..", id="two dots"),
    pytest.param("sis_course_id:BIO.101.", "sis_course_id%3ABIO.101.", id="dots"),
    pytest.param("sis_course_id:50%", "sis_course_id%3A50%25", id="percent"),
    pytest.param("sis_course_id:a%2Fb", "sis_course_id%3Aa%252Fb", id="looks encoded"),
    pytest.param("sis_course_id:a b+c", "sis_course_id%3Aa%20b%2Bc", id="blank and plus"),
    pytest.param("sis_course_id:a?b#c&d=e", "sis_course_id%3Aa%3Fb%23c%26d%3De", id="query and fragment"),
    pytest.param("sis_course_id:Größe", "sis_course_id%3AGr%C3%B6%C3%9Fe", id="umlaut"),
    pytest.param("sis_course_id:a:b@c", "sis_course_id%3Aa%3Ab%40c", id="colon and at"),
    pytest.param("sis_course_id:{id}", "sis_course_id%3A%7Bid%7D", id="braces"),
    pytest.param(" 7 ", "7", id="blanks around"),
    pytest.param("sis_course_id:x.json", "hex%3Asis_course_id%3A782e6a736f6e", id="json"),
    pytest.param("sis_course_id:ü.JSON", "hex%3Asis_course_id%3Ac3bc2e4a534f4e", id="JSON"),
    pytest.param("sis_course_id:x.json.bak", "sis_course_id%3Ax.json.bak", id="json in the middle"),
]


@pytest.mark.parametrize(("declared", "wire"), IDS)
@pytest.mark.parametrize("endpoint", Endpoint)
def test_an_id_is_encoded_once(declared: str | int, wire: str, endpoint: Endpoint) -> None:
    path = course_path(endpoint, declared)
    assert path == endpoint.value.replace("{id}", wire)
    fake = Fake([json({})])
    fake.run(lambda canvas: canvas.get(path, [("include[]", "x")]))
    assert fake.paths == [f"{path}?include%5B%5D=x"]


def test_every_id_leaves_as_these_bytes() -> None:
    async def work() -> list[bytes]:
        server, received, port = await raw_server([answer("200 OK")])
        credentials = Credentials(url=f"http://127.0.0.1:{port}", token=Token("x"))
        async with server, Canvas(credentials) as canvas:
            for case in IDS:
                await canvas.get(course_path(Endpoint.SETTINGS, str(case.values[0])))
        return received

    lines = [request.split(b"\r\n")[0].decode() for request in asyncio.run(work())]
    assert lines == [f"GET /api/v1/courses/{case.values[1]}/settings HTTP/1.1" for case in IDS]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_canvas_reads_back_what_was_declared(sis_id: str) -> None:
    declared = f"sis_course_id:x{sis_id}x"
    path = course_path(Endpoint.COURSE, declared)
    assert path.count("/") == Endpoint.COURSE.count("/")
    assert unquote(path.removeprefix("/api/v1/courses/")) == declared


@pytest.mark.parametrize("declared", ["", "  ", ".", "..", " .. "])
def test_an_id_that_would_lead_elsewhere_is_not_sent(declared: str) -> None:
    with pytest.raises(CanvasRefused) as caught:
        course_path(Endpoint.COURSE, declared)
    assert caught.value.status == 404
