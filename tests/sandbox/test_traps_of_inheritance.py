"""Settings that accounts give or lock, and Canvas for Elementary."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import OPEN, Trap, locked, spring

INHERITED = [
    Trap(
        name="a locked setting is stored and reads as the account's",
        settings={"restrict_student_past_view": False},
        account=locked("restrict_student_past_view", True),
        reads={"restrict_student_past_view": True},
        stores={"settings": {"restrict_student_past_view": False}},
    ),
    Trap(
        name="an unlocked account setting gives way to the course",
        settings={"usage_rights_required": False},
        account={"settings": {"usage_rights_required": {"value": True}}},
        reads={"usage_rights_required": False},
    ),
    Trap(
        name="a lock above wins over the account below",
        settings={},
        root=locked("lock_all_announcements", True),
        account={"settings": {"lock_all_announcements": {"value": False}}},
        reads={"lock_all_announcements": True},
    ),
    Trap(
        name="a locked mastery path setting is stored as false by PUT settings",
        settings={"conditional_release": True},
        account=locked("conditional_release", True),
        reads={"conditional_release": True},
        stores={"settings": {"conditional_release": False}},
    ),
    Trap(
        name="PUT course does not look at the mastery path lock",
        put={"conditional_release": True},
        account=locked("conditional_release", False),
        stores={"settings": {"conditional_release": True}},
    ),
    Trap(
        name="a friendly name reads null outside an elementary account",
        settings={"friendly_name": "Bio"},
        reads={"friendly_name": None},
        stores={"alt_name": "Bio"},
        sees={"name": "Biology"},
    ),
    Trap(
        name="a friendly name replaces the name in an elementary account",
        settings={"friendly_name": "Bio"},
        course={"account_id": 5},
        reads={"friendly_name": "Bio"},
        sees={"name": "Bio", "original_name": "Biology", "friendly_name": "Bio"},
    ),
    Trap(
        name="a homeroom reads locked announcements",
        settings={"lock_all_announcements": False},
        course={"account_id": 5, "homeroom_course": True},
        reads={"lock_all_announcements": True},
    ),
    Trap(
        name="a homeroom cannot be paced through PUT course",
        put={"enable_course_paces": True},
        course={"homeroom_course": True},
        status=400,
        error="enable_course_paces",
    ),
    Trap(
        name="PUT settings lets a homeroom be paced",
        settings={"enable_course_paces": True},
        course={"homeroom_course": True},
        stores={"settings": {"enable_course_paces": True}},
    ),
    Trap(
        name="a course that follows its homeroom takes its dates on every put",
        put={"name": "X"},
        course={"account_id": 5, "homeroom_course_id": 4101, "sync_enrollments_from_homeroom": True, **OPEN},
        stores={"enrollment_term_id": 2, "homeroom_syncs": 1},
    ),
    Trap(
        name="PUT settings does not make a course follow its homeroom",
        settings={"hide_final_grades": True},
        course={"account_id": 5, "homeroom_course_id": 4101, "sync_enrollments_from_homeroom": True},
        stores={"enrollment_term_id": 1, "homeroom_syncs": 0},
    ),
]


@pytest.mark.parametrize("trap", INHERITED, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
