"""One try under faults: what a command would have ended with, and whether all it said is true.

What is true is read from the columns that the sandbox stores and from its log, never through our own reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coursesync.catalogue.field import Risk
from coursesync.errors import CourseSyncError, ExitCode, strongest
from coursesync.model import CourseOutcome, FieldOutcome, Plan, Report, Request, Verdict
from coursesync.sandbox import LogEntry
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice
from tests.lab import URL
from tests.trust.fleet import MOMENTS, NOTED, Columns, FleetLab, differing, stored, stored_under

EVERYTHING = Choice(allow=Risk.DESTRUCTIVE, send_unverified=True)

# After so many failures in a row a request is given up, and what cannot be had by trying again ends the run.
_GIVEN_UP, _GIVEN_UP_THROTTLED = 5, 20
_AT_ONCE = frozenset({"expire", "redirect"})
_UNANSWERED = frozenset({"hang", "reset", "short"})

_AS_WANTED = frozenset({Verdict.APPLIED, Verdict.NORMALISED, Verdict.UNVERIFIED})
_AS_BEFORE = frozenset({Verdict.FAILED, Verdict.IGNORED, Verdict.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How `coursesync apply` ended: with what code, after which plan, and with a report unless it failed."""

    code: ExitCode
    plan: Plan | None = None
    report: Report | None = None
    error: CourseSyncError | None = None


def attempt(lab: FleetLab) -> Ended:
    """Plan and apply as the command does; anything raised that is not for users is raised here too."""
    plan = None
    try:
        plan = lab.plan()
        report = lab.apply(plan, choice=EVERYTHING)
    except CourseSyncError as error:
        return Ended(code=error.exit_code, plan=plan, error=error)
    return Ended(code=_code(report, plan), plan=plan, report=report)


def resumed(lab: FleetLab, ended: Ended) -> Ended:
    """Take the last run up again as the command does."""
    assert ended.plan is not None
    try:
        report = lab.resume()
    except CourseSyncError as error:
        return Ended(code=error.exit_code, plan=ended.plan, error=error)
    return Ended(code=_code(report, ended.plan), plan=ended.plan, report=report)


def _code(report: Report, plan: Plan) -> ExitCode:
    return strongest(exit_code(report), ExitCode.PARTIAL if plan.errored else ExitCode.DONE)


def check(
    lab: FleetLab, ended: Ended, *, before: Columns, goal: Columns, past: Sequence[LogEntry] = ()
) -> int:
    """Hold everything a try said and did against what is stored; return how many fields were checked.

    past: what the log held of an earlier life of the run.
    """
    log = lab.sandbox.log[len(past) :]
    after = stored(lab.sandbox)
    check_token(lab)
    check_sent(log, ended.plan)
    check_untouched(ended.report, before, after, goal)
    check_code(ended, log, after, goal, again=bool(past))
    if ended.report is None or ended.plan is None:
        return 0
    return check_verdicts(ended.plan, ended.report, before, after, goal)


def check_token(lab: FleetLab) -> None:
    """The token went to our Canvas, and nowhere else."""
    assert {left.origin for left in lab.left} <= {URL}
    assert {left.authorization for left in lab.left} <= {f"Bearer {lab.token}"}


def check_sent(log: Iterable[LogEntry], plan: Plan | None) -> None:
    """Every write that arrived stands in the plan, or is a part of one that does."""
    shown = (
        [] if plan is None else [*plan.requests, *(r for c in plan.courses for r in c.unverified_requests)]
    )
    for entry in log:
        if entry.method in {"PUT", "DELETE", "PATCH"}:
            assert any(_is_part(entry, request) for request in shown), (entry.path, entry.body)


def _is_part(entry: LogEntry, request: Request) -> bool:
    if (entry.method, entry.path) != (request.method, request.path):
        return False
    sent, allowed = dict(entry.body or {}), dict(request.body)
    if "course_ids" in allowed:
        return sent.pop("event") == allowed["event"] and set(sent["course_ids"]) <= set(allowed["course_ids"])
    return _below(sent, allowed)


def _below(sent: Any, allowed: Any) -> bool:
    if isinstance(sent, dict) and isinstance(allowed, dict):
        return all(key in allowed and _below(value, allowed[key]) for key, value in sent.items())
    return bool(sent == allowed)


def check_untouched(report: Report | None, before: Columns, after: Columns, goal: Columns) -> None:
    """Every column that moved belongs to a field the report tells of, and holds what a full apply leaves."""
    moved = differing(before, after)
    told: set[tuple[int, str]] = set()
    for course in report.courses if report else ():
        for item in course.fields:
            if item.verdict not in _AS_BEFORE | {Verdict.SKIPPED}:
                told |= {(course.id, column) for column in stored_under(item.field)}
    for number, column in moved:
        if column in NOTED:
            assert any((number, name) in moved for name in NOTED[column]), (number, column)
            continue
        assert (number, column) in told, f"{column} of {number} moved, and nobody said so"
        if (number, column) not in MOMENTS:
            assert after.get((number, column)) == goal.get((number, column)), (number, column)


def check_verdicts(plan: Plan, report: Report, before: Columns, after: Columns, goal: Columns) -> int:
    """Every field of the plan has one verdict, and is stored as it says."""
    outcomes = {course.id: course for course in report.courses}
    checked = 0
    for course in plan.courses:
        found = [item.change_id for item in outcomes[course.id].fields if item.change_id]
        assert sorted(found) == sorted(course.carried), (course.id, outcomes[course.id])
        for item in outcomes[course.id].fields:
            _check_field(outcomes[course.id], item, before, after, goal)
            checked += 1
    return checked


def _check_field(
    course: CourseOutcome, item: FieldOutcome, before: Columns, after: Columns, goal: Columns
) -> None:
    for column in stored_under(item.field):
        key = course.id, column
        started, now, wanted = before.get(key), after.get(key), goal.get(key)
        truth = f"{column} of {course.id}: {started!r} -> {now!r}, wanted {wanted!r}; {item}"
        if item.verdict in _AS_BEFORE:
            assert now == started, truth
        elif item.change_id is None and not item.side_effect:
            assert now != started, f"it is said to have moved: {truth}"
        elif item.side_effect:
            moved = item.verdict is not Verdict.SKIPPED and wanted != started
            assert (now != started) == moved or item.verdict is Verdict.UNKNOWN, truth
        elif key in MOMENTS:
            assert (now is None) == (wanted is None) or item.verdict not in _AS_WANTED, truth
        elif item.verdict in _AS_WANTED:
            assert now == wanted, truth
        else:
            assert now in (started, wanted), truth


def check_code(ended: Ended, log: Sequence[LogEntry], after: Columns, goal: Columns, *, again: bool) -> None:
    """The exit code follows from what happened, as the log and the store have it."""
    done = not {key for key in differing(after, goal) if key not in MOMENTS and key[1] not in NOTED}
    assert ended.code in {ExitCode.DONE, ExitCode.ERROR, ExitCode.PARTIAL, ExitCode.UNAVAILABLE}, ended
    if ended.code is ExitCode.DONE:
        assert done, "all is well, it says, and something is missing"
    if ended.code is ExitCode.UNAVAILABLE:
        assert is_lost(log), f"nothing that happened ends a run: {ended.error or ended.report}"
    if any(entry.fault is not None and entry.fault.what == "expire" for entry in log):
        assert ended.code is ExitCode.UNAVAILABLE, ended
    if not again and not any(entry.fault is not None and entry.fault.what != "lag" for entry in log):
        assert ended.code is ExitCode.DONE, ended
    if ended.report is not None and not done:
        assert ended.code is not ExitCode.DONE


def is_lost(log: Iterable[LogEntry]) -> bool:
    """Tell whether something happened that ends a run: a token refused, another host, a request in vain."""
    vain: dict[tuple[str, str, str], int] = {}
    for entry in log:
        fault, key = entry.fault, (entry.method, entry.path, repr(entry.query))
        if fault is not None and (fault.what in _AT_ONCE or (fault.what == "page" and entry.status == 200)):
            return True
        failed = fault is not None and (
            fault.what in _UNANSWERED or entry.status in {502, 503, 504, 429} or fault.what == "storm"
        )
        vain[key] = vain.get(key, 0) + 1 if failed else 0
        most = _GIVEN_UP_THROTTLED if fault is not None and fault.what == "storm" else _GIVEN_UP
        if vain[key] >= most:
            return True
    return False
