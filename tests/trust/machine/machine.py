"""The machine: manifests, hand edits, plans, applies, kills, faults, resumes and undos, in any order."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from coursesync.diagnostics import errors
from coursesync.documents import dump_plan
from coursesync.errors import CanvasError, PlanStale, UsageProblem
from coursesync.model import Source
from coursesync.sandbox.faults import Fault
from coursesync.workflow import Stop
from coursesync.workflow.guards import check_source
from tests.lab import URL
from tests.trust.machine import laws
from tests.trust.machine.facts import BLUEPRINT, END, FACTS, RESTRICT, RESTRICTIONS, START
from tests.trust.machine.lives import EVERYTHING, TRIED, Life, Runs, Saved
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
from tests.trust.machine.world import COURSES, World

Wish = tuple[int, tuple[str, Any]]


class Machine(RuleBasedStateMachine):
    """Everything an administrator, a colleague, a network and a power cut may do, in any order."""

    saved = Bundle("saved")
    begun = Bundle("begun")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(root=Path(self.folder.name))
        self.world.open()
        self.runs = Runs(world=self.world)
        self.declared: dict[int, dict[str, Any]] = {number: {} for number in COURSES}
        self.contradictory = False
        TRIED["runs of the state machine"] += 1

    def teardown(self) -> None:
        self.folder.cleanup()

    # What is declared, and what others do.

    @initialize(
        edits=st.lists(st.tuples(courses, hands), max_size=10),
        wishes=st.lists(st.tuples(courses, entries), min_size=5, max_size=20),
    )
    def begin(self, edits: list[tuple[int, Mapping[str, Any]]], wishes: list[Wish]) -> None:
        for number, columns in edits:
            self.world.sandbox.edit(number, **columns)
        self._declare(wishes, sound=True)

    @rule(
        wishes=st.lists(st.tuples(courses, entries), min_size=1, max_size=8),
        given_up=st.sets(st.tuples(courses, st.sampled_from(sorted(FACTS))), max_size=3),
        sound=st.integers(0, 7).map(bool),
    )
    def declare(self, wishes: list[Wish], given_up: set[tuple[int, str]], sound: bool) -> None:
        for number, address in given_up:
            self.declared[number].pop(address, None)
        self._declare(wishes, sound=sound)

    @rule(
        edits=st.lists(st.tuples(courses, hands), min_size=1, max_size=3),
        hours=st.sampled_from([0, 0, 1, 72]),
    )
    def edit_by_hand(self, edits: list[tuple[int, Mapping[str, Any]]], hours: int) -> None:
        self.world.time.passed += 3600.0 * hours
        with self.runs.noticed():
            for number, columns in edits:
                self.world.sandbox.edit(number, **columns)

    # Plans.

    @precondition(lambda self: not self.contradictory)
    @rule(target=saved)
    def plan(self) -> Saved:
        found = self._quietly(self.world.plan)
        assert found == self._quietly(self.world.plan)
        now = self.world.picture()
        laws.check_plan(found, self.declared, now)
        return Saved(text=dump_plan(found), stored=now, manifest=self._manifest())

    @precondition(lambda self: not self.contradictory)
    @rule(fault=faults)
    def plan_in_bad_weather(self, fault: Fault) -> None:
        with self.runs.weather(fault):
            try:
                found = self._quietly(self.world.plan)
            except CanvasError:
                return
        calm = {course.id: course for course in self.world.plan().courses}
        for course in found.courses:
            changes = {(item.id, repr(item.before), repr(item.after)) for item in course.changes}
            sound = calm[course.id].changes if changes else ()
            assert changes <= {(item.id, repr(item.before), repr(item.after)) for item in sound}

    # Carrying them out, going on, and putting back.

    @rule(target=begun, saved=saved, part=parts, fault=weathers, mishap=accidents)
    def apply(self, saved: Saved, part: Part | None, fault: Fault | None, mishap: Mishap | None) -> Life:
        self._check_gate(saved)
        known = [change.id for course in saved.plan.courses for change in course.changes]
        ids = part.ids(known) if part else frozenset()
        choice = EVERYTHING
        if part and ids:
            choice = replace(choice, only=ids) if part.only else replace(choice, left_out=ids)
        return self.runs.begin(saved, choice, fault, mishap)

    @precondition(lambda self: not self.contradictory)
    @rule(target=begun, part=parts, fault=weathers, mishap=accidents)
    def plan_and_apply(self, part: Part | None, fault: Fault | None, mishap: Mishap | None) -> Life:
        return self.apply(self.plan(), part, fault, mishap)

    @rule(life=begun, fault=weathers, mishap=accidents)
    def resume(self, life: Life, fault: Fault | None, mishap: Mishap | None) -> None:
        if life.through:
            assert self._quietly(lambda: self.world.take_up(life.name, stop=Stop())) == life.report
            return
        try:
            self.runs.take_up(life, fault, mishap)
        except UsageProblem:
            # It died before it could send anything.
            assert life.report is None
            assert not laws.intended(self.world.journal(life.name))

    @rule(target=begun, life=begun, fault=weathers, mishap=accidents)
    def undo(self, life: Life, fault: Fault | None, mishap: Mishap | None) -> Any:
        try:
            plan = self._quietly(lambda: self.world.undo(life.name))
        except UsageProblem:
            assert life.report is None
            assert not laws.intended(self.world.journal(life.name))
            return multiple()
        now = self.world.picture()
        untouched = set(COURSES) - {number for number, _ in life.touched}
        laws.check_undo_plan(
            plan, begun=life.begun, endings=life.endings, now=now, reported=life.report is not None
        )
        back = self.runs.begin(Saved(text=dump_plan(plan), stored=now), EVERYTHING, fault, mishap)
        if life.fair and life.through and back.fair and back.through:
            laws.check_put_back(life.saved.plan, life.begun, life.endings[-1], back.endings[-1], untouched)
            TRIED["runs undone"] += 1
        return back

    @invariant()
    def the_token_goes_to_one_host(self) -> None:
        TRIED["steps of the state machine"] += 1
        assert self.world.targets <= {tuple(URL.split("://"))}

    # How all of that is done.

    def _declare(self, wishes: list[Wish], *, sound: bool) -> None:
        """Declare fields and, to be sound, what they cannot be kept without."""
        for number, (address, value) in wishes:
            self.declared[number][address] = value
        for fields in self.declared.values() if sound else ():
            if fields.get(START) is not None or fields.get(END) is not None:
                fields[RESTRICT] = True
            if RESTRICTIONS in fields:
                fields[BLUEPRINT] = True
        self._write()

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
        self.contradictory = bool(errors(self.world.problems()))
        surely, perhaps = False, False
        for fields in self.declared.values():
            follows_term = fields.get(RESTRICT) is False
            surely |= RESTRICTIONS in fields and fields.get(BLUEPRINT) is False
            surely |= follows_term and fields.get(END) is not None
            # Only an unpublished course loses its start.
            perhaps |= follows_term and fields.get(START) is not None
        assert surely <= self.contradictory <= (surely or perhaps)

    def _quietly(self, work: Callable[[], Any]) -> Any:
        """Do what may change nothing in Canvas."""
        before, count = self.world.picture(), len(self.world.sandbox.log)
        try:
            return work()
        finally:
            assert not laws.sent_of(self.world.sandbox.log[count:])
            assert self.world.picture() == before

    def _check_gate(self, saved: Saved) -> None:
        """A plan of manifests that have changed since is refused where they are at hand."""
        loaded, _, _ = self.world.resolved()
        try:
            check_source(saved.plan, Source(manifests=loaded.files))
        except PlanStale:
            assert saved.manifest != self._manifest()
        else:
            assert saved.manifest == self._manifest()
