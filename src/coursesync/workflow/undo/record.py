"""What a run did, as far as its folder tells: its report, else what journal and plan say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from coursesync.catalogue.types import Value
from coursesync.errors import CourseSyncError
from coursesync.model import (
    Address,
    Change,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    Plan,
    Report,
    SideEffect,
    Verdict,
)
from coursesync.runs import Attempt, Past, Run, read_past
from coursesync.steps.creation import bound
from coursesync.steps.report import totals
from coursesync.workflow.resume import Pending, pending, sound_report

_NOT_READ = "The run ended before it was read back; it counts as applied where Canvas holds it."


def told_by(run: Run) -> Report:
    """Return the report of a run; of one that was killed, what it may have done by its plan and journal.

    Raises UsageProblem or PlanFileError where the folder does not tell enough.
    """
    report = sound_report(run)
    if report is not None and not _went_on(run, report):
        return report
    found = pending(run)
    return found if isinstance(found, Report) else _rebuilt(found)


def _went_on(run: Run, report: Report) -> bool:
    """Tell whether a run was taken up again after it left this report, and left no other."""
    try:
        return report.ended_early and len(read_past(run.journal).resumed) > len(report.resumed)
    except CourseSyncError:
        return False


def _rebuilt(found: Pending) -> Report:
    past = found.past
    plan = bound(found.plan, past.created)
    by_id = {course.id: course for course in plan.courses}
    known = {number: item.outcome for number, item in past.concluded.items()}
    begun = {number for attempt in past.attempts for number in attempt.request.courses}
    under_way = {past.created.get(number, number) for number in begun} - known.keys()
    known |= {number: _supposed(by_id[number], past) for number in under_way}
    courses = tuple(known[course.id] for course in plan.courses if course.id in known)
    return _report(plan, found, courses)


def _report(plan: Plan, found: Pending, courses: Sequence[CourseOutcome]) -> Report:
    return Report(
        run=found.run.id,
        plan_digest=plan.digest,
        canvas=plan.canvas,
        started_at=found.past.started,
        finished_at="",
        courses=tuple(courses),
        left_out=(),
        totals=totals(courses),
        requests_sent=found.past.departed,
        errors=("The run was killed.",),
        source=plan.source,
        whole=False,
        resumed=found.past.resumed,
        undoes=plan.undoes,
        uploads=found.past.uploads,
        environment=plan.environment,
    )


def _supposed(course: CoursePlan, past: Past) -> CourseOutcome:
    """Return what a course became if everything that left came through."""
    attempts = [
        attempt for attempt in past.attempts_on(course.id) if attempt.left and not attempt.request.brings_file
    ]
    ids = {item.change: item.id for item in past.uploads if item.course == course.id}
    course = replace(
        course,
        changes=tuple(replace(item, expected=ids.get(item.id, item.expected)) for item in course.changes),
    )
    carried = {number for attempt in attempts for number in attempt.request.changes}
    before = {item.field: item.value for item in course.preconditions}
    return CourseOutcome(
        id=course.id,
        name=course.name,
        sis_course_id=course.sis_course_id,
        fields=tuple(_fields(course, carried, before, attempts)),
        error=_NOT_READ,
        account_id=course.account_id,
        created=course.create,
    )


def _fields(
    course: CoursePlan, carried: set[str], before: Mapping[Address, Value], attempts: Sequence[Attempt]
) -> Iterator[FieldOutcome]:
    for change in course.changes:
        if change.id in carried:
            yield _came_through(change, before)
    for item in course.unverified:
        if item.id in carried:
            yield FieldOutcome(
                change_id=item.id,
                field=item.field,
                verdict=Verdict.UNKNOWN,
                before=None,
                after=item.value,
                read=None,
            )
    for effect in course.side_effects if attempts else ():
        if effect.after_known:
            yield _happened(effect)


def _came_through(change: Change, before: Mapping[Address, Value]) -> FieldOutcome:
    return FieldOutcome(
        change_id=change.id,
        field=change.field,
        verdict=Verdict.APPLIED,
        before=before.get(change.field, change.before),
        after=change.after,
        read=change.after if change.expected is None else change.expected,
        message=_NOT_READ,
    )


def _happened(effect: SideEffect) -> FieldOutcome:
    return FieldOutcome(
        change_id=None,
        field=effect.field,
        verdict=Verdict.APPLIED,
        before=effect.before,
        after=effect.after,
        read=effect.after,
        message=_NOT_READ,
        side_effect=True,
    )
