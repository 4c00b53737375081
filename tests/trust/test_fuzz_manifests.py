"""Whatever stands in a repository is accepted or told of with its place; no file makes us fail, or hang."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st

from coursesync.diagnostics import Diagnostic, errors
from coursesync.manifest.edit.disk import unified
from coursesync.manifest.edit.file import Setting, edited
from coursesync.manifest.layout.files import lay_out
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.manifest.select import select
from coursesync.render import RENDERERS, Look, Problems
from tests.effort import Tally
from tests.manifest.reading import TODAY
from tests.trust.edits import byte_edits, edited_bytes, edited_text, text_edits
from tests.trust.fuzzing import fuzz

pytestmark = pytest.mark.trust

EXAMPLES = Path(__file__).parents[2] / "examples"
CORPUS = Path(__file__).parent / "corpus" / "manifests"
PAGE = """\
# Biology

| a | b |
|---|---|
| [x](javascript:alert(1)) | <b onload=x>y</b> |

> `code` ***both***
"""
HTML = b"<p>Hi &amp; <a href='/x'>there</a></p>"
CONTENT = {"content/page.md": PAGE.encode(), "content/page.html": HTML}
# What a diagnostic may be about without a place in a file.
NOWHERE = {"no-manifests", "no-entry-selected"}

Files = dict[str, bytes]


def _project(files: dict[str, Path]) -> Files:
    return {name: path.read_bytes() for name, path in files.items()} | CONTENT


PROJECTS: list[Files] = [
    *(_project({"a.yaml": path}) for path in sorted(CORPUS.glob("*.yaml"))),
    _project(
        {str(path.relative_to(EXAMPLES)): path for path in sorted(EXAMPLES.rglob("*")) if path.is_file()}
    ),
]


@st.composite
def projects(draw: st.DrawFn) -> Files:
    """A project of which one file was edited, by words or by bytes."""
    files = dict(draw(st.sampled_from(PROJECTS)))
    name = draw(st.sampled_from(sorted(files)))
    try:
        text = edited_text(files[name].decode(), draw(text_edits))
        files[name] = text.encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        pass
    if draw(st.integers(0, 3)) == 0:
        files[name] = edited_bytes(files[name], draw(byte_edits))
    return files


def check(files: Files) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place).resolve()
        for name, content in files.items():
            root.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            root.joinpath(name).write_bytes(content)
        project, first = find_project(root)
        loaded = load(project, paths=[root / "a.yaml"])
        resolved = resolve(loaded.manifest, today=TODAY, account="1")
        chosen = select(resolved.courses, resolved.policies, root=root, target=["*"], files=loaded.files)
        found = (*first, *loaded.diagnostics, *resolved.diagnostics, *chosen.diagnostics)
        _placed(found, files)
        laid = lay_out(project)
        _placed(laid.diagnostics, files)
        unified(laid.changed)
        for form in ("text", "markdown", "json"):
            RENDERERS[form](Problems(diagnostics=(*found, *laid.diagnostics)), Look())
        if not errors(found):
            _accept(files, resolved)


def _placed(found: tuple[Diagnostic, ...], files: Files) -> None:
    for item in errors(found):
        assert item.position is not None or item.code in NOWHERE, item
        assert item.position is None or item.position.file in files, item
        assert len(item.detail) < 3_000, item.code


def _accept(files: Files, resolved: Resolved) -> None:
    """Accept other values for what the file of each course declares."""
    for course in resolved.courses[:3]:
        owner = course.position
        if owner is None:
            continue
        wanted = {"attributes.name": 'New: "na\u202eme"', "settings.hide_final_grades": False}
        settings = [Setting(owner=owner, field=field, value=value) for field, value in wanted.items()]
        edited(files[owner.file], settings, file=owner.file)


@pytest.mark.parametrize("part", range(2))
def test_an_edited_project_is_accepted_or_told_of(tally: Tally, part: int) -> None:
    fuzz(projects(), check, tally=tally, usual=700, soak=15_000)


def test_an_edited_project_file_is_accepted_or_told_of(tally: Tally) -> None:
    text = (EXAMPLES / "coursesync.yaml").read_text("utf-8")

    def one(changed: str) -> None:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place).resolve() / "coursesync.yaml"
            path.write_bytes(changed.encode("utf-8", "surrogatepass"))
            project, found = find_project(path.parent)
            _placed(found, {"coursesync.yaml": b""})
            load(project)
            lay_out(project)

    fuzz(text_edits.map(lambda edits: edited_text(text, edits)), one, tally=tally, usual=600, soak=8_000)


def test_an_included_text_becomes_html_or_is_told_of(tally: Tally) -> None:
    manifest = b"courses: [{id: 1, attributes: {syllabus_body: {file: content/page.md}}}]\n"

    def one(changed: str) -> None:
        content = changed.encode("utf-8", "surrogatepass")
        check({"a.yaml": manifest, "content/page.md": content})

    fuzz(text_edits.map(lambda edits: edited_text(PAGE, edits)), one, tally=tally, usual=300, soak=6_000)


def test_the_whole_corpus_is_accepted_or_told_of(tally: Tally) -> None:
    for files in PROJECTS:
        check(files)
    tally("inputs fuzzed", len(PROJECTS))
