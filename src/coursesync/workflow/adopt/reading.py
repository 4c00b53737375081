"""Find the courses to adopt and read them: by list and in bulk, without those the project declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.bulk import SIS_PREFIX, Reader, ids_of
from coursesync.canvas.terms import read_term
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import ACCOUNT, DELETED, SIS_COURSE_ID, TERM
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.types import Invalid, Literal, Value
from coursesync.diagnostics import Diagnostic, Position, Severity, problem
from coursesync.errors import CanvasRefused, CourseSyncError, UsageProblem
from coursesync.manifest.resolve import Resolved
from coursesync.manifest.values import course_id
from coursesync.model import Address, LiveCourse, Policy, Selector
from coursesync.workflow.adopt.values import Spellings
from coursesync.workflow.plan import nothing_selected
from coursesync.workflow.policies import Match, names
from coursesync.workflow.selection import EVERY_COURSE, Selection
from coursesync.workflow.sources import LiveSource
from coursesync.workflow.unreadable import unreadable

# Up to so many courses a request for each costs little, and tells the settings too that bulk reads do not.
_ONE_BY_ONE = 20
_NOWHERE = Position(file="")

_READABLE = {address: row.read for address, row in FIELDS.items() if row.read}
_HEAD = frozenset(address for address, read in _READABLE.items() if read.endpoint is Endpoint.COURSE)
IN_BULK = _HEAD | {address for address, read in _READABLE.items() if read.graphql_name}
EVERY_FIELD = frozenset(_READABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which courses are wanted: those of an account, of one of its terms, or some by their ids.

    account, term: a Canvas id, or a SIS id with its prefix.
    """

    account: str | None = None
    term: str | None = None
    ids: tuple[str, ...] = ()
    selection: Selection = EVERY_COURSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The courses that are new, with their fields, and what kept others away.

    skipped: how many the project declares already. spellings: how an account and a term were named. terms:
    names of terms that were read on the way.
    """

    courses: tuple[LiveCourse, ...]
    skipped: int
    spellings: Spellings
    terms: Mapping[int, str]
    diagnostics: tuple[Diagnostic, ...]


async def find_courses(wanted: Wanted, reader: Reader, source: LiveSource, known: Resolved) -> Found:
    """Read every wanted course that the project does not declare, and is not deleted.

    Raises UsageProblem where the account, the term or an id is none, or the token may not list the account.
    """
    _check(wanted)
    place = await _place(wanted, reader, source)
    declared = await _declared(known, source)
    heads, unread = await _heads(wanted, source, declared, place)
    fitting = [live for live in heads if wanted.selection.takes(*names(live))]
    fresh = [live for live in fitting if declared.isdisjoint(ids_of(live))]
    read = await _fields(fresh, source)
    courses = [live for live in read.values() if isinstance(live, LiveCourse)]
    failed = [_unreadable(key, live) for key, live in read.items() if not isinstance(live, LiveCourse)]
    return Found(
        courses=tuple(courses),
        skipped=len(fitting) - len(fresh) + len(declared.intersection(wanted.ids)),
        spellings=place.spellings,
        terms=place.terms,
        diagnostics=(*unread, *failed, *_untold(courses), *_unselected(wanted, heads, fitting)),
    )


def _check(wanted: Wanted) -> None:
    if (wanted.account is None) == (not wanted.ids):
        raise UsageProblem(
            "Name the courses by an account or by their ids, one of the two.",
            hint="coursesync import --account 1 --term sis_term_id:2026FA, or coursesync import 4123",
        )
    if wanted.term is not None and wanted.account is None:
        raise UsageProblem("--term narrows an account down.", hint="Give --account too.")
    try:
        for row, text in ((ACCOUNT, wanted.account), (TERM, wanted.term)):
            if text is not None:
                row.type.parse(Literal(text=text))
        for text in wanted.ids:
            course_id(Literal(text=text))
    except Invalid as invalid:
        raise UsageProblem(invalid.flaws[0].message, hint=invalid.flaws[0].hint) from invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The account and the term of the wish, looked up."""

    spellings: Spellings
    terms: Mapping[int, str]
    term: int | None = None


async def _place(wanted: Wanted, reader: Reader, source: LiveSource) -> _Place:
    spellings: dict[tuple[Address, Value], str] = {}
    if wanted.account and not wanted.account.isdigit():
        try:
            spellings[ACCOUNT.address, await source.reference(wanted.account)] = wanted.account
        except CanvasRefused as error:
            raise _not_found(error, f"account {wanted.account}") from error
    if wanted.term is None:
        return _Place(spellings=spellings, terms={})
    try:
        term, name = await read_term(reader.canvas, wanted.term)
    except CanvasRefused as error:
        if error.not_found or not wanted.term.isdigit():
            raise _not_found(error, f"term {wanted.term}") from error
        # Who looks after a sub-account may list the courses of a term, and not see the term itself.
        return _Place(spellings=spellings, terms={}, term=int(wanted.term))
    if not wanted.term.isdigit():
        spellings[TERM.address, term] = wanted.term
    return _Place(spellings=spellings, terms={term: name}, term=term)


def _not_found(error: CanvasRefused, what: str) -> UsageProblem:
    if error.not_found:
        return UsageProblem(
            f"This Canvas has no {what} that the token may see.",
            hint="Check the id, or look it up in the address of its page in Canvas.",
        )
    return UsageProblem(
        f"The token may not read {what}: {error.message}",
        hint="Use the token of an administrator of the account, or name courses by their ids.",
    )


async def _declared(known: Resolved, source: LiveSource) -> frozenset[str]:
    """Return the ids, as lists tell them, of all courses that the project declares."""
    keys = {entry.id for entry in known.courses}
    stated = {entry.state.get(SIS_COURSE_ID.address) for entry in known.courses}
    keys |= {f"{SIS_PREFIX}{sis_id}" for sis_id in stated if sis_id}
    # Only Canvas knows which course has another kind of id.
    others = [key for key in keys if not key.isdigit() and not key.startswith(SIS_PREFIX)]
    answers = await source.courses(dict.fromkeys(others, frozenset()))
    return frozenset(keys | {str(live.id) for live in answers.values() if isinstance(live, LiveCourse)})


async def _heads(
    wanted: Wanted, source: LiveSource, declared: frozenset[str], place: _Place
) -> tuple[list[LiveCourse], list[Diagnostic]]:
    """Return the courses, without settings, each once and in the order of their ids."""
    if wanted.account is not None:
        found, problems = await _listed(wanted.account, source, place), []
    else:
        keys = [key for key in dict.fromkeys(wanted.ids) if key not in declared]
        answers = await source.courses(dict.fromkeys(keys, _HEAD))
        found = [live for live in answers.values() if isinstance(live, LiveCourse)]
        problems = [_unreadable(k, live) for k, live in answers.items() if not isinstance(live, LiveCourse)]
        problems += [_deleted(key) for key, live in answers.items() if _gone(live)]
    alive = {live.id: live for live in found if not _gone(live)}
    return [alive[number] for number in sorted(alive)], problems


async def _listed(account: str, source: LiveSource, place: _Place) -> list[LiveCourse]:
    selector = Selector(account=account, term=None if place.term is None else str(place.term))
    listing = Policy(name="import", position=_NOWHERE, selector=selector)
    match (await source.matches([listing], EVERY_FIELD, {}))[listing.name]:
        case CanvasRefused() as error:
            raise _not_found(error, f"account {account}")
        case CourseSyncError() as error:
            raise error
        case Match() as found:
            return list(found.courses)


async def _fields(
    heads: Sequence[LiveCourse], source: LiveSource
) -> Mapping[str, LiveCourse | CourseSyncError]:
    """Read the settings of courses too; of many only those that come in bulk."""
    addresses = EVERY_FIELD if len(heads) <= _ONE_BY_ONE else IN_BULK
    return await source.courses({str(live.id): addresses for live in heads})


def _gone(live: LiveCourse | CourseSyncError) -> bool:
    return isinstance(live, LiveCourse) and live.workflow_state == DELETED


def _deleted(key: str) -> Diagnostic:
    return problem(
        "course-deleted",
        f"{key} is deleted, and was left out.",
        hint="Undelete it in Canvas first.",
        course=key,
        severity=Severity.NOTE,
    )


def _unreadable(key: str, error: CourseSyncError) -> Diagnostic:
    return replace(unreadable(key, _NOWHERE, error), position=None)


def _untold(courses: Sequence[LiveCourse]) -> list[Diagnostic]:
    """Name the fields that nobody looked at, since that takes a request for each course."""
    unread = sorted(EVERY_FIELD - IN_BULK)
    if len(courses) <= _ONE_BY_ONE or any(address in live.state for live in courses for address in unread):
        return []
    said = f"{' and '.join(unread)} take a request for each course, so that they were not read."
    return [problem("left-alone", said, hint="Declare them by hand in the courses where they matter.")]


def _unselected(
    wanted: Wanted, heads: Sequence[LiveCourse], fitting: Sequence[LiveCourse]
) -> list[Diagnostic]:
    return [nothing_selected(wanted.selection)] if heads and not fitting else []
