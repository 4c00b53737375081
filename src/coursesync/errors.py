"""The exception tree and the exit codes; every failure a user can meet is one of these, with a hint.

CourseSyncError
├── UsageProblem            the command line, the environment or the project file (exit 1)
├── ManifestError           the user's files; carries diagnostics (exit 1)
├── PlanFileError           a saved plan that cannot be trusted (exit 1)
├── PlanStale               a saved plan made for something that has moved (exit 3)
├── UnsafePlan              a limit, a protection, a host, a risk, a missing confirmation (exit 5)
└── CanvasError             Canvas, about one request
    ├── CanvasRefused       Canvas said no; the run goes on without this course (exit 1 or 4)
    ├── CanvasUnanswered    sent, and no answer came: the write may have happened
    └── CanvasUnavailable   unreachable, or the token is refused: the run ends (exit 6)
        └── TokenRefused    Canvas answered, and does not accept the token
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursesync.diagnostics import Diagnostic


class ExitCode(IntEnum):
    """What the process says when it ends; the documentation of each is in `meaning`."""

    DONE = 0
    ERROR = 1
    DIFFERENCES = 2
    STALE = 3
    PARTIAL = 4
    BLOCKED = 5
    UNAVAILABLE = 6
    BUG = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Say in one sentence when a command ends with this code."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "Done, or everything is in sync.",
    ExitCode.ERROR: "An error, wrong usage, or an invalid manifest.",
    ExitCode.DIFFERENCES: "There are differences (`drift`, `plan --detailed-exitcode`).",
    ExitCode.STALE: "Something was left only because Canvas moved since the plan.",
    ExitCode.PARTIAL: "Applied in part: a field failed, was ignored, altered, unexpected or unknown.",
    ExitCode.BLOCKED: "Blocked: a limit, a protection, a risk or a host not allowed, or no confirmation.",
    ExitCode.UNAVAILABLE: "Canvas is unreachable or refuses the token.",
    ExitCode.BUG: "A bug in coursesync; the path of a log is printed.",
    ExitCode.INTERRUPTED: "Interrupted; what was under way was finished and reported.",
}

# Strongest first: when several hold, this order decides.
PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.UNAVAILABLE,
    ExitCode.BLOCKED,
    ExitCode.ERROR,
    ExitCode.PARTIAL,
    ExitCode.STALE,
    ExitCode.DIFFERENCES,
    ExitCode.DONE,
)


def strongest(*codes: ExitCode) -> ExitCode:
    """Return the code that wins when several hold; DONE when none is given."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.DONE)


class CourseSyncError(Exception):
    """Something we tell the user in a sentence, with what to do next."""

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageProblem(CourseSyncError):
    """The command line, the environment or the project file asks for something impossible."""


class ManifestError(CourseSyncError):
    """The user's files are wrong; every problem found is in `diagnostics`."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.diagnostics = diagnostics


class PlanFileError(CourseSyncError):
    """A saved plan is damaged, forged, or of a format we do not read."""


class PlanStale(CourseSyncError):
    """A saved plan was made for manifests that have changed since."""

    exit_code = ExitCode.STALE


class UnsafePlan(CourseSyncError):
    """The plan may not be carried out: a limit, a protection, a host, a risk, or nobody to ask."""

    exit_code = ExitCode.BLOCKED


class CanvasError(CourseSyncError):
    """A request to Canvas did not end as it should."""


class CanvasRefused(CanvasError):
    """Canvas answered no, and nothing was done; `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status

    @property
    def not_found(self) -> bool:
        """Tell whether Canvas has no such thing, or hides that it has."""
        return self.status == 404


class CanvasUnanswered(CanvasError):
    """A request was sent and no usable answer came back, so its effect is unknown."""


class CanvasUnavailable(CanvasError):
    """Canvas cannot be reached or does not accept the token; nothing more can be done in this run."""

    exit_code = ExitCode.UNAVAILABLE


class TokenRefused(CanvasUnavailable):
    """Canvas answered, and does not accept the token."""
