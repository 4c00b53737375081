"""The endpoints of the caller and of accounts."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.account_list import selected
from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.errors import message, not_found
from coursesync.sandbox.includes import included
from coursesync.sandbox.inheritance import subtree
from coursesync.sandbox.lookups import find_account, find_term
from coursesync.sandbox.paging import numbered
from coursesync.sandbox.parameters import listed
from coursesync.sandbox.rights import account_rights
from coursesync.sandbox.serialise import account_json, course_json, user_json
from coursesync.sandbox.store import Columns

# Taken off the include[] of the account list (Canvas: accounts_controller.rb courses_api).
_NOT_IN_LISTS = frozenset({"permissions", "sections", "needs_grading_count", "total_scores"})


async def get_user(call: Call, text: str) -> Answer:
    """Answer GET /users/:id for the caller."""
    await call.world.pause()
    if text not in {"self", str(call.user.id)}:
        raise not_found()
    row = call.store.row("users", call.user.id)
    if row is None:
        raise not_found()
    return Answer(body=user_json(row) | {"avatar_url": None, "locale": None, "effective_locale": "en"})


async def get_accounts(call: Call) -> Answer:
    """Answer GET /accounts: the accounts the caller administers."""
    await call.world.pause()
    rows = call.store.rows("accounts") if call.user.role == "admin" else []
    page = numbered(call, [row for row in rows if row["parent_account_id"] is None], counted=True)
    return Answer(body=[account_json(call.store, call.user, row) for row in page.items], headers=page.headers)


async def get_account(call: Call, text: str) -> Answer:
    """Answer GET /accounts/:id."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right("read")
    return Answer(body=account_json(call.store, call.user, account))


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
    return Answer(body=[account_json(call.store, call.user, row) for row in page.items], headers=page.headers)


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
    """Answer GET /accounts/:id/terms, a list inside an object; deleted terms only where asked for."""
    await _terms_account(call, text)
    states = set(listed(call.params, "workflow_state") or ()) & {"all", "active", "deleted"} or {"active"}
    rows = [row for row in call.store.rows("terms") if "all" in states or row["workflow_state"] in states]
    page = numbered(call, rows, counted=True)
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
