"""The page of a comparison of 2,000 courses by 30 fields: to write it, to open it, to filter it.

The other is a plain HTML table of the same cells without a script, opened and filtered in the same browser.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.browser.chromium import chromium
from tests.browser.pages import drift

from benchmarks.row import Row
from coursesync.model import Drift
from coursesync.render import RENDERERS, Look
from coursesync.render.html.legend import SIGNS
from coursesync.render.sheet import rows

_COURSES = 2_000
_PAIRS = 7
_ALLOWED = 1.0
_WHAT = f"the page of {_COURSES:,} courses by 30 fields"

# Two frames: in the first the browser lays out and paints what was done, the second tells that it has.
_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
_SHOWN = f"() => {_FRAMES}"
# What typing in the field for searching does, and what a script of three lines would do to the plain table.
_FILTERED = f"""async () => {{
  const field = document.getElementById("search");
  const started = performance.now();
  field.value = field.value === "nurs" ? "chem" : "nurs";
  field.dispatchEvent(new Event("input", {{ bubbles: true }}));
  await {_FRAMES};
  return performance.now() - started;
}}"""
_PLAIN_FILTERED = f"""async () => {{
  const word = document.body.dataset.word === "NURS" ? "CHEM" : "NURS";
  const started = performance.now();
  document.body.dataset.word = word;
  for (const row of document.querySelectorAll("tbody tr")) {{
    row.hidden = !row.cells[0].textContent.includes(word);
  }}
  await {_FRAMES};
  return performance.now() - started;
}}"""


def page() -> Iterator[Row]:
    """Yield what the page takes against the plain table, and against the second that it may take."""
    document = drift(_COURSES, coverage=False)
    written = _written(document)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        ours, other = Path(folder) / "ours.html", Path(folder) / "plain.html"
        ours.write_text(RENDERERS["html"](document, Look()), "utf-8")
        other.write_text(_plain(document), "utf-8")
        opened = [(_opened(browser, ours), _opened(browser, other)) for _ in range(_PAIRS)]
        filtered = _both_filtered(browser, ours, other)
        size = f"{ours.stat().st_size / 1e6:.1f} MB, the plain table {other.stat().st_size / 1e6:.1f} MB"
    yield written
    yield from _rows("opening", opened, f"until its second frame; {size}")
    yield from _rows("filtering", filtered, "from the last letter typed until the second frame after it")


def _written(document: Drift) -> Row:
    pairs = [(_seconds("html", document), _seconds("json", document)) for _ in range(3)]
    ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Row(
        what=f"writing {_WHAT} against its JSON",
        ours=f"{ours:.2f} s",
        other=f"{other:.2f} s",
        ratio=ours / other,
        target=None,
    )


def _seconds(form: str, document: Drift) -> float:
    started = time.perf_counter()
    RENDERERS[form](document, Look())
    return time.perf_counter() - started


def _rows(verb: str, pairs: list[tuple[float, float]], note: str) -> Iterator[Row]:
    ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    for name, against in (("a plain table", other), ("a second", _ALLOWED)):
        yield Row(
            what=f"{verb} {_WHAT} against {name}",
            ours=f"{ours:.2f} s",
            other=f"{against:.2f} s{' allowed' if against is _ALLOWED else ''}",
            ratio=ours / against,
            target=1.0,
            note=note if against is other else "",
        )


def _opened(browser: Browser, file: Path) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    page.goto(file.as_uri(), wait_until="load")
    page.evaluate(_SHOWN)
    taken = time.perf_counter() - started
    _demand(page)
    page.close()
    return taken


def _demand(page: Page) -> None:
    if not page.locator("tbody tr", has_text="2026FA").count():
        raise RuntimeError("The page shows no course")


def _both_filtered(browser: Browser, ours: Path, other: Path) -> list[tuple[float, float]]:
    """Return the seconds that filtering takes, of both pages in turn."""

    def opened(file: Path, script: str) -> Callable[[], float]:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri())
        return lambda: page.evaluate(script) / 1000

    mine, theirs = opened(ours, _FILTERED), opened(other, _PLAIN_FILTERED)
    return [(mine(), theirs()) for _ in range(_PAIRS)]


def _plain(document: Drift) -> str:
    """Return the same cells as a table that anybody would write."""
    found = rows(document)
    fields = sorted({cell.field for row in found for cell in row.cells})
    lines = []
    for row in found:
        marks = {cell.field: SIGNS[cell.mark].symbol for cell in row.cells}
        cells = "".join(f"<td>{marks.get(field, '')}</td>" for field in fields)
        lines.append(f"<tr><th>{escape(row.label)} {escape(row.name)}</th>{cells}</tr>")
    head = "".join(f"<th>{field}</th>" for field in fields)
    return (
        "<!DOCTYPE html><meta charset=utf-8><title>Plain</title><table>"
        f"<thead><tr><th>Course</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
