"""Every input in faults/ is named for its fault; the text beside it is exactly what the user is told.

After a change of words, `python tests/manifest/test_faults.py` writes the texts anew: read the difference.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest

from coursesync.diagnostics import Diagnostic, ordered
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve

FAULTS = Path(__file__).parent / "faults"
INPUTS = sorted(path for path in FAULTS.iterdir() if path.suffix != ".txt")
TODAY = date(2026, 9, 1)


def problems(root: Path) -> tuple[Diagnostic, ...]:
    """Return everything `validate` would say of a project, every YAML file of its root taken as named."""
    project, first = find_project(root)
    loaded = load(project, paths=sorted(root.glob("manifest.yaml")))
    more = resolve(loaded.manifest, today=TODAY).diagnostics
    return ordered((*first, *loaded.diagnostics, *more))


def told(source: Path, folder: Path) -> str:
    """Return what the user is told about one input."""
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    else:
        shutil.copy(source, folder / "manifest.yaml")
    return "".join(
        f"{item.position}: {item.severity}[{item.code}]: {item.summary}\n  {item.detail}\n  {item.hint}\n"
        for item in problems(folder)
    )


@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.stem)
def test_a_fault_is_told_in_full(source: Path, tmp_path: Path) -> None:
    expected = FAULTS / f"{source.stem}.txt"
    folder = tmp_path / "project"
    folder.mkdir()
    assert told(source, folder) == expected.read_text(encoding="utf-8")


def test_every_expectation_has_its_input() -> None:
    assert sorted(path.stem for path in FAULTS.glob("*.txt")) == sorted(path.stem for path in INPUTS)


def _write() -> None:
    for source in INPUTS:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "project"
            folder.mkdir()
            (FAULTS / f"{source.stem}.txt").write_text(told(source, folder), encoding="utf-8")


if __name__ == "__main__":
    _write()
