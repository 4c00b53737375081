"""Loading: 10,000 course entries of 12 lines, against PyYAML's C loader, which checks nothing.

Run as a module it is one of the two, and prints the seconds that loading took, without its imports.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.process import python, spent
from benchmarks.row import Row

_ENTRIES = 10_000
_PAIRS = 3
_TARGET = 4.0
_ENTRY = """\
  - id: sis_course_id:C-{number}
    attributes:
      name: Course number {number}
      course_code: C-{number}
      default_view: modules
      start_at: 2026-08-24T00:00:00-06:00
      restrict_enrollments_to_course_dates: true
    settings:
      hide_final_grades: true
      hide_distribution_graphs: false
      home_page_announcement_limit: 3
      lock_all_announcements: true
"""


def loading() -> Iterator[Row]:
    """Yield the median ratio of pairs run in turn, each side in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "courses.yaml"
        file.write_text("courses:\n" + "".join(_ENTRY.format(number=number) for number in range(_ENTRIES)))
        pairs = [(_seconds("ours", file), _seconds("pyyaml", file)) for _ in range(_PAIRS)]
    ours, other = zip(*pairs, strict=True)
    yield Row(
        what=f"loading {_ENTRIES:,} entries of {len(_ENTRY.splitlines())} lines against PyYAML's C loader",
        ours=f"{statistics.median(ours):.1f} s",
        other=f"{statistics.median(other):.1f} s",
        ratio=statistics.median(mine / theirs for mine, theirs in pairs),
        target=_TARGET,
        note="ours is the whole way from files to checked entries with the place of every value",
    )


def _seconds(side: str, file: Path) -> float:
    return float(spent(python("benchmarks.loading", side, str(file))).out)


def _with_pyyaml(file: Path) -> None:
    import yaml

    started = time.perf_counter()
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    click.echo(time.perf_counter() - started)
    _demand(len(found["courses"]))


def _with_ours(file: Path) -> None:
    from coursesync.manifest.load import find_project, load

    started = time.perf_counter()
    project, _ = find_project(file.parent, None)
    loaded = load(project, paths=())
    click.echo(time.perf_counter() - started)
    _demand(len(loaded.manifest.courses))


def _demand(entries: int) -> None:
    if entries != _ENTRIES:
        raise RuntimeError(f"{entries} entries were loaded instead of {_ENTRIES}")


if __name__ == "__main__":
    {"ours": _with_ours, "pyyaml": _with_pyyaml}[sys.argv[1]](Path(sys.argv[2]))
