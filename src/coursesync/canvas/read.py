"""Read courses, accounts, references and previews, and decode answers by the rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from coursesync.canvas.client import Canvas, course_path
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import NAME, SIS_COURSE_ID, WORKFLOW_STATE
from coursesync.catalogue.field import Absence, Endpoint, Field
from coursesync.catalogue.html import scrub
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasRefused, CanvasUnavailable
from coursesync.model import Address, LiveCourse, State

# Where a SIS reference is read; its prefix says what it names.
_REFERENCES = {
    "sis_term_id": "/api/v1/accounts/self/terms/{id}",
    "sis_account_id": "/api/v1/accounts/{id}",
}


async def read_course(canvas: Canvas, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:
    """Read a course with at most two requests.

    addresses: the fields that must be read; whatever else the answers hold is decoded too. A deleted course
    is found only where its state is among them. Raises CanvasRefused where the course is not to be seen.
    """
    rows = [FIELDS[address] for address in addresses if FIELDS[address].read]
    includes = _includes(rows)
    parameters = [("include[]", name) for name in sorted(includes)]
    if WORKFLOW_STATE in rows:
        parameters.append(("include[]", "all_courses"))
    answer = await canvas.get(course_path(Endpoint.COURSE.value, declared_id), parameters)
    course = _mapping(answer)
    number = course.get("id")
    if course.get("access_restricted_by_date") or not isinstance(number, int):
        raise CanvasRefused(
            "Canvas hides the course from the token's user, whose access has ended.", status=403
        )
    state = dict(decode_answer(Endpoint.COURSE, course, includes=includes, host=canvas.host))
    if any(row.read and row.read.endpoint is Endpoint.SETTINGS for row in rows):
        settings = await canvas.get(course_path(Endpoint.SETTINGS.value, str(number)))
        state |= decode_answer(Endpoint.SETTINGS, settings, includes=frozenset(), host=canvas.host)
    return LiveCourse(
        id=number,
        name=str(state.get(NAME.address) or number),
        sis_course_id=_text(state.get(SIS_COURSE_ID.address)),
        workflow_state=str(state.get(WORKFLOW_STATE.address) or ""),
        account_id=_number(course.get("account_id")),
        root_account_id=_number(course.get("root_account_id")),
        state=state,
    )


def _includes(rows: Iterable[Field]) -> frozenset[str]:
    return frozenset(row.read.include for row in rows if row.read and row.read.include)


def decode_answer(endpoint: Endpoint, answer: Value, *, includes: frozenset[str], host: str) -> State:
    """Return every field of the catalogue that an answer of this endpoint tells.

    includes: the include[] that were asked for. host: this Canvas, for cleaning HTML.
    """
    told = _mapping(answer)
    state: dict[Address, Value] = {}
    for address, row in FIELDS.items():
        read = row.read
        if read is None or read.endpoint is not endpoint:
            continue
        key = next((key for key in read.keys if key in told), None)
        if key is not None:
            state[address] = _decoded(row, told[key], host)
        elif read.absent is Absence.NULL and (read.include is None or read.include in includes):
            state[address] = None
    return state


def _decoded(row: Field, value: Value, host: str) -> Value:
    if row.type.is_html and isinstance(value, str):
        return scrub(value, host)
    return None if value is None else row.type.decode(value)


async def read_account(canvas: Canvas, account: int) -> State:
    """Return the values of an account that courses fall back to, by their keys in the account's JSON."""
    answer = _mapping(await canvas.get(f"/api/v1/accounts/{account}"))
    keys = {row.read.account_key for row in FIELDS.values() if row.read and row.read.account_key}
    return {key: answer[key] for key in sorted(keys) if key in answer}


async def read_reference(canvas: Canvas, text: str) -> int:
    """Return the Canvas id behind `sis_term_id:X` or `sis_account_id:X`."""
    template = _REFERENCES[text.partition(":")[0]]
    answer = _mapping(await canvas.get(template.replace("{id}", quote(text, safe=":"))))
    number = _number(answer.get("id"))
    if number is None:
        raise CanvasUnavailable(f"Canvas answered without an id for {text}.")
    return number


async def preview_html(canvas: Canvas, course: int, html: str) -> str:
    """Return what Canvas would make of an HTML text (Canvas: courses_controller.rb, preview_html)."""
    path = course_path(Endpoint.COURSE.value, str(course)) + "/preview_html"
    answer = _mapping(await canvas.send("POST", path, {"html": html}))
    return scrub(_text(answer.get("html")) or "", canvas.host)


def _mapping(value: Value) -> Mapping[str, Value]:
    if not isinstance(value, Mapping):
        raise CanvasUnavailable("Canvas answered with something else than expected.")
    return value


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
