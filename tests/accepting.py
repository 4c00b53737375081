"""A laboratory in which live values are accepted into the manifests of its project folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coursesync.canvas.bulk import Reader
from coursesync.diagnostics import errors
from coursesync.manifest.edit.disk import Patch, unified
from coursesync.manifest.load import find_project
from coursesync.model import Source
from coursesync.workflow import Fleet, LiveSource, Scope, Selection
from coursesync.workflow.accept import Acceptance, Ask, make_acceptance, save_acceptance
from tests.lab import Lab


@dataclass(slots=True)
class Desk(Lab):
    """A laboratory that knows how to accept."""

    def proposal(
        self,
        *,
        fields: tuple[str, ...] = (),
        into_profile: bool = False,
        into_files: bool = False,
        scope: Scope | None = None,
        target: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> Acceptance:
        """Return what would be accepted; nothing is written."""
        loaded, resolved, found = self.resolved()
        assert not errors(found), found
        project, _ = find_project(self.root, None)

        async def work() -> Acceptance:
            async with self.canvas(read_only=True) as canvas:
                return await make_acceptance(
                    Fleet(
                        resolved=resolved,
                        selection=Selection(target=target, exclude=exclude),
                        problems=found,
                        account=self.account,
                        **({"scope": scope} if scope else {}),
                    ),
                    LiveSource(Reader(canvas, account=self.account)),
                    project=project,
                    manifests=Source(manifests=loaded.files),
                    ask=Ask(fields=fields, into_profile=into_profile, into_files=into_files),
                )

        return asyncio.run(work())

    def accept(
        self,
        *,
        fields: tuple[str, ...] = (),
        into_profile: bool = False,
        into_files: bool = False,
        target: tuple[str, ...] = (),
    ) -> Acceptance:
        """Accept, and see that nothing was sent."""
        sent = len(self.sent())
        done = save_acceptance(
            self.proposal(fields=fields, into_profile=into_profile, into_files=into_files, target=target)
        )
        assert len(self.sent()) == sent
        return done

    def accepted(
        self, *, into_profile: bool = False, into_files: bool = False, target: tuple[str, ...] = ()
    ) -> Acceptance:
        """Accept everything; nothing is refused, and a plan has nothing left to do."""
        done = self.accept(into_profile=into_profile, into_files=into_files, target=target)
        assert done.refused == (), done.refused
        assert self.left(target=target) == {}
        return done

    def left(self, **selection: tuple[str, ...]) -> dict[int, list[str]]:
        """Return the fields a plan would still change, by course."""
        plan = self.plan(**selection)
        assert not errors(plan.diagnostics), plan.diagnostics
        return {
            course.id: [change.field for change in course.changes]
            for course in plan.courses
            if course.changes
        }

    def text(self, name: str = "courses.yaml") -> str:
        """Return what is in a file."""
        return self.root.joinpath(name).read_bytes().decode()

    def put(self, name: str, text: str) -> Path:
        """Write a file byte by byte, and its folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path


def changed_lines(patches: Iterable[Patch]) -> list[str]:
    """Return the lines that patches take out and put in, with their signs."""
    lines = unified(patches).split("\n")
    return [line for line in lines if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
