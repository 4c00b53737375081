"""Value types of single values: booleans, text, choices, numbers, references, colours, addresses, HTML."""

from __future__ import annotations

import re
from typing import Any

from coursesync.catalogue import html
from coursesync.catalogue.types import (
    Flaw,
    Invalid,
    Node,
    Value,
    ValueType,
    nearest,
    quoted,
    scalar,
    shown,
    source_text,
)


def boolean() -> ValueType:
    """Make the type of true and false."""

    def parse(node: Node) -> Value:
        literal = scalar(node, "true or false")
        if not literal.quoted and literal.text in {"true", "True", "TRUE"}:
            return True
        if not literal.quoted and literal.text in {"false", "False", "FALSE"}:
            return False
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false", "y": "true", "n": "false"}
        guess = meant.get(literal.text.lower(), literal.text.lower())
        hint = f"Write {guess} without quotes." if guess in {"true", "false"} else "Write true or false."
        raise Invalid(Flaw(message=f"{quoted(literal)} is not a boolean.", hint=hint))

    return ValueType(name="boolean", schema={"type": "boolean"}, parse=parse)


def text(*, longest: int = 255, blank: str = "", empty_is_null: bool = False) -> ValueType:
    """Make a type of text of at most `longest` characters; `blank` is why blank text is refused, if it is."""

    def parse(node: Node) -> Value:
        value = source_text(node)
        if len(value) > longest:
            raise Invalid(
                Flaw(
                    message=f"Canvas keeps at most {longest} characters here; this has {len(value)}.",
                    code="invalid-value",
                )
            )
        if blank and not value.strip():
            raise Invalid(Flaw(message=blank, code="invalid-value"))
        return value

    def normalise(value: Value) -> Value:
        if value == "" and empty_is_null:
            return None
        # Canvas drops carriage returns on save (course.rb, string normalisation).
        return value.replace("\r", "") if isinstance(value, str) else value

    schema: dict[str, Any] = {"type": "string", "maxLength": longest}
    if blank:
        schema["pattern"] = r"\S"
    return ValueType(name="text", schema=schema, parse=parse, normalise=normalise, decode=normalise)


def choice(*choices: str, empty_is_null: bool = False, trap: str = "") -> ValueType:
    """Make a type of one of `choices`; `trap` says what Canvas does with any other value."""

    def parse(node: Node) -> Value:
        literal = scalar(node, "one of " + ", ".join(choices))
        if literal.text in choices or (empty_is_null and literal.quoted and not literal.text):
            return literal.text
        flaw = f"{quoted(literal)} is not one of {', '.join(choices)}. {trap}".strip()
        raise Invalid(Flaw(message=flaw, hint=nearest(literal.text, choices), code="invalid-value"))

    def normalise(value: Value) -> Value:
        return None if empty_is_null and value == "" else value

    allowed = [*choices, ""] if empty_is_null else list(choices)
    return ValueType(
        name="choice",
        schema={"enum": allowed},
        parse=parse,
        normalise=normalise,
        decode=normalise,
        choices=choices,
    )


def integer(*, least: int | None = None, why: str = "") -> ValueType:
    """Make a type of whole numbers, from `least` up; `why` explains that bound."""

    def parse(node: Node) -> Value:
        literal = scalar(node, "a whole number")
        if literal.quoted or not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", literal.text):
            raise Invalid(
                Flaw(
                    message=f"{quoted(literal)} is not a whole number.", hint="Write it in digits, unquoted."
                )
            )
        value = int(literal.text)
        if least is not None and value < least:
            raise Invalid(Flaw(message=f"{value} is below {least}. {why}".strip(), code="invalid-value"))
        return value

    def decode(value: Value) -> Value:
        # Ids of images are written as numbers and read back as strings (course.rb, settings hash).
        return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value) else value

    schema: dict[str, Any] = {"type": "integer", "maximum": 10**18 - 1}
    schema["minimum"] = least if least is not None else 1 - 10**18
    return ValueType(name="whole number", schema=schema, parse=parse, decode=decode)


def reference(prefix: str) -> ValueType:
    """Make a type of a Canvas id, or of `<prefix>:<SIS id>`, which one read per run turns into the id."""

    def parse(node: Node) -> Value:
        literal = scalar(node, f"a Canvas id or {prefix}:<SIS id>")
        if not literal.quoted and re.fullmatch(r"[1-9][0-9]{0,17}", literal.text):
            return int(literal.text)
        if re.fullmatch(rf"{prefix}:\S.*", literal.text):
            return literal.text
        raise Invalid(
            Flaw(
                message=f"{quoted(literal)} is neither a Canvas id nor {prefix}:<SIS id>.",
                hint=f"Write for example {prefix}:{shown(literal.text) or 'X'}",
            )
        )

    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
            {"type": "string", "pattern": rf"^{prefix}:\S.*$"},
        ]
    }
    return ValueType(name=f"id or {prefix}:…", schema=schema, parse=parse, is_reference=True)


def colour() -> ValueType:
    """Make a type of colours written #RGB or #RRGGBB."""
    pattern = r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"

    def parse(node: Node) -> Value:
        literal = scalar(node, "a colour")
        if not re.fullmatch(pattern, literal.text):
            raise Invalid(
                Flaw(
                    message=f"{quoted(literal)} is not a colour.",
                    hint='Write it like "#0055a4", quoted.',
                    code="invalid-value",
                )
            )
        return literal.text

    def normalise(value: Value) -> Value:
        return (value.lower() or None) if isinstance(value, str) else value

    return ValueType(
        name="colour",
        schema={"type": "string", "pattern": f"^{pattern}$"},
        parse=parse,
        normalise=normalise,
        decode=normalise,
    )


def url() -> ValueType:
    """Make a type of web addresses."""

    def parse(node: Node) -> Value:
        value = source_text(node, "a URL")
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", value):
            raise Invalid(
                Flaw(
                    message=f'"{shown(value)}" is not a web address.',
                    hint="Write it with https://",
                    code="invalid-value",
                )
            )
        return value

    return ValueType(
        name="URL", schema={"type": "string", "pattern": r"^https?://[^\s<>\"{}|\\^`]+$"}, parse=parse
    )


def html_text(*, longest: int) -> ValueType:
    """Make a type of HTML of at most `longest` bytes, compared by meaning and not by spelling."""

    def parse(node: Node) -> Value:
        value = source_text(node, "HTML")
        size = len(value.encode())
        if size > longest:
            raise Invalid(
                Flaw(
                    message=f"Canvas takes at most {longest:,} bytes here; this has {size:,}.",
                    code="too-large",
                )
            )
        return value

    def normalise(value: Value) -> Value:
        return html.canonical(value) if isinstance(value, str) else value

    return ValueType(name="HTML", schema={"type": "string"}, parse=parse, normalise=normalise, is_html=True)
