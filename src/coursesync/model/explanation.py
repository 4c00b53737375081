"""Why a field of a course is as it is: what each layer says, what Canvas shows, what stands in between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position
from coursesync.model.live import CanvasAddress
from coursesync.model.manifest import Ignore, Origin
from coursesync.model.plan import Change, SideEffect
from coursesync.model.state import Address


class Standing(StrEnum):
    """How a field stands.

    UNVERIFIED: declared, and Canvas never shows it. UNTOLD: declared, and this Canvas does not show it.
    LEFT_ALONE: not compared, as the course is declared deleted. UNMANAGED: declared nowhere.
    """

    IN_SYNC = "in-sync"
    DIFFERS = "differs"
    IGNORED = "ignored"
    UNVERIFIED = "unverified"
    UNTOLD = "untold"
    LEFT_ALONE = "left-alone"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one layer says of a field: the value as written there, and whether it is the one that counts.

    field: its address, or that of the other restriction map, which displaces it or is displaced by it.
    """

    field: Address
    value: Value
    origin: Origin
    wins: bool


class Hold(StrEnum):
    """What a guard is about."""

    ENFORCED = "enforced"
    REQUIRES = "requires"
    CONFLICTS = "conflicts"
    ACCOUNT = "account"
    SIS = "sis"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What holds a value, or keeps another one away; `hinders`: as things stand, it surely does."""

    kind: Hold
    text: str
    hinders: bool = False
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldExplanation:
    """One field of the course.

    live, live_known: what Canvas shows, if it does. desired: what the layers come to, with references and
    instants resolved. layers: weakest first. ignores: the rules that fit the field. change: what a plan
    would send, or would without the rules. side_effects: what Canvas would change besides. example: the
    lines that would manage an unmanaged field, if it can be declared; entry: of the course entry that they
    belong into, if there is one.
    """

    field: Address
    standing: Standing
    live: Value
    live_known: bool
    desired: Value = None
    layers: tuple[Said, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    change: Change | None = None
    side_effects: tuple[SideEffect, ...] = ()
    guards: tuple[Guard, ...] = ()
    example: str = ""
    entry: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Fields of one course, explained; no field where the course could not be read, which diagnostics say.

    declared_id: the id of its entry, empty where it has none. policies: those that match it, weakest first.
    """

    canvas: CanvasAddress
    id: int | None = None
    name: str = ""
    workflow_state: str = ""
    sis_course_id: str | None = None
    declared_id: str = ""
    policies: tuple[str, ...] = ()
    fields: tuple[FieldExplanation, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
