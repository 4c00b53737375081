"""Take live values as desired: which manifests would have to say what, and the writing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position, Severity, ordered, problem
from coursesync.manifest.edit.disk import Patch, write
from coursesync.manifest.edit.includes import included_files
from coursesync.manifest.edit.refusals import refusal
from coursesync.manifest.entries import Project
from coursesync.model import Address
from coursesync.model import Source as Manifests
from coursesync.workflow.accept.check import Ground, misgivings
from coursesync.workflow.accept.places import Entry, Layout, Order, layout, place
from coursesync.workflow.accept.texts import Files, Outcomes, carried_out
from coursesync.workflow.accept.wishes import Wish, wishes
from coursesync.workflow.plan import Fleet
from coursesync.workflow.reading import read_all
from coursesync.workflow.selection import EVERY_COURSE, EVERY_ENTRY
from coursesync.workflow.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What to accept, and how: patterns of fields (none for all), and what else may be written into.

    into_profile: into the profile whose value it is, instead of the course's own entry. into_files: into
    files of HTML that a manifest includes.
    """

    fields: tuple[str, ...] = ()
    into_profile: bool = False
    into_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A live value that is declared now, or would be.

    course: the declared id; id, sis_course_id, name: of the same course. before: the value desired so far.
    into: what says it: `course`, `profile X`, `new entry`, or the path of an included file. file, line,
    column: where. note: why a value is written that did not differ.
    """

    course: str
    id: int
    sis_course_id: str | None
    name: str
    field: Address
    before: Value
    after: Value
    into: str
    file: str
    line: int
    column: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What can be accepted and as which edits, what is refused and why, and what else was noticed."""

    accepted: tuple[Accepted, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()
    patches: tuple[Patch, ...] = field(default=(), repr=False)


async def make_acceptance(
    fleet: Fleet, source: Source, *, project: Project, manifests: Manifests, ask: Ask
) -> Acceptance:
    """Read live state and return what would make it the desired one, without writing anything.

    manifests: the files of the project as they were read. Raises CanvasUnavailable where nothing can be read.
    """
    project = replace(project, root=project.root.resolve())
    reading = await read_all(fleet.resolved, source, scope=fleet.scope, selection=fleet.selection)
    whole = reading
    if (ask.into_profile or ask.into_files) and not fleet.whole:
        whole = await read_all(fleet.resolved, source, scope=EVERY_ENTRY, selection=EVERY_COURSE)
    asked, told = wishes(reading, fleet.resolved, fields=ask.fields)
    found = [*fleet.problems, *reading.diagnostics, *told]
    if fleet.selection != EVERY_COURSE and not reading.selected:
        hint = "Globs match the whole id, SIS id or name, case and all."
        found.append(problem("no-entry-selected", "No course fits --target and --exclude.", hint=hint))
    known = layout(
        fleet.resolved,
        whole,
        project,
        files=included_files(project.root, manifests.manifests) if ask.into_files else {},
        into_profile=ask.into_profile,
        into_files=ask.into_files,
    )
    orders, entries, refused = _placed(asked, known)
    digests = {file.path: file.sha256 for file in manifests.manifests}
    files = Files(root=project.root, digests=digests, entries={entry.file: entry for entry in entries})
    ground = Ground(
        resolved=fleet.resolved,
        account=fleet.account,
        pairs=whole.pairs,
        references={**reading.names, **whole.names, **whole.references},
    )
    kept, patches, outcomes, more = _possible(orders, files, ground)
    wrong = [item for item in found if item.severity is Severity.ERROR]
    return Acceptance(
        accepted=_in_order(map(_accepted, kept, outcomes)),
        refused=ordered((*wrong, *refused, *more)),
        remarks=ordered(tuple(item for item in found if item.severity is not Severity.ERROR)),
        patches=tuple(patches),
    )


def _placed(asked: Iterable[Wish], known: Layout) -> tuple[list[Order], Iterable[Entry], list[Diagnostic]]:
    entries: dict[int, Entry] = {}
    orders: list[Order] = []
    refused: list[Diagnostic] = []
    for wish in asked:
        decided = place(wish, known, entries)
        if isinstance(decided, Order):
            orders.append(decided)
        else:
            refused.append(decided)
    return orders, entries.values(), refused


def _possible(
    orders: Sequence[Order], files: Files, ground: Ground
) -> tuple[Sequence[Order], list[Patch], Outcomes, list[Diagnostic]]:
    """Leave out orders until the others can be carried out together; return those, their edits, and why."""
    refused: list[Diagnostic] = []
    while True:
        patches, outcomes = carried_out(orders, files)
        wrong = {number: item for number, item in enumerate(outcomes) if isinstance(item, Diagnostic)}
        wrong = wrong or dict(misgivings(orders, ground) if orders else {})
        if not wrong:
            return orders, patches, outcomes, refused
        refused += wrong.values()
        orders = [order for number, order in enumerate(orders) if number not in wrong]


def _in_order(accepted: Iterable[Accepted]) -> tuple[Accepted, ...]:
    """Sort by course, as they were read, and by field, as the catalogue has them."""
    items = tuple(accepted)
    courses = {number: place for place, number in enumerate(dict.fromkeys(item.id for item in items))}
    fields = {address: place for place, address in enumerate(FIELDS)}
    return tuple(sorted(items, key=lambda item: (courses[item.id], fields[item.field])))


def _accepted(order: Order, at: Position | Diagnostic) -> Accepted:
    assert isinstance(at, Position)  # noqa: S101 - what could not be written is not among the orders left
    wish = order.wish
    return Accepted(
        course=wish.pair.desired.id,
        id=wish.pair.live.id,
        sis_course_id=wish.pair.live.sis_course_id,
        name=wish.pair.live.name,
        field=wish.field,
        before=wish.before,
        after=wish.after,
        into=order.into,
        file=at.file,
        line=at.line,
        column=at.column,
        note=wish.note,
    )


def save_acceptance(acceptance: Acceptance) -> Acceptance:
    """Write the edits to disk; what stands in a file that cannot be written is refused after all."""
    failed = write(acceptance.patches)
    lost = [item for item in acceptance.accepted if item.file in failed]
    refused = [
        refusal(
            f"{item.field} was not written, as {item.file} cannot be: {failed[item.file]}.",
            at=Position(file=item.file, line=item.line, column=item.column),
            hint="Make the file writable, then accept again.",
            course=item.course,
        )
        for item in lost
    ]
    return replace(
        acceptance,
        accepted=tuple(item for item in acceptance.accepted if item.file not in failed),
        refused=ordered((*acceptance.refused, *refused)),
        patches=tuple(patch for patch in acceptance.patches if patch.name not in failed),
    )
