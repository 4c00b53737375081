"""Value types: how a value is parsed from YAML, described in JSON Schema, sent, read and compared.

Each type is one `ValueType` made by a small function. `parse` sees the source text of a YAML node, never a
loader's guess, and raises `Invalid`; `normalise` gives the form in which two values are compared.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from typing_extensions import TypeAliasType

from coursesync.catalogue import html, zones

Value = TypeAliasType("Value", "None | bool | int | float | str | Sequence[Value] | Mapping[str, Value]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A YAML scalar as written: its text, whether it was quoted (or a block), and whether it says null."""

    text: str
    quoted: bool = False

    @property
    def null(self) -> bool:
        """Tell whether YAML 1.2 reads this as null."""
        return not self.quoted and self.text in {"", "~", "null", "Null", "NULL"}


# What a value is written as: a scalar, or a mapping or list of such.
Node = Literal | Mapping[str, "Node"] | Sequence["Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong with a value: what and why, what to type instead, and where below the value."""

    message: str
    hint: str = ""
    path: tuple[str, ...] = ()
    code: str = "wrong-type"


class Invalid(ValueError):
    """A value cannot be used; every flaw found is in `flaws`."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


def _same(value: Value) -> Value:
    return value


def _as_declared(desired: Value, live: Value) -> Value:  # noqa: ARG001 - the shape of `complete`
    return desired


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """What values of a field look like.

    name: for people ("boolean", "instant"). schema: JSON Schema of what a manifest may say, null apart.
    parse: node -> value as declared. normalise: value -> form for comparing.
    decode: JSON read from Canvas -> value. encode: value -> JSON to send.
    complete: (desired, live) -> what is sent, where Canvas replaces a whole and live matters.
    is_*: what the other packages must treat in a way of its own.
    """

    name: str
    schema: Mapping[str, Any]
    parse: Callable[[Node], Value]
    normalise: Callable[[Value], Value] = _same
    decode: Callable[[Value], Value] = _same
    encode: Callable[[Value], Value] = _same
    complete: Callable[[Value, Value], Value] = _as_declared
    choices: tuple[str, ...] = ()
    is_html: bool = False
    is_map: bool = False
    is_reference: bool = False
    is_instant: bool = False


def _scalar(node: Node, wanted: str) -> Literal:
    if isinstance(node, Literal):
        return node
    kind = "a mapping" if isinstance(node, Mapping) else "a list"
    raise Invalid(Flaw(message=f"Expected {wanted}, found {kind}."))


# YAML 1.2 core schema: what an unquoted scalar means besides text.
_NOT_TEXT = re.compile(
    r"true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def source_text(node: Node, wanted: str = "text") -> str:
    """Return the text of a scalar that YAML reads as text; raise Invalid where it reads something else."""
    literal = _scalar(node, wanted)
    if not literal.quoted and _NOT_TEXT.fullmatch(literal.text):
        raise Invalid(
            Flaw(
                message=f"YAML reads {literal.text} as a number or boolean, not as {wanted}.",
                hint=f'Quote it: "{literal.text}"',
            )
        )
    return literal.text


def boolean() -> ValueType:
    """Make the type of true and false."""

    def parse(node: Node) -> Value:
        literal = _scalar(node, "true or false")
        if not literal.quoted and literal.text in {"true", "True", "TRUE"}:
            return True
        if not literal.quoted and literal.text in {"false", "False", "FALSE"}:
            return False
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false", "y": "true", "n": "false"}
        guess = meant.get(literal.text.lower(), literal.text.lower())
        hint = f"Write {guess} without quotes." if guess in {"true", "false"} else "Write true or false."
        raise Invalid(Flaw(message=f"{_quote(literal)} is not a boolean.", hint=hint))

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
        literal = _scalar(node, "one of " + ", ".join(choices))
        if literal.text in choices or (empty_is_null and literal.quoted and not literal.text):
            return literal.text
        flaw = f"{_quote(literal)} is not one of {', '.join(choices)}. {trap}".strip()
        raise Invalid(Flaw(message=flaw, hint=_nearest(literal.text, choices), code="invalid-value"))

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
        literal = _scalar(node, "a whole number")
        if literal.quoted or not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", literal.text):
            raise Invalid(
                Flaw(
                    message=f"{_quote(literal)} is not a whole number.", hint="Write it in digits, unquoted."
                )
            )
        value = int(literal.text)
        if least is not None and value < least:
            raise Invalid(Flaw(message=f"{value} is below {least}. {why}".strip(), code="invalid-value"))
        return value

    def decode(value: Value) -> Value:
        # Ids of images are written as numbers and read back as strings (course.rb, settings hash).
        return int(value) if isinstance(value, str) and value.isdigit() else value

    schema: dict[str, Any] = {"type": "integer", "maximum": 10**18 - 1}
    schema["minimum"] = least if least is not None else 1 - 10**18
    return ValueType(name="whole number", schema=schema, parse=parse, decode=decode)


def reference(prefix: str) -> ValueType:
    """Make a type of a Canvas id, or of `<prefix>:<SIS id>`, which one read per run turns into the id."""

    def parse(node: Node) -> Value:
        literal = _scalar(node, f"a Canvas id or {prefix}:<SIS id>")
        if not literal.quoted and re.fullmatch(r"[1-9][0-9]{0,17}", literal.text):
            return int(literal.text)
        if re.fullmatch(rf"{prefix}:\S.*", literal.text):
            return literal.text
        raise Invalid(
            Flaw(
                message=f"{_quote(literal)} is neither a Canvas id nor {prefix}:<SIS id>.",
                hint=f"Write for example {prefix}:{literal.text or 'X'}",
            )
        )

    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
            {"type": "string", "pattern": rf"^{prefix}:\S"},
        ]
    }
    return ValueType(name=f"id or {prefix}:…", schema=schema, parse=parse, is_reference=True)


_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|z|[-+]\d{2}:?\d{2}))?")


def instant() -> ValueType:
    """Make a type of moments; without an offset they are read in the course's time zone when planned."""

    def parse(node: Node) -> Value:
        literal = _scalar(node, "a date and time")
        if _DATE.fullmatch(literal.text):
            raise Invalid(
                Flaw(
                    message=f"{literal.text} has no time of day, so it names no instant.",
                    hint=f"Write for example {literal.text}T23:59:00",
                )
            )
        moment = _moment(literal.text) if _INSTANT.fullmatch(literal.text) else None
        if moment is None:
            raise Invalid(
                Flaw(
                    message=f"{_quote(literal)} is not a date and time.",
                    hint="Write it like 2026-08-24T08:00:00-06:00",
                )
            )
        return format_instant(moment)

    def normalise(value: Value) -> Value:
        moment = _moment(value) if isinstance(value, str) else None
        return format_instant(moment) if moment else value

    schema = {"type": "string", "pattern": f"^{_INSTANT.pattern}$"}
    return ValueType(
        name="instant", is_instant=True, schema=schema, parse=parse, normalise=normalise, decode=normalise
    )


def _moment(source: str) -> datetime | None:
    try:
        return datetime.fromisoformat(source.strip().upper().replace(" Z", "Z"))
    except ValueError:
        return None


def format_instant(moment: datetime) -> str:
    """Write a moment in whole seconds: in UTC with a Z, or as a local time without an offset."""
    if moment.tzinfo is None:
        return moment.replace(microsecond=0).isoformat()
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def time_of_day(keyword: str) -> ValueType:
    """Make a type of a time of day, HH:MM or HH:MM:SS, or `keyword`."""

    def parse(node: Node) -> Value:
        literal = _scalar(node, f"a time of day or {keyword}")
        clock = _clock(literal.text)
        if literal.text != keyword and clock is None:
            raise Invalid(
                Flaw(
                    message=f"{_quote(literal)} is not a time of day. Canvas would silently reset the field.",
                    hint=f"Write it like 23:59:00, or {keyword}",
                    code="invalid-value",
                )
            )
        return literal.text

    def normalise(value: Value) -> Value:
        clock = _clock(value) if isinstance(value, str) else None
        return clock.isoformat() if clock else value

    pattern = rf"^({keyword}|([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)$"
    return ValueType(
        name="time of day",
        schema={"type": "string", "pattern": pattern},
        parse=parse,
        normalise=normalise,
        decode=normalise,
        encode=normalise,
    )


def _clock(source: str) -> time | None:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", source)
    return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def time_zone() -> ValueType:
    """Make a type of time zones, by IANA name or by Rails name; the two compare equal."""

    def parse(node: Node) -> Value:
        value = source_text(node, "a time zone")
        if not zones.known(value):
            raise Invalid(
                Flaw(
                    message=f'"{value}" is no time zone. Canvas would silently use the account\'s zone.',
                    hint=_nearest(value, zones.names()),
                    code="invalid-value",
                )
            )
        return value

    def normalise(value: Value) -> Value:
        return zones.iana(value) if isinstance(value, str) else value

    return ValueType(
        name="time zone", schema={"type": "string"}, parse=parse, normalise=normalise, decode=normalise
    )


def colour() -> ValueType:
    """Make a type of colours written #RGB or #RRGGBB."""
    pattern = r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"

    def parse(node: Node) -> Value:
        literal = _scalar(node, "a colour")
        if not re.fullmatch(pattern, literal.text):
            raise Invalid(
                Flaw(
                    message=f"{_quote(literal)} is not a colour.",
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
                    message=f'"{value}" is not a web address.',
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


def locks(documented: Iterable[str], undocumented: Iterable[str]) -> ValueType:
    """Make the type of a map of lock keys; a key that is missing counts as false, as Canvas counts it."""
    always, rare = tuple(documented), tuple(undocumented)
    flag = boolean()

    def parse(node: Node) -> Value:
        return _parse_map(node, (*always, *rare), flag.parse)

    def complete(desired: Value, live: Value) -> Value:
        # Canvas replaces the map whole, so a lock that is on and not declared must be sent as false.
        wanted, current = _mapping(desired), _mapping(live)
        extra = [key for key in rare if key in wanted or current.get(key)]
        return {key: bool(wanted.get(key)) for key in (*always, *extra)}

    def normalise(value: Value) -> Value:
        return (
            dict.fromkeys(sorted(key for key, on in value.items() if on), True)
            if isinstance(value, Mapping)
            else value
        )

    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys((*always, *rare), flag.schema),
    }
    return ValueType(
        name="map of locks",
        schema=schema,
        parse=parse,
        normalise=normalise,
        decode=normalise,
        complete=complete,
        is_map=True,
    )


def maps_of(inner: ValueType, keys: Iterable[str]) -> ValueType:
    """Make the type of a map from each of `keys` to a value of `inner`, itself a map."""
    names = tuple(keys)

    def parse(node: Node) -> Value:
        return _parse_map(node, names, inner.parse)

    def complete(desired: Value, live: Value) -> Value:
        current = _mapping(live)
        return {key: inner.complete(value, current.get(key)) for key, value in _mapping(desired).items()}

    def normalise(value: Value) -> Value:
        if not isinstance(value, Mapping):
            return value
        each = {key: inner.normalise(item) for key, item in sorted(value.items())}
        return {key: item for key, item in each.items() if item}

    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(names, inner.schema),
    }
    return ValueType(
        name=f"map of {inner.name}",
        schema=schema,
        parse=parse,
        normalise=normalise,
        decode=normalise,
        complete=complete,
        is_map=True,
    )


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _parse_map(node: Node, keys: tuple[str, ...], parse: Callable[[Node], Value]) -> Value:
    if not isinstance(node, Mapping):
        raise Invalid(Flaw(message=f"Expected a mapping with the keys {', '.join(keys)}."))
    flaws: list[Flaw] = []
    parsed: dict[str, Value] = {}
    for key, item in node.items():
        if key not in keys:
            flaws.append(
                Flaw(
                    message=f'"{key}" is not one of {", ".join(keys)}.',
                    hint=_nearest(key, keys),
                    path=(key,),
                    code="unknown-key",
                )
            )
            continue
        try:
            parsed[key] = parse(item)
        except Invalid as invalid:
            flaws += [
                Flaw(message=flaw.message, hint=flaw.hint, path=(key, *flaw.path), code=flaw.code)
                for flaw in invalid.flaws
            ]
    if flaws:
        raise Invalid(*flaws)
    return parsed


def _quote(literal: Literal) -> str:
    shown = literal.text if len(literal.text) <= 60 else literal.text[:57] + "…"
    return f'"{shown}"'


def _nearest(word: str, words: Iterable[str]) -> str:
    close = closest(word, words)
    return f'Did you mean "{close}"?' if close else ""


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` most like `word`, or None when none is alike."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None
