"""A hundred real-looking syllabi never show a difference that is not there, however Canvas writes them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from coursesync.catalogue.html import canonical
from coursesync.model import Verdict
from coursesync.render.lines import compare
from coursesync.render.values import Delta
from coursesync.sandbox.fleet import FIRST
from tests.lab import Lab
from tests.syllabi import SYLLABI

# Without the second line Canvas would erase the end of each course as a side effect.
ENTRY = """
  - id: {course}
    attributes:
      restrict_enrollments_to_course_dates: true
      syllabus_body: {{file: {number}.html}}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    found = Lab(tmp_path, options={"fleet": 2 * len(SYLLABI)})
    entries = []
    for (number, text), course in zip(enumerate(SYLLABI), courses(found), strict=True):
        (tmp_path / f"{number}.html").write_text(text, encoding="utf-8", newline="")
        entries.append(ENTRY.format(course=course, number=number))
    found.write("courses:\n" + "".join(entries))
    return found


def courses(lab: Lab) -> list[int]:
    rows = lab.sandbox.store.rows("courses")
    live = [row["id"] for row in rows if row["id"] >= FIRST and row["workflow_state"] != "deleted"]
    return sorted(live)[: len(SYLLABI)]


def read(lab: Lab, course: int) -> str:
    async def ask() -> str:
        async with lab.canvas(read_only=True) as canvas:
            answer = await canvas.get(f"/api/v1/courses/{course}", [("include[]", "syllabus_body")])
        assert isinstance(answer, dict)
        return str(answer["syllabus_body"])

    return asyncio.run(ask())


def test_all_are_different() -> None:
    assert len(set(map(canonical, SYLLABI))) == 100


def test_once_applied_nothing_differs(lab: Lab) -> None:
    report = lab.apply(lab.plan())
    assert {item.verdict for course in report.courses for item in course.fields} <= {
        Verdict.APPLIED,
        Verdict.NORMALISED,
    }
    assert lab.plan().summary.changes == 0
    assert not any(course.fields for course in lab.drift().courses)
    # What Canvas shows can be declared as it stands.
    for number, course in enumerate(courses(lab)):
        (lab.root / f"{number}.html").write_text(read(lab, course), encoding="utf-8", newline="")
    assert lab.plan().summary.changes == 0


def test_another_way_of_writing_the_same_is_no_difference() -> None:
    for text in SYLLABI:
        assert canonical(_spelt_otherwise(text)) == canonical(text)


def _spelt_otherwise(text: str) -> str:
    """Write tags in capitals, quote with the other marks, end void tags, and break lines between blocks."""
    said = re.sub(
        r"<(/?)(p|div|table|tr|td|h2|h3|ul|li)\b", lambda found: f"<{found[1]}{found[2].upper()}", text
    )
    said = re.sub(r'(class|href)="([^"\']*)"', r"\1='\2'", said)
    return re.sub(r"(</(?:div|ul|table)>)(?=<)", r"\1\n", said)


def test_a_true_difference_is_shown_as_small_as_it_is() -> None:
    for text in SYLLABI:
        said = compare(Delta(before=text, after=f"{text}<p>Monday</p>"))
        assert [f"{row.sign}{row.text}" for row in said.rows if row.sign in "+-"] == ["+Monday"]
