"""Text for people: a page of fixed width, in colour where asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.text import Text

from coursesync.diagnostics import errors
from coursesync.model import Drift, Plan, Report
from coursesync.render.document import Document, Look, Problems
from coursesync.render.sentences import problems_closing
from coursesync.render.text.drift import drift_lines
from coursesync.render.text.layout import page_width, paint, wrap
from coursesync.render.text.pieces import diagnostic_lines
from coursesync.render.text.plan import plan_lines
from coursesync.render.text.report import report_lines


def render(document: Document, look: Look) -> str:
    """Return a document as text of at most `look.width` columns, if no word is wider."""
    page = replace(look, width=page_width(look.width))
    return paint(_lines(document, page), colour=look.colour)


def _lines(document: Document, look: Look) -> Iterator[Text]:
    if isinstance(document, Plan):
        return plan_lines(document, look)
    if isinstance(document, Report):
        return report_lines(document, look)
    if isinstance(document, Drift):
        return drift_lines(document, look)
    return _problem_lines(document, look)


def _problem_lines(problems: Problems, look: Look) -> Iterator[Text]:
    found = errors(problems.diagnostics, strict=problems.strict) if look.quiet else problems.diagnostics
    yield from diagnostic_lines(found, look)
    if found:
        yield Text()
    yield from wrap(problems_closing(problems.diagnostics), look.width, style="bold")
