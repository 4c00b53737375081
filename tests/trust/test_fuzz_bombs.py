"""What is made to take for ever or to fill the memory ends soon, in a process that may not have much."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.effort import Tally

pytestmark = pytest.mark.trust

# Bytes and seconds of the processor: a detector of what grows without bounds, not a measure.
MEMORY, SECONDS = 3 * 2**30, 60
BIG = 1_000_000

HTML = {
    "open tags": "<" * BIG,
    "nested tags": "<p>" * (BIG // 3),
    "nested lists": "<ul><li>" * (BIG // 8),
    "attributes": "<p " + "a=b " * (BIG // 4) + ">",
    "an attribute without an end": '<p a="' + "x" * BIG,
    "blanks": "<p" + " " * BIG,
    "comments": "<!--" * (BIG // 4),
    "declarations": "<![" * (BIG // 3),
    "processing": "<?" * (BIG // 2),
    "links": "<link " * (BIG // 6),
    "scripts": "<script " * (BIG // 8),
    "ends of scripts": "<script></script " * (BIG // 17),
    "quotes of links": "href='" * (BIG // 6),
    "references": "&" * BIG,
    "numbers": "&#" * (BIG // 2) + "9" * 1000,
    "styles": "<p style='" + "a:" * (BIG // 2) + "'>",
    "files": "<a href='/files/1?verifier=" + "&verifier=" * (BIG // 10) + "'>",
    "lines": "\n" * BIG,
}
MARKDOWN = {
    "brackets": "[" * 50_000,
    "links": "[a](" * 50_000,
    "emphasis": "*a " * 100_000,
    "stars": "*" * 200_000 + "a",
    "ticks": "".join("`" * number + " " for number in range(1, 600)),
    "quotes": ">" * 100_000,
    "lists": "- " * 50_000 + "a",
    "deep lists": "".join("  " * depth + "- a\n" for depth in range(400)),
    "references": "[a]: <" * 50_000,
    "definitions": "".join(f"[{number}]: x\n" for number in range(20_000)) + "[1]" * 20_000,
    "tables": "|" * 50_000 + "\n" + "|-" * 50_000 + "\n",
    "wide tables": "|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "|\n" * 10_000,
    "entities": "&" * 200_000,
    "autolinks": "<a:" * 50_000,
    "comments": "a <!--" * 50_000,
    "escapes": "\\" * 200_000,
}
YAML = {
    "a long text": "courses: [{id: 1, attributes: {name: " + "x" * 10_000_000 + "}}]",
    "a long key": "k" * 10_000_000 + ": 1\ncourses: [{id: 1}]",
    "braces": "courses: " + "{a: " * 200_000,
    "brackets": "courses: " + "[" * 500_000,
    "dashes": "courses:\n" + "- " * 500_000,
    "many": "courses: [" + "{id: 1}, " * 200_000 + "]",
    "anchors": "courses:\n" + "".join(f"- &a{number} {{id: {number}}}\n" for number in range(100_000)),
    "billion laughs": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    + "courses: *a39\n",
    "tags": "courses: [" + "!<tag:yaml.org,2002:" + "x" * BIG + "> a]",
    "directives": "%TAG ! " * 100_000 + "\n---\ncourses: []",
    "colons": "courses: {a: b:" + "c:" * 200_000 + "}",
    "quotes": 'courses: "' + '\\"' * BIG,
    "digits": "courses: [{id: "
    + "9" * BIG
    + ", settings: {home_page_announcement_limit: "
    + "1" * BIG
    + "}}]",
    "comments": "#" + "\n#" * BIG + "\ncourses: []",
    "carriage returns": "courses: [{id: 1}]" + "\r" * BIG,
    "tabs": "courses:\n" + "\t" * BIG,
}
JSON = {
    "brackets": "[" * 1_000_000,
    "objects": '{"a":' * 300_000,
    "closed": "[" * 100_000 + "]" * 100_000,
    "keys": '{"format_version": "1.0"' + "".join(f',"{number}":1' for number in range(500_000)) + "}",
    "a number": '{"format_version": ' + "9" * 5_000_000 + "}",
    "an exponent": '{"format_version": 1e' + "9" * 1_000_000 + "}",
    "quotes": '{"format_version": "' + '\\"' * 5_000_000,
}
LINES = "\n".join(f"<p>line {number}</p>" for number in range(40_000))
TEXTS = {
    "other everywhere": (LINES, LINES.replace("line", "row")),
    "the same line": ("<p>a</p>\n" * 50_000, "<p>b</p>\n<p>a</p>\n" * 40_000),
    "one line": ("x" * BIG, "y" * BIG),
    "one line of words": ("a b " * 100_000, "b a c " * 80_000),
    "turned round": (LINES, "\n".join(reversed(LINES.split("\n")))),
    "one word less": ("<p>" + "word " * 50_000 + "</p>", "<p>" + "word " * 49_999 + "</p>"),
}


def _html(text: str) -> None:
    from coursesync.catalogue.html import authored, canonical, scrub

    canonical(text)
    authored(text)
    scrub(text, "school.test")


def _markdown(text: str) -> None:
    from coursesync.manifest.include import _html as rendered

    rendered("page.md", text.encode())


def _yaml(text: str) -> None:
    from coursesync.manifest.layout.document import layout  # noqa: F401 - what fmt imports
    from coursesync.manifest.load import find_project, load
    from coursesync.render import RENDERERS, Look, Problems

    path = Path("courses.yaml")
    path.write_text(text, encoding="utf-8")
    project, found = find_project(Path.cwd())
    loaded = load(project, paths=[path])
    RENDERERS["text"](Problems(diagnostics=(*found, *loaded.diagnostics)), Look())


def _json(text: str) -> None:
    import httpx

    from coursesync.canvas.answers import Asked, value_of
    from coursesync.documents import load_plan, looks_like_plan
    from coursesync.errors import CourseSyncError

    asked = Asked(method="GET", path="/api/v1/x", host="school.test", writes=False, hide=str)
    response = httpx.Response(200, content=text, headers={"content-type": "application/json"})
    looks_like_plan(text)
    for read in (lambda: load_plan(text, name="plan.json"), lambda: value_of(response, asked)):
        with contextlib.suppress(CourseSyncError):
            read()


def _difference(name: str) -> None:
    from dataclasses import replace

    from coursesync.documents import sealed
    from coursesync.render import RENDERERS, Look
    from tests.render.samples import SAMPLES

    before, after = TEXTS[name]
    plan = SAMPLES["plan-varied"]
    course = next(course for course in plan.courses if course.changes)  # type: ignore[union-attr]
    change = replace(course.changes[0], field="attributes.syllabus_body", before=before, after=after)
    changed = sealed(replace(plan, courses=(replace(course, changes=(change,)),)))  # type: ignore[type-var,arg-type]
    for render in RENDERERS.values():
        render(changed, Look(verbose=True))


# What is tried: how, on which inputs.
KINDS: Mapping[str, tuple[Callable[[str], None], Mapping[str, str]]] = {
    "html": (_html, HTML),
    "markdown": (_markdown, MARKDOWN),
    "yaml": (_yaml, YAML),
    "json": (_json, JSON),
    "difference": (_difference, {name: name for name in TEXTS}),
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, (_, inputs) in KINDS.items() for name in inputs]
)
def test_a_bomb_ends_soon_and_takes_little(kind: str, name: str, tmp_path: Path, tally: Tally) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.test_fuzz_bombs", kind, name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    tally("inputs fuzzed", 1)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    how, inputs = KINDS[sys.argv[1]]
    how(inputs[sys.argv[2]])
