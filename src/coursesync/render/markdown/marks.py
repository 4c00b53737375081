"""The marks of Markdown, so that no content can become one: code, prose, tables, fences, folded blocks.

GitHub and GitLab turn @names, #numbers and addresses in plain text into links and messages to people. In code
they do not, so every value is set as code; in prose such a character stands in a tag of its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence

from coursesync.render.lines import Comparison
from coursesync.render.values import visible

LIMIT = 60_000
_LONGEST_CELL = 300

# An underscore inside a word marks nothing, and the names of fields are full of them.
_MARKS = re.compile(r"[\\`*\[\]|~$]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")
_LINKING = re.compile(r"[@#]|(?<=[a-zA-Z]):(?=//)|(?<=www)\.", re.IGNORECASE)


def code(text: str) -> str:
    """Return text as code on one line, fit for a table cell too."""
    shown = visible(text)
    cut = shown if len(shown) <= _LONGEST_CELL else f"{shown[:_LONGEST_CELL]}…"
    if not cut.strip() or re.search(r"[`|]|^ | $", cut):
        return f"<code>{_entities(cut)}</code>"
    return f"`{cut}`"


def _entities(text: str) -> str:
    return re.sub(r"[^\w .,/\-]|_", lambda found: f"&#{ord(found[0])};", text)


def html_code(text: str) -> str:
    """Return text as code inside an HTML block."""
    return f"<code>{html.escape(visible(text))}</code>"


def html_prose(text: str) -> str:
    """Return words inside an HTML block, none of them a link or a mention."""
    return _unlinked(html.escape(visible(text), quote=False))


def prose(text: str) -> str:
    """Return sentences in which nothing is markup, a link or a mention."""
    lines = [_prose_line(visible(line)) for line in text.split("\n")]
    return "<br>".join(lines)


def _prose_line(line: str) -> str:
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", html.escape(line, quote=False))
    return _unlinked(marked)


def _unlinked(text: str) -> str:
    return _LINKING.sub(lambda found: f"<span>{found[0]}</span>", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are marked up already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def bullets(items: Iterable[str]) -> str:
    """Return a list of items that are marked up already."""
    return "\n".join(f"- {item}" for item in items)


def difference(said: Comparison) -> str:
    """Return a comparison as a fenced diff."""
    return fence("\n".join(f"{row.sign} {row.text}".rstrip() for row in said.rows), "diff")


def fence(content: str, language: str) -> str:
    """Return content fenced by more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{content}\n{ticks}"


def folded(summary: str, *content: str) -> str:
    """Return blocks folded under a summary that is HTML already."""
    inner = "\n\n".join(filter(None, content))
    return f"<details>\n<summary>{summary}</summary>\n\n{inner}\n\n</details>"


def fitted_bullets(items: Sequence[str], room: int) -> str:
    """Return a list of items that are marked up already, or what of both ends fits into `room` characters."""
    lines = [f"- {item}" for item in items]
    return "\n".join(
        fitted(lines, room, gap=1, left_out=lambda number: f"- **… {number:,} more are left out here.**")
    )


def fitted_table(head: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> str:
    """Return a table of marked up cells, or what of both ends of its rows fits into `room` characters."""
    blank = [""] * (len(head) - 1)
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    kept = fitted(
        lines,
        room,
        gap=1,
        left_out=lambda number: f"| {' | '.join([f'**… {number:,} more are left out here.**', *blank])} |",
    )
    return "\n".join([table(head, ()), *kept]) if rows else ""


def fitted(blocks: Sequence[str], room: int, *, left_out: Callable[[int], str], gap: int = 2) -> list[str]:
    """Return the blocks, or as many whole ones from both ends as fit into `room` characters.

    left_out: says in the middle how many are missing. gap: characters that part two blocks.
    """
    if sum(len(block) + gap for block in blocks) <= room:
        return list(blocks)
    room -= len(left_out(len(blocks))) + gap
    head, tail = _ends([len(block) + gap for block in blocks], room)
    missing = len(blocks) - head - tail
    return [*blocks[:head], left_out(missing), *blocks[len(blocks) - tail :]]


def _ends(sizes: Sequence[int], room: int) -> tuple[int, int]:
    """Return how many of the first and of the last fit together, taken in turn."""
    head = tail = 0
    while head + tail < len(sizes):
        first, last = sizes[head], sizes[-1 - tail]
        if head <= tail and first <= room:
            head, room = head + 1, room - first
        elif last <= room:
            tail, room = tail + 1, room - last
        elif first <= room:
            head, room = head + 1, room - first
        else:
            break
    return head, tail


def joined(blocks: Iterable[str]) -> str:
    """Return the blocks that are not empty, parted by blank lines, with a newline at the end."""
    return "\n\n".join(filter(None, blocks)) + "\n"
