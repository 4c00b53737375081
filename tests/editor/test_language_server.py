"""An editor on the examples, by the language server that VS Code, Vim, Emacs and others run.

The files on the disk stay as they are: what somebody types exists only in the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue import DECLARABLE, FIELDS
from tests.editor.lsp import Server, language_server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv/yaml-language-server/node_modules/yaml-language-server/bin/yaml-language-server"
MANIFEST = ROOT / "examples" / "courses" / "science.yaml"
PROJECT = ROOT / "examples" / "coursesync.yaml"
VIEW = FIELDS["attributes.default_view"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    assert PROGRAM.is_file(), "It is installed by: make test-browser"
    with language_server(["node", str(PROGRAM), "--stdio"], ROOT) as running:
        yield running


def _at(text: str, before: str) -> dict[str, int]:
    """Return the place right behind the first `before`."""
    lines = text[: text.index(before) + len(before)].split("\n")
    return {"line": len(lines) - 1, "character": len(lines[-1])}


def _typed(path: Path, old: str, new: str) -> str:
    text = path.read_text("utf-8")
    assert old in text
    return text.replace(old, new, 1)


def _offered(server: Server, path: Path, text: str, behind: str) -> dict[str, Any]:
    uri = server.open(path, text)
    found = server.ask("textDocument/completion", textDocument={"uri": uri}, position=_at(text, behind))
    return {item["label"]: item for item in found["items"]}


def _problems(server: Server, path: Path, text: str) -> list[dict[str, Any]]:
    uri = server.open(path, text)
    found: list[dict[str, Any]] = server.told("textDocument/publishDiagnostics", uri=uri)["diagnostics"]
    return found


def test_the_keys_of_a_group_are_offered_with_what_they_mean(server: Server) -> None:
    offered = _offered(
        server,
        MANIFEST,
        _typed(MANIFEST, "      default_view: syllabus\n", "      \n"),
        ":\n      name: Introduction to Biology\n      ",
    )
    keys = {path.partition(".")[2] for path in DECLARABLE if path.startswith("attributes.")}
    written = {"name", "syllabus_body", "workflow_state"}
    assert set(offered) == keys - written
    said = offered[VIEW.name]["documentation"]
    assert VIEW.doc in (said if isinstance(said, str) else said["value"])


def test_the_choices_of_a_field_are_offered(server: Server) -> None:
    text = _typed(MANIFEST, "default_view: syllabus", "default_view: ")
    assert set(_offered(server, MANIFEST, text, "default_view: ")) == {*VIEW.type.choices, "null"}


def test_the_keys_of_a_course_are_offered(server: Server) -> None:
    text = _typed(MANIFEST, "    settings:\n      home_page", "    \n    settings:\n      home_page")
    offered = _offered(server, MANIFEST, text, "workflow_state: available\n    ")
    assert {"blueprint", "ignore"} <= set(offered)


def test_hovering_over_a_field_tells_what_it_means_and_what_canvas_ignores(server: Server) -> None:
    text = MANIFEST.read_text("utf-8")
    uri = server.open(MANIFEST, text)
    place = _at(text, "storage_quot")
    said = server.ask("textDocument/hover", textDocument={"uri": uri}, position=place)["contents"]["value"]
    row = FIELDS["attributes.storage_quota_mb"]
    assert row.doc in said
    assert row.ignored in said


def test_a_misspelt_key_is_marked_where_it_stands(server: Server) -> None:
    text = _typed(MANIFEST, "default_view: syllabus", "defualt_view: syllabus")
    (problem,) = _problems(server, MANIFEST, text)
    assert "defualt_view" in problem["message"]
    assert problem["range"]["start"] == _at(text, "name: Introduction to Biology\n      ")
    assert problem["range"]["end"] == _at(text, "defualt_view")


def test_a_value_that_is_no_choice_is_marked(server: Server) -> None:
    text = _typed(MANIFEST, "default_view: syllabus", "default_view: sylabus")
    (problem,) = _problems(server, MANIFEST, text)
    assert problem["range"]["start"] == _at(text, "default_view: ")


@pytest.mark.parametrize(
    "path", sorted(ROOT.joinpath("examples").rglob("*.yaml")), ids=lambda path: path.name
)
def test_the_examples_are_fine_to_an_editor(server: Server, path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    assert _problems(server, path, text) == []


def test_the_project_file_has_a_schema_of_its_own(server: Server) -> None:
    text = _typed(PROJECT, "manifests: [", "default_enviroment: x\nmanifests: [")
    (problem,) = _problems(server, PROJECT, text)
    assert "default_enviroment" in problem["message"]
