"""Laws that hold for any manifests and any courses, tried on generated ones against the sandbox."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk, Step
from coursesync.catalogue.types import Value
from coursesync.model import Plan, Report, Verdict
from coursesync.workflow import Choice
from tests.lab import Lab
from tests.test_roundtrip import COURSE, ELEMENTARY, FEATURES, REAL, manifest, samples

EVERYTHING = Choice(allow=Risk.DESTRUCTIVE)

# Fields whose values need a world of their own (files, students, homerooms) are tried one by one elsewhere.
_APART = {"attributes.image_id", "attributes.banner_image_id", "attributes.homeroom_course_id", *ELEMENTARY}
_APART |= {
    "attributes.sync_enrollments_from_homeroom",
    "attributes.sis_course_id",
    "attributes.integration_id",
}
GENERATED = [row for row in FIELDS.values() if row.diffable and row.address not in _APART]


def values_of(address: str) -> list[Value]:
    row = FIELDS[address]
    found = REAL.get(address, samples(row))
    return [*found, None] if row.clear is not None else list(found)


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Value]:
    """Declare some fields; a few of the combinations are impossible, and must be errors and not damage."""
    chosen = draw(st.lists(st.sampled_from([row.address for row in GENERATED]), unique=True, max_size=9))
    declared = {address: draw(st.sampled_from(values_of(address))) for address in chosen}
    if {"blueprint.restrictions", "blueprint.restrictions_by_object_type"} <= declared.keys():
        del declared["blueprint.restrictions"]
    if any(address.startswith("blueprint.restrictions") for address in declared):
        declared["blueprint.enabled"] = True
    return declared


_WHEN = ["2026-08-24T06:00:00Z", "2026-12-18T07:00:00Z"]

courses = st.fixed_dictionaries(
    {
        "workflow_state": st.sampled_from(["created", "claimed", "available", "completed"]),
        "restrict_enrollments_to_course_dates": st.sampled_from([True, False, None]),
        "start_at": st.sampled_from([None, _WHEN[0]]),
        "conclude_at": st.sampled_from([None, _WHEN[1]]),
        "is_public": st.sampled_from([None, True, False]),
        "license": st.sampled_from([None, "cc_by"]),
        "time_zone": st.sampled_from([None, "Hawaii"]),
        "account_id": st.sampled_from([1, 2, 3]),
        "grading_standard_id": st.sampled_from([None, 11, 0]),
        "syllabus_body": st.sampled_from([None, "", "<p>Old</p>"]),
        "blueprint": st.booleans(),
        "use_blueprint_restrictions_by_object_type": st.booleans(),
        "settings": st.sampled_from(
            [{}, {"hide_final_grade": True, "public_syllabus": True}, {"image_url": "https://e.edu/i.png"}]
        ),
    }
)


CONFLICTS = {"conflicting-fields"}


class Trial:
    """One generated course and manifest, planned and, where possible, applied."""

    def __init__(self, columns: dict[str, Any], declared: dict[str, Value]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.lab = Lab(root=Path(self._folder.name))
        self.lab.sandbox.edit_account(1, features=FEATURES)
        self.lab.sandbox.add_course(
            id=COURSE, name="Biology", course_code="BIO", has_front_page=True, **columns
        )
        self.declared = declared
        self.lab.write(manifest(declared))

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def plan(self) -> Plan | None:
        """Return the plan, or None for a combination the manifest's own check refuses."""
        return None if {item.code for item in self.lab.problems()} & CONFLICTS else self.lab.plan()


def keys(body: dict[str, Any]) -> set[str]:
    return set(body.get("course", body))


def allowed_keys(plan: Plan) -> set[str]:
    """Return the parameters that the declared fields may be sent under."""
    rows = [FIELDS[change.field] for course in plan.courses for change in course.changes]
    found = {row.parameter for row in rows} | {row.clear.key for row in rows if row.clear and row.clear.key}
    if any(row.step is Step.BLUEPRINT for row in rows):
        found.add("use_blueprint_restrictions_by_object_type")
    return found


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=courses, declared=declarations())
def test_planning_sends_nothing_and_an_applied_plan_leaves_nothing_to_do(
    columns: dict[str, Any], declared: dict[str, Value]
) -> None:
    with Trial(columns, declared) as trial:
        stored = trial.lab.sandbox.course(COURSE)
        plan = trial.plan()
        assert trial.lab.sent() == []
        assert trial.lab.sandbox.course(COURSE) == stored
        if plan is None or plan.errored:
            assert plan is None or plan.requests == ()
            return
        report = trial.lab.apply(plan, choice=EVERYTHING)
        _check_sent(trial, plan)
        _check_report(trial, plan, report)


def _check_sent(trial: Trial, plan: Plan) -> None:
    sent = [(path, body) for _, path, body in trial.lab.sent()]
    shown = [(request.path, json.loads(json.dumps(request.body, default=dict))) for request in plan.requests]
    assert sent == shown[: len(sent)]
    declared = {FIELDS[address].address for address in trial.declared}
    for course in plan.courses:
        assert {change.field for change in course.changes} <= declared
    for _, body in sent:
        assert keys(body) <= allowed_keys(plan)


def _check_report(trial: Trial, plan: Plan, report: Report) -> None:
    outcomes = [item for course in report.courses for item in course.fields]
    assert not [item for item in outcomes if item.verdict is Verdict.UNEXPECTED], outcomes
    for course in plan.courses:
        assert {change.id for change in course.changes} == {i.change_id for i in outcomes if i.change_id}
    assert all(item.verdict.good for item in outcomes), outcomes
    again = trial.lab.plan()
    assert [change for course in again.courses for change in course.changes] == []
    assert not again.errored, again.diagnostics


@settings(max_examples=40, deadline=None)
@given(columns=courses, declared=declarations())
def test_a_second_plan_of_an_unchanged_canvas_is_the_same(
    columns: dict[str, Any], declared: dict[str, Value]
) -> None:
    with Trial(columns, declared) as trial:
        one, other = trial.plan(), trial.plan()
        assert one == other


@pytest.mark.parametrize("order", [("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")])
def test_the_order_of_files_does_not_change_the_plan(order: tuple[str, str], tmp_path: Path) -> None:
    texts = {
        "a.yaml": "profiles:\n  p: {attributes: {name: A}}\n"
        f"courses:\n  - {{id: {COURSE}, profiles: [p, q]}}\n",
        "b.yaml": "profiles:\n  q: {attributes: {name: B}}\n",
    }
    lab = Lab(root=tmp_path)
    lab.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO")
    for name in order:
        lab.write(texts[name], name)
    (change,) = lab.plan().courses[0].changes
    assert change.after == "B"
    assert [(origin.file, origin.layer) for origin in change.origin] == [
        ("a.yaml", "profile p"),
        ("b.yaml", "profile q"),
    ]
