"""Rights as booleans: those of an account hold in its courses, and some are made of others."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import PATH, Desk
from tests.sandbox.test_around import ACCOUNT, rights


def test_what_a_role_holds_in_an_account_it_holds_in_the_courses_there() -> None:
    names = ("manage_course_content_edit", "manage_grades", "manage_courses_publish", "add_course_template")
    desk = Desk()
    assert rights(desk, ACCOUNT, *names) == rights(desk, PATH, *names) == dict.fromkeys(names, True)


def test_an_unknown_right_is_false() -> None:
    assert rights(Desk(), ACCOUNT, "no_such_right") == {"no_such_right": False}


@pytest.mark.parametrize("right", ["update", "edit_course_availability"])
def test_managing_courses_is_what_lets_an_administrator_change_them(right: str) -> None:
    desk = Desk()
    desk.sandbox.edit_user(1, denied=["manage_courses"])
    assert rights(desk, PATH, right) == {right: True}
    desk.sandbox.edit_user(1, denied=["manage_courses", "manage_courses_admin"])
    assert rights(desk, PATH, right) == {right: False}


def test_deleting_is_a_right_of_its_own_and_never_of_a_template() -> None:
    desk = Desk()
    assert rights(desk, PATH, "delete") == {"delete": True}
    desk.sandbox.edit_user(1, denied=["manage_courses_delete"])
    assert rights(desk, PATH, "delete") == {"delete": False}
    assert rights(Desk({"template": True}), PATH, "delete") == {"delete": False}


def test_a_teacher_holds_nothing_in_the_account() -> None:
    desk = Desk(token="sandbox-teacher")
    assert rights(desk, ACCOUNT, "manage_grades", "manage_courses_admin") == {
        "manage_grades": False,
        "manage_courses_admin": False,
    }
    assert rights(desk, PATH, "manage_grades", "update") == {"manage_grades": True, "update": True}
