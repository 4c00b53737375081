"""A file of faults for the sandbox: YAML or JSON to rules, with the place of everything wrong in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from coursesync import disk
from coursesync.catalogue.types import Literal, Value, is_text
from coursesync.diagnostics import Position
from coursesync.errors import UsageProblem
from coursesync.manifest.places import finder
from coursesync.manifest.yaml import LARGEST_FILE, Listed, Mapped, Scalar, Tree, parse

if TYPE_CHECKING:
    from coursesync.sandbox import FaultFile

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


def read_faults(path: Path) -> FaultFile:
    """Return the faults a file holds. Raises UsageProblem that says where it is wrong."""
    from coursesync.sandbox import WrongFaults, fault_file

    with disk.access(path, doing="read"):
        content = disk.content(path, most=LARGEST_FILE)
    parsed = parse(content, file=str(path))
    if parsed.tree is None or parsed.diagnostics:
        raise _wrong([(item.position, item.detail) for item in parsed.diagnostics])
    try:
        return fault_file(_value(parsed.tree))
    except WrongFaults as error:
        find = finder(parsed.tree)
        raise _wrong([(find(item.place).key, item.sentence) for item in error.problems]) from error


def _wrong(found: list[tuple[Position | None, str]]) -> UsageProblem:
    lines = (f"{at.file}:{at.line}:{at.column}: {what}" if at else what for at, what in found)
    return UsageProblem("\n".join(lines), hint="docs/how-to/faults.md shows every kind of fault.")


def _value(tree: Tree) -> Value:
    match tree:
        case Scalar():
            return _scalar(tree.literal)
        case Listed():
            return [_value(item) for item in tree.items]
        case Mapped():
            return {pair.key: _value(pair.value) for pair in tree.entries}


def _scalar(literal: Literal) -> Value:
    """Return what YAML 1.2 reads a scalar as; a number in another notation stays a text."""
    if literal.null:
        return None
    if is_text(literal):
        return literal.text
    if literal.text.lower() in {"true", "false"}:
        return literal.text.lower() == "true"
    if _WHOLE.fullmatch(literal.text):
        return int(literal.text)
    try:
        return float(literal.text)
    except ValueError:
        return literal.text
