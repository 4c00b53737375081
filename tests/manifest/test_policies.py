"""Policies below and above what courses say: precedence, enforcement, disagreement, and what is shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursesync.diagnostics import Diagnostic
from coursesync.manifest.resolve import Resolved, resolve
from tests.manifest.reading import TODAY, loaded

LAYERS = """\
profiles:
  quiet:
    settings: {hide_final_grades: true}
    attributes: {license: cc_by, default_view: wiki}
policies:
  - name: weak
    select: {account: 1}
    profiles: [quiet]
    attributes: {course_format: online}
    ignore: [attributes.name]
  - name: strong
    select: {account: 1}
    enforce: true
    profiles: [quiet]
    attributes: {license: private}
courses:
  - id: 7
    profiles: [quiet]
    attributes: {course_format: on_campus, default_view: wiki}
    ignore: [attributes.course_code]
"""


def found(root: Path, text: str, *, account: str | None = None) -> Resolved:
    """Resolve a manifest that loads without a problem."""
    read = loaded(root, {"a.yaml": text})
    assert read.diagnostics == ()
    return resolve(read.manifest, today=TODAY, account=account)


def told(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, str, str | None]]:
    return [(item.code, str(item.position), item.course) for item in diagnostics]


def test_courses_are_resolved_without_policies_and_policies_stand_in_their_order(tmp_path: Path) -> None:
    resolved = found(tmp_path, LAYERS)
    assert [policy.name for policy in resolved.policies] == ["weak", "strong"]
    (course,) = resolved.courses
    assert [one.layer for one in course.origins["settings.hide_final_grades"]] == ["profile quiet"]
    assert resolved.layered((), "7", id="7") == (course, ())
    assert resolved.diagnostics == ()


def test_policies_are_the_weakest_layers_and_enforced_ones_the_strongest(tmp_path: Path) -> None:
    course, problems = found(tmp_path, LAYERS).layered(["strong", "weak"], "7", id="7")
    assert problems == ()
    assert dict(course.state) == {
        "attributes.course_format": "on_campus",
        "attributes.default_view": "wiki",
        "attributes.license": "private",
        "settings.hide_final_grades": True,
    }
    assert [(one.layer, one.line) for one in course.origins["attributes.license"]] == [
        ("profile quiet of policy weak", 4),
        ("profile quiet", 4),
        ("profile quiet of policy strong", 4),
        ("policy strong", 15),
    ]
    assert [(one.pattern, one.origin.layer) for one in course.ignores] == [
        ("attributes.name", "policy weak"),
        ("attributes.course_code", "course"),
    ]


def test_a_course_without_an_entry_is_what_its_policies_say(tmp_path: Path) -> None:
    course, problems = found(tmp_path, LAYERS).layered(["weak"], None, id="4123")
    assert problems == ()
    assert (course.id, str(course.position)) == ("4123", "a.yaml:6:5")
    assert course.state["attributes.course_format"] == "online"
    assert [one.layer for one in course.origins["attributes.course_format"]] == ["policy weak"]


def test_courses_with_the_same_layers_share_them_as_objects(tmp_path: Path) -> None:
    resolved = found(tmp_path, LAYERS)
    one, its_problems = resolved.layered(["weak", "strong"], None, id="1")
    other, others = resolved.layered(("strong", "weak"), None, id="2")
    assert (one.id, other.id) == ("1", "2")
    assert one.state is other.state
    assert one.origins is other.origins
    assert one.ignores is other.ignores
    assert its_problems is others
    assert resolved.layered(["weak"], None, id="1")[0].state is not one.state
    assert resolved.layered(["weak"], "7", id="7")[0] is resolved.layered(["weak"], "7", id="7")[0]


def test_a_policy_without_account_takes_the_one_of_the_environment(tmp_path: Path) -> None:
    text = (
        "policies:\n  - {name: all, select: {}}\n  - {name: arts, select: {account: sis_account_id:ARTS}}\n"
    )
    resolved = found(tmp_path, text, account="1")
    assert resolved.diagnostics == ()
    assert [policy.selector.account for policy in resolved.policies] == ["1", "sis_account_id:ARTS"]
    assert told(found(tmp_path, text).diagnostics) == [("policy-without-account", "a.yaml:2:6", None)]


TWO = """\
profiles:
  p: {attributes: %s}
policies:
  - name: one
    select: {account: 1}
    profiles: [p]
  - name: two
    select: {account: 1}
    %s
courses:
  - id: 7
    %s
"""


@pytest.mark.parametrize(
    ("weaker", "stronger", "warned"),
    [
        ("{license: cc_by}", "attributes: {license: private}", True),
        ("{license: cc_by}", "attributes: {license: cc_by}", False),
        ("{license: cc_by}", "attributes: {default_view: wiki}", False),
        ("{license: cc_by}", "{enforce: true, attributes: {license: private}}", False),
        ("{start_at: 2026-08-24T06:00:00Z}", "attributes: {start_at: 2026-08-24T00:00:00-06:00}", False),
        ("{course_format: online}", "attributes: {course_format: null}", True),
    ],
    ids=["differs", "agrees", "other-field", "other-strength", "another-spelling", "cleared"],
)
def test_two_policies_that_set_a_field_differently_are_told_once(
    tmp_path: Path, weaker: str, stronger: str, warned: bool
) -> None:
    text = TWO % (weaker, stronger.strip("{}") if "enforce" in stronger else stronger, "ignore: []")
    text = text.replace("enforce: true, ", "enforce: true\n    ").replace("private\n", "private}\n")
    resolved = found(tmp_path, text)
    declared = [resolved.layered(["one", "two"], "7", id="7")[1]]
    bare = [resolved.layered(["one", "two"], None, id=name)[1] for name in ("1", "2")]
    every = dict.fromkeys(item for problems in declared + bare for item in problems)
    assert [item.code for item in every] == (["policy-conflict"] if warned else [])
    for item in every:
        assert item.severity == "warning"
        assert (str(item.position), item.course) == ("a.yaml:9:18", None)
        assert '"one"' in item.detail
        assert '"two"' in item.detail
        assert "a.yaml:2:" in item.detail


def test_the_two_restriction_maps_are_a_disagreement_and_the_later_one_displaces_the_other(
    tmp_path: Path,
) -> None:
    text = """\
policies:
  - name: general
    select: {account: 1}
    blueprint: {restrictions: {content: true}}
  - name: by type
    select: {account: 1}
    blueprint: {restrictions_by_object_type: {quiz: {points: true}}}
courses:
  - id: 7
    blueprint: {restrictions: {points: true}}
"""
    resolved = found(tmp_path, text)
    course, problems = resolved.layered(["general", "by type"], None, id="1")
    assert dict(course.state) == {"blueprint.restrictions_by_object_type": {"quiz": {"points": True}}}
    assert set(course.origins) == set(course.state)
    assert told(problems) == [("policy-conflict", "a.yaml:7:17", None)]
    course, problems = resolved.layered(["by type"], "7", id="7")
    assert dict(course.state) == {"blueprint.restrictions": {"points": True}}
    assert problems == ()


ENFORCED = """\
profiles:
  p: {attributes: {license: cc_by}}
policies:
  - name: law
    select: {account: 1}
    enforce: true
    attributes: {license: private}
    blueprint: {enabled: true, restrictions: {content: true}}
courses:
  - id: 7
    profiles: [p]
    %s
"""


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("attributes: {license: cc_by}", "policy-overruled"),
        ("attributes: {license: private}", None),
        ("ignore: []", None),
        ("blueprint: {restrictions_by_object_type: {}}", "policy-overruled"),
        ("blueprint: {restrictions: {content: true, points: false}}", None),
    ],
    ids=["differs", "agrees", "only-a-profile-differs", "another-map", "the-same-map"],
)
def test_an_entry_that_contradicts_an_enforced_policy_is_an_error(
    tmp_path: Path, own: str, code: str | None
) -> None:
    resolved = found(tmp_path, ENFORCED % own)
    course, problems = resolved.layered(["law"], "7", id="7")
    assert course.state["attributes.license"] == "private"
    assert course.state["blueprint.restrictions"] == {"content": True}
    assert "blueprint.restrictions_by_object_type" not in course.state
    assert [item.code for item in problems] == ([code] if code else [])
    for item in problems:
        assert item.severity == "error"
        assert str(item.position).startswith("a.yaml:12:")
        assert item.course == "7"
        assert '"law"' in item.detail
        assert "a.yaml:7:18" in item.detail or "a.yaml:8:32" in item.detail


CONTRADICTION = """\
policies:
  - name: term dates
    select: {account: 1}
    attributes: {restrict_enrollments_to_course_dates: false}
  - name: end
    select: {account: 1}
    attributes: {end_at: 2026-12-18T00:00:00Z}
courses:
  - id: 7
    attributes: {end_at: 2026-12-19T00:00:00Z}
"""


def test_layers_that_contradict_each_other_only_together_are_told_with_the_course_at_fault(
    tmp_path: Path,
) -> None:
    resolved = found(tmp_path, CONTRADICTION)
    assert resolved.diagnostics == ()
    names = ["term dates", "end"]
    assert told(resolved.layered(names, None, id="1")[1]) == [("conflicting-fields", "a.yaml:7:18", None)]
    assert told(resolved.layered(names, "7", id="7")[1]) == [("conflicting-fields", "a.yaml:10:18", "7")]


def test_a_policy_is_checked_by_itself_with_its_profiles(tmp_path: Path) -> None:
    text = """\
profiles:
  p: {attributes: {restrict_enrollments_to_course_dates: false}}
policies:
  - name: end
    select: {account: 1}
    profiles: [p]
    attributes: {end_at: 2026-12-18T00:00:00Z}
"""
    assert told(found(tmp_path, text).diagnostics) == [("conflicting-fields", "a.yaml:7:18", None)]
