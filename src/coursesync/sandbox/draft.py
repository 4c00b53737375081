"""A course while one request changes it: read at the start, written at the end, as a Rails record is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coursesync.sandbox.audit import Author, Moved
from coursesync.sandbox.casts import instant_text
from coursesync.sandbox.errors import Errors, not_allowed
from coursesync.sandbox.identity import User
from coursesync.sandbox.rights import course_rights
from coursesync.sandbox.store import Columns, copied
from coursesync.sandbox.world import Sandbox

# Canvas: course.rb are_sis_sticky. A change through the API stops SIS imports from changing the column again.
_STICKY = frozenset(
    {
        "name",
        "course_code",
        "start_at",
        "conclude_at",
        "restrict_enrollments_to_course_dates",
        "enrollment_term_id",
        "workflow_state",
        "account_id",
        "grade_passback_setting",
    }
)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A course that is being changed.

    Attributes:
        world: where it is kept.
        user: who changes it.
        base: scheme and host of this Canvas.
        before: the columns as they were read.
        columns: the columns as they shall be.
        errors: why they cannot be saved.
        rights: what the user may do with the course.

    """

    world: Sandbox
    user: User
    base: str
    before: Columns
    columns: dict[str, Any] = field(init=False)
    errors: Errors = field(default_factory=dict)
    rights: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = copied(self.before)
        self.rights = course_rights(self.world.store, self.user, self.before)

    @property
    def settings(self) -> dict[str, Any]:
        """The hash of settings, to be changed in place."""
        found: dict[str, Any] = self.columns["settings"]
        return found

    def need(self, *any_of: str) -> None:
        """Refuse the whole request unless the user has one of these rights."""
        if not self.rights & set(any_of):
            raise not_allowed(self.world.options.permission_status)

    def changed(self, name: str) -> bool:
        """Tell whether a column differs from what was read."""
        return bool(self.columns[name] != self.before[name])

    def record(self, kind: str, changes: Moved | None = None) -> None:
        """Write into the audit log what the user does to the course."""
        author = Author(user_id=self.user.id, source="api", at=instant_text(self.world.options.now()))
        self.world.record(author, self.before["id"], kind, changes)

    def write_now(self, changes: Mapping[str, Any]) -> None:
        """Save some columns at once, whatever becomes of the rest; so are events and blueprints."""
        for name, value in changes.items():
            self.columns[name] = value
            self._stick(name)
        stuck = {"stuck_sis_fields": self.columns["stuck_sis_fields"]}
        self.world.write_course(self.before["id"], {**changes, **stuck})
        self.before = {**self.before, **copied({**changes, **stuck})}

    def save(self) -> None:
        """Save the changed columns; the hash of settings goes as a whole, so the last of two writers wins."""
        for name in _STICKY:
            self._stick(name)
        changes = {name: value for name, value in self.columns.items() if self.changed(name)}
        if changes:
            self.world.write_course(self.before["id"], changes)

    def _stick(self, name: str) -> None:
        if name in _STICKY and self.changed(name):
            self.columns["stuck_sis_fields"] = sorted({*self.columns["stuck_sis_fields"], name})
