"""The pages for people: the courses, a form that changes one behind the API's back, and the last requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from coursesync.sandbox.casts import rails_boolean, rails_integer
from coursesync.sandbox.store import Columns
from coursesync.sandbox.tables import TABLES, Kind
from coursesync.sandbox.world import LogEntry, Sandbox

_SHOWN_REQUESTS, _SHOWN_COURSES = 200, 500
_FIXED = frozenset({"id", "uuid", "root_account_id", "created_at"})
_COLUMNS = (
    "id",
    "name",
    "sis_source_id",
    "account_id",
    "workflow_state",
    "default_view",
    "start_at",
    "conclude_at",
)
_LONG = frozenset({"syllabus_body", "public_description", "settings"})
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
nav a { margin-right: 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
input, textarea, select, button { font: inherit; box-sizing: border-box }
input, textarea, select { width: 100% }
textarea { height: 8rem; font-family: ui-monospace, monospace }
button { margin-top: 1rem }
.note { color: #666 }
"""


def page_routes(world: Sandbox) -> list[BaseRoute]:
    """Return the routes of the pages."""

    async def home(_request: Request) -> Response:
        return _page("Courses", _courses(world))

    async def course(request: Request) -> Response:
        found = world.store.row("courses", request.path_params["number"])
        if found is None:
            return _page("No such course", "<p>There is no course with this id.</p>", status=404)
        if request.method == "GET":
            return _page(found["name"], _form(found))
        return await _changed(world, request, found)

    async def log(_request: Request) -> Response:
        return _page("Requests", _requests(world.log[-_SHOWN_REQUESTS:]))

    return [
        Route("/", home),
        Route("/courses/{number:int}", course, methods=["GET", "POST"]),
        Route("/log", log),
    ]


def _page(title: str, content: str, *, status: int = 200) -> HTMLResponse:
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f"{meta}<title>{escape(title)}</title><style>{_STYLE}</style>"
    nav = '<nav><a href="/">Courses</a><a href="/log">Requests</a></nav>'
    body = f"{nav}<h1>{escape(title)}</h1>{content}"
    html = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
    return HTMLResponse(html, status, headers)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the cells are HTML already."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _courses(world: Sandbox) -> str:
    courses = world.store.rows("courses")
    rows = ([_cell(row, name) for name in _COLUMNS] for row in courses[:_SHOWN_COURSES])
    more = len(courses) - _SHOWN_COURSES
    hidden = f" {more} more are not listed; each is at /courses/ and its id." if more > 0 else ""
    return f'<p class="note">Open a course to change it by hand.{hidden}</p>' + _table(_COLUMNS, rows)


def _cell(row: Columns, name: str) -> str:
    text = escape("" if row[name] is None else str(row[name]))
    return f'<a href="/courses/{row["id"]}">{text}</a>' if name in {"id", "name"} else text


def _form(course: Columns) -> str:
    kinds = TABLES["courses"]
    rows = (
        [escape(name), _input(name, kind, course[name])] for name, kind in kinds.items() if name not in _FIXED
    )
    note = '<p class="note">As it is stored. An empty field is null; settings are a JSON object.</p>'
    button = "<button>Change it behind the API</button>"
    return f'{note}<form method="post">{_table(("column", "value"), rows)}{button}</form>'


def _input(name: str, kind: Kind, value: Any) -> str:
    if kind is Kind.BOOLEAN:
        words = {"": "null", "true": "true", "false": "false"}
        now = "" if value is None else str(value).lower()
        options = "".join(
            f'<option value="{word}"{" selected" if word == now else ""}>{text}</option>'
            for word, text in words.items()
        )
        return f'<select name="{name}" aria-label="{name}">{options}</select>'
    text = "" if value is None else json.dumps(value, sort_keys=True) if kind is Kind.JSON else str(value)
    if name in _LONG:
        # A browser drops the first line break of a textarea.
        return f'<textarea name="{name}" aria-label="{name}">\n{escape(text)}</textarea>'
    return f'<input name="{name}" aria-label="{name}" value="{escape(text)}">'


async def _changed(world: Sandbox, request: Request, course: Columns) -> Response:
    if not _is_our_own(request):
        return _page("Refused", "<p>This form only takes posts from its own page.</p>", status=403)
    sent = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    kinds = TABLES["courses"]
    try:
        values = {
            name: _value(kinds[name], text)
            for name, text in sent.items()
            if name in kinds and name not in _FIXED
        }
    except ValueError as error:
        return _page("Not changed", f"<p>{escape(str(error))}</p>", status=400)
    if "settings" in values:
        # The field holds all of them: what is missing there goes.
        values["settings"] = {**dict.fromkeys(course["settings"]), **(values["settings"] or {})}
    world.edit(course["id"], **values)
    return RedirectResponse(f"/courses/{course['id']}", status_code=303)


def _is_our_own(request: Request) -> bool:
    """Tell whether a post comes from a page of this server: a browser always says where a form was."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _value(kind: Kind, text: str) -> Any:
    if text == "":
        return None
    if kind is Kind.JSON:
        return json.loads(text)
    if kind is Kind.INTEGER:
        return rails_integer(text)
    return rails_boolean(text) if kind is Kind.BOOLEAN else text.replace("\r\n", "\n")


def _requests(entries: list[LogEntry]) -> str:
    rows = (
        [
            escape(entry.method),
            escape(entry.path),
            f"{entry.status} ({entry.fault.label})" if entry.fault else str(entry.status),
            escape(json.dumps(entry.body) if entry.body else ""),
        ]
        for entry in reversed(entries)
    )
    return _table(("method", "path", "status", "body"), rows)
