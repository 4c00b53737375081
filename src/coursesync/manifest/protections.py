"""One rule of `protect` in the project file: which change of which courses may never be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from coursesync.catalogue import FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Flaw, Invalid, Literal, Node, Value, nearest
from coursesync.manifest.values import (
    NAME_SCHEMA,
    PATTERN_SCHEMA,
    Include,
    below,
    field_pattern,
    field_value,
    glob,
    not_a_key,
    reason,
)
from coursesync.manifest.variables import no_variable
from coursesync.model import Address

_TERM_RUNS = "term-runs"
_FIELD, _VALUE, _COURSES, _REASON, _WHILE = "field", "value", "courses", "reason", "while"

PROTECTION_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [_FIELD],
    "properties": {
        _FIELD: {
            **PATTERN_SCHEMA,
            "description": "An address like attributes.workflow_state, or a pattern like settings.*.",
        },
        _VALUE: {
            "description": "The new value that is refused, null for clearing; without it, every change is."
        },
        _COURSES: {
            **NAME_SCHEMA,
            "description": "A glob for courses by Canvas id, SIS id or name; without it, all of them.",
        },
        _REASON: {"type": "string", "description": "Why there is the rule, for whoever meets it."},
        _WHILE: {"const": _TERM_RUNS, "description": "Only while the term of the course runs."},
    },
}


def protection(node: Node, include: Include) -> dict[str, Any]:
    """Return what a rule says, as the attributes of a Protection; raise Invalid with all that is wrong."""
    if not isinstance(node, Mapping):
        hint = "Write for example {field: blueprint.enabled, value: false}"
        raise Invalid(Flaw(message="Expected a rule with a field.", hint=hint))
    readers: dict[str, Callable[[Node], Any]] = {
        _FIELD: field_pattern,
        _VALUE: lambda value: _values(node.get(_FIELD), value, include),
        _COURSES: glob,
        _REASON: reason,
        _WHILE: _term_runs,
    }
    flaws = [not_a_key(key, readers) for key in node if key not in readers]
    if _FIELD not in node:
        hint = "Write for example field: attributes.workflow_state"
        flaws.append(Flaw(message="A rule needs the key field.", hint=hint, code="missing-key"))
    read: dict[str, Any] = {}
    for key in (key for key in readers if key in node):
        try:
            read[key] = readers[key](node[key])
        except Invalid as invalid:
            flaws += [below(key, flaw) for flaw in invalid.flaws]
    if flaws:
        raise Invalid(*flaws)
    return {
        "pattern": read[_FIELD],
        "courses": read.get(_COURSES, "*"),
        "values": read.get(_VALUE),
        "reason": read.get(_REASON, ""),
        "term_runs": _WHILE in read,
    }


def _term_runs(node: Node) -> bool:
    if isinstance(node, Literal) and node.text == _TERM_RUNS:
        return True
    near = nearest(node.text, [_TERM_RUNS]) if isinstance(node, Literal) else ""
    raise Invalid(
        Flaw(message=f"A rule holds always, or while: {_TERM_RUNS}.", hint=near or "Delete the key.")
    )


def _values(pattern: Node | None, node: Node, include: Include) -> dict[Address, Value]:
    """Return the value as each field of a pattern takes it; raise Invalid where one of them does not."""
    text = pattern.text if isinstance(pattern, Literal) else ""
    rows = [row for row in FIELDS.values() if matches(text, row.address)]
    found: dict[Address, Value] = {}
    for row in rows:
        try:
            found[row.address] = _value(row, node, include)
        except Invalid as invalid:
            # One field is enough to see what is wrong; twenty would say the same.
            said = "" if len(rows) == 1 else f"{row.address} is one of {len(rows)} fields of this rule. "
            raise Invalid(*(_of_rule(flaw, said) for flaw in invalid.flaws)) from invalid
    return found


def _of_rule(flaw: Flaw, said: str) -> Flaw:
    hint = flaw.hint or "Write a value of the field, or delete the key to refuse every change of it."
    return replace(flaw, message=said + flaw.message, hint=hint)


def _value(row: Field, node: Node, include: Include) -> Value:
    """Return a value as a manifest would declare it; null also where Canvas has no way to clear the field.

    Canvas clears some of those itself, as a side effect.
    """
    if isinstance(node, Literal) and node.null:
        if not node.text:
            hint = "Write null to refuse that the field is cleared, or delete the key."
            raise Invalid(Flaw(message="The value is missing.", hint=hint))
        return None
    no_variable(node)
    # What would do under another key of the field is of no use here.
    value = field_value(replace(row, spellings=()), node, include)
    if row.type.is_reference and isinstance(value, str):
        message = f"{value} cannot be told from other ids here, where Canvas is not asked."
        raise Invalid(Flaw(message=message, hint="Write the Canvas id, in digits."))
    if row.type.is_instant and isinstance(value, str) and not value.endswith("Z"):
        message = f"{value} has no offset, and no course's time zone applies to a rule for many courses."
        raise Invalid(Flaw(message=message, hint=f"Write for example {value}-06:00, or {value}Z"))
    return value
