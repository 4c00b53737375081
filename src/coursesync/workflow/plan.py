"""From manifests to a plan: read, compare, and say what carrying it out will cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coursesync import __version__
from coursesync.catalogue.names import Name
from coursesync.diagnostics import Diagnostic, problem
from coursesync.documents import sealed
from coursesync.errors import CanvasRefused, UsageProblem
from coursesync.manifest.resolve import Resolved
from coursesync.model import CanvasAddress, CoursePlan, LiveCourse, Plan, PolicyMatch, Snapshot
from coursesync.model import Source as Manifests
from coursesync.model.barriers import NO_BARRIERS, Barriers
from coursesync.steps.plan import plan_document
from coursesync.workflow.against import Against, classed, read_past
from coursesync.workflow.clock import Clock
from coursesync.workflow.comparing import Planned, all_requests, plan_all, with_batches
from coursesync.workflow.fallbacks import fallbacks
from coursesync.workflow.guards import with_blocks
from coursesync.workflow.policies import altered_matches, selector_key
from coursesync.workflow.preflight import foresee
from coursesync.workflow.reading import Reading, read_all
from coursesync.workflow.selection import EVERY_COURSE, EVERY_ENTRY, Scope, Selection
from coursesync.workflow.sources import Source
from coursesync.workflow.undo import Undo
from coursesync.workflow.waves import WAVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What the manifests say and which of it a run is about.

    problems: what was found wrong with them. account: the id of the account to list courses from, if one is
    known. barriers: what the project lets no plan do. environment: the name of the one this is about.
    """

    resolved: Resolved
    scope: Scope = EVERY_ENTRY
    selection: Selection = EVERY_COURSE
    problems: tuple[Diagnostic, ...] = ()
    account: str | None = None
    barriers: Barriers = NO_BARRIERS
    environment: str | None = None

    @property
    def whole(self) -> bool:
        """Tell whether the run is about everything the manifests declare."""
        entries = all(self.scope.has_entry(course.id) for course in self.resolved.courses)
        policies = all(self.scope.has_policy(policy.name) for policy in self.resolved.policies)
        return entries and policies and self.selection == EVERY_COURSE


async def make_plan(
    fleet: Fleet,
    source: Source,
    *,
    url: str,
    manifests: Manifests,
    clock: Clock,
    against: Against | None = None,
    undo: Undo | None = None,
) -> Plan:
    """Read live state and return the sealed plan that would bring it to the desired one.

    url: the base URL of Canvas, which the plan is bound to. against: what to class its changes by. undo: what
    the fleet is the way back of, if it is one. Raises CanvasUnavailable where nothing can be read at all.
    """
    resolved = fleet.resolved
    reading = await read_all(resolved, source, scope=fleet.scope, selection=fleet.selection)
    if undo:
        planned = undo.planned(reading.pairs, host=url)
    else:
        planned = plan_all(reading.everyone, resolved.policies, host=url)
    planned = with_batches(planned, await _batching(planned, source))
    past = await read_past(against, source, fleet.selection, url=url)
    courses = classed([item.course for item in planned if item.course is not None], reading.everyone, past)
    requests = all_requests(planned)
    reads = source.reads
    courses, foreseen = await foresee(courses, requests, source.reader, clock, fleet.barriers)
    preflight_reads = source.reads - reads
    found = [*(item for one in planned for item in one.diagnostics), *foreseen]
    apply_reads = _apply_reads([course for course in courses if course.requests], source)
    made = plan_document(
        courses,
        requests,
        [*fleet.problems, *_remarks(fleet, reading, courses, found)],
        compared=len(reading.everyone),
        reads=reads,
        preflight_reads=preflight_reads,
        canvas=CanvasAddress(url=url, account=await account_of(fleet, reading, source)),
        source=manifests,
        version=__version__,
        created_at=clock.stamp,
        policies=policy_matches(fleet, reading),
        apply_reads=apply_reads,
        seconds=source.seconds(len(requests) + apply_reads + preflight_reads) if requests else None,
        whole=fleet.whole and undo is None,
        base=against.base if against else None,
        undoes=undo.run if undo else None,
        environment=fleet.environment,
        entries_elsewhere=resolved.elsewhere,
        courses_missing=reading.missing,
    )
    return sealed(with_blocks(made, fleet.barriers))


def _remarks(
    fleet: Fleet, reading: Reading, courses: Sequence[CoursePlan], found: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Return what there is to say of a plan; found: what came up while it was made."""
    policies = fleet.resolved.policies
    altered = altered_matches(policies, _moving(reading, courses), reading.references)
    nothing = fleet.selection != EVERY_COURSE and not reading.selected
    said = [nothing_selected(fleet.selection)] if nothing else []
    return [*reading.diagnostics, *found, *altered, *said]


def _apply_reads(courses: Sequence[CoursePlan], source: Source) -> int:
    """Count what looking at the courses again will take, wave by wave; answers to writes read most back."""
    wants = [(str(course.id), course.spoken_of) for course in courses]
    # A new course is looked for before it is made, and until it can be read.
    new = 2 * sum(course.create for course in courses)
    return new + sum(source.foresee(dict(wants[at : at + WAVE])) for at in range(0, len(wants), WAVE))


async def _batching(planned: Sequence[Planned], source: Source) -> list[int]:
    """Return the accounts in which several events could go together, and the token may let them."""
    wanted = [item.batch[0] for item in planned if item.batch]
    return [
        number for number in sorted({*wanted}) if wanted.count(number) > 1 and await source.may_batch(number)
    ]


def _moving(
    reading: Reading, courses: Sequence[CoursePlan]
) -> list[tuple[LiveCourse, tuple[str, ...], CoursePlan]]:
    pairs = {pair.live.id: pair for pair in reading.everyone}
    return [
        (pairs[course.id].live, pairs[course.id].policies, course) for course in courses if course.changes
    ]


def policy_matches(fleet: Fleet, reading: Reading) -> list[PolicyMatch]:
    """Return how many courses each policy of the run matched."""
    return [
        PolicyMatch(
            name=policy.name,
            file=policy.position.file,
            line=policy.position.line,
            column=policy.position.column,
            courses=len(reading.matches[policy.name].courses),
        )
        for policy in fleet.resolved.policies
        if policy.name in reading.matches and fleet.scope.has_policy(policy.name)
    ]


async def account_of(fleet: Fleet, reading: Reading, source: Source) -> int | None:
    """Return the account whose list holds the courses of the run: of all policies, else the fleet's."""
    policies = [policy for policy in fleet.resolved.policies if policy.name in reading.matches]
    named = {policy.selector.account for policy in policies} or {fleet.account}
    text = named.pop() if len(named) == 1 else fleet.account
    if text is None:
        return None
    if text.isdigit():
        return int(text)
    if ":" in text or Name.of(text):
        try:
            return await source.reference(text)
        except (CanvasRefused, UsageProblem):
            return None
    return next((pair.live.root_account_id for pair in reading.pairs), None)


def nothing_selected(selection: Selection) -> Diagnostic:
    """Return the problem of globs that fit no course."""
    globs = ", ".join((*selection.target, *(f"not {glob}" for glob in selection.exclude)))
    return problem(
        "no-entry-selected",
        f"No course has an id, SIS id or name that fits: {globs}.",
        hint="Check --target and --exclude; globs match the whole name, case and all.",
    )


async def save_live(
    fleet: Fleet, source: Source, *, url: str, clock: Clock
) -> tuple[Snapshot, tuple[Diagnostic, ...]]:
    """Read every readable field of every course and return them as a snapshot, with the problems met."""
    resolved = fleet.resolved
    reading = await read_all(resolved, source, scope=EVERY_ENTRY, selection=EVERY_COURSE, everything=True)
    courses = {pair.desired.id: pair.live for pair in reading.pairs}
    accounts = {live.account_id for live in courses.values()} | {
        live.root_account_id for live in courses.values()
    }
    told = {number: await source.account(number) for number in accounts if number is not None}
    keys = {live.id: key for key, live in courses.items()}
    snapshot = Snapshot(
        canvas=CanvasAddress(url=url),
        created_at=clock.stamp,
        courses={
            key: replace(live, account={**live.account, **fallbacks(live, told)})
            for key, live in courses.items()
        },
        references=reading.references,
        policies={
            selector_key(policy): tuple(
                keys[live.id] for live in reading.matches[policy.name].courses if live.id in keys
            )
            for policy in resolved.policies
            if policy.name in reading.matches
        },
    )
    return snapshot, reading.diagnostics
