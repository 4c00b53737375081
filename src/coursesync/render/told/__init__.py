"""A document item by item, for the formats that other tools read; what cannot be named is not left out."""

from __future__ import annotations

from coursesync.model import Drift, Plan, Report
from coursesync.render.document import Document
from coursesync.render.items import Told
from coursesync.render.told.drift import of_drift
from coursesync.render.told.plan import of_plan
from coursesync.render.told.problems import of_problems
from coursesync.render.told.report import of_report


def told(document: Document) -> Told:
    """Return what a document has to say."""
    if isinstance(document, Drift):
        return of_drift(document)
    if isinstance(document, Plan):
        return of_plan(document)
    return of_report(document) if isinstance(document, Report) else of_problems(document)
