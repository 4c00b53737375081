"""Names of terms, accounts and grading schemes: how they are written, and as which text they stand for an id.

What a manifest says by name is a text such as `term "Fall 2026"` in a State, until Canvas has told the id. No
id and no SIS id can be such a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coursesync.catalogue.types import (
    Flaw,
    Invalid,
    Literal,
    Node,
    Value,
    ValueType,
    is_text,
    quoted,
    scalar,
    shown,
)

_LONGEST = 255
# What is meant as an id of the SIS, or of Canvas, also where its prefix is misspelt.
_IDLIKE = "([a-z]+_)+id:"
# What the account of the token is called where an id may stand.
_SELF = "self"


class Kind(StrEnum):
    """What has a name; the value is what people call it."""

    TERM = "term"
    ACCOUNT = "account"
    SCHEME = "grading scheme"

    @property
    def with_article(self) -> str:
        """Return the word with its indefinite article."""
        return f"{'an' if self is Kind.ACCOUNT else 'a'} {self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name where it stands for an id; account: for a grading scheme whose account is known, that."""

    kind: Kind
    text: str
    account: int | None = None

    @property
    def reference(self) -> str:
        """Return the text that stands for the id."""
        where = "" if self.account is None else f" of account {self.account}"
        return f'{self.kind}{where} "{self.text}"'

    @classmethod
    def of(cls, value: Value) -> Name | None:
        """Return the name that a value is such a text of, or None."""
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        account = None if found["account"] is None else int(found["account"])
        return cls(kind=Kind(found["kind"]), text=found["text"], account=account)


_KINDS = "|".join(Kind)
_REFERENCE = re.compile(
    rf'(?P<kind>{_KINDS})( of account (?P<account>[0-9]{{1,19}}))? "(?P<text>.*)"', re.DOTALL
)


def name_of(kind: Kind, *, key: str) -> ValueType:
    """Make the type of a name; key: where the id is written instead."""

    def parse(node: Node) -> Value:
        literal = scalar(node, f"the name of {kind.with_article}")
        flaw = _flaw(literal, kind, key)
        if flaw:
            raise Invalid(flaw)
        return Name(kind=kind, text=literal.text).reference

    return ValueType(name=f"name of the {kind}", schema=_schema(), parse=parse, spell=_said)


def id_or_name(ids: ValueType, kind: Kind) -> ValueType:
    """Make the type of what stands for itself, under one key: an id as `ids` has it, or a name in text."""
    names = name_of(kind, key="")

    def parse(node: Node) -> Value:
        if isinstance(node, Literal) and is_text(node) and not re.match(f"{_SELF}$|{_IDLIKE}", node.text):
            return ids.parse(node) if node.null else names.parse(node)
        return ids.parse(node)

    schema = {"anyOf": [*ids.schema["anyOf"], _schema(but=f"{_SELF}$|")]}
    return ValueType(name=f"name, {ids.name}", schema=schema, parse=parse, is_reference=True)


def _schema(*, but: str = "") -> dict[str, Any]:
    pattern = rf"^(?!{but}{_IDLIKE})[\s\S]*\S"
    return {"type": "string", "maxLength": _LONGEST, "pattern": pattern}


def _flaw(literal: Literal, kind: Kind, key: str) -> Flaw | None:
    """Return what is wrong with a name as it is written, if anything is."""
    number = f", or {key}: {shown(literal.text)} if that is the id" if key else ""
    if not is_text(literal):
        read = f"YAML reads {shown(literal.text)} as a number or boolean"
        message = f"{read}, not as the name of {kind.with_article}."
        return Flaw(message=message, hint=f'Quote it: "{shown(literal.text)}"{number}')
    if re.match(_IDLIKE, literal.text):
        message = f"{quoted(literal)} is an id, and no name of {kind.with_article}."
        return Flaw(message=message, hint=f"Write {key}: {shown(literal.text)}")
    if not literal.text.strip():
        return Flaw(message=f"The name of the {kind} is missing.", hint="Write it as Canvas shows it.")
    if len(literal.text) > _LONGEST:
        return Flaw(message=f"No {kind} has a name of more than {_LONGEST} characters.", code="invalid-value")
    return None


def _said(value: Value) -> Value:
    name = Name.of(value)
    return name.text if name else value
