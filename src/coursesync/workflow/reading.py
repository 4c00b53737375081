"""Read what a plan needs: every course of the run with its fields, and what its plan depends on besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import DELETED, TIME_ZONE, WORKFLOW_STATE
from coursesync.catalogue.html import fingerprint
from coursesync.catalogue.names import Name
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, problem
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable, CourseSyncError
from coursesync.manifest.resolve import Resolved
from coursesync.manifest.select import declared_names
from coursesync.model import Address, DesiredCourse, LiveCourse
from coursesync.model.upload import upload_in
from coursesync.steps import creation
from coursesync.steps.diff import account_keys, file_questions, html_questions, localised
from coursesync.workflow.names import Spoken, notes
from coursesync.workflow.policies import Match, References, names
from coursesync.workflow.references import (
    Member,
    by_name,
    names_schemes,
    needs_account,
    prepared,
    resolve_references,
    resolve_schemes,
)
from coursesync.workflow.roster import Known, Needs, call_roster, wanted
from coursesync.workflow.selection import EVERY_COURSE, Scope, Selection
from coursesync.workflow.sources import Source
from coursesync.workflow.unreadable import account_unread, unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A course as desired, its references resolved and its instants in UTC, beside the same course live.

    spoken: for each field that is declared by a name, which id that is.
    """

    desired: DesiredCourse
    live: LiveCourse
    policies: tuple[str, ...] = ()
    spoken: Mapping[Address, str] = field(default_factory=dict)

    @property
    def new(self) -> bool:
        """Tell whether the course is still to be made; it is then live as it will be without changes."""
        return self.live.id < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: the courses that could be compared, every problem, what stood behind references.

    matches: by name of the policy. selected: how many courses the run was asked about. missing: how many do
    not exist yet, where their entry tolerates that. new: courses that are still to be made.
    names: what else the lists tell that names were looked up in.
    """

    pairs: tuple[Pair, ...]
    diagnostics: tuple[Diagnostic, ...]
    references: References
    names: References
    matches: Mapping[str, Match]
    selected: int
    missing: int = 0
    new: tuple[Pair, ...] = ()

    @property
    def everyone(self) -> tuple[Pair, ...]:
        """Return the courses that are there, and those still to be made."""
        return (*self.pairs, *self.new)


async def read_all(
    fleet: Resolved,
    source: Source,
    *,
    scope: Scope,
    selection: Selection,
    everything: bool = False,
) -> Reading:
    """Read every course of the manifests that scope and selection take, with what its plan depends on.

    everything: read every field that can be read, not only the declared ones (for a snapshot).
    Problems of one course take that course out; CanvasUnavailable ends the run.
    """
    references, problems = await resolve_references(fleet, source)
    needs: Needs = _everything if everything else wanted
    roster = await call_roster(fleet, source, references, scope=scope, selection=selection, needs=needs)
    everyone = selection == EVERY_COURSE
    taken = [known for known in roster.courses if everyone or selection.takes(*_all_names(fleet, known))]
    members = [*map(_member, taken), *_members(roster.new, references)] if names_schemes(fleet) else []
    schemes, unnamed = await resolve_schemes(fleet, source, references, members)
    references = {**references, **schemes}
    layers = _Layers(fleet=fleet, references=references, needs=needs)
    chosen = [(known, layers.of(known)) for known in taken]
    read, unread = await _read([pair for pair in chosen if pair[1].usable], source)
    done = await in_parallel(lambda pair: _completed(pair, source), read)
    new, unclear = await _new([entry for entry in roster.new if scope.has_entry(entry.id)], layers, source)
    found = [item for _, layer in chosen for item in layer.diagnostics]
    return Reading(
        pairs=_with_notes([pair for pair, _ in done if pair], layers, source),
        diagnostics=(
            *problems,
            *unnamed,
            *roster.diagnostics,
            *dict.fromkeys(found),
            *unread,
            *unclear,
            *(item for _, items in done for item in items),
        ),
        references=references,
        names=source.spoken(),
        matches=roster.matches,
        selected=len(chosen) + roster.unread + len(new),
        missing=roster.missing,
        new=_with_notes(new, layers, source),
    )


def _declared(known: Known) -> str | None:
    return known.entry.id if known.entry else None


def _all_names(fleet: Resolved, known: Known) -> tuple[str, ...]:
    """Return what a glob may call a course: by what its layers say, and as it is."""
    declared = _declared(known)
    desired, _ = fleet.layered(known.policies, declared, id=declared or str(known.live.id))
    return (*declared_names(desired), *names(known.live))


def _member(known: Known) -> Member:
    return Member(policies=known.policies, declared=_declared(known), account=known.live.account_id)


def _members(entries: Sequence[DesiredCourse], references: References) -> Iterator[Member]:
    """Yield the courses that are still to be made, as far as their account is known."""
    for entry in entries:
        account = _home(entry, references)
        if account is not None:
            yield Member(policies=(), declared=entry.id, account=account)


def _home(entry: DesiredCourse, references: References) -> int | None:
    """Return the account that the course of an entry is made in; None where it is not known."""
    home = entry.creation.account if entry.creation else ""
    return int(home) if home.isdigit() else references.get(home)


def _with_notes(pairs: Sequence[Pair], layers: _Layers, source: Source) -> tuple[Pair, ...]:
    """Say of each course which ids its names are."""
    spoken = Spoken.of(source.spoken())
    return tuple(
        replace(pair, spoken=notes(named, pair.desired.state, pair.live, spoken))
        if (named := layers.named(pair))
        else pair
        for pair in pairs
    )


def _everything(desired: DesiredCourse) -> frozenset[Address]:  # noqa: ARG001 - whatever is declared
    return frozenset(FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A course as all its layers want it, the addresses to read, and what is wrong with the layers.

    usable: whether all its references are known. plain: whether it can be compared as it is. named: what is
    declared by a name.
    """

    desired: DesiredCourse
    addresses: frozenset[Address]
    diagnostics: tuple[Diagnostic, ...]
    named: Mapping[Address, Name]
    usable: bool
    plain: bool


class _Layers:
    """Lays policies, profiles and entries over each other; courses with the same ones share the work."""

    def __init__(self, *, fleet: Resolved, references: References, needs: Needs) -> None:
        self._fleet, self._references, self._needs = fleet, references, needs
        self._made: dict[tuple[tuple[str, ...], str | None, int | None], _Layer] = {}
        self._by_account: dict[tuple[tuple[str, ...], str | None], bool] = {}
        self._named: dict[str, Mapping[Address, Name]] = {}

    def of(self, known: Known) -> _Layer:
        """Return what a course should be."""
        declared = _declared(known)
        account = known.live.account_id if self._needs_account(known.policies, declared) else None
        key, name = (known.policies, declared, account), declared or str(known.live.id)
        if key not in self._made:
            self._made[key] = self._make(known.policies, declared, id=name, account=account)
        layer = self._made[key]
        if layer.named:
            self._named[name] = layer.named
        if declared is not None:
            return layer
        return replace(layer, desired=replace(layer.desired, id=str(known.live.id)))

    def of_new(self, entry: DesiredCourse) -> tuple[DesiredCourse, int] | None:
        """Return what a course still to be made should be, and its account; None if one is unknown."""
        account = _home(entry, self._references)
        layer = self._make((), entry.id, id=entry.id, account=account)
        self._named[entry.id] = layer.named
        return (layer.desired, account) if layer.usable and account is not None else None

    def named(self, pair: Pair) -> Mapping[Address, Name]:
        """Return the names by which a course is declared."""
        return self._named.get(pair.desired.id, {})

    def _needs_account(self, policies: tuple[str, ...], declared: str | None) -> bool:
        """Tell whether courses with these layers mean different things in different accounts."""
        key = policies, declared
        if key not in self._by_account:
            self._by_account[key] = needs_account(self._fleet.layered(policies, declared, id="")[0])
        return self._by_account[key]

    def _make(
        self,
        policies: tuple[str, ...],
        declared: str | None,
        *,
        id: str,  # noqa: A002
        account: int | None,
    ) -> _Layer:
        desired, found = self._fleet.layered(policies, declared, id=id)
        ready = prepared(desired, self._references, account=account)
        return _Layer(
            desired=ready or desired,
            addresses=self._needs(desired),
            diagnostics=found,
            named=by_name(desired),
            usable=ready is not None,
            plain=not _depends(desired),
        )


def _depends(desired: DesiredCourse) -> bool:
    """Tell whether comparing a course needs more than its fields: a zone, an account, Canvas's opinion."""
    return any(
        FIELDS[address].type.is_instant or FIELDS[address].type.is_html or value is None or upload_in(value)
        for address, value in desired.state.items()
    )


_Course = tuple[Known, _Layer]


async def _read(
    courses: Sequence[_Course], source: Source
) -> tuple[list[tuple[_Course, LiveCourse]], list[Diagnostic]]:
    """Read the fields of courses; those that cannot be read, or are deleted unasked, are problems."""
    alive = [(known, layer) for known, layer in courses if not _gone(known, layer)]
    answers = await source.courses({str(known.live.id): layer.addresses for known, layer in alive})
    problems = [
        _problem(layer.desired, CanvasRefused("The course is deleted.", status=404))
        for known, layer in courses
        if _gone(known, layer)
    ]
    read: list[tuple[_Course, LiveCourse]] = []
    for known, layer in alive:
        answer = answers[str(known.live.id)]
        if isinstance(answer, LiveCourse):
            read.append(((known, layer), answer))
        else:
            problems.append(_problem(layer.desired, answer))
    return read, problems


async def _new(
    entries: Sequence[DesiredCourse], layers: _Layers, source: Source
) -> tuple[tuple[Pair, ...], list[Diagnostic]]:
    """Pair entries whose course is still to be made with what it will be; each gets a negative number."""
    pairs: list[Pair] = []
    problems: list[Diagnostic] = []
    for entry in entries:
        known = layers.of_new(entry)
        if known is None or entry.creation is None:
            continue
        desired = creation.wanted(known[0], entry.creation, known[1])
        live = creation.foretold(desired, -1 - len(pairs))
        told = await source.account(known[1])
        zone = {TIME_ZONE.address: told.get(TIME_ZONE.read.account_key or "")} if TIME_ZONE.read else {}
        desired = localised(desired, replace(live, state={**live.state, **zone}))
        floating = [address for address in desired.state if _floats(address, desired.state[address])]
        if floating:
            problems.append(_without_zone(desired, floating[0]))
        else:
            pairs.append(Pair(desired=desired, live=live))
    return tuple(pairs), problems


def _floats(address: Address, value: Value) -> bool:
    """Tell whether a value is an instant of which nobody knows the offset."""
    return FIELDS[address].type.is_instant and isinstance(value, str) and not value.endswith("Z")


def _without_zone(desired: DesiredCourse, address: Address) -> Diagnostic:
    return problem(
        "unreachable-value",
        f"{address} has no offset, and the time zone of a course that does not exist yet is not known.",
        at=desired.origins[address][-1].position,
        hint=f"Write it with an offset, or declare {TIME_ZONE.address}.",
        course=desired.id,
    )


def _gone(known: Known, layer: _Layer) -> bool:
    return known.live.workflow_state == DELETED and WORKFLOW_STATE.address not in layer.desired.state


def _problem(desired: DesiredCourse, error: CourseSyncError) -> Diagnostic:
    return unreadable(desired.id, desired.position, error)


async def _completed(
    read: tuple[_Course, LiveCourse], source: Source
) -> tuple[Pair | None, tuple[Diagnostic, ...]]:
    """Add what the plan of a course depends on besides: its zone, account defaults, previews of HTML."""
    (known, layer), live = read
    pair = Pair(desired=layer.desired, live=live, policies=known.policies)
    if layer.plain:
        return pair, ()
    try:
        return await _with_context(replace(pair, desired=localised(layer.desired, live)), source)
    except CanvasUnavailable:
        raise
    except CanvasError as error:
        return None, (_problem(layer.desired, error),)


async def _with_context(pair: Pair, source: Source) -> tuple[Pair, tuple[Diagnostic, ...]]:
    desired, live = pair.desired, pair.live
    account, previews = dict(live.account), dict(live.previews)
    unchecked: list[Diagnostic] = []
    for row in account_keys(desired):
        account_id = live.root_account_id if row.read and row.read.of_root else live.account_id
        if account_id is not None and row.read and row.read.account_key:
            told = await source.account(account_id)
            if row.read.account_key in told:
                account[row.read.account_key] = told[row.read.account_key]
            elif refused := source.refused(account_id):
                unchecked.append(account_unread(desired, row.address, account_id, refused))
    for text in html_questions(desired, live):
        answer = await source.preview(live.id, text)
        if answer is None:
            unchecked.append(_unchecked(desired))
        else:
            previews[fingerprint(text)] = answer
    files = list(live.files)
    for number in file_questions(desired, live):
        file = await source.file(live.id, number)
        if file is None:
            unchecked.append(_unasked(number, desired))
        else:
            files.append(file)
    live = replace(live, account=account, previews=previews, files=tuple(files))
    return replace(pair, live=live), tuple(unchecked)


def _unasked(number: int, desired: DesiredCourse) -> Diagnostic:
    return problem(
        "file-unchecked",
        f"What is in file {number} of the course is not known here, so it counts as another one.",
        at=desired.position,
        hint="A snapshot knows it that was saved while the manifests declared the file.",
        course=desired.id,
    )


def _unchecked(desired: DesiredCourse) -> Diagnostic:
    return problem(
        "html-unchecked",
        "An HTML text differs from the saved one; Canvas could not be asked whether it means the same.",
        at=desired.position,
        course=desired.id,
    )
