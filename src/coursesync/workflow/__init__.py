"""The library API: string the steps together, from manifests to a plan, and from a plan to a report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from coursesync import __version__
from coursesync.canvas.client import Canvas
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk
from coursesync.catalogue.moments import format_instant
from coursesync.diagnostics import Diagnostic, problem
from coursesync.documents import sealed
from coursesync.errors import UsageProblem
from coursesync.manifest.select import declared_names, glob_match
from coursesync.model import (
    CanvasAddress,
    CoursePlan,
    DesiredCourse,
    LiveCourse,
    Plan,
    Report,
    Snapshot,
    State,
)
from coursesync.model import Source as Manifests
from coursesync.runs import Run
from coursesync.steps.plan import plan_document
from coursesync.steps.report import totals
from coursesync.workflow.applying import Applied, Stop, Work, apply_courses
from coursesync.workflow.guards import check_genuine, check_host, check_risk
from coursesync.workflow.planning import plan_all
from coursesync.workflow.reading import read_all
from coursesync.workflow.sources import LiveSource, SavedSource, Source

__all__ = [
    "Choice",
    "Clock",
    "LiveSource",
    "SavedSource",
    "Selection",
    "Stop",
    "apply_plan",
    "choose",
    "make_plan",
    "ready",
    "save_live",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the run sees it: the moment in UTC, and a way to wait (seconds)."""

    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]

    @property
    def today(self) -> date:
        """Return the date in UTC."""
        return self.now().date()

    @property
    def stamp(self) -> str:
        """Return the moment as documents write it."""
        return format_instant(self.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which courses to work on, by globs over id, SIS id and name; no target means every course."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, *names: str | int | None) -> bool:
        """Tell whether a course that goes by these names is selected."""
        known = [str(name) for name in names if name]
        known += [name.split(":", 1)[1] for name in known if ":" in name]
        return not glob_match(self.exclude, known) and (not self.target or glob_match(self.target, known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a plan is carried out: courses, change ids (no `only` means all), risk, write-only."""

    selection: Selection = Selection()
    only: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    allow: Risk = Risk.SAFE
    send_unverified: bool = False
    fail_fast: bool = False


async def make_plan(
    desired: Sequence[DesiredCourse],
    source: Source,
    *,
    url: str,
    manifests: Manifests,
    clock: Clock,
    selection: Selection = Selection(),
    problems: Sequence[Diagnostic] = (),
    parallelism: int = 4,
) -> Plan:
    """Read live state and return the sealed plan that would bring it to the desired one.

    url: the base URL of Canvas, which the plan is bound to. problems: what was found before, put into the
    plan. Raises CanvasUnavailable where nothing can be read at all.
    """
    possible = [course for course in desired if not _excluded(course, selection)]
    reading = await read_all(possible, source, parallelism=parallelism)
    pairs = [
        pair
        for pair in reading.pairs
        if selection.takes(*declared_names(pair.desired), *_live_names(pair.live))
    ]
    wanted = {course.id for course in possible if selection.takes(*declared_names(course))}
    wanted |= {pair.desired.id for pair in pairs}
    courses, requests, found = plan_all(pairs, host=url)
    diagnostics = [*problems, *(item for item in reading.diagnostics if item.course in wanted), *found]
    if desired and not wanted:
        diagnostics.append(_nothing_selected(selection))
    return sealed(
        plan_document(
            courses,
            requests,
            diagnostics,
            compared=len(pairs),
            reads=source.reads,
            canvas=CanvasAddress(url=url),
            source=manifests,
            version=__version__,
            created_at=clock.stamp,
        )
    )


def _nothing_selected(selection: Selection) -> Diagnostic:
    globs = ", ".join((*selection.target, *(f"not {glob}" for glob in selection.exclude)))
    return problem(
        "no-entry-selected",
        f"No course has an id, SIS id or name that fits: {globs}.",
        hint="Check --target and --exclude; globs match the whole name, case and all.",
    )


def _live_names(live: LiveCourse) -> tuple[str | int | None, ...]:
    return (live.id, live.sis_course_id, live.name)


def _excluded(course: DesiredCourse, selection: Selection) -> bool:
    return not replace(selection, target=()).takes(*declared_names(course))


async def save_live(
    desired: Sequence[DesiredCourse], source: Source, *, url: str, clock: Clock, parallelism: int = 4
) -> tuple[Snapshot, tuple[Diagnostic, ...]]:
    """Read every readable field of every course and return them as a snapshot, with the problems met."""
    reading = await read_all(desired, source, everything=True, parallelism=parallelism)
    courses = {pair.desired.id: pair.live for pair in reading.pairs}
    accounts = {live.account_id for live in courses.values()} | {
        live.root_account_id for live in courses.values()
    }
    told = {number: await source.account(number) for number in accounts if number is not None}
    snapshot = Snapshot(
        canvas=CanvasAddress(url=url),
        created_at=clock.stamp,
        courses={key: _with_account(live, told) for key, live in courses.items()},
        references=reading.references,
    )
    return snapshot, reading.diagnostics


def _with_account(live: LiveCourse, told: Mapping[int, State]) -> LiveCourse:
    account = dict(live.account)
    for row in FIELDS.values():
        if row.read and row.read.account_key:
            number = live.root_account_id if row.read.of_root else live.account_id
            values = told.get(number or 0, {})
            if row.read.account_key in values:
                account[row.read.account_key] = values[row.read.account_key]
    return replace(live, account=account)


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
    canvas: Canvas,
    run: Run,
    *,
    choice: Choice,
    stop: Stop,
    clock: Clock,
    parallelism: int = 4,
) -> Report:
    """Carry out a plan and return the report; every field in it was read back, or says why not.

    Raises PlanFileError, UnsafePlan or UsageProblem before anything is sent; what happens afterwards is in
    the report.
    """
    courses, chosen = ready(plan, url=canvas.url, choice=choice)
    work = Work(
        canvas=canvas,
        run=run,
        shown={request.id: request for request in plan.requests},
        chosen=chosen,
        send_unverified=choice.send_unverified,
        fail_fast=choice.fail_fast,
        stop=stop,
        sleep=clock.sleep,
    )
    started = clock.stamp
    active = [course for course in courses if _has_work(course, chosen, choice)]
    applied = await apply_courses(active, work, parallelism=parallelism)
    return _report(plan, run, applied, started=started, finished=clock.stamp, stop=stop)


def _has_work(course: CoursePlan, chosen: frozenset[str], choice: Choice) -> bool:
    return bool(course.changes) or (choice.send_unverified and not chosen.isdisjoint(course.carried))


def _report(
    plan: Plan, run: Run, applied: Sequence[Applied], *, started: str, finished: str, stop: Stop
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
        requests_sent=sum(item.sent for item in applied),
        interrupted=stop.interrupted,
        unavailable=stop.unavailable,
        errors=(stop.reason,) if stop.reason else (),
    )
