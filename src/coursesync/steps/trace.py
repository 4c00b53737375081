"""Find in the audit log of a course the event that gave a field its value."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Value
from coursesync.model import Address, AuditEvent, Blame

# These name no field and may have changed any.
_WHOLESALE = frozenset({"copied_from", "reset_from"})


def trace(address: Address, live: Value, events: Sequence[AuditEvent]) -> Blame | None:
    """Return who last gave a field the value it shows, else who last touched it, else None.

    events: newest first. A copy of another course touches every field.
    """
    row = FIELDS[address]
    touching = [event for event in events if _names(row, event) or event.kind in _WHOLESALE]
    if not touching:
        return None
    exact = next((event for event in touching if _gives(row, event, live)), None)
    # What came after the event that fits has not changed the value, or there would be another one.
    found = exact or touching[0]
    return Blame(
        user_id=found.user_id,
        user=found.user,
        at=found.at,
        source=found.source,
        event=found.kind,
        exact=exact is not None,
        sis_batch=found.sis_batch,
        copied_from=found.copied_from,
    )


def _names(row: Field, event: AuditEvent) -> list[str]:
    """Return the names of a field under which an event speaks of it."""
    names = {row.name, row.parameter, *row.logged}
    return [name for name in (*event.moved, event.kind) if name in names]


def _gives(row: Field, event: AuditEvent, live: Value) -> bool:
    """Tell whether an event gave a field this value; one that carries no value did, by its kind."""
    for name in _names(row, event):
        if name == event.kind:
            return True
        try:
            if row.same(row.type.decode(event.moved[name]), live):
                return True
        except (TypeError, ValueError):
            # The log keeps some columns in another form than the API shows.
            continue
    return False
