"""The two sides of a field that drifted, in words: where each stands, whence it came, and who moved it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coursesync.catalogue.types import Value
from coursesync.model import Blame, DriftClass, FieldDrift
from coursesync.render.sentences import count, some
from coursesync.render.values import Delta, arrow, pieces, settled, shown, visible

SEVERAL = "several values"
_GIT_MOVED = {DriftClass.CONFIG_CHANGED, DriftClass.CONFLICT, DriftClass.BOTH}
_CANVAS_MOVED = {DriftClass.LIVE_CHANGED, DriftClass.CONFLICT, DriftClass.BOTH}
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Where two sides stand: what Canvas shows, what is declared; `base -> value` for one that moved.

    base: what stood there at the base, where no arrow starts from it; else empty.
    """

    live: str
    desired: str
    base: str = ""

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Return the sides with what to call them."""
        base = (("at the base", self.base),) if self.base else ()
        return (("Canvas", self.live), ("declared", self.desired), *base)

    @property
    def line(self) -> str:
        """Return the sides as one line."""
        return ", ".join(f"{name}: {said}" for name, said in self.named)


def delta_of(item: FieldDrift) -> Delta:
    """Return the two values that differ: from what Canvas shows to what is declared."""
    return Delta(before=item.read, after=item.after, known=item.after_known)


def sides(item: FieldDrift) -> Sides:
    """Return where the sides of a field stand."""
    live, desired = shown(item.read), settled(item.after, known=item.after_known)
    if not item.before_known:
        return Sides(live=live, desired=desired)
    base = shown(item.before)
    if item.message:
        # The class does not say by itself from where to where the sides moved.
        return Sides(live=live, desired=desired, base="" if base in {live, desired} else base)
    return Sides(
        live=f"{base} -> {live}" if item.class_ in _CANVAS_MOVED and base != live else live,
        desired=f"{base} -> {desired}" if item.class_ in _GIT_MOVED and base != desired else desired,
    )


def keys(item: FieldDrift) -> tuple[tuple[str, Sides], ...]:
    """Return the keys of a map that differ, and where the sides stand in each; nothing for other values."""
    parts = item.parts or pieces(delta_of(item))
    live, desired = (_moves(item, value) for value in (item.read, item.after))
    return tuple(
        (
            visible(part.key),
            Sides(
                live=_from(live.get(part.key, _ABSENT), part.before),
                desired=_from(desired.get(part.key, _ABSENT), part.after),
            ),
        )
        for part in parts
    )


def _moves(item: FieldDrift, value: Value) -> Mapping[str, Value]:
    """Return the keys in which a side has moved since the base, with what stood there."""
    if not item.before_known or item.message:
        return {}
    return {part.key: part.before for part in pieces(Delta(before=item.before, after=value))}


def _from(base: object, value: Value) -> str:
    return shown(value) if base is _ABSENT else arrow(Delta(before=base, after=value))  # type: ignore[arg-type]


def common_sides(items: Sequence[FieldDrift]) -> Sides:
    """Return where the sides of a field stand in courses that differ in what Canvas shows."""
    found = list(map(sides, items))
    return Sides(
        live=_common(item.live for item in found),
        desired=_common(item.desired for item in found),
        base=_common(item.base for item in found),
    )


def _common(said: Iterable[str]) -> str:
    found = set(said)
    return found.pop() if len(found) == 1 else SEVERAL


def blame_line(blame: Blame) -> str:
    """Say who changed a field, when and how."""
    return _way(_who(blame), [("", blame.at)], of=1)


def blame_lines(items: Sequence[FieldDrift], names: Sequence[str], *, most: int | None = None) -> list[str]:
    """Say who changed a field in several courses, each way of it once, the most frequent first.

    names: of the courses of the items, told where something is not about all. most: lines, None for all.
    """
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for item, name in zip(items, names, strict=True):
        if item.blame:
            found.setdefault(_who(item.blame), []).append((name, item.blame.at))
    ways = sorted(found.items(), key=lambda pair: -len(pair[1]))
    told = ways if most is None or len(ways) <= most + 1 else ways[:most]
    left = sum(len(times) for _, times in ways[len(told) :])
    lines = [_way(who, times, of=len(items)) for who, times in told]
    return [*lines, *([f"and by others in {count(left, 'course')}"] if left else [])]


def _way(who: tuple[str, str], times: Sequence[tuple[str, str]], *, of: int) -> str:
    head, tail = who
    first, last = min(at for _, at in times), max(at for _, at in times)
    when = f"on {shown(first)}" if first == last else f"between {shown(first)} and {shown(last)}"
    names = [name for name, _ in times]
    few = f"in {names[0]}" if len(names) == 1 else f"in {len(names):,} of {of:,}: {some(names)}"
    part = "" if len(names) == of else f"({few})"
    return " ".join(filter(None, (head, when if last else "", tail, part)))


def _who(blame: Blame) -> tuple[str, str]:
    """Return what to say before the moment and after it."""
    user = _user(blame)
    if blame.copied_from is not None or blame.event == "copied_from":
        origin = "another course" if blame.copied_from is None else f"course {blame.copied_from}"
        head, tail = f"copied from {origin} by {user}", ""
    elif blame.source == "sis":
        batch = "an SIS import" if blame.sis_batch is None else f"SIS import {blame.sis_batch}"
        head, tail = f"{_verb(blame)} by {batch}", f"of {user}" if user != _NOBODY else ""
    else:
        head, tail = f"{_verb(blame)} by {user}", _WAYS.get(blame.source, visible(blame.source))
    return (head if blame.exact else f"last event that names it: {head}"), tail


_WAYS = {"manual": "through the web pages", "api": "through the API"}
_VERBS = {"updated": "changed", "reset_from": "reset with the course"}
_NOBODY = "somebody the log does not name"


def _verb(blame: Blame) -> str:
    return _VERBS.get(blame.event, visible(blame.event).replace("_", " ")) or "changed"


def _user(blame: Blame) -> str:
    if blame.user_id is None:
        return visible(blame.user) or _NOBODY
    number = f"user {blame.user_id}"
    return f"{visible(blame.user)} ({number})" if blame.user else number
