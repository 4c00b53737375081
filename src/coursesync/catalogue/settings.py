"""The rows of `settings`: written with PUT /api/v1/courses/:id/settings, whose answer proves the write."""

from __future__ import annotations

from coursesync.catalogue.field import (
    Case,
    Circumstance,
    Clear,
    Endpoint,
    Feature,
    Field,
    Read,
    Refused,
    ResourceType,
    Risk,
    Step,
    Transition,
)
from coursesync.catalogue.moments import time_of_day
from coursesync.catalogue.scalars import boolean, colour, integer, text
from coursesync.catalogue.types import Value, ValueType

GROUP = "settings"

_SOURCE = "Canvas: courses_controller.rb, update_settings; lib/api/v1/course.rb, course_settings_json"
_STORED_FALSE = "Canvas stores null as an explicit false and cannot go back to inheriting; declare false."
_LOCKED = "An account above may lock this setting; then Canvas keeps showing the account's value."

_OVERRIDE = Feature(name="final_grades_override")
_BY_GROUP = Feature(name="filter_speed_grader_by_student_group", of_root=True)


def _row(
    name: str,
    doc: str,
    *,
    type: ValueType | None = None,  # noqa: A002 - the name of the attribute it fills
    readable: bool = True,
    default: Value = False,
    clear: Clear | None = None,
    null_means: bool | str | None = None,
    inherited: bool = False,
    transitions: tuple[Transition, ...] = (),
    ignored: str = "",
    note: str = "",
    graphql: bool = True,
    logged: tuple[str, ...] = (),
    feature: Feature | None = None,
) -> Field:
    """Make a row of this group: a boolean, false at first, that cannot be emptied unless said otherwise."""
    return Field(
        name=name,
        group=GROUP,
        type=type or boolean(),
        doc=doc,
        source=_SOURCE,
        step=Step.SETTINGS,
        read=Read(endpoint=Endpoint.SETTINGS, keys=(name,), graphql=graphql) if readable else None,
        default=default,
        clear=clear,
        no_clear=_STORED_FALSE,
        null_means=null_means,
        inherited=inherited,
        transitions=transitions,
        ignored=ignored or (feature.missed if feature else _LOCKED if inherited else ""),
        note=note,
        logged=logged,
        feature=feature,
    )


_NULL = Clear()

SETTINGS = ResourceType(
    name=GROUP,
    doc="Settings of the course, as on Canvas's settings page.",
    fields=(
        _row(
            "allow_final_grade_override",
            "Whether teachers may override final grades.",
            clear=_NULL,
            null_means=False,
            transitions=(Transition(after=False, why="Final grades that were overridden are hidden"),),
            feature=_OVERRIDE,
        ),
        _row("allow_student_discussion_topics", "Whether students may start discussions.", default=True),
        _row(
            "allow_student_discussion_editing",
            "Whether students may edit and delete their replies.",
            default=True,
        ),
        _row(
            "allow_student_forum_attachments",
            "Whether students may attach files to discussions.",
            default=True,
        ),
        _row("allow_student_discussion_reporting", "Whether students may report replies.", default=True),
        _row(
            "allow_student_anonymous_discussion_topics",
            "Whether students may start anonymous discussions; matters only where the feature is on.",
        ),
        _row(
            "allow_student_organized_groups",
            "Whether students may organise their own groups.",
            default=True,
            clear=_NULL,
            null_means=False,
        ),
        _row(
            "filter_speed_grader_by_student_group",
            "Whether SpeedGrader is launched per student group.",
            feature=_BY_GROUP,
        ),
        _row("hide_final_grades", "Whether totals are hidden from students.", logged=("hide_final_grade",)),
        _row("hide_distribution_graphs", "Whether grade distribution graphs are hidden from students."),
        _row("hide_sections_on_course_users_page", "Whether students see no sections on the People page."),
        _row(
            "show_total_grade_as_points",
            "Whether totals are shown in points.",
            readable=False,
            note="Canvas switches it off when grades are weighted by assignment group.",
        ),
        _row("lock_all_announcements", "Whether new announcements take no comments.", inherited=True),
        _row("usage_rights_required", "Whether files need usage rights to be published.", inherited=True),
        _row(
            "restrict_student_past_view",
            "Whether students lose access after the end date.",
            inherited=True,
        ),
        _row(
            "restrict_student_future_view",
            "Whether students have no access before the start date.",
            inherited=True,
        ),
        _row(
            "restrict_quantitative_data",
            "Whether students see letter grades only.",
            ignored="It needs a feature of the root account.",
            # There it is made a boolean, here it is what was stored.
            graphql=False,
        ),
        _row(
            "show_announcements_on_home_page",
            "Whether recent announcements are shown on the home page.",
            clear=_NULL,
            null_means=False,
        ),
        _row(
            "home_page_announcement_limit",
            "How many announcements the home page shows.",
            type=integer(least=0, why="Canvas would store it, and show nothing."),
            default=None,
            clear=_NULL,
        ),
        _row(
            "syllabus_course_summary", "Whether the syllabus page lists assignments and events.", default=True
        ),
        _row(
            "default_due_time",
            "The time of day new due dates get, HH:MM:SS, or inherit for the account's.",
            type=time_of_day("inherit"),
            default="23:59:59",
            clear=Clear(value="inherit", readable=False),
            null_means="inherit",
            inherited=True,
            note="Due dates that exist do not move.",
        ),
        _row(
            "conditional_release",
            "Whether mastery paths are used.",
            inherited=True,
            transitions=(
                Transition(
                    before=True,
                    after=False,
                    risk=Risk.DESTRUCTIVE,
                    why="Canvas releases all mastery path content to the students at once",
                    cases=(
                        Case(
                            given={Circumstance.STUDENTS: False},
                            risk=Risk.LOSSY,
                            why="Canvas releases all mastery path content, and does not take that back",
                        ),
                    ),
                ),
            ),
        ),
        _row(
            "course_color",
            "The colour of the course (Canvas for Elementary), #RGB or #RRGGBB.",
            type=colour(),
            default=None,
            clear=_NULL,
        ),
        _row(
            "friendly_name",
            "The name students see (Canvas for Elementary).",
            type=text(empty_is_null=True),
            default=None,
            clear=_NULL,
            ignored="Canvas stores it but shows it only in Canvas for Elementary accounts.",
            note="Outside Canvas for Elementary it can never be read back.",
            # There the stored name is shown in every account.
            graphql=False,
        ),
    ),
    refused=tuple(
        Refused(name=name, group=GROUP, why="It is a signed address that changes.", instead=instead)
        for name, instead in {
            "image": "attributes.image_id or attributes.image",
            "banner_image": "attributes.banner_image_id or attributes.banner_image",
        }.items()
    ),
)
