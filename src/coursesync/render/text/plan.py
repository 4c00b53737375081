"""A plan on a page: what many courses share, each course with what is its own, then the rest, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import errors
from coursesync.model import Action, Change, Plan, SideEffect
from coursesync.render.document import Look
from coursesync.render.groups import Group, Moving, of_plan
from coursesync.render.labels import course_header, label
from coursesync.render.lineage import undo_line
from coursesync.render.sentences import (
    above,
    base_line,
    blocked_line,
    cost_line,
    effect_label,
    lasting_line,
    moved_side,
    notes,
    places,
    plan_closing,
    problems_closing,
    risk_lines,
)
from coursesync.render.text.layers import layer_lines
from coursesync.render.text.layout import Entry, wrap
from coursesync.render.text.pieces import (
    course_lines,
    diagnostic_lines,
    entry,
    paragraph,
    shared_lines,
    varied_entry,
)
from coursesync.render.text.sections import blocks, ignored, policies, released, requests, unverified
from coursesync.render.values import Delta

_SYMBOLS = {Action.SET: ("~", "yellow"), Action.CLEAR: ("-", "red"), Action.CREATE: ("+", "green")}
_RISK_STYLES = {Risk.SAFE: "dim", Risk.LOSSY: "magenta", Risk.DESTRUCTIVE: "bold red"}


def plan_lines(plan: Plan, look: Look) -> Iterator[Text]:
    """Return the lines of a plan."""
    if look.quiet:
        yield from diagnostic_lines(errors(plan.diagnostics), look)
        yield from blocks(plan.blocks, look)
        yield from _closing(plan, look)
        return
    yield from _courses(plan, look)
    names = [label(course.declared_id, course.sis_course_id, course.id) for course in plan.courses]
    for section in (
        released(plan.courses, names, look),
        ignored(plan.courses, names, look),
        unverified(plan.courses, names, look),
        requests(plan, look),
        policies(plan.policies, look),
    ):
        yield from [*section, Text()] if section else []
    if plan.diagnostics:
        yield from diagnostic_lines(plan.diagnostics, look)
        yield from wrap(problems_closing(plan.diagnostics), look.width)
        yield Text()
    if plan.blocks:
        yield from [*blocks(plan.blocks, look), Text()]
    yield from _closing(plan, look)


def _closing(plan: Plan, look: Look) -> Iterator[Text]:
    if blocked := blocked_line(plan):
        yield from wrap(blocked, look.width, style="bold red")
    for line in risk_lines(plan):
        yield from wrap(line, look.width, style="magenta")
    if not look.quiet:
        said = (undo_line(plan), base_line(plan.base), lasting_line(plan), cost_line(plan))
        for line in filter(None, said):
            yield from wrap(line, look.width)
    yield from wrap(plan_closing(plan), look.width, style="bold")


def _courses(plan: Plan, look: Look) -> Iterator[Text]:
    split = of_plan(plan)
    names = [label(course.declared_id, course.sis_course_id, course.id) for course in plan.courses]
    yield from shared_lines(split, names, _entry, look)
    for course, own in zip(plan.courses, split.own, strict=True):
        if own:
            shown_above = above((*course.changes, *course.side_effects), own)
            yield from [*course_lines(course_header(course), own, _entry, look, above=shown_above), Text()]


def _entry(group: Group[Moving], names: Sequence[str], look: Look) -> Entry:
    changes = [item for item in group.items if isinstance(item, Change)]
    if changes:
        return _change(changes, names, look)
    return _side_effect([item for item in group.items if isinstance(item, SideEffect)], names, group, look)


def _change(changes: Sequence[Change], names: Sequence[str], look: Look) -> Entry:
    """Return the entry of a change, or of changes that are the same in the courses of these names."""
    first = changes[0]
    symbol, style = _SYMBOLS[first.action]
    risk = "" if first.risk is Risk.SAFE else first.risk.value
    below = [line for note in notes(changes, names) for line in paragraph(note, look.width, style="italic")]
    return entry(
        symbol,
        style,
        first.field,
        _delta(first),
        look,
        parts=first.parts,
        right="  ".join(filter(None, (moved_side(changes), risk, places(changes)))),
        right_style=_RISK_STYLES[first.risk],
        below=[*below, *(layer_lines(changes, look) if look.verbose else [])],
    )


def _delta(item: Moving) -> Delta:
    return Delta(before=item.before, after=item.after, known=item.after_known)


def _side_effect(
    effects: Sequence[SideEffect], names: Sequence[str], group: Group[Moving], look: Look
) -> Entry:
    first = effects[0]
    style = _RISK_STYLES[first.risk] if first.risk is not Risk.SAFE else "cyan"
    right, right_style = effect_label(first), _RISK_STYLES[first.risk]
    said = " ".join(filter(None, (first.reason, first.lasting)))
    below = paragraph(said, look.width) if said else []
    if group.varied:
        rows = list(zip(names, map(_delta, effects), strict=True))
        return varied_entry(
            "!", style, first.field, rows, look, right=right, right_style=right_style, below=below
        )
    return entry(
        "!", style, first.field, _delta(first), look, right=right, right_style=right_style, below=below
    )
