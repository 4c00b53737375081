"""The endpoints of files: the first and the last step of an upload, and what is known of a file."""

from __future__ import annotations

from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.errors import not_found
from coursesync.sandbox.files import announce, complete, file_json, find_file, parameters
from coursesync.sandbox.lookups import find_course
from coursesync.sandbox.rights import course_rights
from coursesync.sandbox.storage import STORAGE
from coursesync.sandbox.store import Columns

_ADD = frozenset({"manage_files_add", "manage_files"})


async def post_file(call: Call, text: str) -> Answer:
    """Answer POST /courses/:id/files with where the content goes, and what must go with it."""
    course = find_course(call.store, text)
    await call.world.pause()
    if not course_rights(call.store, call.user, course) & _ADD:
        raise call.not_allowed()
    file = announce(call.store, course, call.params, user_id=call.user.id)
    host = call.world.options.storage or call.base
    body = {
        "upload_url": f"{host}{STORAGE}/{file['id']}",
        "upload_params": parameters(file),
        "file_param": "file",
    }
    return Answer(body=body)


async def get_success(call: Call, text: str) -> Answer:
    """Answer GET /files/:id/create_success, which makes a file that was received available."""
    file = call.store.row("files", int(text)) if text.isdigit() else None
    await call.world.pause()
    if file is None or call.params.get("uuid") != file["uuid"]:
        raise not_found()
    return Answer(body=file_json(complete(call.store, file), base=call.base))


async def get_file(call: Call, text: str) -> Answer:
    """Answer GET /files/:id."""
    file = find_file(call.store, text)
    await call.world.pause()
    course = call.store.row("courses", file["course_id"] or 0)
    return _shown(call, file, course)


async def get_course_file(call: Call, text: str, number: str) -> Answer:
    """Answer GET /courses/:id/files/:id: the same, but only for a file of that course."""
    course = find_course(call.store, text)
    file = find_file(call.store, number, course_id=course["id"])
    await call.world.pause()
    return _shown(call, file, course)


def _shown(call: Call, file: Columns, course: Columns | None) -> Answer:
    if course is None or "read" not in course_rights(call.store, call.user, course):
        raise call.not_allowed()
    return Answer(body=file_json(file, base=call.base))
