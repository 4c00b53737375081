"""The dates of a course: when a PUT keeps, drops or refuses them."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import DATED, END, LEFT_OVER, OPEN, START, Trap, spring

DATES = [
    Trap(
        name="a rename erases the dates of a course that follows its term",
        put={"name": "X"},
        course=LEFT_OVER,
        stores={"name": "X", "start_at": None, "conclude_at": None},
    ),
    Trap(
        name="a published course that follows its term loses only its end",
        put={"name": "X"},
        course=LEFT_OVER | OPEN,
        stores={"start_at": START, "conclude_at": None},
    ),
    Trap(
        name="a course with dates of its own keeps them",
        put={"name": "X"},
        course=DATED,
        stores={"start_at": START, "conclude_at": END},
    ),
    Trap(
        name="an end date sent without the switch is dropped",
        put={"end_at": END},
        stores={"conclude_at": None},
    ),
    Trap(
        name="an end date sent with the switch is kept",
        put={"end_at": END, "restrict_enrollments_to_course_dates": True},
        sees={"end_at": END},
    ),
    Trap(
        name="conclude_at is another word for end_at",
        put={"conclude_at": END},
        course=DATED | {"conclude_at": None},
        sees={"end_at": END},
    ),
    Trap(
        name="end_at wins over conclude_at",
        put={"end_at": END, "conclude_at": None},
        course=DATED,
        sees={"end_at": END},
    ),
    Trap(
        name="a template put erases the dates too",
        put={"template": True},
        course=LEFT_OVER,
        stores={"template": True, "conclude_at": None},
    ),
    Trap(
        name="a blueprint put erases the dates too",
        put={"blueprint": True},
        course=LEFT_OVER,
        stores={"blueprint": True, "conclude_at": None},
    ),
    Trap(
        name="an attribute put after conclude erases the end date",
        put={"name": "X"},
        course={"workflow_state": "completed", "conclude_at": END},
        stores={"conclude_at": None},
    ),
    Trap(
        name="a settings put leaves the dates alone",
        settings={"hide_final_grades": True},
        course=LEFT_OVER,
        stores=LEFT_OVER,
    ),
    Trap(
        name="the word no erases the end and stores true",
        form={"course[restrict_enrollments_to_course_dates]": "no"},
        course=DATED,
        stores={"restrict_enrollments_to_course_dates": True, "conclude_at": None},
    ),
    Trap(
        name="a date without an offset is read in the root account's zone",
        put={"start_at": "2026-08-24T00:00:00"},
        course=DATED,
        sees={"start_at": START},
    ),
    Trap(
        name="a date is read back in UTC and whole seconds",
        put={"start_at": "2026-08-24T00:00:00.9-06:00"},
        course=DATED,
        sees={"start_at": START},
    ),
    Trap(
        name="a date that cannot be read clears",
        put={"start_at": "soon"},
        course=DATED,
        sees={"start_at": None},
    ),
    Trap(name="an empty date clears", put={"end_at": ""}, course=DATED, sees={"end_at": None}),
    Trap(
        name="a start after the end is refused",
        put={"start_at": "2027-01-01T00:00:00Z"},
        course=DATED,
        status=400,
        error="conclude_at",
        stores=DATED,
    ),
    Trap(
        name="dates need the right to change availability",
        put={"start_at": None},
        course=DATED,
        token="sandbox-teacher",
        denied=("edit_course_availability",),
        status=401,
        stores=DATED,
    ),
    Trap(
        name="dropping dates of the term needs no right",
        put={"name": "X"},
        course=LEFT_OVER,
        token="sandbox-teacher",
        denied=("edit_course_availability",),
        stores={"name": "X", "conclude_at": None},
    ),
]


@pytest.mark.parametrize("trap", DATES, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
