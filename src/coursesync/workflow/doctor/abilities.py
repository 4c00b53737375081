"""Examine what of Canvas answers this token: GraphQL, undocumented includes, the audit log, batches."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.canvas.audit import read_audit
from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.canvas.graphql import ALIASES, settings_fields
from coursesync.canvas.paths import course_path
from coursesync.canvas.permissions import told as asked
from coursesync.canvas.read import may_change_states
from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable
from coursesync.model.doctor import Health, Sign

_COURSE = "/api/v1/courses/{id}"
_LISTS = ("/api/v1/accounts/self/courses", "/api/v1/courses")
_DOCUMENTED = "term"


async def abilities(canvas: Canvas, course: str | None) -> list[Sign]:
    """Return a line for each of them; course: which to try them on, by default any one the token sees."""
    shown = await _sample(canvas, course)
    number = as_id(shown.get("id"))
    return [
        await _graphql(canvas),
        *_includes(shown),
        await _audit(canvas, number),
        await _batch(canvas, as_id(shown.get("account_id")) or as_id(shown.get("root_account_id"))),
    ]


def _undocumented() -> list[str]:
    reads = [row.read for row in FIELDS.values() if row.read and not row.read.documented]
    return sorted({read.include for read in reads if read.include})


async def _sample(canvas: Canvas, course: str | None) -> Mapping[str, Value]:
    query = [("include[]", name) for name in (_DOCUMENTED, *_undocumented())]
    if course is not None:
        found = await asked(canvas, course_path(_COURSE, course), query)
        return found if isinstance(found, Mapping) else {}
    for path in _LISTS:
        found = await asked(canvas, path, [*query, ("per_page", "1")])
        if isinstance(found, list) and found and isinstance(found[0], Mapping):
            return found[0]
    return {}


async def _graphql(canvas: Canvas) -> Sign:
    what = "GraphQL"
    if names := await settings_fields(canvas):
        shown = f"Shows {len(names)} settings, of {ALIASES} courses with each request."
        return Sign(what=what, health=Health.WORKS, told=shown)
    slower = "Settings are read course by course, which is right but slower."
    try:
        answer = await canvas.query("query coursesync { __typename }")
    except CanvasUnavailable:
        raise
    except CanvasError:
        answer = None
    data = answer.get("data") if isinstance(answer, Mapping) else None
    old = isinstance(data, Mapping) and bool(data)
    why = "It is there, and shows no settings to this token, or is too old for it." if old else "It is off."
    return Sign(what=what, health=Health.LIMITED, told=f"{why} {slower}")


def _includes(course: Mapping[str, Value]) -> list[Sign]:
    what, names = "Undocumented include[]", _undocumented()
    if not course:
        return [_untried(what)]
    if _DOCUMENTED not in course:
        return [
            Sign(
                what="include[]",
                health=Health.LIMITED,
                told="Canvas drops it, as it does for a token limited to scopes that allow no includes.",
                todo="Use a token without scopes, or whose key allows includes.",
            )
        ]
    silent = [name for name in names if name not in course]
    if not silent:
        return [Sign(what=what, health=Health.WORKS, told=f"{len(names)} of {len(names)} are answered.")]
    return [
        Sign(
            what=what,
            health=Health.LIMITED,
            told=f"{len(names) - len(silent)} of {len(names)} are answered; not {', '.join(silent)}.",
            todo="Fields behind them are sent only with --send-unverified.",
        )
    ]


def _untried(what: str) -> Sign:
    return Sign(what=what, health=Health.UNKNOWN, told="No course to try it on.", todo="Give --course ID.")


async def _audit(canvas: Canvas, course: int | None) -> Sign:
    what = "Audit log"
    if course is None:
        return _untried(what)
    try:
        await read_audit(canvas, course)
    except CanvasUnavailable:
        raise
    except CanvasRefused as error:
        off = error.not_found
        why = "It is off in this Canvas" if off else "The token's user may not read it"
        return Sign(what=what, health=Health.LIMITED, told=f"{why}: drift cannot say who changed what.")
    except CanvasError as error:
        return Sign(what=what, health=Health.UNKNOWN, told=error.message)
    return Sign(what=what, health=Health.WORKS, told="Readable: drift can say who changed what.")


async def _batch(canvas: Canvas, account: int | None) -> Sign:
    what = "Many courses at once"
    if account is None:
        return Sign(what=what, health=Health.UNKNOWN, told="No account to ask about.")
    if await may_change_states(canvas, account):
        told = "Publishing and concluding goes with one request for many courses."
        return Sign(what=what, health=Health.WORKS, told=told)
    told = "Publishing and concluding takes a request for each course."
    return Sign(what=what, health=Health.LIMITED, told=told)
