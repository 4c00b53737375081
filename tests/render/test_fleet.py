"""At the size of a fleet a page says once what many courses share, loses nothing, and stays short."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.model import (
    Action,
    Change,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    Ignored,
    Origin,
    Part,
    Plan,
    PolicyMatch,
    Report,
    Request,
    SideEffect,
    Unverified,
    Verdict,
)
from coursesync.render import Look, Problems
from coursesync.render import markdown as comment
from coursesync.render.groups import LEAST, Split, of_plan, of_report
from coursesync.render.markdown.marks import LIMIT
from coursesync.render.sentences import duration
from coursesync.render.text import render
from coursesync.steps.plan import grouped
from tests.render.fleet import FLEETS
from tests.render.generated import NASTY, fleets, plans, reports
from tests.render.samples import BIOLOGY, plan, report

ONE = (Origin(file="policies/fall.yaml", line=8, column=5, layer="policy fall"),)


def change(
    number: int, field: str = "settings.hide_final_grades", before=False, after=True, **more
) -> Change:
    more.setdefault("origin", ONE)
    return Change(
        id=f"{field[-1]}{number:09}", field=field, action=Action.SET, before=before, after=after, **more
    )


def loss(before: object = "2026-12-18T07:00:00Z", **more) -> SideEffect:
    usual = {"after": None, "after_known": True, "risk": Risk.LOSSY, "reason": "Canvas erases it."}
    return SideEffect(field="attributes.end_at", before=before, **(usual | more))  # type: ignore[arg-type]


def course(number: int, *changes: Change, effects: Iterable[SideEffect] = (), **more) -> CoursePlan:
    return CoursePlan(
        id=number,
        name=f"Course {number}",
        workflow_state="available",
        declared_id=str(number),
        sis_course_id=more.pop("sis", f"C-{number}"),
        changes=changes,
        side_effects=tuple(effects),
        **more,
    )


def planned(*courses: CoursePlan, **more) -> Plan:
    return replace(plan(*courses, compared=len(courses), **more), groups=grouped(courses))


def blocks(text: str) -> list[list[str]]:
    return [block.split("\n") for block in text.rstrip("\n").split("\n\n")]


def many(number: int, **more) -> list[CoursePlan]:
    return [course(n, change(n), **more) for n in range(1, number + 1)]


def shown(split: Split) -> Counter[tuple[int, int]]:
    """Count how often each thing of each course is in a split."""
    found = Counter((number, id(item)) for number, own in enumerate(split.own) for item in own)
    for block in split.blocks:
        for group in block.groups:
            assert group.courses == block.courses
            assert len(group.courses) >= LEAST
            found.update((number, id(item)) for number, item in zip(group.courses, group.items, strict=True))
    return found


@given(fleets() | plans)
@settings(max_examples=40, deadline=None)
def test_everything_of_a_plan_is_in_a_group_or_with_its_course_once(document: Plan) -> None:
    there = Counter(
        (number, id(item))
        for number, each in enumerate(document.courses)
        for item in (*each.changes, *each.side_effects)
    )
    assert shown(of_plan(document)) == there


@given(reports)
@settings(max_examples=40, deadline=None)
def test_everything_of_a_report_is_in_a_group_or_with_its_course_once(document: Report) -> None:
    there = Counter(
        (number, id(item))
        for number, each in enumerate(document.courses)
        for item in (*each.fields, *([each.error] if each.error else []))
    )
    assert shown(of_report(document)) == there


@given(fleets())
@settings(max_examples=40, deadline=None)
def test_the_id_of_every_change_is_shown_once_to_those_who_want_all(document: Plan) -> None:
    names = iter(range(10**6))
    courses = tuple(
        replace(each, changes=tuple(replace(item, id=f"zq{next(names):06}") for item in each.changes))
        for each in document.courses
    )
    text = render(replace(document, courses=courses, groups=grouped(courses)), Look(verbose=True))
    there = [item.id for each in courses for item in each.changes]
    assert sorted(re.findall(r"\bzq\d{6}\b", text)) == there


def test_the_counts_of_a_comment_add_up_to_all_changes() -> None:
    document = FLEETS["plan-fleet"]
    assert isinstance(document, Plan)
    text = comment.render(document, Look())
    shared = [
        int(row[1].replace(",", "")) for row in re.finditer(r"^\| ~ .* \| ([\d,]+) \| [^|]+ \|$", text, re.M)
    ]
    alone = re.findall(r"^\| ~ \| `[\w.]+` \| [^|]+ \| [^|]+ \| `[^`]+` \|$", text, re.M)
    assert sum(shared) + len(alone) == document.summary.changes


def test_a_change_that_is_the_same_in_three_courses_stands_once_with_their_names() -> None:
    assert blocks(render(planned(*many(3)), Look()))[0] == [
        "3 courses",
        "  ~ settings.hide_final_grades  false -> true               policies/fall.yaml:8",
        "  in C-1, C-2 and C-3",
    ]


def test_two_courses_are_shown_one_by_one() -> None:
    assert [block[0].split("  ")[0] for block in blocks(render(planned(*many(2)), Look()))[:2]] == [
        "C-1",
        "C-2",
    ]


def test_changes_of_the_very_same_courses_stand_together() -> None:
    courses = [
        course(n, change(n), change(n, "settings.hide_sections_on_course_users_page")) for n in range(1, 6)
    ]
    found = blocks(render(planned(*courses), Look()))
    assert [block[0] for block in found[:-1]] == ["5 courses"]
    assert sum(line.startswith("  ~ ") for line in found[0]) == 2


def test_a_course_that_shares_some_shows_the_rest_and_says_so() -> None:
    own = change(3, "attributes.name", "Old", "New")
    courses = [*many(2), course(3, change(3), own), course(4, change(4))]
    found = blocks(render(planned(*courses), Look()))
    assert found[0][0] == "4 courses"
    assert found[1] == [
        "C-3  Course 3  (course 3, available)",
        "  ~ attributes.name  Old -> New                             policies/fall.yaml:8",
        "  also 1 change, shown above",
    ]
    assert len(found) == 3


def test_another_value_before_is_an_outlier() -> None:
    courses = [*many(3), course(9, change(9, before=None))]
    found = blocks(render(planned(*courses), Look()))
    assert [block[0].split("  ")[0] for block in found] == ["3 courses", "C-9", found[-1][0]]


def test_a_note_about_some_of_the_courses_names_them() -> None:
    courses = [course(n, change(n, notes=("It sticks.",) if n < 3 else ())) for n in range(1, 5)]
    text = render(planned(*courses), Look())
    assert "      It sticks. (In 2 of 4: C-1 and C-2.)\n" in text


def test_a_change_declared_in_many_places_counts_them() -> None:
    places = [(Origin(file="c.yaml", line=n, column=1, layer="course"),) for n in range(4)]
    courses = [course(n, change(n, origin=places[n])) for n in range(4)]
    assert render(planned(*courses), Look()).split("\n")[1].endswith("  4 places")
    assert "set by course (c.yaml:3:1)" in render(planned(*courses), Look(verbose=True))


def test_the_same_side_effect_stands_once() -> None:
    found = blocks(render(planned(*many(4, effects=[loss()])), Look()))[0]
    assert found[2:] == [
        "  ! attributes.end_at           2026-12-18 07:00Z -> none      lossy side effect",
        "      Canvas erases it.",
        "  in C-1, C-2, C-3 and C-4",
    ]


def test_what_is_lost_is_shown_course_by_course_where_it_differs() -> None:
    courses = [course(n, effects=[loss(f"2026-12-0{n}T07:00:00Z")]) for n in range(1, 5)]
    assert blocks(render(planned(*courses), Look()))[0] == [
        "4 courses",
        "  ! attributes.end_at  several values -> none                  lossy side effect",
        "      Canvas erases it.",
        "      C-1  2026-12-01 07:00Z -> none",
        "      C-2  2026-12-02 07:00Z -> none",
        "      C-3  2026-12-03 07:00Z -> none",
        "      C-4  2026-12-04 07:00Z -> none",
    ]


def test_values_equal_in_python_and_different_in_canvas_are_no_group() -> None:
    effects = [loss(before) for before in (True, 1, 1.0, True, 1, 1.0)]
    courses = [course(n, effects=[effect]) for n, effect in enumerate(effects)]
    assert "several values -> none" in render(planned(*courses), Look())


def test_a_map_is_shared_key_by_key() -> None:
    parts = (Part(key="content", before=False, after=True),)
    courses = [
        course(n, change(n, "blueprint.restrictions", {"content": False}, {"content": True}, parts=parts))
        for n in range(3)
    ]
    assert "      content  false -> true\n  in C-0, C-1 and C-2\n" in render(planned(*courses), Look())


@pytest.mark.parametrize("nasty", NASTY)
def test_a_hostile_name_stays_harmless_among_folded_names(nasty: str) -> None:
    from tests.render.test_markdown import OURS, _tags

    courses = [course(n, change(n), sis=f"{nasty}{n}") for n in range(1, 8)]
    for look in (Look(), Look(verbose=True)):
        page = _tags(comment.render(planned(*courses), look))
        assert set(page.tags) <= OURS
        assert not [text for text in page.bare if re.search(r"@\w|#\d|://|www\.\w", text)]
        assert "\x1b" not in render(planned(*courses), look)


def _crowd(number: int) -> Plan:
    ignored = (
        Ignored(field="attributes.course_code", pattern="attributes.*", reason="the registrar owns it"),
    )
    courses = [
        replace(
            each,
            ignored=ignored,
            unverified=(
                Unverified(id=f"u{each.id}", field="settings.enable_offline_web_export", value=True),
            ),
        )
        for each in many(number)
    ]
    lost = "This Canvas does not show settings.usage_rights_required."
    at = Position(file="policies/fall.yaml", line=9, column=5)
    return planned(
        *courses,
        diagnostics=tuple(problem("unverifiable", lost, at=at, course=str(each.id)) for each in courses),
        requests=tuple(
            Request(
                id=f"r{each.id}",
                method="PUT",
                path=f"/api/v1/courses/{each.id}/settings",
                body={"hide_final_grades": True},
                courses=(each.id,),
                changes=(each.changes[0].id,),
            )
            for each in courses
        ),
    )


def test_thousands_of_courses_that_change_alike_fit_one_screen() -> None:
    document = _crowd(4_000)
    assert len(render(document, Look()).splitlines()) < 30
    assert len(comment.render(document, Look(verbose=True))) < LIMIT / 4


def test_requests_that_differ_only_in_their_course_are_listed_once_with_all_ids() -> None:
    text = render(_crowd(4), Look(verbose=True))
    assert "  PUT /api/v1/courses/{id}/settings\n      4 times, with the id 1, 2, 3 and 4\n" in text


def _crowded() -> Plan:
    """Return a plan with much of everything that a comment has room for."""
    fields = [f"settings.{'long_name_' * 4}{n}" for n in range(300)]
    courses = [
        replace(
            course(
                n,
                *(
                    change(n * 1_000 + k, field, notes=(f"{field} {'word ' * 30}",))
                    for k, field in enumerate(fields[n :: 2 + n % 3])
                ),
            ),
            ignored=tuple(Ignored(field=field, pattern="*", reason=f"{n} {field}") for field in fields[:40]),
            unverified=tuple(
                Unverified(id=f"u{n}{field}", field=field, value=f"{n}") for field in fields[:40]
            ),
        )
        for n in range(60)
    ]
    told = "Something is as it is. " * 8
    found = [
        problem(code, f"{n} {told}")
        for n in range(200)
        for code in ("unknown-key", "empty-file", "left-alone")
    ]
    made = plan(*courses, compared=60, diagnostics=tuple(found), requests=_crowd(900).requests)
    same: dict[str, list[Change]] = {}
    for each in courses:
        for item in each.changes:
            same.setdefault(item.field, []).append(item)
    shared = [items for items in same.values() if len(items) > 1]
    groups = tuple(
        replace(grouped(many(2))[0], field=items[0].field, changes=tuple(item.id for item in items))
        for items in shared
    )
    policies = tuple(
        PolicyMatch(name=f"policy-{n}-{'x' * 80}", file="p.yaml", line=n, column=1, courses=n)
        for n in range(300)
    )
    return replace(made, groups=groups, policies=policies)


@pytest.mark.parametrize(
    "look", [Look(), Look(verbose=True), Look(quiet=True)], ids=["usual", "verbose", "quiet"]
)
def test_a_comment_on_much_of_everything_keeps_its_limit(look: Look) -> None:
    text = comment.render(_crowded(), look)
    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>")


def test_a_policy_that_matches_nothing_stands_out() -> None:
    policies = (
        PolicyMatch(name="fall", file="p.yaml", line=3, column=5, courses=1),
        PolicyMatch(name="spring", file="p.yaml", line=9, column=5, courses=0),
    )
    document = replace(planned(*many(1)), policies=policies)
    assert blocks(render(document, Look()))[1] == [
        "Policies",
        "  · fall    1 course                                                    p.yaml:3",
        "  ! spring  no course matches                                           p.yaml:9",
    ]
    assert "| `spring` | **no course matches** | `p.yaml:9` |" in comment.render(document, Look())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under 1 s"),
        (0.99, "under 1 s"),
        (1, "about 1 s"),
        (16.2, "about 16 s"),
        (59.4, "about 59 s"),
        (59.6, "about 1 min"),
        (95, "about 2 min"),
        (3_540, "about 59 min"),
        (3_600, "about 1 h"),
        (5_400, "about 1.5 h"),
    ],
)
def test_a_time_is_as_fine_as_people_plan(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "Read with 61 requests. Applying sends 4 and reads about 1,020 more."),
        (95, "Read with 61 requests. Applying sends 4 and reads about 1,020 more: about 2 min."),
    ],
    ids=["unknown", "known"],
)
def test_a_plan_says_what_it_costs(seconds: int | None, said: str) -> None:
    made = _crowd(4)
    summary = replace(made.summary, reads=61, apply_reads=1_020, seconds=seconds)
    document = replace(made, summary=summary)
    assert render(document, Look()).splitlines()[-2] == said
    assert f"| Cost | {said} |" in comment.render(document, Look())


def _told(*found: Diagnostic) -> list[str]:
    return render(Problems(diagnostics=found), Look()).splitlines()[:-2]


def test_what_is_said_of_many_courses_at_one_place_stands_once() -> None:
    at = Position(file="p.yaml", line=3, column=5)
    found = [
        problem("unverifiable", "It is not shown.", at=at, course=f"sis_course_id:C-{n}") for n in range(5)
    ]
    assert _told(*found)[1:] == [
        "  It is not shown.",
        "  For 5 courses: sis_course_id:C-0, sis_course_id:C-1, sis_course_id:C-2 and 2",
        "  more.",
    ]


def test_what_names_its_course_is_told_of_the_others_too() -> None:
    found = [problem("left-alone", f"C-{n} is left.", course=f"C-{n}") for n in range(1, 13)]
    assert _told(*found) == [
        "12 courses: note[left-alone]: Left alone",
        "  C-1 is left.",
        "  The same for 11 more: C-2, C-3, C-4 and 8 more.",
    ]


def test_a_name_inside_another_word_makes_nothing_the_same() -> None:
    found = [problem("left-alone", f"There are 1{n} of them.", course=f"{n}") for n in range(4)]
    assert len(_told(*found)) == 8


def test_two_places_are_two_problems() -> None:
    found = [
        problem("unverifiable", "So.", at=Position(file="p.yaml", line=n, column=5), course=f"{n}")
        for n in range(1, 5)
    ]
    assert len([line for line in _told(*found) if "warning" in line]) == 4


def result(number: int, verdict: Verdict, before=False, **more) -> CourseOutcome:
    field = FieldOutcome(
        change_id=f"{number}",
        field="settings.hide_final_grades",
        verdict=verdict,
        before=before,
        after=True,
        read=more.pop("read", True),
        message=more.pop("message", ""),
    )
    return CourseOutcome(
        id=number, name="x", sis_course_id=f"C-{number}", fields=(field,), error=more.pop("error", "")
    )


def test_what_went_well_alike_stands_once_in_a_report() -> None:
    done = [result(n, Verdict.APPLIED) for n in range(5)]
    assert blocks(render(report(*done, totals={}), Look()))[0] == [
        "5 courses",
        "  ✓ settings.hide_final_grades  false -> true                            applied",
        "  in C-0, C-1, C-2 and 2 more",
    ]


def test_failures_that_are_alike_name_every_course_and_come_last() -> None:
    done = [result(n, Verdict.APPLIED) for n in range(3)]
    failed = [
        result(n, Verdict.FAILED, read=False, message="Canvas said no (403).", error="Stopped.")
        for n in range(10, 20)
    ]
    found = blocks(render(report(*done, *failed, totals={}), Look()))
    assert found[0][0] == "3 courses"
    assert found[1] == [
        "10 courses",
        "  ✗ settings.hide_final_grades  false -> true                             failed",
        "      Canvas said no (403).",
        "  ! Stopped.",
        "  in C-10, C-11, C-12, C-13, C-14, C-15, C-16, C-17, C-18 and C-19",
    ]


def test_failures_alike_with_other_values_show_the_values() -> None:
    failed = [result(n, Verdict.FAILED, before=n, message="No.") for n in range(3)]
    found = blocks(render(report(*failed, totals={}), Look()))
    assert found[0][3:] == ["      C-0  0 -> true", "      C-1  1 -> true", "      C-2  2 -> true"]


def test_what_canvas_made_of_a_value_is_shown_for_each_course() -> None:
    altered = [result(n, Verdict.ALTERED, read=n, message="Another.") for n in range(4)]
    text = render(report(*altered, totals={}), Look())
    assert [line for line in text.splitlines() if "Read back" in line] == [
        f"      Read back: {n}" for n in range(4)
    ]


def test_a_single_course_looks_as_in_any_plan() -> None:
    alone = render(planned(BIOLOGY), Look())
    crowd = render(planned(*many(5), BIOLOGY), Look())
    assert alone.split("\n\n")[0] in crowd
