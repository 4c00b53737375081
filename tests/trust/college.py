"""The college of the examples with something to do in it, as a laboratory made anew for each input."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from coursesync.canvas.bulk import Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials, Token
from coursesync.diagnostics import errors
from coursesync.documents import dump_snapshot, load_snapshot
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.model import Plan, Snapshot, Source
from coursesync.workflow import Fleet, LiveSource, SavedSource, make_plan, save_live
from tests.lab import URL, Lab, Time

EXAMPLES = Path(__file__).parents[2] / "examples"
# Where neither the list of the account nor GraphQL can be meant, so that single courses are read too.
FEW = """\
courses:
  - id: sis_course_id:BIO-101-2026FA
    attributes: {name: Botany, default_view: modules, syllabus_body: "<p>New</p>", time_zone: America/Denver}
    settings: {hide_final_grades: true, home_page_announcement_limit: 4}
  - id: sis_course_id:BIO-205-2026FA
    attributes:
      {workflow_state: available, account_id: sis_account_id:ARTS, enrollment_term_id: sis_term_id:2026FA}
    settings: {default_due_time: "22:00:00"}
  - id: 424242
    attributes: {name: Nobody}
"""

Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


@dataclass(slots=True)
class Between(Lab):
    """A laboratory with something between us and Canvas."""

    wrap: Wrap = lambda transport: transport

    def canvas(self, *, read_only: bool = False) -> Canvas:
        inner = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return Canvas(
            Credentials(url=URL, token=Token(self.token)),
            transport=self.wrap(inner),
            sleep=self.time.sleep,
            clock=self.time.monotonic,
            chance=lambda: 0.5,
            read_only=read_only,
        )


@contextmanager
def laboratory(manifest: str | None, **options: Any) -> Any:
    """Give a laboratory with the manifests of the examples, or with this one."""
    with TemporaryDirectory() as place:
        root = Path(place).resolve()
        if manifest is None:
            shutil.copytree(EXAMPLES, root, dirs_exist_ok=True)
        else:
            root.joinpath("courses.yaml").write_text(manifest, encoding="utf-8")
        yield Between(root=root, account="1", **options)


@cache
def resolved_examples() -> Resolved:
    """Return the courses and policies of the examples."""
    project, _ = find_project(EXAMPLES)
    found = resolve(load(project).manifest, today=Time().now().date(), account="1")
    assert not errors(found.diagnostics)
    return found


@cache
def snapshot_text() -> str:
    """Return the live state of the college as a saved text."""
    with laboratory(None) as lab:
        fleet = Fleet(resolved=resolved_examples(), account="1")

        async def work() -> str:
            async with lab.canvas(read_only=True) as canvas:
                source = LiveSource(Reader(canvas, account="1"))
                saved, _ = await save_live(fleet, source, url=canvas.url, clock=lab.clock)
                return dump_snapshot(saved)

        text = asyncio.run(work())
    assert load_snapshot(text, name="live.json").courses
    return text


def planned_from(snapshot: Snapshot) -> Plan:
    """Return the plan that saved live state leads to."""
    return asyncio.run(
        make_plan(
            Fleet(resolved=resolved_examples(), account="1"),
            SavedSource(snapshot),
            url=snapshot.canvas.url,
            manifests=Source(),
            clock=Between(root=EXAMPLES).clock,
        )
    )
