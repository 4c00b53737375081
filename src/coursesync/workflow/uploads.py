"""Bring files to Canvas while a plan is carried out: each as the plan shows it, and none twice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from coursesync.canvas.uploads import Parcel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Step
from coursesync.catalogue.types import Flaw, Invalid, Value
from coursesync.errors import CanvasRefused, CanvasUnanswered
from coursesync.manifest.include import picture
from coursesync.model import Change, FieldOutcome, Request
from coursesync.model.upload import Upload, Uploaded, upload_in
from coursesync.runs import all_runs
from coursesync.runs.arrivals import arrival, arrivals
from coursesync.workflow.work import Course, Work

# Returns what is in a file of the project, by its path from the root, or raises Invalid.
Content = Callable[[str], bytes]
# Returns what earlier runs brought to Canvas: the sha256 of files, by course and id.
Record = Callable[[], Mapping[tuple[int, int], str]]


def content_in(root: Path) -> Content:
    """Return how to read the files of a project."""
    real = root.resolve()
    return lambda file: picture(real, file)


def no_content(file: str) -> bytes:
    """Read no file: there is no project at hand."""
    raise Invalid(Flaw(message=f"There is no project here to take {file} from."))


def record_in(root: Path, url: str, more: Sequence[Uploaded] = ()) -> Record:
    """Return how to learn what the runs of a project brought to a Canvas; they are read once, if at all.

    more: what is known to have been brought there by other runs.
    """
    known = {(item.course, item.id): item.sha256 for item in more}
    return cache(lambda: {**known, **arrivals([run.journal for run in all_runs(root)], url)})


def outdated(course: Course, requests: Sequence[Request], content: Content) -> str:
    """Say which files that are to be uploaded are not what the plan shows, or nothing."""
    said = [
        why
        for request in requests
        if request.brings_file
        for change in _carried(course, request)
        if (upload := upload_in(change.after)) and (why := _differs(upload, content))
    ]
    return f"{' '.join(said)} Plan again." if said else ""


def unsent(course: Course, requests: Sequence[Request]) -> tuple[Request, ...]:
    """Return requests without those for files that are in Canvas since an earlier life of the run."""
    return tuple(
        request
        for request in requests
        if not (request.brings_file and all(number in course.uploaded for number in request.changes))
    )


async def bring(
    course: Course, request: Request, work: Work, *, leaving: Callable[[], Awaitable[None]]
) -> None:
    """Upload the file that a request announces, and note it where nothing forgets it.

    Raises CanvasError in one of its kinds, and whatever `leaving` raises.
    """
    (change,) = _carried(course, request)
    upload = upload_in(change.after)
    assert upload is not None  # noqa: S101 - only for such changes a file is announced
    why = _differs(upload, work.content)
    if why:
        raise CanvasRefused(f"{why} Plan again.", status=0)
    parcel = Parcel(name=upload.name, content=work.content(upload.file), content_type=upload.content_type)
    try:
        stored = await work.canvas.upload(request.path, request.body, parcel, leaving=leaving)
    except CanvasUnanswered as error:
        left = "A file may be left in the course that nothing uses; nothing was set."
        raise CanvasUnanswered(f"{error.message} {left}", hint=error.hint) from error
    done = Uploaded(
        course=course.plan.id,
        change=change.id,
        field=change.field,
        path=upload.file,
        name=stored.name,
        size=upload.size,
        sha256=upload.sha256,
        id=stored.id,
        leftovers=stored.leftovers,
    )
    course.bring(done)
    work.uploads.append(done)
    await work.journal.note(arrival(request.id, work.canvas.url, done))


def filled(course: Course, request: Request) -> Mapping[str, Value]:
    """Return the body of a request with the ids of uploaded files where their placeholders stand."""
    ids = {
        FIELDS[change.field].parameter: course.uploaded[change.id].id
        for change in _carried(course, request)
        if upload_in(change.after)
    }
    if not ids:
        return request.body
    envelope = Step.ATTRIBUTES.envelope or ""
    inner = request.body[envelope]
    assert isinstance(inner, Mapping)  # noqa: S101 - fields that hold files are attributes
    return {**request.body, envelope: {**inner, **ids}}


def remarked(course: Course, fields: Sequence[FieldOutcome]) -> tuple[FieldOutcome, ...]:
    """Return outcomes that say which file of Canvas a picture became, and what else may be left of it."""
    return tuple(
        replace(item, message=f"{item.message} {_became(course.uploaded[item.change_id])}".strip())
        if item.change_id in course.uploaded
        else item
        for item in fields
    )


def _became(item: Uploaded) -> str:
    also = f" {item.leftovers} more of it may be left there, which nothing uses." if item.leftovers else ""
    return f"{item.path} was uploaded as {item.name}, file {item.id}.{also}"


def _carried(course: Course, request: Request) -> list[Change]:
    return [change for change in course.changes if change.id in request.changes]


def _differs(upload: Upload, content: Content) -> str:
    """Say why a file is not what the plan shows, or nothing."""
    try:
        now = hashlib.sha256(content(upload.file)).hexdigest()
    except Invalid as invalid:
        return " ".join(flaw.message for flaw in invalid.flaws)
    if now == upload.sha256:
        return ""
    return f"{upload.file} changed since the plan: its sha256 was {upload.sha256[:12]} and is {now[:12]}."
