"""Comparisons made by hand: every class, every way to move a field, hostile content, and a fleet."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Position, Severity, problem
from coursesync.model import (
    Base,
    Blame,
    CanvasAddress,
    CourseDrift,
    Drift,
    DriftClass,
    FieldCoverage,
    FieldDrift,
    Finding,
    Ignored,
    Origin,
    Part,
    PolicyMatch,
    Released,
    Source,
)

BIO, FALL = "courses/biology.yaml", "policies/fall.yaml"
BASE = Base(
    ref="refs/heads/main", commit="fedcba9876543210fedcba9876543210fedcba98", run="2026-11-01T06-00-00Z-77aa"
)
LIVE, CONFIG, CONFLICT = DriftClass.LIVE_CHANGED, DriftClass.CONFIG_CHANGED, DriftClass.CONFLICT
ADA = Blame(
    user_id=7,
    user="Ada Admin",
    at="2026-11-03T14:05:00Z",
    source="manual",
    event="updated",
    exact=True,
)
IMPORT = Blame(
    user_id=None,
    user="",
    at="2026-11-04T02:00:31Z",
    source="sis",
    event="updated",
    exact=True,
    sis_batch=88,
)
COPY = Blame(
    user_id=31,
    user="Grace Teacher",
    at="2026-10-30T09:12:00Z",
    source="api",
    event="copied_from",
    exact=False,
    copied_from=12,
)
SYLLABUS = "<h2>Introduction to Biology</h2>\n<p>Office hours: Monday</p>\n<p>Exam: 12 December</p>"


def at(file: str, line: int, layer: str = "course") -> tuple[Origin, ...]:
    return (Origin(file=file, line=line, column=7, layer=layer),)


def field(address: str, class_: DriftClass, *, read, after, course: int = 4123, **more) -> FieldDrift:
    """Return a field that differs; base: its value at the base, if given."""
    return FieldDrift(
        change_id=sha256(f"{course} {address}".encode()).hexdigest()[:10],
        field=address,
        verdict=Finding.AGREED if class_ is DriftClass.BOTH else Finding.DRIFTED,
        class_=class_,
        before=more.pop("base", None),
        before_known=more.pop("known", class_ is not DriftClass.DIFFERS),
        after=after,
        after_known=more.pop("after_known", True),
        read=read,
        origin=more.pop("origin", at(BIO, 14)),
        **more,
    )


def course(number: int, *fields: FieldDrift, **more) -> CourseDrift:
    return CourseDrift(
        id=number,
        name=more.pop("name", f"Course {number}"),
        sis_course_id=more.pop("sis", f"C-{number}"),
        workflow_state="available",
        declared_id=str(number),
        account_id=more.pop("account", 5),
        file=more.pop("file", BIO),
        line=more.pop("line", 9),
        column=5,
        fields=fields,
        in_sync=more.pop("in_sync", ("attributes.license", "settings.hide_distribution_graphs")),
        **more,
    )


def drift(*courses: CourseDrift, base: Base | None = BASE, diagnostics: tuple = (), **more) -> Drift:
    gone = more.pop("released", ())
    return Drift(
        coursesync_version="0.1.0",
        run=base.run if base else None,
        canvas=CanvasAddress(url="https://school.test", account=1),
        started_at="2026-11-23T08:00:00Z",
        finished_at="2026-11-23T08:00:42Z",
        base=base,
        source=Source(commit="0123456789abcdef0123456789abcdef01234567"),
        courses=courses,
        released=gone,
        totals=totals(courses, gone, diagnostics),
        accounts=more.pop("accounts", {"5": "Biology and Geology"}),
        diagnostics=diagnostics,
        errored=any(item.severity is Severity.ERROR for item in diagnostics),
        reads=12,
        **more,
    )


def totals(courses: tuple[CourseDrift, ...], gone: tuple[CourseDrift, ...], diagnostics: tuple) -> dict:
    classes = Counter(item.class_ for each in courses for item in each.fields)
    drifted = sum(any(item.verdict is Finding.DRIFTED for item in each.fields) for each in courses)
    return {
        "courses": len(courses),
        "courses_in_sync": len(courses) - drifted,
        "courses_drifted": drifted,
        "fields": sum(classes.values()) - classes[DriftClass.BOTH],
        **{class_.value: classes[class_] for class_ in DriftClass},
        "in_sync": sum(len(each.in_sync) for each in courses),
        "ignored": sum(len(each.ignored) for each in courses),
        "unverified": sum(len(each.unverified) for each in courses),
        "released": sum(len(each.released) for each in (*courses, *gone)),
        "unmanaged": sum(len(each.unmanaged) for each in courses),
        "errors": sum(item.severity is Severity.ERROR for item in diagnostics),
    }


def _biology() -> CourseDrift:
    fields = (
        field(
            "attributes.default_view",
            LIVE,
            base="modules",
            read="feed",
            after="modules",
            blame=ADA,
            origin=(*at("profiles/online.yaml", 3, "profile online"), *at(BIO, 14)),
        ),
        field(
            "attributes.name",
            CONFLICT,
            base="Introduction to Biology",
            read="Intro to Biology (Hybrid)",
            after="Introduction to Biology for Majors",
            blame=IMPORT,
            notes=("SIS imports stop updating this field once it is changed here.",),
        ),
        field(
            "attributes.syllabus_body",
            LIVE,
            base=SYLLABUS,
            read=SYLLABUS.replace("12 December", "14 December"),
            after=SYLLABUS,
            blame=replace(ADA, source="api", user_id=31, user="Grace Teacher"),
            origin=at(BIO, 17),
        ),
        field(
            "attributes.workflow_state",
            CONFIG,
            base="available",
            read="available",
            after="completed",
            risk=Risk.LOSSY,
            origin=at(BIO, 18),
        ),
        field(
            "attributes.license",
            CONFIG,
            read="private",
            after="cc_by",
            known=False,
            message="Managed since the base; what Canvas showed then is not known.",
        ),
        field(
            "attributes.grading_standard_id",
            CONFLICT,
            base=17,
            read=21,
            after=None,
            after_known=False,
            message="The apply that the base comes from did not get it through.",
            blame=COPY,
        ),
        field("attributes.time_zone", DriftClass.BOTH, base="Etc/UTC", read="Asia/Tokyo", after="Asia/Tokyo"),
        field(
            "blueprint.restrictions",
            CONFLICT,
            base={"content": False, "points": True, "due_dates": True},
            read={"content": False, "points": False, "due_dates": True},
            after={"content": True, "points": True, "due_dates": True},
            parts=(
                Part(key="content", before=False, after=True),
                Part(key="points", before=False, after=True),
            ),
            origin=at("policies/departments/arts-and-sciences/fall-2026.yaml", 118, "policy fall-2026"),
        ),
    )
    return course(
        4123,
        *fields,
        name="Introduction to Biology",
        sis="BIO-101-2026FA",
        ignored=(
            Ignored(
                field="attributes.course_code",
                pattern="attributes.*",
                reason="the registrar owns it",
                until="2027-01-31",
            ),
        ),
        unverified=("settings.enable_offline_web_export",),
        released=(
            Released(field="settings.hide_final_grades", read=True, origin=at(BIO, 20)),
            Released(field="attributes.public_description", read="<p>About cells.</p>", origin=at(BIO, 21)),
        ),
    )


BIOLOGY = _biology()
CHEMISTRY = course(
    4124,
    field(
        "settings.home_page_announcement_limit",
        LIVE,
        base=3,
        read=None,
        after=3,
        course=4124,
        origin=at(FALL, 12, "policy fall-2026"),
        blame=replace(ADA, user="", user_id=None, source="", event="concluded", exact=False),
    ),
    name="化学入门 Chemistry",
    sis=None,
    file=FALL,
    line=3,
    account=None,
)
IN_SYNC = course(4125, sis="PHY-1", name="Physics")
HOSTILE = course(
    666,
    field(
        "attributes.course_code",
        CONFLICT,
        course=666,
        base="a -> b",
        read="true",
        after=" 0123",
        origin=at("courses/a|b `x`: ü.yaml", 2),
        blame=replace(
            ADA, user="\x1b[31m@everyone #1 <img src=x>", event="x\x00y", source="https://evil.test"
        ),
        message="See https://evil.test, @admin and <b>bold</b> ]]>.",
        notes=("`code` | **pipes**",),
    ),
    field(
        "attributes.public_description",
        LIVE,
        course=666,
        base="",
        read="```\n</details>\nsame\u200b  \n]]>\n# heading\x07",
        after="```\n</details>\nsame\n`````\n# heading",
        origin=at("courses/a|b `x`: ü.yaml", 3),
    ),
    name="\x1b[2J\ufffe\u202etxt </testcase><script>alert(1)</script> @everyone #1 &amp; [x](http://evil.test)",
    sis="A|B`C``D",
    file="courses/a|b `x`: ü.yaml",
    account=8,
    released=(Released(field="attributes.term_name", read="a|b\u2028c", origin=at("<b>.yaml", 4)),),
)
GONE = course(
    4999,
    name="Old Physics",
    sis="PHY-0",
    file="courses/old.yaml",
    line=3,
    in_sync=(),
    released=(Released(field="settings.hide_final_grades", read=True, origin=at("courses/old.yaml", 5)),),
)
NO_BASE = problem(
    "no-base",
    "There is no base: no apply was recorded here, and none was named.",
    hint="Name one with --base GITREF.",
)
NOT_FOUND = problem(
    "course-not-found",
    "Canvas has no course sis_course_id:GEO-101, or this token may not see it.",
    at=Position(file="courses/geo.yaml", line=2, column=5),
    hint="Check the id, or write missing: skip if the course does not exist yet.",
    course="sis_course_id:GEO-101",
)
UNSEEN = problem(
    "unverifiable",
    "This Canvas does not show settings.usage_rights_required: it cannot be compared nor verified.",
    at=Position(file=BIO, line=21, column=5),
    course="4123",
)


def _two_way(item: CourseDrift) -> CourseDrift:
    fields = tuple(
        replace(each, class_=DriftClass.DIFFERS, before=None, before_known=False, message="", blame=None)
        for each in item.fields
        if each.verdict is Finding.DRIFTED
    )
    return replace(item, fields=fields, released=())


def _covered() -> Drift:
    free = ("settings.allow_student_forum_attachments", "attributes.time_zone")
    courses = tuple(
        replace(course(n), unmanaged=free if n != 3 else free[:1], in_sync=("attributes.license",))
        for n in range(1, 6)
    )
    rows = (
        FieldCoverage(field="attributes.license", managed=5, ignored=0, unmanaged=0),
        FieldCoverage(field="attributes.time_zone", managed=0, ignored=1, unmanaged=4),
        FieldCoverage(field="settings.allow_student_forum_attachments", managed=0, ignored=0, unmanaged=5),
    )
    third = replace(courses[2], ignored=(Ignored(field="attributes.time_zone", pattern="*"),))
    return drift(*courses[:2], third, *courses[3:], coverage=rows)


DRIFTS: dict[str, Drift] = {
    "drift-varied": drift(BIOLOGY, CHEMISTRY, IN_SYNC, released=(GONE,), diagnostics=(UNSEEN,)),
    "drift-two-way": drift(_two_way(BIOLOGY), IN_SYNC, base=None, diagnostics=(NO_BASE,)),
    "drift-none": drift(IN_SYNC, replace(CHEMISTRY, fields=(), ignored=BIOLOGY.ignored)),
    "drift-nothing": drift(base=None, diagnostics=(NO_BASE,)),
    "drift-hostile": drift(HOSTILE, accounts={"8": "Department | <b>of</b> \x00 & Co"}),
    "drift-errored": drift(
        CHEMISTRY,
        IN_SYNC,
        diagnostics=(
            NOT_FOUND,
            problem("course-unreadable", "Canvas answered 500 each time.", course="4124"),
            problem("reference-not-found", "No term sis_term_id:2026FA."),
        ),
        blame="Who changed what is not known: this Canvas keeps no audit log of courses.",
    ),
    "drift-coverage": _covered(),
}


def _member(n: int) -> CourseDrift:
    sis = f"{['BIO', 'CHEM', 'ENGL', 'HIST', 'MATH', 'PHYS'][n % 6]}-{100 + n}-2026FA"
    where = at(FALL, 8, "policy fall-2026-everywhere")
    batch = replace(IMPORT, at=f"2026-11-04T02:{n % 60:02}:00Z")
    found = []
    if n % 3 == 0:
        found.append(
            field(
                "settings.hide_final_grades",
                LIVE,
                base=True,
                read=False,
                after=True,
                course=n,
                blame=batch if n % 9 else replace(ADA, at=f"2026-11-03T14:{n % 60:02}:00Z"),
                origin=where,
            )
        )
    if n % 10 == 0:
        view = ["feed", "wiki", "assignments"][n // 10 % 3]
        found.append(
            field(
                "attributes.default_view",
                LIVE,
                base="modules",
                read=view,
                after="modules",
                course=n,
                blame=replace(ADA, user_id=n, user=f"Teacher {n}"),
                origin=at(FALL, 10, "policy fall-2026-everywhere"),
            )
        )
    if n % 25 == 0:
        welcome = "<h2>Welcome</h2>\n<p>Help: the library desk.</p>"
        found.append(
            field("attributes.syllabus_body", CONFIG, base="", read="", after=welcome, course=n, origin=where)
        )
    if n in {7, 41}:
        found.append(
            field(
                "attributes.name",
                CONFLICT,
                base="Seminar",
                read=f"Course {n}",
                after=f"Seminar {n}",
                course=n,
            )
        )
    place = {"attributes.name": 0, "attributes.syllabus_body": 1, "attributes.default_view": 2}
    return course(
        4000 + n,
        *sorted(found, key=lambda item: place.get(item.field, 9)),
        sis=sis,
        account=5 + n % 3,
        file=FALL,
        line=3,
        ignored=(
            Ignored(field="attributes.course_code", pattern="attributes.*", reason="the registrar owns it"),
        )
        if n % 3 == 0
        else (),
        released=(Released(field="settings.filter_speed_grader_by_student_group", read=True, origin=where),)
        if n % 4 == 0
        else (),
    )


def _remarks() -> tuple[Diagnostic, ...]:
    return tuple(replace(UNSEEN, course=str(4000 + n)) for n in range(60))


FLEET = drift(
    *map(_member, range(300)),
    diagnostics=_remarks(),
    accounts={"5": "Biology", "6": "Chemistry"},
    policies=(
        PolicyMatch(name="fall-2026-everywhere", file=FALL, line=3, column=5, courses=300),
        PolicyMatch(name="spring-2027", file="policies/spring.yaml", line=2, column=5, courses=0),
    ),
)
