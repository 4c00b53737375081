"""What is under way in an apply: the run as a whole, each course of it, and what may stop it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.canvas.bulk import Reader
from coursesync.canvas.client import Canvas
from coursesync.catalogue.types import Value
from coursesync.model import Address, Change, CoursePlan, Request, State, Unverified
from coursesync.model.upload import Uploaded
from coursesync.progress import Progress
from coursesync.runs import Attempt, Past
from coursesync.steps.creation import at_birth
from coursesync.steps.verify import Fate, Sending
from coursesync.workflow.journal import Journal
from coursesync.workflow.preflight import Halts


@dataclass(slots=True)
class Stop:
    """Whether the run should send nothing more, and why; set by an interrupt, a failure, or a dead token."""

    reason: str = ""
    interrupted: bool = False
    unavailable: bool = False

    def __bool__(self) -> bool:
        return bool(self.reason)

    def set(self, reason: str, *, interrupted: bool = False, unavailable: bool = False) -> None:
        """Ask for no more requests; the first reason given is kept."""
        self.reason = self.reason or reason
        self.interrupted = self.interrupted or interrupted
        self.unavailable = self.unavailable or unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the courses of one apply share: the client, the journal, what was chosen, and the way to wait.

    past: what an earlier life of the run did. halts: courses of which nothing may be sent. content: returns
    what is in a file of the project, or raises Invalid. uploads: the files that came to Canvas in this life.
    """

    reader: Reader
    journal: Journal
    shown: Mapping[str, Request]
    chosen: Collection[str]
    send_unverified: bool
    fail_fast: bool
    stop: Stop
    sleep: Callable[[float], Awaitable[None]]
    progress: Progress
    content: Callable[[str], bytes]
    uploads: list[Uploaded] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    halts: Halts = field(default_factory=Halts)

    @property
    def canvas(self) -> Canvas:
        """Return the client."""
        return self.reader.canvas


@dataclass(slots=True)
class Course:
    """One course under way.

    before: live state just before the first write. now: as it was looked at last. past: what was meant to be
    sent before the run was taken up again. fates: of each change. answers: what Canvas answered, decoded.
    event: the last request, where it goes together with those of other courses. cut: the run ended first.
    held: why changes were left out after one that did not end as it should. uploaded: the files that came to
    Canvas, by the changes that name them.
    """

    plan: CoursePlan
    changes: Sequence[Change]
    unverified: Sequence[Unverified]
    past: Sequence[Attempt] = ()
    before: State = field(default_factory=dict)
    now: State = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    answers: dict[Address, Value] = field(default_factory=dict)
    event: Request | None = None
    sent: int = 0
    error: str = ""
    cut: bool = False
    held: str = ""
    uploaded: dict[str, Uploaded] = field(default_factory=dict)

    @property
    def unborn(self) -> State:
        """Return what a course that this run has made was before in the fields it was made with."""
        return {change.field: change.before for change in at_birth(self.plan.changes)}

    @property
    def ids(self) -> list[str]:
        """Return the ids of everything that was chosen."""
        return [change.id for change in self.changes] + [item.id for item in self.unverified]

    def bring(self, item: Uploaded) -> None:
        """Note that the file of a change is in Canvas, so that its id is what will be read."""
        self.uploaded[item.change] = item
        self.plan = replace(self.plan, changes=_expecting(self.plan.changes, item))
        self.changes = _expecting(self.changes, item)

    def end(self, ids: Collection[str], sending: Sending, why: str) -> None:
        """Note the fate of some changes, unless it was settled before."""
        for number in ids:
            self.fates.setdefault(number, Fate(sending=sending, message=why))

    def give_up(self, why: str) -> None:
        """End the course with an error; what was not sent by now is not sent."""
        self.error = self.error or why
        self.end(self.ids, Sending.NOT_SENT, why)

    def hold(self, ids: Collection[str], why: str) -> None:
        """Leave changes out because something before them did not end as it should."""
        self.held = self.held or why
        self.end(ids, Sending.NOT_SENT, why)

    def leave(self, ids: Collection[str], stop: Stop) -> None:
        """Leave changes for when the run is taken up again."""
        self.cut = True
        self.end(ids, Sending.NOT_SENT, stop.reason)

    def break_off(self, ids: Collection[str], why: str) -> None:
        """Note that the next request of some changes is not sent; those already begun have failed so far."""
        begun = [key for key in ids if key in self.fates and self.fates[key].sending is Sending.ANSWERED]
        self.fates |= dict.fromkeys(begun, Fate(sending=Sending.REFUSED, message=why))

    def lose(self, why: str) -> None:
        """Note that the run ended before the course was read back."""
        self.cut = True
        self.error = self.error or why


def _expecting(changes: Sequence[Change], item: Uploaded) -> tuple[Change, ...]:
    return tuple(
        replace(change, expected=item.id) if change.id == item.change else change for change in changes
    )


def course_of(plan: CoursePlan, work: Work) -> Course:
    """Return a course at its beginning, with what was chosen of its plan, and what was sent of it before."""
    unverified = [item for item in plan.unverified if work.send_unverified and item.id in work.chosen]
    past = work.past.attempts_on(plan.id)
    course = Course(
        plan=plan,
        changes=[change for change in plan.changes if change.id in work.chosen],
        unverified=unverified,
        past=[attempt for attempt in past if not attempt.request.brings_file],
        sent=sum(attempt.left for attempt in past),
    )
    for item in work.past.uploads:
        if item.course == plan.id:
            course.bring(item)
    if plan.create and plan.id > 0:
        course.end([change.id for change in at_birth(course.changes)], Sending.ANSWERED, "")
        course.sent += 1
    return course
