"""A hand edit shows as exactly what it moved, with its class and its author, whatever is declared."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import DELETED, WORKFLOW_STATE
from coursesync.catalogue.types import Value
from coursesync.model import DriftClass, State
from coursesync.steps.diff import managed
from tests.canvas.single import read_course
from tests.test_laws import EVERYTHING, GENERATED, Trial, courses, declarations, values_of
from tests.test_roundtrip import COURSE, manifest

EDITOR = 2

# Kept in other tables than the one Canvas logs.
_UNLOGGED = {"attributes.post_manually", "attributes.template", "attributes.apply_assignment_group_weights"}


@st.composite
def edits(draw: st.DrawFn) -> tuple[dict[str, Value], str, Value]:
    """Declare some fields, and choose one of them to be edited, and a value for it."""
    declared = draw(declarations().filter(bool))
    address = draw(st.sampled_from(sorted(declared)))
    others = [value for value in values_of(address) if not FIELDS[address].same(value, declared[address])]
    return declared, address, draw(st.sampled_from(others)) if others else None


def live(trial: Trial) -> State:
    async def work() -> State:
        async with trial.lab.canvas(read_only=True) as canvas:
            found = await read_course(canvas, str(COURSE), [row.address for row in GENERATED])
            return found.state

    return asyncio.run(work())


def live_state(state: State) -> Value:
    return state[WORKFLOW_STATE.address]


def edited(trial: Trial, address: str, value: Value) -> bool:
    """Let another administrator change one field, and tell whether that could be done."""
    trial.lab.sandbox.edit_user(EDITOR, role="admin")
    trial.lab.token = "sandbox-teacher"
    trial.lab.write(manifest({address: value}))
    plan = trial.plan()
    if plan is None or plan.errored or not plan.summary.changes:
        return False
    report = trial.lab.apply(plan, choice=EVERYTHING)
    return all(item.verdict.good for course in report.courses for item in course.fields)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=courses, edit=edits())
def test_a_hand_edit_shows_as_what_it_moved_with_its_class_and_author(
    columns: dict[str, Any], edit: tuple[dict[str, Value], str, Value]
) -> None:
    declared, address, value = edit
    with Trial(columns, declared) as trial:
        plan = trial.plan()
        if plan is None or plan.errored:
            return
        trial.lab.apply(plan, choice=EVERYTHING)
        before = live(trial)
        if not edited(trial, address, value):
            return
        after = live(trial)
        trial.lab.write(manifest(declared))
        drift = trial.lab.drift(trial.lab.against(manifest(declared)), blame=True)
        (course,) = drift.courses
        moved = {
            name
            for name in managed(trial.lab.resolved()[1].courses[0])
            if name in after
            and name not in course.unverified
            and not FIELDS[name].same(before[name], after[name])
        }
        assert {item.field for item in course.fields} == moved
        assert {item.class_ for item in course.fields} <= {DriftClass.LIVE_CHANGED}
        found = next((item for item in course.fields if item.field == address), None)
        if live_state(after) == DELETED:
            return
        if found is not None and not address.startswith("blueprint.") and address not in _UNLOGGED:
            assert found.blame is not None
            assert (found.blame.user_id, found.blame.source) == (EDITOR, "api")
        assert trial.lab.drift(blame=True).blame == ""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=courses, declared=declarations())
def test_drift_and_plan_find_the_same_differences(
    columns: dict[str, Any], declared: dict[str, Value]
) -> None:
    with Trial(columns, declared) as trial:
        plan = trial.plan()
        if plan is None or plan.errored:
            return
        drift = trial.lab.drift()
        planned = {
            change.id
            for course in plan.courses
            for change in course.changes
            if change.expected is not None or not FIELDS[change.field].same(change.before, change.after)
        }
        assert {item.change_id for course in drift.courses for item in course.fields} == planned
        for course in drift.courses:
            spoken_of = (
                *(item.field for item in course.fields),
                *course.in_sync,
                *course.unverified,
                *(item.field for item in course.ignored),
            )
            assert len(spoken_of) == len(set(spoken_of))
            assert set(spoken_of) <= set(declared)
        trial.lab.apply(plan, choice=EVERYTHING)
        assert [course.fields for course in trial.lab.drift().courses] in ([()], [])
