"""Every field goes from a manifest into Canvas and is read back; then nothing differs any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Field, Risk
from coursesync.catalogue.types import Value
from coursesync.model import Verdict
from coursesync.workflow import Choice
from tests.lab import Lab
from tests.test_catalogue import samples

COURSE = 9001
EVERYTHING = Choice(allow=Risk.DESTRUCTIVE, send_unverified=True)

# What a field needs around it to be kept: other declared fields, and the world.
COMPANIONS: dict[str, dict[str, Value]] = {
    "attributes.start_at": {"attributes.restrict_enrollments_to_course_dates": True},
    "attributes.end_at": {"attributes.restrict_enrollments_to_course_dates": True},
    "blueprint.restrictions": {"blueprint.enabled": True},
    "blueprint.restrictions_by_object_type": {"blueprint.enabled": True},
}
# Values that exist in the sandbox, where not any value does.
REAL: dict[str, list[Value]] = {
    "attributes.account_id": [2, "sis_account_id:SCI"],
    "attributes.enrollment_term_id": [2, "sis_term_id:2027SP"],
    "attributes.grading_standard_id": [11],
    "attributes.locale": ["de", "en-GB"],
    "attributes.time_zone": ["Asia/Tokyo", "Pacific Time (US & Canada)"],
    "attributes.default_view": ["feed", "modules", "syllabus", "assignments", "wiki"],
    "attributes.homeroom_course_id": [4114],
}
# A field of Canvas for Elementary reads null elsewhere; these courses live in such an account.
ELEMENTARY = {"settings.friendly_name"}


FEATURES = ["course_templates", "final_grades_override", "filter_speed_grader_by_student_group"]


def values(row: Field) -> list[Value]:
    found = list(REAL.get(row.address, samples(row)))
    return [*found, None] if row.clear is not None else found


def yaml(value: Value) -> str:
    return json.dumps(value)


def manifest(declared: dict[str, Value]) -> str:
    groups: dict[str, list[str]] = {}
    for address, value in declared.items():
        group, _, name = address.partition(".")
        groups.setdefault(group, []).append(f"      {name}: {yaml(value)}\n")
    body = "".join(f"    {group}:\n{''.join(lines)}" for group, lines in groups.items())
    return f"courses:\n  - id: {COURSE}\n{body}"


def lab_for(row: Field, root: Path) -> Lab:
    lab = Lab(root=root)
    lab.sandbox.edit_account(1, features=FEATURES)
    columns: dict[str, Any] = {"has_front_page": True}
    if row.address in ELEMENTARY:
        columns["account_id"] = 5
    lab.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO", **columns)
    return lab


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.address) for row in FIELDS.values() if row.diffable]
)
def test_a_field_is_applied_and_read_back_and_then_in_sync(row: Field, tmp_path: Path) -> None:
    lab = lab_for(row, tmp_path)
    if row.type.name == "whole number" and "image" in row.name:
        REAL[row.address] = [lab.sandbox.add_file(COURSE)]
    moved = 0
    for value in values(row):
        lab.write(manifest({**COMPANIONS.get(row.address, {}), row.address: value}))
        plan = lab.plan()
        assert not plan.errored, plan.diagnostics
        report = lab.apply(plan, choice=EVERYTHING)
        outcomes = [item for course in report.courses for item in course.fields if item.field == row.address]
        verdicts = {item.verdict for item in outcomes}
        assert verdicts <= {Verdict.APPLIED, Verdict.NORMALISED, Verdict.UNVERIFIED}, (value, outcomes)
        moved += bool(outcomes)
        again = lab.plan()
        assert [change.field for course in again.courses for change in course.changes] == [], value
    assert moved, "no value of the field was ever sent"


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.address) for row in FIELDS.values() if not row.diffable]
)
def test_a_write_only_field_is_sent_on_request_and_stored(row: Field, tmp_path: Path) -> None:
    lab = lab_for(row, tmp_path)
    lab.write(manifest({row.address: samples(row)[0]}))
    plan = lab.plan()
    assert plan.requests == ()
    report = lab.apply(plan, choice=EVERYTHING)
    (outcome,) = [item for course in report.courses for item in course.fields if item.field == row.address]
    assert outcome.verdict is Verdict.UNVERIFIED
    ((_, _, body),) = lab.sent()
    assert body == plan.courses[0].unverified_requests[0].body
