"""Uploads: three steps, the second to a host that must not see the token."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.canvas.transport import WriteRefused
from coursesync.canvas.uploads import Parcel, Stored
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnanswered
from coursesync.sandbox import Options, create_app
from coursesync.sandbox.faults import Fault
from tests.inprocess import InProcess
from tests.lab import URL, Time

STORAGE = "https://files.example.net"
PATH = "/api/v1/courses/4101/files"
BODY = {"name": "bio.png", "size": 5, "content_type": "image/png", "on_duplicate": "rename"}
PARCEL = Parcel(name="bio.png", content=b"\r\n--x", content_type="image/png")


class Bench:
    """A sandbox whose storage is another host, and what left for either."""

    def __init__(self, *faults: Fault, **options: Any) -> None:
        self.time = Time()
        told = {"throttle": False, "storage": STORAGE, "canvas": URL, "sleep": self.time.sleep, **options}
        self.app = create_app(Options(clock=self.time.monotonic, faults=faults, **told))
        self.way = InProcess(self.app, sleep=self.time.sleep)
        self.departures = 0

    async def _leaving(self) -> None:
        self.departures += 1

    def upload(self, *, read_only: bool = False) -> Stored:
        async def work() -> Stored:
            credentials = Credentials(url=URL, token=Token("sandbox-admin"))
            async with Canvas(
                credentials,
                transport=self.way,
                sleep=self.time.sleep,
                clock=self.time.monotonic,
                chance=lambda: 0.5,
                read_only=read_only,
            ) as canvas:
                return await canvas.upload(PATH, BODY, PARCEL, leaving=self._leaving)

        return asyncio.run(work())

    @property
    def files(self) -> list[dict[str, Any]]:
        rows = self.app.state.sandbox.store.where("files", course_id=4101)
        return [row for row in rows if row["state"] == "available" and row["name"].startswith("bio")]

    def tokens_at(self, origin: str) -> set[str | None]:
        return {item.authorization for item in self.way.left if item.origin == origin}


@pytest.mark.parametrize("stored", ["redirect", "created", "body"])
def test_a_file_arrives_whole_and_the_storage_sees_no_token(stored: str) -> None:
    bench = Bench(stored=stored)
    done = bench.upload()
    assert [row["id"] for row in bench.files] == [done.id]
    assert bench.files[0]["size"] == len(PARCEL.content) == done.size
    assert bench.tokens_at(STORAGE) == {None}
    assert bench.tokens_at(URL) == {"Bearer sandbox-admin"}
    assert bench.departures == 1


@pytest.mark.parametrize("path", ["**/files", "/file_storage/**", "**/create_success"])
@pytest.mark.parametrize(
    ("what", "done"), [("reset", True), ("reset", False), ("hang", True), ("hang", False), ("short", True)]
)
def test_a_step_that_is_not_answered_is_begun_again(path: str, what: Any, done: bool) -> None:
    bench = Bench(Fault(what=what, path=path, times=1, done=done))
    stored = bench.upload()
    assert stored.id in {row["id"] for row in bench.files}
    assert bench.departures == 1
    assert bench.tokens_at(STORAGE) == {None}


def test_a_storage_that_never_answers_leaves_it_unknown() -> None:
    bench = Bench(Fault(what="reset", path="/file_storage/**"))
    with pytest.raises(CanvasUnanswered, match=r"files\.example\.net"):
        bench.upload()
    assert not bench.files


def test_a_storage_that_refuses_is_told_of_and_not_asked_again() -> None:
    bench = Bench(Fault(what="error", status=403, path="/file_storage/**"))
    with pytest.raises(CanvasRefused, match="refused the upload: 403 Forbidden"):
        bench.upload()
    assert len([item for item in bench.way.left if item.origin == STORAGE]) == 1


def test_a_storage_that_is_busy_is_waited_for() -> None:
    bench = Bench(Fault(what="error", status=429, path="/file_storage/**", times=2))
    assert bench.upload().leftovers == 0


def test_what_canvas_says_of_its_quota_is_shown() -> None:
    bench = Bench()
    bench.app.state.sandbox.edit(4101, storage_quota=1_048_576, storage_used_mb=1)
    with pytest.raises(CanvasRefused, match="file size exceeds quota"):
        bench.upload()


@pytest.mark.parametrize(
    "storage",
    ["http://files.example.net", "ftp://files.example.net", "http://127.0.0.1:9", "https://127.0.0.1",
     "https://user:word@files.example.net"],
)  # fmt: skip
def test_a_file_leaves_for_no_place_that_is_not_safe(storage: str) -> None:
    bench = Bench(storage=storage)
    with pytest.raises(CanvasRefused, match="where it may not go"):
        bench.upload()
    assert {item.origin for item in bench.way.left} == {URL}


@pytest.mark.parametrize("there", ["https://evil.example", "http://canvas.example.edu", f"{URL}:8443"])
def test_an_upload_is_not_completed_where_the_token_may_not_go(there: str) -> None:
    bench = Bench(canvas=there)
    with pytest.raises(CanvasError, match="where the token may not go"):
        bench.upload()
    assert {item.origin for item in bench.way.left} == {URL, STORAGE}


def test_a_client_that_only_reads_uploads_nothing() -> None:
    bench = Bench()
    with pytest.raises(WriteRefused):
        bench.upload(read_only=True)
    assert not bench.way.left


@pytest.mark.parametrize("told", [[], {}, {"upload_url": 5}, {"upload_url": STORAGE, "upload_params": "x"}])
def test_an_answer_without_a_place_for_the_file_is_an_error(told: Any) -> None:
    bench = Bench(Fault(what="shape", path="**/files", body=told))
    with pytest.raises(CanvasError):
        bench.upload()
