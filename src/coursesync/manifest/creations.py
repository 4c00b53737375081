"""Entries whose course is made where there is none: the keys they take, and what these must say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from coursesync.catalogue.addresses import matches
from coursesync.catalogue.course import ACCOUNT, DELETED, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.types import Literal, shown
from coursesync.diagnostics import Diagnostic, problem
from coursesync.manifest.entries import CourseEntry
from coursesync.model import Creation, DesiredCourse

CREATE, HOME, SIS_ID = "create", "account", SIS_COURSE_ID.name
_PREFIX = f"{SIS_ID}:"
_EXAMPLE = f"Write for example {{id: {_PREFIX}BIO-101, {CREATE}: true, {HOME}: sis_account_id:ARTS}}"
# An entry needs no other id than the one its course will have.
REQUIRED: Mapping[str, Any] = {"if": {"required": [CREATE, SIS_ID]}, "else": {"required": ["id"]}}


def named(data: object) -> object:
    """Return an entry as written, where it has no id with the SIS id of the course it creates."""
    sis_id = data.get(SIS_ID) if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or "id" in data or CREATE not in data or not isinstance(sis_id, Literal):
        return data
    return {**data, "id": Literal(text=f"{_PREFIX}{sis_id.text}", quoted=True)}


def with_creation(course: DesiredCourse, entry: CourseEntry) -> DesiredCourse:
    """Return a course with what creating it takes, where its entry says that and says enough."""
    homes, sis_ids = _homes(course, entry), _sis_ids(course, entry)
    if not entry.create or len(homes) != 1 or len(sis_ids) != 1:
        return course
    made = Creation(account=homes[0], sis_course_id=sis_ids[0], position=entry.create)
    return replace(course, creation=made)


def _homes(course: DesiredCourse, entry: CourseEntry) -> tuple[str, ...]:
    """Return the accounts that an entry names for its new course; the same one twice is one."""
    declared = course.state.get(ACCOUNT.address)
    return tuple(dict.fromkeys(str(one) for one in (entry.home, declared) if one is not None))


def _sis_ids(course: DesiredCourse, entry: CourseEntry) -> tuple[str, ...]:
    """Return the SIS ids that an entry names for its new course; the same one twice is one."""
    own = course.id.removeprefix(_PREFIX) if course.id.startswith(_PREFIX) else None
    declared = course.state.get(SIS_COURSE_ID.address)
    return tuple(dict.fromkeys(str(one) for one in (own, entry.sis_course_id, declared) if one))


def creation_problems(course: DesiredCourse, entry: CourseEntry) -> Iterator[Diagnostic]:
    """Yield what is wrong with the keys by which an entry creates its course.

    course: as the entry wants it, with its profiles.
    """
    if not entry.create:
        if entry.home is not None or entry.sis_course_id is not None:
            detail = f"{HOME} and {SIS_ID} of an entry say how its course is created, which it is not to be."
            hint = f"Write {CREATE}: true, or declare {ACCOUNT.address} and {SIS_COURSE_ID.address}."
            yield problem("creation-unclear", detail, at=entry.position, hint=hint, course=course.id)
        return
    if entry.may_lack:
        detail = f"{CREATE}: true makes the course where it does not exist, and missing: skip leaves it out."
        yield _unclear(course, entry, detail, "Delete one of the two.")
    for what, found, key in (
        ("account", _homes(course, entry), HOME),
        ("SIS id", _sis_ids(course, entry), SIS_ID),
    ):
        if not found:
            yield _unclear(course, entry, f"To create a course, its {what} must be declared.", _EXAMPLE)
        elif len(found) > 1:
            said = " and ".join(f'"{shown(text)}"' for text in found)
            hint = f"Write one {key}, or the same in all places."
            yield _unclear(course, entry, f"The new course is to have one {what}, and has {said}.", hint)
    for address in (ACCOUNT.address, SIS_COURSE_ID.address):
        if any(matches(rule.pattern, address) for rule in course.ignores):
            detail = f"{address} is ignored, and a course cannot be created without it."
            yield _unclear(course, entry, detail, "Ignore it once the course is there.")
    if course.state.get(WORKFLOW_STATE.address) == DELETED:
        yield _unclear(course, entry, "The course is to be created and deleted.", "Delete the entry.")


def _unclear(course: DesiredCourse, entry: CourseEntry, detail: str, hint: str) -> Diagnostic:
    return problem("creation-unclear", detail, at=entry.create, hint=hint, course=course.id)
