"""The pieces that a plan and a report share on a page: a difference, and a diagnostic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.model import Part
from coursesync.render.document import Look
from coursesync.render.lines import Comparison, compare
from coursesync.render.sentences import count, placed_detail
from coursesync.render.text.layout import GAP, INDENT, Entry, wrap
from coursesync.render.values import Delta, arrow, is_prose, outcome, pieces, shown, visible

_MOST_ROWS = 16
_WIDEST_KEY = 34
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
        brief, spread, block = f"{count(len(keys), 'key')} changed", [], _keys(keys, look)
    elif is_prose(delta):
        said = compare(delta, most=None if look.verbose else _MOST_ROWS)
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


def two_lines(delta: Delta, width: int) -> list[Text]:
    """Return before, and below it an arrow and after, each wrapped."""
    margin = " " * (INDENT + 1)
    return [
        *wrap(shown(delta.before), width, first=margin),
        *wrap(outcome(delta), width, first=f"{' ' * (INDENT - 2)}-> ", rest=margin),
    ]


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
            lines += wrap(row.text, width, first=start, rest=f"{start}  ", style=style, mark=style)
    return lines


def _keys(parts: Sequence[Part], look: Look) -> list[Text]:
    column = max((cell_len(part.key) for part in parts if cell_len(part.key) <= _WIDEST_KEY), default=0)
    lines: list[Text] = []
    for part in parts:
        key, delta = visible(part.key), Delta(before=part.before, after=part.after)
        start = " " * INDENT + key
        whole = start + " " * (GAP + max(column - cell_len(key), 0)) + arrow(delta)
        if cell_len(whole) <= look.width:
            lines.append(Text(whole))
        else:
            lines += wrap(key, look.width, first=" " * INDENT) + two_lines(delta, look.width)
    return lines


def paragraph(text: str, width: int, *, style: str = "", indent: int = INDENT) -> list[Text]:
    """Return a sentence wrapped and indented, each of its own lines apart."""
    return [
        line
        for each in text.split("\n")
        for line in wrap(visible(each), width, first=" " * indent, style=style)
    ]


def diagnostic_lines(items: Sequence[Diagnostic], look: Look) -> list[Text]:
    """Return diagnostics, errors first: `file:line:column: error[code]: Summary`, and what it means."""
    lines: list[Text] = []
    for severity in Severity:
        for item in items:
            if item.severity is severity:
                lines += [*_diagnostic(item, look.width)]
    return lines


def _diagnostic(item: Diagnostic, width: int) -> list[Text]:
    where = visible(str(item.position)) if item.position else visible(item.course or "")
    code = f"{item.severity.value}[{visible(item.code)}]:"
    head = wrap(f"{f'{where}: ' if where else ''}{code} {visible(item.summary)}", width, rest="    ")
    for line in head:
        line.highlight_words([code], _SEVERITY_STYLES[item.severity])
    detail = placed_detail(item)
    lines = head + (paragraph(detail, width, indent=2) if detail else [])
    return lines + (paragraph(item.hint, width, indent=2, style="cyan") if item.hint else [])
