"""Create a course under every fault at every request: never twice, never said to be there when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from coursesync.errors import CourseSyncError, ExitCode
from coursesync.model import Plan, Report, Verdict
from coursesync.steps.report import exit_code
from tests.effort import Tally, times
from tests.lab import URL
from tests.trust.fleet import MEMORY, FleetLab
from tests.trust.test_faults import KINDS
from tests.trust.trial import EVERYTHING

pytestmark = pytest.mark.trust

SIS_ID = "BOT-110-2027SP"
MANIFEST = f"""courses:
  - id: sis_course_id:{SIS_ID}
    create: true
    account: sis_account_id:SCI
    attributes: {{name: Botany, workflow_state: available, syllabus_body: <p>Plants</p>}}
    settings: {{hide_final_grades: true, lock_all_announcements: true}}
"""
PLACES: Mapping[str, tuple[str, str]] = {
    "creation": ("POST", "/api/v1/accounts/*/courses"),
    "course": ("GET", "/api/v1/courses/*"),
    "attributes": ("PUT", "/api/v1/courses/*"),
    "settings": ("PUT", "/api/v1/courses/*/settings"),
    "permissions": ("GET", "/api/v1/**/permissions"),
    "anything": ("*", "**"),
}
NTH = times(1, soak=8)


def made(lab: FleetLab) -> list[Mapping[str, Any]]:
    rows = map(lab.sandbox.course, lab.sandbox.course_ids())
    return [row for row in rows if row["sis_source_id"] == SIS_ID]


def told(lab: FleetLab, report: Report | None) -> None:
    """Hold what a report says of the course against what is stored."""
    assert len(made(lab)) <= 1
    assert {left.origin for left in lab.left} <= {URL}
    for course in report.courses if report else ():
        verdicts = {item.field: item.verdict for item in course.fields}
        if verdicts.get("attributes.sis_course_id") is Verdict.APPLIED:
            assert [row["id"] for row in made(lab)] == [course.id]
        if verdicts.get("settings.hide_final_grades") is Verdict.APPLIED:
            assert made(lab)[0]["settings"]["hide_final_grade"] is True
        if verdicts.get("attributes.sis_course_id") in {Verdict.FAILED, Verdict.SKIPPED, Verdict.STALE}:
            assert not made(lab)


def apply(lab: FleetLab, plan: Plan) -> Report | None:
    try:
        return lab.apply(plan, choice=EVERYTHING)
    except CourseSyncError:
        return None


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_course_is_made_once_and_finished_in_the_end(kind: str, place: str, tally: Tally) -> None:
    method, path = PLACES[place]
    for nth in range(1, NTH + 1):
        with TemporaryDirectory(dir=MEMORY) as folder:
            lab = FleetLab(root=Path(folder))
            lab.write(MANIFEST)
            plan = lab.plan()
            lab.sandbox.faults.add(replace(KINDS[kind], method=method, path=path, nth=nth))
            report = apply(lab, plan)
            told(lab, report)
            lab.sandbox.faults.clear()
            if report is not None and report.ended_early:
                told(lab, lab.resume())
            for _ in range(2):
                again = lab.plan()
                if again.summary.changes:
                    told(lab, apply(lab, again))
            assert len(made(lab)) == 1
            assert lab.plan().summary.changes == 0
            final = lab.apply(lab.plan())
            assert exit_code(final) is ExitCode.DONE
    tally("runs under faults", NTH)
