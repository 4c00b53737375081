"""From manifests to a comparison: where Canvas differs, which side moved, who moved it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync import __version__
from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import SIS_COURSE_ID
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Severity, ordered
from coursesync.model import (
    Address,
    CanvasAddress,
    Change,
    CourseDrift,
    DesiredCourse,
    Drift,
    DriftClass,
    FieldCoverage,
    FieldDrift,
    Finding,
    LiveCourse,
)
from coursesync.model import Source as Manifests
from coursesync.steps.classify import Side, Then, agreed, released, side
from coursesync.steps.diff import change_id, diff, managed
from coursesync.steps.rules import annotated
from coursesync.workflow.against import Against, Past, read_past
from coursesync.workflow.blame import Ask, blamed
from coursesync.workflow.clock import Clock
from coursesync.workflow.plan import Fleet, account_of, nothing_selected, policy_matches
from coursesync.workflow.reading import Pair, read_all
from coursesync.workflow.selection import EVERY_COURSE
from coursesync.workflow.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a comparison shall tell besides: by which base, who changed what (ask), what nobody manages."""

    against: Against | None = None
    ask: Ask | None = None
    coverage: bool = False


_DIFFERING = (DriftClass.CONFIG_CHANGED, DriftClass.LIVE_CHANGED, DriftClass.CONFLICT, DriftClass.DIFFERS)


async def find_drift(
    fleet: Fleet, source: Source, question: Question, *, url: str, manifests: Manifests, clock: Clock
) -> Drift:
    """Compare every course that is meant with Canvas; nothing is planned and nothing sent.

    url: the base URL of Canvas. Raises CanvasUnavailable where nothing can be read at all.
    """
    started, against = clock.stamp, question.against
    reading = await read_all(fleet.resolved, source, scope=fleet.scope, selection=fleet.selection)
    past = await read_past(against, source, fleet.selection, url=url)
    compared = [_compared(pair, past, question, host=url) for pair in reading.pairs]
    gone = _gone(fleet, reading.pairs, past) if against else []
    courses, unblamed = await blamed([course for course, _ in compared], question.ask)
    courses = [*courses, *(_unmade(pair, host=url, classed=against is not None) for pair in reading.new)]
    diagnostics = [*fleet.problems, *reading.diagnostics, *(item for _, found in compared for item in found)]
    if fleet.selection != EVERY_COURSE and not reading.selected:
        diagnostics.append(nothing_selected(fleet.selection))
    return Drift(
        coursesync_version=__version__,
        run=against.base.run if against else None,
        canvas=CanvasAddress(url=url, account=await account_of(fleet, reading, source)),
        started_at=started,
        base=against.base if against else None,
        source=manifests,
        courses=tuple(courses),
        released=tuple(gone),
        environment=fleet.environment,
        totals={
            **_totals(courses, gone, diagnostics),
            "entries_elsewhere": fleet.resolved.elsewhere,
            "courses_missing": reading.missing,
        },
        coverage=_coverage(courses) if question.coverage else (),
        accounts=await _names((*courses, *gone), source),
        blame=unblamed,
        policies=tuple(policy_matches(fleet, reading)),
        diagnostics=ordered(tuple(diagnostics)),
        errored=any(item.severity is Severity.ERROR for item in diagnostics),
        reads=source.reads,
        finished_at=clock.stamp,
    )


def _compared(
    pair: Pair, past: Past, question: Question, *, host: str
) -> tuple[CourseDrift, tuple[Diagnostic, ...]]:
    """Compare one course, and class what differs by the base."""
    desired, live = pair.desired, pair.live
    found, wanted, then = diff(desired, live, host=host), managed(desired), past.courses.get(pair.live.id)
    changes = [annotated(change, live.state, sis_course_id=live.sis_course_id) for change in found.changes]
    told = {change.field for change in changes} | {item.field for item in found.unverified}
    in_sync = [address for address in FIELDS if address in wanted.keys() & live.state.keys() - told]
    alike = dict(agreed(wanted, in_sync, then))
    fields = [
        _field(change, desired, _side(change, pair, then, classed=question.against is not None))
        for change in changes
    ]
    fields += [
        _agreed(change_id(host, live.id, address), desired, live, address, before=before)
        for address, before in alike.items()
    ]
    told_of = {item.field: item for item in fields}
    course = replace(
        _bare(desired, live),
        fields=tuple(told_of[address] for address in FIELDS if address in told_of),
        in_sync=tuple(address for address in in_sync if address not in alike),
        ignored=found.ignored,
        unverified=tuple(item.field for item in found.unverified),
        released=released(desired, then),
        unmanaged=_unmanaged(desired) if question.coverage else (),
    )
    return course, found.diagnostics


def _unmade(pair: Pair, *, host: str, classed: bool) -> CourseDrift:
    """Return what there is to say of a course that an entry creates and that does not exist."""
    desired, live, address = pair.desired, pair.live, SIS_COURSE_ID.address
    missing = FieldDrift(
        change_id=change_id(host, live.key, address),
        field=address,
        verdict=Finding.DRIFTED,
        class_=DriftClass.CONFIG_CHANGED if classed else DriftClass.DIFFERS,
        before=None,
        before_known=False,
        after=desired.state[address],
        after_known=True,
        read=None,
        origin=desired.origins.get(address, ()),
        message="The course does not exist; an apply would create it.",
    )
    return replace(_bare(desired, live), workflow_state="", fields=(missing,))


def _bare(desired: DesiredCourse, live: LiveCourse) -> CourseDrift:
    at = desired.position
    return CourseDrift(
        id=live.id,
        name=live.name,
        sis_course_id=live.sis_course_id,
        workflow_state=live.workflow_state,
        declared_id=desired.id,
        account_id=live.account_id,
        file=at.file,
        line=at.line,
        column=at.column,
    )


def _side(change: Change, pair: Pair, then: Then | None, *, classed: bool) -> Side:
    if not classed:
        return Side(class_=DriftClass.DIFFERS)
    return side(change, pair.desired.state[change.field], pair.live, then)


def _field(change: Change, desired: DesiredCourse, moved: Side) -> FieldDrift:
    return FieldDrift(
        change_id=change.id,
        field=change.field,
        verdict=Finding.DRIFTED,
        class_=moved.class_,
        before=moved.before,
        before_known=moved.before_known,
        after=change.after,
        after_known=change.after_known,
        read=change.before,
        risk=change.risk,
        origin=desired.origins.get(change.field, ()),
        parts=change.parts,
        notes=change.remarks,
        message=moved.message,
    )


def _agreed(
    number: str, desired: DesiredCourse, live: LiveCourse, address: Address, *, before: Value
) -> FieldDrift:
    return FieldDrift(
        change_id=number,
        field=address,
        verdict=Finding.AGREED,
        class_=DriftClass.BOTH,
        before=before,
        before_known=True,
        after=desired.state[address],
        after_known=True,
        read=live.state[address],
        origin=desired.origins.get(address, ()),
    )


def _unmanaged(desired: DesiredCourse) -> tuple[Address, ...]:
    return tuple(address for address, row in FIELDS.items() if row.diffable and address not in desired.state)


def _gone(fleet: Fleet, pairs: Sequence[Pair], past: Past) -> list[CourseDrift]:
    """Return the courses of the base that no manifest knows any more, where the run is about everything."""
    if not fleet.whole:
        return []
    known = {pair.live.id for pair in pairs}
    return [
        replace(_bare(pair.desired, pair.live), released=released(None, past.courses[number]))
        for number, pair in past.pairs.items()
        if number not in known
    ]


def _totals(
    courses: Sequence[CourseDrift], gone: Sequence[CourseDrift], diagnostics: Sequence[Diagnostic]
) -> Mapping[str, int]:
    """Count courses, fields by class, and the rest."""
    classes = Counter(item.class_ for course in courses for item in course.fields)
    drifted = [course for course in courses if differing(course)]
    return {
        "courses": len(courses),
        "courses_in_sync": len(courses) - len(drifted),
        "courses_drifted": len(drifted),
        "fields": sum(classes[class_] for class_ in _DIFFERING),
        **{class_.value: classes[class_] for class_ in DriftClass},
        "in_sync": sum(len(course.in_sync) for course in courses),
        "ignored": sum(len(course.ignored) for course in courses),
        "unverified": sum(len(course.unverified) for course in courses),
        "released": sum(len(course.released) for course in (*courses, *gone)),
        "unmanaged": sum(len(course.unmanaged) for course in courses),
        "errors": sum(item.severity is Severity.ERROR for item in diagnostics),
    }


def differing(course: CourseDrift) -> bool:
    """Tell whether Canvas differs from what is declared of a course."""
    return any(item.verdict is Finding.DRIFTED for item in course.fields)


def _coverage(courses: Sequence[CourseDrift]) -> tuple[FieldCoverage, ...]:
    """Count by field the courses in which it is managed, ignored, and neither."""
    left = Counter(item.field for course in courses for item in course.ignored)
    free = Counter(address for course in courses for address in course.unmanaged)
    return tuple(
        FieldCoverage(
            field=address,
            managed=len(courses) - left[address] - free[address],
            ignored=left[address],
            unmanaged=free[address],
        )
        for address, row in FIELDS.items()
        if row.diffable
    )


async def _names(courses: Sequence[CourseDrift], source: Source) -> Mapping[str, str]:
    """Return the names of the accounts of courses, as far as the token may see them."""
    numbers = sorted({course.account_id for course in courses if course.account_id is not None})
    accounts = await in_parallel(source.account, numbers)
    names = {str(number): told.get("name") for number, told in zip(numbers, accounts, strict=True)}
    return {number: name for number, name in names.items() if isinstance(name, str)}
