"""The endpoints of the caller and of accounts."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.account_list import selected
from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.errors import message, not_found
from coursesync.sandbox.includes import included
from coursesync.sandbox.inheritance import account_quota_mb, root_of, subtree
from coursesync.sandbox.lookups import find_account, find_term
from coursesync.sandbox.paging import numbered
from coursesync.sandbox.parameters import listed
from coursesync.sandbox.rights import account_rights
from coursesync.sandbox.serialise import course_json
from coursesync.sandbox.store import Columns
from coursesync.sandbox.zones import iana

# Taken off the include[] of the account list (Canvas: accounts_controller.rb courses_api).
_NOT_IN_LISTS = frozenset({"permissions", "sections", "needs_grading_count", "total_scores"})


async def get_user(call: Call, text: str) -> Answer:
    """Answer GET /users/:id for the caller."""
    await call.world.pause()
    if text not in {"self", str(call.user.id)}:
        raise not_found()
    user = call.user
    body = {"id": user.id, "name": user.name, "sortable_name": user.name, "short_name": user.name}
    return Answer(
        body=body | {"login_id": user.login, "avatar_url": None, "locale": None, "effective_locale": "en"}
    )


async def get_accounts(call: Call) -> Answer:
    """Answer GET /accounts: the accounts the caller administers."""
    await call.world.pause()
    rows = call.store.rows("accounts") if call.user.role == "admin" else []
    page = numbered(call, [row for row in rows if row["parent_account_id"] is None], counted=True)
    return Answer(body=[_account_json(call, row) for row in page.items], headers=page.headers)


async def get_account(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("read")
    return Answer(body=_account_json(call, account))


async def get_sub_accounts(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id/sub_accounts, with recursive=true the whole tree."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("manage_account_settings")
    below = subtree(call.store, account["id"]) - {account["id"]}
    rows = [row for row in call.store.rows("accounts") if row["id"] in below]
    if str(call.params.get("recursive")).lower() not in {"true", "1"}:
        rows = [row for row in rows if row["parent_account_id"] == account["id"]]
    page = numbered(call, rows, counted=True)
    return Answer(body=[_account_json(call, row) for row in page.items], headers=page.headers)


async def get_account_permissions(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id/permissions with a boolean for each name asked for."""
    find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("read")
    rights = account_rights(call.user)
    return Answer(
        body={name: name in rights for name in listed(call.params, "permissions") or sorted(rights)}
    )


async def get_grading_standards(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id/grading_standards, which is not paged."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("read")
    rows = call.store.where("grading_standards", account_id=account["id"])
    body = [
        {"id": row["id"], "title": row["title"], "context_type": "Account", "context_id": account["id"]}
        for row in rows
    ]
    return Answer(body=body)


async def get_terms(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id/terms, a list inside an object."""
    await _terms_account(call, text)
    page = numbered(call, call.store.rows("terms"), counted=True)
    return Answer(body={"enrollment_terms": [_term_json(row) for row in page.items]}, headers=page.headers)


async def get_term(call: Call, text: str, term: str) -> Answer:
    """Answer GET /accounts/:id/terms/:term_id."""
    await _terms_account(call, text)
    return Answer(body=_term_json(find_term(call.store, term, call.world.options.now())))


async def get_account_courses(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id/courses, from the read replica; the pages are not counted."""
    account = find_account(call.store, text)
    call.need_account_right("read_course_list")
    page = numbered(call, selected(call, account), counted="ui_invoked" in call.includes)
    await call.world.pause(len(page.items))
    names = call.includes - _NOT_IN_LISTS
    body = [
        course_json(call.store, call.user, row, base=call.base, friendly=False) | included(call, row, names)
        for row in page.items
    ]
    return Answer(body=body, headers=page.headers)


async def _terms_account(call: Call, text: str) -> None:
    account = find_account(call.store, text)
    await call.world.pause()
    if account["parent_account_id"] is not None:
        raise message(400, "Terms only belong to root_accounts.")
    call.need_account_right("read_terms")


def _account_json(call: Call, account: Columns) -> dict[str, Any]:
    root = root_of(call.store, account["id"])
    is_root = root["id"] == account["id"]
    body = {
        "id": account["id"],
        "name": account["name"],
        "workflow_state": "active",
        "parent_account_id": account["parent_account_id"],
        "root_account_id": None if is_root else root["id"],
        "default_storage_quota_mb": account_quota_mb(call.store, account["id"]),
        "default_user_storage_quota_mb": 50,
        "default_group_storage_quota_mb": 50,
        "default_time_zone": iana(account["default_time_zone"] or root["default_time_zone"]),
    }
    if "read_sis" in account_rights(call.user):
        body |= {"sis_account_id": account["sis_source_id"], "integration_id": None, "sis_import_id": None}
    return body


def _term_json(term: Columns) -> dict[str, Any]:
    return {
        "id": term["id"],
        "name": term["name"],
        "start_at": term["start_at"],
        "end_at": term["end_at"],
        "workflow_state": term["workflow_state"],
        "grading_period_group_id": None,
        "sis_term_id": term["sis_source_id"],
    }
