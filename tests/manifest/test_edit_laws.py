"""Laws of editing: whatever a manifest looks like, a value goes in as it is, and nothing else moves."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coursesync.catalogue.types import Value
from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.edit.file import Setting, edited
from coursesync.manifest.yaml import Listed, Mapped, parse
from tests.manifest.reading import core

FILE = "courses.yaml"
NAMES = ("name", "course_code", "public_description", "turnitin_comments", "locale")
COMMENT = "# c: 'x' \"y\" {z}"

# Characters that mean something to YAML or to a manifest, and some that look as if they did.
texts = st.text(
    st.sampled_from([*"ab Z01:#-?,[]{}&*!|>'\"%@`$~\\\t\n.=<é🌱", "\u2028", "\u00a0", "\x7f", "\x85"]),
    min_size=1,
    max_size=30,
).filter(str.strip)
# What may stand in a file as it is, in any of its styles.
words = (
    st.text(st.sampled_from("abcXYZ 01é"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: re.match("[a-zA-Zé]", text) and text not in {"a", "n", "y"})
)


@st.composite
def values(draw: st.DrawFn, column: int, *, flow: bool) -> str:
    """Write a value in some style of YAML, everything behind it up to the end of the line included."""
    word, other = draw(words), draw(words)
    inline = [word, f"'{word}'", json.dumps(word), f"&a{column}{word[0]} {word}", f"!!str {word}", "null"]
    if flow:
        return draw(st.sampled_from(inline))
    pad = " " * (column + draw(st.sampled_from([1, 2, 5])))
    chomp = draw(st.sampled_from(["", "-", "+"]))
    head = draw(st.sampled_from(["|", ">"])) + chomp + draw(st.sampled_from(["", " ", f" {COMMENT}"]))
    blank = draw(st.sampled_from(["", "\n", "\n\n"]))
    blocks = [f"{head}\n{pad}{word}\n\n{pad} {other}{blank}", f"{head}\n{pad}{word}", f"{word}\n{pad}{other}"]
    blocks += [f"'{word}\n\n{pad}{other}'", f'"{word}\\\n{pad}{other}"', f"\n{pad}{word}"]
    behind = draw(st.sampled_from(["", "  ", f" {COMMENT}", f"\t{COMMENT}"]))
    if draw(st.booleans()):
        return draw(st.sampled_from(inline)) + behind
    return draw(st.sampled_from(blocks))


@st.composite
def groups(draw: st.DrawFn, column: int) -> str:
    """Write the attributes of an entry."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    if draw(st.booleans()) or not names:
        comma = draw(st.sampled_from([", ", ",", f", {COMMENT}\n{' ' * (column + 2)}"]))
        space = draw(st.sampled_from(["", " "]))
        items = comma.join(f"{name}: {draw(values(column, flow=True))}" for name in names)
        return f"attributes: {{{space}{items}{space}}}{draw(st.sampled_from(['', f' {COMMENT}']))}\n"
    inner = column + draw(st.sampled_from([1, 2, 4]))
    text = f"attributes:{draw(st.sampled_from(['', f' {COMMENT}', ' &g']))}\n"
    for name in names:
        between = draw(st.sampled_from(["", "\n", f"{' ' * inner}{COMMENT}\n", f"{COMMENT}\n"]))
        key = draw(st.sampled_from([name, f'"{name}"', f"'{name}'"]))
        text += f"{between}{' ' * inner}{key}:{draw(st.sampled_from([' ', '  ', chr(9)]))}"
        text += f"{draw(values(inner, flow=False))}\n"
    return text


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """Write three entries, each with or without attributes, and something between them."""
    dash = draw(st.sampled_from(["- ", "  - ", "  -   ", "  -\n    "]))
    margin = " " * (len(dash.rsplit("\n", 1)[-1]))
    text = draw(st.sampled_from(["", f"{COMMENT}\n", "---\n"])) + "courses:\n"
    for number in range(1, 4):
        body = [f"id: {number}\n"]
        body += [draw(groups(len(margin)))] if draw(st.booleans()) else []
        body += ["profiles: []\n"] if draw(st.booleans()) else []
        text += dash + margin.join(draw(st.permutations(body)))
        text += draw(st.sampled_from(["", "\n", f"{margin}{COMMENT}\n"]))
    # Without a line break at its end, a block that ends the file would get one, and with it another value.
    return text if draw(st.booleans()) or {"|", ">"} & {*text} else text.rstrip("\n")


asked = st.dictionaries(
    st.tuples(st.integers(0, 2), st.sampled_from(NAMES[:4])),
    st.one_of(texts, st.none()),
    min_size=1,
    max_size=5,
).map(lambda found: {key: value for key, value in found.items() if value or key[1][0] in "pt"})


@settings(max_examples=250, deadline=None)
@given(text=manifests(), wanted=asked, newline=st.sampled_from(["\n", "\r\n"]))
def test_exactly_what_was_asked_for_differs(
    text: str, wanted: dict[tuple[int, str], Value], newline: str
) -> None:
    text = text.replace("\n", newline)
    before = read(text)
    assume(before is not None)
    assert before is not None
    done = edited(
        text.encode(),
        [
            Setting(owner=place(text, number), field=f"attributes.{name}", value=value)
            for (number, name), value in wanted.items()
        ],
        file=FILE,
    )
    assert not [outcome for outcome in done.outcomes if isinstance(outcome, Diagnostic)], done.outcomes
    new = done.content.decode()
    assert read(new) == expected(before, wanted)
    assert new.count(COMMENT) >= text.count(COMMENT)
    if newline == "\r\n":
        assert re.search(r"(?<!\r)\n", new) is None
    assert edited(done.content, [], file=FILE).content == done.content


def read(text: str) -> Any:
    parsed = parse(text.encode(), file=FILE)
    return None if parsed.tree is None or parsed.diagnostics else core(parsed.tree)


def place(text: str, number: int) -> Position:
    tree = parse(text.encode(), file=FILE).tree
    assert isinstance(tree, Mapped)
    (courses,) = (pair.value for pair in tree.entries if pair.key == "courses")
    assert isinstance(courses, Listed)
    entry = courses.items[number]
    assert isinstance(entry, Mapped)
    return next(pair.position for pair in entry.entries if pair.key == "id")


def expected(before: Any, wanted: dict[tuple[int, str], Value]) -> Any:
    for (number, name), value in wanted.items():
        said = value.replace("${", "$${") if isinstance(value, str) else value
        before["courses"][number].setdefault("attributes", {})[name] = said
    return before
