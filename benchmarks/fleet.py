"""The courses of the benchmarks, and what is declared for them: as manifests, and as the script's list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FIRST = 1001
ATTRIBUTES: Mapping[str, Any] = {
    "default_view": "assignments",
    "license": "cc_by",
    "apply_assignment_group_weights": True,
    "grade_passback_setting": "nightly_sync",
}
SETTINGS: Mapping[str, Any] = {
    "hide_distribution_graphs": True,
    "hide_sections_on_course_users_page": True,
    "allow_student_forum_attachments": False,
    "show_announcements_on_home_page": True,
    "home_page_announcement_limit": 3,
}
FIELDS = len(ATTRIBUTES) + len(SETTINGS)
# The columns of a course that is as declared.
_AS_DECLARED: Mapping[str, Any] = {
    "default_view": "assignments",
    "license": "cc_by",
    "group_weighting_scheme": "percent",
    "grade_passback_setting": "nightly_sync",
    "show_announcements_on_home_page": True,
    "home_page_announcement_limit": 3,
    "settings": {
        "hide_distribution_graphs": True,
        "hide_sections_on_course_users_page": True,
        "allow_student_forum_attachments": False,
    },
}


def every_tenth(place: int) -> bool:
    """Tell of one course in ten that it is changed."""
    return place % 10 == 0


def seed(folder: Path, courses: int, *, changed: Callable[[int], bool]) -> Path:
    """Write the seed of a Canvas whose courses are as declared, but for those that are `changed`."""
    rows = [
        {
            "id": FIRST + place,
            "name": f"Course number {place}",
            "course_code": f"C-{place}",
            "account_id": 1,
            "enrollment_term_id": 2,
            "sis_source_id": f"C-{place}",
            "workflow_state": "available",
            "syllabus_body": "<p>Read the first chapter before we meet.</p>",
            **({} if changed(place) else _AS_DECLARED),
        }
        for place in range(courses)
    ]
    canvas = {
        "accounts": [
            {"id": 1, "name": "College", "sis_source_id": "COLLEGE", "features": [], "settings": {}}
        ],
        "terms": [
            {"id": 1, "name": "Default Term", "is_default": True, "workflow_state": "active"},
            {
                "id": 2,
                "name": "Fall 2026",
                "sis_source_id": "2026FA",
                "is_default": False,
                "workflow_state": "active",
            },
        ],
        "users": [{"id": 1, "name": "Alex Admin", "login_id": "admin@college.example", "role": "admin"}],
        "tokens": [{"id": 1, "token": "sandbox-admin", "user_id": 1, "state": "active"}],
        "courses": rows,
    }
    file = folder / "seed.json"
    file.write_text(json.dumps(canvas), "utf-8")
    return file


def policy(folder: Path) -> Path:
    """Write a project that declares the fields for every course of the account, and return its folder."""
    rule = {"name": "everywhere", "select": {"account": 1, "term": "sis_term_id:2026FA"}}
    return _project(
        folder / "policy", {"policies": [{**rule, "attributes": ATTRIBUTES, "settings": SETTINGS}]}
    )


def entries(folder: Path, courses: int, *, account_of: str = "") -> Path:
    """Write a project that declares the fields for each course by its id, and return its folder.

    account_of: the address of the Canvas whose account shall be known, so that its courses can be listed.
    """
    one = {"attributes": ATTRIBUTES, "settings": SETTINGS}
    project = _project(
        folder / ("entries-of-an-account" if account_of else "entries"),
        {"courses": [{"id": FIRST + place, **one} for place in range(courses)]},
    )
    if account_of:
        settings = {"environments": {"college": {"url": account_of, "account": 1}}}
        (project / "coursesync.yaml").write_text(json.dumps(settings), "utf-8")
    return project


def script(folder: Path, courses: int) -> Path:
    """Write the same for the script, and return the file."""
    file = folder / "script.json"
    one = {"attributes": ATTRIBUTES, "settings": SETTINGS}
    file.write_text(json.dumps({str(FIRST + place): one for place in range(courses)}), "utf-8")
    return file


def _project(project: Path, manifest: Mapping[str, Any]) -> Path:
    project.mkdir()
    # JSON is YAML.
    (project / "manifest.yaml").write_text(json.dumps(manifest, indent=2), "utf-8")
    return project
