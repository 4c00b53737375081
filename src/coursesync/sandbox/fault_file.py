"""A file of faults, already read as plain values, to the rules it holds, or to everything wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from coursesync.sandbox.faults import KINDS, Fault

Place = tuple[str | int, ...]
"""Keys and numbers of items, from the top of the file."""

_TOP = frozenset({"seed", "faults"})
_WHEN = ("nth", "every", "chance")
_EVERYWHERE = frozenset({"fault", "method", "path", *_WHEN, "from", "times"})
# What else a kind takes.
_TAKES: Mapping[str, frozenset[str]] = {
    "error": frozenset({"status", "body", "headers", "done"}),
    "page": frozenset({"status", "body", "headers", "done"}),
    "hang": frozenset({"done"}),
    "reset": frozenset({"done"}),
    "short": frozenset(),
    "cut": frozenset(),
    "text": frozenset({"status", "body", "headers", "done"}),
    "shape": frozenset({"status", "body", "headers", "done"}),
    "redirect": frozenset({"status", "to", "done"}),
    "expire": frozenset(),
    "storm": frozenset({"status", "seconds"}),
    "lag": frozenset({"seconds"}),
}
# The names of attributes that are other words in a file.
_NAMED = {"fault": "what", "from": "first"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One thing wrong with a file: where, and a sentence."""

    place: Place
    sentence: str


class WrongFaults(ValueError):
    """A file that holds no faults as it is; everything wrong with it is in `problems`."""

    def __init__(self, problems: tuple[Wrong, ...]) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFile:
    """The rules of a file in their order, and the seed of what is drawn."""

    rules: tuple[Fault, ...]
    seed: int = 0


def fault_file(content: Any) -> FaultFile:
    """Return the rules in the content of a file. Raises WrongFaults."""
    problems = list(_wrong(content))
    if problems:
        raise WrongFaults(tuple(problems))
    return FaultFile(rules=tuple(_rule(item) for item in content["faults"]), seed=content.get("seed", 0))


def _rule(item: Mapping[str, Any]) -> Fault:
    named = {_NAMED.get(key, key): value for key, value in item.items()}
    if "method" in named:
        named["method"] = named["method"].upper()
    return Fault(**named)


def _wrong(content: Any) -> Iterator[Wrong]:
    if not isinstance(content, dict):
        yield Wrong(place=(), sentence="A file of faults is a mapping with the key faults.")
        return
    for key in content.keys() - _TOP:
        yield Wrong(place=(key,), sentence=f"{key!r} is not known here; there are faults and seed.")
    if not _whole(content.get("seed", 0)):
        yield Wrong(place=("seed",), sentence="seed is a whole number.")
    rules = content.get("faults")
    if not isinstance(rules, list):
        yield Wrong(place=("faults",) if "faults" in content else (), sentence="faults is a list of rules.")
        return
    for number, item in enumerate(rules):
        for problem in _wrong_rule(item):
            yield Wrong(place=("faults", number, *problem.place), sentence=problem.sentence)


def _wrong_rule(item: Any) -> Iterator[Wrong]:
    if not isinstance(item, dict):
        yield Wrong(place=(), sentence="A rule is a mapping with the key fault.")
        return
    kind = item.get("fault")
    if not isinstance(kind, str) or kind not in KINDS:
        place: Place = ("fault",) if "fault" in item else ()
        yield Wrong(place=place, sentence=f"fault is one of {', '.join(KINDS)}.")
        return
    known = _EVERYWHERE | _TAKES[kind]
    for key, value in item.items():
        if key not in known:
            yield Wrong(place=(key,), sentence=f"{key!r} is not known of {kind}; there are {_words(known)}.")
        elif key in _CHECKS and not _CHECKS[key][0](value):
            yield Wrong(place=(key,), sentence=f"{key} is {_CHECKS[key][1]}.")
    if kind in {"page", "text"} and not isinstance(item.get("body", ""), str):
        yield Wrong(place=("body",), sentence=f"body of {kind} is text.")
    for key in [key for key in _WHEN if key in item][1:]:
        yield Wrong(place=(key,), sentence=f"A rule has only one of {', '.join(_WHEN)}.")


def _words(names: frozenset[str]) -> str:
    order = ["fault", *(item.name for item in fields(Fault)), "from"]
    return ", ".join(sorted(names, key=order.index))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _counts(value: Any) -> bool:
    return _whole(value) and value >= 1


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_status(value: Any) -> bool:
    return _whole(value) and value in _STATUSES


def _is_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(text, str) and text.isprintable() and text.isascii() and _HEADER.fullmatch(name)
        for name, text in value.items()
    )


_STATUSES = frozenset({200, 201, 202, 302, 303, 307, 308, *range(400, 419), 422, 429, *range(500, 509)})
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_COUNT = "a whole number from 1"

_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "method": (lambda value: isinstance(value, str), "GET, PUT, POST or DELETE"),
    "path": (lambda value: isinstance(value, str) and value[:1] in {"/", "*"}, "a path such as /api/v1/**"),
    "nth": (_counts, _COUNT),
    "every": (_counts, _COUNT),
    "from": (_counts, _COUNT),
    "times": (_counts, _COUNT),
    "chance": (lambda value: _number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "done": (lambda value: isinstance(value, bool), "true or false"),
    "status": (_is_status, "a status of HTTP, such as 500"),
    "headers": (_is_headers, "a mapping of names to text"),
    "seconds": (lambda value: _number(value) and 0 < value < 1e6, "a number above 0"),
    "to": (lambda value: isinstance(value, str) and value.isascii() and value.isprintable(), "an address"),
}
