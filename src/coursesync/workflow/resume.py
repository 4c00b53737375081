"""Take a run up again: what its folder says was to be done, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coursesync import disk
from coursesync.documents import load_plan, load_report
from coursesync.errors import CourseSyncError, PlanFileError, UsageProblem
from coursesync.model import Plan, Report
from coursesync.runs import Past, Run, read_past
from coursesync.steps.creation import bound
from coursesync.steps.encode import is_batch
from coursesync.workflow.choice import Choice, choice_in
from coursesync.workflow.guards import within

_NEW_PLAN = "A new plan starts from what Canvas holds now: coursesync plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A run that was not through: its plan, what of it was chosen, and what its journal tells."""

    run: Run
    plan: Plan
    choice: Choice
    past: Past


def pending(run: Run) -> Pending | Report:
    """Return what is left to do of a run, or its report where it was through.

    Mends a journal whose last line was cut off. Raises UsageProblem or PlanFileError where the record does
    not tell enough to go on safely.
    """
    report = sound_report(run)
    if report is not None and not report.ended_early:
        return report
    run.mend()
    past = read_past(run.journal)
    if not run.plan.exists() or past.choice is None:
        if past.attempts:
            raise UsageProblem(f"The plan of run {run.id} is gone.", hint=_NEW_PLAN)
        raise UsageProblem(
            f"Run {run.id} ended before it began, so nothing was sent.",
            hint="Apply again; there is nothing to take up.",
        )
    plan = kept_plan(run)
    try:
        choice = choice_in(past.choice)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageProblem(f"{run.journal} does not say what was to be done.", hint=_NEW_PLAN) from error
    _check_own(plan, past, run)
    return Pending(run=run, plan=plan, choice=choice, past=past)


def sound_report(run: Run) -> Report | None:
    """Return the report of a run, or None where it is not there or was damaged: the journal holds it too."""
    try:
        return kept_report(run)
    except CourseSyncError:
        return None


def kept_report(run: Run) -> Report | None:
    """Return the report a run has left, or None.

    Raises UsageProblem or PlanFileError where there is one that cannot be read.
    """
    if not run.kept_outcome.exists():
        return None
    return load_report(_text_in(run.kept_outcome), name=str(run.kept_outcome))


def kept_plan(run: Run) -> Plan:
    """Return the plan of a run. Raises UsageProblem or PlanFileError where it cannot be read or trusted."""
    return load_plan(_text_in(run.plan), name=str(run.plan))


def _text_in(path: Path) -> str:
    with disk.access(path, doing="read"):
        try:
            return path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise PlanFileError(f"{path} is no text, so it was damaged.") from error


def _check_own(plan: Plan, past: Past, run: Run) -> None:
    """Refuse a journal of requests that the plan does not have, or of courses it does not change."""
    both = [plan, bound(plan, past.created)]
    by_id = {course.id: course for one in both for course in one.courses}
    shown = [request for one in both for request in one.requests]
    shown += [item for course in by_id.values() for item in course.unverified_requests]
    calls = {request.path for request in shown if is_batch(request)}
    for attempt in past.attempts:
        request = attempt.request
        known = request.courses and all(course in by_id for course in request.courses)
        if not known or not (request.path in calls or within(request, shown)):
            raise UsageProblem(f"{run.journal} is not the journal of {run.plan}.", hint=_NEW_PLAN)
    foreign = [number for number in past.settled if number not in by_id]
    if foreign:
        raise UsageProblem(f"{run.journal} is not the journal of {run.plan}.", hint=_NEW_PLAN)
