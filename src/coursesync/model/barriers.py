"""What a project lets a plan do: how much at once, and which changes never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from coursesync.catalogue.types import Value
from coursesync.diagnostics import Position
from coursesync.model.state import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most of something that one plan may hold; position: where the project file says so."""

    allowed: int
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one plan may do; None where nobody said.

    courses, changes: how many of them. per_field: how many courses may change in one field. risky_percent:
    how many of a hundred managed courses may have a lossy or destructive change or side effect.
    """

    courses: Limit | None = None
    changes: Limit | None = None
    per_field: Limit | None = None
    risky_percent: Limit | None = None

    def overruled_by(self, stronger: Limits) -> Limits:
        """Return these limits, with the stronger ones in the place of their own, up and down."""
        said = {item.name: getattr(stronger, item.name) for item in fields(stronger)}
        return replace(self, **{name: limit for name, limit in said.items() if limit is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A change that may never be made, whatever declares it.

    pattern: the fields, as `ignore` takes them. position: of the rule in the project file. courses: a glob,
    as --target takes it. values: by field the new value that is refused; None where every change is.
    term_runs: whether the rule holds only while the term of the course runs.
    """

    pattern: str
    position: Position
    courses: str = "*"
    values: Mapping[Address, Value] | None = None
    reason: str = ""
    term_runs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """Everything the project says against a plan, whatever its manifests declare."""

    limits: Limits = field(default_factory=Limits)
    protections: tuple[Protection, ...] = ()

    def limited(self, stronger: Limits) -> Barriers:
        """Return them with limits of the command line, which overrule those of the project."""
        return replace(self, limits=self.limits.overruled_by(stronger))


NO_BARRIERS = Barriers()
