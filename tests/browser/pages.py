"""Documents as a school would see them: some hundred or thousand courses, departments, people, real names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Position, problem
from coursesync.model import (
    Action,
    Base,
    Blame,
    CanvasAddress,
    Change,
    CourseDrift,
    CourseOutcome,
    CoursePlan,
    Drift,
    DriftClass,
    FieldCoverage,
    FieldDrift,
    FieldOutcome,
    Finding,
    Ignored,
    LeftOut,
    Origin,
    Part,
    Plan,
    PlanSummary,
    PolicyMatch,
    Released,
    Report,
    Request,
    SideEffect,
    Source,
    Unverified,
    Verdict,
)

CANVAS = CanvasAddress(url="https://canvas.northfield.example", account=1)
COMMIT = "8f3b1c2ad94e5f60718293a4b5c6d7e8f9012345"
DEPARTMENTS = {
    "101": "Biology and Life Sciences",
    "102": "Chemistry",
    "103": "English and Comparative Literature",
    "104": "History",
    "105": "Mathematics and Statistics",
    "106": "School of Nursing",
    "107": "Modern Languages",
    "108": "Continuing Education",
}
CODES = ["BIO", "CHEM", "ENGL", "HIST", "MATH", "NURS", "LANG", "CONT"]
TITLES = [
    ("Cell Biology", "Genetics", "Field Methods in Ecology", "Anatomy and Physiology I", "Microbiology"),
    ("General Chemistry", "Organic Chemistry II", "Laboratory Safety", "Physical Chemistry"),
    ("Composition", "The Novel since 1900", "Writing in the Disciplines: A Workshop for Transfer Students"),
    ("World History to 1500", "The Atlantic World", "Oral History Seminar", "Historiography"),
    ("Calculus I", "Linear Algebra", "Statistics for the Social Sciences", "Discrete Structures"),
    ("Clinical Practicum", "Pharmacology", "Community Health Nursing", "Evidence-Based Practice"),
    ("Elementary Spanish", "中级汉语 Intermediate Chinese", "مقدمة في العربية", "Français intermédiaire"),
    ("Bookkeeping", "Grant Writing", "Supervisory Skills"),
]
PEOPLE = [
    (501, "Marisol Quintero"),
    (502, "Anneke de Vries"),
    (503, "Tobias Lindqvist"),
    (504, "Priya Raman"),
    (505, "李文娟"),
    (None, ""),
]
# What a school declares, and the values that are declared and found.
MANAGED: dict[str, tuple[object, object]] = {
    "attributes.enrollment_term_id": (310, 305),
    "attributes.restrict_enrollments_to_course_dates": (True, False),
    "attributes.start_at": ("2026-08-24T06:00:00Z", None),
    "attributes.end_at": ("2026-12-18T07:00:00Z", "2026-12-31T07:00:00Z"),
    "attributes.time_zone": ("America/Denver", "America/New_York"),
    "attributes.default_view": ("modules", "feed"),
    "attributes.is_public": (False, True),
    "attributes.license": ("private", "cc_by_nc_sa"),
    "attributes.storage_quota_mb": (2000, 500),
    "attributes.grading_standard_id": (17, None),
    "attributes.apply_assignment_group_weights": (True, False),
    "attributes.syllabus_body": ("", ""),
    "attributes.workflow_state": ("available", "completed"),
    "attributes.course_visibility": ("course", "institution"),
    "attributes.allow_wiki_comments": (False, True),
    "settings.allow_student_discussion_topics": (False, True),
    "settings.allow_student_forum_attachments": (True, False),
    "settings.allow_student_organized_groups": (False, True),
    "settings.filter_speed_grader_by_student_group": (True, False),
    "settings.hide_final_grades": (True, False),
    "settings.hide_distribution_graphs": (True, False),
    "settings.lock_all_announcements": (True, False),
    "settings.restrict_student_past_view": (True, False),
    "settings.restrict_student_future_view": (True, False),
    "settings.show_announcements_on_home_page": (True, False),
    "settings.home_page_announcement_limit": (3, 5),
    "settings.syllabus_course_summary": (True, False),
    "settings.usage_rights_required": (True, False),
    "blueprint.enabled": (False, True),
    "blueprint.restrictions": (
        {"content": True, "points": True, "due_dates": True},
        {"content": True, "points": False, "due_dates": False},
    ),
}
ADDRESSES = [address for address in FIELDS if address in MANAGED]
SYLLABUS = """<h2>{title}</h2>
<p>Welcome to <strong>{title}</strong>. This syllabus is a contract between you and the department; please
read it before the first meeting.</p>
<h3>Office hours</h3>
<p>{hours}, in the department&rsquo;s office or by appointment.</p>
<ul><li>Participation: {share}&nbsp;%</li><li>Midterm: 30&nbsp;%</li><li>Project: 40&nbsp;%</li></ul>
<p>Late work is accepted for {late} after the deadline, with a loss of ten percent for each day. Ask for help
early: the <a href="/courses/1/pages/tutoring">tutoring centre</a> is open to everybody.</p>"""


def noise(*words: object) -> int:
    """Return a number that looks like chance and is the same in every run."""
    return int(sha256("/".join(map(str, words)).encode()).hexdigest()[:8], 16)


def title_of(n: int) -> str:
    titles = TITLES[n % 8]
    return titles[noise("title", n) % len(titles)]


def sis_of(n: int) -> str | None:
    return None if n % 37 == 11 else f"{CODES[n % 8]}-{100 + noise('code', n) % 400}-{n:04}-2026FA"


def syllabus(n: int, *, live: bool) -> str:
    said = {"title": title_of(n), "hours": "Monday 10:00 to 12:00", "share": 30, "late": "three days"}
    if live:
        said |= {"hours": "Tuesday and Thursday 14:00 to 15:30", "late": "one week"}
    return SYLLABUS.format(**said)


def origin(n: int, address: str) -> tuple[Origin, ...]:
    line = 4 + ADDRESSES.index(address)
    fall = Origin(file="policies/fall-2026.yaml", line=line, column=7, layer="policy fall-2026-everywhere")
    if noise("origin", n, address) % 4:
        return (fall,)
    online = Origin(file="profiles/online.yaml", line=line + 3, column=7, layer="profile online")
    own = Origin(file=f"courses/{CODES[n % 8].lower()}.yaml", line=10 * n + 4, column=7, layer="course")
    return (fall, online, own)


def blame(n: int, address: str) -> Blame | None:
    drawn = noise("blame", n // 3, address)
    if drawn % 9 == 0:
        return None
    number, name = PEOPLE[drawn % len(PEOPLE)]
    return Blame(
        user_id=number,
        user=name,
        at=f"2026-11-{1 + drawn % 23:02}T{8 + drawn % 10:02}:{drawn % 60:02}:00Z",
        source="manual" if name else "sis",
        event="updated",
        exact=drawn % 3 != 0,
        sis_batch=None if name else 88_213,
    )


CLASSES = [
    DriftClass.LIVE_CHANGED,
    DriftClass.LIVE_CHANGED,
    DriftClass.LIVE_CHANGED,
    DriftClass.CONFIG_CHANGED,
    DriftClass.CONFLICT,
    DriftClass.BOTH,
]


def values(n: int, address: str) -> tuple[object, object]:
    if address == "attributes.syllabus_body":
        return syllabus(n, live=False), syllabus(n, live=True)
    return MANAGED[address]


def parts(after: object, read: object) -> tuple[Part, ...]:
    if not isinstance(after, dict) or not isinstance(read, dict):
        return ()
    return tuple(
        Part(key=key, before=read[key], after=after[key]) for key in after if after[key] != read[key]
    )


def risk_of(address: str) -> Risk:
    return {"attributes.workflow_state": Risk.LOSSY, "blueprint.enabled": Risk.DESTRUCTIVE}.get(
        address, Risk.SAFE
    )


def field_drift(n: int, address: str, *, based: bool) -> FieldDrift:
    after, read = values(n, address)
    class_ = CLASSES[noise("class", n // 4, address) % 6] if based else DriftClass.DIFFERS
    if class_ is DriftClass.BOTH:
        read = after
    before = {DriftClass.LIVE_CHANGED: after, DriftClass.CONFIG_CHANGED: read}.get(class_)
    return FieldDrift(
        change_id=f"{noise('id', n, address):010x}",
        field=address,
        verdict=Finding.AGREED if class_ is DriftClass.BOTH else Finding.DRIFTED,
        class_=class_,
        before=before,
        before_known=based,
        after=after,
        after_known=True,
        read=read,
        risk=risk_of(address),
        origin=origin(n, address),
        parts=parts(after, read),
        notes=("SIS imports stop updating this field once it is changed here.",)
        if address == "attributes.end_at"
        else (),
        message="The manifests and Canvas both moved since the base, to different values."
        if class_ is DriftClass.CONFLICT
        else "",
        blame=blame(n, address) if based and class_ is not DriftClass.CONFIG_CHANGED else None,
    )


def drifted(n: int, rate: int) -> list[str]:
    """Return the fields of a course that differ: few in few courses, one everywhere in a department."""
    if noise("course", n) % 100 >= rate and n % 8 != 5:
        return []
    found = [address for address in ADDRESSES if noise("field", n, address) % 100 < 9]
    if n % 8 == 5:
        found.append("settings.hide_final_grades")
    if n % 8 == 1:
        found.append("attributes.syllabus_body")
    return [address for address in ADDRESSES if address in found]


def course_drift(n: int, *, based: bool, rate: int, coverage: bool) -> CourseDrift:
    differing = drifted(n, rate)
    ignored = ["attributes.time_zone"] if n % 11 == 3 and "attributes.time_zone" not in differing else []
    equal = [address for address in ADDRESSES if address not in {*differing, *ignored}]
    return CourseDrift(
        id=4000 + n,
        name=title_of(n),
        sis_course_id=sis_of(n),
        workflow_state="available" if n % 6 else "unpublished",
        declared_id=f"sis_course_id:{sis_of(n)}" if sis_of(n) else str(4000 + n),
        account_id=101 + n % 8,
        file=f"courses/{CODES[n % 8].lower()}.yaml",
        line=10 * n + 1,
        column=5,
        fields=tuple(field_drift(n, address, based=based) for address in differing),
        in_sync=tuple(equal),
        ignored=tuple(
            Ignored(field=address, pattern=address, reason="the registrar owns it", until="2027-01-31")
            for address in ignored
        ),
        unverified=("settings.enable_offline_web_export",) if n % 5 == 0 else (),
        released=(Released(field="attributes.indexed", read=True, origin=origin(n, ADDRESSES[0])),)
        if n % 50 == 7
        else (),
        unmanaged=("attributes.name", "attributes.course_code") if coverage else (),
    )


def drift(number: int, *, based: bool = True, rate: int = 35, coverage: bool = True) -> Drift:
    """Return a nightly comparison of so many courses; rate: percent of courses with differences."""
    courses = tuple(course_drift(n, based=based, rate=rate, coverage=coverage) for n in range(number))
    classes = Counter(item.class_.value for course in courses for item in course.fields)
    differing = [
        course for course in courses if any(item.class_ is not DriftClass.BOTH for item in course.fields)
    ]
    return Drift(
        coursesync_version="0.1.0",
        run="2026-11-22T21-14-08Z-91ab" if based else None,
        canvas=CANVAS,
        started_at="2026-11-24T04:00:02Z",
        finished_at="2026-11-24T04:03:41Z",
        base=Base(ref="main", commit=COMMIT, run="2026-11-22T21-14-08Z-91ab") if based else None,
        source=Source(commit="c41d7e90" * 5),
        courses=courses,
        totals={
            "courses": number,
            "courses_in_sync": number - len(differing),
            "courses_drifted": len(differing),
            "fields": sum(classes.values()) - classes["both"],
            **{class_.value: classes[class_.value] for class_ in DriftClass},
            "in_sync": sum(len(course.in_sync) for course in courses),
            "ignored": sum(len(course.ignored) for course in courses),
            "unverified": sum(len(course.unverified) for course in courses),
            "released": sum(len(course.released) for course in courses),
            "unmanaged": sum(len(course.unmanaged) for course in courses),
            "errors": 1,
        },
        coverage=tuple(_coverage(number)) if coverage else (),
        accounts=DEPARTMENTS,
        policies=(
            PolicyMatch(
                name="fall-2026-everywhere", file="policies/fall-2026.yaml", line=3, column=5, courses=number
            ),
            PolicyMatch(name="nursing", file="policies/nursing.yaml", line=2, column=5, courses=number // 8),
            PolicyMatch(name="spring-2027", file="policies/spring.yaml", line=2, column=5, courses=0),
        ),
        diagnostics=DIAGNOSTICS,
        errored=True,
        reads=number // 6 + 40,
    )


def _coverage(number: int) -> Iterator[FieldCoverage]:
    for address in FIELDS:
        managed = number if address in MANAGED else number // 9 if noise("covered", address) % 3 == 0 else 0
        ignored = number // 11 if address == "attributes.time_zone" else 0
        yield FieldCoverage(
            field=address, managed=managed - ignored, ignored=ignored, unmanaged=number - managed
        )


DIAGNOSTICS = (
    problem(
        "course-not-found",
        "Canvas has no course sis_course_id:GEO-101-2026FA, or this token may not see it.",
        hint="Check the id, or write missing: skip if the course does not exist yet.",
        at=Position(file="courses/geo.yaml", line=12, column=5),
        course="sis_course_id:GEO-101-2026FA",
    ),
    problem(
        "policy-matches-nothing",
        'The policy "spring-2027" matches no course.',
        at=Position(file="policies/spring.yaml", line=2, column=5),
    ),
    problem("left-alone", "blueprint.enabled is true in Canvas and not declared.", course="4003"),
)


def _change(n: int, address: str, *, based: bool) -> Change:
    after, read = values(n, address)
    return Change(
        id=f"{noise('id', n, address):010x}",
        field=address,
        action=Action.SET,
        before=read,
        after=after,
        risk=risk_of(address),
        origin=origin(n, address),
        parts=parts(after, read),
        notes=("Enrolments that ended with the course stay ended.",)
        if address == "attributes.workflow_state"
        else (),
        class_=(DriftClass.CONFIG_CHANGED if noise("side", n) % 3 else DriftClass.LIVE_CHANGED)
        if based
        else None,
    )


ERASED = (
    "Canvas erases the end date on any attribute change while restrict_enrollments_to_course_dates is false. "
    "To keep it, declare that field true together with end_at."
)


def course_plan(n: int, *, based: bool) -> CoursePlan:
    changes = tuple(_change(n, address, based=based) for address in drifted(n, 40))
    losing = n % 8 == 3 and bool(changes)
    return CoursePlan(
        id=4000 + n,
        name=title_of(n),
        workflow_state="available" if n % 6 else "unpublished",
        declared_id=str(4000 + n),
        sis_course_id=sis_of(n),
        account_id=101 + n % 8,
        changes=changes,
        side_effects=(
            SideEffect(
                field="attributes.end_at",
                before="2026-12-18T07:00:00Z",
                after=None,
                after_known=True,
                risk=Risk.LOSSY,
                reason=ERASED,
            ),
        )
        if losing
        else (),
        unverified=(
            Unverified(
                id=f"ff{n:08x}",
                field="settings.enable_offline_web_export",
                value=True,
                origin=origin(n, ADDRESSES[0])[:1],
            ),
        )
        if n % 9 == 0
        else (),
        requests=tuple(f"r{n}-{change.field}" for change in changes),
    )


def plan(number: int, *, based: bool = True) -> Plan:
    """Return a plan of so many courses."""
    courses = tuple(course_plan(n, based=based) for n in range(number))
    changing = [course for course in courses if course.changes]
    requests = tuple(
        Request(
            id=f"r{course.id}",
            method="PUT",
            path=f"/api/v1/courses/{course.id}",
            body={"course": {change.field.split(".")[1]: change.after for change in course.changes}},
            courses=(course.id,),
            changes=tuple(change.id for change in course.changes),
        )
        for course in changing
    )
    return Plan(
        coursesync_version="0.1.0",
        created_at="2026-11-24T04:00:02Z",
        canvas=CANVAS,
        source=Source(commit=COMMIT, dirty=True),
        summary=PlanSummary(
            courses=number,
            courses_to_change=len(changing),
            changes=sum(len(course.changes) for course in courses),
            requests=len(requests),
            reads=number // 6,
            apply_reads=number // 4,
            seconds=44,
        ),
        courses=courses,
        requests=requests,
        diagnostics=DIAGNOSTICS[1:],
        errored=False,
        base=Base(ref="main", commit=COMMIT) if based else None,
        digest="5e" * 32,
    )


_FATES = [
    (Verdict.FAILED, "Canvas said no (403): user not authorised to perform that action."),
    (
        Verdict.IGNORED,
        "Canvas answered as if it had worked and changed nothing. The account locks this setting.",
    ),
    (Verdict.ALTERED, "Canvas made something else of it."),
    (Verdict.STALE, "It is another value now than when the plan was made."),
    (Verdict.UNKNOWN, "No answer came. It could not be read back."),
]


def _outcome(n: int, address: str) -> FieldOutcome:
    after, before = values(n, address)
    drawn = noise("fate", n, address) % 60
    verdict, message = _FATES[drawn] if drawn < len(_FATES) else (Verdict.APPLIED, "")
    if address == "attributes.syllabus_body" and verdict is Verdict.APPLIED:
        verdict, message = Verdict.NORMALISED, "Canvas keeps it in another form."
    read = after if verdict in {Verdict.APPLIED, Verdict.NORMALISED} else before
    if verdict is Verdict.ALTERED:
        read = "something else"
    return FieldOutcome(
        change_id=f"{noise('id', n, address):010x}",
        field=address,
        verdict=verdict,
        before=before,
        after=after,
        read=read,
        message=message,
    )


def course_outcome(n: int) -> CourseOutcome:
    return CourseOutcome(
        id=4000 + n,
        name=title_of(n),
        sis_course_id=sis_of(n),
        account_id=101 + n % 8,
        fields=tuple(_outcome(n, address) for address in drifted(n, 40)),
        error="Stopped after a request was refused." if n % 61 == 9 else "",
    )


def report(number: int) -> Report:
    """Return what an apply of so many courses came to, with failures."""
    courses = tuple(course_outcome(n) for n in range(number))
    verdicts = Counter(item.verdict.value for course in courses for item in course.fields)
    return Report(
        run="2026-11-24T04-05-00Z-4f2a",
        plan_digest="5e" * 32,
        canvas=CANVAS,
        started_at="2026-11-24T04:05:00Z",
        finished_at="2026-11-24T04:05:48Z",
        courses=courses,
        left_out=(
            LeftOut(course=4001, field="attributes.name", change_id="ab12", reason="Not among --only."),
            LeftOut(course=4002, field="attributes.name", change_id="ab13", reason="Not among --only."),
        ),
        totals={"courses": number, **verdicts},
        requests_sent=number,
        source=Source(commit=COMMIT),
        errors=("Canvas stopped answering after 212 requests.",),
    )
