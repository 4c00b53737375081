"""Read one thing: a course, its settings, an account, the id behind a reference, a preview of HTML."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id, decode_answer, decode_course, number_at
from coursesync.canvas.paths import course_path
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Endpoint
from coursesync.catalogue.html import scrub
from coursesync.errors import CanvasError, CanvasRefused, UsageProblem
from coursesync.model import LiveCourse, State
from coursesync.model.upload import LiveFile

_PREVIEW = "/api/v1/courses/{id}/preview_html"
_FILE = "/api/v1/courses/{id}/files/{{file}}"
_ACCOUNT = "/api/v1/accounts/{id}"
# Either one is enough; which one exists depends on how finely a Canvas grants rights.
_BATCH_RIGHTS = ("manage_courses_admin", "manage_courses")
# Terms belong to the root account, which is what the API calls self (Canvas: lib/api.rb).
_REFERENCES = {"sis_term_id": "/api/v1/accounts/self/terms/{id}", "sis_account_id": _ACCOUNT}


async def read_head(canvas: Canvas, declared_id: str, includes: frozenset[str]) -> LiveCourse:
    """Read a course without its settings, in one request."""
    answer = await canvas.get(
        course_path(Endpoint.COURSE, declared_id), [("include[]", name) for name in sorted(includes)]
    )
    return decode_course(answer, declared_id, includes=includes, host=canvas.host)


async def read_settings(canvas: Canvas, number: int) -> State:
    """Read the settings of a course, in one request."""
    settings = await canvas.get(course_path(Endpoint.SETTINGS, number))
    state = decode_answer(Endpoint.SETTINGS, settings, includes=frozenset(), host=canvas.host)
    if not state:
        # Canvas shows most of them to whoever may read the course, so that these are none.
        raise CanvasError(f"Canvas answers for the settings of course {number} with something else.")
    return state


async def read_account(canvas: Canvas, account_id: int) -> State:
    """Return the name of an account, and what its courses fall back to, by their keys in its JSON."""
    answer = await canvas.get(course_path(_ACCOUNT, account_id))
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for account {account_id} with something that is no account.")
    rows = {row.read.account_key: row for row in FIELDS.values() if row.read and row.read.account_key}
    told = {key: row.type.decode(answer[key]) for key, row in rows.items() if key in answer}
    return {**told, **({"name": answer["name"]} if "name" in answer else {})}


async def read_file(canvas: Canvas, course_id: int, number: int) -> LiveFile:
    """Return what Canvas tells of a file of a course; one that it does not give away is not usable."""
    try:
        answer = await canvas.get(course_path(_FILE, course_id).format(file=number))
    except CanvasRefused as refused:
        if refused.status in {401, 403, 404}:
            return LiveFile(id=number, usable=False)
        raise
    told = answer if isinstance(answer, Mapping) else {}
    name, size = told.get("display_name"), told.get("size")
    return LiveFile(
        id=number,
        name=name if isinstance(name, str) else "",
        size=size if isinstance(size, int) else None,
        usable=as_id(told.get("id")) == number and told.get("locked") is not True,
    )


async def may_change_states(canvas: Canvas, account_id: int) -> bool:
    """Tell whether the token's user may change the states of many courses of an account at once.

    Canvas: accounts_controller.rb, permissions; courses_controller.rb, batch_update.
    """
    path = course_path(f"{_ACCOUNT}/permissions", account_id)
    try:
        answer = await canvas.get(path, [("permissions[]", right) for right in _BATCH_RIGHTS])
    except CanvasRefused:
        return False
    return isinstance(answer, Mapping) and any(answer.get(right) is True for right in _BATCH_RIGHTS)


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
    return number_at(answer, "id", text)


async def preview_html(canvas: Canvas, course_id: int, html: str) -> str:
    """Return what Canvas would make of an HTML text in a course; nothing is saved."""
    answer = await canvas.ask(course_path(_PREVIEW, course_id), {"html": html})
    shown = answer.get("html") if isinstance(answer, Mapping) else None
    if not isinstance(shown, str):
        raise CanvasError("Canvas answers a preview without the text.")
    return scrub(shown, canvas.host)
