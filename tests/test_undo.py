"""An undo puts back what a run changed, where Canvas still holds it, and says what it cannot put back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from coursesync.canvas.bulk import Reader
from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import END_AT, RESTRICT, START_AT, WORKFLOW_STATE
from coursesync.catalogue.field import Risk
from coursesync.documents import dump_plan, load_plan
from coursesync.errors import PlanStale
from coursesync.model import LiveCourse, Plan, Report, Source, SourceFile, Verdict
from coursesync.render import RENDERERS, Look
from coursesync.runs import find_run
from coursesync.workflow import Choice, Stop
from coursesync.workflow.guards import check_source
from tests.effort import times
from tests.lab import Lab
from tests.test_laws import Trial, courses, declarations
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


# What the first plan says of it


def _shown(lab: Lab) -> dict[str, Any]:
    """Return every field that Canvas shows of the course."""

    async def work() -> dict[str, Any]:
        async with lab.canvas(read_only=True) as canvas:
            found = (await Reader(canvas).courses({str(COURSE): frozenset(FIELDS)}))[str(COURSE)]
            assert isinstance(found, LiveCourse)
            return dict(found.state)

    return asyncio.run(work())


@settings(max_examples=times(20, soak=1_000), suppress_health_check=[HealthCheck.too_slow])
@given(columns=courses, declared=declarations())
def test_what_an_undo_does_not_give_back_was_called_lasting_before_the_apply(
    columns: dict[str, Any], declared: dict[str, Any]
) -> None:
    with Trial(columns, declared) as trial:
        plan = trial.plan()
        if plan is None or plan.errored:
            return
        before = _shown(trial.lab)
        trial.lab.apply(plan, choice=EVERYTHING)
        way_back = trial.lab.undo()
        assert not way_back.errored, way_back.diagnostics
        report = trial.lab.apply(way_back, choice=EVERYTHING)
        outcomes = [item for course in report.courses for item in course.fields]
        assert all(item.verdict.good for item in outcomes), outcomes
        after = _shown(trial.lab)
        lost = {field for field in before.keys() & after.keys() if not _same(field, before, after)}
        told = [item for course in plan.courses for item in (*course.changes, *course.side_effects)]
        called = {item.field for item in told if item.lasts}
        # What is said of the switch and of the state is about the dates.
        if called & {RESTRICT.address, WORKFLOW_STATE.address}:
            called |= {START_AT.address, END_AT.address}
        assert lost <= called


def _same(field: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    return FIELDS[field].same(one[field], other[field])


def _lasting(lab: Lab) -> dict[str, str]:
    plan = lab.plan()
    items = [item for course in plan.courses for item in (*course.changes, *course.side_effects)]
    return {item.field: item.lasting for item in items if item.lasts}


_DATED = {"conclude_at": "2026-12-18T07:00:00Z"}
_GROUPS = "attributes.apply_assignment_group_weights"


@pytest.mark.parametrize(
    ("field", "value", "columns", "said"),
    [
        ("settings.lock_all_announcements", "true", {}, "unpinned"),
        ("attributes.name", "New", {"sis_source_id": "B1"}, "SIS imports stop"),
        ("attributes.public_syllabus", "true", {}, "follows no other field"),
        ("attributes.time_zone", "Hawaii", {}, "undo sets that zone"),
        (RESTRICT.address, "true", {}, "erases the dates"),
        ("attributes.self_enrollment", "true", {}, "enrolment code"),
        (_GROUPS, "true", {}, "total grades as points"),
        ("attributes.end_at", None, _DATED, "cannot put it back while"),
        # Of these the risk says why.
        ("attributes.workflow_state", "completed", {}, ""),
        ("attributes.workflow_state", "deleted", {}, ""),
        ("attributes.post_manually", "true", {}, ""),
    ],
)
def test_each_kind_of_what_lasts_is_said_once_in_the_plan(
    tmp_path: Path, field: str, value: str | None, columns: dict[str, Any], said: str
) -> None:
    group, name = field.split(".") if value else ("attributes", "name")
    lab = lab_with(tmp_path, f"{group}: {{{name}: {value or 'New'}}}", **columns)
    found = _lasting(lab)
    assert said in found[field]
    plan = lab.plan()
    pages = {name: RENDERERS[name](plan, Look()) for name in ("text", "markdown", "html", "sarif", "junit")}
    for page in pages.values():
        assert "Undo cannot put back all of" in " ".join(page.split())
    if said:
        assert " ".join(pages["text"].split()).count(found[field]) == 1


def test_a_date_that_canvas_would_not_take_again_is_called_so_where_it_is_cleared(tmp_path: Path) -> None:
    date = {"start_at": "2026-08-24T06:00:00Z", "workflow_state": "claimed"}
    lab = lab_with(tmp_path, "attributes: {start_at: null}", **date)
    said = f"Undo cannot put the old value back while {RESTRICT.address} is not true."
    assert _lasting(lab)["attributes.start_at"] == said
    lab.sandbox.edit(COURSE, restrict_enrollments_to_course_dates=True)
    assert _lasting(lab) == {}


def test_a_start_that_unpublishing_puts_at_risk_is_told_of(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {workflow_state: unpublished}", start_at="2026-08-24T06:00:00Z")
    assert "erases its start" in _lasting(lab)["attributes.workflow_state"]


def test_a_change_that_can_be_undone_whole_says_nothing(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {license: cc_by, default_view: syllabus}")
    assert _lasting(lab) == {}
    assert "Undo" not in RENDERERS["text"](lab.plan(), Look())


def test_what_canvas_never_shows_is_called_so_beforehand(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "attributes: {organize_epub_by_content_type: true}")
    for name in ("text", "markdown"):
        assert "no undo: Canvas never shows these" in RENDERERS[name](lab.plan(), Look())
