"""Hold protections to what is so now, not to what a plan says: how courses are called, which terms run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Circumstance
from coursesync.model import Address, CoursePlan, LiveCourse, Plan
from coursesync.model.barriers import Barriers, Protection
from coursesync.steps.blocks import carried
from coursesync.workflow.choice import Choice, choose
from coursesync.workflow.clock import Clock
from coursesync.workflow.guards import broken_by, check_barriers
from coursesync.workflow.preflight import surroundings

# The glob of a rule that is about every course.
_ANY = "*"
# Every answer about a course says how it is called.
_NAMES: frozenset[Address] = frozenset()


async def check_now(plan: Plan, choice: Choice, reader: Reader, clock: Clock, *, fresh: bool) -> None:
    """Refuse what a protection forbids by how courses are called in Canvas, and by the terms that run.

    A plan says both, but a term may have begun since, and whoever altered a plan may have called a course
    otherwise. fresh: whether nothing was sent yet; later a course may have its name from the plan itself.
    Asks nothing where no rule could hold. Raises UnsafePlan, or CanvasUnavailable.
    """
    timed = tuple(rule for rule in choice.barriers.protections if rule.term_runs)
    named = tuple(rule for rule in choice.barriers.protections if fresh and rule.courses != _ANY)
    if not timed and not named:
        return
    courses, chosen = choose(plan, choice)
    part = carried(courses, chosen, unverified=choice.send_unverified)
    part = await _as_called(part, named, reader) if named else part
    running = [course for course in part if broken_by(_unknown(course), timed)]
    now = await surroundings(
        {course.id: (course, {Circumstance.TERM_RUNS}) for course in running}, reader, clock
    )
    asked = [replace(course, context=now.get(course.id)) for course in part]
    barriers = Barriers(limits=choice.barriers.limits, protections=(*timed, *named))
    check_barriers(plan, asked, chosen, barriers, unverified=choice.send_unverified)


async def _as_called(
    part: Sequence[CoursePlan], rules: Sequence[Protection], reader: Reader
) -> tuple[CoursePlan, ...]:
    """Return courses by the names they have in Canvas, as far as a rule would hold if it were about them."""
    anywhere = [replace(rule, courses=_ANY) for rule in rules]
    guarded = [course.id for course in part if course.id > 0 and broken_by(_unknown(course), anywhere)]
    now = await reader.courses({str(number): _NAMES for number in guarded}) if guarded else {}
    return tuple(
        replace(course, name=live.name, sis_course_id=live.sis_course_id)
        if isinstance(live := now.get(str(course.id)), LiveCourse)
        else course
        for course in part
    )


def _unknown(course: CoursePlan) -> CoursePlan:
    return replace(course, context=None)
