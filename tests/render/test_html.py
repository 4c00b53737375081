"""The page stands alone, runs nothing but its own script, and says what the document says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from coursesync.model import CanvasAddress, DriftClass, Verdict
from coursesync.render import Document, Look, Problems
from coursesync.render.html import assets, render
from coursesync.render.html.facts import canvas_link
from coursesync.render.html.legend import SIGNS, key
from coursesync.render.seen import seen
from coursesync.render.sheet import OF_CLASS, Mark, rows
from tests.browser import pages
from tests.render.samples import MIXED_REPORT, SAMPLES
from tests.render.test_text import documents

ROOT = Path(__file__).parents[2]
VOID = {"meta", "link", "br", "wbr", "input", "img", "col"}
# What can name something outside the page.
POINTING = {"src", "href", "srcset", "action", "formaction", "poster", "data", "ping", "background"}
BASE, OWN, LONG = 4, 8, 9


class _Page(HTMLParser):
    """Collects tags, attributes, the blocks of scripts and styles, and the text outside of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self.blocks.append((tag, dict(attrs), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            kind, attributes, before = self.blocks[-1]
            self.blocks[-1] = (kind, attributes, before + data)
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    @property
    def data(self) -> dict[str, Any]:
        found = [text for kind, attributes, text in self.blocks if attributes.get("type")]
        return json.loads(found[0]) if found else {}

    def attribute(self, tag: str, name: str, **where: str) -> str:
        found = [each for word, each in self.tags if word == tag and where.items() <= each.items()]
        return found[0][name] or ""


def page(document: Document, look: Look | None = None) -> _Page:
    found = _Page(render(document, look or Look()))
    assert found.open == []
    return found


def details(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the script is told of each cell, numbers looked up."""
    found = []
    for course in data["courses"]:
        said = course[8]
        for at in range(0, len(said), 5):
            field, mark, detail, change, blame = said[at : at + 5]
            row = data["details"][detail]
            found.append(
                {
                    "course": course[1],
                    "field": data["fields"][field][0],
                    "mark": data["marks"][mark][1],
                    "values": [None if place < 0 else data["strings"][place] for place in row[:BASE]],
                    "origin": [data["origins"][place] for place in row[5]],
                    "parts": [[data["strings"][text] for text in data["parts"][part]] for part in row[6]],
                    "notes": [data["strings"][place] for place in row[7]],
                    "message": "" if row[OWN] < 0 else data["strings"][row[OWN]],
                    "word": "" if row[LONG] < 0 else data["strings"][row[LONG]],
                    "change": change,
                    "blame": None if blame < 0 else data["blames"][blame],
                }
            )
    return found


KINDS = {
    **SAMPLES,
    "drift": pages.drift(24),
    "drift-two-way": pages.drift(8, based=False),
    "drift-of-nothing": pages.drift(0),
    "plan-of-a-school": pages.plan(24),
    "apply-of-a-school": pages.report(24),
    "problems-strict": Problems(diagnostics=pages.DIAGNOSTICS[1:], strict=True),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_policy_names_every_block_that_runs_and_no_other(name: str) -> None:
    found = page(KINDS[name])
    policy = found.attribute("meta", "content", **{"http-equiv": "Content-Security-Policy"})
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    hashes = {
        kind: [
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            for each, attributes, text in found.blocks
            if each == kind and "type" not in attributes
        ]
        for kind in ("script", "style")
    }
    assert set(hashes["script"]) <= set(allowed["script-src"].split())
    assert hashes["style"] == allowed["style-src"].split()
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy.replace("http-equiv", "")


@pytest.mark.parametrize("name", KINDS)
def test_nothing_on_the_page_comes_from_elsewhere_or_runs_inline(name: str) -> None:
    found = page(KINDS[name])
    for tag, attributes in found.tags:
        assert not {each for each in attributes if each.startswith("on") or each == "style"}
        for each in attributes.keys() & POINTING:
            link = attributes[each] or ""
            assert link.startswith(("#", "data:image/svg+xml,")) or (
                tag == "a" and link.startswith("https://")
            )
            if tag == "a" and not link.startswith("#"):
                assert attributes["rel"] == "noopener noreferrer"
    assert "url(" not in assets.style()
    assert "@import" not in assets.style()


@given(documents)
@settings(max_examples=60, deadline=None)
def test_no_text_of_a_document_becomes_markup(document: Document) -> None:
    text = render(document, Look())
    text.encode()
    found = _Page(text)
    assert found.open == []
    kinds = [attributes.get("type", "") for kind, attributes, _ in found.blocks if kind == "script"]
    assert kinds in (["", "application/json", ""], [""])
    assert found.data or len(kinds) == 1
    # Characters that turn what stands beside them around, that hide, or that end a line of a script.
    assert not re.search("[\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "<!-- <script>",
        "]]>",
        "\u2028\u2029\u202e\u2066\x00\ud800\udfff",
        "x" * 10_000,
        "{{ 7 * 7 }}{% raw %}",
        "&lt;b&gt;",
    ],
)
def test_a_hostile_name_is_shown_and_no_more(name: str) -> None:
    document = pages.drift(6)
    course = replace(document.courses[5], name=name, sis_course_id=name)
    document = replace(document, courses=(course,), accounts={"106": name})
    text = render(document, Look())
    text.encode()
    found = _Page(text)
    assert found.data["courses"][0][2] == rows(document)[0].name
    assert [tag for tag, _ in found.tags].count("script") == 3
    assert "img" not in [tag for tag, _ in found.tags]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://school.test", "https://school.test"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("javascript:alert(1)//https://school.test", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//school.test", ""),
        ("https://", ""),
        ("https://school.test/?x=", ""),
        ("https://[::1", ""),
        ("https://a b", ""),
        ("https://school.test\u202e", ""),
    ],
)
def test_only_an_address_of_the_web_is_a_link(url: str, link: str) -> None:
    assert canvas_link(url) == link
    found = page(replace(pages.drift(1), canvas=CanvasAddress(url=url)))
    assert found.data["canvas"] == link
    assert [each["href"] for tag, each in found.tags if tag == "a"][1:] == ([link] if link else [])


def test_the_same_document_gives_the_same_bytes_in_every_process() -> None:
    said = (
        "import hashlib; from tests.browser import pages; from coursesync.render.html import render;"
        "from coursesync.render import Look;"
        "print(hashlib.sha256(render(pages.drift(40), Look()).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", said],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_mark_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Mark)
    assert len({sign.symbol for sign in SIGNS.values()}) == len(Mark)
    assert set(OF_CLASS) == set(DriftClass)
    style = assets.style()
    assert [mark for mark in Mark if f".mark-{key(mark)}" not in style] == []


def test_a_cell_is_told_with_its_values_layers_and_who_changed_it() -> None:
    document = pages.drift(40)
    course = next(course for course in document.courses for item in course.fields if item.blame)
    item = next(item for item in course.fields if item.blame)
    assert item.blame is not None
    found = next(
        each
        for each in details(page(document).data)
        if each["course"] == course.sis_course_id and each["field"] == item.field
    )
    assert found["mark"] == OF_CLASS[item.class_]
    assert found["origin"][-1] == [
        f"{item.origin[-1].file}:{item.origin[-1].line}:{item.origin[-1].column}",
        item.origin[-1].layer,
    ]
    assert found["change"] == item.change_id
    assert found["blame"][4] == int(item.blame.exact)


def test_a_map_is_told_key_by_key_even_where_the_document_is_not() -> None:
    found = [each for each in details(page(MIXED_REPORT).data) if each["field"] == "blueprint.restrictions"]
    assert found[0]["parts"] == [["content", "false", "true"], ["due_dates", "false", "true"]]


def test_of_html_the_text_is_told_beside_the_source() -> None:
    data = page(SAMPLES["plan-varied"]).data
    found = [each for each in details(data) if each["field"] == "attributes.syllabus_body"]
    place = str(data["strings"].index(found[0]["values"][0]))
    text = data["strings"][data["seen"][place]]
    assert text.startswith("Introduction to Biology\nOffice hours: Monday\n")
    assert "<" not in text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<ul><li>a<li>b</ul>", "• a\n• b"),
        ("a&nbsp;b &amp; c &lt;d&gt;", "a b & c <d>"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ('<img src="x" alt="A map"> and <img src="y">', "[image: A map] and [image]"),
        ("<p>one\n   line</p>", "one line"),
        ("plain", "plain"),
        ("<b>bold</b>er", "bolder"),
        ("a<br/>b", "a\nb"),
        ("<p><!-- hidden -->seen", "seen"),
    ],
)
def test_html_reads_as_a_person_sees_it(source: str, text: str) -> None:
    assert seen(source) == text


def test_very_long_texts_are_cut_and_say_so() -> None:
    course = pages.drift(6).courses[5]
    long = replace(course.fields[0], field="attributes.syllabus_body", read="<p>word</p>" * 200_000, after="")
    text = render(replace(pages.drift(1), courses=(replace(course, fields=(long,)),)), Look())
    assert len(text) < 400_000
    assert "cut here: the first 60,000 of 2,200,000 characters" in text


def test_many_long_texts_together_are_cut_shorter() -> None:
    course = pages.drift(6).courses[5]

    def other(number: int) -> Any:
        item = replace(
            course.fields[0], field="attributes.syllabus_body", read=f"<p>{number}</p>" * 5_000, after=""
        )
        return replace(course, id=number, fields=(item,))

    text = render(replace(pages.drift(1), courses=tuple(map(other, range(400)))), Look())
    assert len(text) < 12_000_000


def test_what_fields_have_in_common_is_said_once() -> None:
    data = page(pages.drift(200)).data
    assert len(data["details"]) < 0.6 * len(details(data))
    assert len(data["strings"]) == len(set(data["strings"]))


def test_a_course_of_thirty_fields_takes_some_hundred_bytes() -> None:
    few, many = (len(render(pages.drift(n, rate=0, coverage=False), Look())) for n in (400, 2000))
    assert (many - few) / 1600 < 400


@pytest.mark.parametrize("name", ["drift", "plan-of-a-school", "apply-of-a-school"])
def test_the_plain_list_has_every_difference_with_its_values(name: str) -> None:
    document = KINDS[name]
    assert not isinstance(document, Problems)
    found = page(document)
    for row in rows(document):
        for cell in row.cells:
            if not SIGNS[cell.mark].quiet:
                assert row.label in found.words
                assert cell.field in found.words


def test_the_plain_list_ends_after_some_hundred_and_says_how_many_more() -> None:
    found = page(pages.drift(2000, coverage=False))
    assert [tag for tag, _ in found.tags].count("tr") < 330
    assert "more are not in this list; with JavaScript the page shows all of them." in found.words


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("drift-two-way", "Two-way comparison: there is no base"),
        ("drift", "Incomplete: some courses could not be compared."),
        ("drift-of-nothing", "Nothing to look at."),
        ("plan-varied", "apply needs --allow"),
        ("plan-nothing", "No changes. No course was compared."),
        ("report-interrupted", "Interrupted."),
        ("report-mixed", "Canvas stopped answering after 12 requests."),
        ("problems", "The manifests are not valid."),
        ("problems-none", "The manifests are valid."),
        ("problems-strict", "The manifests are not valid."),
    ],
)
def test_the_head_says_first_what_matters(name: str, sentence: str) -> None:
    assert sentence in page(KINDS[name]).words


def test_a_verdict_is_told_beside_its_mark() -> None:
    words = {each["word"] for each in details(page(MIXED_REPORT).data)}
    assert {Verdict.IGNORED, Verdict.ALTERED, Verdict.STALE, Verdict.FAILED} <= words


def test_what_was_never_read_back_is_not_told_as_read() -> None:
    found = [each for each in details(page(MIXED_REPORT).data) if each["word"] == Verdict.UNKNOWN]
    assert found[0]["values"][3] is None


def test_a_quiet_look_leaves_out_the_courses() -> None:
    found = page(SAMPLES["plan-errored"], Look(quiet=True))
    assert not found.data
    assert "Course not found" in found.words
    assert "化学入门" not in found.words


def test_the_scripts_set_text_and_never_markup() -> None:
    for script in (assets.script(), assets.early_script()):
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
            assert word not in script
        assert "</script" not in script
        assert "<!--" not in script


def test_the_wheel_holds_the_page(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    folder = ROOT / "src" / "coursesync" / "render" / "html"
    wanted = {
        f"coursesync/render/html/{file.relative_to(folder).as_posix()}"
        for file in folder.rglob("*.*")
        if "__pycache__" not in file.parts
    }
    assert {Path(name).suffix for name in wanted} == {".py", ".html", ".css", ".js"}
    assert wanted <= held
