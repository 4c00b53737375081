"""The pieces that the items of different documents share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from coursesync.catalogue.field import Risk
from coursesync.model import CourseDrift, CoursePlan, Ignored, Released
from coursesync.render.items import Item
from coursesync.render.kinds import KINDS, RELEASED
from coursesync.render.labels import label
from coursesync.render.lines import compare
from coursesync.render.sentences import count, place, stays
from coursesync.render.values import Delta, arrow, is_prose, visible


def numbered(*said: object) -> str:
    """Return ten hex digits for what no change stands for, made as the ids of changes are."""
    text = "\n".join(map(str, said))
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:10]


def name_of(course: CourseDrift | CoursePlan) -> str:
    """Return what people call a course, and its name."""
    name = label(course.declared_id, course.sis_course_id, course.id)
    return f"{name} {visible(course.name)}".strip()


def group_of(account_id: int | None) -> str:
    """Return what a course belongs to where no name of its account is known."""
    return "Canvas" if account_id is None else f"account {account_id}"


def risk_line(risk: Risk) -> tuple[str, ...]:
    """Say what the declared value risks, where it does."""
    return () if risk is Risk.SAFE else (f"Applying the declared value is {risk.value}.",)


def plain(kind: str, field: str, said: str) -> Item:
    """Return an item that is told only to be complete."""
    return Item(kind=kind, severity=None, bad=False, title=f"{visible(field)} {said}", field=field)


def ignored(item: Ignored) -> Item:
    """Return a declared field that is left alone."""
    until = f" until {visible(item.until)}" if item.until else ""
    reason = f": {visible(item.reason)}" if item.reason else ""
    return plain("ignored", item.field, f"by {visible(item.pattern)}{until}{reason}")


def released(item: Released, host: str, course: int, *, gone: bool = False) -> Item:
    """Return a field that left the manifests; gone: with its whole course."""
    was = (f"was at {place(item.origin)}",) if item.origin else ()
    return Item(
        kind=RELEASED,
        severity=KINDS["drift"][RELEASED].severity,
        bad=False,
        title=f"{visible(item.field)} no longer managed, {stays(item)}",
        lines=(*was, *(("The course left the manifests.",) if gone else ())),
        number=numbered(host, course, item.field, RELEASED),
        field=item.field,
    )


def moving(field: str, delta: Delta, parts: Sequence[tuple[str, Delta]] = ()) -> tuple[str, list[str]]:
    """Return one line about a value that moves, and the lines below it; parts: of a map, by key."""
    if parts:
        said = [f"{key} {arrow(part)}" for key, part in parts]
        return f"{visible(field)} {count(len(said), 'key')} changed", said
    if is_prose(delta):
        found = compare(delta)
        return f"{visible(field)} {found.label}", [f"{row.sign} {row.text}".rstrip() for row in found.rows]
    return f"{visible(field)} {arrow(delta)}", []
