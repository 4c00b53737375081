"""Diagnostics in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.render.document import Look, Problems
from coursesync.render.groups import alike_diagnostics
from coursesync.render.markdown.marks import LIMIT, code, fitted_bullets, joined, prose
from coursesync.render.sentences import problems_closing, said_courses, said_detail, said_where

_SPARE = 500


def problems_text(problems: Problems, look: Look) -> str:  # noqa: ARG001 - the shape of the others
    """Return problems as a heading and a list."""
    room = LIMIT - _SPARE
    return joined(
        [f"### {problems_closing(problems.diagnostics)}", diagnostic_list(problems.diagnostics, room)]
    )


def diagnostic_list(items: Sequence[Diagnostic], room: int) -> str:
    """Return diagnostics as a list, errors first, cut in the middle where it is longer than `room`.

    One that is said of many courses stands once, with their names.
    """
    alike = alike_diagnostics(items)
    return fitted_bullets(
        [_line(same) for severity in Severity for same in alike if same[0].severity is severity], room
    )


def _line(same: Sequence[Diagnostic]) -> str:
    item = same[0]
    said = [code(where)] if (where := said_where(same)) else []
    said.append(f"**{item.severity.value}** {code(item.code)} {prose(item.summary)}")
    told = filter(None, (said_detail(same), said_courses(same), item.hint))
    return " ".join([*said, *(f"<br>{prose(text)}" for text in told)])
