"""A plan in Markdown that fits a comment: the sum, risks and errors first, each course folded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Severity, errors
from coursesync.model import Action, Change, CoursePlan, Part, Plan, SideEffect
from coursesync.render.document import Look
from coursesync.render.lines import compare
from coursesync.render.markdown.marks import (
    LIMIT,
    bullets,
    code,
    difference,
    fence,
    fitted,
    folded,
    html_code,
    html_prose,
    joined,
    prose,
    table,
)
from coursesync.render.markdown.problems import diagnostic_list
from coursesync.render.sentences import (
    count,
    effect_label,
    label,
    listed,
    place,
    plan_closing,
    plan_header,
    problems_closing,
    risk_lines,
)
from coursesync.render.values import Delta, is_prose, outcome, pieces, shown, visible

_MOST_ROWS = 40
_SPARE = 200
_SIDE_ROOM = 8_000
_ERROR_ROOM = 20_000
_SYMBOLS = {Action.SET: "~", Action.CLEAR: "-", Action.CREATE: "+"}


def plan_text(plan: Plan, look: Look) -> str:
    """Return a plan as Markdown of at most LIMIT characters."""
    stops = errors(plan.diagnostics)
    top = [
        f"### {prose(plan_closing(plan))}",
        _summary(plan),
        bullets(f"**{prose(line)}**" for line in risk_lines(plan)),
        diagnostic_list(stops, _ERROR_ROOM),
    ]
    if look.quiet:
        return joined(top)
    bottom = [_ignored(plan), _unverified(plan), _remarks(plan)]
    bottom += [_requests(plan)] if look.verbose else []
    telling = [course for course in plan.courses if course.changes or course.side_effects]
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    blocks = fitted([_course(course, look) for course in telling], room, left_out=_left_out(len(telling)))
    return joined([*top, *blocks, *bottom])


def _left_out(of: int) -> Callable[[int], str]:
    return lambda number: (
        f"**… {number:,} of {count(of, 'course')} are left out here; the plan as JSON has them all.**"
    )


def _summary(plan: Plan) -> str:
    said, effects = plan.summary, sum(len(course.side_effects) for course in plan.courses)
    rows = [
        ("Canvas", code(plan.canvas.url)),
        ("Courses compared", f"{said.courses:,}"),
        ("Courses to change", f"{said.courses_to_change:,}"),
        ("Changes", f"{said.changes:,}"),
        ("Side effects", f"{effects:,}"),
        ("Requests", f"{said.requests:,}"),
    ]
    if plan.source.commit:
        dirty = " and changes not committed" if plan.source.dirty else ""
        rows.append(("Manifests", f"{code(plan.source.commit[:12])}{dirty}"))
    if plan.diagnostics:
        rows.append(("Problems", problems_closing(plan.diagnostics)))
    return table(("Plan", ""), rows)


def _course(course: CoursePlan, look: Look) -> str:
    name, title, about = plan_header(course)
    counts = [count(len(course.changes), "change")] if course.changes else []
    counts += [count(len(course.side_effects), "side effect")] if course.side_effects else []
    summary = f"<b>{html_code(name)}</b> {html_code(title)} {html_prose(about)}: {listed(counts)}"
    rows = [_change_row(item) for item in course.changes] + [
        _effect_row(item) for item in course.side_effects
    ]
    notes = [f"{code(item.field)}: {prose(note)}" for item in course.changes for note in item.notes]
    notes += [f"{code(item.field)}: {prose(item.reason)}" for item in course.side_effects if item.reason]
    return folded(
        summary,
        table(("", "Field", "Before", "After", ""), [row for group in rows for row in group]),
        bullets(notes),
        *_differences(course, look),
    )


def _change_row(change: Change) -> list[Sequence[str]]:
    risk = "" if change.risk is Risk.SAFE else f"**{change.risk.value}** "
    where = place(change.origin)
    delta = Delta(before=change.before, after=change.after, known=change.after_known)
    return _rows(
        _SYMBOLS[change.action], change.field, delta, change.parts, f"{risk}{code(where) if where else ''}"
    )


def _effect_row(effect: SideEffect) -> list[Sequence[str]]:
    delta = Delta(before=effect.before, after=effect.after, known=effect.after_known)
    return _rows("!", effect.field, delta, (), f"**{effect_label(effect)}**")


def _rows(symbol: str, field: str, delta: Delta, parts: Sequence[Part], last: str) -> list[Sequence[str]]:
    keys = parts or pieces(delta)
    if keys:
        return [
            (
                symbol,
                f"{code(field)} {code(part.key)}",
                code(shown(part.before)),
                code(shown(part.after)),
                last,
            )
            for part in keys
        ]
    if is_prose(delta):
        return [(symbol, code(field), prose(compare(delta).label), "(below)", last)]
    return [(symbol, code(field), code(shown(delta.before)), code(outcome(delta)), last)]


def _differences(course: CoursePlan, look: Look) -> list[str]:
    moving: list[Change | SideEffect] = [*course.changes, *course.side_effects]
    found = [
        (item.field, Delta(before=item.before, after=item.after, known=item.after_known)) for item in moving
    ]
    most = None if look.verbose else _MOST_ROWS
    return [
        f"{code(field)}\n\n{difference(compare(delta, most=most))}"
        for field, delta in found
        if is_prose(delta)
    ]


def _fitted_list(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    kept = fitted(
        [f"- {line}" for line in lines],
        _SIDE_ROOM,
        gap=1,
        left_out=lambda number: f"- **… {number:,} more are left out here.**",
    )
    return folded(f"{html_prose(title)} ({len(lines):,})", "\n".join(kept))


def _ignored(plan: Plan) -> str:
    lines = []
    for course in plan.courses:
        name = label(course.declared_id, course.sis_course_id, course.id)
        for item in course.ignored:
            until = f" until {prose(item.until)}" if item.until else ""
            why = f": {prose(item.reason)}" if item.reason else ""
            lines.append(f"{code(name)} {code(item.field)} by {code(item.pattern)}{until}{why}")
    return _fitted_list("Ignored: declared, but neither compared nor sent", lines)


def _unverified(plan: Plan) -> str:
    lines = [
        f"{code(label(course.declared_id, course.sis_course_id, course.id))} {code(item.field)} "
        f"{code(shown(item.value))}{f' {code(place(item.origin))}' if item.origin else ''}"
        for course in plan.courses
        for item in course.unverified
    ]
    return _fitted_list("Not verifiable: Canvas never shows these; sent only with --send-unverified", lines)


def _remarks(plan: Plan) -> str:
    remarks = [item for item in plan.diagnostics if item.severity is not Severity.ERROR]
    said = problems_closing(remarks).rstrip(".")
    return folded(said, diagnostic_list(remarks, _SIDE_ROOM)) if remarks else ""


def _requests(plan: Plan) -> str:
    calls = [
        f"{item.method} {item.path}\n{json.dumps(item.body, indent=2, ensure_ascii=False)}"
        for item in plan.requests
    ]
    if not calls:
        return ""
    readable = ["\n".join(map(visible, call.split("\n"))) for call in calls]
    kept = fitted(
        readable, _SIDE_ROOM, gap=1, left_out=lambda number: f"… {number:,} more are left out here."
    )
    return folded("Requests, exactly as they will be sent", fence("\n".join(kept), ""))
