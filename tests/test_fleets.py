"""Fleets at the limit of a token, in virtual time: how many requests, how long, and nobody refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from coursesync.canvas.bulk import Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.catalogue.field import Risk
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve
from coursesync.model import Plan, Report, Source
from coursesync.runs import Run
from coursesync.sandbox import Options, Sandbox, create_app, fleet
from coursesync.sandbox.world import LogEntry
from coursesync.workflow import Choice, Clock, Fleet, LiveSource, Stop, apply_plan, make_plan
from tests import virtual

T = TypeVar("T")
URL = "https://canvas.example.edu"
START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
RESERVED, DRAIN = 50.0, 10.0

ATTRIBUTES = "    attributes: {license: cc_by}\n"
SETTINGS = "    settings: {hide_distribution_graphs: true, home_page_announcement_limit: 3}\n"


@dataclass(slots=True)
class College:
    """A fleet of published courses in one account, behind the throttle, and a policy for all of them."""

    root: Path
    courses: int
    options: dict[str, Any]
    app: Any = None
    started: float = 0.0

    def __post_init__(self) -> None:
        given = {"latency_ms": 80, "clock": virtual.now, "now": self._now, "sleep": asyncio.sleep}
        self.app = create_app(Options(**{**given, **self.options}))
        self.world.add_courses(self._rows())

    def _now(self) -> datetime:
        return START + timedelta(seconds=virtual.now())

    def _rows(self) -> Iterator[dict[str, Any]]:
        for course in fleet(self.courses, account_id=5, term_id=3):
            unset = {"settings": {}, "license": None, "home_page_announcement_limit": None}
            yield {**course, "workflow_state": "available", **unset}

    @property
    def world(self) -> Sandbox:
        world = self.app.state.sandbox
        assert isinstance(world, Sandbox)
        return world

    @property
    def clock(self) -> Clock:
        return Clock(now=self._now, sleep=asyncio.sleep)

    async def talk(self, work: Callable[[Canvas], Awaitable[T]], *, read_only: bool = False) -> T:
        async with Canvas(
            Credentials(url=URL, token=Token("sandbox-admin")),
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            clock=virtual.now,
            sleep=asyncio.sleep,
            chance=lambda: 0.5,
            read_only=read_only,
        ) as canvas:
            return await work(canvas)

    async def plan(self, body: str) -> Plan:
        select = "  - name: everybody\n    select: {account: 5, term: sis_term_id:2027SP}\n"
        self.root.joinpath("courses.yaml").write_text(f"policies:\n{select}{body}", encoding="utf-8")
        loaded = load(find_project(self.root, None)[0])
        resolved = resolve(loaded.manifest, today=START.date())
        assert resolved.diagnostics == ()

        async def work(canvas: Canvas) -> Plan:
            return await make_plan(
                Fleet(resolved=resolved),
                LiveSource(Reader(canvas)),
                url=URL,
                manifests=Source(manifests=loaded.files),
                clock=self.clock,
            )

        return await self.talk(work, read_only=True)

    async def apply(self, plan: Plan, stop: Stop | None = None) -> Report:
        self.started = virtual.now()
        stop = Stop() if stop is None else stop
        run = Run.create(self.root, now=self._now(), token_hex="5eed00")
        choice = Choice(allow=Risk.DESTRUCTIVE)
        return await self.talk(
            lambda canvas: apply_plan(
                plan, Reader(canvas, account="5"), run, choice=choice, stop=stop, clock=self.clock
            )
        )

    def phase(self) -> tuple[list[LogEntry], float, float]:
        """Return what was asked since the last call, how long it took, and how long it had to take."""
        entries = list(self.world.log)
        self.world.log.clear()
        took = max(entry.ended for entry in entries) - min(entry.started for entry in entries)
        return entries, took, bound(entries, self.world.options.hwm)


def bound(entries: Sequence[LogEntry], hwm: float) -> float:
    """Return the least time requests take: as many at once as fit, or as fast as the bucket drains."""
    at_once = ceil(hwm / RESERVED) - 1
    work = sum(entry.ended - entry.started for entry in entries)
    cost = 0.6 * work
    return max(work / at_once, (cost - (hwm - RESERVED * at_once)) / DRAIN)


def in_college(root: Path, courses: int, work: Callable[[College], Awaitable[T]], **options: Any) -> T:
    async def inside() -> T:
        return await work(College(root=root, courses=courses, options=options))

    return virtual.run(inside)


def refusals(entries: Sequence[LogEntry]) -> int:
    return sum(entry.status == 429 for entry in entries)


@pytest.mark.parametrize("courses", [1, 99, 100, 101, 450])
@pytest.mark.parametrize("graphql", ["current", "old", "off"])
def test_a_plan_takes_no_more_requests_than_promised(tmp_path: Path, courses: int, graphql: str) -> None:
    async def work(college: College) -> None:
        plan = await college.plan(ATTRIBUTES + SETTINGS)
        entries, _, _ = college.phase()
        settings = ceil(courses / 20) if graphql == "current" else courses
        assert plan.summary.reads + plan.summary.preflight_reads == len(entries)
        assert plan.summary.reads <= 12 + ceil(courses / 100) + settings
        assert plan.summary.preflight_reads <= 3
        assert plan.summary.courses == plan.summary.courses_to_change == courses

    in_college(tmp_path, courses, work, graphql=graphql)


def test_attributes_alone_take_the_pages_of_the_list(tmp_path: Path) -> None:
    async def work(college: College) -> None:
        await college.plan(ATTRIBUTES)
        entries, _, _ = college.phase()
        assert len(entries) <= 3 + 5

    in_college(tmp_path, 500, work)


@pytest.mark.parametrize("hwm", [600, 700])
def test_a_phase_of_a_thousand_requests_is_near_the_limit_and_never_refused(tmp_path: Path, hwm: int) -> None:
    async def work(college: College) -> None:
        plan = await college.plan(ATTRIBUTES + SETTINGS)
        entries, took, least = college.phase()
        assert refusals(entries) == 0
        assert took <= 1.3 * least
        report = await college.apply(plan)
        entries, took, least = college.phase()
        assert refusals(entries) == 0
        assert took <= 1.3 * least
        assert report.totals["applied"] == plan.summary.changes == 3000
        # Two writes a course, a look at its settings before, and for each wave the pages of the list.
        assert len(entries) <= 3 * 1000 + 5 * (10 + 2)

    in_college(tmp_path, 1000, work, hwm=hwm, graphql="old")


def test_two_runs_that_share_a_token_both_end(tmp_path: Path) -> None:
    async def work(college: College) -> None:
        plans = await asyncio.gather(college.plan(SETTINGS), college.plan(SETTINGS))
        entries, _, _ = college.phase()
        assert [plan.summary.courses for plan in plans] == [600, 600]
        assert refusals(entries) <= 0.02 * len(entries)

    in_college(tmp_path, 600, work, graphql="old")


def test_a_gateway_that_fails_now_and_then_delays_and_spoils_nothing(tmp_path: Path) -> None:
    async def work(college: College) -> None:
        college.world.fail_next(method="GET", path_contains="/settings", status=503, times=4)
        plan = await college.plan(ATTRIBUTES + SETTINGS)
        assert plan.summary.courses_to_change == 200
        assert not plan.errored
        college.phase()
        college.world.fail_next(method="PUT", path_contains="/courses", status=502, times=4)
        report = await college.apply(plan)
        entries, _, _ = college.phase()
        assert report.totals["applied"] == plan.summary.changes
        assert refusals(entries) == 0

    in_college(tmp_path, 200, work, graphql="old")


@pytest.mark.parametrize("at_once", [3, 8])
def test_beside_a_client_that_gives_no_way_everything_is_applied_and_few_are_refused(
    tmp_path: Path, at_once: int
) -> None:
    async def work(college: College) -> None:
        plan = await college.plan(SETTINGS)
        college.phase()
        others = [asyncio.create_task(_hammer(college)) for _ in range(at_once)]
        report = await college.apply(plan)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        ours = [entry for entry in college.world.log if "/settings" in entry.path]
        assert report.totals["applied"] == plan.summary.changes == 1000
        assert refusals(ours) <= 0.02 * len(ours)

    in_college(tmp_path, 500, work, graphql="old")


async def _hammer(college: College) -> None:
    """Ask one thing after the other with our token, whatever the answer."""
    transport = httpx.ASGITransport(app=college.app)
    headers = {"Authorization": "Bearer sandbox-admin"}
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        while True:
            answer = await client.get("/api/v1/users/self")
            if answer.status_code == 429:
                await asyncio.sleep(1.0)


def test_an_interrupt_ends_a_fleet_with_a_true_report(tmp_path: Path) -> None:
    async def work(college: College) -> None:
        plan = await college.plan(SETTINGS)
        college.phase()
        stop = Stop()
        asyncio.get_running_loop().call_later(2.0, lambda: stop.set("Interrupted.", interrupted=True))
        report = await college.apply(plan, stop)
        written = {entry.path for entry in college.world.writes()}
        assert report.interrupted
        assert 0 < len(written) < 500
        applied = {
            f"/api/v1/courses/{course.id}/settings"
            for course in report.courses
            if all(item.verdict.value == "applied" for item in course.fields)
        }
        assert applied == written
        # Nothing left after the interrupt but what was on its way.
        assert max(entry.started for entry in college.world.writes()) <= 2.0 + college.started

    in_college(tmp_path, 500, work)


@pytest.mark.slow
@pytest.mark.parametrize(("hwm", "graphql"), [(700, "current"), (600, "old")])
def test_ten_thousand_courses_are_planned_applied_and_then_in_sync(
    tmp_path: Path, hwm: int, graphql: str
) -> None:
    async def work(college: College) -> None:
        plan = await college.plan(ATTRIBUTES + SETTINGS)
        entries, took, least = college.phase()
        settings = 500 if graphql == "current" else 10_000
        assert len(entries) <= 12 + 100 + settings
        assert refusals(entries) == 0
        assert took <= 1.3 * least
        report = await college.apply(plan)
        entries, took, least = college.phase()
        assert report.totals["applied"] == 30_000
        assert refusals(entries) == 0
        assert took <= 1.3 * least
        again = await college.plan(ATTRIBUTES + SETTINGS)
        assert (again.summary.courses, again.summary.changes) == (10_000, 0)

    in_college(tmp_path, 10_000, work, hwm=hwm, graphql=graphql)
