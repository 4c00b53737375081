"""Give fields of one manifest other values: the bytes of the file after it, and why some were left alone.

Nothing else changes by a byte; both texts are read again and compared before the new one is given out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursesync.catalogue import DECLARABLE, FIELDS
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Invalid, Value
from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.dump import written
from coursesync.manifest.edit import refusals
from coursesync.manifest.edit.nodes import Kind, Node, Page, Way, way
from coursesync.manifest.edit.page import page
from coursesync.manifest.edit.splices import Addition, Splice, added, has_comment, replaced, spliced, swapped
from coursesync.manifest.edit.values import declares
from coursesync.manifest.models import COURSE, GROUPS
from coursesync.manifest.places import Location, finder, plain
from coursesync.manifest.yaml import Listed, Mapped, Pair, Tree, parse
from coursesync.model import Address

_BOM = b"\xef\xbb\xbf"
_VARIABLE = re.compile(r"(?<!\$)\$\{")
_KEYS = tuple(COURSE.model_fields)
_NAMES = {group: tuple(row.name for row in DECLARABLE.values() if row.group == group) for group in GROUPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field to be declared: in the course entry whose `id` stands at `owner`, or the profile named there.

    replaces: the field that is declared there so far instead; only one of the restriction maps can be.
    """

    owner: Position
    field: Address
    value: Value
    replaces: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A file after the edit, and for each setting where its key stands now, or why it was left alone."""

    content: bytes
    outcomes: tuple[Position | Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The text of a manifest, and what it says."""

    text: str
    tree: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A setting, its number, where its owner stands, and the row of the key that declares the field there."""

    number: int
    setting: Setting
    row: Field
    owner: Location

    @property
    def old(self) -> Location:
        """Return where the value stands so far."""
        return (*self.owner, *(self.setting.replaces or self.row.path).split("."))

    @property
    def new(self) -> Location:
        """Return where the value will stand."""
        return (*self.owner, *self.row.path.split("."))


def edited(content: bytes, settings: Sequence[Setting], *, file: str) -> Edited:
    """Write settings into a manifest without errors; those that cannot be written safely are left out."""
    bom = _BOM if content.startswith(_BOM) else b""
    before = _read(content[len(bom) :].decode(), file)
    outcomes: dict[int, Position | Diagnostic] = {}
    if before is None:
        return Edited(content=content, outcomes=tuple(_unsafe(setting) for setting in settings))
    there, jobs = page(before.text), []
    owners, find = _owners(before.tree), finder(before.tree)
    for number, setting in enumerate(settings):
        owner = owners.get(setting.owner, ("nowhere",))
        row = _key(find(owner).value, setting)
        job = _Job(number=number, setting=setting, row=row, owner=owner)
        refused = _refused(there, job, file)
        if refused:
            outcomes[number] = refused
        else:
            jobs.append(job)
    after, done = _tried(before, there, jobs, file)
    find, landed = finder(after.tree), {job.number for job in done}
    outcomes |= {
        job.number: find(job.new).key if job.number in landed else _unsafe(job.setting) for job in jobs
    }
    return Edited(
        content=bom + after.text.encode(),
        outcomes=tuple(outcomes[number] for number in range(len(settings))),
    )


def _key(owner: Tree, setting: Setting) -> Field:
    """Return the row of the key that declares a field so far, else of the first that can say the value."""
    row = FIELDS[setting.field]
    if not row.spellings:
        return row
    there = {f"{group.key}.{pair.key}" for group in _pairs(owner) for pair in _pairs(group.value)}
    keys = (row, *row.spelled)
    present = next((key for key in keys if key.path in there), None)
    return present or next((key for key in keys if _says(key, setting.value)), row)


def _says(row: Field, value: Value) -> bool:
    try:
        written(row, value)
    except Invalid:
        return False
    return True


def _unsafe(setting: Setting) -> Diagnostic:
    return refusals.unsafe(setting.field, at=setting.owner)


def _read(text: str, file: str) -> _Text | None:
    parsed = parse(text.encode(), file=file)
    return None if parsed.tree is None or parsed.diagnostics else _Text(text=text, tree=parsed.tree)


def _owners(tree: Tree) -> Mapping[Position, Location]:
    """Return where each course entry and profile is, by the place of its id or name."""
    found: dict[Position, Location] = {}
    for pair in _pairs(tree):
        if pair.key == "courses" and isinstance(pair.value, Listed):
            for number, item in enumerate(pair.value.items):
                found |= {inner.position: ("courses", number) for inner in _pairs(item) if inner.key == "id"}
        if pair.key == "profiles":
            found |= {inner.position: ("profiles", inner.key) for inner in _pairs(pair.value)}
    return found


def _pairs(tree: Tree) -> tuple[Pair, ...]:
    return tree.entries if isinstance(tree, Mapped) else ()


def _refused(there: Page, job: _Job, file: str) -> Diagnostic | None:
    """Return why a value may not be written where it would have to stand."""
    field, path = job.setting.field, way(there.top, job.old)
    at = Position(file=file, line=path.last.line, column=there.column(path.last) + 1)
    if path.lacking and path.last.kind is Kind.ALIAS:
        return refusals.alias(field, path.last.name, at=at)
    if not path.lacking:
        if job.row.type.is_html and path.last.meant.kind is Kind.MAP:
            return refusals.included(field, _file_of(path.last.meant), at=at)
        if _VARIABLE.search(there.text, path.last.body, path.last.end):
            return refusals.variable(field, at=at)
        if job.setting.replaces and path.last.kind is Kind.MAP and has_comment(there, path.last):
            return refusals.commented(field, at=at)
    anchor = there.shared(path.nodes)
    if anchor:
        return refusals.shared(field, anchor, at=at)
    try:
        list(_splices(there, [job]))
    except Invalid as invalid:
        return refusals.undeclarable(field, invalid, at=at)
    return None


def _file_of(node: Node) -> str:
    return next((value.meant.value for key, value in node.pairs if key.value == "file"), "")


def _tried(before: _Text, there: Page, jobs: Sequence[_Job], file: str) -> tuple[_Text, tuple[_Job, ...]]:
    """Do all jobs, or, where the text would not read as meant, those that can be done together."""
    after = _attempt(before, there, jobs, file)
    if after is not None:
        return after, tuple(jobs)
    if len(jobs) == 1:
        return before, ()
    half = len(jobs) // 2
    first, done = _tried(before, there, jobs[:half], file)
    _, more = _tried(before, there, jobs[half:], file)
    both = _attempt(before, there, (*done, *more), file)
    return (both, (*done, *more)) if both is not None else (first, done)


def _attempt(before: _Text, there: Page, jobs: Sequence[_Job], file: str) -> _Text | None:
    try:
        text = spliced(before.text, _splices(there, jobs))
    except ValueError:
        return None
    # A block that ends the file may need the line break at its end.
    for variant in (text, text if text.endswith(("\n", "\r")) else text + there.newline):
        after = _read(variant, file)
        if after is not None and _as_meant(before.tree, after.tree, jobs):
            return after
    return None


def _splices(there: Page, jobs: Iterable[_Job]) -> Iterator[Splice]:
    by_owner: dict[Location, list[_Job]] = {}
    for job in jobs:
        by_owner.setdefault(job.owner, []).append(job)
    order = {address: number for number, address in enumerate(FIELDS)}
    for owner, own in by_owner.items():
        missing: dict[str, list[Addition]] = {}
        for job in sorted(own, key=lambda job: order[job.setting.field]):
            path = way(there.top, job.old)
            if path.lacking:
                addition = Addition(key=job.row.name, row=job.row, value=job.setting.value)
                missing.setdefault(job.row.group, []).append(addition)
            else:
                yield from _changed(there, job, path)
        yield from _additions(there, owner, missing)


def _changed(there: Page, job: _Job, path: Way) -> Iterator[Splice]:
    assert path.key is not None  # noqa: S101 - a field stands under its name
    value = job.setting.value
    if job.setting.replaces and isinstance(value, Mapping):
        yield from swapped(there, path.key, path.last, job.row, value)
    else:
        flow = _in_braces(path.nodes[:-1])
        yield from replaced(there, path.key, path.last, job.row, value, flow=flow)


def _additions(there: Page, owner: Location, missing: Mapping[str, Sequence[Addition]]) -> Iterator[Splice]:
    """Yield what adds keys to the groups of an owner, then what adds the groups it lacks."""
    groups: list[Addition] = []
    for group in GROUPS:
        if group in missing:
            path = way(there.top, (*owner, group))
            if path.lacking:
                groups.append(Addition(key=group, inside=tuple(missing[group])))
            else:
                flow = _in_braces(path.nodes)
                yield from added(there, path.last, missing[group], order=_NAMES[group], flow=flow)
    path = way(there.top, owner)
    yield from added(there, path.last, groups, order=_KEYS, flow=_in_braces(path.nodes))


def _in_braces(nodes: Iterable[Node]) -> bool:
    return any(node.flow for node in nodes)


def _as_meant(before: Tree, after: Tree, jobs: Sequence[_Job]) -> bool:
    """Tell whether exactly the fields of the jobs differ, and now say what they should."""
    find = finder(after)
    for job in jobs:
        if not declares(job.row, plain(find(job.new).value), job.setting.value):
            return False
    return bool(_without(plain(before), jobs) == _without(plain(after), jobs))


def _without(document: Any, jobs: Iterable[_Job]) -> Any:
    """Take the fields of jobs out of a document, and groups that are empty then."""
    for job in jobs:
        owner = document
        for step in job.owner:
            owner = owner[step]
        for group, name in (job.old[-2:], job.new[-2:]):
            if group in owner:
                owner[group].pop(name, None)
                if not owner[group]:
                    del owner[group]
    return document
