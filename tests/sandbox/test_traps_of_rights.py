"""What is dropped or refused for want of a right, and what moves a course."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import OPEN, Trap, spring

RIGHTS = [
    Trap(
        name="a content editor changes only the syllabus",
        put={"name": "X", "syllabus_body": "<p>a</p>"},
        token="sandbox-designer",
        stores={"name": "Biology", "syllabus_body": "<p>a</p>"},
    ),
    Trap(
        name="a content editor may still weight grades and set an image",
        put={
            "apply_assignment_group_weights": True,
            "image_url": "https://a.example",
            "course_color": "#123456",
        },
        token="sandbox-designer",
        stores={
            "group_weighting_scheme": "percent",
            "settings": {"image_url": "https://a.example", "course_color": "#123456"},
        },
    ),
    Trap(
        name="a content editor may write every setting",
        settings={"hide_final_grades": True},
        token="sandbox-designer",
        stores={"settings": {"hide_final_grade": True}},
    ),
    Trap(
        name="a teacher loses most fields in a concluded course",
        put={"name": "X"},
        token="sandbox-teacher",
        course={"workflow_state": "completed"},
        stores={"name": "Biology"},
    ),
    Trap(
        name="an administrator keeps them in a concluded course",
        put={"name": "X"},
        course={"workflow_state": "completed"},
        stores={"name": "X"},
    ),
    Trap(
        name="a student changes nothing", put={"name": "X"}, token="sandbox-student", course=OPEN, status=401
    ),
    Trap(
        name="a teacher cannot move the course",
        put={"account_id": 3, "term_id": 2, "sis_course_id": "Z", "template": True, "name": "X"},
        token="sandbox-teacher",
        stores={
            "account_id": 1,
            "enrollment_term_id": 1,
            "sis_source_id": None,
            "template": False,
            "name": "X",
        },
    ),
    Trap(
        name="a teacher cannot rename where that is forbidden",
        put={"name": "X", "is_public": True},
        token="sandbox-teacher",
        root={"settings": {"prevent_course_renaming_by_teachers": True}},
        stores={"name": "Biology", "is_public": True},
    ),
    Trap(
        name="visibility and index need their right",
        put={"course_visibility": "public", "indexed": True},
        token="sandbox-teacher",
        denied=("manage_course_visibility",),
        stores={"is_public": None, "indexed": None},
    ),
    Trap(
        name="a course moves by SIS ids",
        put={"account_id": "sis_account_id:SCI", "term_id": "sis_term_id:2027SP"},
        sees={"account_id": 3, "enrollment_term_id": 3},
    ),
    Trap(
        name="enrollment_term_id wins over term_id",
        put={"term_id": 2, "enrollment_term_id": 3},
        sees={"enrollment_term_id": 3},
    ),
    Trap(name="a null term is ignored", put={"term_id": None}, sees={"enrollment_term_id": 1}),
    Trap(name="an unknown term is not found", put={"term_id": "sis_term_id:1999"}, status=404),
    Trap(name="an unknown account is not found", put={"account_id": 77}, status=404),
    Trap(
        name="for_reload writes nothing", put={"name": "X"}, top={"for_reload": 1}, sees={"name": "Biology"}
    ),
    Trap(
        name="a changed name is stuck for SIS imports",
        put={"name": "X"},
        stores={"stuck_sis_fields": ["name"]},
    ),
    Trap(
        name="the word false leaves stuck fields alone",
        put={"name": "X", "license": "cc_by"},
        top={"override_sis_stickiness": "false"},
        course={"stuck_sis_fields": ["name"]},
        stores={"name": "Biology", "license": "cc_by"},
    ),
    Trap(
        name="a JSON false does not respect stuck fields",
        put={"name": "X"},
        top={"override_sis_stickiness": False},
        course={"stuck_sis_fields": ["name"]},
        stores={"name": "X"},
    ),
]


@pytest.mark.parametrize("trap", RIGHTS, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
