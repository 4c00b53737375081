"""The texts that orders come to: each file before and after, and which orders could not be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Invalid, Literal
from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.edit.disk import Patch, current, rewritten
from coursesync.manifest.edit.file import Setting, edited
from coursesync.manifest.edit.refusals import refusal, undeclarable
from coursesync.workflow.accept.places import Entry, Order
from coursesync.workflow.accept.wishes import Wish

# Where each order's value stands afterwards, or why it stays as it is.
Outcomes = list[Position | Diagnostic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a project as they were read: their digests by path, and entries still to be made.

    known: what was found in them when it was first needed.
    """

    root: Path
    digests: Mapping[str, str]
    entries: Mapping[str, Entry]
    known: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)

    def content(self, name: str) -> bytes | None:
        """Return what is in a file, or None if it is no longer what was read."""
        if name not in self.known:
            self.known[name] = current(self.path(name), self.digests.get(name, ""))
        return self.known[name]

    def path(self, name: str) -> Path:
        """Return where a file really is."""
        return (self.root / name).resolve()


def carried_out(orders: Sequence[Order], files: Files) -> tuple[list[Patch], Outcomes]:
    """Return the edits that carry orders out, and the outcome of each order."""
    by_file: dict[str, list[int]] = {}
    for number, order in enumerate(orders):
        by_file.setdefault(order.file, []).append(number)
    patches: list[Patch] = []
    outcomes: dict[int, Position | Diagnostic] = {}
    for name, numbers in by_file.items():
        patch, own = _file(name, [orders[number] for number in numbers], files)
        patches += [patch] if patch else []
        outcomes |= zip(numbers, own, strict=True)
    return patches, [outcomes[number] for number in range(len(orders))]


def _file(name: str, orders: Sequence[Order], files: Files) -> tuple[Patch | None, Outcomes]:
    entry = files.entries.get(name)
    before = None if entry else files.content(name)
    base = entry.content if entry else before
    if base is None:
        return None, [_moved(name, order) for order in orders]
    after, outcomes = _included(base, orders) if orders[0].setting is None else _manifest(base, name, orders)
    if not any(isinstance(outcome, Position) for outcome in outcomes) or after == before:
        return None, outcomes
    return Patch(name=name, path=files.path(name), before=before, after=after), outcomes


def _moved(name: str, order: Order) -> Diagnostic:
    return refusal(
        f"{name} was changed on disk after it was read.",
        at=order.wish.place,
        hint="Run coursesync accept again.",
        course=order.wish.pair.desired.id,
    )


def _manifest(content: bytes, name: str, orders: Sequence[Order]) -> tuple[bytes, Outcomes]:
    """Edit a manifest; orders for several courses that come to the same setting are one edit."""
    keys = [(order.setting.owner, order.setting.field) if order.setting else None for order in orders]
    settings: dict[object, Setting] = {}
    for key, order in zip(keys, orders, strict=True):
        if order.setting:
            settings.setdefault(key, order.setting)
    done = edited(content, list(settings.values()), file=name)
    by_key = dict(zip(settings, done.outcomes, strict=True))
    return done.content, [_for_course(by_key[key], order) for key, order in zip(keys, orders, strict=True)]


def _for_course(outcome: Position | Diagnostic, order: Order) -> Position | Diagnostic:
    """Name the course of a refusal where the value is its own."""
    if isinstance(outcome, Position) or order.shared:
        return outcome
    return replace(outcome, course=order.wish.pair.desired.id)


def _included(content: bytes, orders: Sequence[Order]) -> tuple[bytes, Outcomes]:
    """Write the live text into an included file; where several courses get it, they have the same."""
    wish = orders[0].wish
    html = _html(wish)
    if isinstance(html, Diagnostic):
        return content, [html for _ in orders]
    after = rewritten(content, html, FIELDS[wish.field])
    return after, [Position(file=order.file, line=1, column=1) for order in orders]


def _html(wish: Wish) -> str | Diagnostic:
    if not isinstance(wish.after, str):
        detail = f"Canvas has no {wish.field}, and a file that is included cannot say so."
        return refusal(detail, at=wish.place, hint=f"Write {FIELDS[wish.field].name}: null instead.")
    try:
        FIELDS[wish.field].type.parse(Literal(text=wish.after, quoted=True))
    except Invalid as invalid:
        return undeclarable(wish.field, invalid, at=wish.place)
    return wish.after
