"""Ask what the token's user may do, and which features are on; None wherever Canvas does not tell.

Canvas: accounts_controller.rb and courses_controller.rb, permissions; feature_flags_controller.rb, show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.canvas.paths import course_path
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasUnavailable

_ACCOUNT = "/api/v1/accounts/{id}"
_COURSE = "/api/v1/courses/{id}"
_SELF = "/api/v1/users/self"


class Flag(StrEnum):
    """What a feature flag says of the place it was asked in.

    OFF and ON hold in everything below, where Canvas says the flag is locked or final; OPEN: courses decide.
    """

    OFF = "off"
    ON = "on"
    OPEN = "open"


async def told(canvas: Canvas, path: str, params: Iterable[tuple[str, str]] = ()) -> Value:
    """Return an answer, or None where Canvas refuses it or makes no sense. Raises CanvasUnavailable."""
    try:
        return await canvas.get(path, tuple(params))
    except CanvasUnavailable:
        raise
    except CanvasError:
        return None


async def read_user(canvas: Canvas) -> tuple[int, str] | None:
    """Return the id and the name of the token's user."""
    answer = await told(canvas, _SELF)
    number = as_id(answer.get("id")) if isinstance(answer, Mapping) else None
    if number is None or not isinstance(answer, Mapping):
        return None
    name = answer.get("name")
    return number, name if isinstance(name, str) else ""


async def account_rights(
    canvas: Canvas, account: str | int, names: Iterable[str]
) -> Mapping[str, bool] | None:
    """Return which of some rights the token's user has in an account."""
    return await _rights(canvas, course_path(_ACCOUNT, account), names)


async def course_rights(canvas: Canvas, course: str | int, names: Iterable[str]) -> Mapping[str, bool] | None:
    """Return which of some rights the token's user has in a course."""
    return await _rights(canvas, course_path(_COURSE, course), names)


async def _rights(canvas: Canvas, path: str, names: Iterable[str]) -> Mapping[str, bool] | None:
    asked = sorted(names)
    answer = await told(canvas, f"{path}/permissions", [("permissions[]", name) for name in asked])
    if not isinstance(answer, Mapping):
        return None
    return {name: answer[name] is True for name in asked if isinstance(answer.get(name), bool)}


async def account_flag(canvas: Canvas, account: str | int, feature: str) -> Flag | None:
    """Return what the flag of a feature says in an account, for the courses there.

    An account's flag that is `allowed` or `allowed_on` leaves it to them.
    """
    return await _flag(canvas, course_path(_ACCOUNT, account), feature)


async def course_flag(canvas: Canvas, course: str | int, feature: str) -> Flag | None:
    """Return what the flag of a feature says in a course, where `allowed` means off and `allowed_on` on."""
    return await _flag(canvas, course_path(_COURSE, course), feature, allowed=Flag.OFF, allowed_on=Flag.ON)


async def _flag(
    canvas: Canvas, path: str, feature: str, *, allowed: Flag = Flag.OPEN, allowed_on: Flag = Flag.OPEN
) -> Flag | None:
    answer = await told(canvas, course_path(f"{path}/features/flags/{{id}}", feature))
    state = answer.get("state") if isinstance(answer, Mapping) else None
    if not isinstance(state, str):
        return None
    return {"on": Flag.ON, "off": Flag.OFF, "allowed": allowed, "allowed_on": allowed_on}.get(state)
