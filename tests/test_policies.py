"""Policies from end to end: whom they match, how they layer, and what is said where they go wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Severity, errors
from coursesync.documents import dump_snapshot, load_snapshot
from coursesync.model import Plan, Source, Verdict
from coursesync.workflow import Choice, Fleet, LiveSource, SavedSource, Scope, make_plan, save_live
from tests.lab import URL, Lab

# The built-in college: the ids of its courses by what a selector can say.
SCIENCES = {4101, 4102, 4103, 4113, 4115}
EVERYWHERE = {4101, 4102, 4103, 4104, 4105, 4107, 4108, 4109, 4110, 4111, 4112, 4113, 4114, 4115, 4116, 4118}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(root=tmp_path)


def policy(select: str, more: str = "attributes: {license: cc_by}", name: str = "open") -> str:
    return f"  - name: {name}\n    select: {select}\n    {more}\n"


def planned(lab: Lab, *policies: str, courses: str = "") -> Plan:
    lab.write("policies:\n" + "".join(policies) + courses)
    return lab.plan()


def changing(plan: Plan) -> set[int]:
    return {course.id for course in plan.courses if course.changes}


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [item.code for item in diagnostics]


@pytest.mark.parametrize(
    ("select", "matched"),
    [
        ("{account: 1}", EVERYWHERE),
        ("{account: self}", EVERYWHERE),
        ("{account: 3}", SCIENCES),
        ("{account: sis_account_id:SCI}", SCIENCES),
        ("{account: 1, term: sis_term_id:2026SU}", {4116}),
        ("{account: 1, term: 4}", {4116}),
        ("{account: 3, workflow_state: unpublished}", {4101, 4113}),
        ("{account: 2, workflow_state: [unpublished, completed]}", {4105, 4108, 4116}),
        ("{account: 1, blueprint: true}", {4112}),
        ("{account: 4, blueprint: false}", {4110, 4111}),
        ("{account: 3, with_enrollments: true}", {4102, 4103, 4115}),
        ("{account: 3, with_enrollments: false}", {4101, 4113}),
        ('{account: 1, name: "BIO *"}', {4101, 4102}),
        ('{account: 1, name: "bio *"}', set()),
        ('{account: 1, sis_course_id: "NUR-*"}', {4110, 4111, 4112}),
        ('{account: 1, sis_course_id: "MATH/151.A-2026FA"}', {4115}),
        ("{account: 4, starts_before: 2026-08-24T06:00:01Z}", {4110, 4111}),
        ("{account: 4, starts_before: 2026-08-24T06:00:00Z}", set()),
        ("{account: 4, starts_after: 2026-08-24T06:00:00Z}", {4110, 4111}),
        ("{account: 4, starts_after: 2026-08-24T06:00:01Z}", set()),
        ("{account: 3, ends_before: 2026-12-10T00:00:00Z}", {4103}),
        ("{account: 3, ends_after: 2026-12-10T00:00:00Z}", {4101, 4102, 4115}),
        ("{account: 1, ends_after: 2026-08-08T00:00:00Z, ends_before: 2026-09-01T00:00:00Z}", {4116}),
    ],
)
def test_a_selector_matches(lab: Lab, select: str, matched: set[int]) -> None:
    plan = planned(lab, policy(select, "attributes: {locale: de}"))
    assert changing(plan) == matched
    assert [item.courses for item in plan.policies] == [len(matched)]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_selector_by_template_counts_a_hidden_flag_as_no_template(lab: Lab, *, wanted: bool) -> None:
    lab.sandbox.edit_account(1, features=["course_templates"])
    lab.sandbox.edit(4113, template=True)
    plan = planned(
        lab, policy(f"{{account: 3, template: {str(wanted).lower()}}}", "settings: {hide_final_grades: true}")
    )
    assert changing(plan) == ({4113} if wanted else SCIENCES - {4113})


def test_exceptions_are_globs_over_id_sis_id_and_name(lab: Lab) -> None:
    more = 'except: ["4101", "BIO-2*", "Calculus ?"]\n    attributes: {locale: de}'
    assert changing(planned(lab, policy("{account: 3}", more))) == {4103, 4113}


def test_a_deleted_course_is_matched_by_no_policy(lab: Lab) -> None:
    assert 4117 not in changing(planned(lab, policy("{account: 2}", "attributes: {locale: de}")))


def test_a_nickname_matches_nothing(lab: Lab) -> None:
    assert changing(planned(lab, policy('{account: 1, name: "*(mine)"}'))) == set()


def test_where_a_policy_matches_nothing_a_warning_says_where_it_stands(lab: Lab) -> None:
    (found,) = planned(lab, policy('{account: 1, sis_course_id: "NONE-*"}')).diagnostics
    assert (found.code, found.severity) == ("policy-matches-nothing", Severity.WARNING)
    assert str(found.position) == "courses.yaml:2:5"


def test_a_policy_that_only_its_state_keeps_from_matching_is_no_mistake(lab: Lab) -> None:
    select = "{account: 1, term: sis_term_id:2026SU, workflow_state: unpublished}"
    assert planned(lab, policy(select)).diagnostics == ()


def test_a_policy_whose_account_may_not_be_listed_is_an_error(tmp_path: Path) -> None:
    plan = planned(Lab(root=tmp_path, token="sandbox-teacher"), policy("{account: 1}"))
    assert codes(plan.diagnostics) == ["account-unlisted"]
    assert plan.errored


def test_an_unknown_account_or_term_is_an_error_and_the_others_go_on(lab: Lab) -> None:
    plan = planned(
        lab,
        policy("{account: sis_account_id:NONE}", name="a"),
        policy("{account: 1, term: sis_term_id:NONE}", name="b"),
        policy("{account: 4}", "attributes: {locale: de}", name="c"),
    )
    assert sorted(codes(plan.diagnostics)) == ["account-unlisted", "reference-not-found"]
    assert changing(plan) == {4110, 4111, 4112}


def test_one_term_by_its_number_and_by_its_sis_id_is_one_list_for_both_policies(lab: Lab) -> None:
    plan = planned(
        lab,
        policy("{account: 3, term: 2}", "attributes: {locale: de}", name="a"),
        policy("{account: 3, term: sis_term_id:2026FA}", "settings: {hide_final_grades: true}", name="b"),
    )
    assert [item.courses for item in plan.policies] == [4, 4]
    assert [entry.path for entry in lab.sandbox.log].count("/api/v1/accounts/3/courses") == 1


def test_without_an_account_the_environments_is_meant(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path, account="3")
    assert changing(planned(lab, policy("{term: 2}", "attributes: {locale: de}"))) == SCIENCES - {4113}


def test_without_any_account_a_policy_is_an_error(lab: Lab) -> None:
    lab.write("policies:\n" + policy("{term: 2}"))
    (found,) = errors(lab.problems())
    assert found.code == "policy-without-account"


def test_a_course_entry_is_stronger_than_a_policy(lab: Lab) -> None:
    entry = "courses:\n  - {id: 4101, attributes: {locale: fr}}\n"
    plan = planned(lab, policy("{account: 3}", "attributes: {locale: de, license: cc_by}"), courses=entry)
    after = {course.id: {change.field: change.after for change in course.changes} for course in plan.courses}
    assert after[4101] == {"attributes.locale": "fr", "attributes.license": "cc_by"}
    assert after[4102] == {"attributes.locale": "de", "attributes.license": "cc_by"}
    (locale,) = [item for item in plan.courses[0].changes if item.field == "attributes.locale"]
    assert [origin.layer for origin in locale.origin] == ["policy open", "course"]


@pytest.mark.parametrize("entry", ["sis_course_id:BIO-101-2026FA", "4101", f"uuid:{'a' * 40}"])
def test_an_entry_is_joined_with_its_policies_whatever_id_it_uses(lab: Lab, entry: str) -> None:
    lab.sandbox.edit(4101, uuid="a" * 40)
    courses = f"courses:\n  - {{id: '{entry}', attributes: {{locale: fr}}}}\n"
    plan = planned(lab, policy("{account: 3}", "attributes: {locale: de}"), courses=courses)
    assert [course.id for course in plan.courses] == sorted(SCIENCES)
    assert plan.courses[0].changes[0].after == "fr"


def test_an_enforced_policy_is_stronger_than_profiles_and_its_contradiction_is_an_error(lab: Lab) -> None:
    profile = "profiles:\n  p: {attributes: {locale: fr}}\n"
    courses = "courses:\n  - {id: 4101, profiles: [p]}\n  - {id: 4102, attributes: {locale: fr}}\n"
    enforced = policy("{account: 3}", "enforce: true\n    attributes: {locale: de}")
    plan = planned(lab, enforced, courses=profile + courses)
    assert {course.changes[0].after for course in plan.courses} == {"de"}
    (error,) = errors(plan.diagnostics)
    assert (error.code, str(error.position), error.course) == (
        "policy-overruled",
        "courses.yaml:10:29",
        "4102",
    )


def test_policies_that_disagree_are_a_warning_naming_both_once(lab: Lab) -> None:
    plan = planned(
        lab,
        policy("{account: 3}", "attributes: {locale: de}", name="german"),
        policy("{account: 3, term: 2}", "attributes: {locale: fr}", name="french"),
    )
    (found,) = plan.diagnostics
    assert (found.code, found.severity) == ("policy-conflict", Severity.WARNING)
    assert "german" in found.detail
    assert "french" in found.detail
    after = {course.id: course.changes[0].after for course in plan.courses}
    assert after == {4113: "de", **dict.fromkeys(SCIENCES - {4113}, "fr")}


def test_what_policies_ignore_adds_up(lab: Lab) -> None:
    plan = planned(
        lab,
        policy("{account: 3}", "attributes: {locale: de}", name="a"),
        policy("{account: 3}", "ignore: [attributes.locale]", name="b"),
    )
    assert changing(plan) == set()
    assert {item.ignored[0].field for item in plan.courses} == {"attributes.locale"}


def test_a_plan_that_alters_what_a_policy_matches_says_so(lab: Lab) -> None:
    select = '{account: 3, name: "BIO *"}'
    (found,) = planned(lab, policy(select, "attributes: {name: Biology}")).diagnostics
    assert (found.code, found.severity) == ("policy-match-changes", Severity.WARNING)
    assert "2 courses (BIO-101-2026FA, BIO-205-2026FA) will leave" in found.detail


def test_a_policy_that_publishes_what_it_selects_is_only_a_note(lab: Lab) -> None:
    select = "{account: 3, workflow_state: unpublished}"
    (found,) = planned(lab, policy(select, "attributes: {workflow_state: available}")).diagnostics
    assert (found.code, found.severity) == ("policy-match-changes", Severity.NOTE)


def test_a_plan_that_brings_courses_under_a_policy_says_so(lab: Lab) -> None:
    plan = planned(
        lab,
        policy(
            "{account: 4, blueprint: false, workflow_state: unpublished}",
            "attributes: {name: Ward}",
            name="a",
        ),
        policy("{account: 4, name: Ward}", "attributes: {locale: de}", name="b"),
    )
    assert [item.detail for item in plan.diagnostics if item.code == "policy-match-changes"] == [
        'By the changes of this plan 1 course (NUR-310-2026FA) may come under "b", '
        "so that the next plan will differ."
    ]


def test_a_path_means_the_policies_in_it_with_all_layers_of_their_courses(lab: Lab) -> None:
    lab.write("policies:\n" + policy("{account: 3}", "attributes: {locale: de}", name="a"), "a.yaml")
    lab.write(
        "policies:\n" + policy("{account: 1}", "settings: {hide_final_grades: true}", name="b"), "b.yaml"
    )
    lab.write("courses:\n  - {id: 4101, attributes: {locale: fr}}\n", "c.yaml")
    plan = scoped(lab, Scope(entries=frozenset(), policies=frozenset({"a"})))
    assert changing(plan) == SCIENCES
    assert {change.field: change.after for change in plan.courses[0].changes} == {
        "attributes.locale": "fr",
        "settings.hide_final_grades": True,
    }
    assert changing(scoped(lab, Scope(entries=frozenset({"4101"}), policies=frozenset()))) == {4101}


def scoped(lab: Lab, scope: Scope) -> Plan:
    loaded, resolved, _ = lab.resolved()

    async def work() -> Plan:
        async with lab.canvas(read_only=True) as canvas:
            return await make_plan(
                Fleet(resolved=resolved, scope=scope),
                LiveSource(Reader(canvas)),
                url=URL,
                manifests=Source(manifests=loaded.files),
                clock=lab.clock,
            )

    return asyncio.run(work())


def test_target_and_exclude_choose_among_matched_courses(lab: Lab) -> None:
    lab.write("policies:\n" + policy("{account: 3}", "attributes: {locale: de}"))
    assert changing(lab.plan(target=("BIO-*",))) == {4101, 4102}
    assert changing(lab.plan(exclude=("BIO-*", "4113"))) == {4103, 4115}
    assert codes(lab.plan(target=("NONE",)).diagnostics) == ["no-entry-selected"]


def test_an_entry_that_is_excluded_does_not_come_back_through_a_policy(lab: Lab) -> None:
    lab.write(
        "policies:\n"
        + policy("{account: 3}", "settings: {hide_final_grades: true}")
        + "courses:\n  - {id: 4101, attributes: {name: Cells}}\n"
    )
    assert 4101 not in changing(lab.plan(exclude=("Cells",)))


def test_a_snapshot_holds_what_its_policies_matched_and_no_other_selection(lab: Lab) -> None:
    lab.write("policies:\n" + policy("{account: 3}", "attributes: {locale: de}"))
    text = saved(lab)
    assert changing(from_saved(lab, text)) == SCIENCES
    lab.write("policies:\n" + policy("{account: 4}", "attributes: {locale: de}"))
    assert codes(from_saved(lab, text).diagnostics) == ["snapshot-incomplete"]


def saved(lab: Lab) -> str:
    async def work() -> str:
        async with lab.canvas(read_only=True) as canvas:
            fleet = Fleet(resolved=lab.resolved()[1])
            snapshot, _ = await save_live(fleet, LiveSource(Reader(canvas)), url=URL, clock=lab.clock)
            return dump_snapshot(snapshot)

    return asyncio.run(work())


def from_saved(lab: Lab, text: str) -> Plan:
    loaded, resolved, _ = lab.resolved()
    source = SavedSource(load_snapshot(text, name="live.json"))
    return asyncio.run(
        make_plan(
            Fleet(resolved=resolved),
            source,
            url=URL,
            manifests=Source(manifests=loaded.files),
            clock=lab.clock,
        )
    )


@pytest.mark.parametrize(
    "moved",
    [
        {"enrollment_term_id": 3},
        {"account_id": 2},
        {"workflow_state": "completed"},
        {"name": "Ethics of Genetics"},
        {"sis_source_id": "SANDBOX-1"},
    ],
    ids=str,
)
def test_a_course_that_a_policy_may_no_longer_match_is_stale(lab: Lab, moved: dict[str, Any]) -> None:
    select = '{account: 3, term: 2, workflow_state: available, name: "BIO *"}'
    more = 'except: ["SANDBOX-*"]\n    settings: {home_page_announcement_limit: 7}'
    plan = planned(lab, policy(select, more))
    lab.sandbox.edit(4102, **moved)
    (course,) = lab.apply(plan).courses
    assert {item.verdict for item in course.fields} == {Verdict.STALE}
    assert lab.sent() == []


def test_an_applied_policy_leaves_nothing_to_do(lab: Lab) -> None:
    more = "attributes: {default_view: feed, license: cc_by}\n    settings: {hide_final_grades: true}"
    lab.write("policies:\n" + policy("{account: 1, term: 2}", more))
    report = lab.apply(lab.plan(), choice=_anything())
    assert {item.verdict for course in report.courses for item in course.fields} == {Verdict.APPLIED}
    assert changing(lab.plan()) == set()


def _anything() -> Choice:

    return Choice(allow=Risk.DESTRUCTIVE)
