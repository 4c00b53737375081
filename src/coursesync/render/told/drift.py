"""A comparison, item by item: what differs, what moved alike, what left the manifests, what is left alone."""

from __future__ import annotations

from coursesync.diagnostics import Position
from coursesync.model import CourseDrift, Drift, FieldDrift, Finding
from coursesync.render.items import Item, Subject, Told
from coursesync.render.kinds import KINDS
from coursesync.render.lines import compare
from coursesync.render.sentences import base_line, count, drift_closing
from coursesync.render.sides import blame_line, delta_of, keys, sides
from coursesync.render.told.pieces import ignored, name_of, plain, released, risk_line
from coursesync.render.values import is_prose, visible


def of_drift(drift: Drift) -> Told:
    """Return what a comparison has to say."""
    return Told(
        family="drift",
        subjects=(
            *(_compared(course, drift, gone=False) for course in drift.courses),
            *(_compared(course, drift, gone=True) for course in drift.released),
        ),
        closing=drift_closing(drift),
        remarks=drift.diagnostics,
        notes=tuple(filter(None, (visible(drift.blame), base_line(drift.base)))),
        started=drift.started_at,
        finished=drift.finished_at,
        version=drift.coursesync_version,
    )


def _compared(course: CourseDrift, drift: Drift, *, gone: bool) -> Subject:
    # What left the manifests is at no line of them any more, but its file may still be there.
    line, column = (0, 0) if gone else (course.line, course.column)
    department = visible(drift.accounts.get(str(course.account_id), "")).strip()
    items = [
        *map(_field, course.fields),
        *(released(item, drift.canvas.url, course.id, gone=gone) for item in course.released),
        *map(ignored, course.ignored),
        *(plain("unverified", address, "never shown by Canvas") for address in course.unverified),
    ]
    return Subject(
        name=name_of(course),
        group=department or visible(course.file) or "Canvas",
        items=tuple(items),
        id=course.id,
        declared=Position(file=course.file, line=line, column=column) if course.file else None,
        known_as=course.declared_id,
    )


def _field(item: FieldDrift) -> Item:
    delta = delta_of(item)
    field, lines = visible(item.field), list[str]()
    if found := keys(item):
        title = f"{field} {_differ(len(found))}"
        lines = [f"{key} {said.line}" for key, said in found]
    elif is_prose(delta):
        said = compare(delta)
        title = f"{field} {said.label} (- Canvas, + declared)"
        lines = [f"{row.sign} {row.text}".rstrip() for row in said.rows]
    else:
        title = f"{field} {sides(item).line}"
    lines += [visible(item.message)] if item.message else []
    lines += [blame_line(item.blame)] if item.blame else []
    return Item(
        kind=item.class_.value,
        severity=KINDS["drift"][item.class_.value].severity,
        bad=item.verdict is Finding.DRIFTED,
        title=title,
        lines=(*lines, *risk_line(item.risk), *map(visible, item.notes)),
        origin=item.origin,
        number=item.change_id,
        field=item.field,
        class_=item.class_.value,
        risk=item.risk.value,
    )


def _differ(number: int) -> str:
    return f"{count(number, 'key')} {'differs' if number == 1 else 'differ'}"
