"""A laboratory for whole runs: the sandbox in this process, a clock that jumps, and one project folder."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx

from coursesync.canvas.audit import read_audit
from coursesync.canvas.bulk import Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.diagnostics import Diagnostic, errors
from coursesync.manifest.entries import Loaded, Project
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.model import Base, Drift, Plan, Report, Source
from coursesync.runs import Run, find_run
from coursesync.sandbox import Options, Sandbox, create_app
from coursesync.workflow import (
    Against,
    Choice,
    Clock,
    Fleet,
    LiveSource,
    Question,
    Selection,
    Stop,
    apply_plan,
    find_drift,
    make_plan,
    not_applied,
    pending,
    resume_run,
)
from coursesync.workflow.undo import told_by, undo_of
from coursesync.workflow.uploads import content_in, record_in
from tests.inprocess import InProcess

T = TypeVar("T")

URL = "https://canvas.example.edu"
START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """A clock that moves only when somebody waits."""

    passed: float = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


@dataclass(slots=True)
class Lab:
    """A project folder and a Canvas to plan and apply it against."""

    root: Path
    options: dict[str, Any] = field(default_factory=dict)
    token: str = "sandbox-admin"
    time: Time = field(default_factory=Time)
    app: Any = None
    account: str | None = None

    def __post_init__(self) -> None:
        given = {
            "throttle": False,
            "clock": self.time.monotonic,
            "now": self.time.now,
            "sleep": self.time.sleep,
        }
        self.app = create_app(Options(**{**given, **self.options}))

    @property
    def sandbox(self) -> Sandbox:
        found = self.app.state.sandbox
        assert isinstance(found, Sandbox)
        return found

    @property
    def clock(self) -> Clock:
        return Clock(now=self.time.now, sleep=self.time.sleep)

    def write(self, manifest: str, name: str = "courses.yaml") -> None:
        self.root.joinpath(name).write_text(manifest, encoding="utf-8")

    def canvas(self, *, read_only: bool = False) -> Canvas:
        return Canvas(
            Credentials(url=URL, token=Token(self.token)),
            transport=self.transport(),
            sleep=self.time.sleep,
            clock=self.time.monotonic,
            chance=lambda: 0.5,
            read_only=read_only,
        )

    def transport(self) -> httpx.AsyncBaseTransport:
        """Return the way to the sandbox."""
        return InProcess(self.app, sleep=self.time.sleep)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return asyncio.run(work)

    def resolved(self) -> tuple[Loaded, Resolved, tuple[Diagnostic, ...]]:
        """Return what the manifests hold, and everything wrong with them."""
        project, problems = find_project(self.root, None)
        loaded = load(project)
        resolved = resolve(loaded.manifest, today=self.clock.today, account=self.account)
        return loaded, resolved, (*problems, *loaded.diagnostics, *resolved.diagnostics)

    def problems(self) -> tuple[Diagnostic, ...]:
        return self.resolved()[2]

    def plan(self, against: Against | None = None, **selection: tuple[str, ...]) -> Plan:
        loaded, resolved, found = self.resolved()
        assert not errors(found), found
        source = Source(manifests=loaded.files)

        async def work() -> Plan:
            async with self.canvas(read_only=True) as canvas:
                return await make_plan(
                    Fleet(
                        resolved=resolved,
                        selection=Selection(**selection),
                        problems=found,
                        account=self.account,
                    ),
                    self.source(canvas),
                    url=canvas.url,
                    manifests=source,
                    clock=self.clock,
                    against=against,
                )

        return self.run(work())

    def source(self, canvas: Canvas) -> LiveSource:
        """Return the Canvas as what manifests are compared with."""
        reader = Reader(canvas, account=self.account)
        return LiveSource(reader, brought=record_in(self.root, canvas.url))

    def against(self, manifest: str, *, receipt: Report | None = None) -> Against:
        """Return a base at which the manifests were this one."""
        with TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            (root / "courses.yaml").write_text(manifest, encoding="utf-8")
            resolved = resolve(
                load(Project(root=root)).manifest, today=self.clock.today, account=self.account
            )
        base = Base(ref="main", commit="0" * 40, run=receipt.run if receipt else None)
        return Against(base=base, resolved=resolved, kept=not_applied(receipt) if receipt else {})

    def drift(
        self,
        against: Against | None = None,
        *,
        blame: bool = False,
        coverage: bool = False,
        **selection: tuple[str, ...],
    ) -> Drift:
        loaded, resolved, found = self.resolved()
        assert not errors(found), found

        async def work() -> Drift:
            async with self.canvas(read_only=True) as canvas:
                ask = partial(read_audit, canvas) if blame else None
                return await find_drift(
                    Fleet(
                        resolved=resolved,
                        selection=Selection(**selection),
                        problems=found,
                        account=self.account,
                    ),
                    self.source(canvas),
                    Question(against=against, ask=ask, coverage=coverage),
                    url=canvas.url,
                    manifests=Source(manifests=loaded.files),
                    clock=self.clock,
                )

        return self.run(work())

    def apply(self, plan: Plan, *, choice: Choice | None = None, stop: Stop | None = None) -> Report:
        async def work() -> Report:
            async with self.canvas() as canvas:
                run = Run.create(self.root, now=self.time.now(), token_hex="5eed00")
                account = None if plan.canvas.account is None else str(plan.canvas.account)
                reader = Reader(canvas, account=account)
                return await apply_plan(
                    plan,
                    reader,
                    run,
                    choice=choice or Choice(),
                    stop=Stop() if stop is None else stop,
                    clock=self.clock,
                    content=content_in(self.root),
                )

        return self.run(work())

    def resume(self, name: str = "last", *, stop: Stop | None = None) -> Report:
        """Take a run up again, by its id or as the last one; the report of one that was through is given."""
        found = pending(find_run(self.root, name))
        if isinstance(found, Report):
            return found

        async def work() -> Report:
            async with self.canvas() as canvas:
                account = None if found.plan.canvas.account is None else str(found.plan.canvas.account)
                reader = Reader(canvas, account=account)
                return await resume_run(
                    found,
                    reader,
                    stop=Stop() if stop is None else stop,
                    clock=self.clock,
                    content=content_in(self.root),
                )

        return self.run(work())

    def undo(self, name: str | Report = "last", **selection: tuple[str, ...]) -> Plan:
        """Return the plan that puts back what a run did: by its id, as the last one, or by its report."""
        report = name if isinstance(name, Report) else told_by(find_run(self.root, name))
        undo = undo_of(report)
        account = None if report.canvas.account is None else str(report.canvas.account)

        async def work() -> Plan:
            async with self.canvas(read_only=True) as canvas:
                return await make_plan(
                    Fleet(
                        resolved=undo.resolved,
                        selection=Selection(**selection),
                        problems=undo.diagnostics,
                        account=account,
                    ),
                    LiveSource(Reader(canvas, account=account)),
                    url=canvas.url,
                    manifests=Source(),
                    clock=self.clock,
                    undo=undo,
                )

        return asyncio.run(work())

    def sent(self) -> list[tuple[str, str, Any]]:
        """Return what was written: method, path and body, in order."""
        return [(entry.method, entry.path, entry.body) for entry in self.sandbox.writes()]
