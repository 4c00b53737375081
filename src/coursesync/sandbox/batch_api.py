"""The endpoint that gives many courses one event, and the one that tells how far that is."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.batch import work
from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.errors import message, not_found
from coursesync.sandbox.jobs import Job
from coursesync.sandbox.lookups import find_account, find_courses_row
from coursesync.sandbox.parameters import listed

_LARGEST = 500
_EVENTS = frozenset({"offer", "conclude", "delete", "undelete"})
# Canvas: progress_runner.rb, it saves its completion after so many steps, and after no fewer than four items.
_STEPS, _SHORTEST_STEP = 20, 4


async def put_courses(call: Call, text: str) -> Answer:
    """Answer PUT /accounts/:id/courses with a Progress; the courses change later."""
    account = find_account(call.store, text)
    await call.world.pause()
    event = call.params.get("event")
    needed = {"undelete_courses"} if event == "undelete" else {"manage_courses", "manage_courses_admin"}
    call.need_account_right(*needed)
    given = listed(call.params, "course_ids")
    if not given:
        raise message(400, "must specify course_ids[]")
    numbers = _numbers(call, given)
    if len(numbers) > _LARGEST:
        raise message(403, f"course batch size limit ({_LARGEST}) exceeded")
    if not event:
        raise message(400, "need to specify event")
    if not isinstance(event, str) or event not in _EVENTS:
        raise message(400, "invalid event")
    return Answer(body=_json(_added(call, account["id"], event, numbers)))


async def get_progress(call: Call, text: str) -> Answer:
    """Answer GET /progress/:id for whoever may read its account."""
    job = call.world.jobs.get(int(text)) if text.isdecimal() else None
    await call.world.pause()
    if job is None:
        raise not_found()
    call.need_account_right("read")
    work(call.world)
    return Answer(body=_json(job))


def _numbers(call: Call, texts: list[str]) -> tuple[int, ...]:
    """Return the numbers of courses; a number may be anybody's, but a SIS id nobody has is dropped."""
    found = []
    for text in texts:
        if text.strip().isdecimal():
            found.append(int(text))
            continue
        course = find_courses_row(call.store, text)
        if course is not None:
            found.append(course["id"])
    return tuple(found)


def _added(call: Call, account_id: int, event: str, numbers: tuple[int, ...]) -> Job:
    jobs, options = call.world.jobs, call.world.options
    now = instant_text(options.now())
    job = Job(
        id=len(jobs) + 1,
        account_id=account_id,
        user=call.user,
        base=call.base,
        event=event,
        course_ids=numbers,
        started=options.clock(),
        created_at=now,
        updated_at=now,
    )
    jobs[job.id] = job
    return job


def _json(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "context_id": job.account_id,
        "context_type": "Account",
        "user_id": job.user.id,
        "tag": "course_batch_update",
        "completion": _completion(job),
        "workflow_state": job.state,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "message": _message(job) if job.finished else None,
        "url": f"{job.base}/api/v1/progress/{job.id}",
        **({"results": None} if job.finished else {}),
    }


def _completion(job: Job) -> float:
    if job.finished:
        return 100.0
    total = len(job.course_ids)
    step = max(total // _STEPS, _SHORTEST_STEP)
    return round(100.0 * (job.done // step * step) / total, 2) if total else 0.0


def _message(job: Job) -> str:
    """Return the count and a line for each error: the state alone does not tell of a course that failed."""
    count = job.processed
    failures = [f"{error}: {', '.join(map(str, numbers))}" for error, numbers in job.failures.items()]
    return "\n".join([f"{count} course{'' if count == 1 else 's'} processed", *failures])
