"""A small fleet with something of everything to do in it, what is stored of it, and a laboratory for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from coursesync.sandbox import Fault, Sandbox
from tests import virtual
from tests.inprocess import InProcess, Left
from tests.lab import START, Lab, Time

T = TypeVar("T")

OPTIONS: Mapping[str, Any] = {"throttle": True, "latency_ms": 20, "batch_seconds": 0.4}

MANIFEST = """\
courses:
  - id: 9001
    attributes: {name: Botany, syllabus_body: "<h2>Botany</h2><p>New <b>text</b>.</p>", is_public: true}
    settings: {hide_final_grades: true, home_page_announcement_limit: 4}
  - id: 9002
    attributes: {name: Genetics, end_at: "2026-12-11T07:00:00Z"}
  - id: 9003
    attributes: {course_code: CHEM, license: cc_by}
  - id: 9004
    attributes: {turnitin_comments: For all sections}
    settings: {allow_student_forum_attachments: false}
    blueprint: {enabled: true, restrictions: {content: true, points: true}}
  - id: 9005
    attributes: {workflow_state: available, name: Optics}
    settings: {course_color: "#1A7F37"}
  - id: 9006
    attributes: {workflow_state: available}
  - id: 9007
    attributes: {workflow_state: available, public_description: Sound and light}
    settings: {syllabus_course_summary: false}
  - id: 9008
    attributes: {workflow_state: available}
    settings: {lock_all_announcements: true}
  - id: 9009
    attributes: {workflow_state: completed, storage_quota_mb: 250}
  - id: 9010
    attributes: {enable_offline_web_export: true, time_zone: America/New_York}
    settings: {show_total_grade_as_points: true, default_due_time: "22:00:00"}
policies:
  - name: fall
    select:
      account: sis_account_id:ARTS
      term: sis_term_id:2026FA
      workflow_state: [available, unpublished]
    settings: {hide_distribution_graphs: true, allow_student_anonymous_discussion_topics: true}
"""

_DATES = {"start_at": "2026-08-24T06:00:00Z", "conclude_at": "2026-12-18T07:00:00Z"}
COURSES: Mapping[int, Mapping[str, Any]] = {
    9001: {"syllabus_body": "<p>Old</p>"},
    9002: {"workflow_state": "available", "restrict_enrollments_to_course_dates": True, **_DATES},
    9003: {"workflow_state": "available", "conclude_at": "2026-12-01T07:00:00Z"},
    9004: {"blueprint": True, "blueprint_restrictions": {"content": True}},
    9005: {},
    9006: {"start_at": "2026-08-24T06:00:00Z", "restrict_enrollments_to_course_dates": True},
    9007: {"settings": {"course_format": "online"}},
    9008: {"workflow_state": "completed", "conclude_at": "2026-08-08T04:12:33Z"},
    9009: {"workflow_state": "available"},
    9010: {"workflow_state": "available", "stuck_sis_fields": ["name"]},
}

# Where Canvas keeps a field that the fleet changes, or that moves along: stated here anew, so that what we
# read cannot hide what is stored. A name of another kind is the name of a column.
STORED: Mapping[str, tuple[str, ...]] = {
    "attributes.end_at": ("conclude_at",),
    "attributes.is_public": ("is_public",),
    "attributes.storage_quota_mb": ("storage_quota",),
    "attributes.enable_offline_web_export": ("settings.enable_offline_web_export",),
    "attributes.public_syllabus": ("settings.public_syllabus",),
    "settings.hide_final_grades": ("settings.hide_final_grade",),
    "settings.home_page_announcement_limit": ("home_page_announcement_limit",),
    "settings.show_announcements_on_home_page": ("show_announcements_on_home_page",),
    "settings.lock_all_announcements": ("settings.lock_all_announcements", "announcements_locked"),
    "blueprint.enabled": ("blueprint",),
    "blueprint.restrictions": ("blueprint_restrictions",),
}
# What Canvas notes beside a field that was changed by hand or by us.
NOTED: Mapping[str, frozenset[str]] = {
    "stuck_sis_fields": frozenset({"name", "course_code", "workflow_state", "conclude_at", "start_at"}),
}
# When it happened, which is another moment in every run.
MOMENTS = {(9009, "conclude_at")}

# Where the disk is memory, writing everything through to it costs nothing.
MEMORY = next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)

Columns = dict[tuple[int, str], Any]


def stored_under(address: str) -> tuple[str, ...]:
    """Return the columns that a field is stored in."""
    group, _, name = address.partition(".")
    return STORED.get(address) or ((f"settings.{name}",) if group == "settings" else (name,))


def stored(sandbox: Sandbox) -> Columns:
    """Return every column of every course, settings one by one, as Canvas keeps them."""
    found: Columns = {}
    for number in sandbox.course_ids():
        row = sandbox.course(number)
        settings = row.pop("settings")
        found |= {(number, name): value for name, value in row.items()}
        found |= {(number, f"settings.{name}"): value for name, value in settings.items()}
    return found


def differing(one: Columns, other: Columns) -> set[tuple[int, str]]:
    """Return the course and column of what differs, a setting that is missing from one that is null."""
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@dataclass(slots=True)
class VirtualTime(Time):
    """The clock of a loop whose time is virtual: what waits at the same time passes at the same time."""

    inside: bool = False

    def monotonic(self) -> float:
        return self.passed + (virtual.now() if self.inside else 0.0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class FleetLab(Lab):
    """The fleet, in virtual time, and everything that left for its Canvas."""

    time: VirtualTime = field(default_factory=VirtualTime)
    left: list[Left] = field(default_factory=list)

    def transport(self) -> httpx.AsyncBaseTransport:
        found = InProcess(self.app, sleep=self.time.sleep)
        # One list for all clients.
        found.left = self.left
        return found

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def timed() -> T:
            try:
                self.time.inside = True
                return await work
            finally:
                self.time.inside = False
                self.time.passed += virtual.now()

        return virtual.run(timed)


def fleet_lab(
    root: Path,
    *,
    graphql: str = "current",
    account: str | None = None,
    faults: tuple[Fault, ...] = (),
    seed: int = 0,
) -> FleetLab:
    """Return a laboratory with the fleet, nothing of which is done yet.

    account: one whose list holds the courses, so that they are not read one by one.
    """
    lab = FleetLab(root=root, options={**OPTIONS, "graphql": graphql, "faults": faults, "fault_seed": seed})
    for number, columns in COURSES.items():
        lab.sandbox.add_course(
            **{"id": number, "name": "Old", "course_code": "X", "account_id": 3, "enrollment_term_id": 2}
            | {"workflow_state": "claimed", **columns}
        )
    lab.write(MANIFEST)
    return lab
