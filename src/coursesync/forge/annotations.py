"""What a SARIF log says about lines, as the forges take it: commands in a log, or a report of quality."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

# From bad to good, with the words of GitHub and of GitLab.
_LEVELS = {"error": ("error", "major"), "warning": ("warning", "minor"), "note": ("notice", "info")}
# GitHub shows so many of a kind from one step and drops the others unseen.
_MOST = 10
_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Something to be shown at a line.

    file: from the root of the repo, empty where no place is known. line, column: 0 where none is known.
    code: what kind of thing it is. key: the same for the same thing in another run.
    """

    level: str
    code: str
    text: str
    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""


def annotated(sarif: str, *, prefix: str = "") -> tuple[Annotation, ...]:
    """Return what a SARIF log of ours says, the worst first and else in its order.

    prefix: the folder of the project below the root of the repo.
    """
    run = json.loads(sarif)["runs"][0]
    notices = [note for item in run["invocations"] for note in item.get("toolExecutionNotifications", ())]
    found = [_annotation(item, prefix) for item in (*notices, *run["results"])]
    order = list(_LEVELS)
    return tuple(sorted(found, key=lambda item: order.index(item.level)))


def _annotation(item: Mapping[str, Any], prefix: str) -> Annotation:
    places: list[dict[str, Any]] = [each.get("physicalLocation", {}) for each in item.get("locations", ())]
    place = places[0] if places else {}
    uri, region = place.get("artifactLocation", {}).get("uri", ""), place.get("region", {})
    text = item["message"]["text"].replace("\\](", "](")
    return Annotation(
        level=item["level"] if item["level"] in _LEVELS else "note",
        code=item.get("ruleId") or item.get("descriptor", {}).get("id", "coursesync"),
        text=text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…",
        file="/".join(filter(None, (prefix, unquote(uri)))) if uri else "",
        line=region.get("startLine", 0),
        column=region.get("startColumn", 0),
        key=item.get("partialFingerprints", {}).get("primaryLocationLineHash", ""),
    )


def workflow_commands(found: Sequence[Annotation]) -> str:
    """Return annotations as commands of GitHub; of each kind as many as it shows, the rest counted."""
    lines: list[str] = []
    for level, (command, _) in _LEVELS.items():
        of_level = [item for item in found if item.level == level]
        lines += [_command(command, item) for item in of_level[:_MOST]]
        if of_level[_MOST:]:
            lines.append(f"{len(of_level) - _MOST} more of the kind {command} are in the report.")
    return "".join(f"{line}\n" for line in lines)


def _command(command: str, item: Annotation) -> str:
    where = {"file": item.file, "line": item.line, "col": item.column, "title": f"coursesync {item.code}"}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in where.items() if value)
    return f"::{command} {properties}::{_escaped(item.text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def code_quality(found: Iterable[Annotation]) -> str:
    """Return annotations as a report of code quality of GitLab, which takes only what has a place."""
    return json.dumps(list(_issues(found)), indent=2, ensure_ascii=True) + "\n"


def _issues(found: Iterable[Annotation]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for item in found:
        said = "\0".join((item.code, item.file, item.key or f"{item.line}\0{item.text}"))
        # GitLab shows one of several with one fingerprint.
        number = 0
        while (mark := hashlib.sha256(f"{said}\0{number}".encode()).hexdigest()) in seen:
            number += 1
        seen.add(mark)
        if item.file:
            yield {
                "description": item.text,
                "check_name": item.code,
                "fingerprint": mark,
                "severity": _LEVELS[item.level][1],
                "location": {"path": item.file, "lines": {"begin": max(item.line, 1)}},
            }
