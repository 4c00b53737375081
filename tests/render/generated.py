"""Plans, reports, comparisons and snapshots made up by hypothesis: any text, any value, every key filled."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import CODES, Diagnostic, Position, Severity
from coursesync.model import (
    Action,
    Barrier,
    Base,
    Blame,
    Block,
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
    LiveCourse,
    Origin,
    Part,
    Plan,
    PlanSummary,
    PolicyMatch,
    Precondition,
    Released,
    Report,
    Request,
    SideEffect,
    Snapshot,
    Source,
    SourceFile,
    Unverified,
    Verdict,
)
from coursesync.steps.plan import grouped

# What breaks layouts and markup, more often than chance would bring it.
NASTY = [
    "<script>alert(1)</script>",
    "</details></summary>",
    "```\n````\n# x",
    "a | b ` c",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "@everyone #1 https://evil.test www.evil.test",
    "line\nline\r\n\ttab  ",
    "化学入门" * 12,
    "x" * 130,
    "true",
    "  ",
    "a -> b",
    "<p>one</p><p>two</p><ul><li>three</li></ul>" * 4,
    "[x](javascript:alert(1)) ![i](http://e.test/i.png)",
    "\\|\\`\\",
]
texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(NASTY),
    st.lists(st.text(string.ascii_letters, min_size=1, max_size=14), max_size=30).map(" ".join),
)
words = st.text(string.ascii_lowercase + "_", min_size=1, max_size=24)
numbers = st.integers(min_value=0, max_value=2**60)
counts = st.integers(min_value=0, max_value=9999)
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=5,
)
addresses = st.tuples(st.sampled_from(["attributes", "settings", "blueprint"]), words).map(".".join)
maps = st.dictionaries(words, values, max_size=3)
flags = st.booleans()


def tuples(item: st.SearchStrategy, most: int = 3) -> st.SearchStrategy[tuple]:
    return st.lists(item, max_size=most).map(tuple)


files = st.one_of(words.map(lambda word: f"courses/{word}.yaml"), texts)
origins = tuples(st.builds(Origin, file=files, line=counts, column=counts, layer=texts))
positions = st.one_of(st.none(), st.builds(Position, file=files, line=counts, column=counts))
diagnostics = st.builds(
    Diagnostic,
    code=st.sampled_from(sorted(CODES)),
    severity=st.sampled_from(Severity),
    summary=texts,
    detail=texts,
    hint=texts,
    position=positions,
    course=st.one_of(st.none(), texts),
)
parts = st.builds(Part, key=texts, before=values, after=values)
classes = st.sampled_from(DriftClass)
released = st.builds(Released, field=addresses, read=values, origin=origins)
bases = st.one_of(st.none(), st.builds(Base, ref=texts, commit=texts, run=st.one_of(st.none(), texts)))
changes = st.builds(
    Change,
    id=st.just(""),
    field=addresses,
    action=st.sampled_from(Action),
    before=values,
    after=values,
    after_known=flags,
    expected=values,
    risk=st.sampled_from(Risk),
    origin=origins,
    notes=tuples(texts),
    parts=tuples(parts),
    class_=st.one_of(st.none(), classes),
)
effects = st.builds(
    SideEffect,
    field=addresses,
    before=values,
    after=values,
    after_known=flags,
    risk=st.sampled_from(Risk),
    reason=texts,
    unverified=flags,
)
unverified = st.builds(Unverified, id=st.just(""), field=addresses, value=values, origin=origins)
ignored = st.builds(Ignored, field=addresses, pattern=texts, reason=texts, until=texts)
requests = st.builds(
    Request,
    id=st.just(""),
    method=words,
    path=texts,
    body=maps,
    courses=tuples(numbers),
    changes=tuples(words),
)
courses = st.builds(
    CoursePlan,
    id=numbers,
    name=texts,
    workflow_state=texts,
    declared_id=texts,
    sis_course_id=st.one_of(st.none(), texts),
    changes=tuples(changes),
    side_effects=tuples(effects, 2),
    preconditions=tuples(st.builds(Precondition, field=addresses, value=values), 2),
    unverified=tuples(unverified, 2),
    unverified_requests=tuples(requests, 1),
    ignored=tuples(ignored, 2),
    requests=tuples(words),
    account_id=st.one_of(st.none(), numbers),
    released=tuples(released, 2),
)
canvases = st.builds(CanvasAddress, url=texts, account=st.one_of(st.none(), numbers))


def _numbered(plan: Plan) -> Plan:
    """Give courses, changes and requests ids that differ."""
    count = iter(range(1, 1000))

    def named(items: tuple, prefix: str) -> tuple:
        return tuple(replace(item, id=f"{prefix}{next(count)}") for item in items)

    made = tuple(
        replace(
            course,
            id=number,
            changes=named(course.changes, "c"),
            unverified=named(course.unverified, "c"),
            unverified_requests=named(course.unverified_requests, "r"),
        )
        for number, course in enumerate(plan.courses, 1)
    )
    return replace(plan, courses=made, requests=named(plan.requests, "r"))


summaries = st.builds(
    PlanSummary,
    courses=counts,
    courses_to_change=counts,
    changes=counts,
    requests=counts,
    reads=counts,
    apply_reads=counts,
    seconds=st.one_of(st.none(), st.integers(0, 100_000)),
    classes=st.dictionaries(classes.map(str), counts, max_size=3),
)
policies = st.builds(
    PolicyMatch, name=texts, file=files, line=counts, column=counts, courses=st.integers(0, 9999)
)


blocks = st.builds(
    Block,
    barrier=st.sampled_from(Barrier),
    what=st.one_of(addresses, texts),
    reason=texts,
    hint=texts,
    found=st.one_of(st.none(), counts),
    allowed=st.one_of(st.none(), counts),
    changes=tuples(words),
    file=st.one_of(st.just(""), files),
    line=counts,
    column=counts,
)


def _plans(courses: st.SearchStrategy[tuple]) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        coursesync_version=texts,
        created_at=texts,
        canvas=canvases,
        source=st.builds(
            Source,
            commit=st.one_of(st.none(), texts),
            dirty=flags,
            manifests=tuples(st.builds(SourceFile, path=files, sha256=words)),
        ),
        summary=summaries,
        courses=courses,
        requests=tuples(requests),
        diagnostics=tuples(diagnostics),
        errored=flags,
        policies=tuples(policies),
        base=bases,
        blocks=tuples(blocks),
    )


plans = _plans(tuples(courses)).map(_numbered)


@st.composite
def fleets(draw: st.DrawFn) -> Plan:
    """Draw a plan whose courses take their changes and side effects from a few, so that many share some."""
    few = draw(st.lists(changes, min_size=1, max_size=4))
    known = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=len(few), max_size=len(few), unique=True))
    few = [replace(change, field=field) for change, field in zip(few, known, strict=True)]
    losses = draw(st.lists(effects, max_size=3, unique_by=lambda item: item.field))
    noted = st.sampled_from([(), ("It is so.",), ("It is so.", "Or not.")])

    def member(number: int) -> CoursePlan:
        mine = draw(st.lists(st.sampled_from(few), unique_by=id))
        lost = draw(st.lists(st.sampled_from(losses), unique_by=id)) if losses else []
        return CoursePlan(
            id=number,
            name=draw(texts),
            workflow_state="available",
            declared_id=str(number),
            sis_course_id=draw(st.one_of(st.none(), texts)),
            changes=tuple(replace(change, notes=draw(noted)) for change in mine),
            side_effects=tuple(
                replace(effect, before=draw(values) if draw(flags) else effect.before) for effect in lost
            ),
            ignored=draw(tuples(st.sampled_from(IGNORED))),
            unverified=draw(tuples(st.sampled_from(UNVERIFIED), 1)),
        )

    plan = draw(_plans(st.just(())))
    made = _numbered(
        replace(plan, courses=tuple(member(number) for number in range(1, draw(st.integers(1, 9)))))
    )
    return replace(made, groups=grouped(made.courses))


IGNORED = [
    Ignored(field="attributes.name", pattern="attributes.*", reason="x | y"),
    Ignored(field="a.b", pattern="*"),
]
UNVERIFIED = [
    Unverified(id="", field="settings.a", value=True),
    Unverified(id="", field="settings.a", value=1),
]

outcomes = st.builds(
    FieldOutcome,
    change_id=st.one_of(st.none(), words),
    field=addresses,
    verdict=st.sampled_from(Verdict),
    before=values,
    after=values,
    read=values,
    message=texts,
    side_effect=flags,
)
few_outcomes = st.lists(outcomes, min_size=1, max_size=4).flatmap(
    lambda few: tuples(
        st.builds(
            CourseOutcome,
            id=numbers,
            name=texts,
            sis_course_id=st.one_of(st.none(), texts),
            fields=tuples(
                st.one_of(st.sampled_from(few), st.builds(replace, st.sampled_from(few), before=values))
            ),
            error=st.sampled_from(["", "It broke.", "<b>@all"]),
        ),
        9,
    )
)
reports = st.builds(
    Report,
    run=texts,
    plan_digest=words,
    canvas=canvases,
    started_at=texts,
    finished_at=texts,
    courses=st.one_of(
        few_outcomes,
        tuples(
            st.builds(
                CourseOutcome,
                id=numbers,
                name=texts,
                sis_course_id=st.one_of(st.none(), texts),
                fields=tuples(outcomes),
                error=texts,
            )
        ),
    ),
    left_out=tuples(
        st.builds(
            LeftOut,
            course=numbers,
            field=st.one_of(st.just("attributes.name"), addresses),
            change_id=words,
            reason=st.one_of(st.just("Not among --only."), texts),
        ),
        5,
    ),
    totals=st.dictionaries(st.sampled_from([*Verdict, "courses", "side_effects"]).map(str), counts),
    requests_sent=counts,
    interrupted=flags,
    unavailable=flags,
    errors=tuples(texts),
)
snapshots = st.builds(
    Snapshot,
    canvas=canvases,
    created_at=texts,
    courses=st.dictionaries(
        texts,
        st.builds(
            LiveCourse,
            id=numbers,
            name=texts,
            sis_course_id=st.one_of(st.none(), texts),
            workflow_state=texts,
            account_id=st.one_of(st.none(), numbers),
            root_account_id=st.one_of(st.none(), numbers),
            state=maps,
            account=maps,
            previews=st.dictionaries(words, texts, max_size=2),
        ),
        max_size=2,
    ),
    references=st.dictionaries(texts, numbers, max_size=2),
)

blames = st.builds(
    Blame,
    user_id=st.one_of(st.none(), numbers),
    user=texts,
    at=st.one_of(texts, st.sampled_from(["", "2026-11-03T14:05:00Z", "2026-11-04T02:00:31Z"])),
    source=st.one_of(texts, st.sampled_from(["api", "manual", "sis"])),
    event=st.one_of(texts, st.sampled_from(["updated", "copied_from", "reset_from"])),
    exact=flags,
    sis_batch=st.one_of(st.none(), numbers),
    copied_from=st.one_of(st.none(), numbers),
)
drifted = st.builds(
    FieldDrift,
    change_id=words,
    field=addresses,
    verdict=st.sampled_from(Finding),
    class_=classes,
    before=values,
    before_known=flags,
    after=values,
    after_known=flags,
    read=values,
    risk=st.sampled_from(Risk),
    origin=origins,
    parts=tuples(parts, 2),
    notes=tuples(texts, 2),
    message=st.one_of(st.just(""), texts),
    blame=st.one_of(st.none(), blames),
)


def _compared(fields: st.SearchStrategy[tuple]) -> st.SearchStrategy[CourseDrift]:
    return st.builds(
        CourseDrift,
        id=numbers,
        name=texts,
        sis_course_id=st.one_of(st.none(), texts),
        workflow_state=texts,
        declared_id=texts,
        account_id=st.one_of(st.none(), st.integers(0, 3)),
        file=files,
        line=counts,
        column=counts,
        fields=fields,
        in_sync=tuples(addresses),
        ignored=tuples(ignored, 2),
        unverified=tuples(addresses, 2),
        released=tuples(released, 2),
        unmanaged=tuples(addresses),
    )


# Courses that take what differs from a few, so that many share some; the values in Canvas vary.
few_drifted = st.lists(drifted, min_size=1, max_size=4, unique_by=lambda item: item.field).flatmap(
    lambda few: tuples(
        _compared(
            tuples(
                st.one_of(
                    st.sampled_from(few),
                    st.builds(replace, st.sampled_from(few), read=values),
                    st.builds(replace, st.sampled_from(few), blame=blames),
                )
            )
        ),
        9,
    )
)
coverages = st.builds(FieldCoverage, field=addresses, managed=counts, ignored=counts, unmanaged=counts)
drifts = st.builds(
    Drift,
    coursesync_version=texts,
    run=st.one_of(st.none(), texts),
    canvas=canvases,
    started_at=texts,
    finished_at=texts,
    base=bases,
    source=st.builds(Source, commit=st.one_of(st.none(), texts), dirty=flags),
    courses=st.one_of(tuples(_compared(tuples(drifted))), few_drifted),
    released=tuples(_compared(st.just(())), 2),
    totals=st.dictionaries(
        st.sampled_from(
            [*DriftClass, "courses", "courses_in_sync", "courses_drifted", "fields", "released", "ignored"]
        ).map(str),
        counts,
    ),
    coverage=tuples(coverages),
    accounts=st.dictionaries(st.integers(0, 3).map(str), texts, max_size=3),
    blame=st.one_of(st.just(""), texts),
    policies=tuples(policies),
    diagnostics=tuples(diagnostics),
    errored=flags,
    reads=counts,
)
