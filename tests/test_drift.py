"""Drift: what differs, which side moved, who moved it, and what nobody manages."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync.model import Blame, CourseDrift, Drift, DriftClass, FieldDrift, Finding
from tests.lab import Lab

BIOLOGY = "BIO-101-2026FA"

MANIFEST = f"""\
courses:
  - id: sis_course_id:{BIOLOGY}
    attributes:
      default_view: modules
    settings:
      hide_distribution_graphs: true
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a college that holds what the manifest says."""
    lab = Lab(root=tmp_path)
    lab.write(MANIFEST)
    lab.apply(lab.plan())
    assert lab.plan().summary.changes == 0
    return lab


def biology(lab: Lab) -> int:
    return next(
        number
        for number in lab.sandbox.course_ids()
        if lab.sandbox.course(number)["sis_source_id"] == BIOLOGY
    )


def only(drift: Drift) -> CourseDrift:
    (course,) = drift.courses
    return course


def field(drift: Drift, address: str) -> FieldDrift:
    return next(item for item in only(drift).fields if item.field == address)


def test_what_is_as_declared_is_in_sync(lab: Lab) -> None:
    before = len(lab.sent())
    drift = lab.drift()
    assert only(drift).fields == ()
    assert only(drift).in_sync == ("attributes.default_view", "settings.hide_distribution_graphs")
    assert (drift.totals["courses"], drift.totals["courses_in_sync"], drift.totals["fields"]) == (1, 1, 0)
    assert drift.base is None
    assert len(lab.sent()) == before


def test_without_a_base_a_difference_has_no_side(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), default_view="feed")
    found = field(lab.drift(), "attributes.default_view")
    assert (found.class_, found.verdict) == (DriftClass.DIFFERS, Finding.DRIFTED)
    assert (found.read, found.after, found.before_known) == ("feed", "modules", False)
    assert found.origin[-1].line == 4


def test_what_was_changed_by_hand_is_a_change_of_canvas(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), default_view="feed")
    drift = lab.drift(lab.against(MANIFEST))
    found = field(drift, "attributes.default_view")
    assert found.class_ is DriftClass.LIVE_CHANGED
    assert (found.before, found.before_known) == ("modules", True)
    assert len(only(drift).fields) == 1
    assert drift.totals["live-changed"] == drift.totals["fields"] == drift.totals["courses_drifted"] == 1


def test_what_was_changed_in_git_is_a_change_of_config(lab: Lab) -> None:
    lab.write(MANIFEST.replace("modules", "assignments"))
    found = field(lab.drift(lab.against(MANIFEST)), "attributes.default_view")
    assert found.class_ is DriftClass.CONFIG_CHANGED
    assert (found.before, found.after, found.read) == ("modules", "assignments", "modules")


def test_two_changes_to_one_field_are_a_conflict(lab: Lab) -> None:
    lab.write(MANIFEST.replace("modules", "assignments"))
    lab.sandbox.edit(biology(lab), default_view="feed")
    found = field(lab.drift(lab.against(MANIFEST)), "attributes.default_view")
    assert found.class_ is DriftClass.CONFLICT
    assert (found.before, found.after, found.read) == ("modules", "assignments", "feed")


def test_two_changes_to_the_same_value_differ_no_more(lab: Lab) -> None:
    lab.write(MANIFEST.replace("modules", "feed"))
    lab.sandbox.edit(biology(lab), default_view="feed")
    drift = lab.drift(lab.against(MANIFEST))
    found = field(drift, "attributes.default_view")
    assert (found.class_, found.verdict) == (DriftClass.BOTH, Finding.AGREED)
    assert drift.totals["fields"] == 0
    assert drift.totals["both"] == drift.totals["courses_in_sync"] == 1


def test_a_field_that_is_managed_since_the_base_is_a_change_of_config(lab: Lab) -> None:
    lab.write(f"{MANIFEST}      hide_final_grades: true\n")
    found = field(lab.drift(lab.against(MANIFEST)), "settings.hide_final_grades")
    assert (found.class_, found.before_known) == (DriftClass.CONFIG_CHANGED, False)
    assert "since the base" in found.message


def test_a_field_that_left_the_manifests_is_no_longer_managed(lab: Lab) -> None:
    lab.write(MANIFEST.split("    settings:")[0])
    drift = lab.drift(lab.against(MANIFEST))
    (gone,) = only(drift).released
    assert (gone.field, gone.read) == ("settings.hide_distribution_graphs", True)
    assert drift.totals["released"] == 1
    assert drift.totals["fields"] == 0


def test_a_course_that_left_the_manifests_is_told_of(lab: Lab) -> None:
    lab.write("courses:\n  - id: 4102\n    attributes: {name: Chemistry}\n")
    drift = lab.drift(lab.against(MANIFEST))
    (gone,) = drift.released
    assert gone.sis_course_id == BIOLOGY
    assert [item.field for item in gone.released] == [
        "attributes.default_view",
        "settings.hide_distribution_graphs",
    ]


def test_a_run_about_a_part_does_not_miss_the_rest(lab: Lab) -> None:
    lab.write(f"{MANIFEST}  - id: 4102\n    attributes: {{default_view: feed}}\n")
    assert lab.drift(lab.against(MANIFEST), target=("4102",)).released == ()


def test_what_an_apply_did_not_get_through_is_a_change_of_config(lab: Lab) -> None:
    wanted = MANIFEST.replace("modules", "assignments")
    lab.write(wanted)
    lab.sandbox.fail_next(method="PUT", path_contains="/courses/", status=400, body='{"errors": {}}')
    receipt = lab.apply(lab.plan())
    assert receipt.totals["failed"] == 1
    found = field(lab.drift(lab.against(wanted, receipt=receipt)), "attributes.default_view")
    assert found.class_ is DriftClass.CONFIG_CHANGED
    assert "did not get it through" in found.message
    lab.sandbox.edit(biology(lab), default_view="feed")
    later = field(lab.drift(lab.against(wanted, receipt=receipt)), "attributes.default_view")
    assert later.class_ is DriftClass.CONFLICT


def test_an_ignored_field_is_told_of_and_never_drifts(lab: Lab) -> None:
    lab.write(f"{MANIFEST}    ignore: [attributes.default_view]\n")
    lab.sandbox.edit(biology(lab), default_view="feed")
    drift = lab.drift(lab.against(MANIFEST))
    assert only(drift).fields == ()
    assert [item.field for item in only(drift).ignored] == ["attributes.default_view"]


def test_coverage_lists_what_nobody_manages(lab: Lab) -> None:
    lab.write(f"{MANIFEST}    ignore: [attributes.default_view]\n")
    drift = lab.drift(coverage=True)
    course = only(drift)
    assert "settings.hide_final_grades" in course.unmanaged
    by_field = {item.field: item for item in drift.coverage}
    counts = by_field["attributes.default_view"], by_field["settings.hide_distribution_graphs"]
    assert [(item.managed, item.ignored, item.unmanaged) for item in counts] == [(0, 1, 0), (1, 0, 0)]
    assert by_field["settings.hide_final_grades"].unmanaged == 1
    assert lab.drift().coverage == ()


def test_departments_have_names(lab: Lab) -> None:
    drift = lab.drift()
    assert drift.accounts[str(only(drift).account_id)]


def test_a_plan_with_a_base_says_which_side_moved(lab: Lab) -> None:
    lab.write(MANIFEST.replace("modules", "assignments").replace("graphs: true", "graphs: false"))
    lab.sandbox.edit(biology(lab), default_view="feed")
    plan = lab.plan(lab.against(MANIFEST))
    classes = {change.field: change.class_ for change in plan.courses[0].changes}
    assert classes == {
        "attributes.default_view": DriftClass.CONFLICT,
        "settings.hide_distribution_graphs": DriftClass.CONFIG_CHANGED,
    }
    assert plan.summary.classes == {"config-changed": 1, "conflict": 1}


def test_a_plan_with_a_base_lists_what_is_no_longer_managed(lab: Lab) -> None:
    lab.write(MANIFEST.split("    settings:")[0])
    plan = lab.plan(lab.against(MANIFEST))
    assert plan.summary.changes == 0
    assert [item.field for item in plan.courses[0].released] == ["settings.hide_distribution_graphs"]


def test_a_plan_without_a_base_takes_no_side(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), default_view="feed")
    plan = lab.plan()
    assert plan.base is None
    assert [change.class_ for change in plan.courses[0].changes] == [None]


# Who


def blamed(lab: Lab, address: str) -> Blame:
    found = field(lab.drift(lab.against(MANIFEST), blame=True), address).blame
    assert found is not None
    return found


def test_a_hand_edit_has_an_author(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), user=2, default_view="feed")
    found = blamed(lab, "attributes.default_view")
    assert (found.user_id, found.source, found.event, found.exact) == (2, "manual", "updated", True)
    assert found.user


def test_an_import_is_told_by_its_number(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), source="sis", sis_batch=88, default_view="feed")
    found = blamed(lab, "attributes.default_view")
    assert (found.source, found.sis_batch) == ("sis", 88)


def test_a_setting_is_found_under_the_name_canvas_stores(lab: Lab) -> None:
    lab.write(MANIFEST.replace("hide_distribution_graphs", "hide_final_grades"))
    lab.apply(lab.plan())
    lab.sandbox.edit(biology(lab), user=2, settings={"hide_final_grade": False})
    drift = lab.drift(blame=True)
    found = field(drift, "settings.hide_final_grades").blame
    assert found is not None
    assert (found.user_id, found.exact) == (2, True)


def test_a_copy_of_another_course_is_named(lab: Lab) -> None:
    lab.sandbox.edit(4102, settings={"hide_distribution_graphs": False})
    lab.sandbox.copy_into(biology(lab), from_course=4102, user=2)
    found = blamed(lab, "settings.hide_distribution_graphs")
    assert (found.event, found.copied_from, found.exact) == ("copied_from", 4102, False)


def test_only_courses_in_which_canvas_moved_are_asked_about(lab: Lab) -> None:
    lab.write(f"{MANIFEST}  - id: 4102\n    attributes: {{default_view: feed}}\n")
    lab.sandbox.edit(biology(lab), default_view="feed")
    started = len(lab.sandbox.log)
    lab.drift(lab.against(MANIFEST), blame=True)
    asked = [entry.path for entry in lab.sandbox.log[started:] if "/audit/" in entry.path]
    assert asked == [f"/api/v1/audit/course/courses/{biology(lab)}"]


def test_what_git_changed_is_nobodys_fault(lab: Lab) -> None:
    lab.write(MANIFEST.replace("modules", "assignments"))
    found = field(lab.drift(lab.against(MANIFEST), blame=True), "attributes.default_view")
    assert found.blame is None


def test_a_log_that_is_off_is_said_once(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path, options={"audit": False})
    lab.write(MANIFEST)
    lab.sandbox.edit(biology(lab), default_view="feed")
    drift = lab.drift(blame=True)
    assert "keeps no audit log" in drift.blame
    assert field(drift, "attributes.default_view").blame is None
    assert not drift.errored


def test_a_log_the_token_may_not_read_is_said_once(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), default_view="feed")
    lab.token = "sandbox-teacher"
    started = len(lab.sandbox.log)
    drift = lab.drift(blame=True)
    assert "may not read the audit log" in drift.blame
    assert "View course change logs" in drift.blame
    assert not drift.errored
    assert len([entry for entry in lab.sandbox.log[started:] if "/audit/" in entry.path]) == 1


def test_a_log_that_breaks_is_not_taken_for_a_missing_right(lab: Lab) -> None:
    lab.sandbox.edit(biology(lab), default_view="feed")
    lab.sandbox.fail_next(method="GET", path_contains="/audit/", status=500, times=50)
    drift = lab.drift(blame=True)
    assert drift.blame.startswith("Who changed what is not known: ")
    assert "500" in drift.blame
    assert "right" not in drift.blame
    assert not drift.errored


def test_a_log_that_fails_for_some_courses_is_counted(lab: Lab) -> None:
    lab.write(f"{MANIFEST}  - id: 4102\n    attributes: {{default_view: feed}}\n")
    lab.sandbox.edit(biology(lab), default_view="feed")
    lab.sandbox.fail_next(method="GET", path_contains="/audit/course/courses/4102", status=404)
    drift = lab.drift(blame=True)
    assert drift.blame == "The audit log of 1 of 2 courses could not be read."
