"""What the commands start from: manifests resolved to desired courses, and a client for Canvas.

What talks to Canvas is imported where it is needed, so that commands which do not stay quick to start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coursesync.cli.checkout import checkout
from coursesync.cli.options import environment
from coursesync.diagnostics import Diagnostic, errors, ordered
from coursesync.documents import load_snapshot
from coursesync.errors import UsageProblem
from coursesync.manifest.entries import Environment, Project
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.manifest.select import Selected, select
from coursesync.model import Snapshot, Source

if TYPE_CHECKING:
    from coursesync.canvas.client import Canvas
    from coursesync.canvas.credit import Credit
    from coursesync.workflow import Clock, Fleet, Selection

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """The manifests of a project: what they come to, every problem, and the files they came from.

    chosen: the entries and policies that the paths of the command line mean. account: of the environment.
    """

    project: Project
    resolved: Resolved
    chosen: Selected
    account: str | None
    diagnostics: tuple[Diagnostic, ...]
    source: Source

    def broken(self, *, strict: bool) -> bool:
        """Tell whether a problem forbids going on."""
        return bool(errors(self.diagnostics, strict=strict))

    def fleet(self, selection: Selection) -> Fleet:
        """Return what a plan is made of: everything declared, and which of it is meant."""
        from coursesync.workflow import Fleet, Scope

        chosen = self.chosen
        return Fleet(
            resolved=self.resolved,
            scope=Scope(
                entries=frozenset(course.id for course in chosen.courses), policies=frozenset(chosen.policies)
            ),
            selection=selection,
            problems=self.diagnostics,
            account=self.account,
        )


def read_manifests(paths: Sequence[Path], *, project_file: Path | None, url: str | None = None) -> Manifests:
    """Load and resolve every manifest of the project; `paths` choose entries, never files to leave out.

    url: the Canvas this is for, where it is not the one of the environment; it tells which account policies
    without one are about.
    """
    project, problems = find_project(Path.cwd(), project_file)
    loaded = load(project, paths=paths)
    account = _account(project.environments, url)
    resolved = resolve(loaded.manifest, today=datetime.now(UTC).date(), account=account)
    chosen = select(resolved.courses, resolved.policies, root=project.root, paths=paths, files=loaded.files)
    return Manifests(
        project=project,
        resolved=resolved,
        chosen=chosen,
        account=account,
        diagnostics=ordered((*problems, *loaded.diagnostics, *resolved.diagnostics, *chosen.diagnostics)),
        source=checkout(project.root, loaded.files),
    )


def _account(environments: Sequence[Environment], url: str | None) -> str | None:
    """Return the account of the environment that a Canvas is, or of any one while no Canvas is named."""
    if not environments:
        return None
    from coursesync.canvas.credentials import URL_VARIABLE, address

    url = url or environment().get(URL_VARIABLE, "")
    try:
        here = address(url) if url else ""
    except UsageProblem:
        # What is wrong with the variable is said where the client is made.
        here = url
    found = (one.account for one in environments if one.account and (not here or one.url == here))
    return next(found, None)


def snapshot_in(path: Path) -> Snapshot:
    """Return the live state saved in a file. Raises UsageProblem or PlanFileError where it is none."""
    return load_snapshot(text_in(path, "live state"), name=str(path))


def text_in(path: Path, word: str) -> str:
    """Return the text of a file that is meant to be a `word`. Raises UsageProblem where it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} cannot be read as {word}.") from error


def completed(work: Coroutine[object, object, _Result]) -> _Result:
    """Run a coroutine to its end and return its result.

    The result goes past asyncio.run: CPython puts the finished task, and with it the whole plan in words,
    into a message nobody sees when it gives the signal handler back.
    """
    results: list[_Result] = []

    async def keep() -> None:
        results.append(await work)

    asyncio.run(keep())
    return results[0]


def clock() -> Clock:
    """Return the real clock."""
    from coursesync.workflow import Clock

    return Clock(now=lambda: datetime.now(UTC), sleep=asyncio.sleep)


def url_of_canvas() -> str:
    """Return the base URL of the Canvas the environment names. Raises UsageProblem or UnsafePlan."""
    from coursesync.canvas.credentials import credentials

    return credentials(environment()).url


def client(credit: Credit, *, read_only: bool) -> Canvas:
    """Return a client for the Canvas the environment names. Raises UsageProblem or UnsafePlan."""
    from coursesync.canvas.client import Canvas
    from coursesync.canvas.credentials import credentials

    return Canvas(credentials(environment()), credit=credit, read_only=read_only)
