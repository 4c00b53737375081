"""Compare desired with live: which fields differ, which are ignored, which could never be verified."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from coursesync.catalogue import FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.course import DELETED, TEMPLATE, TIME_ZONE, WORKFLOW_STATE
from coursesync.catalogue.field import Field
from coursesync.catalogue.html import fingerprint
from coursesync.catalogue.moments import format_instant
from coursesync.catalogue.types import Value
from coursesync.catalogue.zones import iana
from coursesync.diagnostics import Diagnostic, problem
from coursesync.model import (
    Action,
    Address,
    Change,
    DesiredCourse,
    Ignored,
    LiveCourse,
    Origin,
    Part,
    State,
    Unverified,
)
from coursesync.model.upload import Upload, upload_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a comparison found: changes without their risk yet, and what was not compared, with reasons."""

    changes: tuple[Change, ...]
    unverified: tuple[Unverified, ...]
    ignored: tuple[Ignored, ...]
    diagnostics: tuple[Diagnostic, ...]


def change_id(host: str, course: int | str, field: Address) -> str:
    """Return the id a change has in every plan: ten hex digits of host, course and field."""
    return hashlib.sha256(f"{host}\n{course}\n{field}".encode()).hexdigest()[:10]


def diff(desired: DesiredCourse, live: LiveCourse, *, host: str) -> Difference:
    """Compare every declared field of a course with what Canvas shows, in catalogue order."""
    changes: list[Change] = []
    unverified: list[Unverified] = []
    diagnostics: list[Diagnostic] = []
    for row, value in _compared(desired, live):
        origin = desired.origins.get(row.address, ())
        if _write_only(row, value, live):
            number = change_id(host, live.key, row.address)
            unverified.append(Unverified(id=number, field=row.address, value=value, origin=origin))
        elif row.address not in live.state:
            diagnostics.append(_untold(row, desired))
        elif (change := _change(row, value, live, host=host, origin=origin)) is not None:
            changes.append(change)
    return Difference(
        changes=tuple(changes),
        unverified=tuple(unverified),
        ignored=ignored(desired),
        diagnostics=(*diagnostics, *_left_alone(desired)),
    )


def managed(desired: DesiredCourse) -> State:
    """Return what is declared and not ignored."""
    left_out = {item.field for item in ignored(desired)}
    return {address: value for address, value in desired.state.items() if address not in left_out}


def ignored(desired: DesiredCourse) -> tuple[Ignored, ...]:
    """Return the declared fields that an ignore rule leaves out."""
    found: dict[Address, Ignored] = {}
    for rule in desired.ignores:
        for address in desired.state:
            if matches(rule.pattern, address):
                found[address] = Ignored(
                    field=address, pattern=rule.pattern, reason=rule.reason, until=rule.until
                )
    return tuple(found[address] for address in FIELDS if address in found)


def html_questions(desired: DesiredCourse, live: LiveCourse) -> tuple[str, ...]:
    """Return the HTML texts that differ from live as far as we can tell, so that Canvas must be asked."""
    return tuple(
        value
        for row, value in _compared(desired, live)
        if row.type.is_html
        and isinstance(value, str)
        and row.address in live.state
        and not row.same(value, live.state[row.address])
        and fingerprint(value) not in live.previews
    )


def file_questions(desired: DesiredCourse, live: LiveCourse) -> tuple[int, ...]:
    """Return the files that fields name now where others are declared, so that Canvas must be asked."""
    known = {file.id for file in live.files}
    numbers = [live.state.get(row.address) for row, value in _compared(desired, live) if upload_in(value)]
    return tuple(
        number for number in dict.fromkeys(numbers) if isinstance(number, int) and number not in known
    )


def account_keys(desired: DesiredCourse) -> tuple[Field, ...]:
    """Return the rows that are cleared, and then show the value of an account."""
    state = managed(desired)
    return tuple(
        row
        for address, row in FIELDS.items()
        if row.read and row.read.account_key and address in state and state[address] is None
    )


def localised(desired: DesiredCourse, live: LiveCourse) -> DesiredCourse:
    """Give every instant without an offset the offset of the declared time zone, else of the live one."""
    zone = desired.state.get(TIME_ZONE.address) or live.state.get(TIME_ZONE.address)
    if not isinstance(zone, str):
        return desired
    state = {address: _in_zone(FIELDS[address], value, zone) for address, value in desired.state.items()}
    return replace(desired, state=state)


def _in_zone(row: Field, value: Value, zone: str) -> Value:
    if not row.type.is_instant or not isinstance(value, str) or value.endswith("Z"):
        return value
    return format_instant(datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(iana(zone))))


def _compared(desired: DesiredCourse, live: LiveCourse) -> Iterator[tuple[Field, Value]]:
    state = managed(desired)
    if state.get(WORKFLOW_STATE.address) == DELETED:
        # A deleted course is read by nobody: only what stands in the way of deleting it counts.
        kept = {WORKFLOW_STATE.address}
        if live.workflow_state != DELETED and state.get(TEMPLATE.address) is False:
            kept.add(TEMPLATE.address)
        state = {address: value for address, value in state.items() if address in kept}
    for address, row in FIELDS.items():
        if address in state:
            yield row, state[address]


def _left_alone(desired: DesiredCourse) -> Iterator[Diagnostic]:
    moot = [a for a in desired.state if a not in {WORKFLOW_STATE.address, TEMPLATE.address}]
    if desired.state.get(WORKFLOW_STATE.address) == DELETED and moot:
        yield problem(
            "left-alone",
            f"The course is declared deleted, so {len(moot)} other declared fields are not compared.",
            at=desired.position,
            course=desired.id,
        )


def _write_only(row: Field, value: Value, live: LiveCourse) -> bool:
    """Tell whether what this value does could never be read back."""
    if row.read is None:
        return True
    if row.clear is not None and not row.clear.readable and row.same(value, None):
        return True
    return bool(value is None and row.read.account_key and row.read.account_key not in live.account)


def _untold(row: Field, desired: DesiredCourse) -> Diagnostic:
    undocumented = row.read is not None and row.read.include is not None and not row.read.documented
    why = (
        f"This Canvas does not answer the undocumented include[]={row.read.include}."
        if undocumented and row.read
        else "Canvas does not show it to this token, or a feature it needs is off."
    )
    origin = desired.origins.get(row.address, ())
    return problem(
        "unverifiable",
        f"{row.address} is declared but not shown, so it is neither compared nor sent. {why}",
        at=origin[-1].position if origin else desired.position,
        hint=f"Remove it from the manifest, or list it under ignore: [{row.address}]",
        course=desired.id,
    )


def _change(
    row: Field, desired: Value, live: LiveCourse, *, host: str, origin: tuple[Origin, ...]
) -> Change | None:
    before = live.state[row.address]
    if row.folder and (upload := upload_in(desired)):
        return _to_upload(row, upload, live, host=host, origin=origin)
    value = row.type.complete(desired, before)
    expected: Value = None
    notes: tuple[str, ...] = ()
    if desired is None and row.read and row.read.account_key:
        expected = live.account[row.read.account_key]
    elif row.type.is_html and isinstance(value, str) and fingerprint(value) in live.previews:
        expected = live.previews[fingerprint(value)]
        if not row.same(expected, value):
            notes = ("Canvas will change the text as it saves it: some markup is not allowed there.",)
    if row.same(value if expected is None else expected, before):
        return None
    return Change(
        id=change_id(host, live.key, row.address),
        field=row.address,
        action=Action.CLEAR if value is None else Action.SET,
        before=before,
        after=value,
        expected=expected,
        notes=notes,
        origin=origin,
        parts=parts(before, value) if row.type.is_map else (),
    )


def _to_upload(
    row: Field, upload: Upload, live: LiveCourse, *, host: str, origin: tuple[Origin, ...]
) -> Change | None:
    """Return the change to a file that is to be uploaded, unless the one that is there has its content."""
    before = live.state[row.address]
    if any(file.id == before and upload.is_in(file) for file in live.files):
        return None
    stays = "" if before is None else f" File {before} stays there."
    return Change(
        id=change_id(host, live.key, row.address),
        field=row.address,
        action=Action.SET,
        before=before,
        after=upload.value,
        after_known=False,
        origin=origin,
        notes=(f"Uploads {upload.name} to the folder {row.folder} of the course first.{stays}",),
    )


def parts(before: Value, after: Value) -> tuple[Part, ...]:
    """Return the keys of two nested maps that differ, a missing key counting as false."""
    # Only maps need it, and it takes longer to import than all of this package.
    from deepdiff import DeepDiff

    left, right = _leaves(before), _leaves(after)
    found = DeepDiff(
        {**dict.fromkeys(right, False), **left}, {**dict.fromkeys(left, False), **right}, view="tree"
    )
    changed = {node.path(output_format="list")[0] for kind in found.values() for node in kind}
    return tuple(
        Part(key=key, before=left.get(key, False), after=right.get(key, False)) for key in sorted(changed)
    )


def _leaves(value: Value, prefix: str = "") -> dict[str, Value]:
    if not isinstance(value, Mapping):
        return {prefix.rstrip("."): value} if prefix else {}
    leaves: dict[str, Value] = {}
    for key, item in value.items():
        leaves |= _leaves(item, f"{prefix}{key}.")
    return leaves


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes as the catalogue orders their fields."""
    place = {address: number for number, address in enumerate(FIELDS)}
    return tuple(sorted(changes, key=lambda change: place[change.field]))
