"""What Canvas shows: courses, and live state saved to plan against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coursesync.model.state import FORMAT_VERSION, State
from coursesync.model.upload import LiveFile


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCourse:
    """One course as Canvas shows it.

    state: the fields Canvas told us, decoded; an absent one was not told. account: values of the account
    (keys of its JSON) that fields of this course fall back to. previews: what Canvas said it would make of
    an HTML value, by sha256 of the desired text. term: start_at and end_at of its term, students: how many
    it has, both only where they were asked for. files: what is known of files that its fields name, only
    where a manifest declares another one by its content.
    """

    id: int
    name: str
    sis_course_id: str | None = None
    workflow_state: str = ""
    account_id: int | None = None
    root_account_id: int | None = None
    state: State = field(default_factory=dict)
    account: State = field(default_factory=dict)
    previews: Mapping[str, str] = field(default_factory=dict)
    term: State = field(default_factory=dict)
    students: int | None = None
    files: tuple[LiveFile, ...] = ()

    @property
    def key(self) -> int | str:
        """Return what changes of it are named after: its id, or the SIS id of one still to be made."""
        return self.id if self.id > 0 else f"sis_course_id:{self.sis_course_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasAddress:
    """Which Canvas: its base URL without a path, and the account a run was limited to, if any."""

    url: str
    account: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Live state saved to plan against without a token.

    courses: by declared id, every readable field. references: ids behind `sis_term_id:…`,
    `sis_account_id:…`, and names such as `term "Fall 2026"`. policies: by name of the policy, the keys in
    `courses` of those it matched.
    """

    format_version: str = FORMAT_VERSION
    canvas: CanvasAddress
    created_at: str
    courses: Mapping[str, LiveCourse]
    references: Mapping[str, int]
    policies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
