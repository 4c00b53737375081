"""What goes wrong on purpose: which request is hit, what the client sees, and whether Canvas did it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coursesync.sandbox import Fault, Options, create_app, running
from tests.inprocess import InProcess
from tests.sandbox.desk import COURSE, PATH

OLD, NEW = "Biology", "Palaeontology"
BROKEN = {"hang": httpx.ReadTimeout, "reset": httpx.ReadError, "short": httpx.RemoteProtocolError}


class Site:
    """A stand-in with faults, and a client that waits for nothing."""

    def __init__(self, *faults: Fault, **options: Any) -> None:
        self.passed = 0.0
        self.app = create_app(
            Options(**{"throttle": False, "faults": faults, "clock": lambda: self.passed, **options})
        )
        self.sandbox = self.app.state.sandbox
        self.sandbox.add_course(id=COURSE, name=OLD, course_code="BIO")
        self.transport = InProcess(self.app, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def ask(self, method: str, path: str = PATH, token: str = "sandbox-admin", **rest: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(
                transport=self.transport, base_url="https://canvas.example.edu", headers=headers, timeout=70
            ) as client:
                return await client.request(method, path, **rest)

        return asyncio.run(send())

    def rename(self) -> httpx.Response:
        return self.ask("PUT", json={"course": {"name": NEW}})

    @property
    def renamed(self) -> bool:
        return bool(self.sandbox.course(COURSE)["name"] == NEW)

    def statuses(self, count: int, path: str = PATH, **rest: Any) -> list[int]:
        return [self.ask("GET", path, **rest).status_code for _ in range(count)]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_connection_breaks_before_or_after_the_write(what: str, done: bool) -> None:
    site = Site(Fault(what=what, done=done, method="PUT"))
    with pytest.raises(BROKEN[what]):
        site.rename()
    assert site.renamed is done
    assert site.sandbox.log[-1].status == 0
    assert site.sandbox.log[-1].fault.label == f"{what}, {'done' if done else 'not done'}"


def test_a_client_that_gets_no_answer_waits_as_long_as_it_would() -> None:
    site = Site(Fault(what="hang"))
    with pytest.raises(httpx.ReadTimeout):
        site.rename()
    assert site.passed == 70


@pytest.mark.parametrize("what", sorted(BROKEN))
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_connection_breaks_over_http_as_it_does_in_process(what: str, done: bool) -> None:
    with running(Options(throttle=False, faults=(Fault(what=what, done=done, nth=1),))) as canvas:
        canvas.sandbox.add_course(id=COURSE, name=OLD, course_code="BIO")
        headers = {"Authorization": "Bearer sandbox-admin"}
        with httpx.Client(base_url=canvas.url, headers=headers, timeout=0.5) as client:
            with pytest.raises(BROKEN[what]):
                client.put(PATH, json={"course": {"name": NEW}})
            assert (canvas.sandbox.course(COURSE)["name"] == NEW) is done
            # The server goes on, and says nothing of it.
            assert client.get(PATH).status_code == 200


def test_a_client_that_goes_away_in_the_middle_of_a_request_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(Options(throttle=False)) as canvas:
        address = httpx.URL(canvas.url)
        with socket.create_connection((address.host, address.port or 0)) as line:
            line.sendall(f"PUT {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{".encode())
        assert httpx.get(f"{canvas.url}/log").status_code == 200
        assert canvas.sandbox.log == []
    assert caplog.records == []


def _json(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except json.JSONDecodeError:
        return False
    return True


ANSWERED: dict[str, tuple[Fault, int, bool, bool, Callable[[httpx.Response], bool]]] = {
    "error": (Fault(what="error"), 500, False, True, lambda answer: "error_report_id" in answer.json()),
    "error done": (Fault(what="error", done=True), 500, True, True, lambda _: True),
    "refusal": (Fault(what="error", status=422, body={"message": "No"}), 422, False, True, lambda _: True),
    "page": (Fault(what="page"), 502, False, False, lambda answer: "<h1>502 Bad Gateway" in answer.text),
    "page 504": (Fault(what="page", status=504, done=True), 504, True, False, lambda _: True),
    "login": (
        Fault(what="page", status=200),
        200,
        False,
        False,
        lambda answer: answer.headers["content-type"].startswith("text/html"),
    ),
    "cut": (Fault(what="cut"), 200, True, False, lambda answer: answer.text.startswith('{"id": 9001')),
    "text": (Fault(what="text"), 200, True, False, lambda _: True),
    "shape": (Fault(what="shape"), 200, True, True, lambda answer: answer.json() == {"unexpected": True}),
    "list": (Fault(what="shape", body=[]), 200, True, True, lambda answer: answer.json() == []),
    "redirect": (
        Fault(what="redirect", to="https://evil.example.org/x"),
        302,
        False,
        False,
        lambda answer: answer.headers["location"] == "https://evil.example.org/x",
    ),
    "headers": (
        Fault(what="page", status=503, headers={"Retry-After": "9"}),
        503,
        False,
        False,
        lambda answer: answer.headers["retry-after"] == "9",
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_an_answer_is_another_than_canvas_gave(name: str) -> None:
    fault, status, done, readable, holds = ANSWERED[name]
    site = Site(fault)
    answer = site.rename()
    assert (answer.status_code, site.renamed, _json(answer)) == (status, done, readable)
    assert holds(answer)
    assert (site.sandbox.log[-1].status, site.sandbox.log[-1].fault) == (status, fault)


def test_a_token_that_expires_does_so_for_good_and_for_everything() -> None:
    site = Site(Fault(what="expire", path="/api/v1/courses/*", nth=2))
    assert site.statuses(3) == [200, 401, 401]
    answer = site.ask("GET", "/api/v1/accounts/1")
    assert (answer.status_code, answer.json()) == (401, {"errors": [{"message": "Expired access token."}]})
    assert "www-authenticate" in answer.headers
    assert site.ask("GET", "/api/v1/accounts/1", token="sandbox-teacher").status_code == 200
    site.sandbox.faults.clear()
    assert site.statuses(1) == [200]


@pytest.mark.parametrize("status", [429, 403])
def test_a_storm_lasts_for_some_seconds(status: int) -> None:
    site = Site(Fault(what="storm", status=status, nth=2, seconds=30.0))
    assert site.statuses(3) == [200, status, status]
    answer = site.ask("GET", "/api/v1/accounts/1")
    assert answer.text.endswith("(Rate Limit Exceeded)\n")
    assert answer.headers["x-rate-limit-remaining"] == "0.0"
    assert not site.renamed
    site.passed = 30.0
    assert site.statuses(1) == [200]


def test_a_replica_lags_for_some_requests() -> None:
    site = Site(Fault(what="lag", method="GET", seconds=5.0, times=2))
    site.passed = 100.0
    site.rename()
    names = [site.ask("GET").json()["name"]]
    listed = site.ask("GET", "/api/v1/accounts/1/courses", params={"search_term": NEW}).json()
    names.append(site.ask("GET").json()["name"])
    assert (names, listed) == ([OLD, NEW], [])
    site.passed += 10
    assert site.ask("GET").json()["name"] == NEW


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Fault(what="error"), "xxxxxxxx"),
        (Fault(what="error", nth=3), "..x....."),
        (Fault(what="error", every=3), "..x..x.."),
        (Fault(what="error", every=3, times=1), "..x....."),
        (Fault(what="error", first=6), ".....xxx"),
        (Fault(what="error", first=4, times=2), "...xx..."),
        (Fault(what="error", chance=1.0, first=7), "......xx"),
        (Fault(what="error", chance=0.0), "........"),
        (Fault(what="error", method="PUT"), "........"),
        (Fault(what="error", path="/api/v1/courses/*"), "xxxxxxxx"),
        (Fault(what="error", path="/api/*"), "........"),
        (Fault(what="error", path="/api/**"), "xxxxxxxx"),
        (Fault(what="error", path="/api/v1/courses/9001/settings"), "........"),
    ],
)
def test_a_rule_says_which_requests_it_is_about(fault: Fault, hit: str) -> None:
    assert "".join("x" if status == 500 else "." for status in Site(fault).statuses(8)) == hit


def test_what_is_drawn_follows_from_the_seed() -> None:
    def drawn(seed: int) -> list[int]:
        return Site(Fault(what="error", chance=0.5), fault_seed=seed).statuses(40)

    assert drawn(1) == drawn(1) != drawn(2)
    assert 8 < drawn(1).count(500) < 32


def test_the_first_rule_that_hits_decides_and_every_rule_counts() -> None:
    site = Site(Fault(what="error", every=2), Fault(what="page", every=3))
    assert site.statuses(6) == [200, 500, 502, 500, 200, 500]
    assert site.sandbox.faults.hits == 4


def test_the_page_of_requests_shows_what_was_injected() -> None:
    site = Site(Fault(what="reset", done=True))
    with pytest.raises(httpx.ReadError):
        site.rename()
    assert "<td>0 (reset, done)</td>" in site.ask("GET", "/log").text


def test_the_transport_remembers_where_the_token_went() -> None:
    site = Site()
    site.ask("GET")
    (left,) = site.transport.left
    assert (left.origin, left.authorization) == ("https://canvas.example.edu", "Bearer sandbox-admin")
