"""An undo puts back what a run changed, where Canvas still holds it, and says what it cannot put back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue.field import Risk
from coursesync.documents import dump_plan, load_plan
from coursesync.errors import PlanStale
from coursesync.model import Plan, Report, Source, SourceFile, Verdict
from coursesync.render import RENDERERS, Look
from coursesync.runs import find_run
from coursesync.workflow import Choice, Stop
from coursesync.workflow.guards import check_source
from tests.lab import Lab
from tests.test_resume import apply_until_killed

COURSE = 9001
EVERYTHING = Choice(allow=Risk.DESTRUCTIVE, send_unverified=True)

HIDE = "settings: {hide_final_grades: true}"


def lab_with(root: Path, manifest: str, **columns: Any) -> Lab:
    lab = Lab(root=root)
    known = {"name": "Old", "course_code": "X", "workflow_state": "available", **columns}
    lab.sandbox.add_course(id=COURSE, **known)
    lab.write(f"courses:\n  - id: {COURSE}\n    {manifest}\n")
    return lab


def undo(lab: Lab, name: str = "last") -> tuple[Plan, Report]:
    plan = lab.undo(name)
    return plan, lab.apply(plan, choice=EVERYTHING)


def told(plan: Plan) -> dict[str, str]:
    return {item.code: item.detail for item in plan.diagnostics}


def fields(plan: Plan) -> dict[str, tuple[Any, Any]]:
    return {item.field: (item.before, item.after) for course in plan.courses for item in course.changes}


def test_an_undo_gives_back_what_was_there(tmp_path: Path) -> None:
    lab = lab_with(
        tmp_path, "attributes: {name: New, license: cc_by}\n    settings: {hide_final_grades: true}"
    )
    before = lab.sandbox.course(COURSE)
    report = lab.apply(lab.plan())
    plan, undone = undo(lab)
    assert plan.undoes == undone.undoes == report.run
    assert fields(plan)["attributes.license"] == ("cc_by", None)
    assert {item.verdict for course in undone.courses for item in course.fields} == {Verdict.APPLIED}
    after = lab.sandbox.course(COURSE)
    assert (after["name"], after["license"]) == (before["name"], before["license"])
    assert after["settings"]["hide_final_grade"] is False


def test_a_field_that_somebody_changed_since_is_left_and_told_of(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New, license: cc_by}")
    lab.apply(lab.plan())
    lab.sandbox.edit(COURSE, name="By hand")
    plan = lab.undo()
    assert [*fields(plan)] == ["attributes.license"]
    assert "attributes.name no longer holds" in told(plan)["undo-overtaken"]
    assert not plan.errored


def test_a_field_that_somebody_put_back_already_is_no_news(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    lab.apply(lab.plan())
    lab.sandbox.edit(COURSE, name="Old")
    plan = lab.undo()
    assert (fields(plan), plan.diagnostics) == ({}, ())


def test_what_moves_between_undo_and_its_apply_makes_it_stale(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    lab.apply(lab.plan())
    plan = lab.undo()
    lab.sandbox.edit(COURSE, name="By hand")
    report = lab.apply(plan)
    assert [item.verdict for item in report.courses[0].fields] == [Verdict.STALE]
    assert lab.sandbox.course(COURSE)["name"] == "By hand"


def test_an_undo_of_an_undo_is_the_run_again(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New, license: cc_by}")
    lab.apply(lab.plan())
    undo(lab)
    undo(lab)
    assert lab.plan().summary.changes == 0


# What cannot be put back


def test_an_erased_date_is_put_back_only_where_canvas_takes_it(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}", conclude_at="2026-12-18T07:00:00Z")
    lab.apply(lab.plan(), choice=EVERYTHING)
    plan = lab.undo()
    assert [*fields(plan)] == ["attributes.name"]
    assert "attributes.end_at is not put back" in told(plan)["undo-incomplete"]
    lab.sandbox.edit(COURSE, restrict_enrollments_to_course_dates=True)
    assert fields(lab.undo())["attributes.end_at"] == (None, "2026-12-18T07:00:00Z")


def test_what_canvas_never_shows_is_not_put_back(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {organize_epub_by_content_type: true, name: New}")
    lab.apply(lab.plan(), choice=EVERYTHING)
    plan = lab.undo()
    assert [*fields(plan)] == ["attributes.name"]
    assert "Canvas never shows this field" in told(plan)["undo-incomplete"]


def test_what_moved_unasked_is_left_as_somebodys_edit(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    report = lab.apply(lab.plan())
    (course,) = report.courses
    moved = replace(
        course.fields[0], change_id=None, field="attributes.license", verdict=Verdict.UNEXPECTED, before=None
    )
    plan = lab.undo(replace(report, courses=(replace(course, fields=(*course.fields, moved)),)))
    assert [*fields(plan)] == ["attributes.name"]
    assert "nobody asked for it" in told(plan)["undo-incomplete"]


def test_a_field_of_a_later_version_is_told_of(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    report = lab.apply(lab.plan())
    (course,) = report.courses
    odd = replace(course.fields[0], field="attributes.of_tomorrow")
    plan = lab.undo(replace(report, courses=(replace(course, fields=(odd,)),)))
    assert "does not know the field" in told(plan)["undo-incomplete"]


@pytest.mark.parametrize(
    ("manifest", "columns", "back"),
    [
        pytest.param(
            "attributes: {workflow_state: completed}",
            {},
            {"attributes.workflow_state": "available"},
            id="conclude",
        ),
        pytest.param(
            "attributes: {workflow_state: deleted}",
            {},
            {"attributes.workflow_state": "available"},
            id="delete",
        ),
        pytest.param(
            "blueprint: {enabled: true, restrictions: {points: true}}",
            {},
            {"blueprint.enabled": False},
            id="blueprint",
        ),
        pytest.param(
            "blueprint: {enabled: false}",
            {"blueprint": True, "blueprint_restrictions": {"points": True}},
            {"blueprint.enabled": True},
            id="no blueprint",
        ),
        pytest.param(
            "blueprint: {enabled: true, restrictions_by_object_type: {quiz: {points: true}}}",
            {"blueprint": True, "blueprint_restrictions": {"points": True}},
            {"blueprint.restrictions": {"points": True}},
            id="locks by type",
        ),
        pytest.param(
            "attributes: {image_url: 'https://e.edu/i.png'}", {}, {"attributes.image_url": None}, id="image"
        ),
        pytest.param(
            "attributes: {grading_standard_enabled: true}",
            {},
            {"attributes.grading_standard_enabled": False},
            id="grades",
        ),
        pytest.param(
            "attributes: {is_public: true}", {}, {"attributes.is_public": None}, id="what follows it"
        ),
        pytest.param(
            "attributes: {syllabus_body: <p>New</p>}",
            {"syllabus_body": "<p>Old</p>"},
            {"attributes.syllabus_body": "<p>Old</p>"},
            id="syllabus",
        ),
    ],
)
def test_each_kind_of_change_is_put_back(
    tmp_path: Path, manifest: str, columns: dict[str, Any], back: dict[str, Any]
) -> None:
    lab = lab_with(tmp_path, manifest, **columns)
    first = lab.apply(lab.plan(), choice=EVERYTHING)
    assert all(item.verdict.good for item in first.courses[0].fields), first
    plan, report = undo(lab)
    sent = {address: value for address, (_, value) in fields(plan).items()}
    assert {address: sent.get(address, "nothing") for address in back} == back or _covers(sent, back)
    assert all(item.verdict.good for item in report.courses[0].fields), report
    assert not plan.errored


def _covers(sent: dict[str, Any], back: dict[str, Any]) -> bool:
    """Tell whether maps hold at least what is asked for."""
    return all(
        value.items() <= sent[address].items() if isinstance(value, dict) else sent[address] == value
        for address, value in back.items()
    )


# Runs that were not through


def test_a_run_that_was_killed_is_undone_by_its_journal(tmp_path: Path) -> None:
    lab = lab_with(
        tmp_path,
        f"attributes: {{name: New, organize_epub_by_content_type: true}}\n    {HIDE}",
        conclude_at="2026-12-18T07:00:00Z",
    )
    assert apply_until_killed(lab, lab.plan(), at=3, how="whole")
    assert lab.sandbox.course(COURSE)["name"] == "New"
    plan = lab.undo()
    assert fields(plan) == {"attributes.name": ("New", "Old")}
    assert "attributes.end_at is not put back" in " ".join(item.detail for item in plan.diagnostics)
    assert all(item.verdict.good for item in lab.apply(plan, choice=EVERYTHING).courses[0].fields)


def test_a_run_that_was_resumed_is_undone_whole(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, f"attributes: {{name: New}}\n    {HIDE}")
    assert apply_until_killed(lab, lab.plan(), at=3, how="whole")
    lab.resume()
    assert {*fields(lab.undo())} == {"attributes.name", "settings.hide_final_grades"}


def test_an_interrupted_run_is_undone_as_far_as_it_came(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    lab.apply(lab.plan(), stop=stop)
    plan = lab.undo()
    assert (fields(plan), plan.summary.courses) == ({}, 0)
    assert RENDERERS["text"](plan, Look(quiet=True)) == "Nothing to put back.\n"


def test_a_run_that_was_interrupted_and_then_killed_is_undone_by_its_journal(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    lab.apply(lab.plan(), stop=stop)
    run = find_run(tmp_path, "last")
    interrupted = run.kept_outcome.read_text()
    lab.resume()
    # The process that took it up was killed before it could replace the report.
    run.kept_outcome.write_text(interrupted)
    assert fields(lab.undo()) == {"attributes.name": ("New", "Old")}


def test_an_outcome_that_was_damaged_is_made_up_for_by_the_journal(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    lab.apply(lab.plan())
    find_run(tmp_path, "last").kept_outcome.write_text("{")
    assert fields(lab.undo()) == {"attributes.name": ("New", "Old")}


# The plan of an undo


def test_an_undo_survives_its_file_and_belongs_to_no_manifests(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    lab.apply(lab.plan())
    plan = load_plan(dump_plan(lab.undo()), name="undo.json")
    there = Source(manifests=(SourceFile(path="courses.yaml", sha256="0" * 64),))
    check_source(plan, there)
    with pytest.raises(PlanStale):
        check_source(replace(plan, undoes=None), there)
    assert not plan.whole
    report = lab.apply(plan)
    assert not report.whole


def test_the_plan_of_an_undo_says_whose_way_back_it_is(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    run = lab.apply(lab.plan()).run
    for name in ("text", "markdown", "html"):
        page = RENDERERS[name](lab.undo(), Look())
        assert f"This puts back what run {run} changed." in page.replace("`", ""), name
    origin = lab.undo().courses[0].changes[0].origin[-1]
    assert (origin.file, origin.layer) == (f"run {run}", "undo")


def test_only_some_courses_can_be_put_back(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {name: New}")
    lab.sandbox.add_course(id=COURSE + 1, name="Old", course_code="X")
    lab.write(
        f"courses: [{{id: {COURSE}, attributes: {{name: A}}}}, {{id: {COURSE + 1}, attributes: {{name: B}}}}]"
    )
    lab.apply(lab.plan())
    assert [course.id for course in lab.undo(target=("B",)).courses] == [COURSE + 1]


def test_many_courses_are_concluded_and_put_back_in_one_call(tmp_path: Path) -> None:
    lab = Lab(root=tmp_path)
    for number in range(3):
        lab.sandbox.add_course(id=COURSE + number, name="Old", course_code="X", account_id=2)
    ids = "".join(f"  - {{id: {COURSE + n}, attributes: {{workflow_state: available}}}}\n" for n in range(3))
    lab.write(f"courses:\n{ids}")
    lab.apply(lab.plan())
    undo(lab)
    assert {lab.sandbox.course(COURSE + number)["workflow_state"] for number in range(3)} == {"claimed"}
    undo(lab)
    assert lab.sent()[-1][1] == "/api/v1/accounts/2/courses"
