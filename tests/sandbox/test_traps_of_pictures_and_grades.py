"""Images, colours, grading schemes and weights."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import Trap, spring

PICTURES = [
    Trap(
        name="an image id is read back as text",
        put={"image_id": 501},
        course={"id": 4101},
        reads={"image_id": "501", "image_url": None},
    ),
    Trap(
        name="both images are refused and the rest is saved",
        put={"image_id": 501, "image_url": "https://a.example/b.png", "name": "X"},
        status=400,
        stores={"name": "X"},
    ),
    Trap(
        name="a file of another course is refused and the rest is saved",
        put={"image_id": 503, "name": "X"},
        status=400,
        stores={"name": "X", "settings": {}},
    ),
    Trap(name="an empty image id is refused", put={"image_id": ""}, status=400),
    Trap(
        name="a null image is ignored",
        put={"image_url": None},
        course={"settings": {"image_url": "https://a.example"}},
        reads={"image_url": "https://a.example"},
    ),
    Trap(
        name="an empty image address clears the file too",
        put={"image_url": ""},
        course={"settings": {"image_id": "7"}},
        reads={"image_id": None, "image_url": None},
    ),
    Trap(
        name="the word false removes the image",
        form={"course[remove_image]": "false"},
        course={"settings": {"image_url": "https://a.example"}},
        reads={"image_url": None},
    ),
    Trap(
        name="a JSON false does not remove the image",
        put={"remove_image": False},
        course={"settings": {"image_url": "https://a.example"}},
        reads={"image_url": "https://a.example"},
    ),
    Trap(name="an image address must be one", put={"image_url": "http://a b"}, status=400, error="image_url"),
    Trap(
        name="PUT settings takes no image",
        settings={"image_url": "https://a.example"},
        reads={"image_url": None},
    ),
    Trap(
        name="a colour gets its hash from PUT course",
        put={"course_color": "bAdA55"},
        sees={"course_color": "#bAdA55"},
    ),
    Trap(
        name="a bad colour is refused by PUT course",
        put={"course_color": "red"},
        status=400,
        error="course_color",
    ),
    Trap(
        name="a bad colour is stored by PUT settings",
        settings={"course_color": "red"},
        reads={"course_color": "red"},
    ),
    Trap(
        name="a colour of one character clears",
        put={"course_color": "#"},
        course={"settings": {"course_color": "#111"}},
        sees={"course_color": None},
    ),
]

GRADES = [
    Trap(
        name="a scheme of the account is taken",
        put={"grading_standard_id": 11},
        sees={"grading_standard_id": 11},
        reads={"grading_standard_enabled": True},
    ),
    Trap(
        name="a scheme from elsewhere is ignored",
        put={"grading_standard_id": 12},
        course={"grading_standard_id": 11},
        sees={"grading_standard_id": 11},
    ),
    Trap(
        name="a course that moves takes a scheme of its new account",
        put={"grading_standard_id": 12, "account_id": 3},
        course={"account_id": 2},
        sees={"grading_standard_id": 12, "account_id": 3},
    ),
    Trap(
        name="the scheme zero cannot be written",
        put={"grading_standard_id": 0},
        sees={"grading_standard_id": None},
    ),
    Trap(
        name="an empty scheme clears",
        put={"grading_standard_id": ""},
        course={"grading_standard_id": 11},
        sees={"grading_standard_id": None},
    ),
    Trap(
        name="turning the scheme on makes it zero",
        put={"grading_standard_enabled": True},
        sees={"grading_standard_id": 0},
    ),
    Trap(
        name="turning the scheme off clears it",
        put={"grading_standard_enabled": False},
        course={"grading_standard_id": 11},
        sees={"grading_standard_id": None},
    ),
    Trap(
        name="a scheme of the account reads as enabled",
        put={"grading_standard_enabled": False},
        account={"grading_standard_id": 11},
        reads={"grading_standard_enabled": True},
    ),
    Trap(
        name="PUT settings takes no scheme",
        settings={"grading_standard_id": 11},
        reads={"grading_standard_id": None},
    ),
    Trap(
        name="grade passback needs its right as soon as it is sent",
        put={"grade_passback_setting": None, "name": "X"},
        token="sandbox-teacher",
        denied=("manage_grades",),
        status=401,
        stores={"name": "Biology"},
    ),
    Trap(
        name="an unknown grade passback is refused",
        put={"grade_passback_setting": "hourly"},
        status=400,
        error="grade_passback_setting",
    ),
    Trap(
        name="an empty grade passback clears",
        put={"grade_passback_setting": ""},
        course={"grade_passback_setting": "nightly_sync"},
        sees={"grade_passback_setting": None},
    ),
    Trap(
        name="weights turn points off",
        put={"apply_assignment_group_weights": True},
        course={"settings": {"show_total_grade_as_points": True}},
        sees={"apply_assignment_group_weights": True},
        stores={"settings": {"show_total_grade_as_points": False}},
    ),
    Trap(
        name="the raw weighting scheme wins",
        put={"apply_assignment_group_weights": True, "group_weighting_scheme": "equal"},
        sees={"apply_assignment_group_weights": False},
    ),
]


@pytest.mark.parametrize("trap", [*PICTURES, *GRADES], ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
