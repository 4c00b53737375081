"""The keys of `limits` in the project file: what each counts, and how its number is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coursesync.catalogue.types import Flaw, Invalid, Literal, Node, shown
from coursesync.manifest.variables import fixed

_MOST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitKey:
    """One key of `limits`: what it counts, and the largest number that makes sense."""

    doc: str
    most: int = _MOST

    @property
    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of its number."""
        return {"type": "integer", "minimum": 0, "maximum": self.most}

    @property
    def read(self) -> Callable[[Node], int]:
        """Return what reads its number from a node, or raises Invalid."""
        return lambda node: _number(node, self.most)


LIMITS: Mapping[str, LimitKey] = {
    "courses": LimitKey(doc="How many courses one plan may change."),
    "changes": LimitKey(doc="How many changes one plan may hold."),
    "per_field": LimitKey(doc="How many courses one plan may change in the same field."),
    "risky_percent": LimitKey(
        doc="How many percent of the managed courses one plan may put at risk; 30 from 10 courses on.",
        most=100,
    ),
}


def _number(node: Node, most: int) -> int:
    node = fixed(node)
    if isinstance(node, Literal) and not node.quoted and re.fullmatch("0|[1-9][0-9]{0,9}", node.text):
        number = int(node.text)
        if number <= most:
            return number
    found = f'"{shown(node.text)}"' if isinstance(node, Literal) and node.text else "something else"
    raise Invalid(
        Flaw(
            message=f"A limit is a whole number from 0 to {most:,}, found {found}.",
            hint="Write for example 100, or delete the key.",
        )
    )
