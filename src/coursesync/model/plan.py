"""What would be sent: changes, side effects, requests, and the plan that holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic
from coursesync.model.live import CanvasAddress
from coursesync.model.manifest import Origin, Source
from coursesync.model.state import FORMAT_VERSION, Address
from coursesync.model.upload import PlannedUpload


class Action(StrEnum):
    """What a change does; `create` is for the fields of a course that does not exist yet."""

    SET = "set"
    CLEAR = "clear"
    CREATE = "create"


class DriftClass(StrEnum):
    """Which side moved since the base.

    BOTH: both did, to the same value, so that nothing differs any more. CONFLICT: both did, to different
    ones. DIFFERS: there is no base to tell by.
    """

    CONFIG_CHANGED = "config-changed"
    LIVE_CHANGED = "live-changed"
    BOTH = "both"
    CONFLICT = "conflict"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What differences are classed by: the manifests at a commit.

    ref: as asked for, or where it was found. run: of the apply whose receipt named the commit, if one did.
    """

    ref: str
    commit: str
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A field that was managed at the base and is no longer: what Canvas shows, and where it was declared."""

    field: Address
    read: Value
    origin: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One key of a map that differs: its path inside the value, before and after."""

    key: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a course is in the middle of, as far as it was asked; None where it was not, or nobody knows.

    students: whether it has active students or observers. term_runs: whether its term runs now. followers:
    how many courses follow it as their blueprint. follows: whether it follows a blueprint itself.
    """

    students: bool | None = None
    term_runs: bool | None = None
    followers: int | None = None
    follows: bool | None = None


class Barrier(StrEnum):
    """What kind of rule of the project stands in the way of a plan."""

    LIMIT = "limit"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why a plan may not be carried out as it is, though Canvas would take it.

    what: the limit or the field. found, allowed: the numbers of a limit. changes: the ids a protection is
    about. reason: in full sentences. hint: what to type to allow it, if anything. file, line, column: where
    the project file says so.
    """

    barrier: Barrier
    what: str
    reason: str
    hint: str = ""
    found: int | None = None
    allowed: int | None = None
    changes: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 0

    def stands_against(self, sent: Collection[str]) -> bool:
        """Tell whether it stands against a plan of which these ids are sent; a limit always does."""
        return not self.changes or any(number in sent for number in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one course that will be sent.

    id: stable, of host, course and field; of a new course its SIS id. after: what is sent. expected: what
    will be read back where Canvas rewrites the value (HTML), else None. parts: key by key, for maps. origin:
    weakest first. class: which side moved, where the plan has a base. lasting: what `undo` could not put
    back, beside what the risk and its note are about.
    """

    id: str
    field: Address
    action: Action
    before: Value
    after: Value
    after_known: bool = True
    expected: Value = None
    risk: Risk = Risk.SAFE
    origin: tuple[Origin, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    class_: DriftClass | None = None
    lasting: str = ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what a reviewer should read: the notes, and what undo could not put back."""
        return (*self.notes, self.lasting) if self.lasting else self.notes

    @property
    def lasts(self) -> bool:
        """Tell whether undo could not put back all of it."""
        return bool(self.lasting) or self.risk is not Risk.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect:
    """What Canvas will change that nobody declared.

    unverified: only if write-only fields are sent. lasting: what `undo` could not put back, if anything.
    """

    field: Address
    before: Value
    after: Value
    after_known: bool
    risk: Risk
    reason: str
    unverified: bool = False
    lasting: str = ""

    @property
    def lasts(self) -> bool:
        """Tell whether undo could not put back all of it."""
        return bool(self.lasting) or self.risk is not Risk.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """A live value that the plan rests on; where it differs at apply, the course is stale."""

    field: Address
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A field Canvas takes and never shows; sent only on request."""

    id: str
    field: Address
    value: Value
    origin: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A declared field that an ignore rule leaves out, and the rule's reason."""

    field: Address
    pattern: str
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call that writes: exactly what will be sent, for which courses and changes."""

    id: str
    method: str
    path: str
    body: Mapping[str, Value]
    courses: tuple[int, ...]
    changes: tuple[str, ...]

    @property
    def brings_file(self) -> bool:
        """Tell whether it announces a file, which then goes where the answer says, and is completed."""
        return self.method == "POST" and self.path.endswith("/files")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePlan:
    """Everything planned for one course.

    account_id: the account it is in. requests: their ids, in the order they are sent. released: managed at
    the base of the plan and no longer. context: what the risks of the changes were judged by. create:
    whether the course is made first; its id is then a negative number, until it has been.
    """

    id: int
    name: str
    workflow_state: str
    declared_id: str
    sis_course_id: str | None = None
    changes: tuple[Change, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    unverified_requests: tuple[Request, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    requests: tuple[str, ...] = ()
    account_id: int | None = None
    released: tuple[Released, ...] = ()
    context: Context | None = None
    create: bool = False

    @property
    def key(self) -> int | str:
        """Return what its changes are named after: the id, or what a new course will be known by."""
        return f"sis_course_id:{self.sis_course_id}" if self.create else self.id

    @property
    def carried(self) -> Mapping[str, Address]:
        """Return the field of every id that a request can carry: changes, then write-only fields."""
        return {
            **{change.id: change.field for change in self.changes},
            **{item.id: item.field for item in self.unverified},
        }

    @property
    def spoken_of(self) -> frozenset[Address]:
        """Return the fields that changes, side effects and preconditions are about."""
        return frozenset(
            {change.field for change in self.changes}
            | {effect.field for effect in self.side_effects}
            | {item.field for item in self.preconditions}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMatch:
    """How many courses a policy matched, and where it is declared."""

    name: str
    file: str
    line: int
    column: int
    courses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """The same change in several courses: what it is, the courses, and the ids of the changes, in one order.

    Changes are the same where field, action, before, after and risk are. Derived from `courses` of the
    plan, for reviewers; nothing is carried out from it.
    """

    field: Address
    action: Action
    before: Value
    after: Value
    after_known: bool
    risk: Risk
    courses: tuple[int, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """Counts of a plan: courses compared, courses to change, changes, requests to send, reads made.

    apply_reads: about how many reads carrying it out takes. seconds: about how long that takes, rounded, by
    what Canvas's headers said while planning; None where nothing was asked. classes: changes by the side that
    moved, where the plan has a base. preflight_reads: requests that asked what the token may do and what the
    courses are in the middle of, which `reads` does not count. entries_elsewhere: entries for other
    environments only. courses_missing: courses that do not exist yet, where their entry tolerates that.
    """

    courses: int
    courses_to_change: int
    changes: int
    requests: int
    reads: int
    apply_reads: int = 0
    seconds: int | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    preflight_reads: int = 0
    entries_elsewhere: int = 0
    courses_missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: a value that can be saved, reviewed, and carried out later, and never holds a secret.

    policies: how many courses each policy matched. groups: changes that are the same in several courses.
    whole: whether it is about everything the manifests declare. base: what its changes are classed by.
    blocks: what limits and protections of the project say against it. undoes: the run it would put back.
    environment: the one of the project file it was made for, if that was known. uploads: the files that go
    to Canvas, each announced by one of the requests, whose change holds the id that Canvas gives it.
    """

    format_version: str = FORMAT_VERSION
    coursesync_version: str
    created_at: str
    canvas: CanvasAddress
    source: Source
    summary: PlanSummary
    courses: tuple[CoursePlan, ...]
    requests: tuple[Request, ...]
    diagnostics: tuple[Diagnostic, ...]
    errored: bool
    policies: tuple[PolicyMatch, ...] = ()
    groups: tuple[ChangeGroup, ...] = ()
    whole: bool = True
    base: Base | None = None
    blocks: tuple[Block, ...] = ()
    undoes: str | None = None
    environment: str | None = None
    uploads: tuple[PlannedUpload, ...] = ()
    digest: str = ""

    @property
    def blocked_by(self) -> tuple[Block, ...]:
        """Return what stands against it as it is; write-only fields are sent only on request."""
        sent = {change.id for course in self.courses for change in course.changes}
        return tuple(block for block in self.blocks if block.stands_against(sent))
