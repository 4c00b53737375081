"""What follows from rights, features and circumstances; what Canvas did not tell is no finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Obstacle
from coursesync.catalogue.rights import Where, Without
from coursesync.model import Action, Change, Context, CoursePlan
from coursesync.model.preflight import ROOT, Asked, Told
from coursesync.steps.foretell import refusals, warnings
from coursesync.steps.preflight import account_questions, course_questions, feature_questions, findings

QUOTA, NAME, SIS = "attributes.storage_quota_mb", "attributes.name", "attributes.sis_course_id"
STATE, ENABLED = "attributes.workflow_state", "blueprint.enabled"


def asked(
    *pairs: tuple[str, Any, Any], number: int = 1, state: str = "available", together: bool = False
) -> Asked:
    changes = tuple(
        Change(id=field, field=field, action=Action.SET, before=before, after=after)
        for field, before, after in pairs
    )
    course = CoursePlan(
        id=number, name="A", workflow_state=state, declared_id=str(number), changes=changes, account_id=7
    )
    return Asked(course=course, changes=changes, together=together)


def told(account: Mapping[str, bool] | None = None, course: Mapping[str, bool] | None = None) -> Told:
    return Told(accounts={"7": account or {}}, courses={1: course or {}})


def found(one: Asked, answers: Told) -> list[tuple[str, str, Without]]:
    return [(item.field, item.code, item.without) for item in findings([one], answers)]


def test_an_account_that_grants_a_right_leaves_nothing_to_ask_in_courses() -> None:
    one = asked((NAME, "A", "B"))
    assert account_questions([one])["7"] >= {"manage_courses_admin", "manage_course_content_edit"}
    granted = told({"manage_courses_admin": True, "manage_course_content_edit": True})
    assert course_questions([one], granted) == {}
    assert found(one, granted) == []
    lesser = told({"manage_courses_admin": False, "manage_course_content_edit": True})
    assert course_questions([one], lesser) == {1: frozenset({"update"})}


def test_a_missing_right_to_update_means_ignored() -> None:
    answers = told({"manage_courses_admin": False}, {"update": False, "manage_course_content_edit": True})
    assert found(asked((NAME, "A", "B")), answers) == [(NAME, "right-missing", Without.IGNORED)]
    assert found(asked(("attributes.syllabus_body", "a", "b")), answers) == []


def test_what_canvas_did_not_tell_is_no_finding() -> None:
    assert found(asked((NAME, "A", "B"), (QUOTA, 1, 2), (ENABLED, True, False)), Told()) == []
    assert found(asked((NAME, "A", "B")), told({}, {"manage_content": False})) == []


def test_either_name_of_a_right_is_enough() -> None:
    older = told({}, {"manage_content": True, "manage_course_content_edit": False})
    setting = asked(("settings.hide_final_grades", False, True))
    assert found(setting, older) == []
    neither = told({}, {"manage_content": False, "manage_course_content_edit": False})
    assert found(setting, neither) == [("settings.hide_final_grades", "right-missing", Without.REFUSED)]


def test_rights_of_accounts_are_asked_in_the_account_and_sis_in_the_root() -> None:
    one = asked((QUOTA, 1, 2), (SIS, "a", "b"))
    assert "manage_storage_quotas" in account_questions([one])["7"]
    assert account_questions([one])[ROOT] == {"manage_sis"}
    answers = Told(accounts={"7": {"manage_storage_quotas": False}, ROOT: {"manage_sis": False}})
    assert [item[0] for item in found(one, answers)] == [QUOTA, SIS]


def test_a_move_needs_the_right_in_both_accounts() -> None:
    one = asked(("attributes.account_id", 7, 8))
    assert set(account_questions([one])) == {"7", "8"}
    yes, no = ({"manage_courses_admin": flag, "manage_courses": False} for flag in (True, False))
    assert found(one, Told(accounts={"7": yes, "8": yes})) == []
    assert len(found(one, Told(accounts={"7": yes, "8": no}))) == 1


@pytest.mark.parametrize(
    ("before", "after", "right"),
    [
        ("unpublished", "available", "manage_courses_publish"),
        ("available", "completed", "manage_courses_conclude"),
        ("available", "deleted", "delete"),
    ],
)
def test_each_event_needs_its_own_right(before: str, after: str, right: str) -> None:
    no = {right: False, "change_course_state": False}
    assert found(asked((STATE, before, after)), told({}, no)) == [(STATE, "right-missing", Without.REFUSED)]


def test_an_event_of_many_courses_needs_the_right_to_update_only() -> None:
    one = asked((STATE, "unpublished", "available"), together=True)
    assert found(one, told({}, {"manage_courses_publish": False, "change_course_state": False})) == []
    assert len(found(one, told({}, {"update": False}))) == 1


def test_what_an_event_before_them_may_give_back_is_not_judged() -> None:
    one = asked((STATE, "completed", "available"), (NAME, "A", "B"), state="completed")
    nothing = {"update": False, "manage_courses_publish": True}
    assert found(one, told({}, nothing)) == []


def test_a_template_that_ends_may_be_deleted_then() -> None:
    one = asked((STATE, "available", "deleted"), ("attributes.template", True, False))
    assert found(one, told({}, {"delete": False})) == []


def test_a_feature_matters_only_for_what_is_switched_on() -> None:
    field = "settings.allow_final_grade_override"
    off = Told(off={1: frozenset({"final_grades_override"})})
    on, out = asked((field, False, True)), asked((field, True, False))
    assert found(on, off) == [(field, "feature-off", Without.IGNORED)]
    assert found(out, off) == []
    assert feature_questions([out]) == {}


def test_obstacles_come_from_answers_and_from_the_context() -> None:
    home = asked(("attributes.default_view", "modules", "wiki"))
    assert found(home, Told(obstacles={1: frozenset({Obstacle.NO_FRONT_PAGE})}))[0][1] == "would-be-refused"
    blueprint = asked((ENABLED, False, True))
    for context in (Context(students=True), Context(follows=True)):
        assert found(blueprint, Told(contexts={1: context}))[0][1] == "would-be-refused"
    assert found(blueprint, Told(contexts={1: Context(students=False, follows=False)})) == []


def test_one_warning_tells_of_many_courses() -> None:
    many = [asked((QUOTA, 1, 2), number=number) for number in range(2000)]
    answers = Told(accounts={"7": {"manage_storage_quotas": False}})
    (warning,) = warnings(findings(many, answers), who="Toni Teacher (user 2)")
    assert warning.detail == (
        "Toni Teacher (user 2) lacks the right to manage storage quotas (manage_storage_quotas), so Canvas "
        "would ignore attributes.storage_quota_mb. In 2,000 courses: course 0, course 1, course 2, course 3 "
        "and 1,996 more."
    )
    assert warning.course is None


def test_a_refusal_names_every_cause_of_its_course() -> None:
    one = asked((QUOTA, 1, 2), (SIS, "a", "b"))
    answers = Told(accounts={"7": {"manage_storage_quotas": False}, ROOT: {"manage_sis": False}})
    (why,) = refusals(findings([one], answers), who="Toni").values()
    assert "manage_storage_quotas" in why
    assert "manage_sis" in why


def test_every_right_says_what_is_missed_and_who_is_asked() -> None:
    for row in FIELDS.values():
        for right in row.needs(None, True):
            assert right.names
            assert right.words
            assert right.where in Where
