"""Where each accepted value is to be written: into an entry, a profile, a file of HTML, or a new entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Invalid, Value, shown
from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.dump import written
from coursesync.manifest.edit.entry import first_entry, free_name, not_found
from coursesync.manifest.edit.file import Setting
from coursesync.manifest.edit.includes import Included
from coursesync.manifest.edit.refusals import included, named, refusal
from coursesync.manifest.entries import PolicyEntry, ProfileEntry, Project
from coursesync.manifest.layers import MAPS
from coursesync.manifest.resolve import Ground, Resolved
from coursesync.manifest.values import writable_id
from coursesync.model import Address, DesiredCourse, LiveCourse
from coursesync.steps.diff import managed
from coursesync.workflow.accept.wishes import Wish, in_force
from coursesync.workflow.reading import Pair, Reading

OWN_ENTRY, NEW_ENTRY = "course", "new entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A wish, and where it is to be written.

    into: what is written, for people: `course`, `profile X`, the path of a file. file: the one to edit.
    setting: what is declared there, or None where the whole file is the value. replaced: the places of the
    keys whose value this is, none where a key is added. entry: the id of the entry it is added to.
    """

    wish: Wish
    into: str
    file: str
    setting: Setting | None = None
    replaced: frozenset[Position] = frozenset()
    entry: str | None = None

    @property
    def shared(self) -> bool:
        """Tell whether other courses may get the same value from there."""
        return self.into not in {OWN_ENTRY, NEW_ENTRY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry that is made for a course without one: its id, its file, and the place of the id in it."""

    id: str
    file: str
    content: bytes
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What is known of the layers: profiles by the places of their keys, and who gets a value from where.

    users: for the place of each key the courses whose value stands there, as far as the whole fleet was read.
    unread: the same for courses that could not be read, by name. files: of the declarations that have one.
    judged: what was found out so far about the places whose value several courses get.
    """

    ground: Ground
    project: Project
    profiles: Mapping[Position, ProfileEntry]
    users: Mapping[Position, Sequence[Pair]]
    unread: Mapping[Position, Sequence[str]]
    files: Mapping[Position, Included]
    into_profile: bool
    into_files: bool
    judged: dict[Position, Diagnostic | None] = field(default_factory=dict, repr=False, compare=False)


def layout(
    resolved: Resolved,
    whole: Reading,
    project: Project,
    *,
    files: Mapping[Position, Included],
    into_profile: bool,
    into_files: bool,
) -> Layout:
    """Return who gets which value from where; whole: the whole fleet, where other courses matter."""
    users: dict[Position, list[Pair]] = {}
    unread: dict[Position, list[str]] = {}
    for pair in whole.pairs:
        for place in _winning(pair.desired):
            users.setdefault(place, []).append(pair)
    for desired in _unread(resolved, whole):
        for place in _winning(desired):
            unread.setdefault(place, []).append(desired.id)
    profiles = resolved.ground.profiles.values()
    return Layout(
        ground=resolved.ground,
        project=project,
        profiles={place: profile for profile in profiles for place in profile.declared.positions.values()},
        users=users,
        unread=unread,
        files=files,
        into_profile=into_profile,
        into_files=into_files,
    )


def _winning(desired: DesiredCourse) -> Iterator[Position]:
    for address in managed(desired):
        yield desired.origins[address][-1].position


def _unread(resolved: Resolved, whole: Reading) -> Iterator[DesiredCourse]:
    """Yield the courses that are declared or matched and were not read, as far as known without them."""
    read = {pair.desired.id for pair in whole.pairs}
    yield from (course for course in resolved.courses if course.id not in read)
    numbers = {pair.live.id for pair in whole.pairs}
    matched: dict[int, list[str]] = {}
    for name, match in whole.matches.items():
        for live in match.courses:
            if live.id not in numbers:
                matched.setdefault(live.id, []).append(name)
    for number, names in matched.items():
        yield resolved.layered(names, None, id=str(number))[0]


def place(wish: Wish, known: Layout, entries: MutableMapping[int, Entry]) -> Order | Diagnostic:
    """Return where a wish is to be written, or why it cannot be.

    entries: made so far for courses that have none, by the id of the course; added to.
    """
    ground = known.ground
    policy = _enforced(wish, ground)
    if policy:
        return _ruled(wish, policy, ground)
    entry = ground.entries.get(wish.pair.desired.id)
    owner = entry.position if entry else None
    own = bool(entry and wish.declared in entry.declared.state)
    profile = known.profiles.get(wish.place) if known.into_profile and not own else None
    if own or profile:
        file = known.files.get(wish.place)
        if file and known.into_files:
            return _into_file(wish, file, known)
    if profile:
        return _into_profile(wish, profile, known)
    if owner and entry:
        return _order(wish, OWN_ENTRY, owner, own=own, entry=None if own else entry.id)
    return _into_new_entry(wish, known, entries)


def _into_profile(wish: Wish, profile: ProfileEntry, known: Layout) -> Order | Diagnostic:
    what = f"The profile {shown(profile.name)}"
    if wish.place not in known.judged:
        instead = "the course's own entry"
        known.judged[wish.place] = _disagreement(wish, [wish.place], known, what=what, instead=instead)
    return known.judged[wish.place] or _order(wish, f"profile {profile.name}", profile.position, own=True)


def _into_file(wish: Wish, file: Included, known: Layout) -> Order | Diagnostic:
    if not file.written.endswith(".html"):
        return replace(included(wish.field, file.written, at=wish.place), course=wish.pair.desired.id)
    places = [place for place, other in known.files.items() if other.path == file.path]
    if wish.place not in known.judged:
        known.judged[wish.place] = _disagreement(wish, places, known, what=file.name)
    return known.judged[wish.place] or Order(
        wish=wish, into=file.name, file=file.name, replaced=frozenset(places)
    )


def _disagreement(
    wish: Wish, places: Sequence[Position], known: Layout, *, what: str, instead: str = ""
) -> Diagnostic | None:
    """Return a refusal if the courses that get the field from these places differ in Canvas."""
    pairs = [pair for place in places for pair in known.users.get(place, ())]
    unread = [name for place in places for name in known.unread.get(place, ())]
    values: list[tuple[Address, Value, list[str]]] = []
    for pair in pairs:
        field = in_force(wish.field, pair.live.state)
        if field not in pair.live.state:
            unread.append(pair.desired.id)
            continue
        value = pair.live.state[field]
        alike = (names for at, other, names in values if at == field and FIELDS[at].same(other, value))
        names = next(alike, None)
        if names is None:
            values.append((field, value, [pair.desired.id]))
        else:
            names.append(pair.desired.id)
    if len(values) <= 1 and not unread:
        return None
    said = [f"{_said(value, field)} in {named(names)}" for field, value, names in values]
    said += [f"unknown in {named(unread)}"] if unread else []
    detail = (
        f"{what} gives {wish.declared} to several courses, and Canvas has not the same in all of them: "
        f"{'; '.join(said)}."
    )
    hint = f"Leave out --into-profile to write it into {instead}." if instead else "Edit the file by hand."
    return refusal(detail, at=wish.place, hint=hint)


def _into_new_entry(wish: Wish, known: Layout, entries: MutableMapping[int, Entry]) -> Order | Diagnostic:
    live, project = wish.pair.live, known.project
    if live.id not in entries:
        refused = not_found(project, at=wish.place, course=wish.pair.desired.id)
        if refused:
            return refused
        file = free_name(project, live, [entry.file for entry in entries.values()])
        name = _id_of(live)
        content, position = first_entry(name, file)
        entries[live.id] = Entry(id=name, file=file, content=content, position=position)
    entry = entries[live.id]
    return _order(wish, NEW_ENTRY, entry.position, own=False, entry=entry.id)


def _order(wish: Wish, into: str, owner: Position, *, own: bool, entry: str | None = None) -> Order:
    replaces = wish.declared if own and wish.declared != wish.field else None
    return Order(
        wish=wish,
        into=into,
        file=owner.file,
        setting=Setting(owner=owner, field=wish.field, value=wish.after, replaces=replaces),
        replaced=frozenset({wish.place}) if own else frozenset(),
        entry=entry,
    )


def _id_of(live: LiveCourse) -> str:
    """Return the id to declare a course by: its SIS id if a manifest can say that, or its number."""
    wanted = f"sis_course_id:{live.sis_course_id}"
    try:
        return writable_id(wanted) if live.sis_course_id else str(live.id)
    except Invalid:
        return str(live.id)


def _enforced(wish: Wish, ground: Ground) -> PolicyEntry | None:
    """Return the enforced policy that decides a field of a course, if one does."""
    subject = set(MAPS) if wish.declared in MAPS else {wish.declared}
    for name in wish.pair.policies:
        if ground.policies[name].enforce and not subject.isdisjoint(ground.merged[name].state):
            return ground.policies[name]
    return None


def _ruled(wish: Wish, policy: PolicyEntry, ground: Ground) -> Diagnostic:
    origins = ground.merged[policy.name].origins
    place = origins[wish.declared][-1].position if wish.declared in origins else policy.position
    name, ruled = shown(policy.name), _said(wish.before, wish.declared)
    detail = (
        f'The policy "{name}" is enforced and sets {wish.declared} here to {ruled}; '
        "an entry that says what Canvas has would be an error."
    )
    hint = f"Change the policy, or add the course to the except of {name}."
    return refusal(detail, at=place, hint=hint, course=wish.pair.desired.id)


def _said(value: Value, field: Address) -> str:
    if isinstance(value, Mapping):
        return f"{FIELDS[field].name} {written(FIELDS[field], value)}"
    text = "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return shown(text) or "an empty text"
