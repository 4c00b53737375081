"""What became of it: verdicts, outcomes, and the report of an apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coursesync.catalogue.types import Value
from coursesync.model.live import CanvasAddress
from coursesync.model.manifest import Source
from coursesync.model.state import FORMAT_VERSION, Address
from coursesync.model.upload import Uploaded


class Verdict(StrEnum):
    """What became of a field, decided after the last request of its course."""

    APPLIED = "applied"
    NORMALISED = "normalised"
    IGNORED = "ignored"
    ALTERED = "altered"
    UNEXPECTED = "unexpected"
    FAILED = "failed"
    SKIPPED = "skipped"
    STALE = "stale"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"

    @property
    def good(self) -> bool:
        """Tell whether nobody needs to look at it."""
        return self in {Verdict.APPLIED, Verdict.NORMALISED, Verdict.SKIPPED, Verdict.UNVERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOutcome:
    """What became of one field: the value before, the one sent, the one read back, and why if not applied.

    change_id is None for side effects and for fields that moved unasked.
    """

    change_id: str | None
    field: Address
    verdict: Verdict
    before: Value
    after: Value
    read: Value
    message: str = ""
    side_effect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOutcome:
    """What became of one course; `error` says why it ended early, if it did.

    created: whether the run made it, or was to make it; the id of one that was not made is negative.
    """

    id: int
    name: str
    sis_course_id: str | None
    fields: tuple[FieldOutcome, ...]
    error: str = ""
    account_id: int | None = None
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A request, key or change of the plan that was not sent, and why."""

    course: int
    field: Address
    change_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one course and what of its plan was not sent; cut: the run ended before the course."""

    outcome: CourseOutcome
    left_out: tuple[LeftOut, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an apply did, field by field; totals are counted from the verdicts.

    interrupted: somebody pressed Ctrl-C. unavailable: Canvas was lost, or the token refused, on the way.
    errors: why the run ended early, if it did. source: the manifests of the plan. whole: whether everything
    they declare was meant, and nothing of the plan left out by choice. resumed: when it was taken up again.
    undoes: the run it put back. environment: the one of the project file that the plan was made for.
    uploads: the files that it brought to Canvas, which stay there whatever is put back.
    """

    format_version: str = FORMAT_VERSION
    run: str
    plan_digest: str
    canvas: CanvasAddress
    started_at: str
    finished_at: str
    courses: tuple[CourseOutcome, ...]
    left_out: tuple[LeftOut, ...]
    totals: Mapping[str, int]
    requests_sent: int
    interrupted: bool = False
    unavailable: bool = False
    errors: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)
    whole: bool = True
    resumed: tuple[str, ...] = ()
    undoes: str | None = None
    environment: str | None = None
    uploads: tuple[Uploaded, ...] = ()

    @property
    def ended_early(self) -> bool:
        """Tell whether something stopped the run before it was through."""
        return self.interrupted or self.unavailable or bool(self.errors)
