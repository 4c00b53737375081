"""What the fields of a course fall back to: values of its accounts."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.model import LiveCourse, State


def fallbacks(live: LiveCourse, accounts: Mapping[int, State]) -> State:
    """Return what fields of a course read as while it has no value of its own, by the account's keys.

    accounts: what is known of each, by its id.
    """
    told: dict[str, Value] = {}
    for row in FIELDS.values():
        if row.read and row.read.account_key:
            number = live.root_account_id if row.read.of_root else live.account_id
            account = accounts.get(number or 0, {})
            if row.read.account_key in account:
                told[row.read.account_key] = account[row.read.account_key]
    return told
