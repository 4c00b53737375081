"""Markdown for a comment on a pull request; nothing a course or a manifest says can become markup."""

from __future__ import annotations

from coursesync.model import Drift, Plan, Report
from coursesync.render.document import Document, Look
from coursesync.render.markdown.drift import drift_text
from coursesync.render.markdown.plan import plan_text
from coursesync.render.markdown.problems import problems_text
from coursesync.render.markdown.report import report_text


def render(document: Document, look: Look) -> str:
    """Return a document as Markdown of at most 60,000 characters."""
    if isinstance(document, Plan):
        return plan_text(document, look)
    if isinstance(document, Report):
        return report_text(document, look)
    if isinstance(document, Drift):
        return drift_text(document, look)
    return problems_text(document, look)
