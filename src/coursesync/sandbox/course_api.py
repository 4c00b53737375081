"""The endpoints of one course."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import message, not_found
from coursesync.sandbox.events import need_right_for, process
from coursesync.sandbox.includes import included
from coursesync.sandbox.inheritance import subtree
from coursesync.sandbox.lookups import find_account, find_course
from coursesync.sandbox.paging import bookmarked
from coursesync.sandbox.parameters import listed
from coursesync.sandbox.rights import course_rights
from coursesync.sandbox.serialise import course_json, settings_json
from coursesync.sandbox.store import Columns
from coursesync.sandbox.syllabus import Page, shown, stored
from coursesync.sandbox.update import update_course, update_settings


async def get_course(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id, from the read replica."""
    course = call.world.replicated(find_course(call.store, text), call.lag)
    await call.world.pause()
    if course["workflow_state"] == "deleted" and "all_courses" not in call.includes:
        raise not_found()
    if call.user.role == "restricted":
        return Answer(body={"id": course["id"], "access_restricted_by_date": True})
    _need(call, course, "read")
    body = course_json(call.store, call.user, course, base=call.base) | included(call, course, call.includes)
    return Answer(body=body | {"enrollments": _enrollments(call, course)})


async def get_course_of_account(call: Call, account: str, text: str) -> Answer:
    """Answer GET /accounts/:account_id/courses/:id: the same, but only inside that account's tree."""
    below = subtree(call.store, find_account(call.store, account)["id"])
    if find_course(call.store, text)["account_id"] not in below:
        raise not_found()
    return await get_course(call, text)


async def put_course(call: Call, text: str) -> Answer:
    """Answer PUT /courses/:id with the keys every course has, and none of include[]."""
    draft = await _draft(call, text)
    update_course(draft, call.params)
    return Answer(body=course_json(call.store, call.user, draft.columns, base=call.base))


async def delete_course(call: Call, text: str) -> Answer:
    """Answer DELETE /courses/:id?event=delete|conclude."""
    draft = await _draft(call, text)
    event = call.params.get("event")
    if event not in {"delete", "conclude"}:
        raise message(400, "event must be delete or conclude")
    need_right_for(draft, event)
    done = draft.before["workflow_state"] != {"delete": "deleted", "conclude": "completed"}[event]
    process(draft, event)
    done = done and not draft.errors
    return Answer(body={event: done}, status=200 if done else 400)


async def get_settings(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/settings, which is never behind and whoever may read the course may see."""
    course = find_course(call.store, text)
    await call.world.pause()
    _need(call, course, "read")
    return Answer(body=settings_json(call.store, course, base=call.base))


async def put_settings(call: Call, text: str) -> Answer:
    """Answer PUT /courses/:id/settings with every setting as it is now."""
    draft = await _draft(call, text)
    update_settings(draft, call.params)
    return Answer(body=settings_json(call.store, draft.columns, base=call.base))


async def get_permissions(call: Call, text: str) -> Answer:
    """Answer GET /courses/:id/permissions with a boolean for each name asked for."""
    course = find_course(call.store, text)
    await call.world.pause()
    rights = _need(call, course, "read")
    return Answer(
        body={name: name in rights for name in listed(call.params, "permissions") or sorted(rights)}
    )


async def preview_html(call: Call, text: str) -> Answer:
    """Answer POST /courses/:id/preview_html: what a syllabus would read as, with nothing stored."""
    course = find_course(call.store, text)
    await call.world.pause()
    _need(call, course, "read")
    page = Page(store=call.store, course=course, base=call.base)
    return Answer(body={"html": shown(page, stored(page, str(call.params.get("html") or "")))})


async def get_own_courses(call: Call) -> Answer:
    """Answer GET /courses: those the caller may read, page by bookmark."""
    rows = [
        row
        for row in call.store.rows("courses")
        if row["workflow_state"] != "deleted" and "read" in course_rights(call.store, call.user, row)
    ]
    page = bookmarked(call, rows)
    await call.world.pause(len(page.items))
    body = [
        course_json(call.store, call.user, row, base=call.base)
        | included(call, row, call.includes)
        | {"enrollments": _enrollments(call, row)}
        for row in page.items
    ]
    return Answer(body=body, headers=page.headers)


async def _draft(call: Call, text: str) -> Draft:
    """Read a course and work for a while, so that two overlapping writes read the same."""
    course = find_course(call.store, text)
    await call.world.pause()
    return Draft(world=call.world, user=call.user, base=call.base, before=course)


def _need(call: Call, course: Columns, right: str) -> frozenset[str]:
    rights = course_rights(call.store, call.user, course)
    if right not in rights:
        raise call.not_allowed()
    return rights


def _enrollments(call: Call, course: Columns) -> list[dict[str, Any]]:
    rows = call.store.where("enrollments", course_id=course["id"], user_id=call.user.id)
    return [
        {"type": row["type"].removesuffix("Enrollment").lower(), "enrollment_state": row["workflow_state"]}
        | {"role": row["type"], "user_id": call.user.id}
        for row in rows
        if row["workflow_state"] != "deleted"
    ]
