"""Layers over layers: the strongest value wins, and every place that set one is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursesync.diagnostics import Position
from coursesync.manifest.entries import CourseEntry, Declared, Manifest, Name, ProfileEntry
from coursesync.manifest.resolve import resolve
from tests.manifest.reading import TODAY, resolved

LAYERS = """\
profiles:
  base:
    attributes: {license: cc_by, course_format: online, default_view: wiki}
  fall:
    extends: [base]
    attributes: {license: private, default_view: feed}
  other:
    extends: [base]
    attributes: {default_view: syllabus}
courses:
  - id: 1
    profiles: [fall, other]
    attributes: {default_view: modules, course_format: null}
"""


def test_the_stronger_layer_wins_and_every_origin_is_kept(tmp_path: Path) -> None:
    (course,), problems = resolved(tmp_path, {"a.yaml": LAYERS})
    assert problems == ()
    assert dict(course.state) == {
        "attributes.default_view": "modules",
        "attributes.license": "private",
        "attributes.course_format": None,
    }
    assert [(one.layer, one.line) for one in course.origins["attributes.default_view"]] == [
        ("profile base", 3),
        ("profile fall", 6),
        ("profile other", 9),
        ("course", 13),
    ]
    assert course.position == Position(file="a.yaml", line=11, column=5)


def test_a_profile_reached_twice_does_not_undo_what_builds_on_it(tmp_path: Path) -> None:
    (course,), _ = resolved(tmp_path, {"a.yaml": LAYERS})
    assert [one.layer for one in course.origins["attributes.license"]] == ["profile base", "profile fall"]


@pytest.mark.parametrize(
    ("weaker", "stronger", "left"),
    [
        (
            "restrictions: {content: true}",
            "restrictions_by_object_type: {quiz: {points: true}}",
            {"blueprint.restrictions_by_object_type": {"quiz": {"points": True}}},
        ),
        (
            "restrictions_by_object_type: {quiz: {points: true}}",
            "restrictions: {}",
            {"blueprint.restrictions": {}},
        ),
        (
            "restrictions: {content: true}",
            "restrictions: {points: true}",
            {"blueprint.restrictions": {"points": True}},
        ),
    ],
    ids=["by-type-over-general", "general-over-by-type", "a-map-is-replaced-whole"],
)
def test_a_restriction_map_displaces_the_one_below_it(
    tmp_path: Path, weaker: str, stronger: str, left: dict[str, object]
) -> None:
    text = (
        f"profiles:\n  p:\n    blueprint: {{{weaker}}}\n"
        f"courses:\n  - id: 1\n    profiles: [p]\n    blueprint: {{{stronger}}}\n"
    )
    (course,), problems = resolved(tmp_path, {"a.yaml": text})
    assert problems == ()
    assert dict(course.state) == left
    assert set(course.origins) == set(left)


def test_ignores_of_all_layers_add_up(tmp_path: Path) -> None:
    text = """\
profiles:
  p:
    ignore: [settings.*]
courses:
  - id: 1
    profiles: [p]
    ignore: [{field: attributes.name, reason: by hand, until: 2026-12-31}]
"""
    (course,), problems = resolved(tmp_path, {"a.yaml": text})
    assert problems == ()
    assert [(one.pattern, one.origin.layer, one.reason, one.until) for one in course.ignores] == [
        ("settings.*", "profile p", "", ""),
        ("attributes.name", "course", "by hand", "2026-12-31"),
    ]


@pytest.mark.parametrize(
    ("today", "holds"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)], ids=["last-day", "day-after"]
)
def test_a_rule_holds_through_its_last_day(tmp_path: Path, today: date, holds: bool) -> None:
    text = "courses:\n  - id: 1\n    ignore: [{field: attributes.name, until: 2026-12-31}]\n"
    (course,), problems = resolved(tmp_path, {"a.yaml": text}, today=today)
    assert bool(course.ignores) is holds
    assert [item.code for item in problems] == ([] if holds else ["ignore-expired"])


def test_a_null_takes_the_contradiction_away(tmp_path: Path) -> None:
    text = """\
profiles:
  p: {attributes: {image_id: 4}}
courses:
  - id: 1
    profiles: [p]
    attributes: {image_id: null, image_url: "https://example.edu/a.png"}
"""
    _, problems = resolved(tmp_path, {"a.yaml": text})
    assert problems == ()


def test_the_first_of_two_entries_is_the_course(tmp_path: Path) -> None:
    text = "courses:\n  - {id: 1, attributes: {name: One}}\n  - {id: 1, attributes: {name: Two}}\n"
    courses, problems = resolved(tmp_path, {"a.yaml": text})
    assert [dict(course.state) for course in courses] == [{"attributes.name": "One"}]
    assert [item.code for item in problems] == ["duplicate-course"]


_AT = Position(file="a.yaml", line=1, column=1)
_NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(_NAMES, st.lists(_NAMES, max_size=4)), st.lists(_NAMES, max_size=4))
def test_any_web_of_profiles_is_resolved_or_refused(web: dict[str, list[str]], used: list[str]) -> None:
    def names(texts: list[str]) -> tuple[Name, ...]:
        return tuple(Name(text=text, position=_AT) for text in texts)

    manifest = Manifest(
        profiles=tuple(
            ProfileEntry(
                name=name,
                position=_AT,
                extends=names(bases),
                declared=Declared(
                    state={"attributes.name": name}, positions={"attributes.name": _AT}, ignores=()
                ),
            )
            for name, bases in web.items()
        ),
        courses=(CourseEntry(id="1", position=_AT, profiles=names(used), declared=Declared()),),
    )
    found = resolve(manifest, today=TODAY)
    (course,), problems = found.courses, found.diagnostics
    layers = [one.layer.removeprefix("profile ") for one in course.origins.get("attributes.name", ())]
    assert len(layers) == len(set(layers))
    if "profile-cycle" not in {item.code for item in problems}:
        order = {layer: place for place, layer in enumerate(layers)}
        for name in layers:
            assert all(order[base] < order[name] for base in web[name] if base in order)
    known = set(web)
    unknown = {*used, *(base for bases in web.values() for base in bases)} - known
    assert bool(unknown) is ("unknown-profile" in {item.code for item in problems})
