"""Everything the templates put on a page: a document in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from coursesync.model import Drift, Plan, Report
from coursesync.render.document import Document, Look, Problems
from coursesync.render.html import assets, plain
from coursesync.render.html.facts import Head, head
from coursesync.render.html.payload import payload
from coursesync.render.html.sections import coverage, left_out, policies, remarks, requests
from coursesync.render.sentences import count, problems_closing
from coursesync.render.sheet import Row, rows
from coursesync.render.values import visible

_MOST_TITLE = 120


def page(document: Document, look: Look) -> Mapping[str, Any]:
    """Return the values of the templates, by name."""
    about = head(document)
    sheet = () if look.quiet or isinstance(document, Problems) else rows(document)
    lines = list(islice(plain.lines(sheet), plain.MOST))
    diagnostics = () if isinstance(document, Report) else document.diagnostics
    return {
        "head": about,
        "title": _title(about),
        "policy": assets.policy(),
        "style": assets.style(),
        "early_script": assets.early_script(),
        "script": assets.script() if sheet else "",
        "data": assets.embedded(_data(about, sheet)) if sheet else "",
        "courses": count(len(sheet), "course"),
        "cards": plain.cards(sheet),
        "lines": lines,
        "more_lines": plain.lines_in_all(sheet) - len(lines),
        "remarks": remarks(diagnostics, only_errors=look.quiet),
        "remarks_said": problems_closing(diagnostics),
        **(_sections(document) if not look.quiet else _NO_SECTIONS),
    }


_NO_SECTIONS: Mapping[str, Any] = {
    "policies": (),
    "coverage": (),
    "left_out": (),
    "requests": ((), 0),
    "version": "",
}


def _sections(document: Document) -> Mapping[str, Any]:
    """Return what stands below the courses, as far as this kind of document has it."""
    if isinstance(document, Report):
        found: Mapping[str, Any] = {"left_out": left_out(document)}
    elif isinstance(document, Plan):
        found = {"policies": policies(document.policies), "requests": requests(document.requests)}
    elif isinstance(document, Drift):
        found = {"policies": policies(document.policies), "coverage": coverage(document.coverage)}
    else:
        return _NO_SECTIONS
    version = {} if isinstance(document, Report) else {"version": visible(document.coursesync_version)}
    return {**_NO_SECTIONS, **found, **version}


def _data(about: Head, sheet: Sequence[Row]) -> Mapping[str, Any]:
    return {"kind": about.kind, "canvas": about.canvas, "labels": about.labels, **payload(sheet)}


def _title(about: Head) -> str:
    canvas = next((fact.text for fact in about.facts if fact.label == "Canvas"), "")
    where = canvas.removeprefix("https://").removeprefix("http://")[:_MOST_TITLE]
    return " · ".join(filter(None, (about.word, where, "coursesync")))
