"""Examine a Canvas and a token: what works, what is ignored, what nobody can tell. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable, TokenRefused
from coursesync.model.doctor import Checkup, Health, Sign
from coursesync.workflow.doctor.abilities import abilities
from coursesync.workflow.doctor.rights import rights_in_account, rights_in_course

_SELF = "/api/v1/users/self"


async def examine(canvas: Canvas, *, course: str | None = None) -> Checkup:
    """Return what was found out; course: an id of one whose rights are to be looked at too.

    Whatever is wrong is a line of the result; nothing is raised.
    """
    try:
        signs = [*await _reached(canvas)]
        signs += await rights_in_account(canvas)
        if course is not None:
            signs += await rights_in_course(canvas, course)
        signs += await abilities(canvas, course)
        signs.append(_throttle(canvas))
    except CanvasUnavailable as error:
        return Checkup(url=canvas.url, signs=_lost(canvas, error), exit_code=error.exit_code)
    except CanvasError as error:
        sign = Sign(what="Canvas", health=Health.BROKEN, told=error.message, todo=error.hint)
        return Checkup(url=canvas.url, signs=(sign,), exit_code=CanvasUnavailable.exit_code)
    return Checkup(url=canvas.url, signs=tuple(signs))


async def _reached(canvas: Canvas) -> tuple[Sign, ...]:
    """Ask who the token's user is, which only a Canvas that accepts the token can say."""
    try:
        answer = await canvas.get(_SELF)
    except CanvasRefused as error:
        # A token limited to scopes may not ask that; all the same it is Canvas that says so.
        told = Sign(what="User", health=Health.UNKNOWN, told=error.message, todo=error.hint)
        return _there(canvas), told
    number = as_id(answer.get("id")) if isinstance(answer, Mapping) else None
    if number is None or not isinstance(answer, Mapping):
        raise CanvasError(
            f"{canvas.host} answers {_SELF} with something that is no user, so it may be no Canvas.",
            hint="Set CANVAS_API_URL to the address your browser shows when you are logged in to Canvas.",
        )
    name = answer.get("name")
    return (
        _there(canvas),
        Sign(what="Token", health=Health.WORKS, told="Canvas accepts it."),
        Sign(
            what="User", health=Health.WORKS, told=f"{name if isinstance(name, str) else ''} (user {number})"
        ),
        Sign(
            what="Scopes of the token",
            health=Health.UNKNOWN,
            told="Canvas shows them to nobody; see include[] below.",
        ),
    )


def _there(canvas: Canvas) -> Sign:
    return Sign(what="Canvas", health=Health.WORKS, told=f"{canvas.url} answers as Canvas does.")


def _lost(canvas: Canvas, error: CanvasUnavailable) -> tuple[Sign, ...]:
    if isinstance(error, TokenRefused):
        refused = Sign(what="Token", health=Health.BROKEN, told=error.message, todo=error.hint)
        return _there(canvas), refused
    return (Sign(what="Canvas", health=Health.BROKEN, told=error.message, todo=error.hint),)


def _throttle(canvas: Canvas) -> Sign:
    pace = canvas.pace
    if pace.remaining is None or pace.high_water is None:
        told = "Canvas does not say how much of its limit is left; requests are sent with care."
        return Sign(what="Limit of requests", health=Health.UNKNOWN, told=told)
    left = f"{pace.remaining:,.0f} of {pace.high_water:,.0f} left"
    told = f"{left}, enough for {pace.allowed} requests at once."
    if pace.shared:
        busy = "Something else uses the same token; both are slower for it."
        return Sign(what="Limit of requests", health=Health.LIMITED, told=told, todo=busy)
    return Sign(what="Limit of requests", health=Health.WORKS, told=told)
