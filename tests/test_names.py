"""Names instead of numbers: terms, accounts and grading schemes, looked up once and never guessed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic
from coursesync.documents import dump_snapshot, load_snapshot
from coursesync.model import Change, Plan, Source, Verdict
from coursesync.workflow import Choice, Fleet, LiveSource, SavedSource, make_plan, save_live
from tests.accepting import Desk
from tests.lab import Lab

TERM, ACCOUNT, SCHEME = (
    f"attributes.{name}" for name in ("enrollment_term_id", "account_id", "grading_standard_id")
)
# The built-in college: 4101 is in Sciences (3), 4104 and 4105 in Arts and Humanities (2), all in term 2.
FALL, SPRING = 2, 3
LETTERS, PASS_OR_FAIL = 11, 12


@pytest.fixture
def lab(tmp_path: Path) -> Desk:
    return Desk(root=tmp_path)


def course(attributes: str, number: int = 4101, more: str = "") -> str:
    return f"  - id: {number}\n    attributes: {{{attributes}}}\n{more}"


def planned(lab: Lab, *courses: str, policies: str = "") -> Plan:
    lab.write("courses:\n" + "".join(courses) + (f"policies:\n{policies}" if policies else ""))
    return lab.plan()


def changes(plan: Plan) -> dict[tuple[int, str], Any]:
    return {(one.id, change.field): change.after for one in plan.courses for change in one.changes}


def change_of(plan: Plan, field: str) -> Change:
    return next(change for one in plan.courses for change in one.changes if change.field == field)


def only(found: tuple[Diagnostic, ...]) -> Diagnostic:
    assert len(found) == 1, found
    return found[0]


def listed(lab: Lab) -> list[str]:
    """Return the lists of names that were asked for."""
    asked = [entry.path.removeprefix("/api/v1/") for entry in lab.sandbox.log]
    return [path for path in asked if path.endswith(("/terms", "/sub_accounts", "/grading_standards"))]


def test_what_is_declared_by_name_is_sent_as_an_id_and_stays(lab: Desk) -> None:
    plan = planned(
        lab,
        course('term: Spring 2027, grading_standard: College letter grades, account: "Sciences"'),
    )
    assert changes(plan) == {(4101, TERM): SPRING, (4101, SCHEME): LETTERS}
    report = lab.apply(plan, choice=Choice(allow=Risk.DESTRUCTIVE))
    assert {item.verdict for one in report.courses for item in one.fields} == {Verdict.APPLIED}
    assert changes(lab.plan()) == {}


def test_the_plan_says_which_id_a_name_is(lab: Desk) -> None:
    plan = planned(lab, course("term: Spring 2027"))
    assert '"Spring 2027" is term 3, and "Fall 2026" is 2.' in change_of(plan, TERM).notes


@pytest.mark.parametrize(
    ("written", "said", "next_step"),
    [
        (
            "term: Sprung 2027",
            '3 ("Spring 2027", SIS id 2027SP), ',
            "Write term: Spring 2027, or enrollment",
        ),
        (
            "term: spring 2027",
            '3 ("Spring 2027", SIS id 2027SP), ',
            "Write term: Spring 2027, or enrollment",
        ),
        (
            'term: "Spring 2027 "',
            '3 ("Spring 2027", SIS id 2027SP), ',
            "Write term: Spring 2027, or enroll",
        ),
        (
            "account: ARTS",
            '2 ("Arts and Humanities", SIS id ARTS), ',
            "Write account: Arts and Humanities, or",
        ),
        (
            "account: Zoo",
            "There are: ",
            "Write a name exactly as Canvas shows it, or the id as account_id: N",
        ),
        (
            "grading_standard: Letter grades",
            '11 ("College letter grades")',
            "Write grading_standard: College",
        ),
    ],
)
def test_an_unknown_name_is_an_error_at_its_place_with_what_there_is(
    lab: Desk, written: str, said: str, next_step: str
) -> None:
    plan = planned(lab, course(written), course("course_code: ART-1", 4104))
    problem = only(plan.diagnostics)
    assert problem.code == "reference-not-found"
    assert str(problem.position) == "courses.yaml:3:18"
    assert problem.course == "4101"
    assert said in problem.detail
    assert problem.hint.startswith(next_step)
    assert changes(plan) == {(4104, "attributes.course_code"): "ART-1"}


def test_of_many_candidates_ten_are_named_the_nearest_first(lab: Desk) -> None:
    for number in range(30, 60):
        lab.sandbox.store.insert("terms", {"id": number, "name": f"T{number}", "workflow_state": "active"})
    detail = only(planned(lab, course("term: T5")).diagnostics).detail
    assert 'There are: 35 ("T35"), ' in detail
    assert detail.endswith(", and 24 more.")
    assert detail.count('("') == 10


def test_an_ambiguous_name_is_never_chosen_from(lab: Desk) -> None:
    lab.sandbox.store.insert(
        "terms", {"id": 9, "name": "Fall 2026", "sis_source_id": "OLD", "workflow_state": "active"}
    )
    problem = only(planned(lab, course("term: Fall 2026")).diagnostics)
    assert (
        'term: 2 terms are called "Fall 2026": 2 ("Fall 2026", SIS id 2026FA), 9 ("Fall 2026", SIS id OLD).'
        in problem.detail.replace("attributes.enrollment_term_id", "term")
    )
    assert problem.hint == "Write the id of the one that is meant, for example enrollment_term_id: 2"


def test_a_deleted_term_is_no_candidate(lab: Desk) -> None:
    lab.sandbox.store.insert("terms", {"id": 9, "name": "Spring 2027", "workflow_state": "deleted"})
    assert changes(planned(lab, course("term: Spring 2027"))) == {(4101, TERM): SPRING}


@pytest.mark.parametrize(
    ("written", "denied", "right", "number"),
    [
        ("term: Fall 2026", "read_terms", "(read_terms)", "enrollment_term_id: N"),
        ("account: Sciences", "manage_account_settings", "(manage_account_settings)", "account_id: N"),
    ],
)
def test_without_the_right_to_list_the_right_is_named_and_the_number_offered(
    lab: Desk, written: str, denied: str, right: str, number: str
) -> None:
    lab.sandbox.edit_user(1, denied=[denied])
    problem = only(planned(lab, course(written)).diagnostics)
    assert "cannot be looked up. " in problem.detail
    assert right in problem.hint
    assert problem.hint.endswith(number)


def test_schemes_of_one_name_in_two_accounts_are_those_of_each_course(lab: Desk) -> None:
    for number, account in ((21, 2), (22, 3)):
        lab.sandbox.store.insert("grading_standards", {"id": number, "title": "Ours", "account_id": account})
    ours = '  - name: ours\n    select: {account: 1, name: "*"}\n    attributes: {grading_standard: Ours}\n'
    lab.write(f"policies:\n{ours}".replace('"*"', '"*i*"'))
    by_account = {
        lab.sandbox.course(number)["account_id"]: after for (number, _), after in changes(lab.plan()).items()
    }
    assert by_account == {2: 21, 3: 22}


def test_the_schemes_of_the_accounts_above_count_too(lab: Desk) -> None:
    plan = planned(lab, course("grading_standard: College letter grades", 4104))
    assert changes(plan) == {(4104, SCHEME): LETTERS}


def test_a_scheme_of_the_account_and_one_above_of_the_same_name_are_ambiguous(lab: Desk) -> None:
    row = {"id": 21, "title": "College letter grades", "account_id": 2}
    lab.sandbox.store.insert("grading_standards", row)
    problem = only(planned(lab, course("grading_standard: College letter grades", 4104)).diagnostics)
    assert "2 grading schemes of account 2 or of one above it are called" in problem.detail


def test_a_course_that_moves_is_judged_by_its_new_account(lab: Desk) -> None:
    wanted = "grading_standard: Science pass or fail"
    here = planned(lab, course(wanted, 4104))
    assert "of account 2 or of one above it" in only(here.diagnostics).detail
    moved = planned(lab, course(f"{wanted}, account: Sciences", 4104))
    assert changes(moved) == {(4104, SCHEME): PASS_OR_FAIL, (4104, ACCOUNT): 3}
    lab.apply(moved, choice=Choice(allow=Risk.DESTRUCTIVE))
    assert changes(lab.plan()) == {}


def test_a_plan_that_chose_a_scheme_by_name_rests_on_the_account(lab: Desk) -> None:
    plan = planned(lab, course("grading_standard: Science pass or fail"))
    lab.sandbox.edit(4101, account_id=2)
    report = lab.apply(plan)
    assert {item.verdict for one in report.courses for item in one.fields} == {Verdict.STALE}


def test_a_scheme_is_cleared_under_its_name_too(lab: Desk) -> None:
    assert changes(planned(lab, course("grading_standard: null", 4102))) == {(4102, SCHEME): None}


def test_each_list_is_read_once_however_many_courses_use_it(lab: Desk) -> None:
    courses = [
        course("term: Spring 2027, grading_standard: College letter grades, account: Sciences", number)
        for number in (4101, 4102, 4103, 4104, 4105)
    ]
    policy = "  - {name: a, select: {account: Sciences, term: Fall 2026}, attributes: {indexed: true}}\n"
    planned(lab, *courses, policies=policy)
    assert sorted(listed(lab)) == [
        "accounts/1/grading_standards",
        "accounts/3/grading_standards",
        "accounts/self/sub_accounts",
        "accounts/self/terms",
    ]


def test_a_manifest_without_names_lists_none(lab: Desk) -> None:
    planned(lab, course("enrollment_term_id: sis_term_id:2027SP, account_id: 3, grading_standard_id: 11"))
    assert listed(lab) == []


def test_lists_of_names_are_read_to_their_last_page(lab: Desk) -> None:
    for number in range(100, 330):
        lab.sandbox.store.insert("terms", {"id": number, "name": f"T{number}", "workflow_state": "active"})
    assert changes(planned(lab, course("term: T329"))) == {(4101, TERM): 329}


@pytest.mark.parametrize(
    "select",
    ["{account: Sciences, term: Fall 2026}", "{account: 3, term: Fall 2026}", "{account: Sciences, term: 2}"],
)
def test_a_policy_selects_by_names(lab: Desk, select: str) -> None:
    lab.write(f"policies:\n  - {{name: a, select: {select}, attributes: {{license: cc_by}}}}\n")
    assert {number for number, _ in changes(lab.plan())} == {4101, 4102, 4103, 4115}


def test_an_unknown_name_in_a_selector_is_an_error_at_its_place(lab: Desk) -> None:
    lab.write("policies:\n  - name: a\n    select: {account: Science}\n    attributes: {license: cc_by}\n")
    problem = only(lab.plan().diagnostics)
    assert str(problem.position) == "courses.yaml:3:14"
    assert problem.hint == "Write account: Sciences, or account: 3"


def test_the_account_of_an_environment_may_be_a_name(tmp_path: Path) -> None:
    (tmp_path / "coursesync.yaml").write_text(
        "environments: {a: {url: https://canvas.example.edu, account: Sciences}}\n", encoding="utf-8"
    )
    lab = Desk(root=tmp_path)
    lab.write("policies:\n  - {name: a, select: {name: '*'}, attributes: {license: cc_by}}\n")
    # What the command line makes of that file.
    lab.account = 'account "Sciences"'
    plan = lab.plan()
    assert {number for number, _ in changes(plan)} == {4101, 4102, 4103, 4113, 4115}
    assert plan.canvas.account == 3


def test_two_keys_of_one_field_in_one_body_are_an_error_with_both_places(lab: Desk) -> None:
    lab.write("courses:\n" + course("term: Fall 2026, enrollment_term_id: 2"))
    problem = only(lab.problems())
    assert problem.code == "conflicting-fields"
    assert "term at courses.yaml:3:18 and enrollment_term_id at courses.yaml:3:35" in problem.detail


def test_a_name_in_the_entry_wins_over_a_number_in_its_profile(lab: Desk) -> None:
    lab.write(
        "profiles: {p: {attributes: {enrollment_term_id: 4}}}\n"
        "courses:\n  - {id: 4101, profiles: [p], attributes: {term: Spring 2027}}\n"
    )
    assert changes(lab.plan()) == {(4101, TERM): SPRING}


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("term: 2026", 'Quote it: "2026", or enrollment_term_id: 2026 if that is the id'),
        ("term: sis_term_id:2026FA", "Write enrollment_term_id: sis_term_id:2026FA"),
        ('term: " "', "Write it as Canvas shows it."),
        ("enrollment_term_id: Fall 2026", "Write term: Fall 2026 if that is the name of the term."),
    ],
)
def test_what_is_no_name_is_told_without_canvas(lab: Desk, written: str, hint: str) -> None:
    lab.write("courses:\n" + course(written))
    assert only(lab.problems()).hint == hint


def test_a_name_may_come_from_a_variable(lab: Desk) -> None:
    (lab.root / "coursesync.yaml").write_text('variables: {term: "Spring 2027"}\n', encoding="utf-8")
    assert changes(planned(lab, course('term: "${term}"'))) == {(4101, TERM): SPRING}


def saved(lab: Desk) -> SavedSource:
    _, resolved, _ = lab.resolved()

    async def work() -> SavedSource:
        async with lab.canvas(read_only=True) as canvas:
            snapshot, _ = await save_live(
                Fleet(resolved=resolved), LiveSource(Reader(canvas)), url=canvas.url, clock=lab.clock
            )
            return SavedSource(load_snapshot(dump_snapshot(snapshot), name="live.json"))

    return asyncio.run(work())


def offline(lab: Desk, source: SavedSource) -> Plan:
    _, resolved, _ = lab.resolved()
    fleet = Fleet(resolved=resolved)
    return asyncio.run(
        make_plan(fleet, source, url="https://canvas.example.edu", manifests=Source(), clock=lab.clock)
    )


def test_names_resolve_from_a_saved_state(lab: Desk) -> None:
    lab.write("courses:\n" + course("term: Spring 2027, grading_standard: College letter grades"))
    source = saved(lab)
    assert changes(offline(lab, source)) == {(4101, TERM): SPRING, (4101, SCHEME): LETTERS}
    lab.write("courses:\n" + course("term: Summer 2026"))
    problem = only(offline(lab, source).diagnostics)
    assert 'The snapshot does not hold term "Summer 2026".' in problem.detail
    assert problem.hint == "Save a new one with: coursesync plan --save-live FILE"


def test_accept_writes_the_name_of_the_live_value(lab: Desk) -> None:
    lab.write("courses:\n" + course('term: "Spring 2027"  # next', 4101).replace("  # next}", "}  # next"))
    done = lab.accept()
    assert [one.field for one in done.accepted] == [TERM]
    assert (lab.root / "courses.yaml").read_text(encoding="utf-8") == (
        'courses:\n  - id: 4101\n    attributes: {term: "Fall 2026"}  # next\n'
    )
    assert changes(lab.plan()) == {}


def test_accept_refuses_a_value_whose_name_is_not_its_own(lab: Desk) -> None:
    lab.sandbox.store.insert("terms", {"id": 9, "name": "Fall 2026", "workflow_state": "active"})
    before = course("term: Spring 2027")
    lab.write("courses:\n" + before)
    done = lab.accept()
    assert done.accepted == ()
    assert only(done.refused).hint == "Write enrollment_term_id: 2 in place of the name."
    assert (lab.root / "courses.yaml").read_text(encoding="utf-8") == "courses:\n" + before


def test_accept_adds_the_name_where_a_profile_says_another(lab: Desk) -> None:
    lab.write(
        "profiles: {p: {attributes: {term: Spring 2027}}}\n"
        "courses:\n  - id: 4101\n    profiles: [p]\n    attributes:\n      indexed: true\n"
    )
    lab.accept(fields=(TERM,))
    assert "attributes:\n      term: Fall 2026\n      indexed: true\n" in (
        lab.root / "courses.yaml"
    ).read_text(encoding="utf-8")


def test_an_ignored_name_is_not_looked_up(lab: Desk) -> None:
    more = f"    ignore: [{TERM}]\n"
    plan = planned(lab, course("term: Nowhere, indexed: true", 4101, more))
    assert plan.diagnostics == ()
    assert changes(plan) == {(4101, "attributes.indexed"): True}
    assert listed(lab) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ('The "old" term: ${x}', """Write term: 'The "old" term: $${x}', or enrollment_term_id: 9"""),
        ("The old\u202e term", "Write enrollment_term_id: 9"),
        ("The old term " * 9, "Write enrollment_term_id: 9"),
    ],
)
def test_what_is_offered_can_be_typed(lab: Desk, name: str, hint: str) -> None:
    lab.sandbox.store.insert("terms", {"id": 9, "name": name, "workflow_state": "active"})
    plan = planned(lab, course(f"term: '{name.upper().replace('${', '$${')}'"))
    assert only(plan.diagnostics).hint == hint


def test_a_course_that_is_made_may_be_declared_by_names(lab: Desk) -> None:
    lab.write(
        "courses:\n  - id: sis_course_id:NEW-1\n    create: true\n    account: Sciences\n"
        "    attributes: {name: New, term: Spring 2027, grading_standard: Science pass or fail}\n"
    )
    plan = lab.plan()
    assert plan.diagnostics == ()
    told = {change.field: (change.after, change.notes[:1]) for one in plan.courses for change in one.changes}
    assert told[ACCOUNT][0] == 3
    assert told[TERM] == (SPRING, ('"Spring 2027" is term 3.',))
    assert told[SCHEME] == (PASS_OR_FAIL, ('"Science pass or fail" is grading scheme 12.',))


def test_a_protection_is_not_told_to_use_a_key_it_does_not_have(lab: Desk) -> None:
    (lab.root / "coursesync.yaml").write_text(
        f"protect: [{{field: {TERM}, value: Fall 2026}}]\n", encoding="utf-8"
    )
    lab.write("courses: []\n")
    assert only(lab.problems()).hint == "Write for example sis_term_id:Fall 2026"


def test_a_run_by_names_is_put_back(lab: Desk) -> None:
    report = lab.apply(planned(lab, course("term: Spring 2027")), choice=Choice(allow=Risk.DESTRUCTIVE))
    assert changes(lab.undo(report)) == {(4101, TERM): FALL}
