"""The files of courses: announced, received, and available (Canvas: attachment.rb, files_controller.rb)."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Any

from coursesync.sandbox.casts import rails_integer
from coursesync.sandbox.errors import Refusal, message, not_found
from coursesync.sandbox.inheritance import quota_bytes
from coursesync.sandbox.parameters import Params
from coursesync.sandbox.seed import digest
from coursesync.sandbox.store import Columns, Store

_MEGABYTE = 1_048_576
_UNNAMED = "unfiled"
_DUPLICATES = ("rename", "overwrite")


def announce(store: Store, course: Columns, sent: Params, *, user_id: int) -> Columns:
    """Note a file that is to come, and return its row; raise Refusal where Canvas would not take it."""
    on_duplicate = sent.get("on_duplicate") or "overwrite"
    if sent.get("parent_folder_path") and sent.get("parent_folder_id"):
        raise message(400, "Can't set folder path and folder id")
    if on_duplicate not in _DUPLICATES:
        raise message(400, "invalid on_duplicate option")
    size = rails_integer(sent.get("size")) or 0
    if "size" in sent and quota_bytes(store, course) < _used(store, course) + size:
        raise message(400, "file size exceeds quota")
    number = store.next_id("files")
    row = {
        "course_id": course["id"],
        "user_id": user_id,
        "name": str(sent.get("name") or "file"),
        "uuid": digest("file", number),
        # What it is until the upload is complete (Canvas: lib/api/v1/attachment.rb, preflight).
        "state": "deleted",
        "folder": str(sent.get("parent_folder_path") or _UNNAMED).strip("/"),
        "content_type": str(sent.get("content_type") or "application/octet-stream"),
        "on_duplicate": on_duplicate,
        "awaits": digest("upload", number),
    }
    store.insert("files", {**row, "id": number})
    return _row(store, number)


def parameters(file: Columns) -> dict[str, str]:
    """Return what must be sent with the content of an announced file, in this order."""
    return {
        "key": f"courses/{file['course_id']}/{file['name']}",
        "Filename": file["name"],
        "content_type": file["content_type"],
        "Policy": file["awaits"] or "",
        "Signature": digest("signature", file["id"]),
    }


def receive(store: Store, number: int, content: bytes) -> Columns:
    """Take the content of an announced file, once, and return its row; it is not available yet."""
    file = store.row("files", number)
    if file is None or not file["awaits"]:
        raise Refusal(403, {"message": "the signature was used or has expired"})
    sha256 = hashlib.sha256(content).hexdigest()
    store.update("files", number, {"awaits": None, "size": len(content), "sha256": sha256})
    return _row(store, number)


def complete(store: Store, file: Columns) -> Columns:
    """Make a received file available under a name that no other file of its folder has; once or again."""
    if file["size"] is None:
        raise message(400, "upload failed")
    if file["state"] == "available":
        return file
    others = [
        row
        for row in store.where("files", course_id=file["course_id"], folder=file["folder"])
        if row["state"] != "deleted" and row["id"] != file["id"]
    ]
    if file["on_duplicate"] == "overwrite":
        for row in others:
            if row["name"] == file["name"]:
                store.update("files", row["id"], {"state": "deleted"})
        name = file["name"]
    else:
        name = _free(file["name"], {row["name"] for row in others})
    store.update("files", file["id"], {"state": "available", "name": name})
    return _row(store, file["id"])


def file_json(file: Columns, *, base: str) -> dict[str, Any]:
    """Return a file as the API shows it (Canvas: lib/api/v1/attachment.rb, attachment_json)."""
    number = file["id"]
    return {
        "id": number,
        "uuid": file["uuid"],
        "folder_id": None,
        "display_name": file["name"],
        "filename": file["name"],
        "content-type": file["content_type"] or "application/octet-stream",
        "url": f"{base}/files/{number}/download?download_frd=1&verifier={file['uuid']}",
        "size": file["size"] or 0,
        "locked": file["state"] == "locked",
        "hidden": file["state"] == "hidden",
        "locked_for_user": False,
    }


def find_file(store: Store, text: str, *, course_id: int | None = None) -> Columns:
    """Return a file that is there, of this course if one is given."""
    row = store.row("files", int(text)) if text.isdigit() else None
    if row is None or row["state"] == "deleted" or (course_id is not None and row["course_id"] != course_id):
        raise not_found()
    return row


def _row(store: Store, number: int) -> Columns:
    row = store.row("files", number)
    if row is None:
        raise not_found()
    return row


def _used(store: Store, course: Columns) -> int:
    there = [row for row in store.where("files", course_id=course["id"]) if row["state"] != "deleted"]
    return int(course["storage_used_mb"] or 0) * _MEGABYTE + sum(row["size"] or 0 for row in there)


def _free(name: str, taken: set[str]) -> str:
    """Return a name, with a number before its suffix where it is taken."""
    path, number, free = PurePosixPath(name), 0, name
    while free in taken:
        number += 1
        free = f"{path.stem}-{number}{path.suffix}"
    return free
