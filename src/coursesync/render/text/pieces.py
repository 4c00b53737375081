"""The pieces that a plan and a report share on a page: a difference, and a diagnostic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.cells import cell_len
from rich.text import Text

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.model import Part
from coursesync.render.document import Look
from coursesync.render.groups import Group, Split, alike_diagnostics
from coursesync.render.lines import Comparison, Row, compare
from coursesync.render.sentences import count, said_courses, said_detail, said_where, several, some
from coursesync.render.text.layout import GAP, INDENT, Entry, lay_out, wrap
from coursesync.render.values import Delta, arrow, is_prose, outcome, pieces, shown, visible

T = TypeVar("T")
# Makes the entry of a group of things, in the courses of these names.
EntryOf = Callable[[Group[T], Sequence[str], Look], Entry]

MOST_COURSES = 100
_MOST_ROWS = 16
_WIDEST_KEY = 34
_CHANGED_WORD = "bold underline"
_ROW_STYLES = {"-": "red", "+": "green", "…": "dim", " ": "dim"}
_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def entry(
    symbol: str,
    style: str,
    address: str,
    delta: Delta,
    look: Look,
    *,
    parts: Sequence[Part] = (),
    right: str = "",
    right_style: str = "dim",
    below: Iterable[Text] = (),
) -> Entry:
    """Return the entry of a field whose value differs; `parts` are its keys if it is a map."""
    keys = parts or pieces(delta)
    brief: str
    spread: list[Text]
    if keys:
        brief, spread, block = (
            f"{count(len(keys), 'key')} changed",
            [],
            named_rows([value_row(visible(part.key), _moved(part), look) for part in keys], look),
        )
    elif is_prose(delta):
        said = compare(delta, most=most_rows(look))
        brief, spread, block = said.label, [], comparison_lines(said, look.width)
    else:
        brief, spread, block = arrow(delta), two_lines(delta, look.width), []
    return Entry(
        symbol=symbol,
        style=style,
        address=visible(address),
        brief=brief,
        spread=spread,
        block=[*block, *below],
        right=right,
        right_style=right_style,
    )


def _moved(part: Part) -> Delta:
    return Delta(before=part.before, after=part.after)


def two_lines(delta: Delta, width: int) -> list[Text]:
    """Return before, and below it an arrow and after, each wrapped."""
    margin = " " * (INDENT + 1)
    return [
        *wrap(shown(delta.before), width, first=margin),
        *wrap(outcome(delta), width, first=f"{' ' * (INDENT - 2)}-> ", rest=margin),
    ]


def most_rows(look: Look) -> int | None:
    """Return how many rows of a comparison are shown, None for all."""
    return None if look.verbose else _MOST_ROWS


def comparison_lines(said: Comparison, width: int) -> list[Text]:
    """Return the rows of a line by line comparison."""
    lines: list[Text] = []
    for row in said.rows:
        style = _ROW_STYLES[row.sign]
        if row.sign == "…":
            lines += wrap(
                row.text, width, first=f"{' ' * INDENT}… ", rest=" " * (INDENT + 2), style=style, mark=style
            )
        else:
            start = f"{' ' * (INDENT - 2)}{row.sign} | "
            broken = wrap(row.text, width, first=start, rest=f"{start}  ", style=style, mark=style)
            lines += emphasised(broken, row, margin=len(start))
    return lines


def emphasised(broken: Sequence[Text], row: Row, *, margin: int) -> Sequence[Text]:
    """Make the words of a row that differ stand out, on whatever lines it was broken into.

    margin: how much stands before the text on the first line; on the others it is two more.
    """
    at = 0
    for number, line in enumerate(broken):
        before = margin + (2 if number else 0)
        part = line.plain[before:]
        at = row.text.find(part, at)
        for start, end in row.words:
            if start < at + len(part) and end > at:
                line.stylize(_CHANGED_WORD, before + max(start - at, 0), before + min(end - at, len(part)))
        at += len(part)
    return broken


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """What is said of a key or a course: on the line of its name, or spread below where that is too wide."""

    name: str
    brief: str
    spread: Sequence[Text] = ()


def value_row(name: str, delta: Delta, look: Look) -> NamedRow:
    """Return the row of a name with two values."""
    if is_prose(delta):
        return NamedRow(name=name, brief=compare(delta).label)
    return NamedRow(name=name, brief=arrow(delta), spread=two_lines(delta, look.width))


def named_rows(rows: Sequence[NamedRow], look: Look) -> list[Text]:
    """Return rows in columns: the name and what is said of it."""
    column = max((cell_len(row.name) for row in rows if cell_len(row.name) <= _WIDEST_KEY), default=0)
    lines: list[Text] = []
    for row in rows:
        start = " " * INDENT + row.name
        whole = start + " " * (GAP + max(column - cell_len(row.name), 0)) + row.brief
        if cell_len(whole) <= look.width:
            lines.append(Text(whole))
        else:
            lines += wrap(row.name, look.width, first=" " * INDENT)
            lines += row.spread or wrap(row.brief, look.width, first=" " * (INDENT + 1))
    return lines


def first_rows(rows: Sequence[NamedRow], look: Look, *, most: int = MOST_COURSES) -> list[Text]:
    """Return rows of courses, at most `most` unless all are wanted, and how many more there are."""
    told = rows if look.verbose or len(rows) <= most + 1 else rows[:most]
    left = len(rows) - len(told)
    more = f"{left:,} more courses; all of them with -v or --format json"
    return [
        *named_rows(told, look),
        *(wrap(more, look.width, first=f"{' ' * INDENT}… ", style="dim", mark="dim") if left else []),
    ]


def varied_entry(
    symbol: str,
    style: str,
    address: str,
    rows: Sequence[tuple[str, Delta]],
    look: Look,
    *,
    right: str = "",
    right_style: str = "dim",
    below: Iterable[Text] = (),
    most: int = MOST_COURSES,
) -> Entry:
    """Return the entry of a field whose values differ from course to course: one row for each of them."""
    return Entry(
        symbol=symbol,
        style=style,
        address=visible(address),
        brief=several([delta for _, delta in rows]),
        block=[*below, *first_rows([value_row(name, delta, look) for name, delta in rows], look, most=most)],
        right=right,
        right_style=right_style,
    )


def block_lines(
    courses: Sequence[str],
    entries: Sequence[Entry],
    look: Look,
    *,
    below: Sequence[Text] = (),
    named: bool = False,
    most: int = 3,
) -> list[Text]:
    """Return what many courses share: how many they are, the entries, and the names of at most `most`.

    below: lines after the entries. named: whether the entries name the courses already.
    """
    names = some(courses, most=None if look.verbose else most)
    return [
        Text(count(len(courses), "course"), "bold"),
        *lay_out(entries, look.width),
        *below,
        *(
            []
            if named
            else wrap(f"in {names}", look.width, first="  ", rest="     ", style="dim", mark="dim")
        ),
    ]


def shared_lines(split: Split[T], names: Sequence[str], make: EntryOf[T], look: Look) -> Iterator[Text]:
    """Yield what many courses share, block by block; names: of all courses. make: an entry of a group."""
    for block in split.blocks:
        labels = [names[number] for number in block.courses]
        entries = [make(group, labels, look) for group in block.groups]
        named = all(group.varied for group in block.groups)
        yield from [*block_lines(labels, entries, look, named=named), Text()]


def course_lines(
    header: tuple[str, str, str], own: Sequence[T], make: EntryOf[T], look: Look, *, above: str
) -> list[Text]:
    """Return a course with what is its own; above: what of it was shown with other courses, in words.

    header: its label, its name, and what else to know, as `course_header` gives them.
    """
    label = header[0]
    head = wrap("  ".join(filter(None, header)), look.width, rest="    ")
    head[0].stylize("bold", 0, len(label))
    entries = [make(Group(courses=(0,), items=(item,)), [label], look) for item in own]
    more = wrap(above, look.width, first="  ", style="dim") if above else []
    return [*head, *lay_out(entries, look.width), *more]


def paragraph(text: str, width: int, *, style: str = "", indent: int = INDENT) -> list[Text]:
    """Return a sentence wrapped and indented, each of its own lines apart."""
    return [
        line
        for each in text.split("\n")
        for line in wrap(visible(each), width, first=" " * indent, style=style)
    ]


def diagnostic_lines(items: Sequence[Diagnostic], look: Look) -> list[Text]:
    """Return diagnostics, errors first: `file:line:column: error[code]: Summary`, and what it means.

    One that is said of many courses stands once, with their names.
    """
    lines: list[Text] = []
    alike = alike_diagnostics(items)
    for severity in Severity:
        for same in alike:
            if same[0].severity is severity:
                lines += _diagnostic(same, look)
    return lines


def _diagnostic(same: Sequence[Diagnostic], look: Look) -> list[Text]:
    item, width = same[0], look.width
    where = visible(said_where(same))
    code = f"{item.severity.value}[{visible(item.code)}]:"
    head = wrap(f"{f'{where}: ' if where else ''}{code} {visible(item.summary)}", width, rest="    ")
    for line in head:
        line.highlight_words([code], _SEVERITY_STYLES[item.severity])
    told = filter(None, (said_detail(same), said_courses(same, most=None if look.verbose else 3)))
    lines = head + [line for text in told for line in paragraph(text, width, indent=2)]
    return lines + (paragraph(item.hint, width, indent=2, style="cyan") if item.hint else [])
