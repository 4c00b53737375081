"""The conditions of `select`: how each is read from what is written, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from coursesync.catalogue.blueprint import ENABLED
from coursesync.catalogue.course import DELETED, END_AT, START_AT, TEMPLATE, TERM, WORKFLOW_STATE
from coursesync.catalogue.names import Kind, id_or_name
from coursesync.catalogue.scalars import boolean, choice
from coursesync.catalogue.types import Flaw, Invalid, Literal, Node, Value, ValueType
from coursesync.manifest import environments
from coursesync.manifest.values import NAME_SCHEMA, present, reference_schema

# The account the token belongs to, in Canvas's own word.
_SELF = "self"
_TERM = id_or_name(TERM.type, Kind.TERM)
_STATES = choice(*(state for state in WORKFLOW_STATE.type.choices if state != DELETED))
_OFFSET = "([Zz]|[-+][0-9]{2}:?[0-9]{2})$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One key of `select`: its value from a node (or Invalid), its JSON Schema, and what it means.

    The node has its variables filled in already.
    """

    read: Callable[[Node], object]
    schema: Mapping[str, Any]
    doc: str


def _account(node: Node) -> str:
    own = isinstance(node, Literal) and node.text == _SELF
    return _SELF if own else environments.account_id(node)


def _term(node: Node) -> str:
    return str(_TERM.parse(node))


def _states(node: Node) -> tuple[str, ...]:
    """Return one state or several, each once; raise Invalid with all that is wrong with them."""
    if isinstance(node, Literal | Mapping):
        return (_state(node),)
    if not node:
        hint = "Delete the key to select courses in every state."
        raise Invalid(Flaw(message="An empty list would select no course.", hint=hint))
    flaws: list[Flaw] = []
    states: list[str] = []
    for index, item in enumerate(node):
        try:
            states.append(_state(item))
        except Invalid as invalid:
            flaws += [replace(flaw, path=(str(index), *flaw.path)) for flaw in invalid.flaws]
    if flaws:
        raise Invalid(*flaws)
    return tuple(dict.fromkeys(states))


def _state(node: Node) -> str:
    if isinstance(node, Literal) and node.text == DELETED:
        message = f'"{DELETED}" cannot be selected: a rule for many courses must not reach into deleted ones.'
        hint = "To bring one back, declare it under courses with its workflow_state."
        raise Invalid(Flaw(message=message, hint=hint))
    return str(_STATES.parse(node))


def _instant(kind: ValueType) -> Callable[[Node], Value]:
    def read(node: Node) -> Value:
        try:
            value = kind.parse(node)
        except Invalid as invalid:
            # Its own example may lack an offset.
            raise Invalid(*(replace(flaw, hint="") for flaw in invalid.flaws)) from invalid
        if isinstance(value, str) and not value.endswith("Z"):
            message = f"{value} has no offset, and no course's time zone applies to a rule for many courses."
            raise Invalid(Flaw(message=message, hint=f"Write for example {value}-06:00, or {value}Z"))
        return value

    return read


def _condition(read: Callable[[Node], object], schema: Mapping[str, Any], doc: str, hint: str) -> Condition:
    """Make a condition whose flaws are told as such, and not as those of a value that Canvas would keep."""

    def explained(node: Node) -> object:
        try:
            return read(node)
        except Invalid as invalid:
            raise Invalid(*(_told(flaw, hint) for flaw in invalid.flaws)) from invalid

    return Condition(read=explained, schema=schema, doc=doc)


def _told(flaw: Flaw, hint: str) -> Flaw:
    code = "wrong-type" if flaw.code == "invalid-value" else flaw.code
    return replace(flaw, hint=flaw.hint or hint, code=code)


def _moment(kind: ValueType, doc: str) -> Condition:
    schema = {"allOf": [kind.schema, {"type": "string", "pattern": _OFFSET}]}
    return _condition(_instant(kind), schema, doc, "Write it like 2026-08-24T08:00:00-06:00")


def _flag(kind: ValueType, doc: str) -> Condition:
    return _condition(kind.parse, kind.schema, doc, "Write true or false, or delete the key.")


def _glob(doc: str) -> Condition:
    return _condition(lambda node: present(node, "a glob", _ONE_GLOB), NAME_SCHEMA, doc, _ONE_GLOB)


_ONE_GLOB = 'Write one glob, like "BIO-*"'
_STATE_SCHEMA = _STATES.schema
_ACCOUNT_SCHEMA = {"anyOf": [{"const": _SELF}, *environments.ACCOUNT_SCHEMA["anyOf"]]}

CONDITIONS: Mapping[str, Condition] = {
    "account": _condition(
        _account,
        _ACCOUNT_SCHEMA,
        "Courses of this account and those below it: its name, a Canvas id, sis_account_id:X, or self.",
        "Write for example sis_account_id:ARTS",
    ),
    "term": _condition(
        _term,
        reference_schema(_TERM),
        "Courses of this term: its name, a Canvas id, or sis_term_id:X.",
        "Write for example sis_term_id:2026FA",
    ),
    "workflow_state": _condition(
        _states,
        {"anyOf": [_STATE_SCHEMA, {"type": "array", "minItems": 1, "items": _STATE_SCHEMA}]},
        "Courses in this state, or in one of these.",
        f"Write one or a list of {', '.join(_STATES.choices)}.",
    ),
    "blueprint": _flag(ENABLED.type, "Whether the course is a blueprint."),
    "template": _flag(TEMPLATE.type, "Whether the course is a template."),
    "with_enrollments": _flag(boolean(), "Whether anybody is enrolled in the course."),
    "name": _glob("A glob for the name, case and all."),
    "sis_course_id": _glob("A glob for the SIS id, case and all."),
    "starts_before": _moment(START_AT.type, "Courses that start before this instant, themselves or by term."),
    "starts_after": _moment(
        START_AT.type, "Courses that start at this instant or after it, themselves or by term."
    ),
    "ends_before": _moment(END_AT.type, "Courses that end before this instant, themselves or by term."),
    "ends_after": _moment(
        END_AT.type, "Courses that end at this instant or after it, themselves or by term."
    ),
}
