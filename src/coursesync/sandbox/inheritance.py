"""What a course gets from the accounts above it: settings, quota, zone, grading scheme, elementary mode."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.store import Columns, Store
from coursesync.sandbox.zones import iana

_SITE_QUOTA_MB = 500
_MEGABYTE = 1024 * 1024
LAST_MINUTE = "23:59:59"

# Canvas: course.rb, the settings with `inherited: true`, and what holds when nobody says anything.
INHERITED: dict[str, Any] = {
    "lock_all_announcements": False,
    "restrict_student_past_view": False,
    "restrict_student_future_view": False,
    "usage_rights_required": False,
    "conditional_release": False,
    "default_due_time": LAST_MINUTE,
}


def chain(store: Store, account_id: int) -> list[Columns]:
    """Return an account and those above it, the root last."""
    found: list[Columns] = []
    number: int | None = account_id
    while number is not None:
        account = store.row("accounts", number)
        if account is None:
            break
        found.append(account)
        number = account["parent_account_id"]
    return found


def subtree(store: Store, account_id: int) -> set[int]:
    """Return the ids of an account and of all accounts below it."""
    found = {account_id}
    accounts = store.rows("accounts")
    while True:
        more = {row["id"] for row in accounts if row["parent_account_id"] in found} - found
        if not more:
            return found
        found |= more


def account_setting(store: Store, account_id: int, name: str) -> tuple[Any, bool]:
    """Return an account's value of an inheritable setting, and whether it is locked for those below."""
    value: Any = None
    locked = False
    for account in reversed(chain(store, account_id)):
        own = (account["settings"] or {}).get(name)
        if locked or not isinstance(own, dict):
            continue
        value = own.get("value", value)
        locked = bool(own.get("locked"))
    return value, locked


def course_setting(store: Store, course: Columns, name: str) -> Any:
    """Return the effective value: the account's when it is locked or the course says nothing."""
    value, locked = account_setting(store, course["account_id"], name)
    own = course["settings"].get(name)
    if not locked and own is not None:
        return own
    return INHERITED[name] if value is None else value


def root_of(store: Store, account_id: int) -> Columns:
    """Return the root account above an account."""
    return chain(store, account_id)[-1]


def has_feature(store: Store, course: Columns, name: str) -> bool:
    """Tell whether an account above the course has a feature on."""
    return any(name in (account["features"] or []) for account in chain(store, course["account_id"]))


def is_elementary(store: Store, course: Columns) -> bool:
    """Tell whether the course is in a Canvas for Elementary account."""
    return bool(account_setting(store, course["account_id"], "enable_as_k5_account")[0])


def course_zone(store: Store, course: Columns) -> str:
    """Return the IANA name of the course's zone; unset is the zone of the root account."""
    return iana(course["time_zone"]) or request_zone(store, course["account_id"])


def request_zone(store: Store, account_id: int) -> str:
    """Return the IANA name of the zone in which Canvas reads a time without an offset, and writes some."""
    return iana(root_of(store, account_id)["default_time_zone"]) or "America/Denver"


def account_quota_mb(store: Store, account_id: int) -> int:
    """Return the quota of a course that has none of its own."""
    own = (account["default_storage_quota_mb"] for account in chain(store, account_id))
    return next((int(quota) for quota in own if quota is not None), _SITE_QUOTA_MB)


def quota_bytes(store: Store, course: Columns) -> int:
    """Return the effective quota of a course."""
    own = course["storage_quota"]
    return int(own) if own else account_quota_mb(store, course["account_id"]) * _MEGABYTE


def quota_mb(store: Store, course: Columns) -> int:
    """Return the effective quota in whole megabytes."""
    return quota_bytes(store, course) // _MEGABYTE


def has_account_scheme(store: Store, course: Columns) -> bool:
    """Tell whether an account above the course has a default grading scheme."""
    return any(account["grading_standard_id"] for account in chain(store, course["account_id"]))
