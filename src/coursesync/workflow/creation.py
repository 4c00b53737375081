"""How a course that does not exist yet is planned: its changes, its requests, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coursesync.model import Change, CoursePlan, DesiredCourse, LiveCourse, Request, State
from coursesync.steps.creation import addressed, all_changes, as_preconditions, making, without_past
from coursesync.steps.diff import change_id, in_order, managed
from coursesync.steps.encode import encode
from coursesync.steps.rules import annotated


def encode_new(course: int, changes: Sequence[Change], known: State) -> tuple[Request, ...]:
    """Return the requests that make a course and bring it to the desired state, in the order to send them.

    course: its negative number, which is in the paths too. Raises KeyError where the changes hold no account.
    """
    first = making(course, changes)
    rest = [change for change in changes if change.id not in first.changes]
    return first, *encode(course, rest, known)


def changes_of_new(
    desired: DesiredCourse, live: LiveCourse, found: Sequence[Change], *, host: str
) -> tuple[Change, ...]:
    """Return all changes of a new course; found: what differs from `live`, as it will be without them."""
    changes = (
        replace(change, id=change_id(host, live.key, change.field))
        for change in all_changes(desired, managed(desired), live, found)
    )
    return without_past(in_order(annotated(change, live.state, sis_course_id=None) for change in changes))


def as_shown(course: CoursePlan, requests: Sequence[Request]) -> tuple[CoursePlan, tuple[Request, ...]]:
    """Return the plan of a new course and its requests as people and journals see them."""
    name = course.sis_course_id or ""
    shown = replace(
        course,
        create=True,
        preconditions=as_preconditions(course.preconditions, course.changes),
        unverified_requests=addressed(course.unverified_requests, course.id, name),
    )
    return shown, addressed(requests, course.id, name)
