"""Why a live value is not written into a manifest, each reason once, in the words people read."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.catalogue.types import Invalid, shown
from coursesync.diagnostics import Diagnostic, Position, problem

_MOST_NAMED = 5


def refusal(detail: str, *, at: Position, hint: str, course: str | None = None) -> Diagnostic:
    """Return what is said of a value that stays as it is; at: its place."""
    return problem("not-accepted", detail, at=at, hint=hint, course=course)


def variable(field: str, *, at: Position) -> Diagnostic:
    """Say that a value comes from a variable."""
    detail = f"{field} is written with a variable here, and other values may use the same one."
    return refusal(detail, at=at, hint="Change the variable, or write the value itself in its place.")


def included(field: str, path: str, *, at: Position) -> Diagnostic:
    """Say that a text stands in a file of its own."""
    written = shown(path)
    if path.endswith(".md"):
        detail = (
            f"{field} is rendered from {written}, and the HTML of Canvas cannot be turned back into Markdown."
        )
        return refusal(detail, at=at, hint=f"Edit {written}, or include an .html file instead.")
    detail = f"{field} stands in a file of its own, which is written only when that is asked for."
    return refusal(detail, at=at, hint=f"Add --into-files to write {written}")


def shared(field: str, anchor: str, *, at: Position) -> Diagnostic:
    """Say that a value stands below an anchor that is used elsewhere."""
    name = shown(anchor)
    detail = f"{field} stands in what the anchor &{name} names, and *{name} uses it elsewhere in the file."
    return refusal(detail, at=at, hint=f"Write out what *{name} stands for, then accept again.")


def alias(field: str, anchor: str, *, at: Position) -> Diagnostic:
    """Say that the mapping a value belongs to is written elsewhere."""
    name = shown(anchor)
    detail = f"{field} would belong to *{name}, and changing what that names would change other places too."
    return refusal(detail, at=at, hint=f"Write out what *{name} stands for, then accept again.")


def undeclarable(field: str, invalid: Invalid, *, at: Position) -> Diagnostic:
    """Say that a manifest cannot declare the live value."""
    why = " ".join(flaw.message for flaw in invalid.flaws)
    hint = f"Change {field} in Canvas, or list it under ignore: [{field}]"
    return refusal(f"{field} cannot be declared as Canvas has it. {why}", at=at, hint=hint)


def commented(field: str, *, at: Position) -> Diagnostic:
    """Say that comments inside a value would be lost."""
    detail = f"{field} would replace the map of the other mode, and the comments inside that would be lost."
    return refusal(detail, at=at, hint="Move the comments out of the map, then accept again.")


def unsafe(field: str, *, at: Position) -> Diagnostic:
    """Say that the file would not read as meant after the edit."""
    detail = f"{field} cannot be edited safely here: the file would not have read as meant afterwards."
    return refusal(detail, at=at, hint="Edit this value by hand.")


def named(names: Sequence[str]) -> str:
    """Return some of many names, and how many more there are."""
    first = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{first} and {more:,} more" if more > 0 else first
