"""A plan, item by item: what would be sent, and what Canvas would change besides."""

from __future__ import annotations

from collections.abc import Iterator

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Severity
from coursesync.model import Block, Change, CoursePlan, Origin, Plan, SideEffect
from coursesync.render.items import Item, Subject, Told
from coursesync.render.kinds import BLOCKED, CHANGE, SIDE_EFFECT
from coursesync.render.lineage import undo_line
from coursesync.render.sentences import (
    base_line,
    block_head,
    effect_label,
    lasting_line,
    plan_closing,
)
from coursesync.render.told.pieces import (
    group_of,
    ignored,
    moving,
    name_of,
    numbered,
    plain,
    released,
    risk_line,
)
from coursesync.render.values import Delta, pieces, shown, visible

_BY_RISK = {Risk.SAFE: Severity.NOTE, Risk.LOSSY: Severity.WARNING, Risk.DESTRUCTIVE: Severity.ERROR}


def of_plan(plan: Plan) -> Told:
    """Return what a plan has to say."""
    return Told(
        family="plan",
        subjects=(
            *_blocked(plan),
            *(_planned(course, plan.canvas.url) for course in plan.courses),
        ),
        closing=plan_closing(plan),
        remarks=plan.diagnostics,
        notes=tuple(filter(None, (undo_line(plan), base_line(plan.base), lasting_line(plan)))),
        started=plan.created_at,
        version=plan.coursesync_version,
    )


def _blocked(plan: Plan) -> Iterator[Subject]:
    """Yield what stands against the plan as a subject of its own, if anything does."""
    if plan.blocks:
        holding = plan.blocked_by
        items = tuple(_block(block, plan.canvas.url, bad=block in holding) for block in plan.blocks)
        yield Subject(name="limits and protections", group="project", items=items)


def _block(block: Block, host: str, *, bad: bool) -> Item:
    at = Origin(file=block.file, line=block.line, column=block.column, layer="")
    return Item(
        kind=BLOCKED,
        severity=Severity.ERROR,
        bad=bad,
        title=block_head(block),
        lines=tuple(map(visible, filter(None, (block.reason, block.hint)))),
        origin=(at,) if block.file else (),
        number=numbered(host, block.barrier.value, block.what),
    )


def _planned(course: CoursePlan, host: str) -> Subject:
    sent = [*(change.origin for change in course.changes), *(item.origin for item in course.unverified)]
    # A side effect stands nowhere; it comes with what is sent, so it is shown at the first of that.
    first = next(filter(None, sent), ())
    items = [
        *map(_change, course.changes),
        *(_side_effect(effect, first, host, course.id) for effect in course.side_effects),
        *(released(item, host, course.id) for item in course.released),
        *map(ignored, course.ignored),
        *(
            plain("unverified", item.field, f"{shown(item.value)}, never shown by Canvas")
            for item in course.unverified
        ),
    ]
    return Subject(
        name=name_of(course),
        group=group_of(course.account_id),
        items=tuple(items),
        id=course.id,
        declared=first[-1].position if first else None,
        known_as=course.declared_id,
    )


def _change(change: Change) -> Item:
    delta = Delta(before=change.before, after=change.after, known=change.after_known)
    parts = change.parts or pieces(delta)
    keys = [(visible(part.key), Delta(before=part.before, after=part.after)) for part in parts]
    title, lines = moving(change.field, delta, keys)
    return Item(
        kind=CHANGE,
        severity=_BY_RISK[change.risk],
        bad=True,
        title=title,
        lines=(*lines, *risk_line(change.risk), *map(visible, change.remarks)),
        origin=change.origin,
        number=change.id,
        field=change.field,
        class_=change.class_.value if change.class_ else "",
        risk=change.risk.value,
    )


def _side_effect(effect: SideEffect, at: tuple[Origin, ...], host: str, course: int) -> Item:
    delta = Delta(before=effect.before, after=effect.after, known=effect.after_known)
    title, lines = moving(effect.field, delta)
    reason = [visible(text) for text in (effect.reason, effect.lasting) if text]
    return Item(
        kind=SIDE_EFFECT,
        severity=Severity.ERROR if effect.risk is Risk.DESTRUCTIVE else Severity.WARNING,
        bad=False,
        title=f"{title} ({effect_label(effect)})",
        lines=(*lines, *reason),
        origin=at,
        number=numbered(host, course, effect.field, SIDE_EFFECT),
        field=effect.field,
        risk=effect.risk.value,
    )
