"""Blueprints and templates."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import COURSE, Desk
from tests.sandbox.trap import GENERAL, Trap, spring

BLUEPRINTS = [
    Trap(
        name="a new blueprint locks content",
        put={"blueprint": True},
        sees={"blueprint": True, "blueprint_restrictions": {"content": True}},
    ),
    Trap(
        name="a map is replaced as a whole",
        put={"blueprint_restrictions": {"points": "yes", "due_dates": False}},
        course=GENERAL,
        sees={"blueprint_restrictions": {"points": True, "due_dates": False}},
    ),
    Trap(
        name="a map can be sent as a form",
        form={"course[blueprint_restrictions][points]": "true"},
        course=GENERAL,
        sees={"blueprint_restrictions": {"points": True}},
    ),
    Trap(
        name="restrictions of a course that is no blueprint are ignored",
        put={"blueprint_restrictions": {"points": True}},
        stores={"blueprint_restrictions": None},
    ),
    Trap(
        name="a null map is ignored",
        put={"blueprint_restrictions": None},
        course=GENERAL,
        sees={"blueprint_restrictions": {"content": True}},
    ),
    Trap(
        name="only the map in force is shown",
        put={
            "use_blueprint_restrictions_by_object_type": True,
            "blueprint_restrictions_by_object_type": {"quiz": {"points": True}},
        },
        course=GENERAL,
        absent=("blueprint_restrictions",),
        sees={"blueprint_restrictions_by_object_type": {"quiz": {"points": True}}},
        stores={"blueprint_restrictions": {"content": True}},
    ),
    Trap(
        name="the map not in force is stored and not shown",
        put={"blueprint_restrictions_by_object_type": {"quiz": {"points": True}}},
        course=GENERAL,
        absent=("blueprint_restrictions_by_object_type",),
        stores={"blueprint_restrictions_by_object_type": {"quiz": {"points": True}}},
    ),
    Trap(
        name="an unknown lock is refused",
        put={"blueprint_restrictions": {"colour": True}},
        course=GENERAL,
        status=400,
        error="master_course_restrictions",
        stores={"blueprint_restrictions": {"content": True}},
    ),
    Trap(
        name="an unknown type is refused",
        put={"blueprint_restrictions_by_object_type": {"rubric": {"content": True}}},
        course=GENERAL,
        status=400,
        error="master_course_restrictions",
    ),
    Trap(
        name="a map that is a word breaks the request",
        put={"blueprint_restrictions": "content"},
        course=GENERAL,
        status=500,
    ),
    Trap(
        name="a null blueprint removes it", put={"blueprint": None}, course=GENERAL, sees={"blueprint": False}
    ),
    Trap(
        name="a blueprint again gets its old restrictions",
        put={"blueprint": True},
        course={"blueprint_restrictions": {"points": True}},
        sees={"blueprint_restrictions": {"points": True}},
    ),
    Trap(
        name="a course with students cannot become a blueprint",
        put={"blueprint": True},
        enrolled="StudentEnrollment",
        status=400,
        error="master_course",
        stores={"blueprint": False},
    ),
    Trap(
        name="a course with observers cannot become a blueprint",
        put={"blueprint": True},
        enrolled="ObserverEnrollment",
        status=400,
        error="master_course",
    ),
    Trap(
        name="a test student does not stop a blueprint",
        put={"blueprint": True},
        enrolled="StudentViewEnrollment",
        stores={"blueprint": True},
    ),
    Trap(
        name="a child of a blueprint cannot become one",
        put={"blueprint": True},
        course={"blueprint_course_id": 4112},
        status=400,
        error="master_course",
    ),
    Trap(
        name="a blueprint is kept although the rest is refused",
        put={"blueprint": True, "locale": "xx"},
        status=400,
        error="locale",
        stores={"blueprint": True},
    ),
    Trap(
        name="a blueprint needs an account right",
        put={"blueprint": True},
        token="sandbox-teacher",
        status=401,
    ),
    Trap(
        name="an unchanged blueprint needs no right",
        put={"blueprint": False, "name": "X"},
        token="sandbox-teacher",
        stores={"name": "X"},
    ),
    Trap(
        name="a template needs a course without people",
        put={"template": True},
        enrolled="TeacherEnrollment",
        status=400,
        error="template",
    ),
    Trap(
        name="the template of an account stays one",
        put={"template": False},
        course={"template": True},
        account={"course_template_id": COURSE},
        status=400,
        error="template",
    ),
    Trap(
        name="a template shows only with its feature",
        put={"name": "X"},
        root={"features": []},
        absent=("template",),
    ),
]


@pytest.mark.parametrize("trap", BLUEPRINTS, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)


def test_ending_a_blueprint_releases_its_children_for_good() -> None:
    desk = Desk()
    for on in (False, True):
        assert desk.put("/api/v1/courses/4112", blueprint=on).json()["blueprint"] is on
    assert desk.sandbox.course(4110)["blueprint_course_id"] is None
