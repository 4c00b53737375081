"""What a field of a course reads as where nobody set it, with the account and the other fields in sight."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import FOLLOWS, INHERITED, UNSTATED, Field, Mark
from coursesync.catalogue.types import Value

# By the address of a field that follows another one until it is set itself: that other one.
_LEADERS = {
    couple.field: address
    for address, row in FIELDS.items()
    for couple in row.couples
    if couple.becomes is FOLLOWS
}


def default_of(row: Field, state: Mapping[str, Value], account: Mapping[str, Value]) -> Value | Mark:
    """Return the default of a field in a course, or UNSTATED where it cannot be told.

    state: the fields of the course as they read. account: what they fall back to, by keys of its JSON.
    """
    if row.default is FOLLOWS:
        leader = FIELDS[_LEADERS[row.address]]
        return leader.normal(state[leader.address]) if leader.address in state else UNSTATED
    if row.default is INHERITED:
        key = row.read.account_key if row.read else None
        return account.get(key, UNSTATED) if key else UNSTATED
    return row.default


def is_default(row: Field, value: Value, default: Value | Mark) -> bool:
    """Tell whether a value is what nobody set; where that is null, so is what is switched off or blank."""
    if isinstance(default, Mark):
        return False
    off = default is None and (value is False or value == "")
    return off or row.same(value, default)
