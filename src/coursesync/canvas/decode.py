"""Answers of Canvas decoded by the rows of the catalogue, and what to ask to be told some fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import ACCOUNT, NAME, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.field import Absence, Endpoint, Field, Read, Step
from coursesync.catalogue.html import scrub
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused
from coursesync.model import Address, LiveCourse, State

# Without it a deleted course is not found (Canvas: courses_controller.rb, show).
_DELETED_TOO = "all_courses"
# What a selector by dates needs beside the course's own (Canvas: lib/api/v1/course_json.rb).
TERM_INCLUDE = "term"
_TERM_DATES = ("start_at", "end_at")
# Ids are integers of 64 bits in the database of Canvas.
_ID, _NO_ID = re.compile("[0-9]{1,19}"), 2**63
# Active and invited ones, without the test student (Canvas: lib/api/v1/course.rb).
_STUDENTS = "total_students"
# What a course is in the middle of, as far as include[] tells.
AROUND = frozenset({TERM_INCLUDE, _STUDENTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What to ask Canvas to be told some fields: `include[]` of the course, and the fields of its settings.

    single: the includes of a GET of one course, which names deleted ones only where their state is asked.
    graphql: those settings by their names in GraphQL; None where it does not show all of them as they are.
    """

    includes: frozenset[str]
    single: frozenset[str]
    settings: tuple[Field, ...]
    graphql: Mapping[str, Field] | None


@cache
def asking(addresses: frozenset[Address]) -> Asking:
    """Return what to ask for the fields at some addresses."""
    rows = [FIELDS[address] for address in sorted(addresses)]
    includes = frozenset(
        row.read.include
        for row in rows
        if row.read and row.read.endpoint is Endpoint.COURSE and row.read.include
    )
    event = any(row.step is Step.EVENT for row in rows)
    settings = tuple(row for row in rows if row.read and row.read.endpoint is Endpoint.SETTINGS)
    names = {row.read.graphql_name: row for row in settings if row.read}
    return Asking(
        includes=includes,
        single=includes | {_DELETED_TOO} if event else includes,
        settings=settings,
        graphql={name: row for name, row in names.items() if name} if None not in names else None,
    )


def decode_course(answer: Value, declared_id: str, *, includes: frozenset[str], host: str) -> LiveCourse:
    """Return a course from its JSON, without its settings.

    Raises CanvasRefused where Canvas hides it from the token, CanvasError where the answer is no course.
    """
    course = _course(answer, declared_id)
    number = number_at(course, "id", declared_id)
    state = decode_answer(Endpoint.COURSE, course, includes=includes, host=host)
    term, students = course.get(TERM_INCLUDE), course.get(_STUDENTS)
    return LiveCourse(
        id=number,
        name=_text(state, NAME),
        sis_course_id=_text(state, SIS_COURSE_ID) or None,
        workflow_state=_text(state, WORKFLOW_STATE),
        account_id=as_id(state.get(ACCOUNT.address)),
        root_account_id=as_id(course.get("root_account_id")),
        state=state,
        term={key: term.get(key) for key in _TERM_DATES} if isinstance(term, Mapping) else {},
        students=as_id(students),
    )


def with_settings(course: LiveCourse, settings: State) -> LiveCourse:
    """Return a course that also has the settings read."""
    return replace(course, state={**course.state, **settings})


def _course(answer: Value, declared_id: str) -> Mapping[str, Value]:
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for {declared_id} with something that is no course.")
    if answer.get("access_restricted_by_date") and NAME.name not in answer:
        raise CanvasRefused(
            "Canvas hides this course: the token's user is only enrolled, and it has ended or not begun.",
            status=403,
            hint="Use the token of an administrator, or of a teacher whose enrolment is active.",
        )
    return answer


def number_at(answer: Mapping[str, Value], key: str, what: str) -> int:
    """Return the id under a key. Raises CanvasError where there is none."""
    number = as_id(answer.get(key))
    if number is None:
        raise CanvasError(f"Canvas answers for {what} without its id.")
    return number


def as_id(value: Value) -> int | None:
    """Return an id, which Canvas writes as a number or, if asked to, as text; None for what no id can be."""
    if isinstance(value, str) and _ID.fullmatch(value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _NO_ID else None


def _text(state: State, row: Field) -> str:
    value = state.get(row.address)
    return value if isinstance(value, str) else ""


@cache
def _readable(endpoint: Endpoint) -> tuple[tuple[Address, Field, Read], ...]:
    return tuple(
        (address, row, row.read)
        for address, row in FIELDS.items()
        if row.read and row.read.endpoint is endpoint
    )


def decode_answer(
    endpoint: Endpoint, answer: Value, *, includes: frozenset[str], host: str
) -> dict[Address, Value]:
    """Return every field of the catalogue that an answer of `endpoint`, to GET or PUT, tells about.

    includes: the `include[]` that were asked for; a field whose include was not is only told if its key is
    there. Raises CanvasError where the answer is no object.
    """
    if not isinstance(answer, Mapping):
        raise CanvasError("Canvas answers with something that is neither a course nor its settings.")
    state: dict[Address, Value] = {}
    for address, row, read in _readable(endpoint):
        for key in read.keys:
            if key in answer:
                state[address] = _decoded(row, answer[key], host)
                break
        else:
            if _means_null(read, includes):
                state[address] = None
    return state


def decode_graphql(rows: Mapping[str, Field], answer: Mapping[str, Value], host: str) -> dict[Address, Value]:
    """Return the settings that an answer of GraphQL tells about; `rows`: by the names they have there."""
    return {row.address: _decoded(row, answer[name], host) for name, row in rows.items() if name in answer}


def _means_null(read: Read, includes: frozenset[str]) -> bool:
    return read.absent is Absence.NULL and (read.include is None or read.include in includes)


def _decoded(row: Field, value: Value, host: str) -> Value:
    if row.type.is_html and isinstance(value, str):
        value = scrub(value, host)
    return row.type.decode(value)
