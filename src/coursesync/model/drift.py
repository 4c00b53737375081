"""Where Canvas differs from the manifests: which side moved, who moved it, and what nobody manages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic
from coursesync.model.live import CanvasAddress
from coursesync.model.manifest import Origin, Source
from coursesync.model.plan import Base, DriftClass, Ignored, Part, PolicyMatch, Released
from coursesync.model.report import LeftOut
from coursesync.model.state import FORMAT_VERSION, Address


class Finding(StrEnum):
    """What was found of a field: it differs, or both sides moved to the same value."""

    DRIFTED = "drifted"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One entry of a course's audit log.

    at: the moment, in UTC. kind: its event type. moved: by the name the log has for a field, its new value;
    an event that carries none, such as `published`, moves what its kind says. The rest as in Blame.
    """

    at: str
    user_id: int | None
    user: str
    source: str
    kind: str
    moved: Mapping[str, Value]
    sis_batch: int | None = None
    copied_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Who changed a field, as the course audit log has it.

    user: the name, empty where the log has none. source: `api`, `manual` (the web pages) or `sis`. event:
    `updated`, `published`, `copied_from` and so on. exact: whether the event gave the field the value it
    has now; else it is the last one that names the field. sis_batch, copied_from: the import, or the
    course copied from, where it was one.
    """

    user_id: int | None
    user: str
    at: str
    source: str
    event: str
    exact: bool
    sis_batch: int | None = None
    copied_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDrift:
    """One field that differs, or on which both sides agreed anew.

    change_id: of the change a plan would hold for it. class: which side moved since the base. before: the
    value at the base, if it was managed then (before_known). after: as the manifests want it. read: as
    Canvas shows it. risk: of putting it back. parts: key by key, for maps, from read to after. message:
    why the class is what it is, where that needs saying.
    """

    change_id: str
    field: Address
    verdict: Finding
    class_: DriftClass
    before: Value
    before_known: bool
    after: Value
    after_known: bool
    read: Value
    risk: Risk = Risk.SAFE
    origin: tuple[Origin, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    message: str = ""
    blame: Blame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseDrift:
    """One course compared.

    fields: those that differ, in the order of the catalogue. in_sync: managed and equal. unverified:
    managed, and never shown by Canvas. released: managed at the base and no longer. unmanaged: what
    Canvas shows and no manifest declares, where coverage was asked for. file, line, column: of the entry,
    or of the first policy.
    """

    id: int
    name: str
    sis_course_id: str | None
    workflow_state: str
    declared_id: str
    account_id: int | None
    file: str
    line: int
    column: int
    fields: tuple[FieldDrift, ...] = ()
    in_sync: tuple[Address, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unverified: tuple[Address, ...] = ()
    released: tuple[Released, ...] = ()
    unmanaged: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCoverage:
    """In how many courses a field is managed, ignored, and neither."""

    field: Address
    managed: int
    ignored: int
    unmanaged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A comparison of manifests with Canvas, made to be read and kept.

    run: of the apply whose receipt gave the base. plan_digest: empty, as nothing is planned. base: what
    differences were classed by, or None where two sides were compared and no more. released: courses that
    were managed at the base and no longer. totals: courses, courses that differ, fields by class, and so
    on. coverage: by field, where it was asked for. accounts: names by account id. blame: why the audit
    log could not tell, empty where it could or was not asked. left_out: empty, as nothing is sent.
    environment: the one of the project file that was compared, if that was known.
    """

    format_version: str = FORMAT_VERSION
    coursesync_version: str
    run: str | None
    plan_digest: str = ""
    canvas: CanvasAddress
    started_at: str
    finished_at: str
    base: Base | None
    source: Source
    courses: tuple[CourseDrift, ...]
    released: tuple[CourseDrift, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    totals: Mapping[str, int]
    coverage: tuple[FieldCoverage, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)
    blame: str = ""
    policies: tuple[PolicyMatch, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    errored: bool = False
    reads: int = 0
    environment: str | None = None
