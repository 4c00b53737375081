"""The rows of `blueprint`: the switch and the two restriction maps, of which one at a time is in force."""

from __future__ import annotations

from coursesync.catalogue.field import (
    SET,
    UNKNOWN,
    Absence,
    Case,
    Circumstance,
    Couple,
    Endpoint,
    Field,
    Obstacle,
    Read,
    Refused,
    Requires,
    ResourceType,
    Risk,
    Step,
    Transition,
)
from coursesync.catalogue.maps import locks, maps_of
from coursesync.catalogue.rights import BLUEPRINTS
from coursesync.catalogue.scalars import boolean
from coursesync.catalogue.types import Value, ValueType

GROUP = "blueprint"

_SOURCE = "Canvas: app/models/master_courses/master_template.rb; courses_controller.rb, update"
_RIGHT = f"It needs the right to {BLUEPRINTS.words}."
_LIFT = "Canvas ignores null here; declare {} to lift every restriction."

# The parameter that says which of the two maps is in force; the map declared chooses it.
MODE_PARAMETER = "use_blueprint_restrictions_by_object_type"

_LOCKS = locks(
    ("content", "points", "due_dates", "availability_dates"),
    # Accepted by Canvas, in no documentation and not in its pages.
    ("settings", "state"),
)
_TYPES = ("assignment", "attachment", "discussion_topic", "quiz", "wiki_page", "course_pace")

_RESTRICTIONS = "restrictions"
_BY_TYPE = "restrictions_by_object_type"
_OTHER = {_RESTRICTIONS: _BY_TYPE, _BY_TYPE: _RESTRICTIONS}
_GONE = "only one of the two maps is in force; Canvas keeps the other one unseen"

ENABLED = Field(
    name="enabled",
    group=GROUP,
    type=boolean(),
    doc="Whether this course is a blueprint.",
    source=_SOURCE,
    step=Step.BLUEPRINT,
    key="blueprint",
    read=Read(endpoint=Endpoint.COURSE, keys=("blueprint",)),
    default=False,
    no_clear="Canvas would take null for false and end the blueprint; declare false to do that.",
    transitions=(
        Transition(
            before=True,
            after=False,
            risk=Risk.DESTRUCTIVE,
            why="Ending a blueprint cuts off every course that follows it, and nothing ties them again",
            cases=(
                Case(
                    given={Circumstance.FOLLOWERS: False},
                    why="No course follows it; made a blueprint again, it has its restrictions back",
                ),
                Case(
                    given={Circumstance.FOLLOWERS: True},
                    risk=Risk.DESTRUCTIVE,
                    why="Ending this blueprint cuts off {count} from it, and nothing ties them again",
                ),
            ),
        ),
        Transition(after=True, obstacles=(Obstacle.HAS_LEARNERS, Obstacle.FOLLOWS_BLUEPRINT)),
    ),
    couples=tuple(
        couple
        for name in _OTHER
        for couple in (
            Couple(
                field=f"{GROUP}.{name}",
                when=False,
                if_live=SET,
                becomes=None,
                why="a course that is no blueprint has no restrictions",
            ),
            Couple(
                field=f"{GROUP}.{name}",
                when=True,
                if_live=None,
                becomes=UNKNOWN,
                why="Canvas starts with content locked, or revives the restrictions of an earlier time",
            ),
        )
    ),
    ignored=_RIGHT,
    rights=(BLUEPRINTS,),
    note="Needs a course without students or observers that follows no other blueprint.",
)


def _map(name: str, type_: ValueType, doc: str, *, default: Value, lost: Risk = Risk.SAFE, why: str) -> Field:
    """Make the row of one of the two maps; `lost` and `why` are about leaving the other map for this one."""
    return Field(
        name=name,
        group=GROUP,
        type=type_,
        doc=doc,
        source=_SOURCE,
        step=Step.BLUEPRINT,
        key=f"blueprint_{name}",
        read=Read(endpoint=Endpoint.COURSE, keys=(f"blueprint_{name}",), absent=Absence.NULL),
        default=default,
        no_clear=_LIFT,
        couples=(Couple(field=f"{GROUP}.{_OTHER[name]}", if_live=SET, becomes=None, risk=lost, why=why),),
        requires=(
            Requires(
                field=ENABLED.address,
                value=True,
                why="Canvas ignores restrictions of a course that is no blueprint",
            ),
        ),
        conflicts=(f"{GROUP}.{_OTHER[name]}",),
        ignored=_RIGHT,
        rights=(BLUEPRINTS,),
        note="Takes effect in the courses that follow at their next sync.",
    )


RESTRICTIONS = _map(
    _RESTRICTIONS,
    _LOCKS,
    "What is locked in every item of the blueprint that is locked.",
    default={"content": True},
    lost=Risk.LOSSY,
    why=f"{_GONE}, and items may keep the locks of their type until their restrictions change again",
)
BY_TYPE = _map(
    _BY_TYPE,
    maps_of(_LOCKS, _TYPES),
    "What is locked, by type of item.",
    default={},
    why=_GONE,
)

BLUEPRINT = ResourceType(
    name=GROUP,
    doc="The blueprint switch and its restrictions.",
    fields=(ENABLED, RESTRICTIONS, BY_TYPE),
    refused=tuple(
        Refused(name=name, group=GROUP, why="It is Canvas's name for writing.", instead=instead)
        for name, instead in {
            ENABLED.parameter: ENABLED.address,
            RESTRICTIONS.parameter: RESTRICTIONS.address,
            BY_TYPE.parameter: BY_TYPE.address,
            MODE_PARAMETER: BY_TYPE.address,
        }.items()
    ),
)
