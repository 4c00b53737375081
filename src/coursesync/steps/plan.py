"""Put a plan together: one course from its pieces, and the document from its courses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Severity, ordered
from coursesync.model import (
    Base,
    CanvasAddress,
    Change,
    ChangeGroup,
    CoursePlan,
    DesiredCourse,
    DriftClass,
    Ignored,
    LiveCourse,
    Plan,
    PlanSummary,
    PolicyMatch,
    Precondition,
    Request,
    SideEffect,
    Source,
    Unverified,
)
from coursesync.model.upload import PlannedUpload, upload_in


def course_plan(
    desired: DesiredCourse,
    live: LiveCourse,
    *,
    changes: Sequence[Change],
    side_effects: Sequence[SideEffect],
    preconditions: Sequence[Precondition],
    unverified: Sequence[Unverified],
    unverified_requests: Sequence[Request],
    ignored: Sequence[Ignored],
    requests: Sequence[Request],
) -> CoursePlan:
    """Return the plan of one course; its requests are named by id."""
    return CoursePlan(
        id=live.id,
        name=live.name,
        workflow_state=live.workflow_state,
        declared_id=desired.id,
        sis_course_id=live.sis_course_id,
        changes=tuple(changes),
        side_effects=tuple(side_effects),
        preconditions=tuple(preconditions),
        unverified=tuple(unverified),
        unverified_requests=tuple(unverified_requests),
        ignored=tuple(ignored),
        requests=tuple(request.id for request in requests),
        account_id=live.account_id,
    )


def plan_document(
    courses: Sequence[CoursePlan],
    requests: Sequence[Request],
    diagnostics: Sequence[Diagnostic],
    *,
    compared: int,
    reads: int,
    canvas: CanvasAddress,
    source: Source,
    version: str,
    created_at: str,
    policies: Sequence[PolicyMatch] = (),
    apply_reads: int = 0,
    seconds: int | None = None,
    whole: bool = True,
    base: Base | None = None,
    undoes: str | None = None,
    preflight_reads: int = 0,
    environment: str | None = None,
    entries_elsewhere: int = 0,
    courses_missing: int = 0,
) -> Plan:
    """Return the plan of all courses, in the order of their ids, without its digest.

    requests: in the order to show them. compared: how many courses were looked at; only those with
    something to say are in `courses`. apply_reads, seconds: what carrying it out will cost, if that can be
    told. whole, base, undoes, environment: see Plan. The rest: see PlanSummary.
    """
    telling = sorted((course for course in courses if says_something(course)), key=lambda course: course.id)
    changing = [course for course in courses if course.changes]
    return Plan(
        coursesync_version=version,
        created_at=created_at,
        canvas=canvas,
        source=source,
        summary=PlanSummary(
            courses=compared,
            courses_to_change=len(changing),
            changes=sum(len(course.changes) for course in courses),
            requests=len(requests),
            reads=reads,
            apply_reads=apply_reads,
            seconds=seconds,
            classes=_classes(courses) if base else {},
            preflight_reads=preflight_reads,
            entries_elsewhere=entries_elsewhere,
            courses_missing=courses_missing,
        ),
        courses=tuple(telling),
        requests=tuple(requests),
        diagnostics=ordered(tuple(diagnostics)),
        errored=any(item.severity is Severity.ERROR for item in diagnostics),
        policies=tuple(policies),
        groups=grouped(telling),
        whole=whole,
        base=base,
        undoes=undoes,
        environment=environment,
        uploads=planned_uploads(telling, requests),
    )


def planned_uploads(courses: Sequence[CoursePlan], requests: Sequence[Request]) -> tuple[PlannedUpload, ...]:
    """Return the files that the changes of courses need in Canvas; requests: those that announce them."""
    announced = {
        number: request.id for request in requests if request.brings_file for number in request.changes
    }
    return tuple(
        PlannedUpload(
            course=course.id,
            change=change.id,
            request=announced[change.id],
            field=change.field,
            path=upload.file,
            name=upload.name,
            size=upload.size,
            content_type=upload.content_type,
            sha256=upload.sha256,
            folder=FIELDS[change.field].folder,
        )
        for course in courses
        for change in course.changes
        if (upload := upload_in(change.after)) and change.id in announced
    )


def _classes(courses: Sequence[CoursePlan]) -> Mapping[str, int]:
    found = Counter(change.class_ for course in courses for change in course.changes)
    return {class_.value: found[class_] for class_ in DriftClass if found[class_]}


def grouped(courses: Sequence[CoursePlan]) -> tuple[ChangeGroup, ...]:
    """Return the changes that are the same in two courses or more: the most frequent first."""
    same: dict[tuple[str, ...], list[tuple[CoursePlan, Change]]] = {}
    for course in courses:
        for change in course.changes:
            same.setdefault(_likeness(change), []).append((course, change))
    found = [
        ChangeGroup(
            field=first.field,
            action=first.action,
            before=first.before,
            after=first.after,
            after_known=first.after_known,
            risk=first.risk,
            courses=tuple(course.id for course, _ in members),
            changes=tuple(change.id for _, change in members),
        )
        for members in same.values()
        if len(members) > 1
        for _, first in members[:1]
    ]
    place = {address: number for number, address in enumerate(FIELDS)}
    return tuple(sorted(found, key=lambda group: (-len(group.courses), place[group.field], group.changes)))


def _likeness(change: Change) -> tuple[str, ...]:
    # As text, since True and 1 are equal in Python and different in Canvas.
    values = json.dumps([change.before, change.after, change.after_known], default=dict, sort_keys=True)
    return change.field, change.action.value, change.risk.value, change.class_ or "", values


def says_something(course: CoursePlan) -> bool:
    """Tell whether a course belongs into the document."""
    return bool(course.changes or course.unverified or course.ignored or course.released)


def flagged(extra: Sequence[SideEffect], usual: Sequence[SideEffect]) -> tuple[SideEffect, ...]:
    """Return the side effects that happen only if write-only fields are sent, marked as such."""
    known = {effect.field for effect in usual}
    return tuple(replace(effect, unverified=True) for effect in extra if effect.field not in known)


def risks(course: CoursePlan, *, changes: Sequence[Change], unverified: bool) -> tuple[Risk, ...]:
    """Return the risks above safe of these changes of a course, side effects included."""
    if not changes and not unverified:
        return ()
    effects = [effect for effect in course.side_effects if unverified or not effect.unverified]
    found = [change.risk for change in changes] + [effect.risk for effect in effects]
    return tuple(risk for risk in found if risk is not Risk.SAFE)
