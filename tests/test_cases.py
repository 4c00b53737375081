"""Walk the case folders: one per trap of Canvas, from a manifest to the final state.

A case is `case.json` (what is special about the Canvas and the course, and what of the plan is applied) and
`manifest.yaml`; golden are `plan.txt`, `report.txt` and `after.json`. Refresh them with --update, then read
the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue.field import Risk
from coursesync.model import Plan
from coursesync.render import RENDERERS, Look
from coursesync.workflow import Choice
from tests.lab import Lab

CASES = sorted(path for path in Path(__file__).parent.joinpath("cases").iterdir() if path.is_dir())
COURSE = 9001


@pytest.fixture(params=CASES, ids=lambda path: path.name)
def case(request: pytest.FixtureRequest) -> Path:
    found = request.param
    assert isinstance(found, Path)
    return found


def _lab(case: Path, root: Path) -> tuple[Lab, dict[str, Any]]:
    setup = json.loads(case.joinpath("case.json").read_text("utf-8"))
    lab = Lab(root=root, options=setup.get("options", {}), token=setup.get("token", "sandbox-admin"))
    lab.sandbox.add_course(id=COURSE, **{"name": "Biology", "course_code": "BIO", **setup.get("course", {})})
    for number, columns in setup.get("others", {}).items():
        lab.sandbox.edit(int(number), **columns)
    for kind, values in setup.get("world", {}).items():
        getattr(lab.sandbox, kind)(**values)
    lab.write(case.joinpath("manifest.yaml").read_text("utf-8"))
    return lab, setup


def _golden(path: Path, text: str, *, update: bool) -> None:
    if update:
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), f"{path.parent.name}/{path.name}"


def test_a_case_ends_as_its_golden_files_say(case: Path, tmp_path: Path, *, update: bool) -> None:
    lab, setup = _lab(case, tmp_path)
    plan = lab.plan()
    assert lab.sent() == [], "planning wrote something"
    _golden(case / "plan.txt", RENDERERS["text"](plan, Look(verbose=True)), update=update)
    report = lab.apply(plan, choice=_choice(setup))
    _golden(case / "report.txt", RENDERERS["text"](report, Look()), update=update)
    _golden(case / "after.json", _final(lab, setup), update=update)
    assert _written(lab) == _shown(plan, unverified=setup.get("send_unverified", False), setup=setup)
    if setup.get("converges", True):
        again = lab.plan()
        assert [change.field for course in again.courses for change in course.changes] == []


def _choice(setup: dict[str, Any]) -> Choice:
    return Choice(allow=Risk(setup.get("allow", "safe")), send_unverified=setup.get("send_unverified", False))


def _final(lab: Lab, setup: dict[str, Any]) -> str:
    """Return the stored columns a case is about."""
    stored = lab.sandbox.course(COURSE)
    columns = {name: stored.get(name) for name in setup["look_at"] if name != "settings"}
    if "settings" in setup["look_at"]:
        columns["settings"] = stored["settings"]
    return json.dumps(columns, indent=2, sort_keys=True) + "\n"


def _written(lab: Lab) -> list[tuple[str, Any]]:
    return [(path, body) for _, path, body in lab.sent()]


def _shown(plan: Plan, *, unverified: bool, setup: dict[str, Any]) -> list[tuple[str, Any]]:
    requests = list(plan.requests)
    if unverified:
        requests += [request for course in plan.courses for request in course.unverified_requests]
    stops = setup.get("stops_after")
    return [(request.path, _plain(request.body)) for request in requests][:stops]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=dict))


def test_every_case_looks_at_something(case: Path) -> None:
    setup = json.loads(case.joinpath("case.json").read_text("utf-8"))
    assert setup["look_at"]
    assert setup["trap"].endswith(".")
