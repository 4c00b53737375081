"""From a plan to a report: what of it is carried out, every check before, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.bulk import Reader
from coursesync.documents import dump_plan, dump_report
from coursesync.errors import CanvasUnavailable, UsageProblem
from coursesync.model import CoursePlan, Plan, Report, Settled
from coursesync.model.upload import Uploaded
from coursesync.progress import Progress, Silent
from coursesync.runs import Past, Run, beginning, lines, resumption
from coursesync.steps.creation import bound
from coursesync.steps.encode import is_batch
from coursesync.steps.report import totals
from coursesync.workflow.choice import Choice, choice_json, choose, ready
from coursesync.workflow.clock import Clock
from coursesync.workflow.journal import Journal, Offload, at_once
from coursesync.workflow.making import make_courses
from coursesync.workflow.preflight import Halts, Terms, check_again
from coursesync.workflow.resume import Pending
from coursesync.workflow.running import check_now
from coursesync.workflow.uploads import Content, no_content
from coursesync.workflow.waves import apply_courses
from coursesync.workflow.work import Stop, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What carrying out takes: Canvas, the record, what may stop it, time, and how to wait for the disk."""

    reader: Reader
    run: Run
    stop: Stop
    clock: Clock
    progress: Progress
    offload: Offload
    content: Content


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
    content: Content = no_content,
) -> Report:
    """Carry out a plan and return the report; every field in it was read back, or says why not.

    run: keeps plan, journal and report. offload: how to wait for the disk. content: reads a file of the
    project by its path, for those that are uploaded. Raises PlanFileError, UnsafePlan
    or UsageProblem before anything is sent; what happens afterwards is in the report.
    """
    ready(plan, url=reader.canvas.url, choice=choice)
    await check_now(plan, choice, reader, clock, fresh=True)
    means = Means(
        reader=reader,
        run=run,
        stop=stop,
        clock=clock,
        progress=progress or Silent(),
        offload=offload,
        content=content,
    )
    # In this order, so that a plan that is there can be taken up again.
    past = Past(started=clock.stamp)
    run.write(lines(beginning(choice_json(choice)), at=past.started))
    run.save_plan(dump_plan(plan))
    return await _carry_out(plan, choice, past, means)


async def resume_run(
    pending: Pending,
    reader: Reader,
    *,
    stop: Stop,
    clock: Clock,
    progress: Progress | None = None,
    offload: Offload = at_once,
    content: Content = no_content,
) -> Report:
    """Carry out what a run did not get to, and return the report of the whole run.

    Raises PlanFileError, UnsafePlan or UsageProblem before anything is sent, as `apply_plan` does.
    """
    ready(pending.plan, url=reader.canvas.url, choice=pending.choice)
    await check_now(pending.plan, pending.choice, reader, clock, fresh=False)
    means = Means(
        reader=reader,
        run=pending.run,
        stop=stop,
        clock=clock,
        progress=progress or Silent(),
        offload=offload,
        content=content,
    )
    now = clock.stamp
    pending.run.write(lines(resumption(), at=now))
    past = replace(pending.past, resumed=(*pending.past.resumed, now))
    return await _carry_out(pending.plan, pending.choice, past, means)


async def _carry_out(plan: Plan, choice: Choice, past: Past, means: Means) -> Report:
    """Carry out the courses that the past has not concluded, and keep the report of all."""
    plan = bound(plan, past.created)
    courses, chosen = choose(plan, choice)
    journal = Journal(means.run.write, means.offload, means.clock)
    work = Work(
        reader=means.reader,
        journal=journal,
        shown={request.id: request for request in plan.requests},
        chosen=chosen,
        send_unverified=choice.send_unverified,
        fail_fast=choice.fail_fast,
        content=means.content,
        stop=means.stop,
        sleep=means.clock.sleep,
        progress=means.progress,
        past=past,
    )
    active = [course for course in courses if _has_work(course, chosen, choice)]
    done = dict(past.concluded)
    rest = [course for course in active if course.id not in done]
    work = replace(work, halts=await _halts(rest, work, choice, means.clock))
    made = await make_courses(rest, work)
    done |= {item.outcome.id: item for item in made.settled}
    plan = bound(plan, made.numbers)
    work = replace(work, shown={request.id: request for request in plan.requests})
    active = _renamed(active, plan, made.numbers)
    rest = [course for course in active if course.id not in done]
    done |= {item.outcome.id: item for item in await apply_courses(rest, work)}
    planned = {change.id for course in plan.courses for change in course.changes}
    report = _report(
        plan,
        means,
        [done[course.id] for course in active],
        past=past,
        sent=past.departed + journal.departed,
        uploads=(*past.uploads, *work.uploads),
        whole=plan.whole and planned <= chosen,
    )
    return _kept(report, means.run)


def _renamed(courses: Sequence[CoursePlan], plan: Plan, numbers: Mapping[int, int]) -> list[CoursePlan]:
    """Return the same courses as they are in a plan in which new ones have their ids."""
    by_id = {course.id: course for course in plan.courses}
    return [by_id[numbers.get(course.id, course.id)] for course in courses]


async def _halts(courses: Sequence[CoursePlan], work: Work, choice: Choice, clock: Clock) -> Halts:
    """Ask what may not be sent after all; a Canvas that is lost stops the run before its first write."""
    shared = frozenset(number for one in work.shown.values() if is_batch(one) for number in one.courses)
    terms = Terms(allow=choice.allow, send_unverified=choice.send_unverified, shared=shared)
    try:
        return await check_again(courses, work.chosen, work.reader, clock, terms=terms)
    except CanvasUnavailable as error:
        work.stop.set(error.message, unavailable=True)
        return Halts()


def _has_work(course: CoursePlan, chosen: frozenset[str], choice: Choice) -> bool:
    return bool(course.changes) or (choice.send_unverified and not chosen.isdisjoint(course.carried))


def _report(
    plan: Plan,
    means: Means,
    settled: Sequence[Settled],
    *,
    past: Past,
    sent: int,
    whole: bool,
    uploads: Sequence[Uploaded],
) -> Report:
    outcomes = tuple(item.outcome for item in settled)
    stop = means.stop
    return Report(
        run=means.run.id,
        plan_digest=plan.digest,
        canvas=plan.canvas,
        started_at=past.started,
        finished_at=means.clock.stamp,
        courses=outcomes,
        left_out=tuple(item for one in settled for item in one.left_out),
        totals=totals(outcomes),
        requests_sent=sent,
        interrupted=stop.interrupted,
        unavailable=stop.unavailable,
        errors=(stop.reason,) if stop.reason else (),
        source=plan.source,
        # What an undo leaves is what no manifest says, so that nothing can be told from it as a base.
        whole=whole and plan.undoes is None,
        resumed=past.resumed,
        undoes=plan.undoes,
        environment=plan.environment,
        uploads=tuple(uploads),
    )


def _kept(report: Report, run: Run) -> Report:
    """Keep the report; a disk that refuses ends the run, not the report."""
    try:
        run.outcome(dump_report(report))
    except UsageProblem as error:
        return replace(report, errors=(*report.errors, error.message))
    return report
