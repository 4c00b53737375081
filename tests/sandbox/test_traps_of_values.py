"""Numbers, booleans and times of day: how they are cast."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import Trap, spring

NUMBERS = [
    Trap(
        name="the account's own quota is stored as following it",
        put={"storage_quota_mb": 500},
        stores={"storage_quota": None},
        sees={"storage_quota_mb": 500},
    ),
    Trap(
        name="a quota of zero follows the account",
        put={"storage_quota_mb": 0},
        course={"storage_quota": 9 << 20},
        sees={"storage_quota_mb": 500},
    ),
    Trap(
        name="a quota that is a word follows the account",
        put={"storage_quota_mb": "lots"},
        course={"storage_quota": 9 << 20},
        sees={"storage_quota_mb": 500},
    ),
    Trap(
        name="a fraction of a quota is cut off", put={"storage_quota_mb": 12.7}, sees={"storage_quota_mb": 12}
    ),
    Trap(
        name="a quota in bytes reads in whole megabytes",
        put={"storage_quota": (9 << 20) + 5},
        sees={"storage_quota_mb": 9},
    ),
    Trap(
        name="a quota without the right is dropped",
        put={"storage_quota_mb": 12},
        token="sandbox-teacher",
        sees={"storage_quota_mb": 500},
    ),
    Trap(
        name="a null announcement limit clears",
        settings={"home_page_announcement_limit": None},
        course={"home_page_announcement_limit": 3},
        reads={"home_page_announcement_limit": None},
    ),
    Trap(
        name="an announcement limit that is a word is zero",
        settings={"home_page_announcement_limit": "some"},
        reads={"home_page_announcement_limit": 0},
    ),
]

BOOLEANS = [
    Trap(
        name="a settings boolean takes yes for true",
        settings={"hide_distribution_graphs": "Yes"},
        reads={"hide_distribution_graphs": True},
    ),
    Trap(
        name="a settings boolean takes an unknown word for false",
        settings={"syllabus_course_summary": "banana"},
        reads={"syllabus_course_summary": False},
    ),
    Trap(
        name="a settings boolean takes 2 for true",
        settings={"hide_final_grades": "2"},
        reads={"hide_final_grades": True},
    ),
    Trap(
        name="a null setting is stored as false",
        settings={"allow_student_discussion_topics": None},
        reads={"allow_student_discussion_topics": False},
        stores={"settings": {"allow_student_discussion_topics": False}},
    ),
    Trap(name="a column takes no for true", put={"is_public": "no"}, sees={"is_public": True}),
    Trap(name="a column takes off for false", put={"is_public": "off"}, sees={"is_public": False}),
    Trap(
        name="an empty column boolean is null",
        put={"is_public": ""},
        course={"is_public": True},
        sees={"is_public": None},
    ),
    Trap(
        name="an empty student groups column reads null",
        settings={"allow_student_organized_groups": ""},
        reads={"allow_student_organized_groups": None},
    ),
    Trap(
        name="a null announcements column reads false",
        settings={"show_announcements_on_home_page": None},
        course={"show_announcements_on_home_page": True},
        reads={"show_announcements_on_home_page": False},
    ),
    Trap(
        name="hide_final_grades is stored under another name",
        settings={"hide_final_grades": True},
        stores={"settings": {"hide_final_grade": True}},
        sees={"hide_final_grades": True},
    ),
    Trap(
        name="the final grade override counts only as true",
        settings={"allow_final_grade_override": "1"},
        reads={"allow_final_grade_override": False},
        stores={"settings": {"allow_final_grade_override": "1"}},
    ),
    Trap(
        name="the final grade override takes a JSON true",
        settings={"allow_final_grade_override": True},
        reads={"allow_final_grade_override": True},
        stores={"settings": {"allow_final_grade_override": "true"}},
    ),
    Trap(
        name="the final grade override needs its feature",
        settings={"allow_final_grade_override": True},
        root={"features": []},
        reads={"allow_final_grade_override": False},
    ),
    Trap(
        name="a null final grade override takes the key away",
        settings={"allow_final_grade_override": None},
        course={"settings": {"allow_final_grade_override": "true"}},
        stores={"settings": {}},
    ),
    Trap(
        name="filtering the grader by group needs its feature",
        settings={"filter_speed_grader_by_student_group": True},
        reads={"filter_speed_grader_by_student_group": False},
        stores={"settings": {"filter_speed_grader_by_student_group": True}},
    ),
    Trap(
        name="the syllabus is as public as the course until set",
        put={"is_public": True},
        sees={"public_syllabus": True, "public_syllabus_to_auth": False},
    ),
    Trap(
        name="a visibility for the institution",
        put={"course_visibility": "institution", "is_public": True},
        sees={"is_public": False, "is_public_to_auth_users": True},
    ),
    Trap(
        name="an unknown visibility is the course's",
        put={"course_visibility": "world"},
        course={"is_public": True},
        sees={"is_public": False},
    ),
    Trap(
        name="turning custom visibility off deletes the parts",
        put={"course_visibility": "course", "custom_course_visibility": False},
        course={"settings": {"public_syllabus": True}},
        sees={"public_syllabus": False},
    ),
    Trap(
        name="a part may only be more open than the course",
        put={"course_visibility": "institution", "syllabus_visibility_option": "course"},
        sees={"public_syllabus": False, "public_syllabus_to_auth": True},
    ),
]

TIMES = [
    Trap(
        name="a due time is written anew",
        settings={"default_due_time": "9:05"},
        reads={"default_due_time": "09:05:00"},
    ),
    Trap(
        name="a due time may be 9pm",
        settings={"default_due_time": "9pm"},
        reads={"default_due_time": "21:00:00"},
    ),
    Trap(
        name="a due time may be inherited",
        settings={"default_due_time": "inherit"},
        course={"settings": {"default_due_time": "08:00:00"}},
        stores={"settings": {}},
    ),
    Trap(
        name="a due time that cannot be read is inherited",
        settings={"default_due_time": "noonish"},
        course={"settings": {"default_due_time": "08:00:00"}},
        reads={"default_due_time": "23:59:59"},
    ),
    Trap(
        name="a null due time is ignored",
        settings={"default_due_time": None},
        course={"settings": {"default_due_time": "08:00:00"}},
        reads={"default_due_time": "08:00:00"},
    ),
]


@pytest.mark.parametrize("trap", [*NUMBERS, *BOOLEANS, *TIMES], ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
