"""The jobs of batches: what they have done by now follows from the clock.

Canvas: course.rb do_batch_update and progress_runner.rb.
"""

from __future__ import annotations

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.events import process_in_batch
from coursesync.sandbox.inheritance import subtree
from coursesync.sandbox.jobs import Job
from coursesync.sandbox.rights import course_rights
from coursesync.sandbox.world import Sandbox


def work(world: Sandbox) -> None:
    """Do what the jobs would have done since somebody last looked."""
    for job in world.jobs.values():
        if not job.finished:
            _continue(world, job)


def _continue(world: Sandbox, job: Job) -> None:
    passed, each = world.options.clock() - job.started, world.options.batch_seconds
    total = len(job.course_ids)
    # A clock adds up fractions; a course that is done but for the last of them is done.
    due = total if each <= 0 else min(total, int(passed / each + 1e-9))
    if passed <= 0 < each:
        return
    below = subtree(world.store, job.account_id)
    for number in job.course_ids[job.done : due]:
        error = _process(world, job, number, below)
        if error:
            job.failures.setdefault(error, []).append(number)
    job.done = due
    job.state = _state(job)
    job.updated_at = instant_text(world.options.now())


def _state(job: Job) -> str:
    if job.done < len(job.course_ids):
        return "running"
    return "completed" if job.processed else "failed"


def _process(world: Sandbox, job: Job, number: int, below: set[int]) -> str | None:
    """Cause the event in one course, or return why that was not done."""
    course = world.store.row("courses", number)
    gone = course is None or (course["workflow_state"] == "deleted" and job.event != "undelete")
    if course is None or gone or course["account_id"] not in below:
        return "The course was not found"
    # The right to the event itself is not looked at.
    if "update" not in course_rights(world.store, job.user, course):
        return "Access was denied"
    process_in_batch(Draft(world=world, user=job.user, base=job.base, before=course), job.event)
    return None
