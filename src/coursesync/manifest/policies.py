"""What policies mean for a course: their order, where they disagree, and where an entry contradicts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, problem
from coursesync.manifest.entries import CourseEntry, PolicyEntry
from coursesync.manifest.layers import MAPS
from coursesync.model import Address, DesiredCourse, Policy


def to_apply(entries: Iterable[PolicyEntry], account: str | None) -> Iterator[Policy]:
    """Yield each policy as the run needs it; one that names no account is about `account`."""
    for entry in entries:
        own = entry.selector
        selector = own if own.account is not None else replace(own, account=account)
        yield Policy(
            name=entry.name,
            position=entry.position,
            selector=selector,
            places=entry.places,
            excepts=entry.excepts,
            enforce=entry.enforce,
        )


def homeless(policies: Iterable[Policy]) -> Iterator[Diagnostic]:
    """Yield an error for each policy whose account nobody named."""
    for policy in policies:
        if policy.selector.account is None:
            detail = (
                f'The policy "{shown(policy.name)}" does not say below which account its courses are, '
                "and no environment does."
            )
            hint = "Write for example select: {account: 1}, or give the environment an account."
            yield problem("policy-without-account", detail, at=policy.position, hint=hint)


def disagreements(
    entries: Sequence[PolicyEntry], merged: Mapping[str, DesiredCourse]
) -> Iterator[Diagnostic]:
    """Yield a warning wherever two policies of equal strength set one field of a course differently.

    entries: those of one course, weakest first. merged: what each says, with its profiles, by its name.
    """
    for enforce in (False, True):
        names = [entry.name for entry in entries if entry.enforce is enforce]
        for stronger, weaker, address, other in _pairs(names, merged):
            kept, lost = merged[stronger].origins[address][-1], merged[weaker].origins[other][-1]
            detail = (
                f'The policy "{shown(stronger)}" sets {address} at {kept.position}, and the policy '
                f'"{shown(weaker)}" sets {other} at {lost.position} differently; courses that both match '
                f'get what "{shown(stronger)}" says, as it stands later.'
            )
            hint = "Let one of them leave out the courses of the other, by select or except."
            yield problem("policy-conflict", detail, at=kept.position, hint=hint)


def _pairs(
    names: Sequence[str], merged: Mapping[str, DesiredCourse]
) -> Iterator[tuple[str, str, Address, Address]]:
    """Yield the policy that decides a field, one it overrides with another value, and both addresses."""
    said = {name: _by_subject(merged[name]) for name in names}
    for number, weaker in enumerate(names):
        for subject, other in said[weaker].items():
            decides = next(name for name in reversed(names) if subject in said[name])
            address = said[decides][subject]
            if names.index(decides) > number and not _same(merged[decides], address, merged[weaker], other):
                yield decides, weaker, address, other


def overruled(
    entry: CourseEntry, enforced: Sequence[PolicyEntry], merged: Mapping[str, DesiredCourse]
) -> Iterator[Diagnostic]:
    """Yield an error for each own key of an entry that differs from what an enforced policy says."""
    said = {
        subject: (policy.name, address)
        for policy in enforced
        for subject, address in _by_subject(merged[policy.name]).items()
    }
    for own, value in entry.declared.state.items():
        name, address = said.get(_subject(own), ("", own))
        if not name:
            continue
        ruling = merged[name]
        if address != own or not FIELDS[own].same(value, ruling.state[own]):
            place = ruling.origins[address][-1].position
            detail = (
                f'The policy "{shown(name)}" is enforced and sets {address} at {place} to another value '
                f"than {own} here; what a course says itself cannot win."
            )
            hint = f"Delete the key, or add the course to the except of {shown(name)}."
            at = entry.declared.positions[own]
            yield problem("policy-overruled", detail, at=at, hint=hint, course=entry.id)


def _by_subject(course: DesiredCourse) -> dict[Address, Address]:
    return {_subject(address): address for address in course.state}


def _subject(address: Address) -> Address:
    """Return what a field is about: the two restriction maps are two ways to say one thing."""
    return MAPS[0] if address in MAPS else address


def _same(one: DesiredCourse, address: Address, other: DesiredCourse, its: Address) -> bool:
    return address == its and FIELDS[address].same(one.state[address], other.state[its])
