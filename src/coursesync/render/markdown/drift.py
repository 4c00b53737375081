"""A comparison in Markdown that fits a comment: the sum, errors, what many share; each course folded."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import errors
from coursesync.model import CourseDrift, Drift, DriftClass, FieldDrift
from coursesync.render.document import Look
from coursesync.render.groups import Block, Group, agreed, differing, of_drift
from coursesync.render.labels import course_header, label
from coursesync.render.lines import compare
from coursesync.render.markdown.coverage import coverage
from coursesync.render.markdown.many import course_list, fitted_lists, left_out_of
from coursesync.render.markdown.marks import (
    LIMIT,
    bullets,
    code,
    difference,
    fitted,
    fitted_bullets,
    fitted_table,
    folded,
    html_code,
    html_prose,
    joined,
    prose,
    table,
)
from coursesync.render.markdown.problems import diagnostic_list
from coursesync.render.markdown.sections import fold, ignored, manifests_row, policies, released, remarks
from coursesync.render.sentences import (
    above_fields,
    base_line,
    count,
    drift_closing,
    notes,
    place,
    places,
    problems_closing,
)
from coursesync.render.sides import SEVERAL, Sides, blame_lines, common_sides, delta_of, keys, sides
from coursesync.render.values import is_prose
from coursesync.render.where import passing_line

_SPARE = 200
# Together with the rooms of the other sections less than LIMIT, whatever a comparison holds.
_ERROR_ROOM = 9_000
_TABLE_ROOM = 7_000
_NOTES_ROOM = 3_000
_VALUES_ROOM = 6_000
_MOST_ROWS = 40
_MOST_BLAMES = 3
_HEAD = ("Moved", "Field", "Canvas", "Declared")


def drift_text(drift: Drift, look: Look) -> str:
    """Return a comparison as Markdown of at most LIMIT characters."""
    top = [
        f"### {prose(drift_closing(drift))}",
        _summary(drift),
        bullets(
            map(prose, filter(None, (base_line(drift.base), drift.blame, passing_line(drift.canvas.url))))
        ),
        diagnostic_list(errors(drift.diagnostics), _ERROR_ROOM),
    ]
    if look.quiet:
        return joined(top)
    names, split = _names(drift.courses), of_drift(drift)
    top += _shared(split.blocks, names, look)
    bottom = _bottom(drift, look)
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    top += fitted_lists([_list(block, names, look) for block in split.blocks], room // 2)
    room = LIMIT - len(joined([*top, *bottom])) - _SPARE
    telling = [
        _course(course, own, name, look)
        for course, own, name in zip(drift.courses, split.own, names, strict=True)
        if own
    ]
    blocks = fitted(telling, room, left_out=left_out_of(len(telling), "comparison"))
    return joined([*top, *blocks, *bottom])


def _names(courses: Sequence[CourseDrift]) -> list[str]:
    return [label(course.declared_id, course.sis_course_id, course.id) for course in courses]


def _summary(drift: Drift) -> str:
    totals = drift.totals
    classes = [
        ("Changed in Canvas", DriftClass.LIVE_CHANGED),
        ("Changed in git", DriftClass.CONFIG_CHANGED),
        ("Conflicts", DriftClass.CONFLICT),
    ]
    by_class = [(title, f"{totals.get(class_, 0):,}") for title, class_ in classes]
    rows = [
        ("Canvas", code(drift.canvas.url)),
        ("Courses compared", f"{totals.get('courses', 0):,}"),
        ("Courses that differ", f"{totals.get('courses_drifted', 0):,}"),
        ("Fields that differ", f"{totals.get('fields', 0):,}"),
        *(by_class if drift.base else []),
        *manifests_row(drift.source),
    ]
    if drift.diagnostics:
        rows.append(("Problems", problems_closing(drift.diagnostics)))
    return table(("Drift", ""), rows)


def _bottom(drift: Drift, look: Look) -> list[str]:
    every = (*drift.courses, *drift.released)
    names = _names(every)
    return [
        _agreed(every, names),
        released(every, names),
        _gone(drift.released),
        ignored(every, names),
        _unverified(every, names),
        coverage(drift, _names(drift.courses), look),
        remarks(drift.diagnostics),
        policies(drift.policies),
    ]


def _shared(blocks: Sequence[Block[FieldDrift]], names: Sequence[str], look: Look) -> list[str]:
    """Return what many courses share: a table of it, and what is to be known; names: of all courses."""
    groups = [group for block in blocks for group in block.groups]
    rows = [(*cells[:4], f"{len(group.courses):,}", cells[4]) for group in groups for cells in _rows(group)]
    said = [
        line
        for group in groups
        for line in _remarks(group.items, [names[number] for number in group.courses], look)
    ]
    return [
        fitted_table((*_HEAD, "Courses", "From"), rows, _TABLE_ROOM),
        fitted_bullets(list(dict.fromkeys(said)), _NOTES_ROOM),
    ]


def _list(block: Block[FieldDrift], names: Sequence[str], look: Look) -> str:
    """Return the courses of a block, folded, with the values that differ; names: of all courses."""
    mine = [names[number] for number in block.courses]
    varied = [group for group in block.groups if group.varied]
    return course_list(
        mine,
        [item.field for item in block.items],
        *(_course_values(group.items, mine) for group in varied),
        *(text for group in block.groups if not group.varied for text in _difference(group.first, look)),
        named=len(varied) == len(block.groups),
    )


def _course_values(items: Sequence[FieldDrift], names: Sequence[str]) -> str:
    rows = [(code(name), _live(item)) for name, item in zip(names, items, strict=True)]
    return fitted_table(("Course", f"{code(items[0].field)} in Canvas"), rows, _VALUES_ROOM)


def _live(item: FieldDrift) -> str:
    delta = delta_of(item)
    return prose(compare(delta).label) if is_prose(delta) else code(sides(item).live)


def _course(course: CourseDrift, own: Sequence[FieldDrift], label: str, look: Look) -> str:
    name, title, about = course_header(course)
    summary = f"<b>{html_code(name)}</b> {html_code(title)} {html_prose(about)}: {count(len(own), 'field')}"
    groups = [Group(courses=(0,), items=(item,)) for item in own]
    return folded(
        summary,
        table((*_HEAD, "From"), [row for group in groups for row in _rows(group)]),
        bullets(line for item in own for line in _remarks([item], [label], look)),
        *(text for item in own for text in _difference(item, look)),
        prose(above_fields(len(differing(course)) - len(own))),
    )


def _rows(group: Group[FieldDrift]) -> list[tuple[str, str, str, str, str]]:
    """Return rows for a field: its class, address, what Canvas shows, what is declared, and where."""
    first = group.first
    word = f"**{first.class_.value}**" if first.class_ is DriftClass.CONFLICT else first.class_.value
    field, where = code(first.field), _where(group.items)
    if group.varied:
        return [(word, field, *_cells(common_sides(group.items)), where)]
    if found := keys(first):
        return [(word, f"{field} {code(key)}", *_cells(said), where) for key, said in found]
    delta = delta_of(first)
    if is_prose(delta):
        return [(word, field, prose(compare(delta).label), "(below)", where)]
    return [(word, field, *_cells(sides(first)), where)]


def _where(items: Sequence[FieldDrift]) -> str:
    where = places(items)
    return (code(where) if place(items[0].origin) == where else where) if where else ""


def _cells(said: Sides) -> tuple[str, str]:
    live, desired = (SEVERAL if text == SEVERAL else code(text) for text in (said.live, said.desired))
    base = f"<br>(at the base: {code(said.base)})" if said.base else ""
    return live, f"{desired}{base}"


def _remarks(items: Sequence[FieldDrift], names: Sequence[str], look: Look) -> list[str]:
    """Return why the class is what it is, who moved the field, and what putting it back risks."""
    first = items[0]
    said = [first.message] if first.message else []
    said += blame_lines(items, names, most=None if look.verbose else _MOST_BLAMES)
    said += [] if first.risk is Risk.SAFE else [f"Applying the declared value is {first.risk.value}."]
    said += notes(items, names) if look.verbose else []
    return [f"{code(first.field)}: {prose(text)}" for text in said]


def _difference(item: FieldDrift, look: Look) -> list[str]:
    """Return the difference of long texts."""
    delta = delta_of(item)
    if not is_prose(delta) or keys(item):
        return []
    said = compare(delta, most=None if look.verbose else _MOST_ROWS)
    return [f"{code(item.field)}: - in Canvas, + declared\n\n{difference(said)}"]


def _agreed(courses: Sequence[CourseDrift], names: Sequence[str]) -> str:
    found = [
        (name, " ".join([code(item.field), f"{_live(item)}.", *_told(item, name)]))
        for course, name in zip(courses, names, strict=True)
        for item in agreed(course)
    ]
    return fold("Moved alike in git and in Canvas: nothing differs", found)


def _told(item: FieldDrift, name: str) -> list[str]:
    said = [item.message] if item.message else []
    return [f"<br>{prose(text)}" for text in (*said, *blame_lines([item], [name]))]


def _gone(courses: Sequence[CourseDrift]) -> str:
    found = [
        (name, f"{code(course.name)} {_was_at(course)}".rstrip())
        for course, name in zip(courses, _names(courses), strict=True)
    ]
    return fold("Courses that left the manifests", found)


def _was_at(course: CourseDrift) -> str:
    where = f"{course.file}:{course.line}" if course.line else course.file
    return f"was at {code(where)}" if where else ""


def _unverified(courses: Sequence[CourseDrift], names: Sequence[str]) -> str:
    found = [
        (name, code(address))
        for course, name in zip(courses, names, strict=True)
        for address in course.unverified
    ]
    return fold("Not verifiable: Canvas never shows these", found)
