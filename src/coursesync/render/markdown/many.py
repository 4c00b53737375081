"""What is said of many courses at once, in Markdown: their names, folded, and values that differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coursesync.render.lines import compare
from coursesync.render.markdown.marks import code, fitted, fitted_table, folded, html_code, prose
from coursesync.render.sentences import count, listed
from coursesync.render.values import Delta, is_prose, outcome, shown

SEVERAL = "several values"
_MOST = 200
_VALUES_ROOM = 6_000


def names_line(names: Sequence[str], *, most: int) -> str:
    """Return the names as code on one line: at most `most`, and how many more there are."""
    shown_names = names if len(names) <= most + 1 else names[:most]
    more = len(names) - len(shown_names)
    return listed([*map(code, shown_names), *([f"{more:,} more"] if more else [])])


def of_courses(names: Sequence[str], said: str, *, most: int = 3) -> str:
    """Return what is said of one course or of many, with their names before it."""
    many = f"**{count(len(names), 'course')}** ({names_line(names, most=most)})"
    return f"{code(names[0]) if len(names) == 1 else many} {said}".rstrip()


def course_list(names: Sequence[str], fields: Sequence[str], *content: str, named: bool = False) -> str:
    """Return the courses that share something in these fields, folded, and more content below them.

    named: whether the content names the courses already.
    """
    summary = f"<b>{count(len(names), 'course')}</b>: {listed(list(map(html_code, fields)))}"
    return folded(summary, "" if named else names_line(names, most=_MOST), *content)


def course_values(field: str, names: Sequence[str], deltas: Sequence[Delta]) -> str:
    """Return a table of the values of one field that differ from course to course."""
    rows = [(code(name), *_cells(delta)) for name, delta in zip(names, deltas, strict=True)]
    return fitted_table(("Course", f"{code(field)} before", "After"), rows, _VALUES_ROOM)


def _cells(delta: Delta) -> tuple[str, str]:
    if is_prose(delta):
        return prose(compare(delta).label), "(text)"
    return code(shown(delta.before)), code(outcome(delta))


def fitted_lists(lists: Sequence[str], room: int) -> list[str]:
    """Return folded lists of courses, or as many as fit into `room` characters."""
    return fitted(
        lists, room, left_out=lambda number: f"**… {count(number, 'list')} of courses left out here.**"
    )


def left_out_of(of: int, document: str) -> Callable[[int], str]:
    """Return how to say that so many of all courses are not shown, though in the document."""
    return lambda number: (
        f"**… {number:,} of {count(of, 'course')} are left out here; the {document} as JSON has them all.**"
    )
