"""Settings of many courses by one GraphQL query, where this Canvas shows them there.

Canvas: course_type.rb and course_settings_type.rb (2025); a query takes 20 aliases, and one reservation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id, decode_graphql
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError
from coursesync.model import State

ALIASES = 20
_TYPE = "CourseSettings"


async def settings_fields(canvas: Canvas) -> frozenset[str]:
    """Return the names of the settings GraphQL shows here, in one query; none where it shows none.

    None too for a token limited to scopes, from which Canvas hides every type.
    """
    answer = await _answered(
        canvas, f'query coursesync {{ __type(name: "{_TYPE}") {{ fields {{ name }} }} }}'
    )
    found = _mapping(_mapping(answer).get("__type")).get("fields")
    names = (_mapping(item).get("name") for item in found) if isinstance(found, Sequence) else ()
    return frozenset(name for name in names if isinstance(name, str))


async def settings_of(canvas: Canvas, numbers: Sequence[int], rows: Mapping[str, Field]) -> dict[int, State]:
    """Return the settings of up to 20 courses; `rows`: those to ask for, by their names there.

    A course that is missing in the result was not shown, or not under its id: REST must be asked for it.
    """
    wanted = " ".join(rows)
    courses = " ".join(f'c{number}: course(id: "{number}") {{ ...shown }}' for number in numbers)
    shown = f"fragment shown on Course {{ _id settings {{ {wanted} }} }}"
    answer = _mapping(await _answered(canvas, f"query coursesync {{ {courses} }} {shown}"))
    found: dict[int, State] = {}
    for number in numbers:
        course = _mapping(answer.get(f"c{number}"))
        settings = course.get("settings")
        if as_id(course.get("_id")) == number and isinstance(settings, Mapping):
            state = decode_graphql(rows, settings, canvas.host)
            if len(state) == len(rows):
                found[number] = state
    return found


async def _answered(canvas: Canvas, document: str) -> Value:
    """Return the data of an answer; errors come with status 200, and what they are about is left out.

    A failure is no answer: where Canvas itself is lost, REST, which is asked next, will say so.
    """
    try:
        answer = await canvas.query(document)
    except CanvasError:
        return None
    return _mapping(answer).get("data")


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}
