"""The rows of `attributes`: what is written with PUT /api/v1/courses/:id, and why Canvas may not keep it."""

from __future__ import annotations

from coursesync.catalogue.field import (
    FOLLOWS,
    INHERITED,
    SET,
    UNKNOWN,
    UNSTATED,
    Absence,
    Case,
    Circumstance,
    Clear,
    Couple,
    Endpoint,
    Field,
    Mark,
    Obstacle,
    Read,
    Refused,
    Requires,
    ResourceType,
    Risk,
    Spelling,
    Step,
    Transition,
)
from coursesync.catalogue.moments import instant, time_zone
from coursesync.catalogue.names import Kind, name_of
from coursesync.catalogue.pictures import picture
from coursesync.catalogue.rights import (
    ADD_TEMPLATE,
    AVAILABILITY,
    CONCLUSION,
    DELETE_TEMPLATE,
    DELETION,
    GRADES,
    MANAGE_COURSES,
    PUBLISH,
    QUOTAS,
    SIS,
    UPDATE,
    VISIBILITY,
    Right,
)
from coursesync.catalogue.scalars import boolean, choice, html_text, integer, reference, text, url
from coursesync.catalogue.types import Value, ValueType

GROUP = "attributes"

# The states a course can read as.
UNPUBLISHED, AVAILABLE, COMPLETED, DELETED = "unpublished", "available", "completed", "deleted"

# What Canvas stores for each: the account list filters by these (Canvas: course.rb, workflow).
STORED_STATES = {
    UNPUBLISHED: ("created", "claimed"),
    AVAILABLE: ("available",),
    COMPLETED: ("completed",),
    DELETED: ("deleted",),
}

# The events that change it.
OFFER, CLAIM, CONCLUDE, DELETE, UNDELETE = "offer", "claim", "conclude", "delete", "undelete"

_UPDATE = "Canvas drops it where the token's user may edit content but not update the course."
_RENAMING = f"{_UPDATE} So it does where the account forbids teachers to rename courses."
_NULL = Clear()


def _course(
    *keys: str,
    include: str | None = None,
    documented: bool = True,
    absent: Absence = Absence.UNTOLD,
    account_key: str | None = None,
    of_root: bool = False,
) -> Read:
    return Read(
        endpoint=Endpoint.COURSE,
        keys=keys,
        include=include,
        documented=documented,
        absent=absent,
        account_key=account_key,
        of_root=of_root,
    )


def _column(name: str) -> Read:
    """Read a database column by naming it in include[], which no documentation promises."""
    return _course(name, include=name, documented=False)


def _settings(key: str) -> Read:
    return Read(endpoint=Endpoint.SETTINGS, keys=(key,))


_PLAIN = _course("")


def _row(
    name: str,
    type: ValueType,  # noqa: A002 - the name of the attribute it fills
    doc: str,
    *,
    source: str,
    read: Read | None = _PLAIN,
    step: Step = Step.ATTRIBUTES,
    key: str = "",
    default: Value | Mark,
    clear: Clear | None = None,
    no_clear: str = "Canvas has no way to empty this field.",
    null_means: bool | str | None = None,
    transitions: tuple[Transition, ...] = (),
    couples: tuple[Couple, ...] = (),
    requires: tuple[Requires, ...] = (),
    conflicts: tuple[str, ...] = (),
    sticky: bool = False,
    ignored: str = _UPDATE,
    note: str = "",
    lasting: str = "",
    wants_published: bool = False,
    logged: tuple[str, ...] = (),
    rights: tuple[Right, ...] = (UPDATE,),
    spellings: tuple[Spelling, ...] = (),
    folder: str = "",
) -> Field:
    """Make a row of this group; read by its own name from the course unless said otherwise."""
    return Field(
        name=name,
        group=GROUP,
        type=type,
        doc=doc,
        source=source,
        step=step,
        key=key,
        read=_course(name) if read is _PLAIN else read,
        default=default,
        clear=clear,
        no_clear=no_clear,
        null_means=null_means,
        transitions=transitions,
        couples=couples,
        spellings=spellings,
        requires=requires,
        conflicts=conflicts,
        sticky=sticky,
        ignored=ignored,
        note=note,
        lasting=lasting,
        wants_published=wants_published,
        logged=logged,
        rights=rights,
        folder=folder,
    )


_COURSE_RB = "Canvas: app/models/course.rb"
_UPDATE_RB = "Canvas: app/controllers/courses_controller.rb, update"
_BLANK_FALSE = "Canvas turns null into false here; declare false."
_STORED_FALSE = "Canvas stores null as an explicit false and cannot go back to inheriting; declare false."

_AT_ONCE = Case(
    given={Circumstance.STUDENTS: True, Circumstance.TERM_RUNS: True},
    why="Its term is running: what its students may enter changes at once",
)

RESTRICT = _row(
    "restrict_enrollments_to_course_dates",
    boolean(),
    "Whether the course's own dates, not the term's, decide when students may enter.",
    default=False,
    source=f"{_UPDATE_RB}: every attribute PUT drops dates while it is false",
    no_clear=_BLANK_FALSE,
    sticky=True,
    transitions=(Transition(cases=(_AT_ONCE,)),),
    rights=(UPDATE, AVAILABILITY),
    lasting="Switching it off again erases the dates of the course.",
)

_DATES_KEPT = Requires(
    field=RESTRICT.address,
    value=True,
    why="Canvas drops the date on every attribute change while the course follows its term's dates",
)
# A date that is only dropped needs no right to edit availability.
_DATE_SET = (
    Transition(after=SET, cases=(_AT_ONCE,), rights=(AVAILABILITY,)),
    Transition(cases=(_AT_ONCE,)),
)
_DATE_IGNORED = "Canvas drops dates while restrict_enrollments_to_course_dates is false."

START_AT = _row(
    "start_at",
    instant(),
    "When the course starts.",
    default=None,
    source=f"{_UPDATE_RB}; course.rb validate_course_dates",
    clear=_NULL,
    requires=(_DATES_KEPT,),
    wants_published=True,
    sticky=True,
    ignored=_DATE_IGNORED,
    transitions=_DATE_SET,
)
END_AT = _row(
    "end_at",
    instant(),
    "When the course ends.",
    logged=("conclude_at",),
    default=None,
    source=f"{_UPDATE_RB}; course.rb do_complete",
    clear=_NULL,
    requires=(_DATES_KEPT,),
    sticky=True,
    ignored=_DATE_IGNORED,
    transitions=_DATE_SET,
    # Kept also of a caller who may edit content alone.
    rights=(),
)
TIME_ZONE = _row(
    "time_zone",
    time_zone(),
    "The zone in which dates without an offset are read and shown.",
    default=INHERITED,
    source="Canvas: lib/time_zone_helper.rb; course.rb time_zone",
    read=_course("time_zone", account_key="default_time_zone", of_root=True),
    clear=_NULL,
    ignored="Canvas falls back to the root account's zone for a name it does not know.",
    lasting="If it follows the root account so far, undo sets that zone on the course itself.",
)
SIS_COURSE_ID = _row(
    "sis_course_id",
    text(empty_is_null=True),
    "The id by which SIS imports find the course.",
    logged=("sis_source_id",),
    default=None,
    source=f"{_UPDATE_RB}; course_json.rb set_sis_course_id",
    clear=Clear(value=""),
    ignored=SIS.missed,
    rights=(SIS,),
    note="SIS imports find the course by this id: a wrong value detaches it from its feed.",
)
NAME = _row(
    "name",
    text(blank="Canvas would call the course 'Unnamed Course'."),
    "The name of the course.",
    default=UNSTATED,
    source=f"{_COURSE_RB}, assert_defaults; lib/api/v1/course.rb, apply_nickname",
    read=_course("original_name", "name"),
    no_clear="Canvas would call the course 'Unnamed Course'.",
    sticky=True,
    ignored=_RENAMING,
)
COURSE_CODE = _row(
    "course_code",
    text(blank="Canvas would derive a code from the name instead."),
    "The short code of the course.",
    default=UNSTATED,
    source=f"{_COURSE_RB}, assert_defaults",
    no_clear="Canvas would derive a code from the name instead.",
    sticky=True,
    ignored=_RENAMING,
)
TEMPLATE = _row(
    "template",
    boolean(),
    "Whether accounts may copy this course into every new course.",
    default=False,
    source=f"{_UPDATE_RB}; course.rb, template validations",
    step=Step.TEMPLATE,
    no_clear=_BLANK_FALSE,
    ignored="Canvas ignores it without the right to add or delete course templates.",
    transitions=(
        Transition(after=True, rights=(ADD_TEMPLATE,), obstacles=(Obstacle.HAS_ENROLMENTS,)),
        Transition(after=False, rights=(DELETE_TEMPLATE,)),
    ),
    rights=(),
    note="Needs a course without enrolments; to end it, no account may still use it as its template.",
)
SYLLABUS = _row(
    "syllabus_body",
    html_text(longest=500 * 1024),
    "The syllabus, as HTML.",
    default=None,
    source="Canvas: courses_controller.rb, preview_html; lib/api/html/content.rb",
    read=_course("syllabus_body", include="syllabus_body"),
    clear=_NULL,
    ignored="Canvas kept the old text.",
    transitions=(
        Transition(
            risk=Risk.LOSSY,
            why="If the course follows a blueprint, the syllabus is not synced from there any more",
            cases=(
                Case(given={Circumstance.FOLLOWS: False}),
                Case(
                    given={Circumstance.FOLLOWS: True},
                    risk=Risk.LOSSY,
                    why="The course follows a blueprint, and the syllabus is not synced from there any more",
                ),
            ),
        ),
    ),
    rights=(),
)

_LOST_ENROLMENTS = "Enrolments that were concluded stay concluded"
_UNSEEN = "Students lose sight of it until it is published again; Canvas refuses it once work has points"
_WHILE_IT_RUNS = Case(
    given={Circumstance.STUDENTS: True, Circumstance.TERM_RUNS: True},
    risk=Risk.LOSSY,
    why=f"Its term is running, and its students lose it at once. {_LOST_ENROLMENTS}",
)
_DELETED = "Deleting removes every enrolment, and undeleting brings none of them back"

WORKFLOW_STATE = _row(
    "workflow_state",
    choice(UNPUBLISHED, AVAILABLE, COMPLETED, DELETED, trap="Canvas has no such state."),
    "The state of the course; the planner turns it into Canvas's event.",
    logged=("published", "unpublished", "claimed", "concluded", "unconcluded", "deleted", "restored"),
    default=UNPUBLISHED,
    source="Canvas: courses_controller.rb, process_course_event; course.rb, workflow",
    step=Step.EVENT,
    key="event",
    no_clear="A course is always in one of the states.",
    sticky=True,
    ignored="Canvas kept the state; the right to publish, conclude or delete may be missing.",
    rights=(),
    transitions=(
        Transition(before=UNPUBLISHED, after=AVAILABLE, events=(OFFER,), rights=(PUBLISH,)),
        Transition(
            before=AVAILABLE,
            after=UNPUBLISHED,
            events=(CLAIM,),
            why=_UNSEEN,
            cases=(Case(given={Circumstance.STUDENTS: False}),),
            rights=(PUBLISH,),
        ),
        Transition(
            before=COMPLETED,
            after=AVAILABLE,
            risk=Risk.LOSSY,
            events=(OFFER,),
            why=_LOST_ENROLMENTS,
            rights=(PUBLISH,),
        ),
        Transition(
            before=COMPLETED,
            after=UNPUBLISHED,
            risk=Risk.LOSSY,
            events=(CLAIM,),
            why=_LOST_ENROLMENTS,
            rights=(PUBLISH,),
        ),
        *(
            Transition(
                before=state,
                after=COMPLETED,
                risk=Risk.LOSSY,
                events=(CONCLUDE,),
                why=_LOST_ENROLMENTS,
                cases=(_WHILE_IT_RUNS,),
                rights=(CONCLUSION,),
            )
            for state in (UNPUBLISHED, AVAILABLE)
        ),
        *(
            Transition(
                before=DELETED,
                after=state,
                risk=Risk.DESTRUCTIVE,
                events=(UNDELETE, *events),
                why=_DELETED,
                rights=(DELETION, *rights),
            )
            for state, events, rights in (
                (UNPUBLISHED, (), ()),
                (AVAILABLE, (OFFER,), (PUBLISH,)),
                (COMPLETED, (CONCLUDE,), (CONCLUSION,)),
            )
        ),
        Transition(
            after=DELETED,
            risk=Risk.DESTRUCTIVE,
            events=(DELETE,),
            why=_DELETED,
            rights=(DELETION,),
        ),
    ),
)

_IMAGES = "the image is either a file of the course or an address; setting one clears the other"


def _image(kind: str, what: str, doc: str) -> Field:
    """Make one of the four image rows; `kind` is its prefix, `what` is id or url."""
    name, other = f"{kind}_{what}", f"{kind}_{'url' if what == 'id' else 'id'}"
    return _row(
        name,
        integer(least=1) if what == "id" else url(),
        doc,
        default=None,
        source="Canvas: courses_controller.rb, update_image",
        read=_settings(name),
        clear=Clear(key=f"remove_{kind}", value=True),
        couples=(Couple(field=f"{GROUP}.{other}", when=SET, if_live=SET, becomes=None, why=_IMAGES),),
        conflicts=(f"{GROUP}.{other}",),
        ignored="The file must be an active file of this very course.",
        rights=(),
        folder=f"course_{kind}" if what == "id" else "",
        spellings=_pictures(kind) if what == "id" else (),
    )


def _pictures(kind: str) -> tuple[Spelling, ...]:
    doc = "by a picture in the project, which is uploaded where the course has another one."
    words = {"image": "The course image", "banner_image": "The banner (Canvas for Elementary)"}
    return (Spelling(name=kind, type=picture(), doc=f"{words[kind]}, {doc}"),)


GRADING_STANDARD_ID = _row(
    "grading_standard_id",
    integer(least=1, why="0, Canvas's default scheme, can only be chosen with grading_standard_enabled."),
    "The grading scheme, one of the course's or of its accounts.",
    default=None,
    source=f"{_UPDATE_RB}; course.rb, grading_standard_enabled=",
    clear=_NULL,
    couples=(
        Couple(
            field=f"{GROUP}.grading_standard_enabled",
            when=SET,
            if_live=False,
            becomes=True,
            why="a course with a scheme has grading schemes enabled",
        ),
        Couple(
            field=f"{GROUP}.grading_standard_enabled",
            when=None,
            becomes=UNKNOWN,
            why="without a scheme of its own the course shows what its account does",
        ),
    ),
    ignored="Canvas ignores a scheme that is neither the course's own nor one of its accounts'.",
    spellings=(
        Spelling(
            name="grading_standard",
            type=name_of(Kind.SCHEME, key="grading_standard_id"),
            doc="The grading scheme, by its name in the course's account or in one above.",
        ),
    ),
)
GRADING_STANDARD_ENABLED = _row(
    "grading_standard_enabled",
    boolean(),
    "Whether letter grades by a grading scheme are used.",
    default=False,
    source=f"{_COURSE_RB}, grading_standard_enabled=",
    read=_settings("grading_standard_enabled"),
    logged=("grading_standard_id",),
    no_clear=_BLANK_FALSE,
    couples=(
        Couple(
            field=GRADING_STANDARD_ID.address,
            when=True,
            if_live=None,
            becomes=0,
            why="Canvas chooses its default scheme when none is set",
        ),
        Couple(
            field=GRADING_STANDARD_ID.address,
            when=False,
            if_live=SET,
            becomes=None,
            why="switching grading schemes off removes the scheme",
        ),
    ),
    ignored="It reads true whenever the course or its account has a scheme.",
)

_FOLLOWS = "until it is set itself it shows the other field's value"


def _public(name: str, doc: str, *, default: Value, syllabus: str, clear: Clear | None = None) -> Field:
    """Make a row that opens the course, and carries along the syllabus's row until that was set itself."""
    return _row(
        name,
        boolean(),
        doc,
        default=default,
        source=f"{_COURSE_RB}, CUSTOMIZABLE_PERMISSIONS",
        clear=clear,
        no_clear=_STORED_FALSE,
        null_means=False,
        conflicts=(f"{GROUP}.course_visibility",),
        couples=(Couple(field=f"{GROUP}.{syllabus}", becomes=FOLLOWS, why=_FOLLOWS),),
    )


_SYNC = "creates and changes enrolments, which cannot be taken back"

SYNC_ENROLLMENTS = _row(
    "sync_enrollments_from_homeroom",
    boolean(),
    "Whether enrolments and dates are copied from the homeroom (Canvas for Elementary).",
    default=False,
    source=f"{_UPDATE_RB}, sync_homeroom_enrollments",
    read=_column("sync_enrollments_from_homeroom"),
    no_clear=_BLANK_FALSE,
    transitions=(Transition(after=True, risk=Risk.DESTRUCTIVE, why=_SYNC),),
)
HOMEROOM_COURSE_ID = _row(
    "homeroom_course_id",
    integer(least=1),
    "The homeroom this course copies enrolments and dates from (Canvas for Elementary).",
    default=None,
    source=f"{_UPDATE_RB}, sync_homeroom_enrollments",
    read=_column("homeroom_course_id"),
    clear=_NULL,
    transitions=(Transition(after=SET, risk=Risk.DESTRUCTIVE, why=_SYNC),),
)
TERM = _row(
    "enrollment_term_id",
    reference("sis_term_id"),
    "The term, by Canvas id or as sis_term_id:X.",
    default=UNSTATED,
    source=_UPDATE_RB,
    key="term_id",
    no_clear="A course always has a term.",
    sticky=True,
    ignored=f"{MANAGE_COURSES.missed} A term of another root account becomes the default term.",
    rights=(MANAGE_COURSES,),
    note="Canvas recomputes due dates and scores.",
    spellings=(
        Spelling(
            name="term",
            type=name_of(Kind.TERM, key="enrollment_term_id"),
            doc="The term, by its name.",
        ),
    ),
)
ACCOUNT = _row(
    "account_id",
    reference("sis_account_id"),
    "The account, by Canvas id or as sis_account_id:X.",
    default=UNSTATED,
    source=_UPDATE_RB,
    no_clear="A course always has an account.",
    sticky=True,
    ignored=MANAGE_COURSES.missed,
    rights=(MANAGE_COURSES,),
    note="Every inherited setting, grading schemes, quotas, features and rights change with the account.",
    spellings=(
        Spelling(
            name="account",
            type=name_of(Kind.ACCOUNT, key="account_id"),
            doc="The account, by its name.",
        ),
    ),
)

_VISIBILITY = VISIBILITY.missed
_VISIBLE = choice("course", "institution", "public", "inherit", trap="Canvas would take it for 'course'.")


def _write_only(
    name: str,
    type: ValueType,  # noqa: A002
    doc: str,
    *,
    default: Value | Mark = UNSTATED,
    source: str = _COURSE_RB,
    ignored: str = _UPDATE,
    rights: tuple[Right, ...] = (UPDATE,),
) -> Field:
    """Make the row of a field that Canvas takes and never shows."""
    return _row(
        name,
        type,
        doc,
        default=default,
        source=source,
        read=None,
        no_clear="What an empty value does could never be read back.",
        ignored=ignored,
        rights=rights,
    )


_OPTION = f"{_UPDATE_RB}, visibility_configuration"

ATTRIBUTES = ResourceType(
    name=GROUP,
    doc="Attributes of the course itself.",
    fields=(
        NAME,
        COURSE_CODE,
        SIS_COURSE_ID,
        _row(
            "integration_id",
            text(blank="Canvas would keep the empty text as an id; declare null to clear it."),
            "An id for integrations, unique in the root account.",
            default=None,
            source=f"{_COURSE_RB}, verify_unique_ids",
            clear=_NULL,
        ),
        ACCOUNT,
        TERM,
        RESTRICT,
        START_AT,
        END_AT,
        TIME_ZONE,
        _row(
            "locale",
            text(longest=255, empty_is_null=True),
            "The language the course forces on everyone in it.",
            default=None,
            source=f"{_COURSE_RB}, validates_locale",
            read=_course("locale", absent=Absence.NULL),
            clear=_NULL,
            ignored="Canvas takes only languages enabled in the installation.",
        ),
        _row(
            "default_view",
            choice(
                "feed", "wiki", "modules", "syllabus", "assignments", trap="Canvas would refuse the request."
            ),
            "What the course's home page shows.",
            default="modules",
            source=f"{_COURSE_RB}, validate_default_view",
            clear=_NULL,
            null_means="modules",
            transitions=(
                Transition(
                    after="wiki",
                    why="Canvas refuses it while the course has no front page",
                    obstacles=(Obstacle.NO_FRONT_PAGE,),
                ),
            ),
        ),
        _public(
            "is_public",
            "Whether anyone may see the course.",
            default=None,
            syllabus="public_syllabus",
            clear=_NULL,
        ),
        _public(
            "is_public_to_auth_users",
            "Whether everyone who is logged in may see the course.",
            default=False,
            syllabus="public_syllabus_to_auth",
        ),
        _row(
            "public_syllabus",
            boolean(),
            "Whether anyone may see the syllabus; follows is_public until set.",
            default=FOLLOWS,
            source=f"{_COURSE_RB}, CUSTOMIZABLE_PERMISSIONS",
            no_clear="Canvas cannot go back to following is_public through this field; declare true or false.",
        ),
        _row(
            "public_syllabus_to_auth",
            boolean(),
            "Whether everyone who is logged in may see the syllabus; follows is_public_to_auth_users until set.",
            default=FOLLOWS,
            source=f"{_COURSE_RB}, CUSTOMIZABLE_PERMISSIONS",
            no_clear="Canvas cannot go back to following is_public_to_auth_users; declare true or false.",
        ),
        _row(
            "indexed",
            boolean(),
            "Whether the course is listed in the public course index.",
            default=None,
            source=_UPDATE_RB,
            read=_column("indexed"),
            clear=_NULL,
            ignored=_VISIBILITY,
            rights=(UPDATE, VISIBILITY),
        ),
        _row(
            "public_description",
            text(longest=64 * 1024),
            "The description people see before they join.",
            default=None,
            source="Canvas: lib/api/v1/course_json.rb, description",
            read=_course("public_description", include="public_description", absent=Absence.NULL),
            clear=_NULL,
        ),
        _row(
            "license",
            choice(
                "private",
                "public_domain",
                "cc_by",
                "cc_by_sa",
                "cc_by_nc",
                "cc_by_nc_sa",
                "cc_by_nd",
                "cc_by_nc_nd",
                trap="Canvas would silently store 'private'.",
            ),
            "The licence of the course's content.",
            default=None,
            source=f"{_COURSE_RB}, validate_license",
            clear=_NULL,
            null_means="private",
        ),
        _row(
            "course_format",
            choice("on_campus", "online", "blended", trap="Canvas would silently unset the format."),
            "How the course is held.",
            default=None,
            source=f"{_COURSE_RB}, course_format",
            read=_course("course_format", absent=Absence.NULL),
            clear=_NULL,
        ),
        _row(
            "open_enrollment",
            boolean(),
            "Whether people may enrol themselves without a link; takes effect with self_enrollment only.",
            default=None,
            source=_COURSE_RB,
            read=_column("open_enrollment"),
            clear=_NULL,
        ),
        _row(
            "self_enrollment",
            boolean(),
            "Whether people may enrol themselves by a link; has no effect where the account forbids it.",
            default=None,
            source=f"{_COURSE_RB}, set_self_enrollment_code",
            read=_column("self_enrollment"),
            clear=_NULL,
            lasting="The enrolment code Canvas makes stays when it is switched off.",
        ),
        _row(
            "storage_quota_mb",
            integer(least=1, why="Canvas takes it for 'follow the account'; declare null for that."),
            "The storage quota in megabytes.",
            logged=("storage_quota",),
            default=INHERITED,
            source=f"{_COURSE_RB}, storage_quota_mb=",
            read=_course("storage_quota_mb", account_key="default_storage_quota_mb"),
            clear=_NULL,
            ignored=QUOTAS.missed,
            rights=(UPDATE, QUOTAS),
            note="A value equal to the account's default is not pinned: it follows the account.",
        ),
        GRADING_STANDARD_ID,
        GRADING_STANDARD_ENABLED,
        _row(
            "grade_passback_setting",
            choice("nightly_sync", "disabled", empty_is_null=True, trap="Canvas would refuse the request."),
            "Whether grades are passed back to the SIS.",
            default=None,
            source=f"{_COURSE_RB}, validate_grade_passback_setting",
            clear=_NULL,
            sticky=True,
            rights=(GRADES,),
        ),
        _row(
            "apply_assignment_group_weights",
            boolean(),
            "Whether final grades are weighted by assignment group.",
            logged=("group_weighting_scheme",),
            default=False,
            source=f"{_UPDATE_RB}, group_weighting_scheme",
            no_clear=_BLANK_FALSE,
            note="Canvas recomputes every score, tells the students, and hides total grades as points when true.",
            lasting="Undo tells the students again, and shows no total grades as points.",
            rights=(),
        ),
        _row(
            "post_manually",
            boolean(),
            "Whether grades stay hidden until they are posted.",
            default=False,
            source=f"{_COURSE_RB}, apply_post_policy!",
            read=_course("post_manually", include="post_manually"),
            no_clear=_BLANK_FALSE,
            transitions=(
                Transition(
                    risk=Risk.DESTRUCTIVE,
                    why="It overwrites the posting policy of every assignment, and the old ones are not kept",
                ),
            ),
            # Whose right Canvas asks for here is in no source read.
            rights=(),
        ),
        SYLLABUS,
        _image("image", "id", "The course image, a file of this course."),
        _image("image", "url", "The course image, by web address."),
        _image("banner_image", "id", "The banner, a file of this course (Canvas for Elementary)."),
        _image("banner_image", "url", "The banner, by web address (Canvas for Elementary)."),
        _row(
            "default_wiki_editing_roles",
            choice(
                "teachers",
                "teachers,students",
                "teachers,students,public",
                trap="Canvas would store it and nobody could edit.",
            ),
            "Who may edit new pages.",
            default=None,
            source=f"{_COURSE_RB}, default_wiki_editing_roles",
            read=_column("default_wiki_editing_roles"),
            clear=_NULL,
            note="Pages that exist keep their roles.",
        ),
        _row(
            "allow_wiki_comments",
            boolean(),
            "Whether pages may be commented (legacy).",
            default=None,
            source=_COURSE_RB,
            read=_column("allow_wiki_comments"),
            clear=_NULL,
        ),
        _row(
            "show_public_context_messages",
            boolean(),
            "Whether announcements are public (legacy).",
            default=None,
            source=_COURSE_RB,
            read=_column("show_public_context_messages"),
            clear=_NULL,
        ),
        _row(
            "turnitin_comments",
            text(longest=64 * 1024),
            "The text shown with Turnitin submissions (legacy).",
            default=None,
            source=_COURSE_RB,
            read=_column("turnitin_comments"),
            clear=_NULL,
        ),
        TEMPLATE,
        _row(
            "homeroom_course",
            boolean(),
            "Whether this is a homeroom (Canvas for Elementary).",
            default=False,
            source=f"{_COURSE_RB}, validate_homeroom_course",
            no_clear=_BLANK_FALSE,
            couples=(
                Couple(
                    field="settings.lock_all_announcements",
                    becomes=UNKNOWN,
                    why="a homeroom's announcements read as locked",
                ),
            ),
        ),
        HOMEROOM_COURSE_ID,
        SYNC_ENROLLMENTS,
        WORKFLOW_STATE,
        _write_only(
            "course_visibility",
            choice("course", "institution", "public", trap="Canvas would take it for 'course'."),
            "Who may see the course, in one word; declare is_public and is_public_to_auth_users to verify it.",
            source=_OPTION,
            ignored=_VISIBILITY,
            rights=(VISIBILITY,),
        ),
        _write_only(
            "custom_course_visibility",
            boolean(),
            "Whether syllabus and files have a visibility of their own; false returns them to the course's.",
            source=_OPTION,
            ignored=f"{_VISIBILITY} It is honoured only together with course_visibility.",
            rights=(VISIBILITY,),
        ),
        _write_only(
            "syllabus_visibility_option",
            _VISIBLE,
            "Who may see the syllabus; declare public_syllabus to verify it.",
            source=_OPTION,
            ignored=f"{_VISIBILITY} It is honoured only together with course_visibility.",
            rights=(VISIBILITY,),
        ),
        _write_only(
            "files_visibility_option",
            _VISIBLE,
            "Who may see the files.",
            source=_OPTION,
            ignored=f"{_VISIBILITY} It is honoured only together with course_visibility.",
            rights=(VISIBILITY,),
        ),
        _write_only(
            "organize_epub_by_content_type",
            boolean(),
            "Whether an ePub export is ordered by kind of content.",
            default=False,
        ),
        _write_only(
            "enable_offline_web_export",
            boolean(),
            "Whether students may download the course as HTML.",
        ),
        _write_only(
            "enable_course_paces",
            boolean(),
            "Whether course pacing computes due dates; not for homerooms.",
            default=False,
        ),
    ),
    refused=tuple(
        Refused(name=name, group=GROUP, why=why, instead=instead)
        for name, (why, instead) in {
            "event": ("It is an action, not a state.", WORKFLOW_STATE.address),
            "offer": ("It is an action, not a state.", f"{WORKFLOW_STATE.address}: available"),
            "term_id": ("It is only the name for writing.", TERM.address),
            "conclude_at": ("It is another name for writing the end date.", END_AT.address),
            "course_grading_standard_enabled": (
                "It is another name for writing.",
                GRADING_STANDARD_ENABLED.address,
            ),
            "group_weighting_scheme": (
                "It writes the same as another field.",
                "attributes.apply_assignment_group_weights",
            ),
            "storage_quota": ("It is the same in bytes.", "attributes.storage_quota_mb"),
            "remove_image": ("It is an action, and any value of it removes.", "attributes.image_id: null"),
            "remove_banner_image": (
                "It is an action, and any value of it removes.",
                "attributes.banner_image_id: null",
            ),
            "update_default_pages": (
                "It is a one-time action that rewrites existing pages.",
                "attributes.default_wiki_editing_roles",
            ),
            "allow_student_wiki_edits": (
                "Canvas recomputes it on every save, so writing it does nothing.",
                "attributes.default_wiki_editing_roles",
            ),
            "allow_student_assignment_edits": ("It is documented, but no endpoint accepts it.", ""),
            "override_sis_stickiness": ("It changes how a request works; it is no state of a course.", ""),
            "for_reload": ("It turns a write into nothing while Canvas answers as if it had worked.", ""),
            "root_account_id": ("It would move the course to another institution.", ACCOUNT.address),
            "assignment_default_points_possible": ("Current Canvas does not accept it.", ""),
            "abstract_course": ("It is an internal association that makes Canvas fail.", ""),
            "quiz_engine_selected": ("It is no attribute of a course and may make Canvas fail.", ""),
            "use_rights_required": (
                "It is a misspelling in Canvas itself.",
                "settings.usage_rights_required",
            ),
            "blueprint": ("It has a group of its own.", "blueprint.enabled"),
            "blueprint_restrictions": ("It has a group of its own.", "blueprint.restrictions"),
            "blueprint_restrictions_by_object_type": (
                "It has a group of its own.",
                "blueprint.restrictions_by_object_type",
            ),
            "use_blueprint_restrictions_by_object_type": (
                "The map you declare chooses the mode.",
                "blueprint.restrictions_by_object_type",
            ),
            "original_name": ("It is what Canvas calls the name while a nickname hides it.", NAME.address),
            "is_deleted": ("Canvas has no such attribute.", f"{WORKFLOW_STATE.address}: deleted"),
        }.items()
    ),
)
