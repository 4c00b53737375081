"""Read what a plan needs: every course of the run with its fields, and what its plan depends on besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.parallel import in_parallel
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import DELETED, WORKFLOW_STATE
from coursesync.catalogue.html import fingerprint
from coursesync.diagnostics import Diagnostic, problem
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable, CourseSyncError
from coursesync.manifest.resolve import Resolved
from coursesync.manifest.select import declared_names
from coursesync.model import Address, DesiredCourse, LiveCourse
from coursesync.steps.diff import account_keys, html_questions, localised
from coursesync.workflow.policies import Match, References, names
from coursesync.workflow.references import prepared, resolve_references
from coursesync.workflow.roster import Known, Needs, call_roster, wanted
from coursesync.workflow.selection import Scope, Selection
from coursesync.workflow.sources import Source
from coursesync.workflow.unreadable import unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A course as desired, its references resolved and its instants in UTC, beside the same course live."""

    desired: DesiredCourse
    live: LiveCourse
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: the courses that could be compared, every problem, what stood behind references.

    matches: by name of the policy. selected: how many courses the run was asked about. missing: how many do
    not exist yet, where their entry tolerates that.
    """

    pairs: tuple[Pair, ...]
    diagnostics: tuple[Diagnostic, ...]
    references: References
    matches: Mapping[str, Match]
    selected: int
    missing: int = 0


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
    layers = _Layers(fleet=fleet, references=references, needs=needs)
    chosen = [(known, layers.of(known)) for known in roster.courses]
    chosen = [
        (known, layer)
        for known, layer in chosen
        if selection.takes(*declared_names(layer.desired), *names(known.live))
    ]
    read, unread = await _read([pair for pair in chosen if pair[1].usable], source)
    done = await in_parallel(lambda pair: _completed(pair, source), read)
    found = [item for _, layer in chosen for item in layer.diagnostics]
    return Reading(
        pairs=tuple(pair for pair, _ in done if pair),
        diagnostics=(
            *problems,
            *roster.diagnostics,
            *dict.fromkeys(found),
            *unread,
            *(item for _, items in done for item in items),
        ),
        references=references,
        matches=roster.matches,
        selected=len(chosen) + roster.unread,
        missing=roster.missing,
    )


def _everything(desired: DesiredCourse) -> frozenset[Address]:  # noqa: ARG001 - whatever is declared
    return frozenset(FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A course as all its layers want it, the addresses to read, and what is wrong with the layers.

    usable: whether all its references are known. plain: whether it can be compared as it is.
    """

    desired: DesiredCourse
    addresses: frozenset[Address]
    diagnostics: tuple[Diagnostic, ...]
    usable: bool
    plain: bool


class _Layers:
    """Lays policies, profiles and entries over each other; courses with the same ones share the work."""

    def __init__(self, *, fleet: Resolved, references: References, needs: Needs) -> None:
        self._fleet, self._references, self._needs = fleet, references, needs
        self._made: dict[tuple[tuple[str, ...], str | None], _Layer] = {}

    def of(self, known: Known) -> _Layer:
        """Return what a course should be."""
        declared = known.entry.id if known.entry else None
        key = known.policies, declared
        if key not in self._made:
            self._made[key] = self._make(known.policies, declared, id=declared or str(known.live.id))
        layer = self._made[key]
        if declared is not None:
            return layer
        return replace(layer, desired=replace(layer.desired, id=str(known.live.id)))

    def _make(self, policies: tuple[str, ...], declared: str | None, *, id: str) -> _Layer:  # noqa: A002
        desired, found = self._fleet.layered(policies, declared, id=id)
        ready = prepared(desired, self._references)
        return _Layer(
            desired=ready or desired,
            addresses=self._needs(desired),
            diagnostics=found,
            usable=ready is not None,
            plain=not _depends(desired),
        )


def _depends(desired: DesiredCourse) -> bool:
    """Tell whether comparing a course needs more than its fields: a zone, an account, Canvas's opinion."""
    return any(
        FIELDS[address].type.is_instant or FIELDS[address].type.is_html or value is None
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
    for row in account_keys(desired):
        account_id = live.root_account_id if row.read and row.read.of_root else live.account_id
        if account_id is not None and row.read and row.read.account_key:
            told = await source.account(account_id)
            if row.read.account_key in told:
                account[row.read.account_key] = told[row.read.account_key]
    unchecked: list[Diagnostic] = []
    for text in html_questions(desired, live):
        answer = await source.preview(live.id, text)
        if answer is None:
            unchecked.append(_unchecked(desired))
        else:
            previews[fingerprint(text)] = answer
    return replace(pair, live=replace(live, account=account, previews=previews)), tuple(unchecked)


def _unchecked(desired: DesiredCourse) -> Diagnostic:
    return problem(
        "html-unchecked",
        "An HTML text differs from the saved one; Canvas could not be asked whether it means the same.",
        at=desired.position,
        course=desired.id,
    )
