"""Choosing courses by file and by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync.catalogue import FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.diagnostics import Severity
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.manifest.select import declared_names, glob_match, select
from coursesync.model import DesiredCourse, SourceFile
from tests.manifest.reading import TODAY, project

FILES: dict[str, str | bytes] = {
    "courses/arts.yaml": "courses:\n  - {id: 'sis_course_id:ENG-101', attributes: {name: Writing}}\n",
    "courses/bio/one.yaml": "courses:\n  - {id: 4123, attributes: {sis_course_id: BIO-101}}\n",
    "courses/bio/two.yaml": "courses:\n  - {id: 'sis_course_id:BIO-102'}\n",
    "policies/all.yaml": (
        "policies:\n  - {name: all, select: {account: 1}}\n  - {name: more, select: {account: 1}}\n"
    ),
    "profiles.yaml": "profiles: {p: {}}\n",
    "notes.txt": "",
}
ALL = ("sis_course_id:ENG-101", "4123", "sis_course_id:BIO-102")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = project(tmp_path / "root", FILES)
    monkeypatch.chdir(place)
    return place


def resolved(root: Path) -> tuple[Resolved, tuple[SourceFile, ...]]:
    found, _ = find_project(root)
    read = load(found)
    return resolve(read.manifest, today=TODAY), read.files


def courses(root: Path) -> tuple[tuple[DesiredCourse, ...], tuple[SourceFile, ...]]:
    found, files = resolved(root)
    return found.courses, files


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        ([], ALL),
        (["courses"], ALL),
        (["courses/bio"], ALL[1:]),
        (["courses/bio/two.yaml", "courses/arts.yaml"], (ALL[0], ALL[2])),
        (["courses/bio/../arts.yaml"], ALL[:1]),
        (["."], ALL),
    ],
    ids=["none", "folder", "inner-folder", "files-in-manifest-order", "roundabout", "root"],
)
def test_a_path_selects_what_it_declares(root: Path, paths: list[str], chosen: tuple[str, ...]) -> None:
    desired, files = courses(root)
    selected = select(desired, root=root, paths=[Path(path) for path in paths], files=files)
    assert (tuple(course.id for course in selected.courses), selected.diagnostics) == (chosen, ())


@pytest.mark.parametrize(
    ("path", "code", "severity"),
    [
        ("no.yaml", "missing-file", Severity.ERROR),
        ("..", "outside-project", Severity.ERROR),
        ("notes.txt", "no-entry-selected", Severity.ERROR),
        ("profiles.yaml", "no-entry-selected", Severity.WARNING),
        ("a\0b", "missing-file", Severity.ERROR),
    ],
    ids=["missing", "outside", "not-a-manifest", "profiles-only", "impossible"],
)
def test_a_path_that_selects_nothing_is_told(root: Path, path: str, code: str, severity: Severity) -> None:
    desired, files = courses(root)
    selected = select(desired, root=root, paths=[Path(path)], files=files)
    assert selected.courses == ()
    assert [(item.code, item.severity) for item in selected.diagnostics] == [(code, severity)]


@pytest.mark.parametrize(
    ("target", "exclude", "chosen"),
    [
        (["BIO-*"], [], ALL[1:]),
        (["sis_course_id:*"], [], (ALL[0], ALL[2])),
        (["4123"], [], ALL[1:2]),
        (["Writ*"], [], ALL[:1]),
        ([], ["BIO-*"], ALL[:1]),
        (["*"], ["*-102", "4*"], ALL[:1]),
    ],
    ids=["bare-sis-id", "whole-id", "canvas-id", "name", "exclude", "both"],
)
def test_globs_match_every_declared_name(
    root: Path, target: list[str], exclude: list[str], chosen: tuple[str, ...]
) -> None:
    desired, _ = courses(root)
    selected = select(desired, root=root, target=target, exclude=exclude)
    assert (tuple(course.id for course in selected.courses), selected.diagnostics) == (chosen, ())


def test_a_target_that_matches_nothing_is_an_error(root: Path) -> None:
    desired, _ = courses(root)
    selected = select(desired, root=root, target=["ENG-10"])
    assert selected.courses == ()
    assert [(item.code, item.hint) for item in selected.diagnostics] == [
        ("no-entry-selected", 'Did you mean --target "ENG-101"?')
    ]


@pytest.mark.parametrize(
    ("paths", "chosen", "policies"),
    [
        ([], ALL, ("all", "more")),
        (["policies"], (), ("all", "more")),
        (["courses/arts.yaml"], ALL[:1], ()),
        (["courses/arts.yaml", "policies/all.yaml"], ALL[:1], ("all", "more")),
    ],
    ids=["none", "folder", "file-of-courses", "both"],
)
def test_policies_are_entries_of_their_files(
    root: Path, paths: list[str], chosen: tuple[str, ...], policies: tuple[str, ...]
) -> None:
    found, files = resolved(root)
    selected = select(
        found.courses, found.policies, root=root, paths=[Path(path) for path in paths], files=files
    )
    assert (tuple(course.id for course in selected.courses), selected.policies) == (chosen, policies)
    assert selected.diagnostics == ()


def test_a_target_may_be_a_course_that_only_a_policy_knows(root: Path) -> None:
    found, _ = resolved(root)
    selected = select(found.courses, found.policies, root=root, target=["HIST-*"])
    assert (selected.courses, selected.policies, selected.diagnostics) == ((), ("all", "more"), ())


def test_globs_mind_the_case(root: Path) -> None:
    desired, _ = courses(root)
    assert not glob_match(["bio-*"], declared_names(desired[1]))


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("attributes.name", 1), ("*", len(FIELDS)), ("name", 0), ("settings", 0), ("SETTINGS.*", 0)],
)
def test_the_matcher_of_ignore_takes_whole_addresses(pattern: str, count: int) -> None:
    assert sum(matches(pattern, address) for address in FIELDS) == count
