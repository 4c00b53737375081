"""What the commands do when all is well: plans saved and shown, snapshots, choices, questions, interrupts."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coursesync.canvas.credentials import HOSTS_VARIABLE
from coursesync.documents import load_plan, load_report
from coursesync.runs import read_journal
from coursesync.sandbox import Options, RunningSandbox, running
from tests.cli.conftest import Command, manifest, one_course

ROOT = Path(__file__).parents[2]
TWO = """\
courses:
  - id: 9001
    attributes: {name: Genetics, default_view: feed}
    settings: {hide_final_grades: true}
  - id: 9002
    attributes: {name: Alchemy}
"""


@pytest.fixture
def two(project: Path, canvas: RunningSandbox) -> RunningSandbox:
    """Two courses, three changes in the first and one in the second."""
    canvas.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM", sis_source_id="CHEM-1")
    manifest(project, TWO)
    return canvas


def test_a_single_course_is_read_with_two_requests_and_its_account_asked_for_rights(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(
        project,
        "attributes: {name: A, public_description: x, indexed: true}\n"
        "    settings: {hide_final_grades: true}",
    )
    assert coursesync("plan").code == 0
    assert [(entry.method, entry.path) for entry in canvas.sandbox.log] == [
        ("GET", "/api/v1/courses/9001"),
        ("GET", "/api/v1/courses/9001/settings"),
        ("GET", "/api/v1/accounts/1/permissions"),
    ]
    includes = [value for name, value in canvas.sandbox.log[0].query if name == "include[]"]
    assert sorted(includes) == ["indexed", "public_description"]


def test_settings_are_read_only_when_one_is_declared(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Genetics}")
    coursesync("plan")
    assert [entry.path for entry in canvas.sandbox.log] == [
        "/api/v1/courses/9001",
        "/api/v1/accounts/1/permissions",
    ]


def test_each_reference_is_read_once_a_run(two: RunningSandbox, project: Path, coursesync: Command) -> None:
    manifest(
        project,
        "courses:\n"
        "  - {id: 9001, attributes: {enrollment_term_id: 'sis_term_id:2027SP'}}\n"
        "  - {id: 9002, attributes: {enrollment_term_id: 'sis_term_id:2027SP'}}\n",
    )
    coursesync("plan")
    assert sum("/terms/" in entry.path for entry in two.sandbox.log) == 1


def test_the_plan_has_the_requests_that_apply_sends_and_no_other(
    two: RunningSandbox, project: Path, coursesync: Command
) -> None:
    assert coursesync("plan", "--out", "plan.json", "--detailed-exitcode").code == 2
    plan = load_plan(Path("plan.json").read_text("utf-8"), name="plan")
    assert coursesync("apply", "plan.json").code == 0
    planned = sorted(
        (request.method, request.path, json.dumps(request.body, default=dict)) for request in plan.requests
    )
    sent = sorted((entry.method, entry.path, json.dumps(entry.body)) for entry in two.sandbox.writes())
    assert sent == planned
    assert plan.summary.requests == len(sent)
    after = coursesync("plan", "--detailed-exitcode")
    assert after.code == 0
    assert after.out.startswith("No changes.")


def test_a_saved_plan_is_shown_again_as_it_was(two: RunningSandbox, coursesync: Command) -> None:
    first = coursesync("plan", "--out", "plan.json")
    assert coursesync("show", "plan.json").out == first.out
    assert json.loads(coursesync("show", "plan.json", "--format", "json").out) == json.loads(
        Path("plan.json").read_text("utf-8")
    )


def test_output_writes_several_formats_in_one_run(two: RunningSandbox, coursesync: Command) -> None:
    result = coursesync("plan", "--output", "json=out/plan.json", "--output", "markdown=out/plan.md")
    assert load_plan(Path("out/plan.json").read_text("utf-8"), name="plan").summary.changes == 4
    assert "<details>" in Path("out/plan.md").read_text("utf-8")
    assert "Plan: 4 changes in 2 courses" in result.out


def test_a_plan_against_a_saved_state_needs_no_token_and_no_canvas(
    two: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    online = coursesync("plan", "--save-live", "live.json")
    assert "sandbox-admin" not in Path("live.json").read_text("utf-8")
    monkeypatch.delenv("CANVAS_API_TOKEN")
    monkeypatch.delenv("CANVAS_API_URL")
    asked = len(two.sandbox.log)
    offline = coursesync("plan", "--live", "live.json")
    assert offline.code == 0
    assert _without_cost(offline.out) == _without_cost(online.out)
    assert len(two.sandbox.log) == asked


def _without_cost(said: str) -> str:
    """Leave out what is said about requests: a saved state takes none."""
    return re.sub(r"^Read with .*?^(?=Plan:)", "", said, flags=re.MULTILINE | re.DOTALL)


def test_a_snapshot_answers_for_fields_that_were_not_declared_when_it_was_taken(
    two: RunningSandbox, project: Path, coursesync: Command
) -> None:
    coursesync("plan", "--save-live", "live.json")
    manifest(project, "courses:\n  - id: 9001\n    attributes: {indexed: true, syllabus_body: <p>x</p>}\n")
    result = coursesync("plan", "--live", "live.json")
    assert result.code == 0
    assert "attributes.indexed" in result.out
    assert "html-unchecked" in result.said or "syllabus_body" in result.out


@pytest.mark.parametrize(
    ("options", "courses"),
    [
        (("--target", "CHEM-*"), [9002]),
        (("--target", "Bio*"), [9001]),
        (("--target", "9001"), [9001]),
        (("--exclude", "CHEM-1"), [9001]),
    ],
    ids=str,
)
def test_globs_over_id_sis_id_and_live_name_choose_courses(
    two: RunningSandbox, coursesync: Command, options: tuple[str, ...], courses: list[int]
) -> None:
    planned = json.loads(coursesync("plan", "--format", "json", *options).out)
    assert [course["id"] for course in planned["courses"]] == courses


def test_a_glob_that_fits_no_course_is_an_error(two: RunningSandbox, coursesync: Command) -> None:
    result = coursesync("plan", "--target", "PHYS-*")
    assert result.code == 1
    assert "error[no-entry-selected]" in result.said


def test_only_and_except_choose_changes_of_a_saved_plan(two: RunningSandbox, coursesync: Command) -> None:
    coursesync("plan", "--out", "plan.json")
    plan = load_plan(Path("plan.json").read_text("utf-8"), name="plan")
    ids = {change.field: change.id for change in plan.courses[0].changes}
    result = coursesync("apply", "plan.json", "--only", ids["attributes.name"], "--format", "json")
    assert result.code == 0
    report = load_report(result.out, name="report")
    assert {item.change_id for item in report.left_out} >= {
        ids["attributes.default_view"],
        ids["settings.hide_final_grades"],
    }
    assert [entry.body for entry in two.sandbox.writes()] == [{"course": {"name": "Genetics"}}]
    assert coursesync("apply", "plan.json", "--except", "0000000000").code == 1


def test_what_canvas_came_to_hold_meanwhile_is_not_sent_again(
    two: RunningSandbox, coursesync: Command
) -> None:
    coursesync("plan", "--out", "plan.json")
    two.sandbox.edit(9001, name="Genetics")
    assert coursesync("apply", "plan.json").code == 0
    bodies = [entry.body for entry in two.sandbox.writes() if entry.path == "/api/v1/courses/9001"]
    assert bodies == [{"course": {"default_view": "feed"}}]


def test_fail_fast_sends_nothing_after_the_first_failure(
    two: RunningSandbox, project: Path, coursesync: Command
) -> None:
    manifest(
        project,
        "courses:\n  - {id: 9001, attributes: {locale: tlh}}\n  - {id: 9002, attributes: {name: Alchemy}}\n",
    )
    result = coursesync("apply", "--auto-approve", "--fail-fast", "--parallelism", "1")
    assert result.code == 4
    assert len(two.sandbox.writes()) == 1


def test_a_run_leaves_plan_journal_and_outcome(
    two: RunningSandbox, project: Path, coursesync: Command
) -> None:
    assert coursesync("apply", "--auto-approve").code == 0
    (run,) = (project / ".coursesync" / "runs").iterdir()
    assert {file.name for file in run.iterdir()} == {"plan.json", "journal.jsonl", "outcome.json"}
    events = [event["event"] for event in read_journal(run / "journal.jsonl")]
    assert events.count("intent") == events.count("answered") == len(two.sandbox.writes())
    assert load_report((run / "outcome.json").read_text("utf-8"), name="outcome").totals["applied"] == 4


def test_with_nothing_to_apply_there_is_still_a_report_and_a_receipt(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Biology}")
    result = coursesync("apply", "--format", "json", "--receipt", "receipt.json")
    assert result.code == 0
    assert load_report(result.out, name="report").courses == ()
    assert Path("receipt.json").read_text("utf-8") == result.out
    assert canvas.sandbox.writes() == []


def test_saving_the_live_state_reads_each_course_once(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Genetics}")
    assert coursesync("plan", "--save-live", "live.json").code == 0
    assert sum(entry.path == "/api/v1/courses/9001" for entry in canvas.sandbox.log) == 1


def test_a_restricted_host_that_is_allowed_works(
    two: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOSTS_VARIABLE, f"other.edu, {two.url.removeprefix('http://')}")
    assert coursesync("plan").code == 0


def _ended(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Wait for a process and return what it said; one that hangs is ended, and fails the test."""
    try:
        return process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _in_terminal(answer: bytes, cwd: Path) -> tuple[int, str]:
    """Run apply in a pseudo-terminal and answer its question."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "coursesync", "apply"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
    ) as process:
        os.write(ours, answer)
        out, err = _ended(process)
    os.close(theirs)
    os.close(ours)
    return process.returncode, (out + err).decode()


@pytest.mark.parametrize(("answer", "code", "writes"), [(b"yes\n", 0, 3), (b"y\n", 5, 0), (b"\n", 5, 0)])
def test_only_the_word_yes_applies(
    two: RunningSandbox, project: Path, answer: bytes, code: int, writes: int
) -> None:
    found, said = _in_terminal(answer, project)
    assert (found, len(two.sandbox.writes())) == (code, writes), said
    assert "Plan: 4 changes" in said


def test_an_interrupt_finishes_what_is_in_flight_and_the_journal_is_true(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = range(9001, 9025)
    with running(Options(throttle=False, latency_ms=200)) as canvas:
        for number in numbers:
            canvas.sandbox.add_course(id=number, name="Old", course_code="X")
        manifest(
            project,
            "courses:\n" + "".join(f"  - {{id: {n}, attributes: {{name: New}}}}\n" for n in numbers),
        )
        monkeypatch.setenv("CANVAS_API_URL", canvas.url)
        monkeypatch.setenv("CANVAS_API_TOKEN", "sandbox-admin")
        arguments = [
            sys.executable,
            "-m",
            "coursesync",
            "apply",
            "--auto-approve",
            "--parallelism",
            "4",
            "--receipt",
            "receipt.json",
        ]
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project
        ) as process:
            while not canvas.sandbox.writes():
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            _, err = _ended(process)
        assert process.returncode == 130, err
        assert b"Traceback" not in err
        (run,) = (project / ".coursesync" / "runs").iterdir()
        journal = read_journal(run / "journal.jsonl")
        intended = {event["path"] for event in journal if event["event"] == "intent"}
        assert intended == {entry.path for entry in canvas.sandbox.writes()}
        report = load_report(Path(project / "receipt.json").read_text("utf-8"), name="receipt")
        assert report.interrupted
        applied = {course.id for course in report.courses if course.fields[0].verdict.value == "applied"}
        renamed = {number for number in numbers if canvas.sandbox.course(number)["name"] == "New"}
        assert applied == renamed
        assert 0 < len(renamed) < len(numbers)


def test_the_examples_are_in_sync_after_one_apply(
    canvas: RunningSandbox, tmp_path: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "college")
    monkeypatch.chdir(tmp_path / "college")
    assert coursesync("validate", "--strict").code == 0
    assert coursesync("plan", "--out", "plan.json").code == 0
    plan = load_plan(Path("plan.json").read_text("utf-8"), name="plan")
    assert plan.summary.courses >= 12
    assert coursesync("apply", "plan.json", "--allow", "lossy").code == 0
    sent = sorted(json.dumps([entry.path, entry.body]) for entry in canvas.sandbox.writes())
    assert sent == sorted(json.dumps([request.path, request.body], default=dict) for request in plan.requests)
    again = coursesync("plan", "--detailed-exitcode")
    assert again.code == 0
    assert "No changes." in again.out


def test_the_demo_tells_its_story_and_leaves_nothing_behind(
    coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    before = sorted(path.name for path in ROOT.joinpath("examples").rglob("*"))
    result = coursesync("demo")
    assert result.code == 0
    for step in (
        "1. validate",
        "2. plan",
        "3. apply",
        "4. plan again",
        "5. A teacher changes",
        "6. drift",
        "7. accept",
        "8. plan",
        "9. import",
    ):
        assert step in result.out
    assert "every one read back" in result.out
    assert "No changes." in result.out
    assert "changed by Toni Teacher" in result.out
    assert "live-changed" in result.out
    assert "+      default_view: feed" in result.out
    assert sorted(path.name for path in ROOT.joinpath("examples").rglob("*")) == before


@pytest.mark.parametrize("name", ["manifest", "project", "plan", "report"])
def test_a_schema_is_printed_as_it_stands_in_the_repo(coursesync: Command, name: str) -> None:
    assert coursesync("schema", name).out == ROOT.joinpath("schemas", f"{name}.schema.json").read_text(
        "utf-8"
    )


def test_explain_knows_addresses_short_names_and_refused_names(coursesync: Command) -> None:
    assert "### attributes.end_at" in coursesync("explain", "attributes.end_at").out
    assert "### settings.hide_final_grades" in coursesync("explain", "hide_final_grades").out
    assert "Declare attributes.workflow_state." in " ".join(coursesync("explain", "event").out.split())
    assert "coursesync explain end_at" in coursesync("explain", "end_att").err
