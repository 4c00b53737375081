"""Make a plan: read, compare, encode, predict, one course after the other, with nothing that could write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coursesync.diagnostics import Diagnostic
from coursesync.model import Change, CoursePlan, Request, SideEffect
from coursesync.steps import diff as compare
from coursesync.steps.encode import ORDER_RESTS_ON, encode, encode_unverified, with_unverified
from coursesync.steps.plan import course_plan, flagged
from coursesync.steps.rules import annotated, consequences, held, impossible, preconditions
from coursesync.workflow.reading import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan of one course with its requests; `course` is None where a problem takes the course out."""

    course: CoursePlan | None
    requests: tuple[Request, ...]
    diagnostics: tuple[Diagnostic, ...]


def plan_course(pair: Pair, *, host: str) -> Planned:
    """Plan one course: what differs, the requests that mend it, and what Canvas will do besides."""
    desired, live = pair.desired, pair.live
    managed = compare.managed(desired)
    found = compare.diff(desired, live, host=host)
    changes = _all_changes(pair, found, host=host)
    requests = encode(live.id, changes, live.state)
    extra = encode_unverified(live.id, found.unverified)
    usual = consequences(live.state, changes, requests)
    problems = impossible(desired, usual, managed)
    if problems:
        return Planned(course=None, requests=(), diagnostics=(*found.diagnostics, *problems))
    more = consequences(live.state, changes, with_unverified(requests, extra))
    effects: tuple[SideEffect, ...] = (*usual.side_effects, *flagged(more.side_effects, usual.side_effects))
    rests_on = usual.rests_on | more.rests_on | set(ORDER_RESTS_ON) if requests or extra else frozenset()
    course = course_plan(
        desired,
        live,
        changes=changes,
        side_effects=effects,
        preconditions=preconditions(live.state, changes, rests_on),
        unverified=found.unverified,
        unverified_requests=extra,
        ignored=found.ignored,
        requests=requests,
    )
    return Planned(course=course, requests=requests, diagnostics=found.diagnostics)


def _all_changes(pair: Pair, found: compare.Difference, *, host: str) -> tuple[Change, ...]:
    """Return the changes found and those needed to hold other declared fields, in catalogue order."""
    live = pair.live
    managed = compare.managed(pair.desired)
    more = tuple(
        replace(change, id=compare.change_id(host, live.id, change.field))
        for change in held(pair.desired, managed, live.state, found.changes)
    )
    both = compare.in_order((*found.changes, *more))
    return tuple(annotated(change, sis_course_id=live.sis_course_id) for change in both)


def plan_all(pairs: Sequence[Pair], *, host: str) -> tuple[list[CoursePlan], list[Request], list[Diagnostic]]:
    """Plan every course; return the plans, all their requests, and every problem."""
    courses: list[CoursePlan] = []
    requests: list[Request] = []
    diagnostics: list[Diagnostic] = []
    for pair in pairs:
        planned = plan_course(pair, host=host)
        diagnostics += planned.diagnostics
        requests += planned.requests
        if planned.course is not None:
            courses.append(planned.course)
    return courses, requests, diagnostics
