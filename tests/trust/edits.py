"""Edits that make a valid text or value a broken one: strategies of hypothesis, so that a failure shrinks."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

# What parsers, terminals, databases and people stumble over.
WORDS = (
    "",
    "\x00",
    "\x1b]8;;https://evil.example\x07x",
    "\x85\u2028\u202e\u2066",
    "\ufeff",
    "\ud800",
    "\U0001f600\u0301",
    "__proto__",
    "constructor",
    "<<",
    "{}",
    "[[[[",
    "*a",
    "&a ",
    "!!python/object/apply:os.system ",
    "${x}",
    "~",
    "null",
    "nan",
    "1e999999",
    "-0",
    "9" * 5_000,
    "0x" + "f" * 200,
    "k" * 100_000,
    "2026-13-45T25:61:61+99:99",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "Mars/Olympus",
    "../../etc/passwd.md",
    "sis_course_id:",
    "- " * 200,
    "[" * 500,
    "(" * 3_000 + "a" + ")" * 3_000,
    "<" * 2_000,
    "<p " * 1_000,
    "<![CDATA[x",
    "\n",
    "\r",
    "\t",
    ": ",
    "#",
    '"',
    "'",
    "|",
    ">-",
    "%YAML 1.1\n---\n",
    "---\n",
    "...\n",
    "@",
    "`",
    ",",
    "]",
    "}",
)

# What no schema expects at its place.
LEAVES: tuple[Any, ...] = (
    *WORDS,
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    10**4_200,
    1.5,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"__proto__": {"polluted": True}},
    ["x"] * 2_000,
    {f"key {number}": number for number in range(500)},
)

_NUMBER = st.integers(0, 2**20)
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)

# kind of edit, where, where else, what.
TextEdit = tuple[str, int, int, str]
ValueEdit = tuple[str, int, int, Any]


def _cut(parts: list[str], at: int, to: int, word: str) -> list[str]:
    return parts[:at] + parts[to:]


def _double(parts: list[str], at: int, to: int, word: str) -> list[str]:
    return parts[:to] + parts[at:to] + parts[to:]


def _put(parts: list[str], at: int, to: int, word: str) -> list[str]:
    return [*parts[:at], word, *parts[at:]]


def _change(parts: list[str], at: int, to: int, word: str) -> list[str]:
    return [*parts[:at], word, *parts[at + 1 :]]


def _swap(parts: list[str], at: int, to: int, word: str) -> list[str]:
    parts = list(parts)
    other = min(to, len(parts) - 1)
    parts[at], parts[other] = parts[other], parts[at]
    return parts


def _move(parts: list[str], at: int, to: int, word: str) -> list[str]:
    return parts[at:to] + parts[:at] + parts[to:]


_TEXT: dict[str, Callable[[list[str], int, int, str], list[str]]] = {
    "change": _change,
    "put": _put,
    "cut": _cut,
    "double": _double,
    "swap": _swap,
    "move": _move,
}

text_edits: st.SearchStrategy[list[TextEdit]] = st.lists(
    st.tuples(st.sampled_from(sorted(_TEXT)), _NUMBER, _NUMBER, st.sampled_from(WORDS)),
    min_size=1,
    max_size=4,
)


def edited_text(text: str, edits: list[TextEdit]) -> str:
    """Return a text with edits at the borders of its words; what is cut or doubled is at most some lines."""
    parts = _TOKEN.findall(text)
    for kind, start, length, word in edits:
        if not parts:
            return word
        at = start % len(parts)
        parts = _TEXT[kind](parts, at, min(len(parts), at + 1 + length % 60), word)
    return "".join(parts)


def edited_bytes(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Return bytes with others written over them."""
    for at, gone, put in edits:
        place = at % (len(content) + 1)
        content = content[:place] + put + content[place + gone % 9 :]
    return content


byte_edits: st.SearchStrategy[list[tuple[int, int, bytes]]] = st.lists(
    st.tuples(
        _NUMBER,
        _NUMBER,
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from([b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\0", b"\r", b"\x80\x80"]),
        ),
    ),
    min_size=1,
    max_size=4,
)

_KINDS = ("replace", "delete", "rename", "add", "wrap", "double", "spoil", "swap")

value_edits: st.SearchStrategy[list[ValueEdit]] = st.lists(
    st.tuples(st.sampled_from(_KINDS), _NUMBER, _NUMBER, st.sampled_from(LEAVES)), min_size=1, max_size=4
)


def edited_value(value: Any, edits: list[ValueEdit]) -> Any:
    """Return a value of JSON with something in it replaced, deleted, renamed, nested or spoilt."""
    holder = [copy.deepcopy(value)]
    for kind, which, number, leaf in edits:
        places = list(_places(holder))
        parent, key = places[which % len(places)]
        _edit(kind, parent, key, number, copy.deepcopy(leaf))
    return holder[0]


def _places(holder: Any) -> Any:
    """Yield every place in a value: the list or object, and the index or key."""
    items = holder.items() if isinstance(holder, dict) else enumerate(holder)
    for key, inner in list(items):
        yield holder, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


def _edit(kind: str, parent: Any, key: Any, number: int, leaf: Any) -> None:
    here = parent[key]
    if kind == "delete" and isinstance(parent, dict):
        del parent[key]
    elif kind == "rename" and isinstance(parent, dict):
        parent[str(leaf)[:200]] = parent.pop(key)
    elif kind == "add" and isinstance(here, dict):
        here[str(number) if number % 2 else "__proto__"] = leaf
    elif kind in {"add", "double"} and isinstance(here, list):
        here += [copy.deepcopy(here[number % len(here)])] if here and kind == "double" else [leaf]
    elif kind == "wrap":
        for _ in range(1 + number % 70):
            here = [here] if number % 2 else {"x": here}
        parent[key] = here
    elif kind == "spoil" and isinstance(here, str):
        at = number % (len(here) + 1)
        parent[key] = here[:at] + str(leaf)[:200] + here[at:]
    elif kind == "spoil" and isinstance(here, (int, float)) and not isinstance(here, bool):
        parent[key] = (-here, 10**25, str(here)[:50], 0.5)[number % 4]
    elif kind == "swap" and isinstance(parent, dict):
        other = sorted(parent)[number % len(parent)]
        parent[key], parent[other] = parent[other], here
    else:
        parent[key] = leaf
