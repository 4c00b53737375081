"""The client against the stand-in, which states Canvas's side on its own: where they differ, one is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest

from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.canvas.decode import decode_answer
from coursesync.canvas.paths import course_path
from coursesync.canvas.read import preview_html, read_account, read_reference
from coursesync.canvas.throttle import Pace
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Endpoint
from coursesync.errors import CanvasRefused, CanvasUnavailable
from coursesync.sandbox import Options, Sandbox, create_app, running
from tests import virtual
from tests.canvas.fake import every_item
from tests.canvas.single import read_course

T = TypeVar("T")
URL = "https://ridgeway.example.edu"
READABLE = {address for address, row in FIELDS.items() if row.read}


class College:
    """The built-in college, without waits."""

    def __init__(self, **options: Any) -> None:
        self.passed = 0.0
        given = {"clock": lambda: self.passed, "now": lambda: datetime(2026, 9, 1, tzinfo=UTC)}
        self.app = create_app(Options(**{**given, **options}))

    @property
    def world(self) -> Sandbox:
        world = self.app.state.sandbox
        assert isinstance(world, Sandbox)
        return world

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def run(self, work: Callable[[Canvas], Awaitable[T]], token: str = "sandbox-admin", **options: Any) -> T:
        async def inside() -> T:
            credentials = Credentials(url=URL, token=Token(token))
            transport = httpx.ASGITransport(app=self.app)
            async with Canvas(
                credentials,
                transport=transport,
                sleep=self.sleep,
                chance=lambda: 0.0,
                clock=lambda: self.passed,
                **options,
            ) as canvas:
                return await work(canvas)

        return asyncio.run(inside())


def test_every_field_of_the_catalogue_is_told_in_two_requests() -> None:
    college = College()
    live = college.run(lambda canvas: read_course(canvas, "4101", FIELDS), read_only=True)
    assert set(live.state) == READABLE
    assert len(college.world.log) == 2
    assert (live.id, live.name, live.sis_course_id) == (4101, "BIO 101 Intro Biology", "BIO-101-2026FA")
    assert live.workflow_state == "unpublished"
    assert (live.account_id, live.root_account_id) == (3, 1)
    assert live.state["attributes.syllabus_body"] == "<h2>Biology</h2>\n<p>Old text.</p>"


def test_without_undocumented_includes_their_fields_are_not_told() -> None:
    live = College(undocumented_includes=False).run(lambda canvas: read_course(canvas, "4101", FIELDS))
    untold = {row.address for row in FIELDS.values() if row.read and not row.read.documented}
    assert set(live.state) == READABLE - untold
    assert untold


@pytest.mark.parametrize(
    "sis_id",
    [
        "a/b",
        "a.b",
        "50%",
        "a%2Fb",
        "two words",
        "x.json",
        "x.JSON",
        "a?b#c",
        "Größe",
        "a:b",
        "a+b&c=d",
        "../x",
        "{id}",
    ],
)
def test_a_course_is_found_by_a_sis_id_of_any_form(sis_id: str) -> None:
    college = College()
    number = college.world.add_course(name="Odd", account_id=3, enrollment_term_id=2, sis_source_id=sis_id)
    live = college.run(
        lambda canvas: read_course(canvas, f"sis_course_id:{sis_id}", ["settings.hide_final_grades"])
    )
    assert (live.id, live.sis_course_id) == (number, sis_id)


def test_a_nickname_is_not_the_name() -> None:
    live = College().run(lambda canvas: read_course(canvas, "4107", ["attributes.name"]))
    assert live.name != "Art studio (mine)"
    assert live.name == live.state["attributes.name"]


def test_a_deleted_course_is_found_only_where_its_state_is_asked_for() -> None:
    college = College()
    college.world.edit(4101, workflow_state="deleted")
    with pytest.raises(CanvasRefused) as caught:
        college.run(lambda canvas: read_course(canvas, "4101", ["attributes.name"]))
    assert caught.value.status == 404
    live = college.run(lambda canvas: read_course(canvas, "4101", ["attributes.workflow_state"]))
    assert live.workflow_state == "deleted"


def test_a_put_tells_what_a_get_tells() -> None:
    college = College()
    body = {"course": {"name": "Biology", "locale": "de"}}

    async def write(canvas: Canvas) -> Any:
        return await canvas.send("PUT", course_path(Endpoint.COURSE, 4101), body)

    answer = college.run(write)
    state = decode_answer(Endpoint.COURSE, answer, includes=frozenset(), host="ridgeway.example.edu")
    live = college.run(lambda canvas: read_course(canvas, "4101", ["attributes.name"]))
    assert state == live.state
    assert (state["attributes.name"], state["attributes.locale"]) == ("Biology", "de")


def test_a_settings_put_tells_what_a_get_tells() -> None:
    college = College()

    async def write(canvas: Canvas) -> Any:
        return await canvas.send("PUT", course_path(Endpoint.SETTINGS, 4101), {"hide_final_grades": True})

    answer = college.run(write)
    state = decode_answer(Endpoint.SETTINGS, answer, includes=frozenset(), host="ridgeway.example.edu")
    live = college.run(lambda canvas: read_course(canvas, "4101", ["settings.hide_final_grades"]))
    assert state == {address: live.state[address] for address in state}
    assert state["settings.hide_final_grades"] is True


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("nobody-has-this", "ridgeway.example.edu does not know this token."),
        ("sandbox-expired", "The token expired at 2026-01-01T00:00:00Z."),
        ("sandbox-revoked", "The token was revoked."),
    ],
)
def test_a_bad_token_ends_the_run(token: str, message: str) -> None:
    with pytest.raises(CanvasUnavailable) as caught:
        College().run(lambda canvas: read_course(canvas, "4101", ["attributes.name"]), token)
    assert caught.value.message == message


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_right_is_a_refusal(status: int) -> None:
    college = College(permission_status=status)

    async def write(canvas: Canvas) -> Any:
        return await canvas.send("PUT", course_path(Endpoint.COURSE, 4102), {"course": {"name": "x"}})

    with pytest.raises(CanvasRefused, match=r"may not change /api/v1/courses/4102") as caught:
        college.run(write, "sandbox-student")
    assert caught.value.status == status


def test_a_student_outside_the_dates_is_shown_nothing() -> None:
    with pytest.raises(CanvasRefused, match="Canvas hides this course"):
        College().run(lambda canvas: read_course(canvas, "4102", ["attributes.name"]), "sandbox-restricted")


def test_a_field_canvas_does_not_take_is_named() -> None:
    college = College()

    async def write(canvas: Canvas) -> Any:
        return await canvas.send("PUT", course_path(Endpoint.COURSE, 4101), {"course": {"default_view": "x"}})

    with pytest.raises(
        CanvasRefused, match=r"^Canvas refused PUT /api/v1/courses/4101 \(400\): default_view: "
    ) as caught:
        college.run(write)
    assert caught.value.status == 400


def test_references_accounts_and_previews_are_read() -> None:
    college = College()

    async def work(canvas: Canvas) -> tuple[int, int, Any, str]:
        return (
            await read_reference(canvas, "sis_term_id:2026FA"),
            await read_reference(canvas, "sis_account_id:ARTS"),
            await read_account(canvas, 3),
            await preview_html(canvas, 4101, "<p onclick='x'>Hello</p><script>x</script>"),
        )

    term, account, values, shown = college.run(work, read_only=True)
    assert (term, account) == (2, 2)
    assert values.pop("name")
    assert values == {"default_storage_quota_mb": 1000, "default_time_zone": "America/Denver"}
    assert shown == "<p>Hello</p>"
    assert college.world.writes() == []


@pytest.mark.parametrize("text", ["sis_term_id:NONE", "sis_account_id:NONE"])
def test_a_reference_that_leads_nowhere_is_a_404(text: str) -> None:
    with pytest.raises(CanvasRefused) as caught:
        College().run(lambda canvas: read_reference(canvas, text))
    assert caught.value.status == 404


@pytest.mark.parametrize("extra", [0, 1, 99, 100, 101])
def test_a_list_is_complete_whatever_its_length(extra: int) -> None:
    college = College()
    before = len(
        [
            number
            for number in college.world.course_ids()
            if college.world.course(number)["workflow_state"] != "deleted"
        ]
    )
    wanted = 100 + extra
    for number in range(wanted - before):
        college.world.add_course(name=f"Course {number}", account_id=3, enrollment_term_id=2)
    found = college.run(lambda canvas: every_item(canvas, "/api/v1/accounts/1/courses"))
    assert len(found) == wanted
    assert len({item["id"] for item in found}) == wanted  # type: ignore[index,call-overload]


def test_a_limit_far_below_the_usual_one_is_kept_to_without_a_refusal() -> None:
    college = College(hwm=120, latency_ms=5)

    async def work(canvas: Canvas) -> list[Any]:
        courses = [4101, 4102, 4103, 4104] * 3
        return list(await asyncio.gather(*(canvas.get(f"/api/v1/courses/{number}") for number in courses)))

    assert len(college.run(work)) == 12
    assert {entry.status for entry in college.world.log} == {200}


def in_virtual_time(*clients: int, **options: Any) -> tuple[list[tuple[Pace, float | None]], float, Sandbox]:
    """Let clients with one token read a course so many times each.

    Return the pace and the estimate each ends with, the seconds they all took, and what Canvas saw.
    """

    async def work() -> tuple[list[tuple[Pace, float | None]], float, Sandbox]:
        app = create_app(Options(clock=virtual.now, sleep=asyncio.sleep, **options))
        canvases = [
            Canvas(
                Credentials(url=URL, token=Token("sandbox-admin")),
                transport=httpx.ASGITransport(app=app),
                clock=virtual.now,
                chance=lambda number=number: number / len(clients),  # type: ignore[misc]
            )
            for number in range(len(clients))
        ]

        async def read(canvas: Canvas, count: int) -> None:
            async with canvas:
                await asyncio.gather(*(canvas.get("/api/v1/courses/4101/settings") for _ in range(count)))

        await asyncio.gather(*(read(canvas, count) for canvas, count in zip(canvases, clients, strict=True)))
        ends = [(one.pace, one.estimate(count)) for one, count in zip(canvases, clients, strict=True)]
        return ends, virtual.now(), app.state.sandbox

    return virtual.run(work)


@pytest.mark.parametrize(("hwm", "most"), [(600, 11), (700, 13)])
def test_alone_all_that_the_throttle_allows_is_used_and_it_never_refuses(hwm: int, most: int) -> None:
    [(pace, estimate)], seconds, world = in_virtual_time(500, hwm=hwm, latency_ms=500)
    assert {entry.status for entry in world.log} == {200}
    taken = [entry.ended - entry.started for entry in world.log]
    assert seconds < 1.3 * (taken[0] + sum(taken) / most)
    assert (pace.refusals, pace.high_water, pace.shared) == (0, hwm, False)
    assert estimate == pytest.approx(seconds, rel=0.2)


@pytest.mark.parametrize("status", [429, 403])
def test_two_with_one_token_both_finish_and_are_hardly_ever_refused(status: int) -> None:
    ends, _, world = in_virtual_time(300, 300, hwm=600, latency_ms=1000, refusal_status=status)
    refused = sum(pace.refusals for pace, _ in ends)
    assert refused == sum(entry.status == status for entry in world.log)
    assert refused < 0.02 * len(world.log)
    assert sum(entry.status == 200 for entry in world.log) == 600


@pytest.mark.parametrize("status", [429, 403])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_refusal_of_the_throttle_is_repeated(method: str, status: int) -> None:
    college = College()
    college.world.fail_next(
        method=method,
        path_contains="/courses/4101",
        status=status,
        body=f"{status} Forbidden (Rate Limit Exceeded)\n",
        content_type="text/plain",
        times=3,
    )

    async def work(canvas: Canvas) -> Any:
        path = course_path(Endpoint.COURSE, 4101)
        return await (
            canvas.get(path) if method == "GET" else canvas.send("PUT", path, {"course": {"name": "B"}})
        )

    assert college.run(work)["id"] == 4101
    assert [entry.status for entry in college.world.log] == [status, status, status, 200]


def test_a_course_is_read_over_a_real_connection() -> None:
    async def work(url: str) -> Any:
        async with Canvas(Credentials(url=url, token=Token("sandbox-admin")), read_only=True) as canvas:
            return await read_course(canvas, "sis_course_id:BIO-101-2026FA", FIELDS)

    with running() as served:
        live = asyncio.run(work(served.url))
    assert live.id == 4101
    assert set(live.state) == READABLE
