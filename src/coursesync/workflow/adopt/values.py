"""A live course as a manifest would declare it: what is not Canvas's default and can be declared back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coursesync.canvas.bulk import SIS_PREFIX
from coursesync.catalogue import FIELDS
from coursesync.catalogue.blueprint import ENABLED
from coursesync.catalogue.course import AVAILABLE, SIS_COURSE_ID
from coursesync.catalogue.defaults import default_of, is_default
from coursesync.catalogue.field import Field
from coursesync.catalogue.html import authored
from coursesync.catalogue.types import Flaw, Invalid, Literal, Value
from coursesync.diagnostics import Position
from coursesync.manifest.contradictions import contradictions
from coursesync.manifest.drafts import COLUMN
from coursesync.manifest.dump import written
from coursesync.manifest.values import writable_id
from coursesync.model import Address, DesiredCourse, LiveCourse, Origin, State


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A value that is not declared, and why not."""

    field: Address
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A live course, and what is to be declared of it.

    id: as declared. values: by address, as YAML. texts: by address, HTML for files of their own.
    """

    live: LiveCourse
    id: str
    values: Mapping[Address, str]
    texts: Mapping[Address, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


# What a file of text in UTF-8 cannot hold.
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# Where a contradiction says that its fields stand.
_PLACES = re.compile(r" \(\w+\.\w+\)")

# How some references are to be written: by address and Canvas id.
Spellings = Mapping[tuple[Address, Value], str]


def adopted(live: LiveCourse, account: State, *, full: bool, spellings: Spellings) -> Adopted:
    """Return what is to be declared of a course, so that a plan finds no difference.

    account: what its fields fall back to. full: declare Canvas's defaults too.
    """
    values: dict[Address, str] = {}
    texts: dict[Address, str] = {}
    left_out: list[LeftOut] = []
    declared = _id(live)
    for row, value in _worth_declaring(live, account, declared, full=full):
        try:
            if row.type.is_html and value:
                texts[row.address] = _authored(row, str(value))
            else:
                values[row.address] = written(row, _spelled(row, value, spellings), indent=COLUMN)
        except Invalid as invalid:
            left_out.append(LeftOut(field=row.address, why=" ".join(f.message for f in invalid.flaws)))
    agreed = {address: live.state[address] for address in (*values, *texts)}
    for address, why in _at_odds(live, agreed):
        left_out.append(LeftOut(field=address, why=why))
        values.pop(address, None)
        texts.pop(address, None)
    return Adopted(live=live, id=declared, values=values, texts=texts, left_out=tuple(left_out))


def _id(live: LiveCourse) -> str:
    """Return how a manifest calls a course: by its SIS id where it has one that can be declared."""
    named = f"{SIS_PREFIX}{live.sis_course_id}"
    try:
        return writable_id(named) if live.sis_course_id else str(live.id)
    except Invalid:
        return str(live.id)


def _worth_declaring(
    live: LiveCourse, account: State, declared: str, *, full: bool
) -> Iterator[tuple[Field, Value]]:
    """Yield the fields of a course that can be declared back and are not as in any other course."""
    blueprint = live.state.get(ENABLED.address) is True
    for address, row in FIELDS.items():
        if address not in live.state or (row.group == ENABLED.group and not blueprint):
            continue
        value = live.state[address]
        named = address == SIS_COURSE_ID.address and declared.startswith(SIS_PREFIX)
        if named or (value is None and row.clear is None):
            continue
        if full or not is_default(row, value, default_of(row, live.state, account)):
            yield row, value


def _spelled(row: Field, value: Value, spellings: Spellings) -> Value:
    named = row.type.is_reference and isinstance(value, (int, str))
    return spellings.get((row.address, value), value) if named else value


def _authored(row: Field, html: str) -> str:
    """Return the text for a file of its own. Raises Invalid where a manifest could not include it."""
    text = authored(html)
    row.type.parse(Literal(text=text, quoted=True))
    if _UNWRITABLE.search(text):
        raise Invalid(Flaw(message="The text holds characters that no file of text can hold."))
    return text


def _at_odds(live: LiveCourse, state: dict[Address, Value]) -> Iterator[tuple[Address, str]]:
    """Yield, and take out of `state`, what a manifest may not declare beside the rest of it."""
    # The last first: of two rivals the one that stands first in the catalogue is kept.
    for address in reversed(tuple(state)):
        why = _unkept(FIELDS[address], state[address], live, state)
        if why:
            del state[address]
            yield address, why
    while found := next(contradictions(_desired(state)), None):
        address = found.position.file if found.position else ""
        del state[address]
        yield address, _PLACES.sub("", found.detail)


def _unkept(row: Field, value: Value, live: LiveCourse, state: Mapping[Address, Value]) -> str:
    """Say why Canvas would not keep a value at the next write, or nothing."""
    if value is None:
        return ""
    rival = next((other for other in row.conflicts if state.get(other) is not None), None)
    if rival:
        return f"Only one of it and {rival} can be declared."
    if row.wants_published and live.workflow_state == AVAILABLE:
        return ""
    for needed in row.requires:
        if live.state.get(needed.field, needed.value) != needed.value:
            return f"It needs {needed.field} to be {str(needed.value).lower()}: {needed.why}."
    return ""


def _desired(state: Mapping[Address, Value]) -> DesiredCourse:
    """Return a course that declares this and nothing else; each field stands in a place of its own name."""
    nowhere = Position(file="")
    origins = {address: (Origin(file=address, line=0, column=0, layer="course"),) for address in state}
    return DesiredCourse(id="", position=nowhere, state=state, origins=origins)
