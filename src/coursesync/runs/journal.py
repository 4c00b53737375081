"""The journal of a run: its events as lines, and what the lines tell when a run is looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coursesync import disk
from coursesync.catalogue.types import Value
from coursesync.documents.settled import load_settled, settled_json
from coursesync.errors import PlanFileError, UsageProblem
from coursesync.model import Request, Settled
from coursesync.model.upload import Uploaded
from coursesync.runs.arrivals import arrived

_OK = "ok"

# One thing that happened; `event` says what kind.
Event = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that a run meant to send, and how far it came.

    left: whether it may have left. known: whether Canvas answered. undone: whether Canvas surely did not
    carry it out, though it said nothing about the request itself. why: what Canvas refused, if it did.
    failures: of a call for many courses, why single ones were left out.
    """

    request: Request
    left: bool = False
    known: bool = False
    undone: bool = False
    why: str = ""
    failures: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a journal tells.

    choice: what of the plan was to be carried out; None where it was never written. started: when. attempts:
    in their order. settled: the last that was said of each course. resumed: when the run was taken up again.
    uploads: the files that came to Canvas.
    created: the ids of courses that were made, by their negative numbers.
    """

    choice: Mapping[str, Any] | None = None
    started: str = ""
    attempts: tuple[Attempt, ...] = ()
    settled: Mapping[int, Settled] = field(default_factory=dict)
    resumed: tuple[str, ...] = ()
    created: Mapping[int, int] = field(default_factory=dict)
    uploads: tuple[Uploaded, ...] = ()

    @property
    def concluded(self) -> Mapping[int, Settled]:
        """Return the courses that the run was through with."""
        return {number: item for number, item in self.settled.items() if not item.cut}

    @property
    def departed(self) -> int:
        """Return how many requests left, or may have."""
        return sum(attempt.left for attempt in self.attempts)

    def attempts_on(self, course: int) -> tuple[Attempt, ...]:
        """Return the requests that were meant for a course, in their order."""
        return tuple(attempt for attempt in self.attempts if course in attempt.request.courses)


def lines(events: Iterable[Event], *, at: str) -> str:
    """Return events as lines, each with the moment it is written at."""
    return "".join(json.dumps({"at": at, **event}) + "\n" for event in events)


def beginning(choice: Mapping[str, Value]) -> tuple[Event, ...]:
    """Return the event a journal begins with; choice: what of the plan is carried out."""
    return ({"event": "begun", "choice": dict(choice)},)


def resumption() -> tuple[Event, ...]:
    """Return the event of a run that is taken up again."""
    return ({"event": "resumed"},)


def departure(request: Request) -> tuple[Event, ...]:
    """Return the events of a request that leaves once they are written: its intent, and that it left."""
    intent: Event = {
        "event": "intent",
        "request": request.id,
        "courses": list(request.courses),
        "changes": list(request.changes),
        "method": request.method,
        "path": request.path,
        "body": dict(request.body),
    }
    return intent, {"event": "sent", "request": request.id}


def answer(
    request_id: str, result: str = _OK, *, failures: Mapping[int, str] | None = None
) -> tuple[Event, ...]:
    """Return the event of an answer: `ok`, or why not, and for which of many courses not."""
    told: dict[str, Value] = {"event": "answered", "request": request_id, "result": result}
    if failures:
        told["failures"] = {str(course): why for course, why in failures.items()}
    return (told,)


def creation(request_id: str, course: int) -> tuple[Event, ...]:
    """Return the event of a course that is there: the request that made it, and the id Canvas gave it."""
    return ({"event": "created", "request": request_id, "course": course},)


def loss(request_id: str, why: str, *, undone: bool) -> tuple[Event, ...]:
    """Return the event of a request that left and got no answer of its own; undone: Canvas did nothing."""
    return ({"event": "unanswered", "request": request_id, "reason": why, "undone": undone},)


def conclusion(courses: Iterable[Settled]) -> tuple[Event, ...]:
    """Return the events of courses that were read back: what became of each field, and what was not sent."""
    return tuple({"event": "verified", "course": item.outcome.id, **settled_json(item)} for item in courses)


def is_event(line: bytes) -> bool:
    """Tell whether a line is whole, for all that can be seen."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and isinstance(event.get("event"), str)


def read_journal(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the events of a journal; a last line that was cut off by a crash is left out.

    Raises UsageProblem where it cannot be read or was damaged elsewhere.
    """
    with disk.access(path, doing="read"):
        *whole, last = path.read_bytes().split(b"\n")
    # What follows the last line break was not written to its end.
    if is_event(last):
        whole.append(last)
    for number, line in enumerate(whole, start=1):
        if not is_event(line):
            raise _damaged(number, path)
    return tuple(json.loads(line) for line in whole)


def read_past(path: Path) -> Past:
    """Return what a journal tells; one that does not exist tells nothing.

    Raises UsageProblem where it cannot be read or is damaged.
    """
    if not path.exists():
        return Past()
    return _Reader(path).read(read_journal(path))


class _Reader:
    """Takes the events of one journal in; whatever is not as we write it is a UsageProblem."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._past = Past()
        self._attempts: list[Attempt] = []
        self._last: dict[str, int] = {}
        self._settled: dict[int, Settled] = {}
        self._created: dict[int, int] = {}

    def read(self, events: Sequence[Mapping[str, Any]]) -> Past:
        for number, event in enumerate(events, start=1):
            try:
                self._take(event)
            except (KeyError, TypeError, ValueError, AttributeError, PlanFileError) as error:
                raise _damaged(number, self._path) from error
        return replace(
            self._past, attempts=tuple(self._attempts), settled=self._settled, created=self._created
        )

    def _take(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "begun":
                choice = event["choice"]
                self._past = replace(self._past, choice={**choice}, started=_text(event["at"]))
            case "resumed":
                self._past = replace(self._past, resumed=(*self._past.resumed, _text(event["at"])))
            case "intent":
                self._last[_text(event["request"])] = len(self._attempts)
                self._attempts.append(Attempt(request=_request(event)))
            case "sent":
                self._amend(event, left=True)
            case "uploaded":
                self._past = replace(self._past, uploads=(*self._past.uploads, arrived(event)))
            case "created":
                (stand_in,) = self._attempts[self._last[_text(event["request"])]].request.courses
                self._created[stand_in] = _number(event["course"])
            case "answered":
                result = _text(event["result"])
                failures = {int(key): _text(why) for key, why in event.get("failures", {}).items()}
                self._amend(event, known=True, why="" if result == _OK else result, failures=failures)
            case "unanswered":
                self._amend(event, why=_text(event["reason"]), undone=event["undone"] is True)
            case "verified":
                told = {key: event[key] for key in ("outcome", "left_out", "cut")}
                self._settled[_number(event["course"])] = load_settled(told, name=str(self._path))

    def _amend(self, event: Mapping[str, Any], **news: Any) -> None:
        place = self._last[_text(event["request"])]
        self._attempts[place] = replace(self._attempts[place], **news)


def _request(event: Mapping[str, Any]) -> Request:
    return Request(
        id=_text(event["request"]),
        method=_text(event["method"]),
        path=_text(event["path"]),
        body={**event["body"]},
        courses=tuple(map(_number, event["courses"])),
        changes=tuple(map(_text, event["changes"])),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _damaged(number: int, path: Path) -> UsageProblem:
    return UsageProblem(
        f"Line {number} of {path} is damaged, so the run cannot be known from it.",
        hint="A new plan starts from what Canvas holds now: coursesync plan",
    )
