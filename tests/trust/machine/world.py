"""A laboratory in which a process can die, a person can interrupt, and a colleague can edit, at any step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

import httpx

from coursesync.canvas.bulk import Reader
from coursesync.model import Plan, Report
from coursesync.runs import Run, find_run
from coursesync.sandbox.batch import work
from coursesync.workflow import Choice, Stop, apply_plan, pending, resume_run
from tests.inprocess import InProcess
from tests.lab import Lab
from tests.trust.machine.facts import ACCOUNT_LOCKS_ANNOUNCEMENTS, Columns, Seen, seen, the_rest

# Two of an ordinary faculty, one with students and grades, one in another account.
COURSES = (9001, 9002, 9003, 9004)
WITH_STUDENTS = 9003
_ACCOUNTS = {9001: 2, 9002: 2, 9003: 2, 9004: 3}


class Killed(SystemExit):
    """The process is gone; asyncio lets this one through at once, whatever is under way."""


class At(Enum):
    """A step of a run at which something can happen."""

    BEFORE_WRITE = "before a write leaves"
    AFTER_WRITE = "after Canvas did it"
    AFTER_READ = "after a read"
    BEFORE_LINE = "before lines are in the journal"
    AFTER_LINE = "after they are"


@dataclass(slots=True)
class Accident:
    """What happens at the nth step of a kind: nothing before it, and only once."""

    at: At
    nth: int
    do: Callable[[], None]
    happened: bool = False

    def step(self, at: At) -> None:
        """Count a step, and let it happen when it is time."""
        if at is not self.at or self.happened:
            return
        self.nth -= 1
        if self.nth == 0:
            self.happened = True
            self.do()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is stored in every course at one moment: what the API shows of it, and the rest."""

    shown: Mapping[int, Seen]
    rest: Mapping[int, Columns]


def _is_write(method: str, path: str) -> bool:
    return method not in {"GET", "HEAD"} and not path.endswith(("/preview_html", "/graphql"))


class _Line(httpx.AsyncBaseTransport):
    """The way to Canvas, past everything that can happen on it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._inner = InProcess(world.app, sleep=world.time.sleep)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._world.must_live()
        writes = _is_write(request.method, request.url.path)
        self._world.targets.add((request.url.scheme, request.url.netloc.decode()))
        if writes:
            self._world.step(At.BEFORE_WRITE)
        response = await self._inner.handle_async_request(request)
        self._world.step(At.AFTER_WRITE if writes else At.AFTER_READ)
        return response


@dataclass(slots=True)
class World(Lab):
    """A laboratory with courses, and with an accident in waiting.

    run_id: of the last one. dead: whether the process is gone. torn: how many characters of the lines it was
    about to write came onto the disk.
    """

    run_id: str = ""
    accident: Accident | None = None
    dead: bool = False
    torn: int = 0
    targets: set[tuple[str, str]] = field(default_factory=set)

    def open(self) -> None:
        """Add the courses."""
        setting = {"lock_all_announcements": {"value": ACCOUNT_LOCKS_ANNOUNCEMENTS}}
        self.sandbox.edit_account(1, settings=setting)
        for number in COURSES:
            self.sandbox.add_course(
                id=number, name="Alpha", course_code=f"C{number}", account_id=_ACCOUNTS[number]
            )
        self.sandbox.enroll(WITH_STUDENTS, graded=True)

    def picture(self) -> Picture:
        """Return what is stored."""
        columns = {number: self.sandbox.course(number) for number in COURSES}
        return Picture(
            shown={number: seen(course) for number, course in columns.items()},
            rest={number: the_rest(course) for number, course in columns.items()},
        )

    def step(self, at: At) -> None:
        """Let happen what is due."""
        if self.accident is not None:
            self.accident.step(at)

    def die(self) -> None:
        """End the process here; nothing it still tries comes through."""
        self.dead = True
        raise Killed

    def must_live(self) -> None:
        """Refuse whatever a dead process still tries on its way out."""
        if self.dead:
            raise Killed

    @contextmanager
    def with_accident(self, accident: Accident | None) -> Iterator[None]:
        """Have an accident in waiting for one command."""
        self.accident, self.dead = accident, False
        try:
            yield
        finally:
            self.accident, self.dead = None, False

    async def _write(self, work: Callable[[], None]) -> None:
        """Write into the journal as the disk does, unless the process dies of it."""
        self.must_live()
        try:
            self.step(At.BEFORE_LINE)
        except Killed:
            self._leave_half(work)
            raise
        work()
        self.step(At.AFTER_LINE)

    def _leave_half(self, work: Callable[[], None]) -> None:
        """Leave so much of some lines as a machine that loses power may have written."""
        assert isinstance(work, partial)
        half = work.args[0][: self.torn % len(work.args[0])]
        with find_run(self.root, self.run_id).journal.open("a", encoding="utf-8") as file:
            file.write(half)

    def transport(self) -> httpx.AsyncBaseTransport:
        return _Line(self)

    def let_jobs_finish(self) -> None:
        """Let Canvas end what it does in the background, also for a client that is gone."""
        self.time.passed += 1.0
        work(self.sandbox)

    def carry_out(self, plan: Plan, *, choice: Choice, stop: Stop) -> Report | None:
        """Apply a plan as a new run; None where the process died of it."""

        async def carry() -> Report:
            async with self.canvas() as canvas:
                run = Run.create(self.root, now=self.time.now(), token_hex="5eed00")
                self.run_id = run.id
                reader = Reader(canvas, account=_account(plan))
                return await apply_plan(
                    plan, reader, run, choice=choice, stop=stop, clock=self.clock, offload=self._write
                )

        return _survived(carry)

    def take_up(self, name: str, *, stop: Stop) -> Report | None:
        """Resume a run by its id; None where the process died of it."""
        self.run_id = name
        found = pending(find_run(self.root, name))
        if isinstance(found, Report):
            return found

        async def carry() -> Report:
            async with self.canvas() as canvas:
                reader = Reader(canvas, account=_account(found.plan))
                return await resume_run(found, reader, stop=stop, clock=self.clock, offload=self._write)

        return _survived(carry)

    def journal(self, run: str) -> list[Mapping[str, Any]]:
        """Return the whole lines of the journal of a run, as anybody can read them."""
        path = find_run(self.root, run).journal
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]


def _account(plan: Plan) -> str | None:
    return None if plan.canvas.account is None else str(plan.canvas.account)


def _survived(carry: Callable[[], Coroutine[Any, Any, Report]]) -> Report | None:
    try:
        with asyncio.Runner() as runner:
            # A task that died with the process has nobody left to tell.
            runner.get_loop().set_exception_handler(lambda *_: None)
            return runner.run(carry())
    except Killed:
        return None
