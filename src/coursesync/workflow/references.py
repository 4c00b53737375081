"""SIS ids and names in manifests: each is looked up once a run, and replaced by the Canvas id behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from coursesync.catalogue import DECLARABLE, FIELDS
from coursesync.catalogue.course import ACCOUNT, GRADING_STANDARD_ID
from coursesync.catalogue.names import Name
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.errors import CanvasError, CanvasUnavailable, UsageProblem
from coursesync.manifest.resolve import Resolved
from coursesync.model import Address, DesiredCourse, Policy
from coursesync.steps.diff import managed
from coursesync.workflow.names import explained
from coursesync.workflow.policies import References
from coursesync.workflow.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A place that names a reference: what it is called there, and the course entry it belongs to, if any.

    key, number_key: under which a name stands there, and an id would.
    """

    text: str
    what: str
    at: Position
    course: str | None
    key: str
    number_key: str


# Fields whose text in a State is looked up; what a name of the last one means depends on the account.
_SCHEME = GRADING_STANDARD_ID.address
_LOOKED_UP = frozenset(row.address for row in FIELDS.values() if row.type.is_reference) | {_SCHEME}
_NAME_KEYS = {row.address: row.name for row in DECLARABLE.values() if row.spells}


async def resolve_references(fleet: Resolved, source: Source) -> tuple[References, tuple[Diagnostic, ...]]:
    """Resolve each distinct reference once; one that fails is a problem wherever it is declared.

    Names of grading schemes are left to `resolve_schemes`.
    """
    return await _resolved(_uses(fleet), source)


async def _resolved(found_uses: Iterable[_Use], source: Source) -> tuple[References, tuple[Diagnostic, ...]]:
    uses = dict.fromkeys(found_uses)
    found: dict[str, int] = {}
    failed: dict[str, CanvasError | UsageProblem] = {}
    for text in dict.fromkeys(use.text for use in uses):
        try:
            found[text] = await source.reference(text)
        except CanvasUnavailable:
            raise
        except (CanvasError, UsageProblem) as error:
            failed[text] = error
    return found, tuple(_problem(use, failed[use.text]) for use in uses if use.text in failed)


def _problem(use: _Use, error: CanvasError | UsageProblem) -> Diagnostic:
    name = Name.of(use.text)
    if name:
        said, hint = explained(name, error, key=use.key, number_key=use.number_key)
        return problem("reference-not-found", f"{use.what}: {said}", at=use.at, hint=hint, course=use.course)
    return problem(
        "reference-not-found",
        f"{use.what}: {use.text} leads nowhere. {error.message}",
        at=use.at,
        hint=error.hint or "Check the SIS id, and whether the token may see it.",
        course=use.course,
    )


def _uses(fleet: Resolved) -> Iterator[_Use]:
    for entry in fleet.courses:
        yield from _values(entry, course=entry.id)
        if entry.creation and not entry.creation.account.isdigit():
            made = entry.creation
            yield _Use(
                text=made.account,
                what="the account of the new course",
                at=made.position,
                course=entry.id,
                key="account",
                number_key="account",
            )
    for policy in fleet.policies:
        yield from _selected(policy)
        yield from _values(fleet.layered([policy.name], None, id="")[0], course=None)


def _selected(policy: Policy) -> Iterator[_Use]:
    """Yield what a policy selects by; the SIS id of an account is for the path of its list as it is."""
    term, account = policy.selector.term, policy.selector.account
    looked_up = {"term": term if term and not term.isdigit() else None}
    looked_up["account"] = account if Name.of(account) else None
    for key, text in looked_up.items():
        if text:
            at = policy.places.get(key, policy.position)
            what = f"policy {policy.name}"
            yield _Use(text=text, what=what, at=at, course=None, key=key, number_key=key)


def _values(desired: DesiredCourse, *, course: str | None) -> Iterator[_Use]:
    for address, value in managed(desired).items():
        if address in _LOOKED_UP and address != _SCHEME and isinstance(value, str):
            yield _use(desired, address, value, course=course)


def _use(desired: DesiredCourse, address: Address, text: str, *, course: str | None) -> _Use:
    at = desired.origins[address][-1].position
    key = _NAME_KEYS.get(address, "")
    return _Use(text=text, what=address, at=at, course=course, key=key, number_key=FIELDS[address].name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A course of the run before its references are known: its layers, and the account it is in.

    declared: the id of its entry, if it has one.
    """

    policies: tuple[str, ...]
    declared: str | None
    account: int | None


async def resolve_schemes(
    fleet: Resolved, source: Source, references: References, members: Iterable[Member]
) -> tuple[References, tuple[Diagnostic, ...]]:
    """Resolve the names of grading schemes, each for the account that a course is in or moves to."""
    uses = [use for member in dict.fromkeys(members) for use in _scheme(fleet, references, member)]
    return await _resolved(uses, source)


def _scheme(fleet: Resolved, references: References, member: Member) -> Iterator[_Use]:
    desired, _ = fleet.layered(member.policies, member.declared, id=member.declared or "")
    value = managed(desired).get(_SCHEME)
    name = _placed(value, desired, references, member.account)
    if name:
        entry = fleet.ground.entries.get(member.declared or "")
        own = entry is not None and _SCHEME in entry.declared.state
        yield _use(desired, _SCHEME, name, course=member.declared if own else None)


def _placed(value: Value, desired: DesiredCourse, references: References, account: int | None) -> str | None:
    """Return the text that stands for a scheme in the account of its course; None for what is no name.

    Where the account is not known, that is told of by itself.
    """
    name = Name.of(value)
    moves = managed(desired).get(ACCOUNT.address, account)
    there = references.get(moves) if isinstance(moves, str) else moves
    if name is None or not isinstance(there, int):
        return None
    return replace(name, account=there).reference


def by_name(desired: DesiredCourse) -> Mapping[Address, Name]:
    """Return the names that stand for values of a course whose references were not replaced."""
    found = {address: Name.of(value) for address, value in desired.state.items() if address in _LOOKED_UP}
    return {address: name for address, name in found.items() if name}


def names_schemes(fleet: Resolved) -> bool:
    """Tell whether any course may have a grading scheme by its name."""
    policies = (fleet.layered([policy.name], None, id="")[0] for policy in fleet.policies)
    return any(map(needs_account, fleet.courses)) or any(map(needs_account, policies))


def needs_account(desired: DesiredCourse) -> bool:
    """Tell whether the account of a course decides what one of its names means."""
    return Name.of(desired.state.get(_SCHEME)) is not None


def prepared(desired: DesiredCourse, references: References, *, account: int | None) -> DesiredCourse | None:
    """Return a course with its references replaced, itself where it has none; None where one is unknown.

    account: that of the course, which decides what the name of a grading scheme means.
    """
    given = {
        address: value
        for address, value in managed(desired).items()
        if isinstance(value, str) and address in _LOOKED_UP
    }
    if not given:
        return desired
    if _SCHEME in given:
        given[_SCHEME] = _placed(given[_SCHEME], desired, references, account) or given[_SCHEME]
    if any(value not in references for value in given.values()):
        return None
    resolved = {address: references[value] for address, value in given.items()}
    return replace(desired, state={**desired.state, **resolved})
