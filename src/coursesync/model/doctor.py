"""What was found out about a token: line by line, how it stands and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from coursesync.errors import ExitCode


class Health(StrEnum):
    """How something stands.

    LIMITED: it works, with something that will be ignored or refused. UNKNOWN: Canvas does not tell.
    BROKEN: nothing can be done without it.
    """

    WORKS = "works"
    LIMITED = "limited"
    UNKNOWN = "unknown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One line of an examination: what was looked at, how it stands, in words, and what to do about it."""

    what: str
    health: Health
    told: str
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """An examination of a token: of which Canvas, what was found, and the code to end with."""

    url: str
    signs: tuple[Sign, ...]
    exit_code: ExitCode = ExitCode.DONE

    @property
    def usable(self) -> bool:
        """Tell whether plans can be made and carried out."""
        return not any(sign.health is Health.BROKEN for sign in self.signs)

    @property
    def limited(self) -> bool:
        """Tell whether something will be ignored or refused, or cannot be done for want of a right."""
        return any(sign.health is Health.LIMITED for sign in self.signs)
