"""Plans, reports and snapshots that hypothesis makes up: any text, any value, every key filled."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import strategies as st

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import CODES, Diagnostic, Position, Severity
from coursesync.model import (
    Action,
    CanvasAddress,
    Change,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    Ignored,
    LeftOut,
    LiveCourse,
    Origin,
    Part,
    Plan,
    PlanSummary,
    Precondition,
    Report,
    Request,
    SideEffect,
    Snapshot,
    Source,
    SourceFile,
    Unverified,
    Verdict,
)

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


plans = st.builds(
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
    summary=st.builds(
        PlanSummary, courses=counts, courses_to_change=counts, changes=counts, requests=counts, reads=counts
    ),
    courses=tuples(courses),
    requests=tuples(requests),
    diagnostics=tuples(diagnostics),
    errored=flags,
).map(_numbered)

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
reports = st.builds(
    Report,
    run=texts,
    plan_digest=words,
    canvas=canvases,
    started_at=texts,
    finished_at=texts,
    courses=tuples(
        st.builds(
            CourseOutcome,
            id=numbers,
            name=texts,
            sis_course_id=st.one_of(st.none(), texts),
            fields=tuples(outcomes),
            error=texts,
        )
    ),
    left_out=tuples(st.builds(LeftOut, course=numbers, field=addresses, change_id=words, reason=texts)),
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
