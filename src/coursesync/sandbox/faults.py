"""What goes wrong between a client and the stand-in: which request is hit, by what, and if Canvas did it.

The rules count and draw for themselves, so that the same requests in the same order meet the same faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any

# Kinds of fault, and whether Canvas still does what was asked where the rule does not say.
KINDS: Mapping[str, bool] = MappingProxyType(
    {
        "error": False,
        "page": False,
        "hang": False,
        "reset": False,
        "short": True,
        "cut": True,
        "text": True,
        "shape": True,
        "redirect": False,
        "expire": False,
        "storm": False,
        "lag": True,
    }
)
# These drop the connection.
DROPPING = frozenset({"hang", "reset", "short"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule: what happens to which requests.

    Attributes:
        what: one of KINDS.
        method: of the requests it is about; "*" is any.
        path: of the same, decoded; "*" stands for anything without a slash, "**" for anything.
        nth: the only one of these requests that is hit.
        every: hits each one whose number can be divided by this.
        chance: hits each one so probably.
        first: the number of the first one that may be hit.
        times: how often it hits; None is without end.
        done: whether Canvas does what was asked before things go wrong; None is as KINDS has it.
        status: of the answer, where there is one.
        body: of the answer: text, or for "shape" any JSON.
        media_type: of a text.
        headers: beside the usual ones.
        seconds: how long a storm lasts, or how far a replica is behind.
        to: where a redirect leads.

    """

    what: str
    method: str = "*"
    path: str = "**"
    nth: int | None = None
    every: int | None = None
    chance: float | None = None
    first: int = 1
    times: int | None = None
    done: bool | None = None
    status: int | None = None
    body: Any = None
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    to: str = "https://elsewhere.example.org/"

    @property
    def commits(self) -> bool:
        """Whether Canvas does what was asked before things go wrong."""
        return KINDS[self.what] if self.done is None else self.done

    @property
    def label(self) -> str:
        """What the log says was done to a request."""
        return (
            f"{self.what}{f' {self.status}' if self.status else ''}, {'done' if self.commits else 'not done'}"
        )

    def fits(self, method: str, path: str) -> bool:
        """Tell whether the rule is about a request."""
        return self.method in {"*", method} and _pattern(self.path).fullmatch(path) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    wild = {"**": r"[\s\S]*", "*": r"[^/]*"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts))


@dataclass(slots=True)
class _Counted:
    """A rule, and what became of it so far."""

    fault: Fault
    random: Random
    seen: int = 0
    hits: int = 0

    def hit(self) -> bool:
        """Count one request that fits, and tell whether it is to be hit."""
        self.seen += 1
        fault = self.fault
        drawn = self.random.random() if fault.chance is not None else 0.0
        if self.seen < fault.first or (fault.times is not None and self.hits >= fault.times):
            return False
        if fault.nth is not None:
            return self.seen == fault.nth
        if fault.every is not None:
            return self.seen % fault.every == 0
        return fault.chance is None or drawn < fault.chance


class Faults:
    """The rules of one stand-in, and what they have set off; `hits` counts what was injected."""

    def __init__(self, rules: Iterable[Fault], *, seed: int, clock: Callable[[], float]) -> None:
        self._seed, self._clock = seed, clock
        self._rules: list[_Counted] = []
        self._expired: dict[str, Fault] = {}
        self._storms: dict[str, tuple[float, Fault]] = {}
        self.hits = 0
        for rule in rules:
            self.add(rule)

    def add(self, fault: Fault) -> None:
        """Take one more rule, after the others."""
        self._rules.append(_Counted(fault, Random(f"{self._seed} {len(self._rules)}")))  # noqa: S311 - drawn again alike, not secret

    def clear(self) -> None:
        """Let everything work again: no rules, no storm, and tokens are good that had expired."""
        self._rules, self._expired, self._storms = [], {}, {}

    @property
    def lags(self) -> bool:
        """Whether what rows were has to be kept."""
        return any(counted.fault.what == "lag" for counted in self._rules)

    def meet(self, method: str, path: str, caller: str) -> Fault | None:
        """Return what happens to a request, and count it; the first rule that hits decides.

        caller: whose token expires, and who is told to slow down.
        """
        found = self._lasting(caller)
        for counted in self._rules:
            if counted.fault.fits(method, path) and counted.hit() and found is None:
                counted.hits += 1
                found = counted.fault
                self._set_off(found, caller)
        self.hits += found is not None
        return found

    def _lasting(self, caller: str) -> Fault | None:
        if caller in self._expired:
            return self._expired[caller]
        until, storm = self._storms.get(caller, (0.0, None))
        return storm if self._clock() < until else None

    def _set_off(self, fault: Fault, caller: str) -> None:
        if fault.what == "expire":
            self._expired[caller] = fault
        elif fault.what == "storm":
            self._storms[caller] = (self._clock() + fault.seconds, fault)
