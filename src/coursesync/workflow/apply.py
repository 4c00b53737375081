"""From a plan to a report: what of it is carried out, every check before, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.errors import UsageProblem
from coursesync.model import CoursePlan, Plan, Report
from coursesync.progress import Progress, Silent
from coursesync.runs import Run
from coursesync.steps.report import totals
from coursesync.workflow.clock import Clock
from coursesync.workflow.guards import check_genuine, check_host, check_risk
from coursesync.workflow.journal import Journal, Offload, at_once
from coursesync.workflow.selection import EVERY_COURSE, Selection
from coursesync.workflow.sending import Applied, Stop, Work
from coursesync.workflow.waves import apply_courses


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a plan is carried out: courses, change ids (no `only` means all), risk, write-only."""

    selection: Selection = EVERY_COURSE
    only: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    allow: Risk = Risk.SAFE
    send_unverified: bool = False
    fail_fast: bool = False


def choose(plan: Plan, choice: Choice) -> tuple[tuple[CoursePlan, ...], frozenset[str]]:
    """Return the courses and the ids of changes that a choice takes out of a plan.

    Raises UsageProblem for ids the plan does not have, UnsafePlan for risks the choice does not allow.
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
    check_risk(courses, chosen, allow=choice.allow, unverified=choice.send_unverified)
    return courses, chosen


def ready(plan: Plan, *, url: str, choice: Choice) -> tuple[tuple[CoursePlan, ...], frozenset[str]]:
    """Return what would be carried out, after every check that needs no look at Canvas.

    Raises UnsafePlan for another Canvas or a risk not allowed, PlanFileError for a forged plan, UsageProblem
    for ids the plan does not have.
    """
    check_host(plan, url)
    check_genuine(plan, host=url)
    return choose(plan, choice)


async def apply_plan(
    plan: Plan,
    reader: Reader,
    run: Run,
    *,
    choice: Choice,
    stop: Stop,
    clock: Clock,
    progress: Progress | None = None,
    offload: Offload = at_once,
) -> Report:
    """Carry out a plan and return the report; every field in it was read back, or says why not.

    offload: how to wait for the disk. Raises PlanFileError, UnsafePlan or UsageProblem before anything is
    sent; what happens afterwards is in the report.
    """
    canvas = reader.canvas
    courses, chosen = ready(plan, url=canvas.url, choice=choice)
    work = Work(
        reader=reader,
        journal=Journal(run.write, offload),
        shown={request.id: request for request in plan.requests},
        chosen=chosen,
        send_unverified=choice.send_unverified,
        fail_fast=choice.fail_fast,
        stop=stop,
        sleep=clock.sleep,
        progress=progress or Silent(),
    )
    started, before = clock.stamp, canvas.writes
    active = [course for course in courses if _has_work(course, chosen, choice)]
    applied = await apply_courses(active, work)
    sent = canvas.writes - before
    report = _report(plan, run, applied, started=started, finished=clock.stamp, stop=stop, sent=sent)
    planned = {change.id for course in plan.courses for change in course.changes}
    return replace(report, whole=plan.whole and planned <= chosen)


def _has_work(course: CoursePlan, chosen: frozenset[str], choice: Choice) -> bool:
    return bool(course.changes) or (choice.send_unverified and not chosen.isdisjoint(course.carried))


def _report(
    plan: Plan,
    run: Run,
    applied: Sequence[Applied],
    *,
    started: str,
    finished: str,
    stop: Stop,
    sent: int,
) -> Report:
    outcomes = tuple(item.outcome for item in applied)
    return Report(
        run=run.id,
        plan_digest=plan.digest,
        canvas=plan.canvas,
        started_at=started,
        finished_at=finished,
        courses=outcomes,
        left_out=tuple(item for one in applied for item in one.left_out),
        totals=totals(outcomes),
        requests_sent=sent,
        interrupted=stop.interrupted,
        unavailable=stop.unavailable,
        errors=(stop.reason,) if stop.reason else (),
        source=plan.source,
    )
