"""What can be said of one field of a course that was read: how it stands, why, and what a change would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coursesync.catalogue.addresses import matches
from coursesync.catalogue.course import AVAILABLE
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Invalid, Value
from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.dump import scalar_text, written
from coursesync.manifest.layers import MAPS, Layer, described
from coursesync.manifest.resolve import Resolved
from coursesync.model import Address, Change, Origin, SideEffect
from coursesync.model.explanation import FieldExplanation, Guard, Hold, Said, Standing
from coursesync.steps.diff import Difference, diff, managed
from coursesync.steps.encode import encode
from coursesync.steps.rules import annotated, consequences
from coursesync.workflow.comparing import Planned, plan_course
from coursesync.workflow.reading import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The course, as declared and live, its layers, and what a plan makes of it.

    declared: the id of its entry, if it has one.
    """

    pair: Pair
    resolved: Resolved
    declared: str | None
    layers: tuple[Layer, ...]
    found: Difference
    planned: Planned
    url: str

    @classmethod
    def of(cls, resolved: Resolved, pair: Pair, *, declared: str | None, url: str) -> Subject:
        """Compare and plan a course as `plan` would."""
        known = declared is not None or pair.policies
        return cls(
            pair=pair,
            resolved=resolved,
            declared=declared,
            layers=resolved.layers(pair.policies, declared) if known else (),
            found=diff(pair.desired, pair.live, host=url),
            planned=plan_course(pair, host=url),
            url=url,
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return what a plan would say of the course."""
        return self.planned.diagnostics


def explain_field(row: Field, subject: Subject) -> FieldExplanation:
    """Return all that is known of a field of the course."""
    address, desired, live = row.address, subject.pair.desired, subject.pair.live
    change = _change(row, subject)
    standing = _standing(row, subject, change)
    example = _example(row, subject) if standing is Standing.UNMANAGED else ""
    entry = subject.resolved.ground.entries[subject.declared] if example and subject.declared else None
    return FieldExplanation(
        field=address,
        standing=standing,
        live=live.state.get(address),
        live_known=address in live.state,
        desired=desired.state.get(address),
        layers=tuple(_layers(address, subject)),
        ignores=tuple(rule for rule in desired.ignores if matches(rule.pattern, address)),
        change=change,
        side_effects=_side_effects(change, standing, subject) if change else (),
        guards=tuple(_guards(row, subject, change)),
        example=example,
        entry=entry.position if entry else None,
    )


def _change(row: Field, subject: Subject) -> Change | None:
    """Return what a plan would send of a field, or would if no rule ignored it."""
    desired, live = subject.pair.desired, subject.pair.live
    address = row.address
    planned = subject.planned.course.changes if subject.planned.course else ()
    sent = next((change for change in planned if change.field == address), None)
    if sent or address not in desired.state:
        return sent
    alone = replace(desired, state={address: desired.state[address]}, ignores=())
    changes = diff(alone, live, host=subject.url).changes
    return annotated(changes[0], live.state, sis_course_id=live.sis_course_id) if changes else None


def _standing(row: Field, subject: Subject, change: Change | None) -> Standing:
    address, desired = row.address, subject.pair.desired
    if address not in desired.state:
        return Standing.UNMANAGED
    if address not in managed(desired):
        return Standing.IGNORED
    if any(item.field == address for item in subject.found.unverified):
        return Standing.UNVERIFIED
    if any(item.field == address for item in subject.found.changes):
        return Standing.DIFFERS
    if address not in subject.pair.live.state:
        return Standing.UNTOLD
    held = subject.planned.course is not None and change in subject.planned.course.changes
    return Standing.LEFT_ALONE if change and not held else Standing.IN_SYNC


def _side_effects(change: Change, standing: Standing, subject: Subject) -> tuple[SideEffect, ...]:
    """Return what this change alone would move besides, but for what the others of its plan prevent."""
    live = subject.pair.live
    requests = encode(live.id, [change], live.state)
    effects = consequences(live.state, [change], requests).side_effects
    course = subject.planned.course
    if standing is Standing.IGNORED or course is None:
        return effects
    real = {effect.field for effect in course.side_effects}
    return tuple(effect for effect in effects if effect.field in real)


def _layers(address: Address, subject: Subject) -> Iterator[Said]:
    """Yield what each layer says of a field; of the restriction maps the one last declared is in force."""
    about = set(MAPS) if address in MAPS else {address}
    said = [
        (field, declared.state[field], _origin(described(name, declared, field), declared.positions[field]))
        for name, declared in subject.layers
        for field in declared.state
        if field in about
    ]
    for number, (field, value, origin) in enumerate(said, start=1):
        yield Said(field=field, value=value, origin=origin, wins=number == len(said))


def _origin(layer: str, at: Position) -> Origin:
    return Origin(file=at.file, line=at.line, column=at.column, layer=layer)


def _guards(row: Field, subject: Subject, change: Change | None) -> Iterator[Guard]:
    yield from _enforced(row.address, subject)
    yield from _requirements(row, subject)
    yield from _conflicts(row, subject)
    if change is None:
        # The notes of a change say these.
        yield from _bonds(row, subject)
    if row.ignored:
        yield Guard(kind=Hold.PERMISSION, text=f"It may be ignored: {row.ignored}")


def _enforced(address: Address, subject: Subject) -> Iterator[Guard]:
    about = MAPS if address in MAPS else (address,)
    for policy in subject.resolved.policies:
        if policy.enforce and policy.name in subject.pair.policies:
            merged = subject.resolved.ground.merged[policy.name]
            for field in about:
                if field in merged.state:
                    text = f'The policy "{policy.name}" is enforced: what the course says cannot win.'
                    at = merged.origins[field][-1].position
                    yield Guard(kind=Hold.ENFORCED, text=text, position=at)


def _requirements(row: Field, subject: Subject) -> Iterator[Guard]:
    """Yield which values of other fields it needs, and whether they have them, or will."""
    desired, live = subject.pair.desired, subject.pair.live
    declared = managed(desired)
    for needed in row.requires:
        wanted = _said(needed.value)
        if needed.field in declared:
            has, where = declared[needed.field], f"as declared at {_place(desired.origins[needed.field])}"
        elif needed.field in live.state:
            has, where = live.state[needed.field], "in Canvas"
        else:
            continue
        if has == needed.value:
            text = f"It needs {needed.field}: {wanted}, and so it is {where}."
            yield Guard(kind=Hold.REQUIRES, text=text)
        else:
            text = f"It needs {needed.field}: {wanted}, but that is {_said(has)} {where}: {needed.why}."
            spared = row.wants_published and live.workflow_state == AVAILABLE
            yield Guard(kind=Hold.REQUIRES, text=text, hinders=not spared)


def _conflicts(row: Field, subject: Subject) -> Iterator[Guard]:
    desired = subject.pair.desired
    for other in row.conflicts:
        if desired.state.get(other) is not None:
            at = desired.origins[other][-1].position
            text = f"It excludes {other}, which is declared at {at}."
            yield Guard(kind=Hold.CONFLICTS, text=text, hinders=row.address in desired.state, position=at)


def _bonds(row: Field, subject: Subject) -> Iterator[Guard]:
    """Yield what else the value hangs on: an account, the SIS."""
    account_key = row.read.account_key if row.read else None
    if row.inherited:
        text = "It may be the account's so far; a write pins it for good, and it cannot be unpinned."
        yield Guard(kind=Hold.ACCOUNT, text=text)
    elif account_key:
        text = f"While the course has none of its own, the account's {account_key} is shown."
        yield Guard(kind=Hold.ACCOUNT, text=text)
    if row.sticky and subject.pair.live.sis_course_id:
        text = "SIS imports may set it, until it is changed here or in Canvas."
        yield Guard(kind=Hold.SIS, text=text)


def _said(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _place(origins: Sequence[Origin]) -> str:
    return str(origins[-1].position)


def _example(row: Field, subject: Subject) -> str:
    """Return the lines that would manage a field at its live value; nothing where that cannot be declared."""
    live = subject.pair.live
    depth = 0 if subject.declared else 4
    if row.read is None:
        value = "…"
    elif row.address not in live.state:
        return ""
    elif row.type.is_html and live.state[row.address]:
        # Too long to show; and HTML is easier to keep in a file of its own.
        value = "{file: content/…}"
    else:
        try:
            value = written(row, live.state[row.address], indent=depth + 2)
        except Invalid:
            return ""
    head = ""
    if not subject.declared:
        # A number is written as one; what else an id holds may need quotes.
        sis_id = f"sis_course_id:{live.sis_course_id}".replace("${", "$${") if live.sis_course_id else ""
        head = f"courses:\n  - id: {scalar_text(sis_id, indent=4) if sis_id else live.id}\n"
    margin = " " * depth
    return f"{head}{margin}{row.group}:\n{margin}  {row.name}: {value}\n"
