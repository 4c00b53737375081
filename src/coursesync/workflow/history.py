"""Look over the runs of a project: how each of them stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from coursesync.errors import CourseSyncError, ExitCode
from coursesync.model import Plan, Report, Verdict
from coursesync.model.history import PastRun, RunState
from coursesync.runs import Past, Run, all_runs, read_past
from coursesync.steps.report import exit_code, totals
from coursesync.workflow.lock import holder_of
from coursesync.workflow.resume import kept_plan, kept_report


def history(root: Path, *, last: int) -> tuple[PastRun, ...]:
    """Return the last runs of a project, the newest first; nothing in their folders makes this fail."""
    holder = holder_of(root)
    running = holder.run if holder else ""
    found: list[PastRun] = []
    undone: dict[str, str] = {}
    for run in all_runs(root)[:last]:
        past = _past_run(run, under_way=run.id == running)
        # What puts a run back is younger than it.
        by = undone.get(run.id)
        found.append(replace(past, undone_by=by, next="" if by else past.next))
        if past.undoes and past.state is not RunState.EMPTY:
            undone.setdefault(past.undoes, run.id)
    return tuple(found)


def _past_run(run: Run, *, under_way: bool) -> PastRun:
    try:
        report = None if under_way else kept_report(run)
        if report is not None:
            return _ended(run, report)
        return _open(run, read_past(run.journal), under_way=under_way)
    except CourseSyncError as error:
        return PastRun(
            id=run.id, state=RunState.DAMAGED, why=error.message, next="coursesync plan", started=_named(run)
        )


def _ended(run: Run, report: Report) -> PastRun:
    if report.ended_early:
        state, to_do = RunState.INTERRUPTED, f"coursesync apply --resume {run.id}"
    elif exit_code(report) is ExitCode.DONE:
        state, to_do = RunState.FINISHED, f"coursesync undo {run.id}"
    else:
        state, to_do = RunState.WITH_FAILURES, "coursesync plan"
    counted = _verdicts(report.totals)
    return PastRun(
        id=run.id,
        state=state,
        started=report.started_at,
        canvas=report.canvas.url,
        courses=len(report.courses),
        changes=sum(counted.values()),
        verdicts=counted,
        undoes=report.undoes,
        next=to_do,
    )


def _open(run: Run, past: Past, *, under_way: bool) -> PastRun:
    """Return a run that has left no report."""
    started = past.started or _named(run)
    if not run.plan.exists() or past.choice is None:
        state = RunState.UNDER_WAY if under_way else RunState.EMPTY
        return PastRun(id=run.id, state=state, started=started)
    plan: Plan = kept_plan(run)
    counted = totals([settled.outcome for settled in past.concluded.values()])
    return PastRun(
        id=run.id,
        state=RunState.UNDER_WAY if under_way else RunState.UNFINISHED,
        started=started,
        canvas=plan.canvas.url,
        courses=plan.summary.courses_to_change,
        changes=plan.summary.changes,
        verdicts=_verdicts(counted),
        undoes=plan.undoes,
        next="" if under_way else f"coursesync apply --resume {run.id}",
    )


def _verdicts(totals: Mapping[str, int]) -> Mapping[str, int]:
    return {item.value: totals[item.value] for item in Verdict if totals.get(item.value)}


def _named(run: Run) -> str:
    """Return the moment that the name of a run says."""
    digits = run.id.partition("-")[0]
    if len(digits) != 16 or digits[8] != "T" or not digits.endswith("Z"):
        return ""
    day, time = digits[:8], digits[9:15]
    if not (day + time).isdigit():
        return ""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"
