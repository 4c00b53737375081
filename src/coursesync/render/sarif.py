"""SARIF 2.1.0 for code review: what is wrong with a course, at the line of the manifest that it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from coursesync import __version__
from coursesync.diagnostics import Diagnostic, Position, Severity
from coursesync.documents.text import Json, pretty
from coursesync.render.document import Document, Look
from coursesync.render.items import Item, Subject, Told
from coursesync.render.kinds import KINDS, Kind, of_code
from coursesync.render.told import told
from coursesync.render.told.problems import details
from coursesync.render.values import visible

_SCHEMA = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
# A number in braces would be filled in from arguments, and this pair of brackets makes a link.
_MEANING = re.compile(r"\{(\d+)\}|\](?=\()")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def render(document: Document, look: Look) -> str:  # noqa: ARG001 - the shape of a renderer
    """Return the SARIF log that stands for a plan, a report, a comparison or problems."""
    found = told(document)
    rules = _rules(found)
    places = {rule: number for number, rule in enumerate(rules)}
    notifications = _descriptors({item.code: of_code(item.code) for item in _by_code(found.remarks)})
    run = {
        "tool": {
            "driver": {
                "name": "coursesync",
                "version": visible(found.version) or __version__,
                "rules": _descriptors(rules),
                **({"notifications": notifications} if notifications else {}),
            }
        },
        "automationDetails": {"id": f"coursesync/{found.family or 'validate'}/"},
        "invocations": [_invocation(found)],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(found, places)),
    }
    return pretty({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(family: str, kind: str) -> str:
    return f"{family}/{kind}" if family else kind


def _rules(found: Told) -> Mapping[str, Kind]:
    """Return every kind of the document by its id; of diagnostics, those that it has."""
    if found.family:
        return {_rule(found.family, kind): row for kind, row in KINDS[found.family].items()}
    codes = sorted({item.kind for subject in found.subjects for item in subject.items})
    return {code: of_code(code) for code in codes}


def _by_code(remarks: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(remarks, key=lambda item: item.code)


def _descriptors(kinds: Mapping[str, Kind]) -> list[Json]:
    return [
        {
            "id": name,
            "name": "".join(word.capitalize() for word in re.split(r"[/-]", name)),
            "shortDescription": {"text": kind.summary},
            "fullDescription": {"text": kind.meaning},
            "help": {"text": kind.remedy},
            "defaultConfiguration": {"level": kind.severity.value},
        }
        for name, kind in kinds.items()
    ]


def _results(found: Told, places: Mapping[str, int]) -> Iterator[Json]:
    seen: Counter[tuple[str, str]] = Counter()
    for subject in found.subjects:
        for item in subject.items:
            if item.severity is None:
                continue
            rule = _rule(found.family, item.kind)
            seen[rule, item.number] += 1
            again = seen[rule, item.number]
            yield {
                "ruleId": rule,
                "ruleIndex": places[rule],
                "level": item.severity.value,
                "message": _message(_said(item, subject)),
                "locations": [_location(_strongest(item, subject), subject, item.field)],
                **_related(item),
                "partialFingerprints": _fingerprints(item.number if again == 1 else f"{item.number}:{again}"),
                **_properties(item, subject),
            }


def _said(item: Item, subject: Subject) -> Iterator[str]:
    yield f"{subject.name}: {item.title}" if subject.id is not None else item.title
    yield from item.lines


def _strongest(item: Item, subject: Subject) -> Position | None:
    return item.origin[-1].position if item.origin and item.origin[-1].file else subject.declared


def _location(at: Position | None, subject: Subject | None, field: str = "") -> Json:
    """Return a place in a file, as far as it is known, and the course and field that it stands for."""
    found: Json = {"physicalLocation": _physical(at)} if at and at.file else {}
    if subject and (subject.id is not None or not found):
        name = f"{subject.name}/{visible(field)}" if field else subject.name
        found["logicalLocations"] = [{"name": visible(field) or subject.name, "fullyQualifiedName": name}]
    return found


def _physical(at: Position) -> Json:
    """Return a place by line and column, or a file as a whole where no line is known."""
    uri = quote(at.file.encode("utf-8", "surrogatepass")).lstrip("/")
    region = {"startLine": at.line, **({"startColumn": at.column} if at.column > 0 else {})}
    return {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
        **({"region": region} if at.line > 0 else {}),
    }


def _related(item: Item) -> Json:
    """Return the layers that the strongest one overruled, the strongest of them first."""
    weaker: dict[str, Json] = {}
    for origin in reversed(item.origin[:-1]):
        if origin.file:
            place = {"physicalLocation": _physical(origin.position)}
            weaker[str(origin)] = {**place, "message": _message([f"also set by {visible(origin.layer)}"])}
    return {"relatedLocations": list(weaker.values())} if weaker else {}


def _fingerprints(number: str) -> Json:
    # The first is the only one that GitHub looks at; it would else be made from the text of the line, which
    # many courses share and every edit changes.
    said = visible(number)
    return {"primaryLocationLineHash": said, "coursesyncChange/v1": said}


def _properties(item: Item, subject: Subject) -> Json:
    said: dict[str, Any] = {
        "course": subject.id,
        "field": visible(item.field),
        "class": item.class_,
        "risk": item.risk,
    }
    known = {name: value for name, value in said.items() if value not in (None, "")}
    return {"properties": known} if known else {}


def _message(lines: Iterable[str]) -> Json:
    return {"text": _MEANING.sub(_plainly, "\n".join(lines))}


def _plainly(found: re.Match[str]) -> str:
    return f"{{{found[0]}}}" if found[1] else f"\\{found[0]}"


def _invocation(found: Told) -> Json:
    """Return how the run went: whether anything kept it from being complete, and what was said about it."""
    notices = list(_notices(found))
    moments = {"startTimeUtc": found.started, "endTimeUtc": found.finished}
    return {
        "executionSuccessful": not any(item["level"] == "error" for item in notices),
        **{name: moment for name, moment in moments.items() if _UTC.fullmatch(moment)},
        **({"toolExecutionNotifications": notices} if notices else {}),
    }


def _notices(found: Told) -> Iterator[Json]:
    for said in found.failures:
        yield {"level": Severity.ERROR.value, "message": _message([said])}
    for subject in found.subjects:
        if subject.error:
            yield {
                "level": Severity.ERROR.value,
                "message": _message([f"{subject.name}: {subject.error}"]),
                "locations": [_location(subject.declared, subject)],
            }
    for item in found.remarks:
        place = _location(item.position, None)
        yield {
            "level": item.severity.value,
            "descriptor": {"id": item.code},
            "message": _message(_of_diagnostic(item)),
            **({"locations": [place]} if place else {}),
        }
    for said in found.notes:
        yield {"level": Severity.NOTE.value, "message": _message([said])}


def _of_diagnostic(item: Diagnostic) -> Iterator[str]:
    yield f"{visible(item.course)}: {visible(item.summary)}" if item.course else visible(item.summary)
    yield from details(item)
