"""What a course is called, in headers and lists."""

from __future__ import annotations

from coursesync.model import CourseDrift, CourseOutcome, CoursePlan
from coursesync.render.values import visible


def label(declared_id: str, sis_course_id: str | None, number: int) -> str:
    """Return what people call a course: its SIS id, else what was declared, else its number."""
    name = sis_course_id or declared_id
    return f"course {number}" if name in {"", str(number)} else visible(name)


def course_header(course: CoursePlan | CourseDrift) -> tuple[str, str, str]:
    """Return the label of a course, its name, and in parentheses its number and state."""
    name = label(course.declared_id, course.sis_course_id, course.id)
    number = [] if name == f"course {course.id}" else [f"course {course.id}"]
    if isinstance(course, CoursePlan) and course.create:
        return name, visible(course.name), f"(new, in account {course.account_id})"
    if course.id < 0:
        return name, visible(course.name), "(does not exist)"
    about = [*number, visible(course.workflow_state)] if course.workflow_state else number
    return name, visible(course.name), f"({', '.join(about)})" if about else ""


def outcome_number(course: CourseOutcome) -> str:
    """Return in parentheses the number of a course, and whether the run made it; nothing if known by that."""
    if course.created:
        return "(not created)" if course.id < 0 else f"(course {course.id}, created)"
    return f"(course {course.id})" if course.sis_course_id else ""
