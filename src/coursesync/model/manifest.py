"""What manifests say: the courses as desired, where each value stands, policies and ignore rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coursesync.diagnostics import Position
from coursesync.model.state import Address, State


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
class Creation:
    """How a course is made that does not exist: in which account, with which SIS id, and who says so.

    account: a Canvas id in digits, or a reference.
    """

    account: str
    sis_course_id: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredCourse:
    """One course as the manifests want it.

    id: as declared, a Canvas id in digits or `sis_course_id:…`. state: every declared field, write-only
    ones too. origins: for each field the places that set it, weakest first, all kept. may_lack: whether the
    course may not exist yet. creation: how it is made where it does not.
    """

    id: str
    position: Position
    state: State
    origins: Mapping[Address, tuple[Origin, ...]]
    ignores: tuple[Ignore, ...] = ()
    may_lack: bool = False
    creation: Creation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which courses a policy is about; what is not given (None, or no states) does not narrow it.

    account: a Canvas id or `sis_account_id:X`; the accounts below it count too. term: likewise, or
    `sis_term_id:X`. workflow_state: states as courses read them. name, sis_course_id: globs, case and all.
    starts_…, ends_…: instants in UTC, held against the course's own date, else its term's; a course with
    neither does not match.
    """

    account: str | None = None
    term: str | None = None
    workflow_state: tuple[str, ...] = ()
    blueprint: bool | None = None
    template: bool | None = None
    with_enrollments: bool | None = None
    name: str | None = None
    sis_course_id: str | None = None
    starts_before: str | None = None
    starts_after: str | None = None
    ends_before: str | None = None
    ends_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One rule for every course that its selector matches, save those that fit a glob of `excepts`.

    position: of its name. enforce: whether it is the strongest layer of a course instead of the weakest.
    places: of the conditions of its selector, by their keys.
    """

    name: str
    position: Position
    selector: Selector
    excepts: tuple[str, ...] = ()
    enforce: bool = False
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)


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
