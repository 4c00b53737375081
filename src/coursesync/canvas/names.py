"""What terms, accounts and grading schemes are called: each kind's list, page by page.

Canvas: terms_api_controller.rb, accounts_controller.rb, grading_standards_api_controller.rb. Terms belong
to the root account, which the API calls self. The schemes of an account may come with those of the accounts
above it or without, so that its parent is told too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id, number_at
from coursesync.canvas.paths import course_path
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError

_ACCOUNT = "/api/v1/accounts/{id}"
_ROOT = "self"
_DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One thing that has a name; sis_id: where it has one and the token may see it."""

    id: int
    name: str
    sis_id: str = ""


async def list_terms(canvas: Canvas) -> tuple[Named, ...]:
    """Return every term that is not deleted."""
    path = course_path(f"{_ACCOUNT}/terms", _ROOT)
    pages = [page async for _, page in canvas.pages(path, items=_terms)]
    return tuple(_named(item, "name", "sis_term_id") for page in pages for item in page if _lives(item))


def _terms(answer: Value) -> Value:
    return answer.get("enrollment_terms") if isinstance(answer, Mapping) else answer


async def list_accounts(canvas: Canvas) -> tuple[Named, ...]:
    """Return the root account and every account below it that is not deleted."""
    root = await canvas.get(course_path(_ACCOUNT, _ROOT))
    path = course_path(f"{_ACCOUNT}/sub_accounts", _ROOT)
    pages = [page async for _, page in canvas.pages(path, [("recursive", "true")])]
    items = [root, *(item for page in pages for item in page)]
    return tuple(_named(item, "name", "sis_account_id") for item in items if _lives(item))


async def list_schemes(canvas: Canvas, account: int) -> tuple[Named, ...]:
    """Return the grading schemes that Canvas lists for an account."""
    path = course_path(f"{_ACCOUNT}/grading_standards", account)
    pages = [page async for _, page in canvas.pages(path)]
    return tuple(_named(item, "title", "") for page in pages for item in page if _lives(item))


async def parent_of(canvas: Canvas, account: int) -> int | None:
    """Return the account above an account; None for a root account."""
    answer = await canvas.get(course_path(_ACCOUNT, account))
    if not isinstance(answer, Mapping):
        raise CanvasError(f"Canvas answers for account {account} with something that is no account.")
    return as_id(answer.get("parent_account_id"))


def _lives(item: Value) -> bool:
    return not (isinstance(item, Mapping) and item.get("workflow_state") == _DELETED)


def _named(item: Value, name: str, sis_id: str) -> Named:
    if not isinstance(item, Mapping):
        raise CanvasError("Canvas answers with a list of names that holds something else.")
    called, sis = item.get(name), item.get(sis_id)
    return Named(
        id=number_at(item, "id", "a list of names"),
        name=called if isinstance(called, str) else "",
        sis_id=sis if isinstance(sis, str) else "",
    )


def unique(listed: Sequence[Named]) -> Mapping[str, int]:
    """Return the ids behind the names that only one of the listed has."""
    by_name: dict[str, set[int]] = {}
    for item in listed:
        by_name.setdefault(item.name, set()).add(item.id)
    return {name: next(iter(ids)) for name, ids in by_name.items() if name and len(ids) == 1}
