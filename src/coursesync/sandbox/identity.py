"""Who is calling: the token of a request, and the user it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.errors import bad_token, no_token
from coursesync.sandbox.store import Columns, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a token.

    Attributes:
        id: the Canvas id.
        name: the full name.
        login: the login.
        role: admin, teacher, designer, student, or restricted (a student outside the course's dates).
        courses: the courses the role holds in; None is every course.
        denied: rights taken away from the role.
        nicknames: course id to the name this user gave the course.
        scoped: whether the token belongs to a developer key with scopes, and without include[].

    """

    id: int
    name: str
    login: str
    role: str
    courses: tuple[int, ...] | None
    denied: frozenset[str]
    nicknames: Mapping[int, str]
    scoped: bool


def token_of(authorization: str, query: list[tuple[str, str]]) -> str | None:
    """Return the access token of a request: of the header, else of the query."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return token.strip()
    return next((value for name, value in query if name == "access_token"), None)


def user_of(store: Store, token: str | None, now: datetime) -> User:
    """Return the owner of a token, or raise what Canvas answers to a bad one."""
    if token is None:
        raise no_token()
    found = store.where("tokens", token=token)
    if not found or found[0]["state"] == "deleted":
        raise bad_token("Invalid access token.")
    known = found[0]
    if known["state"] == "revoked":
        raise bad_token("Revoked access token.")
    if known["expires_at"] and known["expires_at"] <= instant_text(now):
        raise bad_token("Expired access token.", expired_at=known["expires_at"])
    row = store.row("users", known["user_id"])
    if row is None:
        raise bad_token("Invalid access token.")
    return _user(row, scoped=bool(known["scoped"]))


def _user(row: Columns, *, scoped: bool) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        login=row["login_id"],
        role=row["role"],
        courses=None if row["courses"] is None else tuple(row["courses"]),
        denied=frozenset(row["denied"] or ()),
        nicknames={int(number): name for number, name in (row["nicknames"] or {}).items()},
        scoped=scoped,
    )
