"""The base that changes are classed by: every course as the manifests of a commit wanted it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.catalogue import FIELDS
from coursesync.manifest.resolve import Resolved
from coursesync.model import Base, Change, CoursePlan, Report, State, Verdict
from coursesync.steps.classify import Then, released, side
from coursesync.steps.diff import diff, managed
from coursesync.workflow.reading import Pair, read_all
from coursesync.workflow.selection import EVERY_ENTRY, Selection
from coursesync.workflow.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What manifests said at a base, before any course is known.

    kept: by course, what an apply did not get through and Canvas showed afterwards.
    """

    base: Base
    resolved: Resolved
    kept: Mapping[int, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The courses of the base beside Canvas now: each as it was wanted, by id, and the pairs."""

    courses: Mapping[int, Then]
    pairs: Mapping[int, Pair]


def not_applied(report: Report) -> Mapping[int, State]:
    """Return by course the fields that an apply did not get through, with what was read afterwards."""
    return {
        course.id: {
            item.field: item.read
            for item in course.fields
            if item.change_id and not item.side_effect and item.verdict not in _THROUGH
        }
        for course in report.courses
    }


_THROUGH = {Verdict.APPLIED, Verdict.NORMALISED, Verdict.SKIPPED, Verdict.UNVERIFIED}


async def read_past(against: Against | None, source: Source, selection: Selection, *, url: str) -> Past:
    """Hold Canvas against the manifests of the base too; what cannot be read is told of elsewhere.

    url: the base URL of Canvas.
    """
    if against is None:
        return Past(courses={}, pairs={})
    reading = await read_all(against.resolved, source, scope=EVERY_ENTRY, selection=selection)
    pairs = {pair.live.id: pair for pair in reading.pairs}
    courses = {
        number: Then(
            desired=pair.desired,
            live=pair.live,
            managed=managed(pair.desired),
            moved=frozenset(change.field for change in diff(pair.desired, pair.live, host=url).changes),
            kept=against.kept.get(number, {}),
        )
        for number, pair in pairs.items()
    }
    return Past(courses=courses, pairs=pairs)


def classed(courses: Sequence[CoursePlan], pairs: Sequence[Pair], past: Past) -> list[CoursePlan]:
    """Return the plans of courses with the side that moved on each change, and what is no longer managed."""
    if not past.pairs:
        return list(courses)
    known = {pair.live.id: pair for pair in pairs}
    return [_classed(course, known[course.id], past.courses.get(course.id)) for course in courses]


def _classed(course: CoursePlan, pair: Pair, then: Then | None) -> CoursePlan:
    return replace(
        course,
        changes=tuple(_with_side(change, pair, then) for change in course.changes),
        released=released(pair.desired, then),
    )


def _with_side(change: Change, pair: Pair, then: Then | None) -> Change:
    if FIELDS[change.field].same(change.before, change.after):
        # Sent only so that Canvas does not move it: it differs on no side.
        return change
    return replace(change, class_=side(change, pair.desired.state[change.field], pair.live, then).class_)
