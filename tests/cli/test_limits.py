"""Limits: plan says what is over them, apply refuses it, and a flag allows it once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coursesync.documents import dump_plan, load_plan, sealed
from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import Command, manifest

COURSES = range(9101, 9113)


@pytest.fixture
def fleet(canvas: RunningSandbox) -> RunningSandbox:
    """A Canvas with twelve courses of a kind."""
    for number in COURSES:
        canvas.sandbox.add_course(
            id=number, name=f"Course {number}", course_code=f"C-{number}", workflow_state="available"
        )
    return canvas


def declare(project: Path, attributes: str, *, limits: str = "", many: int = 12) -> None:
    entries = "".join(f"  - {{id: {number}, attributes: {attributes}}}\n" for number in COURSES[:many])
    manifest(project, f"courses:\n{entries}")
    if limits:
        manifest(project, f"limits: {limits}\n", "coursesync.yaml")


def named(fleet: RunningSandbox) -> int:
    return sum(fleet.sandbox.course(number)["name"] == "New" for number in COURSES)


@pytest.mark.parametrize(
    ("limits", "what", "flag"),
    [
        pytest.param("{courses: 3}", "The plan changes 4 courses", "--max-courses 4", id="courses"),
        pytest.param("{changes: 7}", "The plan makes 8 changes", "--max-changes 8", id="changes"),
        pytest.param(
            "{per_field: 3}", "The plan changes attributes.name in 4", "--max-per-field 4", id="per field"
        ),
    ],
)
def test_a_plan_over_a_limit_is_shown_and_saved_and_not_applied(
    project: Path, fleet: RunningSandbox, coursesync: Command, limits: str, what: str, flag: str
) -> None:
    declare(project, "{name: New, locale: de}", limits=limits, many=4)
    planned = coursesync("plan", "--out", "plan.json", "--detailed-exitcode")
    assert planned.code == 5
    assert "coursesync.yaml:1:1" in planned.out
    assert what in planned.out
    assert "Blocked by 1 limit: apply refuses this plan." in planned.out
    for arguments in (("plan.json",), ("--auto-approve",), ("--auto-approve", "--allow", "destructive")):
        refused = coursesync("apply", *arguments)
        assert refused.code == 5
        assert what in refused.err
        assert flag in refused.err
    assert fleet.sandbox.writes() == []
    assert coursesync("apply", "plan.json", *flag.split()).code == 0
    assert named(fleet) == 4


def test_a_limit_that_is_kept_says_nothing(project: Path, fleet: RunningSandbox, coursesync: Command) -> None:
    declare(project, "{name: New}", limits="{courses: 4, changes: 4, per_field: 4}", many=4)
    planned = coursesync("plan", "--out", "plan.json")
    assert (planned.code, "locked" in planned.out) == (0, False)
    assert coursesync("apply", "plan.json").code == 0
    assert named(fleet) == 4


def test_a_flag_overrules_the_project_file_downwards_too(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", limits="{courses: 4}", many=4)
    result = coursesync("apply", "--auto-approve", "--max-courses", "3")
    assert result.code == 5
    assert "blocked[limit]: courses" in result.err
    assert "at most 3 are allowed" in result.err
    assert fleet.sandbox.writes() == []


def test_a_flag_lifts_a_limit_from_the_plan_that_is_shown(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", limits="{courses: 3}", many=4)
    result = coursesync("apply", "--auto-approve", "--max-courses", "4")
    assert (result.code, "locked" in result.said) == (0, False)


@pytest.mark.parametrize("flag", ["--max-courses=-1", "--max-changes=x", "--max-risky-percent=101"])
def test_a_limit_that_is_none_is_wrong_usage(project: Path, coursesync: Command, flag: str) -> None:
    declare(project, "{name: New}", many=1)
    assert coursesync("apply", flag).code == 1


def test_a_part_of_a_plan_that_fits_is_applied(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", limits="{courses: 1}", many=4)
    assert coursesync("plan", "--out", "plan.json").code == 5
    assert coursesync("apply", "plan.json", "--target", "9101").code == 0
    ids = [
        item["id"] for one in json.loads(Path("plan.json").read_text())["courses"] for item in one["changes"]
    ]
    assert coursesync("apply", "plan.json", "--only", ids[1]).code == 0
    assert coursesync("apply", "plan.json", "--only", ids[2], "--only", ids[3]).code == 5
    assert named(fleet) == 2


def test_a_saved_plan_is_held_to_the_project_file_of_today(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", many=4)
    assert coursesync("plan", "--out", "plan.json").code == 0
    manifest(project, "limits: {courses: 3}\n", "coursesync.yaml")
    assert coursesync("apply", "plan.json").code == 5
    manifest(project, "limits: {courses: 3x}\n", "coursesync.yaml")
    broken = coursesync("apply", "plan.json")
    assert broken.code == 1
    assert "coursesync.yaml:1:19: error[wrong-type]" in broken.err
    assert fleet.sandbox.writes() == []


def test_a_third_of_a_fleet_is_not_put_at_risk_without_a_project_file(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    for number in COURSES[:4]:
        fleet.sandbox.edit(number, workflow_state="completed")
    declare(project, "{workflow_state: available}")
    planned = coursesync("plan", "--out", "plan.json")
    assert planned.code == 5
    assert "4 of 12 managed courses (34%)" in planned.out
    assert "blocked[limit]: risky_percent" in planned.out
    refused = coursesync("apply", "plan.json", "--allow", "lossy")
    assert (refused.code, "--max-risky-percent 34" in refused.err) == (5, True)
    allowed = coursesync("apply", "plan.json", "--max-risky-percent", "34")
    assert (allowed.code, "--allow lossy" in allowed.err) == (5, True)
    assert fleet.sandbox.writes() == []
    assert coursesync("apply", "plan.json", "--max-risky-percent", "34", "--allow", "lossy").code == 0


def test_every_format_tells_of_a_limit(project: Path, fleet: RunningSandbox, coursesync: Command) -> None:
    declare(project, "{name: New}", limits="{changes: 3}", many=4)
    files = {
        name: project / f"plan.{name}" for name in ("text", "json", "markdown", "html", "junit", "sarif")
    }
    outputs = [part for name, path in files.items() for part in ("--output", f"{name}={path}")]
    assert coursesync("plan", "--quiet", *outputs).code == 5
    for name, path in files.items():
        assert "The plan makes 4 changes, and at most 3 are allowed." in path.read_text("utf-8"), name
    (block,) = json.loads(files["json"].read_text("utf-8"))["blocks"]
    assert (block["barrier"], block["what"], block["found"], block["allowed"]) == ("limit", "changes", 4, 3)
    assert (block["file"], block["line"], block["column"]) == ("coursesync.yaml", 1, 10)


def test_a_block_is_stronger_than_an_error_and_than_differences(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", limits="{courses: 1}", many=2)
    with (project / "courses.yaml").open("a") as stream:
        stream.write("  - {id: 424242, attributes: {name: New}}\n")
    assert coursesync("plan", "--detailed-exitcode").code == 5
    manifest(project, "limits: {courses: 2}\n", "coursesync.yaml")
    assert coursesync("plan", "--detailed-exitcode").code == 1


def test_taking_the_record_out_of_a_plan_does_not_lift_a_limit(
    project: Path, fleet: RunningSandbox, coursesync: Command
) -> None:
    declare(project, "{name: New}", limits="{courses: 3}", many=4)
    coursesync("plan", "--out", "plan.json")
    plan = load_plan((project / "plan.json").read_text(), name="plan.json")
    (project / "plan.json").write_text(dump_plan(sealed(replace(plan, blocks=()))))
    assert coursesync("apply", "plan.json").code == 5
    assert fleet.sandbox.writes() == []
