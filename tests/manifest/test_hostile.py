"""Whatever a repository holds, loading and resolving it ends, soon, with a manifest and diagnostics."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursesync.catalogue import DECLARABLE, REFUSED
from coursesync.diagnostics import Diagnostic
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve
from coursesync.manifest.select import select
from tests.manifest.reading import TODAY, project

_WORDS = [
    "profiles",
    "courses",
    "id",
    "extends",
    "ignore",
    "attributes",
    "settings",
    "blueprint",
    "file",
    "p",
    "*",
]
_WORDS += [
    "select",
    "except",
    "enforce",
    "account",
    "term",
    "starts_after",
    "with_enrollments",
    "environments",
    "url",
]
_WORDS += ["field", "until", "restrictions", "policies", "${x}", "__proto__", "\u202e", "../../etc/passwd.md"]
_WORDS += sorted({row.name for row in DECLARABLE.values()} | {row.name for row in REFUSED.values()})
_TEXTS = st.one_of(st.sampled_from(_WORDS), st.text(max_size=8))
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS)
_TREES: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=5)),
    max_leaves=25,
)


def validate(files: dict[str, str | bytes]) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as place:
        root = project(Path(place), files)
        found, first = find_project(root)
        read = load(found, paths=[root / name for name in files])
        resolved = resolve(read.manifest, today=TODAY, account="1")
        chosen = select(resolved.courses, resolved.policies, root=root, target=["*"], files=read.files)
        names = [policy.name for policy in resolved.policies]
        layered = resolved.layered(names, None, id="1")[1] if names else ()
        return (*first, *read.diagnostics, *resolved.diagnostics, *chosen.diagnostics, *layered)


@given(_TREES, _TREES)
@settings(max_examples=300, deadline=None)
def test_any_document_is_a_manifest_or_told(tree: Any, other: Any) -> None:
    policies = [{"name": "p", "select": tree, "except": other}, {"name": "q", "select": {}, "settings": tree}]
    text = json.dumps(
        {
            "profiles": {"p": tree},
            "courses": [{"id": 1, "attributes": tree}, other],
            "policies": [*policies, tree, other],
        }
    )
    found = validate({"a.yaml": text, "b.yaml": json.dumps(other)})
    assert all(item.position is None or item.position.file in {"a.yaml", "b.yaml"} for item in found)


@given(_TREES)
@settings(max_examples=200, deadline=None)
def test_any_project_file_is_read_or_told(tree: Any) -> None:
    texts = {
        "coursesync.yaml": json.dumps({"manifests": tree, "environments": {"a": tree}}),
        "a.yaml": "courses: [{id: 1}]\n",
    }
    validate(dict(texts))


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_after_a_manifest_is_told_or_taken(text: str) -> None:
    start = "courses:\n  - id: 1\n    attributes:\n      name: "
    validate({"a.yaml": (start + text).encode("utf-8", "surrogatepass")})


def _course(number: int) -> str:
    return f"""\
  # The course of room {number % 40}, as its department wants it: published, with dates of its own.
  - id: sis_course_id:BIO-{number}-2026FA
    profiles: [online, fall-2026, department-of-biology-and-chemistry]
    attributes:
      name: Introduction to Biology, section {number}, taught by people whose names are quite long
      course_code: BIO-{number}
      default_view: modules
      time_zone: America/Denver
    settings: {{hide_final_grades: true, hide_distribution_graphs: false, usage_rights_required: false}}
    blueprint:
      enabled: true
      restrictions: {{content: true, points: false, due_dates: true, availability_dates: false}}
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "profiles: {online: {}, fall-2026: {}, department-of-biology-and-chemistry: {}}\n"
            "courses:\n" + "".join(map(_course, range(4_000))),
            None,
        ),
        (
            "courses:\n"
            + "".join(f"  - id: {n}\n    attributes: {{time_zone: Denvr}}\n" for n in range(4_000)),
            "invalid-value",
        ),
        ("courses:\n  - id: 1\n" * 1 + "  - id: 1\n" * 20_000, "duplicate-course"),
        (
            "courses:\n  - id: 1\n    settings:\n" + "".join(f"      k{n}: 1\n" for n in range(30_000)),
            "unknown-field",
        ),
        ("courses:\n  - id: 1\n    settings:\n      " + "k" * 1_000_000 + ": 1\n", None),
        (
            "profiles:\n  p0: {}\n" + "".join(f"  p{n + 1}: {{extends: [p{n}]}}\n" for n in range(20_000)),
            None,
        ),
        (
            "profiles:\n" + "".join(f"  p{n}: {{extends: [p{n + 1}, p{n + 2}]}}\n" for n in range(5_000)),
            "unknown-profile",
        ),
        ("courses:\n  - id: 1\n    ignore: [" + '"' + "*a" * 2_000_000 + '"]\n', "unknown-field"),
        ("courses:\n  - id: " + "1" * 4_000_000 + "\n", "wrong-type"),
        ("courses:\n  - id: 1\n    profiles: [" + "p, " * 40_000 + "]\n", "unknown-profile"),
        ("courses:\n  - id: 1\n    attributes: {end_at: 0001-01-01T00:00:00+14:00}\n", "wrong-type"),
        ("courses:\n  - id: 1\n    attributes: {end_at: '9999-12-31T23:59:59-14:00'}\n", "wrong-type"),
    ],
    ids=[
        "many-courses",
        "many-times-the-same-fault",
        "many-duplicates",
        "many-strange-keys",
        "long-key",
        "long-chain",
        "wide-web",
        "long-pattern",
        "long-number",
        "many-profiles",
        "first-year",
        "last-year",
    ],
)
def test_much_of_anything_is_read_to_its_end(text: str, code: str | None) -> None:
    found = validate({"a.yaml": text})
    assert code is None or code in {item.code for item in found}
    assert "too-large" not in {item.code for item in found}
    assert all(len(item.detail) < 2_000 for item in found)


def test_a_message_holds_nothing_that_acts_on_a_terminal() -> None:
    text = json.dumps(
        {
            "courses": [
                {
                    "id": "\u202e\x85",
                    "profiles": ["\u202e\u2066"],
                    "attributes": {"\u202ename\x9b": 1, "time_zone": "\u202e", "image_url": "\u202e"},
                    "blueprint": {"restrictions": {"\u202e": True}},
                    "ignore": ["\u202e", {"\u202e": 1}],
                },
                {"id": "uuid:\u202e"},
                {"id": "uuid:\u202e"},
            ],
            "\u202e": 1,
        }
    )
    found = validate({"a.yaml": text})
    assert len(found) > 8
    assert all((item.detail + item.hint).isprintable() for item in found)
