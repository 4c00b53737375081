"""Text becomes a tree with places, or diagnostics; never anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursesync.catalogue.types import Literal
from coursesync.diagnostics import Position
from coursesync.manifest.yaml import Listed, Mapped, Parsed, Scalar, parse


def read(text: str) -> Parsed:
    return parse(text.encode(), file="m.yaml")


def value(text: str) -> Literal:
    parsed = read(f"a: {text}\n")
    assert parsed.diagnostics == ()
    assert isinstance(parsed.tree, Mapped)
    (pair,) = parsed.tree.entries
    assert isinstance(pair.value, Scalar)
    return pair.value.literal


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("0123", Literal(text="0123")),
        ("2026-08-24", Literal(text="2026-08-24")),
        ("yes", Literal(text="yes")),
        ("", Literal(text="")),
        ("'0123'", Literal(text="0123", quoted=True)),
        ('"a\\tb"', Literal(text="a\tb", quoted=True)),
        ("|\n  one\n  two\n", Literal(text="one\ntwo\n", quoted=True)),
        (">-\n  one\n  two\n", Literal(text="one two", quoted=True)),
        ("!!str 12", Literal(text="12", quoted=True)),
        ("&anchor 1.10", Literal(text="1.10")),
    ],
    ids=["octal", "date", "yes", "nothing", "single", "double", "block", "folded", "str-tag", "anchor"],
)
def test_a_value_is_its_source_text(text: str, literal: Literal) -> None:
    assert value(text) == literal


def test_every_key_and_value_has_its_place() -> None:
    parsed = read('"😀é": {c: x}\nlist:\n  - one\n')
    assert isinstance(parsed.tree, Mapped)
    first, second = parsed.tree.entries
    assert (first.key, first.position) == ("😀é", Position(file="m.yaml", line=1, column=1))
    assert isinstance(first.value, Mapped)
    assert first.value.position == Position(file="m.yaml", line=1, column=7)
    assert first.value.entries[0].value.position == Position(file="m.yaml", line=1, column=11)
    assert isinstance(second.value, Listed)
    assert second.value.items[0].position == Position(file="m.yaml", line=3, column=5)


def test_a_byte_order_mark_moves_nothing() -> None:
    parsed = parse(b"\xef\xbb\xbfa: 1\n", file="m.yaml")
    assert isinstance(parsed.tree, Mapped)
    assert parsed.tree.entries[0].position.column == 1


def test_an_alias_stands_for_the_whole_value() -> None:
    parsed = read("a: &x [1, 2]\nb: *x\n")
    assert isinstance(parsed.tree, Mapped)
    one, other = parsed.tree.entries
    assert one.value is other.value


def test_a_colon_may_stand_in_text_between_braces() -> None:
    """The C parser refuses it, though YAML 1.2 and our own examples have it."""
    parsed = read("courses: [{id: sis_course_id:BIO-101, url: https://example.edu/a}]\n")
    assert parsed.diagnostics == ()
    assert isinstance(parsed.tree, Mapped)


def test_line_ends_of_every_kind_count_as_one() -> None:
    parsed = read("a: 1\r\nb: 2\rc: 3\n")
    assert isinstance(parsed.tree, Mapped)
    assert [pair.position.line for pair in parsed.tree.entries] == [1, 2, 3]


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "too-large"),
        ("[" * 10_000 + "]" * 10_000, "too-large"),
        ("\n".join(" " * n + "a:" for n in range(10_000)), "too-large"),
        ("- " * 10_000, "too-large"),
        ("a: &a [*a]\n", "yaml-syntax"),
        (
            "".join(f"a{n}: &a{n} {'[' * 40}{f'*a{n - 1}' if n else 'x'}{']' * 40}\n" for n in range(9)),
            "too-large",
        ),
        ('a: "' + "x" * 17_000_000 + '"', "too-large"),
        ("a: &a [" + "{}, " * 100_000 + "]\nb: [" + "*a, " * 10 + "]", "too-large"),
    ],
    ids=["aliases", "brackets", "keys", "dashes", "itself", "deep-aliases", "long-text", "many-values"],
)
def test_a_bomb_is_refused(text: str, code: str) -> None:
    parsed = read(text)
    assert [item.code for item in parsed.diagnostics] == [code]
    assert parsed.tree is None


def test_a_long_text_below_the_limit_is_read() -> None:
    assert len(value('"' + "x" * 5_000_000 + '"').text) == 5_000_000


def test_a_second_document_leaves_the_first_to_be_checked() -> None:
    parsed = read("a: 1\n---\nb: 2\n")
    assert isinstance(parsed.tree, Mapped)
    assert [item.code for item in parsed.diagnostics] == ["yaml-feature"]


@given(st.text(alphabet=st.one_of(st.sampled_from("ab:{}[],&*!|>-?%@#'\"\\ \n\t\r<0~"), st.characters())))
@settings(max_examples=500, deadline=None)
def test_any_text_gives_a_tree_or_diagnostics(text: str) -> None:
    parsed = parse(text.encode("utf-8", "surrogatepass"), file="m.yaml")
    assert parsed.tree is not None or parsed.diagnostics


@given(st.binary())
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_tree_or_diagnostics(content: bytes) -> None:
    parsed = parse(content, file="m.yaml")
    assert parsed.tree is not None or parsed.diagnostics
