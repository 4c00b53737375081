"""Names, ids, choices and other texts: what they become."""

from __future__ import annotations

import pytest

from tests.sandbox.trap import Trap, spring

TEXTS = [
    Trap(name="a blank name becomes Unnamed Course", put={"name": "  "}, sees={"name": "Unnamed Course"}),
    Trap(
        name="blanks around a name stay and carriage returns go",
        put={"name": " A\r\nB "},
        sees={"name": " A\nB "},
    ),
    Trap(name="a long name is refused", put={"name": "x" * 256}, status=400, error="name"),
    Trap(
        name="a long course code is refused", put={"course_code": "x" * 256}, status=400, error="course_code"
    ),
    Trap(
        name="an empty course code is made of the name",
        put={"course_code": "", "name": "Bio for Room 12 B4"},
        sees={"course_code": "Bio 12"},
    ),
    Trap(name="an unknown licence becomes private", put={"license": "cc_zero"}, sees={"license": "private"}),
    Trap(
        name="a null licence stays null",
        put={"license": None},
        course={"license": "cc_by"},
        sees={"license": None},
    ),
    Trap(
        name="an unknown course format is unset",
        put={"course_format": "hybrid"},
        course={"settings": {"course_format": "online"}},
        absent=("course_format",),
    ),
    Trap(
        name="blended is a course format", put={"course_format": "blended"}, sees={"course_format": "blended"}
    ),
    Trap(
        name="an unknown time zone falls back to the root account",
        put={"time_zone": "Mars/Olympus"},
        course={"time_zone": "Europe/Paris"},
        sees={"time_zone": "America/Denver"},
        stores={"time_zone": None},
    ),
    Trap(
        name="a Rails time zone reads as its IANA name",
        put={"time_zone": "Eastern Time (US & Canada)"},
        sees={"time_zone": "America/New_York"},
    ),
    Trap(name="an unknown locale is refused", put={"locale": "xx"}, status=400, error="locale"),
    Trap(
        name="an empty locale clears and leaves no key",
        put={"locale": ""},
        course={"locale": "fr"},
        absent=("locale",),
    ),
    Trap(
        name="an empty public description stays empty",
        put={"public_description": ""},
        stores={"public_description": ""},
    ),
    Trap(
        name="an empty SIS id clears it",
        put={"sis_course_id": ""},
        course={"sis_source_id": "A"},
        sees={"sis_course_id": None},
    ),
    Trap(
        name="a null SIS id is ignored",
        put={"sis_course_id": None},
        course={"sis_source_id": "A"},
        sees={"sis_course_id": "A"},
    ),
    Trap(
        name="a SIS id in use is refused under another name",
        put={"sis_course_id": "BIO-101-2026FA"},
        status=400,
        error="sis_source_id",
    ),
    Trap(name="an empty integration id is kept", put={"integration_id": ""}, stores={"integration_id": ""}),
    Trap(
        name="an integration id in use is refused",
        put={"integration_id": "math-151-a"},
        status=400,
        error="integration_id",
    ),
    Trap(
        name="an unknown home page is refused", put={"default_view": "wall"}, status=400, error="default_view"
    ),
    Trap(name="an empty home page is refused", put={"default_view": ""}, status=400, error="default_view"),
    Trap(
        name="a null home page becomes modules",
        put={"default_view": None},
        course={"default_view": "feed"},
        sees={"default_view": "modules"},
    ),
    Trap(
        name="a wiki home page needs a front page",
        put={"default_view": "wiki"},
        status=400,
        error="default_view",
    ),
    Trap(
        name="a wiki home page works with a front page",
        put={"default_view": "wiki"},
        course={"has_front_page": True},
        sees={"default_view": "wiki"},
    ),
    Trap(
        name="an unchanged home page is not checked",
        put={"name": "X"},
        course={"default_view": "wiki"},
        sees={"name": "X"},
    ),
    Trap(
        name="student page edits follow the editing roles",
        put={"allow_student_wiki_edits": True},
        stores={"allow_student_wiki_edits": False},
    ),
    Trap(
        name="editing roles with students allow student page edits",
        put={"default_wiki_editing_roles": "teachers,students"},
        stores={"allow_student_wiki_edits": True},
    ),
    Trap(name="a misspelt key is ignored", put={"nmae": "X"}, sees={"name": "Biology"}),
    Trap(
        name="a settings key sent as a course key of PUT settings is ignored",
        settings={"course": {"hide_final_grades": True}},
        reads={"hide_final_grades": False},
    ),
    Trap(name="a course key sent flat is ignored", put={}, top={"name": "X"}, sees={"name": "Biology"}),
    Trap(name="a key that is an association breaks the request", put={"grading_standard": "11"}, status=500),
    Trap(
        name="a syllabus that is too long is refused",
        put={"syllabus_body": "x" * 512_001},
        status=400,
        error="syllabus_body",
    ),
]


@pytest.mark.parametrize("trap", TEXTS, ids=lambda trap: trap.name)
def test_canvas(trap: Trap) -> None:
    spring(trap)
