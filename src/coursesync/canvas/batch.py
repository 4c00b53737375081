"""One call for the states of many courses: send it, wait until Canvas has done it, and read who was left out.

Canvas: courses_controller.rb batch_update; progress_controller.rb. Canvas calls the work completed as soon as
one course succeeded; the others are only lines of its message.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.canvas.paths import course_path
from coursesync.canvas.wire import Leaving
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasUnanswered

_PROGRESS = "/api/v1/progress/{id}"
# The waits between looks, in seconds; the last one is repeated. Five hundred courses take Canvas minutes.
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
_LONGEST = 900.0
_FAILURE = re.compile(r"(?P<why>.*\S)\s*:\s*(?P<ids>[0-9]{1,18}(?:\s*,\s*[0-9]{1,18})*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What Canvas says of a batch: why it failed as a whole, if it did, and why single courses did."""

    failed: str = ""
    failures: Mapping[int, str] = field(default_factory=dict)


async def run_batch(
    canvas: Canvas,
    path: str,
    body: Mapping[str, Value],
    *,
    leaving: Leaving,
    sleep: Callable[[float], Awaitable[None]],
) -> BatchResult:
    """Send a batch and wait until it is done.

    leaving: called when it is about to leave, as for any write.
    Raises CanvasRefused where Canvas said no, CanvasUnanswered where nobody knows what became of it.
    """
    answer = await canvas.send("PUT", path, body, leaving=leaving)
    what = f"PUT {path}"
    number = as_id(answer.get("id")) if isinstance(answer, Mapping) else None
    if number is None:
        raise CanvasUnanswered(f"{what} was answered without a progress to follow.")
    waited, waits = 0.0, iter(_WAITS)
    while not _done(answer):
        if waited >= _LONGEST:
            raise CanvasUnanswered(f"Canvas has not finished {what} after {waited / 60:.0f} minutes.")
        wait = next(waits, _WAITS[-1])
        await sleep(wait)
        waited += wait
        answer = await _look(canvas, number, what)
    return _result(answer)


async def _look(canvas: Canvas, number: int, what: str) -> Value:
    try:
        return await canvas.get(course_path(_PROGRESS, number))
    except CanvasError as error:
        raise CanvasUnanswered(f"{what} was sent, and then could not be followed: {error.message}") from error


def _done(answer: Value) -> bool:
    state = answer.get("workflow_state") if isinstance(answer, Mapping) else None
    return isinstance(state, str) and state in {"completed", "failed"}


def _result(answer: Value) -> BatchResult:
    progress = answer if isinstance(answer, Mapping) else {}
    message = progress.get("message")
    said = message if isinstance(message, str) else ""
    if progress.get("workflow_state") == "failed":
        return BatchResult(
            failed=said or "Canvas could do it for none of the courses.", failures=failures(said)
        )
    return BatchResult(failures=failures(said))


def failures(message: str) -> dict[int, str]:
    """Return why courses were left out, from lines like `Access was denied: 12, 13`."""
    found: dict[int, str] = {}
    for line in message.splitlines():
        line_found = _FAILURE.fullmatch(line.strip())
        if line_found:
            for number in line_found["ids"].split(","):
                found[int(number)] = f"{line_found['why'].rstrip('.')}."
    return found
