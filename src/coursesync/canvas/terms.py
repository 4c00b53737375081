"""The terms of a Canvas, which belong to its root account."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import number_at
from coursesync.canvas.paths import course_path
from coursesync.errors import CanvasError

_TERM = "/api/v1/accounts/self/terms/{id}"


async def read_term(canvas: Canvas, text: str) -> tuple[int, str]:
    """Return the Canvas id and the name of a term, named by its id or as `sis_term_id:X`.

    Raises CanvasRefused where there is none or the token may not see it.
    """
    answer = await canvas.get(course_path(_TERM, text))
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for term {text} with something that is no term.")
    name = answer.get("name")
    return number_at(answer, "id", f"term {text}"), name if isinstance(name, str) else ""
