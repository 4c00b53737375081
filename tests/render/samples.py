"""Plans, reports, comparisons and problems made by hand: what golden files show, hostile content too."""

from __future__ import annotations

from dataclasses import replace

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Position, problem
from coursesync.documents import sealed
from coursesync.model import (
    Action,
    Barrier,
    Block,
    CanvasAddress,
    Change,
    CourseOutcome,
    CoursePlan,
    DriftClass,
    FieldOutcome,
    Ignored,
    LeftOut,
    Origin,
    Part,
    Plan,
    PlanSummary,
    Released,
    Report,
    Request,
    SideEffect,
    Source,
    SourceFile,
    Unverified,
    Verdict,
)
from coursesync.render import Document, Problems
from tests.render.drifts import BASE, DRIFTS

CANVAS = CanvasAddress(url="https://school.test", account=1)
BIO, CHEM, FALL = "courses/biology.yaml", "courses/chemistry.yaml", "policies/fall.yaml"


def at(file: str, line: int, layer: str = "course") -> tuple[Origin, ...]:
    return (Origin(file=file, line=line, column=7, layer=layer),)


def plan(
    *courses: CoursePlan,
    compared: int,
    requests: tuple[Request, ...] = (),
    diagnostics: tuple = (),
    errored: bool = False,
) -> Plan:
    changing = [course for course in courses if course.changes]
    return sealed(
        Plan(
            coursesync_version="0.1.0",
            created_at="2026-11-23T08:00:00Z",
            canvas=CANVAS,
            source=Source(
                commit="0123456789abcdef0123456789abcdef01234567",
                manifests=(SourceFile(path=BIO, sha256="ab" * 32), SourceFile(path=FALL, sha256="cd" * 32)),
            ),
            summary=PlanSummary(
                courses=compared,
                courses_to_change=len(changing),
                changes=sum(len(course.changes) for course in changing),
                requests=len(requests),
                reads=2 * compared,
            ),
            courses=courses,
            requests=requests,
            diagnostics=diagnostics,
            errored=errored,
        )
    )


SYLLABUS_BEFORE = """<h2>Introduction to Biology</h2>
<p>Office hours: Monday</p>
<p>Exam: 12 December</p>
<p>Bring a pencil.</p>
<p>Bring water.</p>
<p>Reading: chapters 1 to 3</p>
<p>Reading: chapters 4 to 6</p>
<p>Reading: chapters 7 to 9</p>
<p>Reading: chapter 10</p>
<p>The laboratory opens at nine and closes at five; please be there in time, wear shoes that cover the \
whole foot, and leave your bag in the locker outside.</p>"""
SYLLABUS_AFTER = SYLLABUS_BEFORE.replace("12 December", "14 December").replace(
    "closes at five", "closes at six"
)
ERASED = (
    "Canvas erases the end date on any attribute change while restrict_enrollments_to_course_dates is false. "
    "To keep it, declare that field true together with end_at."
)

BIOLOGY = CoursePlan(
    id=4123,
    name="Introduction to Biology",
    workflow_state="available",
    declared_id="sis_course_id:BIO-101-2026FA",
    sis_course_id="BIO-101-2026FA",
    changes=(
        Change(
            id="0a1b2c3d4e",
            field="attributes.default_view",
            action=Action.SET,
            before="feed",
            after="modules",
            origin=(*at("profiles/online.yaml", 3, "profile online"), *at(BIO, 14)),
        ),
        Change(
            id="1a1b2c3d4e",
            field="attributes.name",
            action=Action.SET,
            before="Introduction to Biology",
            after="Introduction to Biology for Majors and Non-Majors",
            origin=at(BIO, 15),
            notes=("SIS imports stop updating this field once it is changed here.",),
        ),
        Change(
            id="2a1b2c3d4e",
            field="attributes.syllabus_body",
            action=Action.SET,
            before=SYLLABUS_BEFORE,
            after=SYLLABUS_AFTER,
            origin=at(BIO, 17),
        ),
        Change(
            id="3a1b2c3d4e",
            field="attributes.image_url",
            action=Action.CLEAR,
            before="https://school.test/courses/4123/files/99/preview",
            after=None,
            origin=at(BIO, 18),
        ),
        Change(
            id="4a1b2c3d4e",
            field="blueprint.restrictions",
            action=Action.SET,
            before={"content": False, "points": True},
            after={"content": True, "points": False, "due_dates": True, "availability_dates": False},
            parts=(
                Part(key="content", before=False, after=True),
                Part(key="points", before=True, after=False),
                Part(key="due_dates", before=None, after=True),
            ),
            origin=at("policies/departments/arts-and-sciences/fall-2026.yaml", 118, "policy fall-2026"),
            notes=("Takes effect in the courses that follow at their next sync.",),
        ),
    ),
    side_effects=(
        SideEffect(
            field="attributes.end_at",
            before="2026-12-18T07:00:00Z",
            after=None,
            after_known=True,
            risk=Risk.LOSSY,
            reason=ERASED,
        ),
        SideEffect(
            field="attributes.grading_standard_id",
            before=17,
            after=None,
            after_known=False,
            risk=Risk.SAFE,
            reason="Canvas chooses its default scheme when none is set.",
        ),
    ),
    unverified=(
        Unverified(
            id="9a1b2c3d4e", field="settings.enable_offline_web_export", value=True, origin=at(FALL, 9)
        ),
    ),
    unverified_requests=(
        Request(
            id="r9",
            method="PUT",
            path="/api/v1/courses/4123",
            body={"course": {"enable_offline_web_export": True}},
            courses=(4123,),
            changes=("9a1b2c3d4e",),
        ),
    ),
    ignored=(
        Ignored(
            field="attributes.course_code",
            pattern="attributes.*",
            reason="the registrar owns it",
            until="2027-01-31",
        ),
    ),
    requests=("r1", "r2"),
)
CHEMISTRY = CoursePlan(
    id=4124,
    name="化学入门 Chemistry",
    workflow_state="completed",
    declared_id="4124",
    changes=(
        Change(
            id="5a1b2c3d4e",
            field="attributes.workflow_state",
            action=Action.SET,
            before="completed",
            after="available",
            risk=Risk.LOSSY,
            origin=at(CHEM, 8),
            notes=("Enrolments that ended with the course stay ended.",),
        ),
        Change(
            id="6a1b2c3d4e",
            field="settings.home_page_announcement_limit",
            action=Action.SET,
            before=None,
            after=3,
            origin=at(FALL, 12, "profile fall-2026"),
        ),
        Change(
            id="7a1b2c3d4e",
            field="attributes.syllabus_body",
            action=Action.SET,
            before="",
            after="".join(f"<p>Week {week}: read chapter {week}.</p>" for week in range(1, 31)),
            origin=at(CHEM, 10),
        ),
    ),
    unverified=(
        Unverified(
            id="8a1b2c3d4e", field="settings.enable_offline_web_export", value=True, origin=at(FALL, 9)
        ),
    ),
    requests=("r3",),
)
HOSTILE = CoursePlan(
    id=666,
    name="\x1b[2J\x1b[31mfree\u202etxt </summary><script>alert(1)</script> @everyone #1 [x](http://evil.test)",
    workflow_state="available",
    declared_id="sis_course_id:A|B`C``D",
    sis_course_id="A|B`C``D",
    changes=(
        Change(
            id="ba1b2c3d4e",
            field="attributes.course_code",
            action=Action.SET,
            before="true",
            after=" 0123",
            origin=at("courses/a|b `x`.yaml", 2),
            notes=(
                "See https://evil.test, @admin, <img src=x onerror=alert(1)> and **bold** `code` | pipes.",
            ),
        ),
        Change(
            id="ca1b2c3d4e",
            field="attributes.public_description",
            action=Action.SET,
            before="```\n</details>\nsame\u200b  \n````\n# heading",
            after="```\n</details>\nsame\n`````\n# heading\x07",
            origin=at("courses/a|b `x`.yaml", 3),
        ),
        Change(
            id="da1b2c3d4e",
            field="attributes.term_name",
            action=Action.SET,
            before="a -> b",
            after="a|b\u2028c",
            origin=at("courses/a|b `x`.yaml", 4),
        ),
    ),
    requests=("r4",),
)

REQUESTS = (
    Request(
        id="r1",
        method="PUT",
        path="/api/v1/courses/4123",
        body={
            "course": {"default_view": "modules", "name": "Introduction to Biology for Majors and Non-Majors"}
        },
        courses=(4123,),
        changes=("0a1b2c3d4e", "1a1b2c3d4e"),
    ),
    Request(
        id="r2",
        method="PUT",
        path="/api/v1/courses/4123",
        body={"course": {"blueprint": True, "blueprint_restrictions": {"content": True, "points": False}}},
        courses=(4123,),
        changes=("4a1b2c3d4e",),
    ),
    Request(
        id="r3",
        method="PUT",
        path="/api/v1/courses/4124/settings",
        body={"home_page_announcement_limit": 3},
        courses=(4124,),
        changes=("6a1b2c3d4e",),
    ),
)

DIAGNOSTICS = (
    problem(
        "unknown-field",
        '"hide_total" is not a setting coursesync knows.',
        at=Position(file=FALL, line=12, column=5),
        hint='Did you mean "hide_final_grades"?',
    ),
    problem(
        "course-not-found",
        "Canvas has no course sis_course_id:GEO-101, or this token may not see it.",
        hint="Check the id, or write missing: skip if the course does not exist yet.",
        course="sis_course_id:GEO-101",
    ),
    problem(
        "unverifiable",
        "This Canvas does not show settings.usage_rights_required: it cannot be compared nor verified.",
        at=Position(file=BIO, line=21, column=5),
        course="sis_course_id:BIO-101-2026FA",
    ),
    problem("empty-file", at=Position(file="courses/empty.yaml")),
    problem("left-alone", "blueprint.enabled is true in Canvas and not declared.", course="4124"),
)


def _outcome(field: str, verdict: Verdict, before, after, read, message: str = "", **more) -> FieldOutcome:
    change = None if more.get("side_effect") else field[-10:]
    return FieldOutcome(
        change_id=more.pop("change_id", change),
        field=field,
        verdict=verdict,
        before=before,
        after=after,
        read=read,
        message=message,
        **more,
    )


def report(*courses: CourseOutcome, totals: dict[str, int], **more) -> Report:
    return Report(
        run="2026-11-23T08-01-00Z-4f2a",
        plan_digest="ef" * 32,
        canvas=CANVAS,
        started_at="2026-11-23T08:01:00Z",
        finished_at="2026-11-23T08:01:09Z",
        courses=courses,
        totals=totals,
        left_out=more.pop("left_out", ()),
        requests_sent=more.pop("requests_sent", len(courses)),
        **more,
    )


MIXED_REPORT = report(
    CourseOutcome(
        id=4123,
        name="Introduction to Biology",
        sis_course_id="BIO-101-2026FA",
        fields=(
            _outcome("attributes.default_view", Verdict.APPLIED, "feed", "modules", "modules"),
            _outcome(
                "attributes.syllabus_body",
                Verdict.NORMALISED,
                SYLLABUS_BEFORE,
                SYLLABUS_AFTER,
                SYLLABUS_AFTER.replace("<h2>", '<h2 class="plain">'),
                "Canvas keeps it in another form.",
            ),
            _outcome(
                "settings.hide_final_grades",
                Verdict.IGNORED,
                False,
                True,
                False,
                "Canvas answered as if it had worked and changed nothing. The account locks this setting.",
            ),
            _outcome(
                "attributes.license",
                Verdict.ALTERED,
                "private",
                "cc_by",
                "public_domain",
                "Canvas made something else of it.",
            ),
            _outcome(
                "blueprint.restrictions",
                Verdict.APPLIED,
                {"content": False, "points": True},
                {"content": True, "points": True, "due_dates": True},
                {"content": True, "points": True, "due_dates": True},
            ),
            _outcome(
                "attributes.end_at",
                Verdict.APPLIED,
                "2026-12-18T07:00:00Z",
                None,
                None,
                ERASED,
                side_effect=True,
            ),
            _outcome(
                "attributes.is_public",
                Verdict.UNEXPECTED,
                False,
                False,
                True,
                "It moved although nobody asked: Canvas did it, or somebody else at the same time.",
                change_id=None,
            ),
        ),
    ),
    CourseOutcome(
        id=4124,
        name="化学入门 Chemistry",
        sis_course_id=None,
        fields=(
            _outcome(
                "attributes.workflow_state",
                Verdict.FAILED,
                "completed",
                "available",
                "completed",
                "Canvas said no (403): user not authorised to perform that action.",
            ),
            _outcome(
                "settings.home_page_announcement_limit",
                Verdict.SKIPPED,
                None,
                3,
                None,
                "An earlier request of this course failed.",
            ),
            _outcome(
                "settings.enable_offline_web_export",
                Verdict.UNVERIFIED,
                None,
                True,
                None,
                "Sent; Canvas never shows this field.",
            ),
            _outcome(
                "attributes.time_zone",
                Verdict.UNKNOWN,
                "Etc/UTC",
                "America/Denver",
                None,
                "No answer came. It could not be read back.",
            ),
        ),
        error="Stopped after a request was refused.",
    ),
    CourseOutcome(
        id=4125,
        name="Physics",
        sis_course_id="PHY-1",
        fields=(
            _outcome(
                "attributes.default_view",
                Verdict.STALE,
                "feed",
                "modules",
                "wiki",
                "default_view is wiki now; the plan was made when it was feed.",
            ),
        ),
    ),
    totals={
        "courses": 3,
        "applied": 2,
        "normalised": 1,
        "ignored": 1,
        "altered": 1,
        "unexpected": 1,
        "failed": 1,
        "skipped": 1,
        "stale": 1,
        "unknown": 1,
        "unverified": 1,
        "side_effects": 1,
    },
    left_out=(
        LeftOut(course=4123, field="attributes.name", change_id="1a1b2c3d4e", reason="Not among --only."),
        LeftOut(
            course=9999, field="settings.home_page_announcement_limit", change_id="fa1b2c3d4e", reason=""
        ),
    ),
    errors=("Canvas stopped answering after 12 requests.",),
)

CLEAN_REPORT = report(
    CourseOutcome(
        id=4123,
        name="Introduction to Biology",
        sis_course_id="BIO-101-2026FA",
        fields=(
            _outcome("attributes.default_view", Verdict.APPLIED, "feed", "modules", "modules"),
            _outcome(
                "attributes.name",
                Verdict.NORMALISED,
                "Bio",
                "Biology ",
                "Biology",
                "Canvas keeps it in another form.",
            ),
        ),
    ),
    CourseOutcome(
        id=4124,
        name="Chemistry",
        sis_course_id=None,
        fields=(_outcome("settings.home_page_announcement_limit", Verdict.APPLIED, None, 3, 3),),
    ),
    totals={"courses": 2, "applied": 2, "normalised": 1, "side_effects": 0},
)

BASED = plan(
    replace(
        BIOLOGY,
        changes=(
            replace(BIOLOGY.changes[0], class_=DriftClass.LIVE_CHANGED),
            replace(BIOLOGY.changes[1], class_=DriftClass.CONFLICT),
            *(replace(change, class_=DriftClass.CONFIG_CHANGED) for change in BIOLOGY.changes[2:]),
        ),
        released=(Released(field="settings.hide_final_grades", read=True, origin=at(BIO, 20)),),
        account_id=5,
    ),
    compared=200,
    requests=REQUESTS[:2],
)

BLOCKS = (
    Block(
        barrier=Barrier.LIMIT,
        what="changes",
        reason="The plan makes 7 changes, and at most 5 are allowed.",
        hint="Apply with --max-changes 7 to allow it.",
        found=7,
        allowed=5,
        file="coursesync.yaml",
        line=6,
        column=22,
    ),
    Block(
        barrier=Barrier.LIMIT,
        what="risky_percent",
        reason="4 of 12 managed courses (34%) have a lossy or destructive change or side effect, and at most "
        "30% are allowed.",
        hint="Apply with --max-risky-percent 34 to allow it.",
        found=34,
        allowed=30,
    ),
    Block(
        barrier=Barrier.PROTECTION,
        what="attributes.default_view",
        reason="attributes.default_view may not change: the <b>home page</b> belongs to the | departments. "
        "This plan would change it in BIO-101-2026FA.",
        hint="No flag lifts a protection: change the rule at coursesync.yaml:8, or leave the change out.",
        changes=(BIOLOGY.changes[0].id,),
        file="coursesync.yaml",
        line=8,
        column=5,
    ),
    Block(
        barrier=Barrier.PROTECTION,
        what="attributes.turnitin_comments",
        reason="attributes.turnitin_comments may not change. This plan would change it with "
        "--send-unverified in BIO-101-2026FA.",
        hint="No flag lifts a protection: change the rule at coursesync.yaml:9, or leave the change out.",
        changes=("only-on-request",),
        file="coursesync.yaml",
        line=9,
        column=5,
    ),
)

SAMPLES: dict[str, Document] = {
    "plan-varied": plan(BIOLOGY, CHEMISTRY, compared=200, requests=REQUESTS, diagnostics=DIAGNOSTICS[2:]),
    "plan-hostile": plan(HOSTILE, compared=1),
    "plan-errored": plan(CHEMISTRY, compared=2, diagnostics=DIAGNOSTICS[:2], errored=True),
    "plan-no-changes": plan(
        CoursePlan(
            id=4123,
            name="Introduction to Biology",
            workflow_state="available",
            declared_id="4123",
            unverified=BIOLOGY.unverified,
            ignored=BIOLOGY.ignored,
        ),
        compared=12,
    ),
    "plan-nothing": plan(compared=0),
    "plan-based": sealed(
        replace(
            BASED,
            base=BASE,
            summary=replace(BASED.summary, classes={"config-changed": 3, "live-changed": 1, "conflict": 1}),
        )
    ),
    "plan-blocked": sealed(replace(plan(BIOLOGY, CHEMISTRY, compared=12, requests=REQUESTS), blocks=BLOCKS)),
    "report-mixed": MIXED_REPORT,
    "report-clean": CLEAN_REPORT,
    "report-interrupted": report(totals={}, interrupted=True),
    "problems": Problems(diagnostics=DIAGNOSTICS),
    "problems-none": Problems(diagnostics=()),
    **DRIFTS,
}
