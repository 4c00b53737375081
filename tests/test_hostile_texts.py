"""What others wrote, into a course, a file or an answer, is shown by every renderer and does nothing."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from coursesync.diagnostics import CODES, Diagnostic, Position
from coursesync.documents.text import digest_of
from coursesync.documents.wire import DRIFT, PLAN, REPORT, Format, read, to_json
from coursesync.errors import CourseSyncError
from coursesync.model import Drift, Plan, Report
from coursesync.render import RENDERERS, Document, Look, Problems
from tests.render.samples import SAMPLES

PAYLOADS = {
    "plain": "plain",
    "terminal": "\x1b[2J\x1b[31m\x1b]8;;https://evil.test\x07x\x1b\\\x9b31m\x90\x07\x08\x7f",
    "lines": "a\r\nb\nc\u2028d\x85e\x0bf",
    "directions": "\u202eevil\u2066\u200f\u200b\ufeff\u00ad\U000e0041",
    "markdown": '[x](http://e.test) ![i](http://e.test/i) <http://e.test> [r]: http://e "t" **b** _i_ ~~s~~',
    "blocks": "\n# h\n> q\n- l\n\n```\nf\n```\n\n<details>\n| a | b |\n|---|---|\n| c | d |\n    code",
    "mentions": "@org/team @everyone #123 GH-1 org/repo#1 www.e.test https://e.test me@e.test !1 ~label",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=a></td></table></script><!--",
    "attributes": '" onmouseover="alert(1)" \'><b x=\'</style></title>&lt;i&gt; {{7*7}} {% x %}',
    "formula": "=cmd|'/c calc'!A1",
    "github": "::error file=a::x\n ::set-output name=a::b\n##[error]x ##[add-mask]a %0A::stop-commands::t",
    "azure": "##vso[task.setvariable variable=a]b ##teamcity[message text='x'] ##[section]",
    "gitlab": "section_start:1560896352:x[collapsed=true]\r\x1b[0Kx section_end:1560896352:x\r\x1b[0K",
    "ticks": "``` ` `` ````` | \\| \\` $x$ $$y$$",
    "xml": "]]></failure><!DOCTYPE x [<!ENTITY e 'x'>]>&e;\ufffe\uffff",
    "half": "a\ud800b\udfff",
    "sarif": "{0} {1} [a](2) [b](https://evil.test)",
}
FORMATS: dict[type, Format[Any]] = {Plan: PLAN, Report: REPORT, Drift: DRIFT}
LOOKS = (Look(), Look(colour=True, width=60), Look(verbose=True, width=40), Look(quiet=True))
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND = re.compile(r"^\s*::[a-z]|##[a-z]*\[", re.MULTILINE | re.IGNORECASE)


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where every text in a document stands: the key above it, its holder and its place there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, item in items:
        name = place if isinstance(place, str) else key
        if isinstance(item, str):
            yield name, value, place
        else:
            yield from _texts(item, name)


def _spoilt(document: Document, payload: str, only: frozenset[str]) -> Document | None:
    """Return a document with a payload behind each text under some keys; None where that is none any more."""
    if isinstance(document, Problems):
        return None
    form = FORMATS[type(document)]
    written = json.loads(json.dumps(to_json(form, document)))
    for key, holder, place in list(_texts(written)):
        if key in only:
            holder[place] = payload + " " + holder[place] + payload
    if "digest" in written:
        written["digest"] = digest_of(written)
    try:
        return read(form, written, json.dumps(written), "x")
    except CourseSyncError:
        return None


@cache
def _free(name: str) -> frozenset[str]:
    """Return the keys of a sample under which any text may stand."""
    document = SAMPLES[name]
    form = FORMATS[type(document)]
    keys = {key for key, _, _ in _texts(json.loads(json.dumps(to_json(form, document))))}
    return frozenset(key for key in keys if _spoilt(document, "x", frozenset({key})) is not None)


NAMES = [name for name, sample in SAMPLES.items() if not isinstance(sample, Problems)]


@cache
def _documents(payload: str) -> tuple[Document, ...]:
    """Return every sample with a payload behind each text, but for halves of characters, which none holds."""
    whole = PAYLOADS[payload].encode("utf-8", "replace").decode()
    found = (_spoilt(SAMPLES[name], whole, _free(name)) for name in NAMES)
    return tuple(document for document in found if document is not None)


def _plain(text: str, *, colour: bool = False) -> None:
    text = _COLOUR.sub("", text) if colour else text
    odd = {char for char in text if not char.isprintable() and char not in "\n\t"}
    assert odd == set()
    assert _COMMAND.findall(text) == []
    text.encode()


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.scripts += tag == "script"


def _elements(page: str) -> _Elements:
    found = _Elements()
    found.feed(page)
    found.close()
    return found


def test_the_texts_that_others_write_are_all_tried() -> None:
    assert len(_documents("html")) == len(NAMES)
    tried = frozenset(key for name in NAMES for key in _free(name))
    named = {"name", "sis_course_id", "declared_id", "before", "after", "message", "detail", "hint", "file"}
    assert named | {"layer", "user", "source", "reason", "summary", "path", "url"} <= tried


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_acts_on_a_terminal_or_a_build_server(form: str, payload: str) -> None:
    looks = LOOKS if form in {"text", "markdown"} else LOOKS[:1]
    for document in _documents(payload):
        for look in looks:
            _plain(RENDERERS[form](document, look), colour=look.colour)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markdown(payload: str) -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for document in _documents(payload):
        found = _elements(markdown.render(RENDERERS["markdown"](document, Look(verbose=True))))
        ours = "h3 table thead tbody tr th td details summary b code pre p ul li strong br span"
        assert found.tags <= set(ours.split())
        assert found.attributes <= {"class"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_an_element_of_a_page(payload: str) -> None:
    pages = zip(_documents("plain"), _documents(payload), strict=True)
    for usual, hostile in pages:
        one, other = (_elements(RENDERERS["html"](document, Look())) for document in (usual, hostile))
        assert (other.tags - one.tags, other.attributes - one.attributes) == (set(), set())
        assert other.scripts == one.scripts


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_machines_read_stays_whole(payload: str) -> None:
    for usual, hostile in zip(_documents("plain"), _documents(payload), strict=True):
        json.loads(RENDERERS["json"](hostile, Look()))
        json.loads(RENDERERS["sarif"](hostile, Look()))
        one, other = (ET.fromstring(RENDERERS["junit"](document, Look())) for document in (usual, hostile))
        assert {item.tag for item in other.iter()} == {item.tag for item in one.iter()}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_json_says_the_same_as_before_it_was_made_harmless(payload: str) -> None:
    for document in _documents(payload):
        text = RENDERERS["json"](document, Look())
        assert read(FORMATS[type(document)], json.loads(text), text, "x") == document


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_problem_acts_on_a_terminal_or_a_build_server(form: str, payload: str) -> None:
    text = PAYLOADS[payload]
    found = tuple(
        Diagnostic(
            code=code,
            severity=severity,
            summary=summary + text,
            detail=text + text,
            hint=text,
            position=Position(file=text, line=3, column=1),
            course=text,
        )
        for code, (severity, summary) in list(CODES.items())[::9]
    )
    for look in LOOKS:
        _plain(RENDERERS[form](Problems(diagnostics=found), look), colour=look.colour)
