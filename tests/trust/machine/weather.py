"""Strategies: what may be declared and edited, and what may go wrong while a command works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from coursesync.sandbox.faults import Fault
from tests.trust.machine.facts import FACTS
from tests.trust.machine.world import COURSES, At

courses = st.sampled_from(COURSES)
entries = st.sampled_from([(address, value) for address, fact in FACTS.items() for value, _ in fact.declared])
hands = st.sampled_from([columns for fact in FACTS.values() for columns in fact.by_hand])

_KINDS = ("error", "page", "hang", "reset", "cut", "text", "shape", "redirect", "expire", "storm", "lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which changes of a plan are carried out: all, only some, or all but some, as bits of a number."""

    only: bool
    bits: int

    def ids(self, known: list[str]) -> frozenset[str]:
        """Return the ids the bits stand for."""
        return frozenset(number for place, number in enumerate(known) if self.bits >> (place % 8) & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """Something that happens to the process: a kill, after so much of a line, or a Ctrl-C."""

    what: str
    at: At
    nth: int
    torn: int


# A Canvas that refuses a token, or a request too many, has surely done nothing.
_HONEST = frozenset({"expire", "storm"})


def _fault(what: str, done: bool | None, **rest: Any) -> Fault:
    return Fault(what=what, done=None if what in _HONEST else done, **rest)


faults = st.builds(
    _fault,
    what=st.sampled_from(_KINDS),
    method=st.sampled_from(["PUT", "PUT", "GET", "*"]),
    nth=st.one_of(st.none(), st.integers(1, 6)),
    first=st.integers(1, 3),
    times=st.sampled_from([1, 2, None]),
    done=st.sampled_from([None, True, False]),
    seconds=st.sampled_from([3.0, 9.0]),
)
mishaps = st.builds(
    Mishap,
    what=st.sampled_from(["kill", "kill", "stop"]),
    at=st.sampled_from(At),
    nth=st.integers(1, 5),
    torn=st.integers(0, 999),
)
# Most commands meet nothing: a run in which everything goes wrong tells little.
weathers = st.integers(0, 3).flatmap(lambda drawn: faults if drawn == 3 else st.none())
accidents = st.integers(0, 2).flatmap(lambda drawn: mishaps if drawn == 2 else st.none())
parts = st.integers(0, 3).flatmap(
    lambda drawn: st.builds(Part, only=st.booleans(), bits=st.integers(1, 255)) if drawn == 3 else st.none()
)
