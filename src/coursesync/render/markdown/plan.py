"""A plan in Markdown that fits a comment: the sum, risks, errors, what many share; each course folded."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.diagnostics import errors
from coursesync.model import Change, CoursePlan, Plan
from coursesync.render.document import Look
from coursesync.render.groups import Group, Moving, of_plan
from coursesync.render.labels import course_header, label
from coursesync.render.lineage import undo_line
from coursesync.render.markdown.many import fitted_lists, left_out_of
from coursesync.render.markdown.marks import (
    LIMIT,
    bullets,
    code,
    fitted,
    folded,
    html_code,
    html_prose,
    joined,
    prose,
    table,
)
from coursesync.render.markdown.moving import differences, moving_list, moving_notes, moving_rows, shared
from coursesync.render.markdown.problems import diagnostic_list
from coursesync.render.markdown.sections import (
    blocks,
    ignored,
    manifests_row,
    policies,
    released,
    remarks,
    requests,
    unverified,
)
from coursesync.render.sentences import (
    above,
    base_line,
    blocked_line,
    cost_line,
    count,
    lasting_line,
    listed,
    plan_closing,
    problems_closing,
    risk_lines,
)

_SPARE = 200
# Together with the rooms of the other sections less than LIMIT, whatever a plan holds.
_ERROR_ROOM = 14_000


def plan_text(plan: Plan, look: Look) -> str:
    """Return a plan as Markdown of at most LIMIT characters."""
    stops = errors(plan.diagnostics)
    said = [prose(line) for line in (undo_line(plan), base_line(plan.base), lasting_line(plan)) if line]
    blocked = filter(None, [blocked_line(plan)])
    top = [
        f"### {prose(plan_closing(plan))}",
        _summary(plan),
        bullets([*said, *(f"**{prose(line)}**" for line in (*blocked, *risk_lines(plan)))]),
        blocks(plan.blocks),
        diagnostic_list(stops, _ERROR_ROOM),
    ]
    if look.quiet:
        return joined(top)
    names = [label(course.declared_id, course.sis_course_id, course.id) for course in plan.courses]
    split = of_plan(plan)
    top += shared(split.blocks, names)
    bottom = [
        released(plan.courses, names),
        ignored(plan.courses, names),
        unverified(plan.courses, names),
        remarks(plan.diagnostics),
        policies(plan.policies),
    ]
    bottom += [requests(plan)] if look.verbose else []
    telling = [
        _course(course, own, name, look)
        for course, own, name in zip(plan.courses, split.own, names, strict=True)
        if own
    ]
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    top += fitted_lists([moving_list(block, names, look) for block in split.blocks], room // 2)
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    telling = fitted(telling, room, left_out=left_out_of(len(telling), "plan"))
    return joined([*top, *telling, *bottom])


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
    if cost := cost_line(plan):
        rows.append(("Cost", prose(cost)))
    rows += manifests_row(plan.source)
    if plan.diagnostics:
        rows.append(("Problems", problems_closing(plan.diagnostics)))
    return table(("Plan", ""), rows)


def _course(course: CoursePlan, own: Sequence[Moving], label: str, look: Look) -> str:
    name, title, about = course_header(course)
    changes = sum(isinstance(item, Change) for item in own)
    counts = [count(changes, "change")] if changes else []
    counts += [count(len(own) - changes, "side effect")] if len(own) > changes else []
    summary = f"<b>{html_code(name)}</b> {html_code(title)} {html_prose(about)}: {listed(counts)}"
    groups = [Group(courses=(0,), items=(item,)) for item in own]
    return folded(
        summary,
        table(("", "Field", "Before", "After", ""), [row for group in groups for row in moving_rows(group)]),
        bullets(line for group in groups for line in moving_notes(group, [label])),
        *(block for group in groups for block in differences(group, look)),
        prose(above((*course.changes, *course.side_effects), own)),
    )
