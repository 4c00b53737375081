"""Read courses, accounts, references and previews, and decode answers by the rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coursesync.canvas.client import Canvas
from coursesync.canvas.paths import course_path
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import ACCOUNT, NAME, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.field import Absence, Endpoint, Field, Read, Step
from coursesync.catalogue.html import scrub
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, UsageProblem
from coursesync.model import Address, LiveCourse, State

# Without it a deleted course is not found (Canvas: courses_controller.rb, show).
_DELETED_TOO = "all_courses"

_PREVIEW = "/api/v1/courses/{id}/preview_html"
_ACCOUNT = "/api/v1/accounts/{id}"
# Terms belong to the root account, which is what the API calls self (Canvas: lib/api.rb).
_REFERENCES = {"sis_term_id": "/api/v1/accounts/self/terms/{id}", "sis_account_id": _ACCOUNT}


async def read_course(canvas: Canvas, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:
    """Read a course with the fields at `addresses`, and whatever comes with them, in at most two requests.

    Raises CanvasRefused for a course that is not there or hidden from the token.
    """
    reads = [row.read for address in addresses if (row := FIELDS[address]).read]
    steps = {FIELDS[address].step for address in addresses}
    asked = {read.include for read in reads if read.endpoint is Endpoint.COURSE and read.include}
    if Step.EVENT in steps:
        asked.add(_DELETED_TOO)
    includes = frozenset(asked)
    answer = await canvas.get(
        course_path(Endpoint.COURSE, declared_id), [("include[]", name) for name in sorted(includes)]
    )
    course = _course(answer, declared_id)
    number = _number(course, "id", declared_id)
    state = dict(decode_answer(Endpoint.COURSE, course, includes=includes, host=canvas.host))
    if any(read.endpoint is Endpoint.SETTINGS for read in reads):
        settings = await canvas.get(course_path(Endpoint.SETTINGS, number))
        state |= decode_answer(Endpoint.SETTINGS, settings, includes=frozenset(), host=canvas.host)
    return _live(number, course, state)


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


def _number(answer: Mapping[str, Value], key: str, what: str) -> int:
    number = _id(answer.get(key))
    if number is None:
        raise CanvasError(f"Canvas answers for {what} without its id.")
    return number


def _id(value: Value) -> int | None:
    """Return an id, which Canvas writes as a number or, if asked to, as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _live(number: int, course: Mapping[str, Value], state: State) -> LiveCourse:
    def text(row: Field) -> str:
        value = state.get(row.address)
        return value if isinstance(value, str) else ""

    return LiveCourse(
        id=number,
        name=text(NAME),
        sis_course_id=text(SIS_COURSE_ID) or None,
        workflow_state=text(WORKFLOW_STATE),
        account_id=_id(state.get(ACCOUNT.address)),
        root_account_id=_id(course.get("root_account_id")),
        state=state,
    )


def decode_answer(endpoint: Endpoint, answer: Value, *, includes: frozenset[str], host: str) -> State:
    """Return every field of the catalogue that an answer of `endpoint`, to GET or PUT, tells about.

    includes: the `include[]` that were asked for; a field whose include was not is only told if its key is
    there. Raises CanvasError where the answer is no object.
    """
    if not isinstance(answer, Mapping):
        raise CanvasError("Canvas answers with something that is neither a course nor its settings.")
    state: dict[Address, Value] = {}
    for row in FIELDS.values():
        read = row.read
        if read is None or read.endpoint is not endpoint:
            continue
        key = next((key for key in read.keys if key in answer), None)
        if key is not None:
            state[row.address] = _decoded(row, answer[key], host)
        elif _means_null(read, includes):
            state[row.address] = None
    return state


def _means_null(read: Read, includes: frozenset[str]) -> bool:
    return read.absent is Absence.NULL and (read.include is None or read.include in includes)


def _decoded(row: Field, value: Value, host: str) -> Value:
    if row.type.is_html and isinstance(value, str):
        value = scrub(value, host)
    return row.type.decode(value)


async def read_account(canvas: Canvas, account_id: int) -> State:
    """Return the values of an account that its courses fall back to, by their keys in the account's JSON."""
    answer = await canvas.get(course_path(_ACCOUNT, account_id))
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for account {account_id} with something that is no account.")
    rows = {row.read.account_key: row for row in FIELDS.values() if row.read and row.read.account_key}
    return {key: row.type.decode(answer[key]) for key, row in rows.items() if key in answer}


async def read_reference(canvas: Canvas, text: str) -> int:
    """Return the Canvas id behind `sis_term_id:X` or `sis_account_id:X`.

    Raises CanvasRefused where it leads nowhere, UsageProblem for any other text.
    """
    template = _REFERENCES.get(text.partition(":")[0])
    if template is None:
        raise UsageProblem(
            f"{text} is no reference.", hint=f"Write {' or '.join(f'{key}:X' for key in _REFERENCES)}"
        )
    answer = await canvas.get(course_path(template, text))
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for {text} with something that has no id.")
    return _number(answer, "id", text)


async def preview_html(canvas: Canvas, course_id: int, html: str) -> str:
    """Return what Canvas would make of an HTML text in a course; nothing is saved."""
    answer = await canvas.ask(course_path(_PREVIEW, course_id), {"html": html})
    shown = answer.get("html") if isinstance(answer, Mapping) else None
    if not isinstance(shown, str):
        raise CanvasError("Canvas answers a preview without the text.")
    return scrub(shown, canvas.host)
