"""The lives of runs: begun, cut off, taken up again, each held against the laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from coursesync.catalogue.field import Risk
from coursesync.documents import load_plan
from coursesync.model import Plan, Report
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Choice, Stop
from tests.trust.machine import laws
from tests.trust.machine.facts import FACTS
from tests.trust.machine.laws import Deed
from tests.trust.machine.weather import Mishap
from tests.trust.machine.world import COURSES, Accident, Picture, World

# What was tried, over all runs of the machine.
TRIED: Counter[str] = Counter()

EVERYTHING = Choice(allow=Risk.DESTRUCTIVE)
# Longer than any replica in here is behind.
_CALM = 30.0

Touched = frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A plan in a file, and what was stored and declared when it was made."""

    text: str
    stored: Picture
    manifest: str = ""

    @property
    def plan(self) -> Plan:
        """Return the plan, read from the file."""
        return load_plan(self.text, name="plan.json")


@dataclass(slots=True, kw_only=True)
class Life:
    """A run: what it began and ended with, what others changed since it began, and how it went.

    endings: what was stored at the end of each of its lives, in order. moved: what it changed itself. fair:
    nothing ever went wrong in it, but for kills.
    """

    saved: Saved
    choice: Choice
    begun: Picture
    endings: list[Picture] = field(default_factory=list)
    name: str = ""
    touched: Touched = frozenset()
    moved: Touched = frozenset()
    fair: bool = True
    report: Report | None = None

    @property
    def through(self) -> bool:
        """Tell whether there is nothing left to resume."""
        return self.report is not None and not self.report.ended_early

    @property
    def chosen(self) -> frozenset[str]:
        """Return the ids of the changes to be carried out."""
        known = frozenset(change.id for course in self.saved.plan.courses for change in course.changes)
        return known & self.choice.only if self.choice.only else known - self.choice.left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """All runs so far in one world."""

    world: World
    lives: list[Life] = field(default_factory=list)

    def begin(self, saved: Saved, choice: Choice, fault: Fault | None, mishap: Mishap | None) -> Life:
        """Carry out a plan as a new run."""
        now = self.world.picture()
        life = Life(saved=saved, choice=choice, begun=now)
        self._live(
            life, fault, mishap, lambda stop: self.world.carry_out(saved.plan, choice=choice, stop=stop)
        )
        return life

    def take_up(self, life: Life, fault: Fault | None, mishap: Mishap | None) -> None:
        """Resume a run. Raises UsageProblem where it ended before it began."""
        answered = laws.answered(self.world.journal(life.name))
        lines = len(self.world.journal(life.name))
        self._live(life, fault, mishap, lambda stop: self.world.take_up(life.name, stop=stop))
        repeated = answered & laws.intended(self.world.journal(life.name)[lines:])
        assert not repeated, repeated
        TRIED["runs resumed"] += 1

    @contextmanager
    def noticed(self, life: Life | None = None) -> Iterator[None]:
        """Note for all runs but one what changes meanwhile."""
        before = self.world.picture()
        yield
        moved = _moved(before, self.world.picture())
        for other in self.lives:
            if other is life:
                other.moved |= moved
            else:
                other.touched |= moved

    @contextmanager
    def weather(self, fault: Fault | None) -> Iterator[None]:
        """Let something go wrong for one command, after a calm in which replicas catch up."""
        self.world.time.passed += _CALM
        if fault is not None:
            self.world.sandbox.faults.add(fault)
        try:
            yield
        finally:
            self.world.sandbox.faults.clear()
            self.world.let_jobs_finish()

    def _live(
        self, life: Life, fault: Fault | None, mishap: Mishap | None, work: Callable[[Stop], Report | None]
    ) -> None:
        """Carry out a run, or what is left of it, and hold it against the laws."""
        stop, before, count = Stop(), self.world.picture(), len(self.world.sandbox.log)
        life.fair = life.fair and fault is None
        if life not in self.lives:
            self.lives.append(life)
        with (
            self.noticed(life),
            self.weather(fault),
            self.world.with_accident(_accident(mishap, stop, self.world)),
        ):
            life.report = work(stop)
        life.name = self.world.run_id
        life.endings.append(self.world.picture())
        TRIED["applies and resumes"] += 1
        deed = Deed(
            plan=life.saved.plan,
            chosen=life.chosen,
            planned=life.saved.stored,
            begun=life.begun,
            before=before,
            after=life.endings[-1],
            sent=laws.sent_of(self.world.sandbox.log[count:]),
            fair=life.fair,
            whole=life.choice == EVERYTHING,
            resumed=len(life.endings) > 1,
            touched=life.touched,
        )
        laws.check(deed, life.report, stopped=stop.interrupted)
        _count(life.report)


def _accident(mishap: Mishap | None, stop: Stop, world: World) -> Accident | None:
    if mishap is None:
        return None
    world.torn = mishap.torn
    do = world.die if mishap.what == "kill" else lambda: stop.set("Interrupted.", interrupted=True)
    return Accident(at=mishap.at, nth=mishap.nth, do=do)


def _moved(before: Picture, after: Picture) -> Touched:
    return frozenset(
        (number, address)
        for number in COURSES
        for address in FACTS
        if before.shown[number][address] != after.shown[number][address]
    )


def _count(report: Report | None) -> None:
    if report is None:
        TRIED["kills in the state machine"] += 1
    else:
        TRIED["fields checked"] += sum(len(course.fields) for course in report.courses)
