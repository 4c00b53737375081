"""What SARIF says about lines, as GitHub and GitLab take it."""

from __future__ import annotations

import json

import pytest

from coursesync.diagnostics import Position, problem
from coursesync.forge.annotations import Annotation, annotated, code_quality, workflow_commands
from coursesync.render import RENDERERS, Document, Look, Problems
from tests.render.drifts import DRIFTS
from tests.render.samples import SAMPLES


def sarif(document: Document) -> str:
    return RENDERERS["sarif"](document, Look())


def at(line: int, file: str = "courses/a.yaml", *, detail: str = "Why.") -> Document:
    where = Position(file=file, line=line, column=5)
    return Problems(diagnostics=(problem("unknown-field", detail, at=where),))


def test_a_problem_is_shown_at_its_line_and_column() -> None:
    (found,) = annotated(sarif(at(12)), prefix="canvas")
    assert (found.level, found.code) == ("error", "unknown-field")
    assert (found.file, found.line, found.column) == ("canvas/courses/a.yaml", 12, 5)
    command = workflow_commands([found])
    assert command.startswith(
        "::error file=canvas/courses/a.yaml,line=12,col=5,title=coursesync unknown-field::Unknown field%0A"
    )
    assert command.count("\n") == 1


def test_nothing_in_a_file_name_or_a_text_ends_a_command() -> None:
    hostile = "a,b:c%0A::error::/ü 1.yaml"
    (found,) = annotated(sarif(at(1, hostile, detail="50%\r\n::stop-commands::x\n]( {0}")))
    assert found.file == hostile
    line = workflow_commands([found])
    assert line.count("\n") == 1
    assert line.startswith("::error file=a%2Cb%3Ac%250A%3A%3Aerror%3A%3A/ü 1.yaml,line=1,col=5,title=")
    assert "\r" not in line
    assert "50%25" in line


def test_github_gets_as_many_of_a_kind_as_it_shows_and_the_worst_first() -> None:
    found = [Annotation(level="note", code="n", text=str(number)) for number in range(3)]
    found += [Annotation(level="error", code="e", text=str(number)) for number in range(12)]
    lines = workflow_commands(found).splitlines()
    assert len(lines) == 10 + 1 + 3
    assert lines[10] == "2 more of the kind error are in the report."
    assert lines[11].startswith("::notice title=coursesync n::")


@pytest.mark.parametrize("document", [*SAMPLES.values(), *DRIFTS.values()], ids=[*SAMPLES, *DRIFTS])
def test_every_plan_and_drift_can_be_shown(document: Document) -> None:
    found = annotated(sarif(document))
    assert [item.level for item in found] == sorted(
        (item.level for item in found), key=["error", "warning", "note"].index
    )
    assert all(line.count("::") >= 2 for line in workflow_commands(found).splitlines() if line[0] == ":")
    quality = json.loads(code_quality(found))
    assert len({item["fingerprint"] for item in quality}) == len(quality)


def test_a_very_long_text_is_cut() -> None:
    (found,) = annotated(sarif(at(1, detail="x" * 100_000)))
    assert len(found.text) == 4_001


def test_gitlab_gets_a_report_of_what_has_a_place() -> None:
    placed = annotated(sarif(at(3)))
    nowhere = Annotation(level="warning", code="no-comment", text="Elsewhere")
    whole = Annotation(level="note", code="empty-file", text="Empty", file="a.yaml")
    report = json.loads(code_quality([*placed, *placed, nowhere, whole]))
    assert [(item["check_name"], item["severity"], item["location"]) for item in report] == [
        ("unknown-field", "major", {"path": "courses/a.yaml", "lines": {"begin": 3}}),
        ("unknown-field", "major", {"path": "courses/a.yaml", "lines": {"begin": 3}}),
        ("empty-file", "info", {"path": "a.yaml", "lines": {"begin": 1}}),
    ]
    assert len({item["fingerprint"] for item in report}) == 3
