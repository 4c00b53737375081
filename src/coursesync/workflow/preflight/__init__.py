"""Look ahead before anything is written: what courses are in the middle of, and what Canvas would not take.

Nothing is asked that no change depends on. What accounts grant is not asked of their courses again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.field import Circumstance, Obstacle, Risk
from coursesync.diagnostics import Diagnostic
from coursesync.model import Context, CoursePlan, Request
from coursesync.model.barriers import Barriers, Protection
from coursesync.model.preflight import Asked, Finding
from coursesync.steps import context as contexts
from coursesync.steps.encode import is_batch
from coursesync.steps.foretell import refusals, warnings
from coursesync.steps.preflight import findings
from coursesync.workflow.clock import Clock
from coursesync.workflow.preflight.around import surroundings
from coursesync.workflow.preflight.questions import name_user, tell

__all__ = ["Halts", "Outlook", "Terms", "check_again", "foresee", "look_ahead", "surroundings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What was found before writing: the context of courses, what Canvas would not keep, and the user.

    clear: by course, what Canvas could have refused a value for and will not.
    """

    contexts: Mapping[int, Context]
    findings: tuple[Finding, ...]
    who: str
    clear: Mapping[int, frozenset[Obstacle]] = field(default_factory=dict)


async def look_ahead(
    asked: Sequence[Asked], reader: Reader, clock: Clock, *, rules: Sequence[Protection] = ()
) -> Outlook:
    """Return contexts and findings of the courses that have something to send.

    rules: protections, of which some hold only while the term of a course runs. Raises CanvasUnavailable;
    what Canvas does not tell this token is unknown, and never a finding.
    """
    asked = [one for one in asked if one.changes or one.written]
    if not asked:
        return Outlook(contexts={}, findings=(), who="")
    around = await surroundings(
        {
            one.course.id: (one.course, contexts.needs(one.changes) | _guarded(one.course, rules))
            for one in asked
        },
        reader,
        clock,
    )
    told = await tell(asked, around, reader.canvas)
    found = findings(asked, told)
    who = await name_user(reader.canvas) if found else ""
    return Outlook(contexts=around, findings=found, who=who, clear=told.clear)


def _guarded(course: CoursePlan, rules: Sequence[Protection]) -> frozenset[Circumstance]:
    """Return what must be known to tell whether a protection holds."""
    patterns = [rule.pattern for rule in rules if rule.term_runs]
    moving = {*course.carried.values(), *(effect.field for effect in course.side_effects)}
    guarded = any(matches(pattern, address) for pattern in patterns for address in moving)
    return frozenset({Circumstance.TERM_RUNS} if guarded else ())


async def foresee(
    courses: Sequence[CoursePlan],
    requests: Iterable[Request],
    reader: Reader | None,
    clock: Clock,
    barriers: Barriers,
) -> tuple[list[CoursePlan], tuple[Diagnostic, ...]]:
    """Return the courses of a plan with their contexts and the risks they make, and what to warn of.

    reader: None where nobody can be asked; risks are then the worst there may be.
    """
    if reader is None:
        return list(courses), ()
    shared = {number for one in requests if is_batch(one) for number in one.courses}
    asked = [
        Asked(course=course, changes=course.changes, together=course.id in shared)
        for course in courses
        if course.changes
    ]
    outlook = await look_ahead(asked, reader, clock, rules=barriers.protections)
    judged = [
        contexts.judged(course, outlook.contexts[course.id], clear=outlook.clear.get(course.id, ()))
        if course.id in outlook.contexts
        else course
        for course in courses
    ]
    return judged, warnings(outlook.findings, who=outlook.who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halts:
    """Courses of which nothing may be sent: those that Canvas would not take, and those that grew riskier."""

    refused: Mapping[int, str] = field(default_factory=dict)
    risen: Mapping[int, str] = field(default_factory=dict)


async def check_again(
    courses: Sequence[CoursePlan], chosen: Collection[str], reader: Reader, clock: Clock, *, terms: Terms
) -> Halts:
    """Ask afresh about what would be sent, just before it is. Raises CanvasUnavailable."""
    asked = [_chosen(course, chosen, terms) for course in courses]
    outlook = await look_ahead(asked, reader, clock)
    risen = {
        course.id: why
        for course in courses
        if contexts.rests_on_context(course, chosen)
        and (why := contexts.risen(course, chosen, outlook.contexts[course.id], allow=terms.allow))
    }
    return Halts(refused=refusals(outlook.findings, who=outlook.who), risen=risen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a plan is carried out: the risk allowed, write-only fields, events that go together."""

    allow: Risk
    send_unverified: bool
    shared: Collection[int]


def _chosen(course: CoursePlan, chosen: Collection[str], terms: Terms) -> Asked:
    written = [item for item in course.unverified if terms.send_unverified and item.id in chosen]
    return Asked(
        course=course,
        changes=tuple(change for change in course.changes if change.id in chosen),
        written=tuple((item.field, item.value) for item in written),
        together=course.id in terms.shared,
    )
