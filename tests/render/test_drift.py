"""A comparison says which side of a field moved, from where to where and by whom, and alike things once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from coursesync.diagnostics import problem
from coursesync.model import Blame, Drift, DriftClass, FieldCoverage, FieldDrift, Finding, Ignored
from coursesync.render import Look
from coursesync.render import markdown as comment
from coursesync.render.groups import LEAST, covered, of_drift
from coursesync.render.markdown.marks import LIMIT
from coursesync.render.sentences import base_line, drift_closing
from coursesync.render.sides import blame_line, blame_lines, keys, sides
from coursesync.render.text import render
from tests.render.drifts import (
    ADA,
    BASE,
    BIOLOGY,
    COPY,
    DRIFTS,
    FLEET,
    IMPORT,
    IN_SYNC,
    at,
    course,
    drift,
    field,
)
from tests.render.generated import drifts

VIEW = "attributes.default_view"
LIVE, CONFIG, CONFLICT, BOTH = (
    DriftClass.LIVE_CHANGED,
    DriftClass.CONFIG_CHANGED,
    DriftClass.CONFLICT,
    DriftClass.BOTH,
)


def view(class_: DriftClass = LIVE, *, read="feed", after="modules", base="modules", **more) -> FieldDrift:
    return field(VIEW, class_, read=read, after=after, base=base, **more)


def blocks(text: str) -> list[list[str]]:
    return [block.split("\n") for block in text.rstrip("\n").split("\n\n")]


@given(drifts)
@settings(max_examples=60, deadline=None)
def test_every_field_that_differs_is_in_a_group_or_with_its_course_once(document: Drift) -> None:
    there = Counter(
        (number, id(item))
        for number, each in enumerate(document.courses)
        for item in each.fields
        if item.verdict is Finding.DRIFTED
    )
    split = of_drift(document)
    found = Counter((number, id(item)) for number, own in enumerate(split.own) for item in own)
    for block in split.blocks:
        for group in block.groups:
            assert len(group.courses) >= LEAST
            found.update((number, id(item)) for number, item in zip(group.courses, group.items, strict=True))
    assert found == there


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (view(), "Canvas: modules -> feed, declared: modules"),
        (view(CONFIG, read="feed", base="feed"), "Canvas: feed, declared: feed -> modules"),
        (view(CONFLICT, base="wiki"), "Canvas: wiki -> feed, declared: wiki -> modules"),
        (view(DriftClass.DIFFERS), "Canvas: feed, declared: modules"),
        (view(CONFIG, known=False, message="New."), "Canvas: feed, declared: modules"),
        (
            view(CONFLICT, base="wiki", message="Not applied."),
            "Canvas: feed, declared: modules, at the base: wiki",
        ),
        (view(CONFIG, base="feed", message="Not applied."), "Canvas: feed, declared: modules"),
        (view(BOTH, read="modules", base="wiki"), "Canvas: wiki -> modules, declared: wiki -> modules"),
        (view(after=None, after_known=False), "Canvas: modules -> feed, declared: whatever Canvas decides"),
        (view(read=True, after="true", base=1), 'Canvas: 1 -> true, declared: "true"'),
    ],
    ids=["live", "config", "conflict", "two-way", "new", "kept", "still", "both", "unknown", "kinds"],
)
def test_an_arrow_starts_at_the_base_on_the_side_that_moved(item: FieldDrift, line: str) -> None:
    assert sides(item).line == line


def test_the_keys_of_a_map_are_told_apart_side_by_side() -> None:
    item = field(
        "blueprint.restrictions",
        CONFLICT,
        base={"content": False, "points": True},
        read={"content": False, "points": False},
        after={"content": True, "points": True},
    )
    assert [(key, said.line) for key, said in keys(item)] == [
        ("content", "Canvas: false, declared: false -> true"),
        ("points", "Canvas: true -> false, declared: true"),
    ]


@pytest.mark.parametrize(
    ("blame", "line"),
    [
        (ADA, "changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the web pages"),
        (replace(ADA, source="api"), "changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the API"),
        (
            replace(ADA, user=""),
            "changed by user 7 on 2026-11-03 14:05Z through the web pages",
        ),
        (
            replace(ADA, user="", user_id=None, source=""),
            "changed by somebody the log does not name on 2026-11-03 14:05Z",
        ),
        (replace(ADA, event="published", source=""), "published by Ada Admin (user 7) on 2026-11-03 14:05Z"),
        (IMPORT, "changed by SIS import 88 on 2026-11-04 02:00:31Z"),
        (replace(IMPORT, sis_batch=None), "changed by an SIS import on 2026-11-04 02:00:31Z"),
        (
            COPY,
            "last event that names it: copied from course 12 by Grace Teacher (user 31) on 2026-10-30 09:12Z",
        ),
        (replace(ADA, at="", source="ftp\x07"), r"changed by Ada Admin (user 7) ftp\x07"),
    ],
    ids=["web", "api", "no name", "nobody", "published", "sis", "some import", "copied", "odd"],
)
def test_blame_says_who_when_and_how(blame: Blame, line: str) -> None:
    assert blame_line(blame) == line


def test_blame_of_many_courses_is_told_by_person_with_the_times_between() -> None:
    early, late = (replace(IMPORT, at=f"2026-11-04T02:{minute}:00Z") for minute in ("00", "59"))
    items = [view(blame=late), view(blame=early), view(blame=ADA), view()]
    assert blame_lines(items, ["A", "B", "C", "D"]) == [
        "changed by SIS import 88 between 2026-11-04 02:00Z and 2026-11-04 02:59Z (in 2 of 4: A and B)",
        "changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the web pages (in C)",
    ]


def test_blame_by_many_people_is_cut_and_says_so() -> None:
    items = [view(blame=replace(ADA, user_id=number)) for number in range(10)]
    lines = blame_lines(items, list("ABCDEFGHIJ"), most=3)
    assert len(lines) == 4
    assert lines[-1] == "and by others in 7 courses"


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (
            FLEET,
            "Drift: 144 fields in 126 courses (130 changed in Canvas, 12 in git, 2 conflicts). "
            "174 courses in sync. 75 fields are no longer managed.",
        ),
        (drift(course(1, view())), "Drift: 1 field in 1 course (1 changed in Canvas)."),
        (drift(course(1, view(CONFIG))), "Drift: 1 field in 1 course (1 changed in git)."),
        (
            drift(course(1, view(DriftClass.DIFFERS)), IN_SYNC, base=None),
            "Drift: 1 field in 1 course (two-way comparison: no base). 1 course in sync.",
        ),
        (drift(IN_SYNC), "No drift. 1 course is as declared."),
        (drift(IN_SYNC, base=None), "No drift. 1 course is as declared (two-way comparison: no base)."),
        (
            drift(course(1, view(BOTH)), IN_SYNC),
            "No drift. 2 courses are as declared. 1 field moved alike in git and in Canvas.",
        ),
        (drift(), "No drift. No course was compared."),
        (DRIFTS["drift-none"], "No drift. 2 courses are as declared. 1 field ignored."),
        (
            drift(IN_SYNC, diagnostics=(problem("course-not-found"),)),
            "No drift. 1 course is as declared. The comparison is incomplete: see the errors.",
        ),
    ],
    ids=[
        "fleet",
        "live",
        "config",
        "two-way",
        "none",
        "none two-way",
        "both",
        "nothing",
        "ignored",
        "errored",
    ],
)
def test_the_closing_line_counts_by_side_and_says_where_there_was_no_base(document: Drift, line: str) -> None:
    assert drift_closing(document) == line
    assert " ".join(render(document, Look()).split()).endswith(line)
    assert " ".join(render(document, Look(quiet=True)).split()).endswith(line)
    assert comment.render(document, Look()).startswith(f"### {line}")


@pytest.mark.parametrize(
    ("base", "line"),
    [
        (
            BASE,
            "Base: the manifests at commit fedcba987654 (refs/heads/main), which run "
            "2026-11-01T06-00-00Z-77aa applied.",
        ),
        (replace(BASE, run=None, ref="fedcba"), "Base: the manifests at commit fedcba987654."),
        (None, ""),
    ],
    ids=["receipt", "commit", "none"],
)
def test_the_base_is_named_by_its_commit(base, line: str) -> None:
    assert base_line(base) == line


def test_a_field_shows_its_class_its_place_both_sides_and_who() -> None:
    text = render(drift(course(1, view(blame=ADA, origin=at("fall.yaml", 8)))), Look())
    assert blocks(text)[0] == [
        "C-1  Course 1  (course 1, available)",
        "  ≠ attributes.default_view                            live-changed  fall.yaml:8",
        "      Canvas: modules -> feed, declared: modules",
        "      changed by Ada Admin (user 7) on 2026-11-03 14:05Z through the web pages",
    ]


def test_texts_are_compared_line_by_line_from_canvas_to_the_manifests() -> None:
    item = field("attributes.syllabus_body", LIVE, base="<p>a</p>", read="<p>b</p>", after="<p>a</p>")
    assert blocks(render(drift(course(1, item)), Look()))[0][2:] == [
        "      - Canvas, + declared: 1 line changed",
        "    - | b",
        "    + | a",
    ]
    assert "```diff\n- b\n+ a\n```" in comment.render(drift(course(1, item)), Look())


def test_the_same_drift_in_many_courses_is_told_once_and_an_outlier_apart() -> None:
    many = [course(n, view(course=n)) for n in range(1, 101)]
    odd = course(200, view(CONFLICT, base="wiki", course=200))
    text = render(drift(*many, odd), Look())
    assert text.count(VIEW) == 2
    first, second = blocks(text)[:2]
    assert first[0] == "100 courses"
    assert first[-1] == "  in C-1, C-2, C-3 and 97 more"
    assert second[0].startswith("C-200")


def test_what_only_canvas_shows_otherwise_is_told_in_one_block_with_a_row_for_each_course() -> None:
    many = [course(n, view(read=f"view-{n}", course=n)) for n in range(1, 6)]
    first = blocks(render(drift(*many), Look()))[0]
    assert first[2] == "      Canvas: several values, declared: modules"
    assert first[3:] == [f"      C-{n}  Canvas: modules -> view-{n}" for n in range(1, 6)]
    assert "| `C-5` | `modules -> view-5` |" in comment.render(drift(*many), Look())


def test_every_course_of_a_fleet_is_named_where_all_is_wanted() -> None:
    text = render(FLEET, Look(verbose=True))
    for each in FLEET.courses:
        if any(item.verdict is Finding.DRIFTED for item in each.fields):
            assert each.sis_course_id in text
    assert len(render(FLEET, Look()).splitlines()) < 100


def test_what_moved_alike_is_told_apart_and_makes_no_course_differ() -> None:
    text = render(drift(course(1, view(BOTH, read="modules", base="wiki"))), Look())
    assert blocks(text)[0] == [
        "Moved alike in git and in Canvas: nothing differs",
        f"  ≈ {VIEW}{'both  courses/biology.yaml:14':>53}",
        "      Canvas: wiki -> modules, declared: wiki -> modules",
        "      C-1",
    ]
    assert "C-1  Course 1" not in text


def test_what_left_the_manifests_says_what_stays() -> None:
    text = render(drift(BIOLOGY), Look())
    assert "· settings.hide_final_grades     stays true     was at courses/biology.yaml:20" in text
    assert "`settings.hide_final_grades` stays `true`, was at `courses/biology.yaml:20`" in comment.render(
        drift(BIOLOGY), Look()
    )


def test_quiet_shows_errors_and_the_closing_line_alone() -> None:
    text = render(DRIFTS["drift-errored"], Look(quiet=True))
    assert text.startswith("courses/geo.yaml:2:5: error[course-not-found]")
    assert "attributes" not in text
    assert "Base:" not in text


def test_why_nobody_could_be_blamed_is_said_once() -> None:
    said = "Who changed what is not known: this Canvas keeps no audit log of courses."
    assert render(DRIFTS["drift-errored"], Look()).count(said) == 1
    assert comment.render(DRIFTS["drift-errored"], Look()).count(said) == 1


def test_coverage_counts_by_field_and_with_all_wanted_by_course() -> None:
    usual, full = (render(DRIFTS["drift-coverage"], Look(verbose=verbose)) for verbose in (False, True))
    assert "  attributes.time_zone        0        1          4\n" in usual
    assert "  managed in no course: settings.allow_student_forum_attachments\n" in usual
    assert "C-1, C-2, C-4 and C-5\n    managed: attributes.license\n" in full
    assert "C-1, C-2" not in usual


def test_a_field_that_is_declared_and_left_alone_is_not_covered() -> None:
    each = course(
        1, view(), in_sync=("attributes.name",), ignored=(Ignored(field="attributes.name", pattern="*"),)
    )
    assert covered(each) == ((VIEW,), ("attributes.name",), ())


@pytest.mark.parametrize(
    "look", [Look(), Look(verbose=True), Look(quiet=True)], ids=["usual", "verbose", "quiet"]
)
def test_a_huge_comparison_fits_a_comment(look: Look) -> None:
    text = "x y " * 900
    many = tuple(
        replace(
            BIOLOGY,
            id=n,
            declared_id=str(n),
            sis_course_id=f"BIO-{n}",
            fields=tuple(replace(item, message=f"{n} {text}") for item in BIOLOGY.fields),
            ignored=tuple(replace(item, reason=f"{n} {text}") for item in BIOLOGY.ignored),
            unverified=tuple(f"settings.f{n}_{m}" for m in range(5)),
            unmanaged=tuple(f"settings.g{n}_{m}" for m in range(9)),
        )
        for n in range(400)
    )
    made = drift(
        *many,
        released=many,
        diagnostics=tuple(problem("unverifiable", f"{n} {text}") for n in range(99))
        + tuple(problem("course-not-found", f"{n} {text}") for n in range(99)),
        coverage=tuple(
            FieldCoverage(field=f"settings.f{n}", managed=n % 2, ignored=0, unmanaged=9) for n in range(400)
        ),
        blame=text,
    )
    made = replace(made, policies=FLEET.policies * 200)
    found = comment.render(made, look)
    assert len(found) <= LIMIT
    assert found.count("<details>") == found.count("</details>")
