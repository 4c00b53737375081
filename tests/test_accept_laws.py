"""Laws of accepting, on generated fleets: a plan has nothing left to do, and nothing else was touched."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Invalid, Value
from coursesync.diagnostics import errors
from coursesync.manifest.dump import written
from coursesync.manifest.models import GROUPS
from coursesync.model import Plan
from coursesync.workflow.accept import Acceptance
from tests.accepting import Desk, changed_lines
from tests.test_laws import courses, declarations
from tests.test_roundtrip import FEATURES

ONE, TWO, THREE = 9001, 9002, 9003
COMMENT = "# kept: as it is"


@st.composite
def bodies(draw: st.DrawFn, column: int) -> str:
    """Write declarations as people do: in blocks or braces, quoted or not, with comments."""
    groups: dict[str, dict[str, Value]] = {}
    for address, value in draw(declarations()).items():
        group, _, name = address.partition(".")
        groups.setdefault(group, {})[name] = value
    margin, inner = " " * column, " " * (column + draw(st.sampled_from([1, 2, 4])))
    text = ""
    for group, fields in groups.items():
        if draw(st.booleans()):
            said = ", ".join(f"{name}: {json.dumps(value)}" for name, value in fields.items())
            text += f"{margin}{group}: {{{said}}}{draw(comments)}\n"
            continue
        text += f"{margin}{group}:{draw(comments)}\n"
        for name, value in fields.items():
            text += draw(st.sampled_from(["", "\n", f"{inner}{COMMENT}\n"]))
            said = draw(st.sampled_from([json.dumps(value), plain(f"{group}.{name}", value, len(inner))]))
            text += f"{inner}{name}: {said}{'' if chr(10) in said else draw(comments)}\n"
    return text


comments = st.sampled_from(["", f" {COMMENT}", f"\t{COMMENT}", "  "])


def plain(address: str, value: Value, column: int) -> str:
    try:
        return written(FIELDS[address], value, indent=column)
    except Invalid:
        return json.dumps(value)


@st.composite
def fleets(draw: st.DrawFn) -> str:
    """Write two profiles, a policy that has one, and two entries; a third course only the policy knows."""
    text = "profiles:\n"
    for name in ("p", "q"):
        body = draw(bodies(4))
        text += f"  {name}:\n{body}" if body else f"  {name}: {{}}\n"
    text += "policies:\n  - name: all\n    select: {account: 1, name: 'Law *'}\n    profiles: [q]\n"
    text += draw(bodies(4))
    text += f"courses:\n{draw(st.sampled_from(['', COMMENT + chr(10)]))}"
    for number, profiles in ((ONE, "[p]"), (TWO, draw(st.sampled_from(["[]", "[p]", "[q, p]"])))):
        text += f"  - id: {number}\n    profiles: {profiles}{draw(comments)}\n{draw(bodies(4))}"
    return text if draw(st.booleans()) else text.rstrip("\n")


class Trial:
    """A generated project beside courses that are as they are."""

    def __init__(self, columns: list[Mapping[str, Any]], text: str, newline: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.desk = Desk(root=Path(self._folder.name))
        self.desk.sandbox.edit_account(1, features=FEATURES)
        for number, told in zip((ONE, TWO, THREE), columns, strict=True):
            self.desk.sandbox.add_course(
                id=number,
                name=f"Law {number}",
                course_code="LAW",
                has_front_page=True,
                sis_source_id=f"LAW-{number}",
                **told,
            )
        self.desk.put("fleet.yaml", text.replace("\n", newline))

    def __enter__(self) -> Desk:
        return self.desk

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def changes(plan: Plan) -> set[tuple[int, str]]:
    """Return what a plan is to change, without what it sends to keep it as it is."""
    return {
        (course.id, change.field)
        for course in plan.courses
        for change in course.changes
        if change.expected is not None or not FIELDS[change.field].same(change.before, change.after)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    columns=st.lists(courses, min_size=3, max_size=3),
    text=fleets(),
    newline=st.sampled_from(["\n", "\n", "\r\n"]),
    into_profile=st.booleans(),
)
def test_what_is_accepted_is_in_sync_and_the_rest_of_every_file_is_as_it_was(
    columns: list[dict[str, Any]], text: str, newline: str, *, into_profile: bool
) -> None:
    with Trial(columns, text, newline) as desk:
        assume(not errors(desk.problems()))
        old, before = desk.text("fleet.yaml"), desk.plan()
        done = desk.accept(into_profile=into_profile)
        _check_plan(desk, done, before)
        _check_text(old, desk.text("fleet.yaml"), done, newline)
        again = desk.accept(into_profile=into_profile)
        assert again.accepted == ()
        assert again.patches == ()


def _check_plan(desk: Desk, done: Acceptance, before: Plan) -> None:
    assert not errors(desk.problems())
    left = changes(desk.plan())
    assert not left & {(item.id, item.field) for item in done.accepted}
    # A course whose plan was impossible had none, and may have one now.
    planned = {course.id for course in before.courses}
    assert {one for one in left if one[0] in planned} <= changes(before)
    refused = " ".join(item.detail for item in done.refused)
    # Of the two restriction maps the refusal may name the other one.
    assert all(field.removesuffix("_by_object_type") in refused for _, field in left), (left, refused)
    assert "cannot be edited safely" not in refused


def _check_text(old: str, new: str, done: Acceptance, newline: str) -> None:
    patched = {patch.name: patch for patch in done.patches}
    if "fleet.yaml" not in patched:
        assert old == new
        return
    assert new.count(COMMENT) == old.count(COMMENT)
    assert new.endswith("\n") == old.endswith("\n")
    if newline == "\r\n":
        assert re.search(r"(?<!\r)\n", new) is None
    names = {item.field.partition(".")[2] for item in done.accepted if item.file == "fleet.yaml"}
    maps = {"restrictions", "restrictions_by_object_type"}
    allowed = names | (maps if names & maps else set())
    lines = [line.rstrip("\r") for line in changed_lines([patched["fleet.yaml"]])]
    # The last line of a file without a newline stands in the patch twice, as it gets one.
    twice = {line[1:] for line in lines if line[:1] == "-"} & {line[1:] for line in lines if line[:1] == "+"}
    for line in (line for line in lines if line[1:] not in twice):
        said = line[1:].strip("\r ")
        group = re.match(rf"({'|'.join(GROUPS)}):(?:\s*$|\s*#|\s*\{{)", said)
        lock = bool(names & maps) and re.match(r"\w+: (true|false|\{)", said)
        assert group or lock or any(f"{name}:" in said for name in allowed), line
