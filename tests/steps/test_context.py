"""The risk of a change in the middle of what a course is in; what nobody knows counts as the worse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Circumstance, Risk
from coursesync.model import Action, Change, Context, CoursePlan
from coursesync.steps.context import judged, needs, rests_on_context, risen, runs
from coursesync.steps.rules import annotated

SYLLABUS, ENABLED = "attributes.syllabus_body", "blueprint.enabled"
STATE, PATHS = "attributes.workflow_state", "settings.conditional_release"
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def planned(field: str, before: Any, after: Any, **context: Any) -> Change:
    """Return the one change of a course as it is judged in a context."""
    change = Change(id="c1", field=field, action=Action.SET, before=before, after=after)
    course = CoursePlan(
        id=1,
        name="A",
        workflow_state="available",
        declared_id="1",
        changes=(annotated(change, {}, sis_course_id=None),),
    )
    return judged(course, Context(**context)).changes[0]


@pytest.mark.parametrize(
    ("field", "before", "after", "context", "risk"),
    [
        pytest.param(ENABLED, True, False, {}, Risk.DESTRUCTIVE, id="nobody knows who follows"),
        pytest.param(ENABLED, True, False, {"followers": 3}, Risk.DESTRUCTIVE, id="three follow"),
        pytest.param(ENABLED, True, False, {"followers": 0}, Risk.SAFE, id="nobody follows"),
        pytest.param(SYLLABUS, "a", "b", {}, Risk.LOSSY, id="it may follow"),
        pytest.param(SYLLABUS, "a", "b", {"follows": True}, Risk.LOSSY, id="it follows"),
        pytest.param(SYLLABUS, "a", "b", {"follows": False}, Risk.SAFE, id="it follows nothing"),
        pytest.param(PATHS, True, False, {}, Risk.DESTRUCTIVE, id="there may be students"),
        pytest.param(PATHS, True, False, {"students": True}, Risk.DESTRUCTIVE, id="students work in it"),
        pytest.param(PATHS, True, False, {"students": False}, Risk.LOSSY, id="nobody works in it"),
        pytest.param(PATHS, False, True, {"students": True}, Risk.SAFE, id="paths on"),
        pytest.param(STATE, "available", "unpublished", {"students": True}, Risk.SAFE, id="unpublished"),
        pytest.param(STATE, "available", "completed", {"students": False}, Risk.LOSSY, id="concluded"),
        pytest.param(STATE, "available", "deleted", {"students": False}, Risk.DESTRUCTIVE, id="deleted"),
    ],
)
def test_the_circumstances_decide_the_risk(
    field: str, before: Any, after: Any, context: dict[str, Any], risk: Risk
) -> None:
    assert planned(field, before, after, **context).risk is risk


def test_the_reasons_are_those_of_the_circumstances() -> None:
    assert (
        planned(ENABLED, True, False, followers=1)
        .notes[0]
        .startswith("Ending this blueprint cuts off 1 course ")
    )
    assert "cuts off 1,200 courses" in planned(ENABLED, True, False, followers=1200).notes[0]
    assert planned(SYLLABUS, "a", "b", follows=False).notes == ()
    assert "follows a blueprint" in planned(SYLLABUS, "a", "b", follows=True).notes[0]
    assert planned(STATE, "available", "unpublished", students=False).notes == ()
    assert "lose sight" in planned(STATE, "available", "unpublished", students=True).notes[0]
    running = planned(STATE, "available", "completed", students=True, term_runs=True)
    assert running.notes[0].startswith("Its term is running")
    moved = planned("attributes.end_at", None, "2026-12-01T00:00:00Z", students=True, term_runs=True)
    assert (moved.risk, moved.notes) == (
        Risk.SAFE,
        ("Its term is running: what its students may enter changes at once.",),
    )


def test_only_what_a_change_depends_on_needs_to_be_known() -> None:
    harmless = Change(id="", field="settings.hide_final_grades", action=Action.SET, before=False, after=True)
    assert needs([harmless]) == frozenset()
    ends = Change(id="", field=ENABLED, action=Action.SET, before=True, after=False)
    assert needs([harmless, ends]) == {Circumstance.FOLLOWERS}
    begins = Change(id="", field=ENABLED, action=Action.SET, before=False, after=True)
    assert needs([begins]) == {Circumstance.STUDENTS, Circumstance.FOLLOWS}
    publishes = Change(id="", field=STATE, action=Action.SET, before="unpublished", after="available")
    assert needs([publishes]) == frozenset()


def test_no_case_is_worse_than_what_counts_where_nobody_knows() -> None:
    for row in FIELDS.values():
        for transition in row.transitions:
            for case in transition.cases:
                assert case.risk.rank <= transition.risk.rank, row.address
                assert case.why or case.risk is Risk.SAFE, row.address


def course(change: Change) -> CoursePlan:
    return CoursePlan(id=1, name="A", workflow_state="available", declared_id="1", changes=(change,))


def test_a_risk_that_rose_beyond_what_is_allowed_is_told() -> None:
    plan = course(planned(ENABLED, True, False, followers=0))
    assert rests_on_context(plan, {"c1"})
    assert risen(plan, {"c1"}, Context(followers=0), allow=Risk.SAFE) == ""
    why = risen(plan, {"c1"}, Context(followers=2), allow=Risk.LOSSY)
    assert why.startswith("blueprint.enabled is destructive now and was safe when it was planned.")
    assert risen(plan, {"c1"}, Context(followers=2), allow=Risk.DESTRUCTIVE) == ""
    assert risen(plan, set(), Context(followers=2), allow=Risk.SAFE) == ""
    assert risen(plan, {"c1"}, Context(), allow=Risk.SAFE) != ""


def test_what_was_planned_at_its_worst_cannot_rise() -> None:
    assert not rests_on_context(course(planned(ENABLED, True, False)), {"c1"})


@pytest.mark.parametrize(
    ("start", "end", "running"),
    [
        (None, None, True),
        ("2026-08-24T06:00:00Z", "2026-12-18T07:00:00Z", True),
        ("2026-08-24T06:00:00Z", None, True),
        ("2026-11-01T00:00:00Z", None, False),
        (None, "2026-09-30T23:59:59Z", False),
        ("no date", "2026-09-30", True),
    ],
)
def test_a_term_runs_between_its_dates(start: str | None, end: str | None, running: bool) -> None:
    assert runs({"start_at": start, "end_at": end}, NOW) is running


def test_of_no_term_nobody_knows_whether_it_runs() -> None:
    assert runs({}, NOW) is None
