"""Read what a plan needs: references, courses, account defaults, and Canvas's opinion of HTML texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import DELETED, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.html import fingerprint
from coursesync.diagnostics import Diagnostic, Severity, problem
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable, UsageProblem
from coursesync.model import Address, DesiredCourse, LiveCourse
from coursesync.steps.diff import account_keys, html_questions, localised, managed
from coursesync.workflow.sources import Source

SIS_PREFIX = "sis_course_id:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A course as desired, its references resolved and its instants in UTC, beside the same course live."""

    desired: DesiredCourse
    live: LiveCourse


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: the courses that could be compared, every problem, the ids found for references."""

    pairs: tuple[Pair, ...]
    diagnostics: tuple[Diagnostic, ...]
    references: dict[str, int]


def wanted(desired: DesiredCourse) -> frozenset[Address]:
    """Return the addresses to read for a course: those compared, and those they move or rest on."""
    addresses = set(managed(desired))
    for address in tuple(addresses):
        row = FIELDS[address]
        addresses |= {couple.field for couple in row.couples} | {needed.field for needed in row.requires}
    return frozenset(address for address in addresses if not _needs_undeclared_include(address, desired))


def _needs_undeclared_include(address: Address, desired: DesiredCourse) -> bool:
    """Tell whether reading this would add an include only for a side effect that cannot be without it."""
    read = FIELDS[address].read
    return address not in desired.state and read is not None and read.include is not None


async def read_all(
    desired: Sequence[DesiredCourse],
    source: Source,
    *,
    everything: bool = False,
    parallelism: int,
) -> Reading:
    """Read every course of the manifests, together with what its plan depends on.

    everything: read every field that can be read, not only the declared ones (for a snapshot).
    Problems of one course take that course out; CanvasUnavailable ends the run.
    """
    references, problems = await _references(desired, source)

    async def one(course: DesiredCourse) -> tuple[Pair | None, tuple[Diagnostic, ...]]:
        return await _course(course, source, references, everything=everything)

    results = await in_parallel(one, desired, at_once=parallelism)
    pairs, twins = _without_twins([pair for pair, _ in results if pair])
    found = (*problems, *(item for _, items in results for item in items), *twins)
    return Reading(pairs=pairs, diagnostics=found, references=references)


async def _references(
    desired: Sequence[DesiredCourse], source: Source
) -> tuple[dict[str, int], list[Diagnostic]]:
    """Resolve each distinct SIS reference once; one that fails is a problem wherever it is declared."""
    places = [
        (value, course, address)
        for course in desired
        for address, value in managed(course).items()
        if FIELDS[address].type.is_reference and isinstance(value, str)
    ]
    found: dict[str, int] = {}
    problems: list[Diagnostic] = []
    for text in dict.fromkeys(value for value, _, _ in places):
        try:
            found[text] = await source.reference(text)
        except CanvasUnavailable:
            raise
        except (CanvasError, UsageProblem) as error:
            problems += [
                problem(
                    "reference-not-found",
                    f"{address}: {text} leads nowhere. {error.message}",
                    at=course.origins[address][-1].position,
                    hint=error.hint or "Check the SIS id, and whether the token may see it.",
                    course=course.id,
                )
                for value, course, address in places
                if value == text
            ]
    return found, problems


async def _course(
    desired: DesiredCourse, source: Source, references: dict[str, int], *, everything: bool
) -> tuple[Pair | None, tuple[Diagnostic, ...]]:
    resolved = _resolved(desired, references)
    if resolved is None:
        return None, ()
    addresses = frozenset(FIELDS) if everything else wanted(desired)
    try:
        live, warnings = await _found(resolved, source, addresses)
        if live.workflow_state == DELETED and WORKFLOW_STATE.address not in desired.state:
            raise CanvasRefused("The course is deleted.", status=404)
        placed = localised(resolved, live)
        live, unchecked = await _completed(placed, live, source)
    except CanvasUnavailable:
        raise
    except (CanvasError, UsageProblem) as error:
        return None, (_unreadable(desired, error),)
    return Pair(desired=placed, live=live), (*warnings, *unchecked)


def _resolved(desired: DesiredCourse, references: dict[str, int]) -> DesiredCourse | None:
    state = dict(desired.state)
    for address, value in desired.state.items():
        if FIELDS[address].type.is_reference and isinstance(value, str):
            if value not in references:
                return None
            state[address] = references[value]
    return replace(desired, state=state)


async def _found(
    desired: DesiredCourse, source: Source, addresses: frozenset[Address]
) -> tuple[LiveCourse, tuple[Diagnostic, ...]]:
    """Read a course by its id, or, where that is unknown, by the SIS id it declares."""
    try:
        return await source.course(desired.id, addresses), ()
    except CanvasRefused as refused:
        declared = desired.state.get(SIS_COURSE_ID.address)
        other = f"{SIS_PREFIX}{declared}"
        if refused.status != 404 or not isinstance(declared, str) or other == desired.id:
            raise
        try:
            live = await source.course(other, addresses)
        except CanvasRefused:
            raise refused from None
    warning = problem(
        "course-id-outdated",
        f"No course has the id {desired.id}, but {other} is course {live.id}.",
        at=desired.position,
        hint=f"Write: id: {live.id}",
        course=desired.id,
    )
    return live, (warning,)


async def _completed(
    desired: DesiredCourse, live: LiveCourse, source: Source
) -> tuple[LiveCourse, tuple[Diagnostic, ...]]:
    """Add what the plan of this course depends on besides: account defaults and previews of HTML."""
    account = dict(live.account)
    for row in account_keys(desired):
        account_id = live.root_account_id if row.read and row.read.of_root else live.account_id
        if account_id is not None and row.read and row.read.account_key:
            told = await source.account(account_id)
            if row.read.account_key in told:
                account[row.read.account_key] = told[row.read.account_key]
    previews = dict(live.previews)
    unchecked: list[Diagnostic] = []
    for text in html_questions(desired, live):
        answer = await source.preview(live.id, text)
        if answer is None:
            unchecked.append(_unchecked(desired))
        else:
            previews[fingerprint(text)] = answer
    return replace(live, account=account, previews=previews), tuple(unchecked)


def _unchecked(desired: DesiredCourse) -> Diagnostic:
    return problem(
        "html-unchecked",
        "An HTML text differs from the saved one; Canvas could not be asked whether it means the same.",
        at=desired.position,
        course=desired.id,
    )


def _unreadable(desired: DesiredCourse, error: CanvasError | UsageProblem) -> Diagnostic:
    status = error.status if isinstance(error, CanvasRefused) else 0
    code, hint = _READING_PROBLEMS.get(status, ("course-unreadable", error.hint))
    if isinstance(error, UsageProblem):
        code, hint = "snapshot-incomplete", error.hint
    return problem(
        code,
        f"{desired.id}: {error.message}",
        at=desired.position,
        hint=hint,
        course=desired.id,
        severity=Severity.ERROR,
    )


_READING_PROBLEMS = {
    404: (
        "course-not-found",
        "Check the id. A deleted course is found only where workflow_state is declared.",
    ),
    401: ("course-unreadable", "Ask for the right to read the course, or use another token."),
    403: ("course-restricted", "Ask for the right to read the course, or use another token."),
}


def _without_twins(pairs: Sequence[Pair]) -> tuple[tuple[Pair, ...], tuple[Diagnostic, ...]]:
    """Take out entries that turned out to be one course; each is an error naming the other."""
    by_id: dict[int, list[Pair]] = {}
    for pair in pairs:
        by_id.setdefault(pair.live.id, []).append(pair)
    problems = [
        problem(
            "duplicate-course",
            f"{pair.desired.id} is course {number}, which is also declared as {other.desired.id}"
            f" at {other.desired.position}.",
            at=pair.desired.position,
            hint="Merge the two entries.",
            course=pair.desired.id,
        )
        for number, same in by_id.items()
        for pair in same
        for other in same
        if other is not pair
    ]
    return tuple(same[0] for same in by_id.values() if len(same) == 1), tuple(problems)
