"""Explaining fields of a course: how each stands, what its layers say, what guards it, what it would do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from coursesync.canvas.bulk import Reader
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Position, errors
from coursesync.model.explanation import Explanation, FieldExplanation, Hold, Standing
from coursesync.sandbox import Sandbox
from coursesync.workflow import LiveSource, SavedSource, save_live
from coursesync.workflow.explain import explain
from coursesync.workflow.plan import Fleet
from tests.lab import Lab

COURSE = 9001
RESTRICT = "attributes.restrict_enrollments_to_course_dates"
POLICY = "policies:\n  - name: open\n    select: {account: 1, name: Biology}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    made = Lab(root=tmp_path)
    made.sandbox.add_course(id=COURSE, name="Biology", course_code="BIO", sis_source_id="BIO-1")
    return made


def explained(lab: Lab, field: str, manifest: str, course: str = str(COURSE)) -> Explanation:
    lab.write(manifest)
    _, resolved, found = lab.resolved()
    assert not errors(found), found

    async def work() -> Explanation:
        async with lab.canvas(read_only=True) as canvas:
            source = LiveSource(Reader(canvas))
            return await explain(resolved, source, course=course, rows=[FIELDS[field]], url=canvas.url)

    return asyncio.run(work())


def told(lab: Lab, field: str, manifest: str, course: str = str(COURSE)) -> FieldExplanation:
    (only,) = explained(lab, field, manifest, course).fields
    return only


def entry(body: str, course: object = COURSE, more: str = "") -> str:
    return f"{more}courses:\n  - id: {course}\n    {body}\n"


def requests(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(entry.method, entry.path) for entry in sandbox.log]


def kinds(item: FieldExplanation) -> list[tuple[Hold, bool]]:
    return [(guard.kind, guard.hinders) for guard in item.guards]


def test_a_field_that_differs_is_told_with_its_layers_weakest_first(lab: Lab) -> None:
    profiles = "profiles:\n  base: {attributes: {name: Base}}\n  top: {extends: [base], settings: {}}\n"
    policies = f"{POLICY}    profiles: [base]\n    attributes: {{name: Botany}}\n"
    item = told(
        lab,
        "attributes.name",
        entry("profiles: [top]\n    attributes: {name: Genetics}", more=profiles + policies),
    )
    assert (item.standing, item.live, item.desired) == (Standing.DIFFERS, "Biology", "Genetics")
    assert [(said.origin.layer, said.value, said.wins) for said in item.layers] == [
        ("profile base of policy open", "Base", False),
        ("policy open", "Botany", False),
        ("profile base", "Base", False),
        ("course", "Genetics", True),
    ]
    assert str(item.layers[-1].origin.position) == "courses.yaml:12:18"
    assert item.change is not None
    assert (item.change.before, item.change.after) == ("Biology", "Genetics")


def test_a_field_as_declared_is_in_sync(lab: Lab) -> None:
    item = told(lab, "attributes.name", entry("attributes: {name: Biology}"))
    assert (item.standing, item.change, item.side_effects) == (Standing.IN_SYNC, None, ())
    assert Hold.SIS in [guard.kind for guard in item.guards]


def test_a_field_nobody_declares_comes_with_the_lines_that_would_manage_it(lab: Lab) -> None:
    item = told(lab, "settings.hide_final_grades", entry("attributes: {name: A}"))
    assert (item.standing, item.live, item.live_known) == (Standing.UNMANAGED, False, True)
    assert item.example == "settings:\n  hide_final_grades: false\n"
    assert item.entry == Position(file="courses.yaml", line=2, column=5)


def test_a_course_nobody_declares_can_be_explained_as_well(lab: Lab) -> None:
    found = explained(lab, "attributes.name", entry("attributes: {name: A}", course=4101))
    assert (found.id, found.declared_id, found.policies) == (COURSE, "", ())
    (item,) = found.fields
    assert item.standing is Standing.UNMANAGED
    assert item.example == "courses:\n  - id: sis_course_id:BIO-1\n    attributes:\n      name: Biology\n"
    assert item.entry is None
    lab.write(item.example)
    assert lab.plan().summary.changes == 0


def test_what_would_manage_a_course_without_sis_id_names_its_number(lab: Lab) -> None:
    lab.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM")
    item = told(lab, "attributes.course_code", "profiles: {}\n", course="9002")
    assert item.example == "courses:\n  - id: 9002\n    attributes:\n      course_code: CHEM\n"


def test_a_text_of_html_would_be_managed_in_a_file(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, syllabus_body="<p>A</p>\n<p>B</p>")
    item = told(lab, "attributes.syllabus_body", "profiles: {}\n")
    assert item.live == "<p>A</p>\n<p>B</p>"
    assert item.example.endswith("syllabus_body: {file: content/…}\n")


@pytest.mark.parametrize("course", [str(COURSE), "sis_course_id:BIO-1", "BIO-1"])
@pytest.mark.parametrize("declared", [COURSE, "sis_course_id:BIO-1"])
def test_a_course_is_found_by_any_of_its_ids(lab: Lab, declared: object, course: str) -> None:
    found = explained(lab, "attributes.name", entry("attributes: {name: Genetics}", course=declared), course)
    assert (found.id, found.declared_id) == (COURSE, str(declared))
    assert found.fields[0].standing is Standing.DIFFERS
    assert len(requests(lab.sandbox)) <= 2


def test_a_course_whose_id_is_gone_is_found_by_the_sis_id_it_declares(lab: Lab) -> None:
    manifest = entry("attributes: {sis_course_id: BIO-1}", course=77)
    for course in ("77", "BIO-1", str(COURSE)):
        found = explained(lab, "attributes.sis_course_id", manifest, course)
        assert (found.id, found.declared_id) == (COURSE, "77")
        assert [item.code for item in found.diagnostics] == ["course-id-outdated"]


def test_a_course_that_does_not_exist_is_an_error_and_no_field(lab: Lab) -> None:
    for manifest in ("profiles: {}\n", entry("attributes: {name: A}", course="sis_course_id:NOPE")):
        found = explained(lab, "attributes.name", manifest, "NOPE")
        assert found.fields == ()
        assert [item.code for item in found.diagnostics] == ["course-not-found"]


def test_a_course_known_through_a_policy_alone_is_explained_with_its_layers(lab: Lab) -> None:
    manifest = f"{POLICY}    settings: {{hide_final_grades: true}}\n"
    found = explained(lab, "settings.hide_final_grades", manifest)
    assert (found.id, found.declared_id, found.policies) == (COURSE, "", ("open",))
    (item,) = found.fields
    assert item.standing is Standing.DIFFERS
    assert [said.origin.layer for said in item.layers] == ["policy open"]


def test_a_policy_that_matches_other_courses_is_no_layer(lab: Lab) -> None:
    manifest = f"{POLICY.replace('Biology', 'Chem*')}    attributes: {{name: A}}\n"
    found = explained(lab, "attributes.name", manifest)
    assert (found.fields[0].standing, found.policies) == (Standing.UNMANAGED, ())
    assert found.diagnostics == ()


def test_an_enforced_policy_is_the_strongest_layer_and_said_to_be(lab: Lab) -> None:
    policy = f"{POLICY}    enforce: true\n    attributes: {{name: Botany}}\n"
    profile = "profiles:\n  base: {attributes: {name: Base}}\n"
    found = explained(lab, "attributes.name", entry("profiles: [base]", more=policy + profile))
    (item,) = found.fields
    assert [(said.origin.layer, said.wins) for said in item.layers] == [
        ("profile base", False),
        ("policy open", True),
    ]
    guard = item.guards[0]
    assert (guard.kind, str(guard.position)) == (Hold.ENFORCED, "courses.yaml:5:18")


def test_a_contradiction_to_an_enforced_policy_is_told(lab: Lab) -> None:
    policy = f"{POLICY}    enforce: true\n    attributes: {{name: Botany}}\n"
    found = explained(lab, "attributes.name", entry("attributes: {name: Genetics}", more=policy))
    assert "policy-overruled" in [item.code for item in found.diagnostics]
    assert found.fields[0].desired == "Botany"


def test_an_ignored_field_is_told_with_its_rules_and_what_a_change_would_do(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, conclude_at="2026-12-01T00:00:00Z")
    rules = "ignore: [{field: attributes.*, reason: ours, until: 2099-12-31}]"
    item = told(lab, "attributes.name", entry(f"attributes: {{name: Genetics}}\n    {rules}"))
    assert (item.standing, item.live, item.desired) == (Standing.IGNORED, "Biology", "Genetics")
    (rule,) = item.ignores
    assert (rule.pattern, rule.reason, rule.until) == ("attributes.*", "ours", "2099-12-31")
    assert item.change is not None
    assert [(effect.field, effect.risk) for effect in item.side_effects] == [
        ("attributes.end_at", Risk.LOSSY)
    ]


def test_a_side_effect_that_another_change_of_the_plan_prevents_is_none(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, conclude_at="2026-12-01T00:00:00Z")
    alone = told(lab, "attributes.name", entry("attributes: {name: Genetics}"))
    assert [effect.field for effect in alone.side_effects] == ["attributes.end_at"]
    kept = "attributes:\n      name: Genetics\n      end_at: 2026-12-01T00:00:00Z\n"
    both = entry(f"{kept}      restrict_enrollments_to_course_dates: true")
    assert told(lab, "attributes.name", both).side_effects == ()


def test_a_risk_is_that_of_the_transition(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, workflow_state="completed")
    item = told(lab, "attributes.workflow_state", entry("attributes: {workflow_state: available}"))
    assert item.change is not None
    assert item.change.risk is Risk.LOSSY


def test_a_requirement_that_is_not_met_hinders(lab: Lab) -> None:
    body = "attributes:\n      end_at: 2026-12-01T00:00:00Z"
    found = explained(lab, "attributes.end_at", entry(body))
    assert (Hold.REQUIRES, True) in kinds(found.fields[0])
    assert [item.code for item in found.diagnostics] == ["unreachable-value"]
    met = told(lab, "attributes.end_at", entry(f"{body}\n      {RESTRICT.partition('.')[2]}: true"))
    assert (Hold.REQUIRES, False) in kinds(met)


def test_a_requirement_that_is_met_in_canvas_does_not_hinder(lab: Lab) -> None:
    lab.sandbox.edit(COURSE, restrict_enrollments_to_course_dates=True)
    item = told(lab, "attributes.end_at", "profiles: {}\n")
    needs = next(guard for guard in item.guards if guard.kind is Hold.REQUIRES)
    assert needs.text == f"It needs {RESTRICT}: true, and so it is in Canvas."


def test_a_field_canvas_never_shows_is_not_verifiable(lab: Lab) -> None:
    item = told(
        lab, "settings.show_total_grade_as_points", entry("settings: {show_total_grade_as_points: true}")
    )
    assert (item.standing, item.live_known, item.desired) == (Standing.UNVERIFIED, False, True)
    other = told(lab, "settings.show_total_grade_as_points", entry("attributes: {name: A}"))
    assert (other.standing, other.example) == (
        Standing.UNMANAGED,
        "settings:\n  show_total_grade_as_points: …\n",
    )


def test_a_text_that_canvas_rewrites_is_in_sync_with_what_it_makes_of_it(lab: Lab) -> None:
    manifest = entry("attributes: {syllabus_body: '<p style=\"color:#840\">A</p>'}")
    before = told(lab, "attributes.syllabus_body", manifest)
    assert before.standing is Standing.DIFFERS
    assert before.change is not None
    lab.apply(lab.plan())
    after = told(lab, "attributes.syllabus_body", manifest)
    assert after.live != after.desired
    assert (after.standing, after.live) == (Standing.IN_SYNC, before.change.expected)


def test_the_map_declared_last_displaces_the_other(lab: Lab) -> None:
    profile = (
        "profiles:\n  types:\n    blueprint:\n      enabled: true\n"
        "      restrictions_by_object_type: {assignment: {content: true}}\n"
    )
    manifest = entry("profiles: [types]\n    blueprint: {restrictions: {content: true}}", more=profile)
    item = told(lab, "blueprint.restrictions", manifest)
    assert [(said.field, said.wins) for said in item.layers] == [
        ("blueprint.restrictions_by_object_type", False),
        ("blueprint.restrictions", True),
    ]
    other = told(lab, "blueprint.restrictions_by_object_type", manifest)
    assert (other.standing, other.example) == (Standing.UNMANAGED, "")
    assert (Hold.CONFLICTS, False) in kinds(other)


def test_what_an_account_lends_is_said(lab: Lab) -> None:
    quota = told(lab, "attributes.storage_quota_mb", "profiles: {}\n")
    assert Hold.ACCOUNT in [guard.kind for guard in quota.guards]
    locked = told(lab, "settings.lock_all_announcements", "profiles: {}\n")
    assert Hold.ACCOUNT in [guard.kind for guard in locked.guards]


def test_other_fields_of_a_course_declared_deleted_are_left_alone(lab: Lab) -> None:
    body = "attributes: {name: Genetics, workflow_state: deleted}"
    assert told(lab, "attributes.name", entry(body)).standing is Standing.LEFT_ALONE


def test_an_equal_field_that_is_sent_to_hold_it_is_in_sync_with_a_change(lab: Lab) -> None:
    item = told(
        lab, "attributes.public_syllabus", entry("attributes: {is_public: true, public_syllabus: false}")
    )
    assert item.standing is Standing.IN_SYNC
    assert item.change is not None
    assert item.change.before is item.change.after is False


def test_a_saved_state_explains_as_well_as_canvas(lab: Lab) -> None:
    lab.write(f"{POLICY}    attributes: {{name: Botany}}\n" + entry("settings: {hide_final_grades: true}"))
    _, resolved, _ = lab.resolved()

    async def work() -> Any:
        async with lab.canvas(read_only=True) as canvas:
            source = LiveSource(Reader(canvas))
            snapshot, _ = await save_live(Fleet(resolved=resolved), source, url=canvas.url, clock=lab.clock)
            return [
                await explain(resolved, one, course="9001", rows=[*FIELDS.values()], url=canvas.url)
                for one in (LiveSource(Reader(canvas)), SavedSource(snapshot))
            ]

    live, saved = asyncio.run(work())
    assert live.fields[0].standing is Standing.DIFFERS
    assert saved == live


def test_an_entry_whose_id_says_nothing_of_the_course_is_found_by_reading_it(lab: Lab) -> None:
    lab.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM", integration_id="INT-2")
    manifest = (
        entry("attributes: {name: A}", course="sis_integration_id:INT-2")
        + "  - id: sis_integration_id:NOPE\n  - id: 4101\n"
    )
    found = explained(lab, "attributes.name", manifest, "9002")
    assert (found.id, found.declared_id) == (9002, "sis_integration_id:INT-2")
    assert found.diagnostics == ()
    assert found.fields[0].standing is Standing.DIFFERS


@pytest.mark.parametrize("address", FIELDS)
def test_every_field_can_be_explained(lab: Lab, address: str) -> None:
    item = told(lab, address, "profiles: {}\n")
    assert item.field == address
    assert item.standing is Standing.UNMANAGED
    assert len(requests(lab.sandbox)) <= 2
