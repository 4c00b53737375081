"""Diagnostics in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.render.document import Look, Problems
from coursesync.render.markdown.marks import LIMIT, code, fitted, joined, prose
from coursesync.render.sentences import placed_detail, problems_closing

_SPARE = 500


def problems_text(problems: Problems, look: Look) -> str:  # noqa: ARG001 - the shape of the others
    """Return problems as a heading and a list."""
    room = LIMIT - _SPARE
    return joined(
        [f"### {problems_closing(problems.diagnostics)}", diagnostic_list(problems.diagnostics, room)]
    )


def diagnostic_list(items: Sequence[Diagnostic], room: int) -> str:
    """Return diagnostics as a list, errors first, cut in the middle where it is longer than `room`."""
    ordered = [item for severity in Severity for item in items if item.severity is severity]
    lines = [f"- {_line(item)}" for item in ordered]
    return "\n".join(
        fitted(lines, room, gap=1, left_out=lambda number: f"- **… {number:,} more are left out here.**")
    )


def _line(item: Diagnostic) -> str:
    where = str(item.position) if item.position else item.course
    said = [code(where)] if where else []
    said.append(f"**{item.severity.value}** {code(item.code)} {prose(item.summary)}")
    said += [f"<br>{prose(detail)}"] if (detail := placed_detail(item)) else []
    said += [f"<br>{prose(item.hint)}"] if item.hint else []
    return " ".join(said)
