"""A document as a sheet: one row for each course, one cell for each field that it says something about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.model import (
    Address,
    Blame,
    Change,
    CourseDrift,
    CourseOutcome,
    CoursePlan,
    Drift,
    DriftClass,
    FieldDrift,
    FieldOutcome,
    Ignored,
    Origin,
    Part,
    Plan,
    Released,
    Report,
    SideEffect,
    Verdict,
)
from coursesync.model.upload import upload_in
from coursesync.render.labels import label
from coursesync.render.values import visible


class Mark(StrEnum):
    """What a cell says of its field, in the words of its legend."""

    IN_SYNC = "in sync"
    CONFIG_CHANGED = "config changed"
    LIVE_CHANGED = "live changed"
    CONFLICT = "conflict"
    BOTH = "both moved alike"
    DIFFERS = "differs"
    SIDE_EFFECT = "side effect"
    APPLIED = "applied"
    LEFT = "left as it was"
    FAILED = "failed"
    IGNORED = "ignored"
    UNVERIFIED = "never shown"
    RELEASED = "no longer managed"
    UNMANAGED = "not managed"


OF_CLASS = {
    DriftClass.CONFIG_CHANGED: Mark.CONFIG_CHANGED,
    DriftClass.LIVE_CHANGED: Mark.LIVE_CHANGED,
    DriftClass.CONFLICT: Mark.CONFLICT,
    DriftClass.BOTH: Mark.BOTH,
    DriftClass.DIFFERS: Mark.DIFFERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a document says of one field of one course.

    live: what Canvas shows, or showed before a change. desired: what it should be; desired_known is False
    where Canvas decides. base: the value at the base, if base_known. read: what was read back after a change,
    if was_read. parts: of a map, from live to desired. word: a verdict, where there is one.
    """

    field: Address
    mark: Mark
    live: Value = None
    desired: Value = None
    desired_known: bool = True
    base: Value = None
    base_known: bool = False
    read: Value = None
    was_read: bool = False
    risk: Risk = Risk.SAFE
    origin: tuple[Origin, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    message: str = ""
    word: str = ""
    change_id: str = ""
    blame: Blame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One course. label: what people call it. department: the name of its account, else its number.

    file, line, column: where it is declared, as far as the document says. problem: why it ended early.
    """

    id: int
    label: str
    name: str
    workflow_state: str
    department: str
    cells: tuple[Cell, ...]
    file: str = ""
    line: int = 0
    column: int = 0
    problem: str = ""


_WITHOUT_VALUES = {Mark.IN_SYNC, Mark.IGNORED, Mark.UNMANAGED}


def said(cell: Cell) -> Mapping[str, Value]:
    """Return the values that a cell says something of, by the name of their attribute."""
    if cell.mark in _WITHOUT_VALUES:
        return {}
    if cell.mark is Mark.RELEASED:
        return {"live": cell.live}
    if cell.mark is Mark.UNVERIFIED:
        # A comparison does not say what is wanted of a field that Canvas never shows.
        return {"desired": cell.desired} if cell.change_id else {}
    found = {"live": cell.live, "desired": cell.desired}
    if cell.base_known:
        found["base"] = cell.base
    if cell.was_read:
        found["read"] = cell.read
    return found


def rows(document: Plan | Report | Drift) -> tuple[Row, ...]:
    """Return the rows of a document, in its order."""
    if isinstance(document, Plan):
        return tuple(_planned(course) for course in document.courses)
    if isinstance(document, Report):
        return tuple(_applied(course) for course in document.courses)
    found = (*document.courses, *document.released)
    return tuple(_compared(course, document.accounts) for course in found)


def _planned(course: CoursePlan) -> Row:
    cells = [
        *map(_of_change, course.changes),
        *map(_of_effect, course.side_effects),
        *map(_of_ignored, course.ignored),
        *map(_of_released, course.released),
        *(
            Cell(
                field=item.field,
                mark=Mark.UNVERIFIED,
                desired=item.value,
                origin=item.origin,
                change_id=item.id,
            )
            for item in course.unverified
        ),
    ]
    return Row(
        id=course.id,
        label=label(course.declared_id, course.sis_course_id, course.id),
        name=visible(course.name),
        workflow_state=course.workflow_state,
        department=_department(course.account_id, {}),
        cells=tuple(cells),
    )


def _of_change(change: Change) -> Cell:
    return Cell(
        field=change.field,
        mark=OF_CLASS[change.class_] if change.class_ else Mark.DIFFERS,
        live=change.before,
        desired=change.after,
        desired_known=change.after_known or upload_in(change.after) is not None,
        risk=change.risk,
        origin=change.origin,
        parts=change.parts,
        notes=change.remarks,
        change_id=change.id,
    )


def _of_effect(effect: SideEffect) -> Cell:
    return Cell(
        field=effect.field,
        mark=Mark.SIDE_EFFECT,
        live=effect.before,
        desired=effect.after,
        desired_known=effect.after_known,
        risk=effect.risk,
        message=" ".join(filter(None, (effect.reason, effect.lasting))),
    )


def _of_ignored(item: Ignored) -> Cell:
    until = f" until {item.until}" if item.until else ""
    reason = f": {item.reason}" if item.reason else ""
    return Cell(field=item.field, mark=Mark.IGNORED, message=f"By the rule {item.pattern}{until}{reason}")


def _of_released(item: Released) -> Cell:
    return Cell(field=item.field, mark=Mark.RELEASED, live=item.read, origin=item.origin)


def _applied(course: CourseOutcome) -> Row:
    return Row(
        id=course.id,
        label=label("", course.sis_course_id, course.id),
        name=visible(course.name),
        workflow_state="",
        department=_department(course.account_id, {}),
        cells=tuple(map(_of_outcome, course.fields)),
        problem=course.error,
    )


_AS_IT_WAS = {Verdict.SKIPPED, Verdict.STALE}
_NOT_READ = {Verdict.SKIPPED, Verdict.UNKNOWN, Verdict.UNVERIFIED}


def _of_outcome(item: FieldOutcome) -> Cell:
    mark = Mark.APPLIED if item.verdict.good else Mark.FAILED
    if item.verdict in _AS_IT_WAS:
        mark = Mark.LEFT
    elif item.verdict is Verdict.UNVERIFIED:
        mark = Mark.UNVERIFIED
    elif item.side_effect and item.verdict.good:
        mark = Mark.SIDE_EFFECT
    return Cell(
        field=item.field,
        mark=mark,
        live=item.before,
        desired=item.after,
        read=item.read,
        was_read=item.verdict not in _NOT_READ,
        message=item.message,
        word=item.verdict.value,
        change_id=item.change_id or "",
    )


def _compared(course: CourseDrift, accounts: Mapping[str, str]) -> Row:
    return Row(
        id=course.id,
        label=label(course.declared_id, course.sis_course_id, course.id),
        name=visible(course.name),
        workflow_state=course.workflow_state,
        department=_department(course.account_id, accounts),
        cells=tuple(_drift_cells(course)),
        file=course.file,
        line=course.line,
        column=course.column,
    )


def _drift_cells(course: CourseDrift) -> Iterator[Cell]:
    yield from map(_of_drift, course.fields)
    yield from (Cell(field=address, mark=Mark.IN_SYNC) for address in course.in_sync)
    yield from map(_of_ignored, course.ignored)
    yield from (Cell(field=address, mark=Mark.UNVERIFIED) for address in course.unverified)
    yield from map(_of_released, course.released)
    yield from (Cell(field=address, mark=Mark.UNMANAGED) for address in course.unmanaged)


def _of_drift(item: FieldDrift) -> Cell:
    return Cell(
        field=item.field,
        mark=OF_CLASS[item.class_],
        live=item.read,
        desired=item.after,
        desired_known=item.after_known or upload_in(item.after) is not None,
        base=item.before,
        base_known=item.before_known,
        risk=item.risk,
        origin=item.origin,
        parts=item.parts,
        notes=item.notes,
        message=item.message,
        change_id=item.change_id,
        blame=item.blame,
    )


def _department(account_id: int | None, accounts: Mapping[str, str]) -> str:
    if account_id is None:
        return ""
    return visible(accounts.get(str(account_id), f"account {account_id}"))
