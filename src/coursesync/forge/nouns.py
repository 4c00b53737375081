"""The nouns of a forge: a change under review, the job that runs, and what can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coursesync.errors import CourseSyncError
from coursesync.forge.annotations import Annotation

# Names of artifacts: what a job leaves behind is looked for under them later.
PLAN, APPLY, DRIFT = "coursesync-plan", "coursesync-apply", "coursesync-drift"
# Where a job puts its files, from the root of the repo; all of it becomes the artifact.
FOLDER = "coursesync-report"


class ForgeError(CourseSyncError):
    """A forge did not answer as it should; `status` is the HTTP status, 0 where there was no answer."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job that runs.

    root: the checkout. commit: what is checked out. change: the number of the change it is about, if any.
    url: its page. summary: the file that is shown on that page, if there is one.
    """

    root: Path
    commit: str
    change: int | None
    url: str
    summary: Path | None = None

    @property
    def folder(self) -> Path:
        """Return where the files of the job go."""
        return self.root / FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A pull request or merge request; foreign: whether it came from another repo, so without a plan."""

    number: int
    head: str
    foreign: bool

    def __str__(self) -> str:
        return f"change {self.number}"


class Forge(Protocol):
    """What the jobs ask of a forge. Every method raises ForgeError where the forge fails."""

    @property
    def job(self) -> Job:
        """Return the job that runs."""

    @property
    def most_characters(self) -> int:
        """Return how long a comment may be."""

    def literally(self) -> tuple[str, str]:
        """Return what to say before and after text of which no line may be taken for a command."""

    def annotate(self, found: Sequence[Annotation]) -> str:
        """Show what was found at its lines; return what the log has to say for that."""

    def commented(self, change: int, label: str) -> str:
        """Return our comment of a label on a change, or nothing."""

    def comment(self, change: int, label: str, text: str) -> None:
        """Write our comment of a label on a change: anew, or over the one that is there."""

    def merged(self, commit: str) -> Change | None:
        """Return the change whose merge a commit is, if it is one."""

    def plan_of(self, change: Change, artifact: str) -> bytes | None:
        """Return the plan made for the head of a change, or None where there is none any more."""

    def plan_of_run(self, run: int, artifact: str) -> bytes | None:
        """Return the plan that one run of this pipeline made, or None where there is none any more."""

    def latest(self, artifact: str, name: str) -> bytes | None:
        """Return a file of the newest artifact that the main branch left, or None where there is none."""
