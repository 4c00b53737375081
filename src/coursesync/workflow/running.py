"""Hold protections of running terms to the terms as they are now, not as they were when a plan was made."""

from __future__ import annotations

from dataclasses import replace

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Circumstance
from coursesync.model import CoursePlan, Plan
from coursesync.model.barriers import Barriers
from coursesync.steps.blocks import carried
from coursesync.workflow.choice import Choice, choose
from coursesync.workflow.clock import Clock
from coursesync.workflow.guards import broken_by, check_barriers
from coursesync.workflow.preflight import surroundings


async def check_terms(plan: Plan, choice: Choice, reader: Reader, clock: Clock) -> None:
    """Refuse what a protection forbids while the term runs, if it runs now.

    A plan tells how it was when it was made, and a term may have begun since. Asks nothing where no rule
    could hold. Raises UnsafePlan.
    """
    rules = tuple(rule for rule in choice.barriers.protections if rule.term_runs)
    if not rules:
        return
    courses, chosen = choose(plan, choice)
    part = carried(courses, chosen, unverified=choice.send_unverified)
    guarded = [course for course in part if broken_by(_unknown(course), rules)]
    if not guarded:
        return
    now = await surroundings(
        {course.id: (course, {Circumstance.TERM_RUNS}) for course in guarded}, reader, clock
    )
    asked = [replace(course, context=now.get(course.id)) for course in guarded]
    barriers = Barriers(limits=choice.barriers.limits, protections=rules)
    check_barriers(plan, asked, chosen, barriers, unverified=choice.send_unverified)


def _unknown(course: CoursePlan) -> CoursePlan:
    return replace(course, context=None)
