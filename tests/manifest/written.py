"""Manifests as people and programs write them, in every style that YAML has, with comments in odd places."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from coursesync.catalogue import DECLARABLE, RESOURCES

Draw = Any

_SCALARS = (
    "true",
    "null",
    "0x10",
    "1e3",
    "'it''s'",
    '"a # b"',
    '"é \\u263a \\""',
    "plain text",
    "sis_course_id:X",
    "~",
    "a#b",
    "http://x/y#z",
    "&a one",
    "&a two",
    "*a",
)
# Values over several lines: the first line, and the others as far in as their key's column and two.
_LONG = (
    ("|", "first", "", "  second", "# no comment"),
    (">-", "folded", "text", ""),
    ("|+", "kept", "", ""),
    ("|2", "  deeper", " less", ""),
    ("|  # about it", "<p>a</p>", "   ", "<p>b</p>"),
    ("plain", "that goes on", "", "after a break"),
    (
        '"quoted',
        "",
        "  on \\",
        '... lines"',
    ),
    ("'quoted  ", "--- lines'"),
)


@st.composite
def manifests(draw: Draw) -> str:
    """Return a text with the keys of a manifest where they may stand; most are valid YAML."""
    sections = {
        "courses": lambda at: _list(draw, at, _course),
        "profiles": lambda at: _mapping(draw, {name: _profile(draw) for name in ("b", "a")}, at),
        "policies": lambda at: _list(draw, at, _policy),
    }
    lines = _disturbed(draw, _mapping(draw, sections, -1))
    begin = draw(st.sampled_from(["", "", "", "---\n", "%YAML 1.2\n---  # begin\n", "# top\n\n", "# top\n"]))
    end = draw(st.sampled_from(["", "\n", "\n", "\n", "\n\n\n", "\n...\n", "\n... # end\n# after\n"]))
    text = begin + "\n".join(lines) + end
    return draw(st.sampled_from([text, text, text, text.replace("\n", "\r\n")]))


def _course(draw: Draw) -> dict[str, Any]:
    return {"id": None, "profiles": None, **_body(draw)}


def _policy(draw: Draw) -> dict[str, Any]:
    select = {"term": None, "account": None, "name": None}
    return {"name": None, "select": lambda at: _mapping(draw, select, at), "enforce": None, **_body(draw)}


def _profile(draw: Draw) -> Any:
    return lambda at: _mapping(draw, _body(draw), at)


def _body(draw: Draw) -> dict[str, Any]:
    groups: dict[str, Any] = {}
    for resource in RESOURCES:
        rows = [row for row in DECLARABLE.values() if row.group == resource.name]
        names = [row.name for row in rows]
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
        keys = {row.name: _map(draw, row.type.schema) for row in rows if row.name in chosen}
        groups[resource.name] = lambda at, keys=keys: _mapping(draw, keys, at)
    rule = {"until": None, "reason": None, "field": None}
    return {**groups, "ignore": lambda at: _list(draw, at, lambda draw: rule)}


def _map(draw: Draw, schema: Any) -> Any:
    """Return what writes a map with the keys of a schema; None for a field of another kind."""
    if "properties" not in schema:
        return None
    keys = {name: _map(draw, inner) for name, inner in schema["properties"].items()}
    return lambda at: _mapping(draw, keys, at)


def _list(draw: Draw, at: int, item: Any) -> list[str]:
    """Write a list of mappings, maybe no deeper than its key; some dashes stand on lines of their own."""
    at += draw(st.integers(0, 5))
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        space = draw(st.integers(1, 4))
        inner = _mapping(draw, item(draw), at + space, step=1)
        if not draw(st.integers(0, 3)):
            lines += [" " * at + "-" + draw(st.sampled_from(["", "  # about it"])), *inner]
        else:
            lines += [" " * at + "-" + inner[0][at + 1 :], *inner[1:]]
    return lines


def _mapping(draw: Draw, keys: dict[str, Any], at: int, step: int = 0) -> list[str]:
    """Write some of the keys in any order; None stands for a value of any kind."""
    at += step or draw(st.integers(1, 5))
    chosen = draw(st.lists(st.sampled_from(sorted(keys)), min_size=1, max_size=len(keys), unique=True))
    lines = []
    for key in chosen:
        colon = draw(st.sampled_from([":", ":", ":", " :"]))
        name = " " * at + draw(st.sampled_from([key, key, key, f'"{key}"', f"'{key}'"])) + colon
        if keys[key] is None:
            lines += _value(draw, name, at)
        else:
            lines += [
                name + draw(st.sampled_from(["", "", " # about it", "   #   about it"])),
                *keys[key](at),
            ]
    return lines


def _value(draw: Draw, name: str, at: int) -> list[str]:
    """Write a value; one of several lines counts as one, in which nothing is disturbed."""
    space = " " * draw(st.sampled_from([1, 1, 1, 3]))
    further = draw(st.integers(1, 4))
    if "profiles" in name:
        return ["\n".join([name + space + "[a, # one", " " * (at + further) + "b,", " " * at + "]"])]
    if draw(st.integers(0, 3)):
        scalar = draw(st.sampled_from(_SCALARS))
        if not draw(st.integers(0, 5)):
            return [name, " " * (at + further) + scalar]
        return [name + space + scalar]
    first, *others = draw(st.sampled_from(_LONG))
    further = 2 if first.startswith("|2") else further
    return [
        "\n".join([name + space + first, *(" " * (at + further) + line if line else "" for line in others)])
    ]


def _disturbed(draw: Draw, lines: list[str]) -> list[str]:
    """Put comments and blank lines between the lines, and comments and blanks at their ends."""
    disturbed = []
    for number, line in enumerate(lines):
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            comment = f"# {number}" + draw(st.sampled_from(["", " key: value", "  ", "\t"]))
            kind = draw(st.sampled_from(["near", "near", "any", "blank"]))
            near = len(line) - len(line.lstrip(" -"))
            column = near if kind == "near" else draw(st.integers(0, 12))
            disturbed.append(draw(st.sampled_from(["", "  "])) if kind == "blank" else " " * column + comment)
        ending = draw(st.sampled_from(["", "", "", "", " # end", "    # end", "  "]))
        disturbed.append(line + ending)
        if "# end" in ending and draw(st.booleans()):
            disturbed.append(" " * disturbed[-1].rindex("# end") + "# goes on")
    return disturbed
