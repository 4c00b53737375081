"""The nouns: desired and live state, changes, the plan, and the report. No input or output happens here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position

# The one name of a field, such as `attributes.default_view`.
Address = str

# Absent: not managed (desired) or not told to us (live). None: clear, or empty.
State = Mapping[Address, Value]

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in a manifest that sets a value, and the layer it belongs to (`profile online`, `course`)."""

    file: str
    line: int
    column: int
    layer: str

    @property
    def position(self) -> Position:
        """Return the place without the layer."""
        return Position(file=self.file, line=self.line, column=self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A pattern of fields never compared or sent: an address or `settings.*`; why, and until when."""

    pattern: str
    origin: Origin
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredCourse:
    """One course as the manifests want it.

    id: as declared, a Canvas id in digits or `sis_course_id:…`. state: every declared field, write-only
    ones too. origins: for each field the places that set it, weakest first, all kept.
    """

    id: str
    position: Position
    state: State
    origins: Mapping[Address, tuple[Origin, ...]]
    ignores: tuple[Ignore, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCourse:
    """One course as Canvas shows it.

    state: the fields Canvas told us, decoded; an absent one was not told. account: values of the account
    (keys of its JSON) that fields of this course fall back to. previews: what Canvas said it would make of
    an HTML value, by sha256 of the desired text. restricted: Canvas hides the course from this token.
    """

    id: int
    name: str
    sis_course_id: str | None = None
    workflow_state: str = ""
    account_id: int | None = None
    root_account_id: int | None = None
    state: State = field(default_factory=dict)
    account: State = field(default_factory=dict)
    previews: Mapping[str, str] = field(default_factory=dict)


class Action(StrEnum):
    """What a change does; `create` is reserved."""

    SET = "set"
    CLEAR = "clear"
    CREATE = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One key of a map that differs: its path inside the value, before and after."""

    key: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one course that will be sent.

    id: stable, of host, course and field. after: what is sent. expected: what will be read back where
    Canvas rewrites the value (HTML), else None. parts: key by key, for maps. origin: weakest first.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect:
    """What Canvas will change that nobody declared; `unverified`: only if write-only fields are sent."""

    field: Address
    before: Value
    after: Value
    after_known: bool
    risk: Risk
    reason: str
    unverified: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePlan:
    """Everything planned for one course; `requests` names the ids, in the order they are sent."""

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
class CanvasAddress:
    """Which Canvas: its base URL without a path, and the account a run was limited to, if any."""

    url: str
    account: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file a plan was made from, by its content."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The manifests of a plan: git commit (None outside git), whether the work tree was dirty, every file."""

    commit: str | None = None
    dirty: bool = False
    manifests: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """Counts of a plan: courses compared, courses to change, changes, requests to send, reads made."""

    courses: int
    courses_to_change: int
    changes: int
    requests: int
    reads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: a value that can be saved, reviewed, and carried out later, and never holds a secret."""

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
    digest: str = ""


class Verdict(StrEnum):
    """What became of a field, decided after the last request of its course."""

    APPLIED = "applied"
    NORMALISED = "normalised"
    IGNORED = "ignored"
    ALTERED = "altered"
    UNEXPECTED = "unexpected"
    FAILED = "failed"
    SKIPPED = "skipped"
    STALE = "stale"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"

    @property
    def good(self) -> bool:
        """Tell whether nobody needs to look at it."""
        return self in {Verdict.APPLIED, Verdict.NORMALISED, Verdict.SKIPPED, Verdict.UNVERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOutcome:
    """What became of one field: the value before, the one sent, the one read back, and why if not applied.

    change_id is None for side effects and for fields that moved unasked.
    """

    change_id: str | None
    field: Address
    verdict: Verdict
    before: Value
    after: Value
    read: Value
    message: str = ""
    side_effect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOutcome:
    """What became of one course; `error` says why it ended early, if it did."""

    id: int
    name: str
    sis_course_id: str | None
    fields: tuple[FieldOutcome, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A request, key or change of the plan that was not sent, and why."""

    course: int
    field: Address
    change_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an apply did, field by field; totals are counted from the verdicts.

    interrupted: somebody pressed Ctrl-C. unavailable: Canvas was lost, or the token refused, on the way.
    errors: why the run ended early, if it did.
    """

    format_version: str = FORMAT_VERSION
    run: str
    plan_digest: str
    canvas: CanvasAddress
    started_at: str
    finished_at: str
    courses: tuple[CourseOutcome, ...]
    left_out: tuple[LeftOut, ...]
    totals: Mapping[str, int]
    requests_sent: int
    interrupted: bool = False
    unavailable: bool = False
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Live state saved to plan against without a token.

    courses: by declared id, every readable field. references: ids behind `sis_term_id:…` and
    `sis_account_id:…`.
    """

    format_version: str = FORMAT_VERSION
    canvas: CanvasAddress
    created_at: str
    courses: Mapping[str, LiveCourse]
    references: Mapping[str, int]
