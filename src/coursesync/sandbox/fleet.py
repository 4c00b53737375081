"""A made-up fleet for the built-in college: as many courses as wanted, the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coursesync.sandbox.store import Columns

FIRST = 100_001
_ACCOUNTS = (2, 3, 4, 5)
_TERMS = (2, 3, 4, 1)
_SUBJECTS = (
    ("BIO", "Biology"),
    ("CHEM", "Chemistry"),
    ("ENG", "English"),
    ("HIST", "History"),
    ("MATH", "Mathematics"),
    ("NUR", "Nursing"),
    ("PHIL", "Philosophy"),
)
# Every period here is odd, so that no account or term has only courses of one kind.
_STATES = (*("available",) * 5, *("claimed",) * 4, "created", "completed")
_DATES = {
    "restrict_enrollments_to_course_dates": True,
    "start_at": "2026-08-24T06:00:00Z",
    "conclude_at": "2026-12-18T07:00:00Z",
}
# A setting, in each how-manieth course it is set, and to what.
_SETTINGS: Mapping[str, tuple[int, Any]] = {
    "hide_distribution_graphs": (3, True),
    "hide_final_grade": (5, True),
    "allow_student_discussion_topics": (7, False),
    "course_format": (9, "online"),
    "restrict_student_past_view": (11, True),
    "lock_all_announcements": (13, True),
    "course_color": (15, "#1A7F37"),
    "default_due_time": (17, "17:00:00"),
    "usage_rights_required": (19, True),
    "image_url": (21, "https://images.example.edu/course.jpg"),
    "syllabus_course_summary": (23, False),
}


def fleet(
    count: int, *, start: int = FIRST, account_id: int | None = None, term_id: int | None = None
) -> Iterator[Columns]:
    """Return courses with ids from `start` on, all over the college or all in one account or term.

    Whatever a policy declares, some of them have it already and some have not.
    """
    for place in range(start - FIRST, start - FIRST + count):
        yield {
            **_who(place),
            "account_id": account_id or _ACCOUNTS[place % len(_ACCOUNTS)],
            "enrollment_term_id": term_id or _TERMS[place // 4 % len(_TERMS)],
            **_how(place),
            "settings": _settings(place),
        }


def _who(place: int) -> dict[str, Any]:
    code, subject = _SUBJECTS[place % len(_SUBJECTS)]
    number = 100 + place // len(_SUBJECTS) % 400
    return {
        "id": FIRST + place,
        "name": f"{subject} {number}, section {place + 1:05}",
        "course_code": f"{code} {number}",
        "sis_source_id": f"FLEET-{place + 1:05}",
        "workflow_state": "deleted" if place % 97 == 96 else _STATES[place % len(_STATES)],
        "created_at": "2026-03-02T15:00:00Z",
    }


def _how(place: int) -> dict[str, Any]:
    """Return the columns in which the courses differ, each by a period of its own."""
    return {
        "default_view": ("modules", "modules", "assignments", "feed", "syllabus")[place % 5],
        "license": (None, "cc_by", "private")[place % 3],
        "is_public": place % 11 == 0,
        "time_zone": "Eastern Time (US & Canada)" if place % 13 == 0 else None,
        "grade_passback_setting": "nightly_sync" if place % 17 == 0 else None,
        "allow_student_organized_groups": place % 5 != 0,
        "show_announcements_on_home_page": place % 3 == 0,
        "home_page_announcement_limit": 3 if place % 3 == 0 else None,
        "storage_quota": 1_048_576_000 if place % 19 == 0 else None,
        "grading_standard_id": 11 if place % 15 == 0 else None,
        "public_description": f"What happens in section {place + 1}." if place % 9 == 0 else None,
        "syllabus_body": f"<p>Section {place + 1}.</p>" if place % 7 == 0 else None,
        **(_DATES if place % 23 == 0 else {}),
    }


def _settings(place: int) -> dict[str, Any]:
    return {name: value for name, (period, value) in _SETTINGS.items() if place % period == 0}
