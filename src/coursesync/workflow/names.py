"""Which id a name stands for, and what to say where it stands for none or for several."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coursesync.canvas.names import Named
from coursesync.catalogue.course import ACCOUNT
from coursesync.catalogue.names import Kind, Name
from coursesync.catalogue.types import shown
from coursesync.errors import CanvasError, CanvasRefused, CourseSyncError, UsageProblem
from coursesync.manifest.dump import scalar_text
from coursesync.model import Address, LiveCourse, State

_MOST_CANDIDATES = 10
_ALIKE = 0.6
# No name is compared beyond this, and comparing takes time by length.
_COMPARED = 100

# What a token needs to see the names of a kind (Canvas: account.rb, set_policy).
_RIGHTS = {
    Kind.TERM: "Listing terms takes an administrator's role in an account of this Canvas (read_terms)",
    Kind.ACCOUNT: "Listing accounts takes the right to manage account settings (manage_account_settings) in "
    "the root account",
    Kind.SCHEME: "Listing grading schemes takes the right to see the account and those above it (read)",
}


_NO_RIGHT = (401, 403)


class NameProblem(UsageProblem):
    """A name stands for no id, or for several; near: what is meant most likely, if anything is."""

    def __init__(self, message: str, *, near: Named | None, several: bool) -> None:
        super().__init__(message)
        self.near = near
        self.several = several


def chosen(name: Name, listed: Sequence[Named]) -> int:
    """Return the id of the one that has exactly this name. Raises NameProblem where not exactly one has."""
    things = {item.id: item for item in listed}
    exact = [item for item in things.values() if item.name == name.text]
    if len(exact) == 1:
        return exact[0].id
    where = _where(name)
    if exact:
        said = f'{len(exact)} {name.kind}s{where} are called "{shown(name.text)}": {_list(exact)}.'
        raise NameProblem(said, near=exact[0], several=True)
    candidates = sorted(things.values(), key=lambda item: -_likeness(name.text, item))
    most = candidates[:_MOST_CANDIDATES]
    more = f", and {len(candidates) - len(most):,} more" if len(candidates) > len(most) else ""
    there = f"There are: {_list(most)}{more}." if most else "There is none at all."
    near = most[0] if most and _likeness(name.text, most[0]) >= _ALIKE else None
    raise NameProblem(
        f'No {name.kind}{where} is called "{shown(name.text)}". {there}', near=near, several=False
    )


def _where(name: Name) -> str:
    return "" if name.account is None else f" of account {name.account} or of one above it"


def _likeness(wanted: str, item: Named) -> float:
    """Return how likely a text means one of the listed, from 0 to 1.

    1 where only case and outer spaces differ, or where it is the SIS id; a part of the name is likely meant.
    """
    one, other, sis_id = (text[:_COMPARED].strip().casefold() for text in (wanted, item.name, item.sis_id))
    if one in {other, sis_id}:
        return 1.0
    ratio = difflib.SequenceMatcher(a=one, b=other, autojunk=False).ratio()
    return max(ratio, _ALIKE) if one and one in other else ratio


def _list(items: Sequence[Named]) -> str:
    return ", ".join(_described(item) for item in items)


def _described(item: Named) -> str:
    sis_id = f", SIS id {shown(item.sis_id)}" if item.sis_id else ""
    return f'{item.id} ("{shown(item.name)}"{sis_id})'


def _written(item: Named) -> str:
    """Return a name as a manifest would say it, or nothing where people could not type it."""
    typed = item.name.isprintable() and shown(item.name) == item.name
    return scalar_text(item.name.replace("${", "$${")) if typed else ""


def explained(name: Name, error: CourseSyncError, *, key: str, number_key: str) -> tuple[str, str]:
    """Return what is wrong with a name and what to type next.

    key: where the name stands. number_key: where the id would stand.
    """
    number = f"{number_key}: {error.near.id}" if isinstance(error, NameProblem) and error.near else ""
    if isinstance(error, NameProblem):
        if number and error.several:
            return error.message, f"Write the id of the one that is meant, for example {number}"
        if number and error.near:
            text = _written(error.near)
            return error.message, f"Write {key}: {text}, or {number}" if text else f"Write {number}"
        return error.message, f"Write a name exactly as Canvas shows it, or the id as {number_key}: N"
    if isinstance(error, CanvasRefused) and error.status in _NO_RIGHT:
        said = f'The {name.kind} "{shown(name.text)}" cannot be looked up. {error.message}'
        return said, f"{_RIGHTS[name.kind]}; or write the id as {number_key}: N"
    if isinstance(error, CanvasError):
        return f'The {name.kind} "{shown(name.text)}" cannot be looked up. {error.message}', error.hint
    return error.message, error.hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The names of ids, by their kind, the account of a grading scheme, and the id."""

    names: Mapping[tuple[Kind, int | None, int], Name]

    @classmethod
    def of(cls, references: Mapping[str, int]) -> Spoken:
        """Turn references round; those that are no names are left out."""
        named = ((Name.of(text), number) for text, number in references.items())
        return cls(names={(name.kind, name.account, number): name for name, number in named if name})

    def name(self, kind: Kind, number: object, *, account: int | None) -> Name | None:
        """Return the name of an id, if it is known; account: of the course, which counts for schemes."""
        place = account if kind is Kind.SCHEME else None
        return self.names.get((kind, place, number)) if isinstance(number, int) else None


def notes(
    named: Mapping[Address, Name], desired: State, live: LiveCourse, spoken: Spoken
) -> Mapping[Address, str]:
    """Return for each field that is declared by a name which id that is, and what the live one is called."""
    moved = desired.get(ACCOUNT.address, live.account_id)
    account = moved if isinstance(moved, int) else None
    found: dict[Address, str] = {}
    for address, name in named.items():
        after = desired[address]
        if not isinstance(after, int) or live.state.get(address) == after:
            continue
        before = spoken.name(name.kind, live.state.get(address), account=account)
        so_far = f', and "{shown(before.text)}" is {live.state[address]}' if before else ""
        found[address] = f'"{shown(name.text)}" is {name.kind} {after}{so_far}.'
    return found
