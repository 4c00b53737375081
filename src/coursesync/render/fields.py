"""Reference pages of fields, read off the catalogue; Markdown that also reads well as plain text."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

from coursesync.catalogue.field import (
    ANY,
    SET,
    UNSTATED,
    Absence,
    Case,
    Circumstance,
    Field,
    Mark,
    Obstacle,
    Refused,
    Risk,
)
from coursesync.catalogue.rights import Right
from coursesync.catalogue.types import Value


def field_page(row: Field) -> str:
    """Return everything the catalogue says about a field."""
    lines = [f"### {row.address}", "", *_wrapped(row.doc), ""]
    for label, text in _facts(row):
        lines += _wrapped(f"- {label}: {text}")
    return "\n".join(lines) + "\n"


def refused_page(row: Refused) -> str:
    """Return why a name cannot be declared."""
    instead = f" Declare {row.instead}." if row.instead else ""
    return (
        "\n".join([f"### {row.group}.{row.name}", "", *_wrapped(f"Cannot be declared. {row.why}{instead}")])
        + "\n"
    )


def _wrapped(text: str) -> list[str]:
    indent = "  " if text.startswith("- ") else ""
    return textwrap.wrap(
        text, width=80, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _facts(row: Field) -> Iterator[tuple[str, str]]:
    yield "Values", ", ".join(row.type.choices) if row.type.choices else row.type.name
    for other in row.spellings:
        yield f"Or {other.name}", f"{other.type.name}. {other.doc}"
    if row.default is not UNSTATED:
        yield "Default", _default(row)
    yield "null", _null(row)
    yield "Read", _read(row)
    yield "Written", f"PUT {row.step.endpoint.value}, as {_parameter(row)}"
    for needed in row.requires:
        yield "Needs", f"{needed.field}: {_word(needed.value)}; else {needed.why}."
    if row.conflicts:
        yield "Not together with", ", ".join(row.conflicts)
    for couple in row.couples:
        when = "" if couple.when is ANY else f" when {_given(couple.when)}"
        yield "Moves", f"{couple.field}{when}: {couple.why}."
    for change in row.transitions:
        if change.risk is not Risk.SAFE:
            yield (
                f"{change.risk.value.capitalize()}",
                f"{_given(change.before)} -> {_given(change.after)}: {change.why}.",
            )
            for case in change.cases:
                if case.risk is not change.risk:
                    yield f"{case.risk.value.capitalize()} instead", f"where {_circumstances(case)}."
    for change in row.transitions:
        if change.obstacles:
            yield (
                "Refused",
                f"{_given(change.before)} -> {_given(change.after)} where {_any(change.obstacles)}.",
            )
    if row.lasting:
        yield "Lasting", row.lasting
    rights = dict.fromkeys(right.label for right in (*row.rights, *_of_changes(row)))
    if rights:
        yield "Needs", f"the right to {'; to '.join(rights)}."
    if row.sticky:
        yield "SIS", "a write here stops SIS imports from updating the field."
    if row.inherited:
        yield "Inherited", "while it was never set, the account's value is shown; a write pins it for good."
    if row.ignored:
        yield "May be ignored", row.ignored
    if row.note:
        yield "Note", row.note
    yield "Source", row.source


_SAID = {
    Circumstance.STUDENTS: ("it has students", "it has no students"),
    Circumstance.TERM_RUNS: ("its term runs", "its term does not run"),
    Circumstance.FOLLOWERS: ("courses follow it", "no course follows it"),
    Circumstance.FOLLOWS: ("it follows a blueprint", "it follows no blueprint"),
}


def _any(obstacles: tuple[Obstacle, ...]) -> str:
    return ", or ".join(obstacle.value for obstacle in obstacles)


def _circumstances(case: Case) -> str:
    return " and ".join(_SAID[name][not so] for name, so in case.given.items())


def _of_changes(row: Field) -> tuple[Right, ...]:
    return tuple(right for change in row.transitions for right in change.rights)


def _default(row: Field) -> str:
    match row.default:
        case Mark.INHERITED:
            return "the account's value"
        case Mark.FOLLOWS:
            return "the value of the field it follows until it is set itself"
        case Mapping() as default:
            return json.dumps(default, default=dict)
    return _word(row.default) + (", unless an account says otherwise" if row.inherited else "")


def _null(row: Field) -> str:
    if row.clear is None:
        return f"not allowed. {row.no_clear}"
    reads = "" if row.null_means is None else f"; it reads as {_word(row.null_means)}"
    account = row.read and row.read.account_key
    follows = f"; the course then shows the account's {account}" if account else ""
    return f"clears the field{reads}{follows}"


def _read(row: Field) -> str:
    if row.read is None:
        return "never. Canvas takes it and does not show it, so it is sent only with --send-unverified."
    text = f"GET {row.read.endpoint.value}, {' or '.join(row.read.keys)}"
    if row.read.include:
        promised = "" if row.read.documented else " (in no documentation; some Canvas may not answer it)"
        text += f", with include[]={row.read.include}{promised}"
    if row.read.absent is Absence.NULL:
        text += "; a missing key is an empty value"
    return text


def _parameter(row: Field) -> str:
    envelope = row.step.envelope
    return f"{envelope}[{row.parameter}]" if envelope else row.parameter


def _given(value: Value | Mark) -> str:
    if value is ANY:
        return "anything"
    return "set" if value is SET else _word(value)


def _word(value: Value | Mark) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)
