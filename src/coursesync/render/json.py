"""JSON for machines: the documents themselves, whatever the look."""

from __future__ import annotations

from coursesync.documents import dump_drift, dump_plan, dump_report, dump_validation
from coursesync.model import Drift, Plan, Report
from coursesync.render.document import Document, Look


def render(document: Document, look: Look) -> str:  # noqa: ARG001 - the shape of a renderer
    """Return the one JSON document that stands for this plan, report or list of problems."""
    if isinstance(document, Plan):
        return dump_plan(document)
    if isinstance(document, Drift):
        return dump_drift(document)
    if isinstance(document, Report):
        return dump_report(document)
    return dump_validation(document.diagnostics, strict=document.strict)
