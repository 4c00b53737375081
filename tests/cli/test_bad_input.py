"""Whatever is wrong is said in a sentence, with the right exit code, and nothing is written to Canvas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coursesync.documents import digest, load_plan
from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import COURSE, Command, edit_json, manifest, one_course

RENAME = "attributes: {name: Genetics}"
LOGIN = {"location": "https://login.example.edu/saml"}


@pytest.mark.parametrize(
    ("course", "code", "words"),
    [
        pytest.param(424242, "course-not-found", "424242", id="unknown course"),
        pytest.param("sis_course_id:OLD-100-2025", "course-not-found", "OLD-100-2025", id="deleted course"),
    ],
)
def test_a_course_that_is_not_there_is_an_error_at_its_line(
    project: Path, canvas: RunningSandbox, coursesync: Command, course: object, code: str, words: str
) -> None:
    one_course(project, RENAME, course)
    result = coursesync("plan")
    assert result.code == 1
    assert f"courses.yaml:2:5: error[{code}]" in result.said
    assert words in result.said
    assert canvas.sandbox.writes() == []


@pytest.mark.parametrize(
    ("token", "exit_code", "words"),
    [
        pytest.param("nobody", 6, "does not know this token", id="wrong token"),
        pytest.param("sandbox-expired", 6, "expired", id="expired token"),
        pytest.param("sandbox-revoked", 6, "revoked", id="revoked token"),
        pytest.param("sandbox-restricted", 1, "hid", id="restricted stub"),
        pytest.param("two words", 1, "CANVAS_API_TOKEN", id="not a token"),
        pytest.param("", 1, "CANVAS_API_TOKEN", id="no token"),
    ],
)
def test_a_token_that_does_not_do_is_said_in_a_sentence(
    project: Path,
    canvas: RunningSandbox,
    coursesync: Command,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    exit_code: int,
    words: str,
) -> None:
    one_course(project, RENAME)
    monkeypatch.setenv("CANVAS_API_TOKEN", token)
    result = coursesync("plan")
    assert (result.code, words in " ".join(result.said.split())) == (exit_code, True), result.said
    if token:
        assert token not in result.said
    assert canvas.sandbox.writes() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("", "CANVAS_API_URL", id="no URL"),
        pytest.param("http://school.instructure.com", "https", id="http URL"),
        pytest.param("school", "https://", id="no scheme"),
        pytest.param("https://user:secret@school.edu", "CANVAS_API_URL", id="with a password"),
    ],
)
def test_a_url_that_does_not_do_is_said_in_a_sentence(
    project: Path, coursesync: Command, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    one_course(project, RENAME)
    monkeypatch.setenv("CANVAS_API_URL", url)
    monkeypatch.setenv("CANVAS_API_TOKEN", "token")
    result = coursesync("plan")
    assert result.code == 1
    assert words in result.err
    assert "secret" not in result.said


def test_the_token_goes_to_no_host_that_is_not_allowed(
    project: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_course(project, RENAME)
    monkeypatch.setenv("COURSESYNC_ALLOWED_HOSTS", "school.instructure.com")
    result = coursesync("plan")
    assert result.code == 5
    assert canvas.sandbox.log == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "headers", "words"),
    [
        pytest.param(200, "<html>Log in</html>", "text/html", {}, "web page", id="HTML instead of JSON"),
        pytest.param(200, '{"id": 9001, "na', "application/json", {}, "JSON", id="truncated JSON"),
        pytest.param(302, "", "text/html", LOGIN, "login.example.edu", id="login page"),
        pytest.param(500, '{"error_report_id": 77}', "application/json", {}, "77", id="500"),
    ],
)
def test_an_answer_that_is_not_canvas_is_said_in_a_sentence(
    project: Path,
    canvas: RunningSandbox,
    coursesync: Command,
    status: int,
    body: str,
    kind: str,
    headers: dict[str, str],
    words: str,
) -> None:
    one_course(project, RENAME)
    canvas.sandbox.fail_next(
        method="GET",
        path_contains="/courses/",
        status=status,
        body=body,
        content_type=kind,
        times=20,
        headers=headers,
    )
    result = coursesync("plan")
    assert result.code in {1, 6}
    assert words in result.said
    assert canvas.sandbox.writes() == []


@pytest.fixture
def saved(project: Path, canvas: RunningSandbox, coursesync: Command) -> Path:
    """A saved plan that renames the course."""
    one_course(project, RENAME)
    path = project / "plan.json"
    assert coursesync("plan", "--out", path).code == 0
    assert canvas.sandbox.writes() == []
    return path


def _resealed(path: Path) -> None:
    """Give an edited plan a digest that fits, as somebody who forges one would."""
    document = json.loads(path.read_text("utf-8"))
    document["digest"] = ""
    path.write_text(json.dumps(document), "utf-8")
    from coursesync.documents.text import digest_of

    document["digest"] = digest_of({key: value for key, value in document.items() if key != "digest"})
    path.write_text(json.dumps(document), "utf-8")
    assert load_plan(path.read_text("utf-8"), name="forged").digest == document["digest"]


def _rename(document: dict[str, Any]) -> None:
    document["requests"][0]["body"]["course"]["name"] = "Hacked"


def _another_path(document: dict[str, Any]) -> None:
    document["requests"][0]["path"] = "/api/v1/accounts/1"


def _one_more(document: dict[str, Any]) -> None:
    more = {**document["requests"][0], "id": "x", "path": "/api/v1/courses/4101"}
    document["requests"].append(more)


@pytest.mark.parametrize("change", [_rename, _another_path, _one_more])
def test_a_plan_that_was_edited_is_refused(
    saved: Path, canvas: RunningSandbox, coursesync: Command, change: Any
) -> None:
    edit_json(saved, change)
    result = coursesync("apply", saved)
    assert result.code == 1
    assert canvas.sandbox.writes() == []


@pytest.mark.parametrize("change", [_rename, _another_path, _one_more])
def test_a_forged_request_is_refused_even_with_a_fitting_digest(
    saved: Path, canvas: RunningSandbox, coursesync: Command, change: Any
) -> None:
    edit_json(saved, change)
    _resealed(saved)
    result = coursesync("apply", saved)
    assert result.code == 1
    assert "altered" in result.err
    assert canvas.sandbox.writes() == []


def test_a_plan_of_another_host_is_refused(
    saved: Path, canvas: RunningSandbox, coursesync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANVAS_API_URL", canvas.url.replace("127.0.0.1", "localhost"))
    result = coursesync("apply", saved)
    assert result.code == 5
    assert "The plan was made for" in result.err
    assert canvas.sandbox.writes() == []


def test_a_plan_of_a_newer_format_is_refused(
    saved: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    edit_json(saved, lambda document: document.update(format_version="2.0"))
    result = coursesync("show", saved)
    assert result.code == 1
    assert "newer" in result.err


def test_a_plan_of_other_manifests_is_stale(
    saved: Path, project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    one_course(project, "attributes: {name: Botany}")
    result = coursesync("apply", saved)
    assert result.code == 3
    assert canvas.sandbox.writes() == []


def test_a_course_that_moved_since_the_plan_is_stale_and_nothing_is_sent(
    saved: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, name="Zoology")
    result = coursesync("apply", saved)
    assert result.code == 3
    assert "attributes.name" in result.out
    assert canvas.sandbox.writes() == []


def test_a_saved_plan_is_applied_without_a_question(
    saved: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    result = coursesync("apply", saved, "--receipt", "out/receipt.json")
    assert result.code == 0, result.said
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"
    receipt = json.loads(Path("out/receipt.json").read_text("utf-8"))
    assert receipt["totals"]["applied"] == 1
    assert receipt["plan_digest"] == digest(load_plan(saved.read_text("utf-8"), name="plan"))


def test_without_a_terminal_nothing_is_applied(project: Path, canvas: RunningSandbox) -> None:
    one_course(project, RENAME)
    done = subprocess.run(
        [sys.executable, "-m", "coursesync", "apply"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "no terminal" in done.stderr
    assert canvas.sandbox.writes() == []


def test_a_risk_that_is_not_allowed_blocks(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.edit(COURSE, conclude_at="2026-12-18T07:00:00Z")
    one_course(project, RENAME)
    result = coursesync("apply", "--auto-approve")
    assert result.code == 5
    assert "--allow lossy" in result.err
    assert canvas.sandbox.writes() == []
    assert not Path(".coursesync").exists(), "a run that never began left something behind"
    assert coursesync("apply", "--auto-approve", "--allow", "lossy").code == 0
    assert canvas.sandbox.course(COURSE)["conclude_at"] is None


def test_every_manifest_problem_is_shown_at_once_and_canvas_is_not_asked(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(project, "courses:\n  - id: 1\n    attributes: {nme: x, is_public: yes}\n")
    manifest(project, "profiles:\n  a: {extends: [b]}\n  b: {extends: [a]}\n", "profiles.yaml")
    result = coursesync("plan")
    assert result.code == 1
    for place in (
        "courses.yaml:3:18: error[unknown-field]",
        "courses.yaml:3:37: error[wrong-type]",
        "error[profile-cycle]",
    ):
        assert place in result.err
    assert canvas.sandbox.log == []


def test_one_failing_course_does_not_stop_the_others(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    canvas.sandbox.add_course(id=9002, name="Chemistry", course_code="CHEM")
    manifest(
        project,
        "courses:\n  - {id: 9001, attributes: {locale: tlh}}\n  - {id: 9002, attributes: {name: Alchemy}}\n",
    )
    result = coursesync("apply", "--auto-approve")
    assert result.code == 4
    assert "locale" in result.out
    assert canvas.sandbox.course(9002)["name"] == "Alchemy"


def test_an_unknown_course_leaves_the_others_and_the_code_says_in_part(
    project: Path, canvas: RunningSandbox, coursesync: Command
) -> None:
    manifest(
        project,
        "courses:\n  - {id: 424242, attributes: {name: A}}\n  - {id: 9001, attributes: {name: Genetics}}\n",
    )
    planned = coursesync("plan", "--format", "json")
    assert planned.code == 1
    assert json.loads(planned.out)["errored"] is True
    assert coursesync("apply", "--auto-approve").code == 4
    assert canvas.sandbox.course(COURSE)["name"] == "Genetics"


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--nonsense"),
        ("show",),
        ("apply", "--allow", "everything"),
        ("explain", "nothing.at_all"),
        ("nothing",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_1(project: Path, coursesync: Command, arguments: tuple[str, ...]) -> None:
    assert coursesync(*arguments).code == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("show", "/dev/zero"), "a plan"),
        (("plan", "--live", "/dev/zero"), "live state"),
        (("drift", "--receipt", "/dev/zero"), "a receipt"),
        (("explain", "attributes.name", "--course", str(COURSE), "--live", "/dev/zero"), "live state"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_device_named_for_a_file_is_not_read(
    project: Path, canvas: RunningSandbox, coursesync: Command, arguments: tuple[str, ...], word: str
) -> None:
    one_course(project, RENAME)
    result = coursesync(*arguments)
    assert result.code == 1
    assert f"/dev/zero cannot be read as {word}: it is neither a file nor a pipe." in result.err


@pytest.mark.parametrize("arguments", [("apply", "/dev/zero"), ("undo", "/dev/zero")], ids=" ".join)
def test_a_device_is_neither_a_plan_nor_a_receipt(
    project: Path, canvas: RunningSandbox, coursesync: Command, arguments: tuple[str, ...]
) -> None:
    one_course(project, RENAME)
    assert coursesync(*arguments).code == 1
    assert canvas.sandbox.writes() == []


def test_a_sandbox_reads_no_faults_from_a_device(project: Path, coursesync: Command) -> None:
    result = coursesync("sandbox", "--faults", "/dev/zero")
    assert (result.code, "/dev/zero cannot be read: it is no regular file." in result.err) == (1, True)


def test_a_plan_may_come_through_a_pipe(project: Path, canvas: RunningSandbox, coursesync: Command) -> None:
    one_course(project, RENAME)
    assert coursesync("plan", "--out", "plan.json").code == 0
    os.mkfifo(project / "pipe")
    with subprocess.Popen(["cp", "plan.json", "pipe"], cwd=project):
        result = coursesync("show", "pipe")
    assert (result.code, "Biology -> Genetics" in result.out) == (0, True)
