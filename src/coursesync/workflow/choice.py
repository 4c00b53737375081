"""What of a plan is carried out: chosen on the command line, kept in the journal, and read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.errors import UsageProblem
from coursesync.model import CoursePlan, Plan
from coursesync.model.barriers import NO_BARRIERS, Barriers
from coursesync.workflow.guards import check_barriers, check_genuine, check_host, check_risk
from coursesync.workflow.selection import EVERY_COURSE, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a plan is carried out: courses, change ids (no `only` means all), risk, write-only.

    barriers: what the project at hand does not let be carried out; no journal keeps them.
    """

    selection: Selection = EVERY_COURSE
    only: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    allow: Risk = Risk.SAFE
    send_unverified: bool = False
    fail_fast: bool = False
    barriers: Barriers = NO_BARRIERS


def choose(plan: Plan, choice: Choice) -> tuple[tuple[CoursePlan, ...], frozenset[str]]:
    """Return the courses and the ids of changes that a choice takes out of a plan.

    Raises UsageProblem for ids the plan does not have, UnsafePlan for what limits and protections refuse and
    for risks the choice does not allow.
    """
    courses = tuple(
        course
        for course in plan.courses
        if choice.selection.takes(course.declared_id, course.id, course.sis_course_id, course.name)
    )
    known = {number for course in plan.courses for number in course.carried}
    unknown = sorted((choice.only | choice.left_out) - known)
    if unknown:
        raise UsageProblem(
            f"The plan has no change with the id {', '.join(unknown)}.",
            hint="coursesync show PLAN -v lists the ids.",
        )
    ids = {number for course in courses for number in course.carried}
    chosen = frozenset((ids & choice.only if choice.only else ids) - choice.left_out)
    check_barriers(plan, courses, chosen, choice.barriers, unverified=choice.send_unverified)
    check_risk(courses, chosen, allow=choice.allow, unverified=choice.send_unverified)
    return courses, chosen


def ready(plan: Plan, *, url: str, choice: Choice) -> tuple[tuple[CoursePlan, ...], frozenset[str]]:
    """Return what would be carried out, after every check that needs no look at Canvas.

    Raises UnsafePlan for another Canvas and as `choose` does, PlanFileError for a forged plan, UsageProblem
    for ids the plan does not have.
    """
    check_host(plan, url)
    check_genuine(plan, host=url)
    return choose(plan, choice)


def choice_json(choice: Choice) -> Mapping[str, Value]:
    """Return a choice as a journal keeps it."""
    return {
        "target": list(choice.selection.target),
        "exclude": list(choice.selection.exclude),
        "only": sorted(choice.only),
        "except": sorted(choice.left_out),
        "allow": choice.allow.value,
        "send_unverified": choice.send_unverified,
        "fail_fast": choice.fail_fast,
    }


def choice_in(kept: Mapping[str, Any]) -> Choice:
    """Return the choice a journal keeps. Raises ValueError, KeyError or TypeError where it is none."""
    return Choice(
        selection=Selection(target=_texts(kept["target"]), exclude=_texts(kept["exclude"])),
        only=frozenset(_texts(kept["only"])),
        left_out=frozenset(_texts(kept["except"])),
        allow=Risk(kept["allow"]),
        send_unverified=kept["send_unverified"] is True,
        fail_fast=kept["fail_fast"] is True,
    )


def _texts(items: Sequence[Any]) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise TypeError
    return tuple(items)
