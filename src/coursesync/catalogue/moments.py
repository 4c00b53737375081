"""Value types of time: instants, times of day, time zones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

from coursesync.catalogue import zones
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

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
    r"( ?([Zz]|[-+][0-9]{2}:?[0-9]{2}))?"
)


def instant() -> ValueType:
    """Make a type of moments; without an offset they are read in the course's time zone when planned."""

    def parse(node: Node) -> Value:
        literal = scalar(node, "a date and time")
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
                    message=f"{quoted(literal)} is not a date and time.",
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
        moment = datetime.fromisoformat(re.sub(" (?=[-+Z])", "", source.strip().upper()))
        # Near the ends of the calendar a moment may have no counterpart in UTC.
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_instant(moment: datetime) -> str:
    """Write a moment in whole seconds: in UTC with a Z, or as a local time without an offset."""
    if moment.tzinfo is None:
        return moment.replace(microsecond=0).isoformat()
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def time_of_day(keyword: str) -> ValueType:
    """Make a type of a time of day, HH:MM or HH:MM:SS, or `keyword`."""

    def parse(node: Node) -> Value:
        literal = scalar(node, f"a time of day or {keyword}")
        clock = _clock(literal.text)
        if literal.text != keyword and clock is None:
            raise Invalid(
                Flaw(
                    message=f"{quoted(literal)} is not a time of day. Canvas would silently reset the field.",
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
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", source)
    return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def time_zone() -> ValueType:
    """Make a type of time zones, by IANA name or by Rails name; the two compare equal."""

    def parse(node: Node) -> Value:
        value = source_text(node, "a time zone")
        if not zones.known(value):
            raise Invalid(
                Flaw(
                    message=f'"{shown(value)}" is no time zone. Canvas would silently use another one.',
                    hint=nearest(value, zones.names()),
                    code="invalid-value",
                )
            )
        return value

    def normalise(value: Value) -> Value:
        return zones.iana(value) if isinstance(value, str) else value

    return ValueType(
        name="time zone", schema={"type": "string"}, parse=parse, normalise=normalise, decode=normalise
    )
