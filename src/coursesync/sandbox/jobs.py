"""What Canvas does after it has answered: the job of a batch, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from coursesync.sandbox.identity import User


@dataclass(slots=True, kw_only=True)
class Job:
    """One event for many courses of an account.

    Attributes:
        id: of its Progress.
        account_id: in whose tree the courses have to be.
        user: who asked for it.
        base: scheme and host of this Canvas.
        event: offer, conclude, delete or undelete.
        course_ids: in the order they are worked through.
        started: when it was asked for, by the clock of the options.
        created_at: the same by the calendar.
        updated_at: when it last moved, by the calendar.
        done: how many courses it has looked at.
        failures: an error, and the courses it befell.

    """

    id: int
    account_id: int
    user: User
    base: str
    event: str
    course_ids: tuple[int, ...]
    started: float
    created_at: str
    updated_at: str
    done: int = 0
    state: str = "queued"
    failures: dict[str, list[int]] = field(default_factory=dict)

    @property
    def processed(self) -> int:
        """How many courses the event happened to."""
        return self.done - sum(len(numbers) for numbers in self.failures.values())

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"completed", "failed"}
