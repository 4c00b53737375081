"""What is the same in many courses, so that a page says it once; documents in, small groups out."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic
from coursesync.model import (
    Address,
    Change,
    CourseDrift,
    Drift,
    FieldDrift,
    FieldOutcome,
    Finding,
    LeftOut,
    Plan,
    Report,
    Request,
    SideEffect,
    Verdict,
)

# Fewer courses than this are easier to read one by one.
LEAST = 3

T = TypeVar("T")
Likeness = Callable[[T], Hashable]
Moving = Change | SideEffect
Result = FieldOutcome | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Generic[T]):
    """One thing in several courses.

    courses: their places in the document. items: the thing in each of them, in that order. varied: whether
    the values differ from course to course.
    """

    courses: tuple[int, ...]
    items: tuple[T, ...]
    varied: bool = False

    @property
    def first(self) -> T:
        """Return the thing as it is in the first course."""
        return self.items[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Generic[T]):
    """Groups over the very same courses."""

    courses: tuple[int, ...]
    groups: tuple[Group[T], ...]

    @property
    def items(self) -> tuple[T, ...]:
        """Return of each group the thing as it is in the first course."""
        return tuple(group.first for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Generic[T]):
    """What many courses share, in blocks, the largest first; and for each course what is its own."""

    blocks: tuple[Block[T], ...]
    own: tuple[tuple[T, ...], ...]


def of_plan(plan: Plan) -> Split[Moving]:
    """Split the changes and side effects of a plan; a side effect may be shared although values differ."""
    known = {change: number for number, group in enumerate(plan.groups) for change in group.changes}

    def same(item: Moving) -> Hashable:
        if isinstance(item, Change):
            return known.get(item.id)
        return (*_of_effect(item), _exact(item.before), _exact(item.after))

    def alike(item: Moving) -> Hashable:
        return None if isinstance(item, Change) else _of_effect(item)

    return split([(*course.changes, *course.side_effects) for course in plan.courses], same, alike)


def _of_effect(item: SideEffect) -> tuple[Hashable, ...]:
    return item.field, item.after_known, item.risk, item.reason, item.unverified


def of_report(report: Report) -> Split[Result]:
    """Split the outcomes of a report, and the errors of its courses, which are plain text.

    What went wrong the same way is shared although values differ; what went well only where they do not.
    """
    items = [(*course.fields, *([course.error] if course.error else ())) for course in report.courses]
    return split(items, _same_result, _alike_result)


def _same_result(item: Result) -> Hashable:
    if isinstance(item, str):
        return item
    values = (_exact(item.before), _exact(item.after), _exact(item.read))
    return (item.field, item.verdict, item.message, item.side_effect, *values)


def _alike_result(item: Result) -> Hashable:
    if isinstance(item, str) or item.verdict in _READS_MATTER:
        return None
    return None if _done(item) else (item.field, item.verdict, item.message, item.side_effect)


# Of these the value read back is the news, so courses where it differs are better shown apart.
_READS_MATTER = {Verdict.NORMALISED, Verdict.ALTERED}


def _done(item: FieldOutcome) -> bool:
    return item.verdict.good and item.verdict is not Verdict.SKIPPED and not item.side_effect


def is_bad(item: Result) -> bool:
    """Tell whether somebody needs to look at an outcome, or at the error that ended a course."""
    return isinstance(item, str) or not item.verdict.good


def of_drift(drift: Drift) -> Split[FieldDrift]:
    """Split the fields of a comparison that differ; shared too where only what Canvas shows differs."""
    return split([differing(course) for course in drift.courses], _same_drift, _alike_drift)


def differing(course: CourseDrift) -> tuple[FieldDrift, ...]:
    """Return the fields of a course that differ."""
    return tuple(item for item in course.fields if item.verdict is Finding.DRIFTED)


def agreed(course: CourseDrift) -> tuple[FieldDrift, ...]:
    """Return the fields of a course that git and Canvas moved to the same value."""
    return tuple(item for item in course.fields if item.verdict is Finding.AGREED)


def _same_drift(item: FieldDrift) -> Hashable:
    base = (item.before_known, _exact(item.before))
    return (*_of_drift(item), _exact(item.read), base)


def _alike_drift(item: FieldDrift) -> Hashable:
    return _of_drift(item)


def _of_drift(item: FieldDrift) -> tuple[Hashable, ...]:
    return item.field, item.class_, item.after_known, _exact(item.after), item.risk, item.message


def covered(course: CourseDrift) -> tuple[tuple[Address, ...], tuple[Address, ...], tuple[Address, ...]]:
    """Return the fields of a course that are managed, ignored, and neither, in the order of the catalogue."""
    managed = {*(item.field for item in course.fields), *course.in_sync, *course.unverified}
    ignored = {item.field for item in course.ignored}
    return _in_order(managed - ignored), _in_order(ignored), _in_order(course.unmanaged)


def _in_order(addresses: Iterable[Address]) -> tuple[Address, ...]:
    place = {address: number for number, address in enumerate(FIELDS)}
    return tuple(sorted(addresses, key=lambda address: (place.get(address, len(place)), address)))


def split(courses: Sequence[Sequence[T]], *likenesses: Likeness[T]) -> Split[T]:
    """Split the items of courses into those that LEAST courses or more share, and the others.

    likenesses: what makes two items the same, the strictest first, None where an item is like no other. What
    the first one leaves, the next may gather, as groups whose values vary.
    """
    left, groups = courses, list[Group[T]]()
    for step, likeness in enumerate(likenesses):
        found, left = _gathered(left, likeness, varied=step > 0)
        groups += found
    together: dict[tuple[int, ...], list[Group[T]]] = {}
    for group in groups:
        together.setdefault(group.courses, []).append(group)
    blocks = [Block(courses=numbers, groups=tuple(found)) for numbers, found in together.items()]
    return Split(
        blocks=tuple(sorted(blocks, key=lambda block: -len(block.courses))), own=tuple(map(tuple, left))
    )


def _gathered(
    courses: Sequence[Sequence[T]], likeness: Likeness[T], *, varied: bool
) -> tuple[list[Group[T]], list[list[T]]]:
    same: dict[Hashable, dict[int, int]] = {}
    keys = [[likeness(item) for item in items] for items in courses]
    for number, mine in enumerate(keys):
        for place, key in enumerate(mine):
            if key is not None:
                same.setdefault(key, {}).setdefault(number, place)
    many = {key: places for key, places in same.items() if len(places) >= LEAST}
    own = [
        [
            item
            for place, (key, item) in enumerate(zip(keys[number], items, strict=True))
            if key not in many or many[key][number] != place
        ]
        for number, items in enumerate(courses)
    ]
    groups = [
        Group(
            courses=tuple(places),
            items=tuple(courses[number][place] for number, place in places.items()),
            varied=varied,
        )
        for places in many.values()
    ]
    return groups, own


def runs(items: Iterable[T], likeness: Likeness[T]) -> list[tuple[T, ...]]:
    """Return items in their order, LEAST or more of a kind together where the first of them stands."""
    kinds: dict[Hashable, list[T]] = {}
    keyed = [(likeness(item), item) for item in items]
    for key, item in keyed:
        kinds.setdefault(key, []).append(item)
    found: list[tuple[T, ...]] = []
    for key, item in keyed:
        if key is None or 0 < len(kinds[key]) < LEAST:
            found.append((item,))
        elif kinds[key]:
            found.append(tuple(kinds[key]))
            kinds[key] = []
    return found


def alike_diagnostics(items: Iterable[Diagnostic]) -> list[tuple[Diagnostic, ...]]:
    """Gather the diagnostics that say the same of several courses at one place."""
    return runs(items, _said_of_any)


def _said_of_any(item: Diagnostic) -> Hashable:
    if not item.course:
        return None
    bare = item.course.partition(":")[2] or item.course
    detail, hint = (_without(_without(text, item.course), bare) for text in (item.detail, item.hint))
    return item.severity, item.code, item.summary, detail, hint, item.position


def _without(text: str, name: str) -> str:
    """Replace a name, where it stands as a word, by the same for every name."""
    said, *others = text.split(name)
    for part in others:
        inside = said[-1:].isalnum() or part[:1].isalnum()
        said += (name if inside else "\0") + part
    return said


def alike_left_out(items: Iterable[LeftOut]) -> list[tuple[LeftOut, ...]]:
    """Gather what was left out of many courses for one reason."""
    return runs(items, lambda item: (item.field, item.reason))


def alike_requests(items: Iterable[Request]) -> list[tuple[Request, ...]]:
    """Gather the requests for one course that differ only in that course."""
    return runs(items, _sent_for_any)


def _sent_for_any(item: Request) -> Hashable:
    return (item.method, any_course(item), _exact(item.body)) if len(item.courses) == 1 else None


def any_course(request: Request) -> str:
    """Return the path of a request for one course, with `{id}` in place of its number."""
    number = str(request.courses[0])
    return "/".join("{id}" if part == number else part for part in request.path.split("/"))


def body_lines(request: Request) -> str:
    """Return what a request holds, and what follows it where it announces a file."""
    body = json.dumps(request.body, indent=2, ensure_ascii=False)
    return f"{body}\n{_THEN}" if request.brings_file else body


# Where that is only its answer says; the token does not go there.
_THEN = "then the file itself, to where Canvas answers that it goes"


def _exact(value: Value) -> Hashable:
    # With the type, since True and 1 are equal in Python and different in Canvas.
    if value is None or isinstance(value, (str, int, float)):
        return type(value), value
    return json.dumps(value, sort_keys=True, default=dict)
