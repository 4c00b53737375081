"""The shape of a catalogue row: everything coursesync knows about one field of Canvas, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum, StrEnum

from coursesync.catalogue.rights import CONTENT, CONTENT_OR_UPDATE, Right
from coursesync.catalogue.types import Value, ValueType


class Risk(StrEnum):
    """How much of a transition could be undone; `rank` orders them."""

    SAFE = "safe"
    LOSSY = "lossy"
    DESTRUCTIVE = "destructive"

    @property
    def rank(self) -> int:
        """Return 0 for safe, 1 for lossy, 2 for destructive."""
        return list(Risk).index(self)


class Circumstance(StrEnum):
    """What a course may be in the middle of, as a plan's Context calls it; risk may depend on it."""

    STUDENTS = "students"
    TERM_RUNS = "term_runs"
    FOLLOWERS = "followers"
    FOLLOWS = "follows"


class Obstacle(StrEnum):
    """What Canvas refuses a value for, beside rights, and can be asked about beforehand."""

    NO_FRONT_PAGE = "the course has no front page"
    HAS_LEARNERS = "students or observers are enrolled in it"
    FOLLOWS_BLUEPRINT = "it follows a blueprint itself"
    HAS_ENROLMENTS = "people are enrolled in it"


class Endpoint(StrEnum):
    """A resource of Canvas that is read with one GET; the value is its path below the host."""

    COURSE = "/api/v1/courses/{id}"
    SETTINGS = "/api/v1/courses/{id}/settings"


class Step(IntEnum):
    """Which request of a course carries a field, in the usual order of work."""

    ATTRIBUTES = 1
    SETTINGS = 2
    BLUEPRINT = 3
    TEMPLATE = 4
    EVENT = 5

    @property
    def endpoint(self) -> Endpoint:
        """Return where the request of this step goes."""
        return Endpoint.SETTINGS if self is Step.SETTINGS else Endpoint.COURSE

    @property
    def envelope(self) -> str | None:
        """Return the key that Canvas wants the parameters under, or None for the top level."""
        return None if self is Step.SETTINGS else "course"


class Absence(StrEnum):
    """What it means when Canvas leaves the key out of an answer."""

    NULL = "null"
    UNTOLD = "untold"


class Mark(Enum):
    """Marks in transitions and couplings: ANY matches every value; UNKNOWN is for Canvas to decide.

    Marks of defaults: UNSTATED where nobody can say it; INHERITED for the value of the account; FOLLOWS for
    that of the field which carries this one along.
    """

    ANY = "any"
    SET = "any but null"
    UNKNOWN = "unknown"
    FOLLOWS = "follows this field until it was set itself"
    UNSTATED = "no default known"
    INHERITED = "the account's value"


ANY, SET, UNKNOWN, FOLLOWS = Mark.ANY, Mark.SET, Mark.UNKNOWN, Mark.FOLLOWS
UNSTATED, INHERITED = Mark.UNSTATED, Mark.INHERITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How a field is read.

    endpoint: the GET that has it. keys: JSON keys, the first one present wins. include: the `include[]`
    it needs. documented: whether that include is in Canvas's documentation; where it is not, some
    Canvas may not answer. absent: what a missing key means. account_key: the key of the account's JSON
    (of the root account if `of_root`) whose value is read here while the course has none of its own.
    graphql: whether GraphQL's CourseSettings shows the same value as the settings do.
    """

    endpoint: Endpoint
    keys: tuple[str, ...]
    include: str | None = None
    documented: bool = True
    absent: Absence = Absence.UNTOLD
    account_key: str | None = None
    of_root: bool = False
    graphql: bool = True

    @property
    def graphql_name(self) -> str | None:
        """Return the field of GraphQL's CourseSettings that shows it, or None where only REST does.

        Canvas: course_settings_type.rb; the names are those of the settings in camel case.
        """
        if self.endpoint is not Endpoint.SETTINGS or not self.graphql:
            return None
        first, *rest = self.keys[0].split("_")
        return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """How a field is emptied: `key` (default: its own) is sent with `value`.

    readable is False where the result cannot be told from other values by reading.
    """

    key: str | None = None
    value: Value = None
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a change means under circumstances that are known; those not stated here do not matter.

    given: circumstance to whether it holds. `{count}` in `why` is how many courses follow this one.
    """

    given: Mapping[Circumstance, bool]
    risk: Risk = Risk.SAFE
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What a change from `before` to `after` means, and how Canvas is made to do it.

    risk, why: where no case holds for sure, so the most careful ones. cases: the first one that holds
    decides. events: the workflow events that do it. obstacles: what Canvas refuses it for. rights: it needs
    beside those of its field.
    """

    before: Value | Mark = ANY
    after: Value | Mark = ANY
    risk: Risk = Risk.SAFE
    why: str = ""
    cases: tuple[Case, ...] = ()
    events: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    rights: tuple[Right, ...] = ()

    def matches(self, before: Value | Mark, after: Value | Mark) -> bool:
        """Tell whether this row is about that change."""
        return matches(self.before, before) and matches(self.after, after)


def matches(pattern: Value | Mark, value: Value | Mark) -> bool:
    """Tell whether a value of a transition or coupling matches a real one."""
    if pattern is ANY:
        return True
    if pattern is SET:
        return value is not None
    return type(pattern) is type(value) and pattern == value


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """Another field that moves when this one is changed.

    field: its address. when: the value this one is given. if_live: what the other must read for it to
    move. becomes: its new value, UNKNOWN, or FOLLOWS (it reads as this field does until set itself).
    risk: what is lost by that.
    """

    field: str
    becomes: Value | Mark
    why: str
    when: Value | Mark = ANY
    if_live: Value | Mark = ANY
    risk: Risk = Risk.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Requires:
    """A value another field must have for Canvas to keep this one; else it is ignored silently."""

    field: str
    value: Value
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature option without which Canvas stores a value and keeps showing another one.

    name: as Canvas calls it. of_root: whether the root account alone decides it.
    """

    name: str
    of_root: bool = False

    @property
    def missed(self) -> str:
        """Say what happens while it is off."""
        return f"Canvas reads it as false while the feature {self.name} is off."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """Another key under which a manifest may declare a field, with a value of another kind.

    name: the key, in the group of the field. type: what stands there; its `parse` returns a value of the
    field, or a text that stands for one until Canvas is asked, and its `spell` goes the way back. doc: for
    users, as that of a field.
    """

    name: str
    type: ValueType
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a course.

    name: its key in a manifest, Canvas's read name. group: the manifest key it stands under.
    type: what its values look like. doc: one sentence for users. source: where in Canvas the facts are from.
    step, key: which request carries it, and under which parameter (default: its name).
    read: how it is read, or None for a field Canvas takes but never shows.
    default: what it reads as where nobody set it; what an account may have set instead stands as UNSTATED,
    INHERITED, or, where `inherited`, as what Canvas falls back to itself.
    clear: how null is sent, or None with `no_clear` saying why it cannot be; null_means: what null reads as.
    transitions: risk by change; SAFE where none matches. couples, requires: see there.
    conflicts: addresses that may not be declared together with it, unless one of the two is null.
    sticky: a write detaches the field from SIS imports. inherited: a first write pins the account's value.
    ignored: why Canvas may answer 200 and change nothing. note: what else to know before changing it.
    logged: what else than its name or parameter the audit log calls it. rights: what a change needs beside
    what its request needs. feature: what must be on for anything but false to be shown.
    spellings: other keys for it. spells: in the row of such a key, the name of the field it declares.
    wants_published: Canvas keeps it on a published course even where `requires` is not met. lasting: what a
    change leaves behind that setting the old value again does not mend. folder: where in a course its
    files are kept. address: the one name the field has everywhere, such as `settings.hide_final_grades`.
    """

    name: str
    group: str
    type: ValueType
    doc: str
    source: str
    step: Step
    key: str = ""
    read: Read | None
    default: Value | Mark = UNSTATED
    clear: Clear | None = None
    no_clear: str = "Canvas has no way to empty this field."
    null_means: Value = None
    transitions: tuple[Transition, ...] = ()
    couples: tuple[Couple, ...] = ()
    requires: tuple[Requires, ...] = ()
    conflicts: tuple[str, ...] = ()
    sticky: bool = False
    inherited: bool = False
    ignored: str = ""
    note: str = ""
    wants_published: bool = False
    logged: tuple[str, ...] = ()
    rights: tuple[Right, ...] = ()
    feature: Feature | None = None
    lasting: str = ""
    folder: str = ""
    spellings: tuple[Spelling, ...] = ()
    spells: str = ""
    address: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked for a hundred times for every course.
        object.__setattr__(self, "address", f"{self.group}.{self.spells or self.name}")

    @property
    def path(self) -> str:
        """Return the group and the key under which a manifest declares it; the address but for a spelling."""
        return f"{self.group}.{self.name}"

    @property
    def spelled(self) -> tuple[Field, ...]:
        """Return the rows of its spellings: the same field, as a manifest declares it under another key."""
        return tuple(
            replace(
                self,
                name=other.name,
                type=other.type,
                doc=other.doc,
                key=self.parameter,
                spellings=(),
                spells=self.name,
            )
            for other in self.spellings
        )

    @property
    def parameter(self) -> str:
        """Return the parameter that carries it to Canvas."""
        return self.key or self.name

    @property
    def diffable(self) -> bool:
        """Tell whether Canvas shows the field, so that it can be compared and verified."""
        return self.read is not None

    def normal(self, value: Value) -> Value:
        """Return the form of a value for comparing; a null counts as what it reads as."""
        return self.type.normalise(self.null_means) if value is None else self.type.normalise(value)

    def same(self, one: Value, other: Value) -> bool:
        """Tell whether two values are the same to Canvas."""
        left, right = self.normal(one), self.normal(other)
        return type(left) is type(right) and left == right

    def transition(self, before: Value, after: Value) -> Transition:
        """Return what the catalogue says about a change; a safe one where it says nothing."""
        found = (row for row in self.transitions if row.matches(before, after))
        return next(found, Transition())

    def needs(self, before: Value, after: Value) -> tuple[Right, ...]:
        """Return the rights a change needs: those of its request, of the field, and of this very change."""
        return (*_ASKED_BY[self.step], *self.rights, *self.transition(before, after).rights)


# What Canvas asks for before it looks at any field; an event that travels alone needs its own right only.
_ASKED_BY: Mapping[Step, tuple[Right, ...]] = {
    Step.ATTRIBUTES: (CONTENT_OR_UPDATE,),
    Step.SETTINGS: (CONTENT,),
    Step.BLUEPRINT: (CONTENT_OR_UPDATE,),
    Step.TEMPLATE: (CONTENT_OR_UPDATE,),
    Step.EVENT: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A name Canvas knows and a manifest may not declare: why, and what to declare instead."""

    name: str
    group: str
    why: str
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A group of fields as it stands in a manifest: its key, what it is, its rows, names refused there."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    refused: tuple[Refused, ...] = ()
