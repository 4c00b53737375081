"""One API request on its way to a handler, and the answer on its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coursesync.sandbox.errors import not_allowed
from coursesync.sandbox.identity import User
from coursesync.sandbox.parameters import Params
from coursesync.sandbox.rights import account_rights
from coursesync.sandbox.store import Store
from coursesync.sandbox.world import Sandbox

_SCOPED_INCLUDES = frozenset({"uuid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose token is known to be good.

    Attributes:
        world: the stand-in it is for.
        user: who calls.
        params: of the query and the body together; the body wins.
        query: the pairs of the query string, for page links.
        base: scheme and host of this Canvas.
        path: as it was sent.
        lag: how many seconds the read replica is behind.

    """

    world: Sandbox
    user: User
    params: Params
    query: list[tuple[str, str]]
    base: str
    path: str
    lag: float

    @property
    def store(self) -> Store:
        """Where the rows are."""
        return self.world.store

    @property
    def includes(self) -> frozenset[str]:
        """The names in include[]; anything but an array is ignored, and a scoped token keeps only uuid."""
        found = self.params.get("include")
        names = frozenset(str(name) for name in found) if isinstance(found, list) else frozenset()
        return names & _SCOPED_INCLUDES if self.user.scoped else names

    def need_account_right(self, *any_of: str) -> None:
        """Refuse the request unless the user has one of these rights in the account."""
        if not account_rights(self.user) & set(any_of):
            raise self.not_allowed()

    def not_allowed(self) -> Exception:
        """Return the refusal for a missing right."""
        return not_allowed(self.world.options.permission_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler answers.

    Attributes:
        body: JSON.
        status: 200 unless said otherwise.
        headers: beside the usual ones.

    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
