"""How each mark of a sheet looks on the page and how much it matters; the order is that of its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coursesync.render.sheet import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How a mark is shown.

    symbol: what stands in its cell, so that colour is never the only carrier. meaning: one sentence for the
    legend. quiet: whether there is nothing to look at, so that it is left out until asked for.
    """

    symbol: str
    meaning: str
    quiet: bool = False


SIGNS: Mapping[Mark, Sign] = {
    Mark.FAILED: Sign(symbol="✗", meaning="Sent and not kept, or moved although nobody asked."),
    Mark.CONFLICT: Sign(symbol="!", meaning="Manifests and Canvas both moved, to different values."),
    Mark.LIVE_CHANGED: Sign(symbol="L", meaning="Only Canvas moved: somebody changed it there."),
    Mark.CONFIG_CHANGED: Sign(symbol="C", meaning="Only the manifests moved: not applied yet."),
    Mark.DIFFERS: Sign(symbol="≠", meaning="Manifests and Canvas differ; which side moved is not known."),
    Mark.SIDE_EFFECT: Sign(symbol="S", meaning="Canvas moves it although nobody declared it."),
    Mark.RELEASED: Sign(symbol="R", meaning="Managed at the base and no longer."),
    Mark.LEFT: Sign(symbol="–", meaning="In the plan, and left as it was."),
    Mark.BOTH: Sign(symbol="=", meaning="Both moved to the same value: nothing differs any more."),
    Mark.APPLIED: Sign(symbol="✓", meaning="Sent, and read back as it was meant."),
    Mark.UNVERIFIED: Sign(symbol="?", meaning="Canvas takes it and never shows it.", quiet=True),
    Mark.IGNORED: Sign(symbol="i", meaning="Left out by an ignore rule.", quiet=True),
    Mark.UNMANAGED: Sign(symbol="○", meaning="Shown by Canvas and declared nowhere.", quiet=True),
    Mark.IN_SYNC: Sign(symbol="·", meaning="Managed, and equal on both sides.", quiet=True),
}

# The place of a mark in this order; the first is the one a cell shows that says several things.
WEIGHT: Mapping[Mark, int] = {mark: place for place, mark in enumerate(SIGNS)}


def key(mark: Mark) -> str:
    """Return the word that stands for a mark in links and classes."""
    return mark.value.replace(" ", "-")
