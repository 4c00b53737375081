"""What is wrong with manifests, item by item, file by file."""

from __future__ import annotations

from collections.abc import Iterator

from coursesync.diagnostics import Diagnostic, errors
from coursesync.model import Origin
from coursesync.render.document import Problems
from coursesync.render.items import Item, Subject, Told
from coursesync.render.sentences import problems_closing
from coursesync.render.told.pieces import numbered
from coursesync.render.values import visible


def of_problems(problems: Problems) -> Told:
    """Return what problems have to say."""
    stopping = set(errors(problems.diagnostics, strict=problems.strict))
    files: dict[str, list[Diagnostic]] = {}
    for item in problems.diagnostics:
        files.setdefault(item.position.file if item.position else item.course or "", []).append(item)
    return Told(
        family="",
        subjects=tuple(
            Subject(
                name=visible(file) or "project",
                group="manifests",
                items=tuple(_problem(item, bad=item in stopping) for item in found),
            )
            for file, found in files.items()
        ),
        closing=problems_closing(problems.diagnostics),
    )


def _problem(item: Diagnostic, *, bad: bool) -> Item:
    at = item.position
    file = at.file if at else ""
    return Item(
        kind=item.code,
        severity=item.severity,
        bad=bad,
        title=visible(item.summary),
        lines=tuple(details(item)),
        origin=(Origin(file=at.file, line=at.line, column=at.column, layer=""),) if at else (),
        number=numbered(item.code, file, item.course or "", item.detail),
    )


def details(item: Diagnostic) -> Iterator[str]:
    """Yield the lines of what a diagnostic says beyond its summary."""
    for text in (item.detail, item.hint):
        yield from (visible(line) for line in text.split("\n") if line.strip())
