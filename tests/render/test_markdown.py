"""Markdown fits a comment, and nothing that a course or a manifest says becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from coursesync.diagnostics import problem
from coursesync.model import CourseOutcome, Plan
from coursesync.render import Document, Look, Problems
from coursesync.render.markdown import render
from coursesync.render.markdown.marks import LIMIT, code, fence, fitted, prose
from tests.render.generated import texts
from tests.render.samples import BIOLOGY, DIAGNOSTICS, MIXED_REPORT, SAMPLES, plan
from tests.render.test_text import documents

# As GitHub does it: tables, raw HTML, addresses that become links.
GITHUB = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
OURS = set("h3 table thead tbody tr th td details summary b code pre p ul li strong br span".split())


class _Tags(HTMLParser):
    """Collects the tags of a page, and its text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.bare: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.bare.append(data)


def _tags(markdown: str) -> _Tags:
    page = _Tags()
    page.feed(GITHUB.render(markdown))
    assert page.open == []
    return page


@given(documents)
@settings(max_examples=150, deadline=None)
def test_nothing_in_a_document_becomes_markup_or_reaches_people(document: Document) -> None:
    page = _tags(render(document, Look()))
    assert set(page.tags) <= OURS
    assert all(name == "class" and (value or "").startswith("language-") for name, value in page.attributes)
    linking = re.compile(r"@\w|#\d|://|www\.\w", re.IGNORECASE)
    assert [text for text in page.bare if linking.search(text)] == []


@given(documents)
@settings(max_examples=60, deadline=None)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(document: Document) -> None:
    html = GITHUB.render(render(document, Look()))
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        assert len({len(re.findall(r"<t[hd]>", row)) for row in rows}) == 1
        assert not re.search(r"<td>[^<]*\|", table)


@given(texts)
def test_code_shows_the_text_itself(text: str) -> None:
    from coursesync.render.values import visible

    html = GITHUB.render(f"| a |\n| --- |\n| {code(text)} |\n")
    page = _Tags()
    found: list[str] = []
    page.handle_data = lambda data: found.append(data) if "code" in page.open else None  # type: ignore[method-assign]
    page.feed(html)
    assert "".join(found) == visible(text)


@given(texts)
def test_prose_shows_the_text_itself(text: str) -> None:
    from coursesync.render.values import visible

    page = _tags(f"x {prose(text)} x")
    wanted = " ".join(["x", *" ".join(map(visible, text.split("\n"))).split(), "x"])
    assert " ".join("".join(page.bare).split()) == wanted or "<br>" in prose(text)


@pytest.mark.parametrize("longest", [0, 2, 3, 7])
def test_a_fence_is_longer_than_any_in_the_content(longest: int) -> None:
    made = fence(f"a\n{'`' * longest}\nb", "diff")
    assert len(made.split("diff")[0]) == max(3, longest + 1)
    assert made.splitlines()[-1] == made.split("diff")[0]


def _many(number: int) -> Plan:
    courses = [replace(BIOLOGY, id=count, sis_course_id=f"BIO-{count:04}") for count in range(number)]
    return plan(*courses, compared=number, diagnostics=DIAGNOSTICS[2:])


def test_a_long_plan_is_cut_in_the_middle_by_whole_courses() -> None:
    text = render(_many(300), Look())
    assert LIMIT - 5_000 < len(text) <= LIMIT
    shown = [int(number) for number in re.findall(r"<summary><b><code>BIO-(\d+)", text)]
    said = re.search(r"\*\*… (\d+) of 300 courses are left out here", text)
    assert said is not None
    assert len(shown) + int(said[1]) == 300
    assert shown[0] == 0
    assert shown[-1] == 299
    assert text.count("<details>") == text.count("</details>")
    _tags(text)


def test_the_summary_and_the_risks_come_before_the_details() -> None:
    text = render(_many(300), Look())
    assert text.startswith("### Plan: 1,500 changes in 300 courses")
    assert text.index("300 lossy side effects") < text.index("<details>")
    assert text.index("| Requests |") < text.index("300 lossy side effects")


def test_errors_come_before_the_details() -> None:
    text = render(SAMPLES["plan-errored"], Look())
    assert text.index("unknown-field") < text.index("<details>")


@pytest.mark.parametrize(
    "document",
    [
        Problems(
            diagnostics=tuple(problem("unknown-key", f"Key {n} is unknown. " * 9) for n in range(5_000))
        ),
        plan(
            *_many(40).courses,
            compared=40,
            diagnostics=tuple(problem("unknown-key", f"Key {n} is unknown. " * 9) for n in range(5_000)),
        ),
        replace(
            MIXED_REPORT,
            courses=tuple(
                CourseOutcome(
                    id=n,
                    name="x",
                    sis_course_id=None,
                    fields=tuple(replace(item, message=f"{n}") for item in MIXED_REPORT.courses[0].fields),
                )
                for n in range(400)
            ),
            left_out=MIXED_REPORT.left_out * 2_000,
        ),
        plan(
            replace(
                BIOLOGY,
                changes=tuple(
                    replace(BIOLOGY.changes[2], id=f"c{n}", notes=("x y " * 900,)) for n in range(60)
                ),
            ),
            compared=1,
        ),
    ],
    ids=["problems", "errors", "report", "one huge course"],
)
@pytest.mark.parametrize(
    "look", [Look(), Look(verbose=True), Look(quiet=True)], ids=["usual", "verbose", "quiet"]
)
def test_nothing_is_longer_than_a_comment_may_be(document: Document, look: Look) -> None:
    text = render(document, look)
    assert len(text) <= LIMIT
    assert "left out here" in text or look.quiet


def test_what_fits_is_not_cut() -> None:
    assert fitted(["a", "b"], 100, left_out=str) == ["a", "b"]


def test_a_block_too_large_makes_room_for_the_others() -> None:
    assert fitted(["x" * 200, "a", "b"], 50, left_out=lambda number: f"-{number}-") == ["-1-", "a", "b"]
