"""What a document has to say, one item after the other: the nouns of the formats that other tools read."""

from __future__ import annotations

from dataclasses import dataclass

from coursesync.diagnostics import Diagnostic, Position, Severity
from coursesync.model import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is said of a field, or of a place in a file.

    kind: what it comes under. severity: how grave it is, None where it is only told to be complete. bad:
    whether it is why somebody should look. title: one line. lines: what else there is to know. origin: where
    it is declared, weakest first. number: the same in every run for the same thing.
    """

    kind: str
    severity: Severity | None
    bad: bool
    title: str
    lines: tuple[str, ...] = ()
    origin: tuple[Origin, ...] = ()
    number: str = ""
    field: str = ""
    class_: str = ""
    risk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A course or a file, and what is said of it.

    group: what it belongs to. id: of a course. declared: where it is, as far as the document says. known_as:
    how a diagnostic may call it. error: why it ended early.
    """

    name: str
    group: str
    items: tuple[Item, ...]
    id: int | None = None
    declared: Position | None = None
    known_as: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A whole document.

    family: what the kinds belong to; empty for diagnostics. closing: the sum. remarks: diagnostics of the run
    that are no items. failures: why the run as a whole failed. notes: what else to know of it. started,
    finished, version (of what made it): empty where that is not known.
    """

    family: str
    subjects: tuple[Subject, ...]
    closing: str
    remarks: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    started: str = ""
    finished: str = ""
    version: str = ""
