"""What limits and protections of a project say against a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Position
from coursesync.model import Action, Barrier, Change, Context, CoursePlan, SideEffect, Unverified
from coursesync.model.barriers import Limit, Limits, Protection
from coursesync.steps.blocks import carried, over_limits, protected

STATE, NAME, START = "attributes.workflow_state", "attributes.name", "attributes.start_at"
AT = Position(file="coursesync.yaml", line=7, column=5)


def change(course: int, field: str, before: Value, after: Value, risk: Risk = Risk.SAFE) -> Change:
    return Change(
        id=f"{course}/{field}", field=field, action=Action.SET, before=before, after=after, risk=risk
    )


def effect(field: str, after: Value, *, known: bool = True, unverified: bool = False) -> SideEffect:
    return SideEffect(
        field=field,
        before="then",
        after=after,
        after_known=known,
        risk=Risk.LOSSY,
        reason="so",
        unverified=unverified,
    )


def course(number: int, *changes: Change, **more: object) -> CoursePlan:
    bare = CoursePlan(
        id=number,
        name=f"Course {number}",
        workflow_state="available",
        declared_id=str(number),
        sis_course_id=f"BIO-{number}",
        changes=changes,
    )
    return replace(bare, **more)  # type: ignore[arg-type]


def renamed(number: int, risk: Risk = Risk.SAFE) -> CoursePlan:
    return course(number, change(number, NAME, "Old", "New", risk))


def limits(**allowed: int) -> Limits:
    return Limits(**{name: Limit(allowed=number, position=AT) for name, number in allowed.items()})


def rule(pattern: str, values: Mapping[str, Value] | None = None, **more: object) -> Protection:
    return replace(Protection(pattern=pattern, position=AT, values=values), **more)  # type: ignore[arg-type]


def takes(glob: str, one: CoursePlan) -> bool:
    return any(fnmatchcase(name, glob) for name in (str(one.id), one.sis_course_id or "", one.name))


FIVE = tuple(map(renamed, range(1, 6)))


@pytest.mark.parametrize(
    ("what", "found", "reason"),
    [
        pytest.param("courses", 5, "The plan changes 5 courses, and at most 4 are allowed.", id="courses"),
        pytest.param("changes", 5, "The plan makes 5 changes, and at most 4 are allowed.", id="changes"),
        pytest.param(
            "per_field",
            5,
            "The plan changes attributes.name in 5 courses, and at most 4 are allowed.",
            id="per field",
        ),
    ],
)
def test_more_than_a_limit_is_blocked_and_as_much_is_not(what: str, found: int, reason: str) -> None:
    (block,) = over_limits(FIVE, limits(**{what: 4}), managed=5)
    assert (block.barrier, block.what, block.found, block.allowed) == (Barrier.LIMIT, what, found, 4)
    assert block.reason == reason
    assert block.hint == f"Apply with --max-{what.replace('_', '-')} 5 to allow it."
    assert (block.file, block.line, block.column) == ("coursesync.yaml", 7, 5)
    assert over_limits(FIVE, limits(**{what: 5}), managed=5) == ()


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    (block,) = over_limits(FIVE[:1], limits(courses=0), managed=1)
    assert block.reason == "The plan changes 1 course, and at most 0 are allowed."
    assert over_limits((), limits(courses=0, changes=0, per_field=0, risky_percent=0), managed=1) == ()


def test_the_field_changed_most_stands_for_the_others() -> None:
    both = tuple(course(n, change(n, NAME, 1, 2), change(n, STATE, 1, 2)) for n in range(3))
    (block,) = over_limits((*both, renamed(9)), limits(per_field=2), managed=9)
    assert block.reason == (
        "The plan changes attributes.name in 4 courses, and at most 2 are allowed. "
        "So one more field is beyond it."
    )


@pytest.mark.parametrize(
    ("risky", "managed", "said", "percent"),
    [
        pytest.param(3, 10, None, 0, id="as many as allowed"),
        pytest.param(4, 10, "4 of 10 managed courses (40%) have", 40, id="more than allowed"),
        pytest.param(4, 13, "4 of 13 managed courses (31%) have", 31, id="a part of a percent more"),
        pytest.param(9, 9, None, 0, id="few courses"),
    ],
)
def test_a_third_of_ten_courses_or_more_is_never_put_at_risk_unasked(
    risky: int, managed: int, said: str | None, percent: int
) -> None:
    courses = [renamed(number, Risk.LOSSY) for number in range(risky)] + [renamed(99)]
    blocks = over_limits(courses, Limits(), managed=managed)
    assert [(block.what, block.found, block.allowed) for block in blocks] == (
        [("risky_percent", percent, 30)] if said else []
    )
    for block in blocks:
        assert said in block.reason if said else True
        assert block.hint == f"Apply with --max-risky-percent {percent} to allow it."
        assert over_limits(courses, limits(risky_percent=percent), managed=managed) == ()


def test_a_share_that_the_project_names_holds_for_any_number_of_courses() -> None:
    (block,) = over_limits((renamed(1, Risk.DESTRUCTIVE),), limits(risky_percent=50), managed=1)
    assert (block.found, block.allowed) == (100, 50)


def test_a_risky_side_effect_counts_as_a_risky_course() -> None:
    one = course(1, change(1, NAME, "a", "b"), side_effects=(effect(START, None),))
    assert over_limits((one,), limits(risky_percent=99), managed=1)
    assert not over_limits((one,), limits(risky_percent=100), managed=1)


def test_flags_overrule_the_project_up_and_down() -> None:
    project = limits(courses=4, changes=9)
    up, down = Limits(courses=Limit(allowed=5)), Limits(changes=Limit(allowed=1))
    assert over_limits(FIVE, project.overruled_by(up), managed=5) == ()
    (first, second) = over_limits(FIVE, project.overruled_by(down), managed=5)
    assert (first.what, second.what, second.file) == ("courses", "changes", "")


def test_only_what_is_chosen_counts() -> None:
    part = carried(FIVE, {"1/attributes.name", "2/attributes.name"}, unverified=False)
    assert [one.id for one in part] == [1, 2]
    assert over_limits(part, limits(courses=2), managed=5) == ()


def test_side_effects_go_with_the_changes_that_bring_them() -> None:
    hidden = Unverified(id="w", field=STATE, value="x")
    one = course(
        1,
        change(1, NAME, "a", "b"),
        unverified=(hidden,),
        side_effects=(effect(START, None), effect("attributes.end_at", None, unverified=True)),
    )
    (usual,) = carried((one,), unverified=False)
    assert [item.field for item in usual.side_effects] == [START]
    (both,) = carried((one,), unverified=True)
    assert both == one
    (rest,) = carried((one,), {"w"}, unverified=True)
    assert [item.field for item in rest.side_effects] == ["attributes.end_at"]
    assert carried((one,), {"w"}, unverified=False) == ()


def test_a_change_to_the_protected_value_is_blocked_and_no_other_is() -> None:
    never = rule(STATE, {STATE: "unpublished"}, reason="no unpublishing from git")
    bad = course(1, change(1, STATE, "available", "unpublished"))
    good = course(2, change(2, STATE, "unpublished", "available"))
    (block,) = protected((bad, good), (never,), takes=takes)
    assert (block.barrier, block.what) == (Barrier.PROTECTION, STATE)
    assert block.changes == ("1/attributes.workflow_state",)
    assert block.reason == (
        "attributes.workflow_state may not become unpublished: no unpublishing from git. "
        "This plan would change it in BIO-1."
    )
    assert "No flag lifts a protection" in block.hint
    assert "coursesync.yaml:7" in block.hint


def test_without_a_value_every_change_is_blocked_but_what_only_holds_a_value() -> None:
    held = course(1, change(1, START, None, None))
    moved = course(2, change(2, START, None, "2026-09-01T00:00:00Z"))
    (block,) = protected((held, moved), (rule("attributes.*_at"),), takes=takes)
    assert block.changes == ("2/attributes.start_at",)
    assert block.reason.startswith("attributes.start_at may not change. ")


def test_null_stands_for_clearing() -> None:
    never = rule("attributes.end_at", {"attributes.end_at": None})
    cleared = course(1, change(1, "attributes.end_at", "2026-09-01T00:00:00Z", None))
    moved = course(2, change(2, "attributes.end_at", None, "2026-09-01T00:00:00Z"))
    (block,) = protected((cleared, moved), (never,), takes=takes)
    assert block.reason == ("attributes.end_at may not be cleared. This plan would change it in BIO-1.")


def test_side_effects_and_values_never_shown_are_held_to_it() -> None:
    hidden = Unverified(id="w", field=START, value="2026-09-01T00:00:00Z")
    one = course(
        1,
        change(1, NAME, "a", "b"),
        unverified=(hidden,),
        side_effects=(effect(START, None), effect(START, "2026", unverified=True)),
    )
    (block,) = protected((one,), (rule(START),), takes=takes)
    assert block.changes == ("1/attributes.name", "w", "w")
    assert block.reason == (
        "attributes.start_at may not change. This plan would change it as a side effect in BIO-1, and as a "
        "side effect of --send-unverified in BIO-1, and with --send-unverified in BIO-1."
    )


def test_a_value_nobody_knows_is_taken_for_the_protected_one() -> None:
    one = course(1, change(1, NAME, "a", "b"), side_effects=(effect(STATE, None, known=False),))
    (block,) = protected((one,), (rule(STATE, {STATE: "unpublished"}),), takes=takes)
    assert block.reason.endswith("To which value is not known, so the rule holds.")


def test_html_is_held_against_what_is_sent_and_what_canvas_makes_of_it() -> None:
    field = "attributes.syllabus_body"
    sent = replace(change(1, field, "", "<b>x"), expected="<b>x</b>")
    assert protected((course(1, sent),), (rule(field, {field: "<b>x</b>"}),), takes=takes)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        pytest.param(Context(term_runs=False), None, id="no"),
        pytest.param(Context(term_runs=True), "", id="yes"),
        pytest.param(
            Context(), "Whether the term of BIO-1 runs is not known, so the rule holds.", id="unsaid"
        ),
        pytest.param(None, "Whether the term of BIO-1 runs is not known, so the rule holds.", id="unasked"),
    ],
)
def test_a_rule_of_running_terms_holds_unless_the_term_is_known_not_to_run(
    context: Context | None, said: str | None
) -> None:
    one = course(1, change(1, START, None, "2026-09-01T00:00:00Z"), context=context)
    blocks = protected((one,), (rule("attributes.*_at", term_runs=True),), takes=takes)
    assert bool(blocks) is (said is not None)
    for block in blocks:
        assert block.reason.startswith("attributes.start_at may not change while the term runs.")
        assert block.reason.endswith(said or "")
        assert ("not known" in block.reason) is bool(said)


@pytest.mark.parametrize("glob", ["1", "BIO-1", "BIO-*", "Course 1"])
def test_a_rule_may_be_about_some_courses(glob: str) -> None:
    inside = rule(NAME, courses=glob)
    (block,) = protected(
        (renamed(1), course(22, change(22, NAME, 1, 2), sis_course_id="X")), (inside,), takes=takes
    )
    assert block.changes == ("1/attributes.name",)


def test_many_courses_are_named_in_part_and_hostile_names_are_harmless() -> None:
    courses = [replace(one, sis_course_id=f"\x1b[2J{one.id}") for one in FIVE]
    (block,) = protected(courses, (rule(NAME, reason="a\nb\x1b"),), takes=takes)
    assert block.reason == (
        "attributes.name may not change: a\\nb\\x1b. "
        "This plan would change it in \\x1b[2J1, \\x1b[2J2, \\x1b[2J3 and 2 more."
    )
    assert len(block.changes) == 5


def test_a_recorded_block_stands_where_one_of_its_changes_is_sent() -> None:
    (block,) = protected((renamed(1), renamed(2)), (rule(NAME),), takes=takes)
    (limit,) = over_limits(FIVE, limits(courses=1), managed=5)
    assert block.stands_against({"2/attributes.name"})
    assert not block.stands_against({"other"})
    assert replace(block, changes=()).stands_against(set())
    assert limit.stands_against(set())
