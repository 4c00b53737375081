"""What is asked before anything is written, what Canvas told, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coursesync.catalogue.field import Obstacle
from coursesync.catalogue.rights import Without
from coursesync.catalogue.types import Value
from coursesync.model.plan import Change, Context, CoursePlan
from coursesync.model.state import Address

# What an account is called of which the right is one of the root account.
ROOT = "self"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A course and what would be sent of it.

    together: whether its event goes with those of other courses, for which Canvas asks for other rights.
    """

    course: CoursePlan
    changes: tuple[Change, ...]
    written: tuple[tuple[Address, Value], ...] = ()
    together: bool = False

    @property
    def values(self) -> Iterator[tuple[Address, Value, Value]]:
        """Yield field, value before and value after of everything that would be sent."""
        yield from ((change.field, change.before, change.after) for change in self.changes)
        yield from ((address, None, value) for address, value in self.written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What Canvas told; what is missing here it did not tell.

    accounts: rights by account, ROOT for the root account. courses: rights by course. off: features that are
    off, by course. obstacles: by course; clear: those that Canvas said are not there. contexts: by course.
    """

    accounts: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    courses: Mapping[int, Mapping[str, bool]] = field(default_factory=dict)
    off: Mapping[int, frozenset[str]] = field(default_factory=dict)
    obstacles: Mapping[int, frozenset[Obstacle]] = field(default_factory=dict)
    clear: Mapping[int, frozenset[Obstacle]] = field(default_factory=dict)
    contexts: Mapping[int, Context] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A field of a course that Canvas would not keep: the cause, its code, and what happens to the field."""

    course: CoursePlan
    field: Address
    code: str
    cause: str
    without: Without
