"""What journals say of files that came to Canvas, so that none is brought twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coursesync.catalogue.types import Value
from coursesync.model.upload import Uploaded

_EVENT = "uploaded"
_TEXTS = ("change", "field", "path", "name", "sha256")
_NUMBERS = ("course", "size", "id", "leftovers")


def arrival(request_id: str, url: str, uploaded: Uploaded) -> tuple[Mapping[str, Value], ...]:
    """Return the event of a file that is in Canvas; url: of that Canvas."""
    return ({"event": _EVENT, "request": request_id, "canvas": url, **asdict(uploaded)},)


def arrived(event: Mapping[str, Any]) -> Uploaded:
    """Return what such an event tells. Raises KeyError or TypeError where it is not as we write it."""
    texts = {key: event[key] for key in _TEXTS}
    numbers = {key: event[key] for key in _NUMBERS}
    known = all(isinstance(item, str) for item in texts.values())
    if not known or not all(isinstance(item, int) for item in numbers.values()):
        raise TypeError
    return Uploaded(**texts, **numbers)


def arrivals(journals: Iterable[Path], url: str) -> Mapping[tuple[int, int], str]:
    """Return the sha256 of every file that came to a Canvas by journals of runs, by course and id.

    What cannot be read tells nothing: without it, size and name of a file are asked for.
    """
    found: dict[tuple[int, int], str] = {}
    for journal in journals:
        with suppress(OSError):
            content = journal.read_bytes()
            for line in content.splitlines() if b'"uploaded"' in content else ():
                if b'"uploaded"' in line:
                    found |= _told(line, url)
    return found


def _told(line: bytes, url: str) -> Mapping[tuple[int, int], str]:
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        event = json.loads(line)
        if isinstance(event, dict) and event["event"] == _EVENT and event["canvas"] == url:
            one = arrived(event)
            return {(one.course, one.id): one.sha256}
    return {}
