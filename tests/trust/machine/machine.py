"""The machine: manifests, hand edits, plans, applies, kills, faults and resumes, in any order."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from coursesync.catalogue.field import Risk
from coursesync.documents import dump_plan, load_plan
from coursesync.errors import CanvasError, PlanStale, UsageProblem
from coursesync.model import Plan, Report
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Choice, Stop
from coursesync.workflow.guards import check_source
from tests.lab import URL
from tests.trust.machine import laws
from tests.trust.machine.facts import BLUEPRINT, END, FACTS, RESTRICT, RESTRICTIONS, START
from tests.trust.machine.laws import Deed
from tests.trust.machine.weather import (
    Mishap,
    Part,
    accidents,
    courses,
    entries,
    faults,
    hands,
    parts,
    weathers,
)
from tests.trust.machine.world import COURSES, Accident, Picture, World

# What was tried, over all runs of the machine.
TRIED: Counter[str] = Counter()

# Longer than any replica in here is behind.
_CALM = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A plan in a file, and what was stored and declared when it was made."""

    text: str
    stored: Picture
    manifest: str

    @property
    def plan(self) -> Plan:
        """Return the plan, read from the file."""
        return load_plan(self.text, name="plan.json")


@dataclass(slots=True, kw_only=True)
class Life:
    """A run: what it began with, what others changed since, and whether anything went wrong in it."""

    saved: Saved
    choice: Choice
    chosen: frozenset[str]
    begun: Picture
    name: str = ""
    touched: set[tuple[int, str]] = field(default_factory=set)
    fair: bool = True
    report: Report | None = None

    @property
    def through(self) -> bool:
        """Tell whether there is nothing left to resume."""
        return self.report is not None and not self.report.ended_early


class Machine(RuleBasedStateMachine):
    """Everything an administrator, a colleague, a network and a power cut may do, in any order."""

    saved = Bundle("saved")
    begun = Bundle("begun")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(root=Path(self.folder.name))
        self.world.open()
        self.declared: dict[int, dict[str, Any]] = {number: {} for number in COURSES}
        self.lives: list[Life] = []
        self._write()
        TRIED["runs of the state machine"] += 1

    def teardown(self) -> None:
        self.folder.cleanup()

    # What is declared, and what others do.

    @initialize(
        edits=st.lists(st.tuples(courses, hands), max_size=10),
        wishes=st.lists(st.tuples(courses, entries), min_size=5, max_size=20),
    )
    def begin(
        self, edits: list[tuple[int, Mapping[str, Any]]], wishes: list[tuple[int, tuple[str, Any]]]
    ) -> None:
        for number, columns in edits:
            self.world.sandbox.edit(number, **columns)
        for number, (address, value) in wishes:
            self._declare(number, address, value, sound=True)
        self._write()

    @rule(
        wishes=st.lists(st.tuples(courses, entries), min_size=1, max_size=8),
        sound=st.sampled_from([True, True, True, False]),
    )
    def declare(self, wishes: list[tuple[int, tuple[str, Any]]], sound: bool) -> None:
        for number, (address, value) in wishes:
            self._declare(number, address, value, sound=sound)
        self._write()

    @rule(number=courses, address=st.sampled_from(sorted(FACTS)))
    def declare_no_more(self, number: int, address: str) -> None:
        self.declared[number].pop(address, None)
        self._write()

    @rule(number=courses, columns=hands)
    def edit_by_hand(self, number: int, columns: Mapping[str, Any]) -> None:
        with self._noticed():
            self.world.sandbox.edit(number, **columns)

    @rule(hours=st.integers(1, 72))
    def let_time_pass(self, hours: int) -> None:
        self.world.time.passed += 3600.0 * hours

    # Plans.

    @rule(target=saved)
    def plan(self) -> Saved:
        found = self._planned()
        assert found == self._planned()
        laws.check_plan(found, self.declared, self.world.picture())
        return Saved(text=dump_plan(found), stored=self.world.picture(), manifest=self._manifest())

    @rule(fault=faults)
    def plan_in_bad_weather(self, fault: Fault) -> None:
        with self._weather(fault):
            try:
                found = self._planned()
            except CanvasError:
                return
        calm = self._planned()
        for course in found.courses:
            sound = next(item for item in calm.courses if item.id == course.id)
            assert {change.id for change in course.changes} <= {change.id for change in sound.changes}

    # Carrying them out.

    @rule(target=begun, saved=saved, part=parts, fault=weathers, mishap=accidents)
    def apply(self, saved: Saved, part: Part | None, fault: Fault | None, mishap: Mishap | None) -> Life:
        known = [change.id for course in saved.plan.courses for change in course.changes]
        ids = part.ids(known) if part else frozenset()
        choice = Choice(allow=Risk.DESTRUCTIVE)
        if part and ids:
            choice = replace(choice, **{"only" if part.way == "only" else "left_out": ids})
        chosen = frozenset(known) & ids if choice.only else frozenset(known) - choice.left_out
        self._check_gates(saved, choice)
        life = Life(saved=saved, choice=choice, chosen=chosen, begun=self.world.picture())
        self._live(
            life, fault, mishap, lambda stop: self.world.carry_out(saved.plan, choice=choice, stop=stop)
        )
        return life

    @rule(target=begun, part=parts, fault=weathers, mishap=accidents)
    def plan_and_apply(self, part: Part | None, fault: Fault | None, mishap: Mishap | None) -> Life:
        return self.apply(self.plan(), part, fault, mishap)

    @rule(life=begun, fault=weathers, mishap=accidents)
    def resume(self, life: Life, fault: Fault | None, mishap: Mishap | None) -> None:
        if life.through:
            before, count = self.world.picture(), len(self.world.sandbox.log)
            assert self.world.take_up(life.name, stop=Stop()) == life.report
            assert self.world.picture() == before
            assert len(self.world.sandbox.log) == count
            return
        answered = laws.answered(self.world.journal(life.name))
        lines = len(self.world.journal(life.name))
        try:
            self._live(life, fault, mishap, lambda stop: self.world.take_up(life.name, stop=stop))
        except UsageProblem:
            # It died before it could send anything.
            assert life.report is None
            assert not answered
            assert not laws.intended(self.world.journal(life.name))
            return
        repeated = answered & laws.intended(self.world.journal(life.name)[lines:])
        assert not repeated, repeated
        TRIED["runs resumed"] += 1

    @invariant()
    def the_token_goes_to_one_host(self) -> None:
        TRIED["steps of the state machine"] += 1
        assert self.world.targets <= {tuple(URL.split("://"))}

    # How all of that is done.

    def _declare(self, number: int, address: str, value: Any, *, sound: bool) -> None:
        """Declare a field and, to be sound, what it cannot be kept without."""
        fields = self.declared[number]
        fields[address] = value
        if not sound:
            return
        if fields.get(START) is not None or fields.get(END) is not None:
            fields[RESTRICT] = True
        if RESTRICTIONS in fields:
            fields[BLUEPRINT] = True

    def _manifest(self) -> str:
        entries = []
        for number, fields in self.declared.items():
            groups: dict[str, dict[str, Any]] = {}
            for address, value in fields.items():
                group, _, name = address.partition(".")
                groups.setdefault(group, {})[name] = value
            entries.append({"id": number, **groups})
        return json.dumps({"courses": entries}, indent=1)

    def _write(self) -> None:
        self.world.write(self._manifest())

    def _planned(self) -> Plan:
        """Plan, which must change nothing."""
        before, count = self.world.picture(), len(self.world.sandbox.log)
        found = self.world.plan()
        assert not laws.sent_of(self.world.sandbox.log[count:])
        assert self.world.picture() == before
        return found

    def _check_gates(self, saved: Saved, choice: Choice) -> None:
        """A plan that is risky, or of other manifests, is refused before anything is sent."""
        loaded, _, _ = self.world.resolved()
        from coursesync.model import Source

        try:
            check_source(saved.plan, Source(manifests=loaded.files))
            assert saved.manifest == self._manifest()
        except PlanStale:
            assert saved.manifest != self._manifest()

    @contextmanager
    def _noticed(self, life: Life | None = None) -> Iterator[None]:
        """Note for all runs but one what changes meanwhile."""
        before = self.world.picture()
        yield
        after = self.world.picture()
        moved = {
            (number, address)
            for number in COURSES
            for address in FACTS
            if before.shown[number][address] != after.shown[number][address]
        }
        for other in self.lives:
            if other is not life:
                other.touched |= moved

    @contextmanager
    def _weather(self, fault: Fault | None) -> Iterator[None]:
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
        TRIED["applies and resumes"] += 1
        TRIED["mishaps in waiting"] += mishap is not None
        TRIED["faults in waiting"] += fault is not None
        stop, before, count = Stop(), self.world.picture(), len(self.world.sandbox.log)
        accident = self._accident(mishap, stop)
        life.fair = life.fair and fault is None
        with self._noticed(life), self._weather(fault), self.world.with_accident(accident):
            report = work(stop)
        if not life.name:
            life.name = self.world.run_id
            self.lives.append(life)
        life.report = report
        deed = Deed(
            plan=life.saved.plan,
            chosen=life.chosen,
            planned=life.saved.stored,
            begun=life.begun,
            before=before,
            after=self.world.picture(),
            sent=laws.sent_of(self.world.sandbox.log[count:]),
            fair=life.fair,
            whole=life.choice == Choice(allow=Risk.DESTRUCTIVE),
            touched=frozenset(life.touched),
        )
        self._check(deed, report, stopped=stop.interrupted)

    def _check(self, deed: Deed, report: Report | None, *, stopped: bool) -> None:
        event("killed" if report is None else "stopped" if stopped else "through")
        laws.check_sent_was_shown(deed)
        laws.check_nothing_lost(deed)
        laws.check_drifted_courses_are_left_alone(deed, report)
        if report is None:
            TRIED["kills survived"] += 1
            return
        laws.check_report(deed, report, stopped=stopped)
        TRIED["fields checked"] += sum(len(course.fields) for course in report.courses)

    def _accident(self, mishap: Mishap | None, stop: Stop) -> Accident | None:
        if mishap is None:
            return None
        self.world.torn = mishap.torn
        if mishap.what == "kill":
            return Accident(at=mishap.at, nth=mishap.nth, do=self.world.die)
        return Accident(at=mishap.at, nth=mishap.nth, do=lambda: stop.set("Interrupted.", interrupted=True))
