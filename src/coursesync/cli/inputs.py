"""What the commands start from: manifests resolved to desired courses, and a client for Canvas.

What talks to Canvas is imported where it is needed, so that commands which do not stay quick to start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coursesync import disk
from coursesync.cli.checkout import checkout
from coursesync.cli.options import environment
from coursesync.diagnostics import Diagnostic, errors, ordered
from coursesync.documents import load_snapshot
from coursesync.errors import UnsafePlan, UsageProblem
from coursesync.manifest.entries import Environment, Project
from coursesync.manifest.environments import chosen
from coursesync.manifest.given import files_now, for_environment, idle, overridden
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.manifest.select import Selected, select
from coursesync.manifest.variables import NO_OVERRIDES, Given, Overrides
from coursesync.model import Plan, Report, Snapshot, Source
from coursesync.model.barriers import Barriers, Limits

if TYPE_CHECKING:
    from coursesync.canvas.client import Canvas
    from coursesync.canvas.credentials import Credentials, Site
    from coursesync.cli.plan import Terms
    from coursesync.workflow import Clock, Fleet, Selection

_Result = TypeVar("_Result")
# What is shorter would be found in every other word.
_SHORTEST_TOKEN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """The manifests of a project: what they come to, every problem, and the files they came from.

    chosen: the entries and policies that the paths of the command line mean. account: of the environment.
    sound: whether the project file itself is without errors. environment_name, url: the Canvas that was asked
    for, by the name of its environment or by its address. about: the name of the environment this came to,
    if it is known. overrides: variables of the command line.
    """

    project: Project
    resolved: Resolved
    chosen: Selected
    account: str | None
    diagnostics: tuple[Diagnostic, ...]
    source: Source
    sound: bool = True
    environment_name: str | None = None
    url: str | None = None
    about: str | None = None
    overrides: Overrides = NO_OVERRIDES

    @property
    def barriers(self) -> Barriers:
        """Return what the project lets no plan do, whatever is declared."""
        return self.project.barriers

    def limited(self, limits: Limits) -> Manifests:
        """Return them with limits of the command line, which overrule those of the project."""
        project = replace(self.project, barriers=self.project.barriers.limited(limits))
        return replace(self, project=project)

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
            barriers=self.barriers,
            environment=self.about,
        )


def read_manifests(
    paths: Sequence[Path],
    *,
    project_file: Path | None,
    environment_name: str | None = None,
    url: str | None = None,
    overrides: Overrides = NO_OVERRIDES,
    plan: Plan | None = None,
) -> Manifests:
    """Load and resolve every manifest of the project; `paths` choose entries, never files to leave out.

    environment_name: as -e has it. url: the Canvas of a saved state. Either tells which account policies
    without one are about. overrides: variables of the command line. plan: a saved one that is to be carried
    out, made for one of the environments. Raises UsageProblem for an unknown name, and for one of another
    Canvas than `url`.
    """
    project, problems = find_project(Path.cwd(), project_file)
    if plan:
        url, environment_name = plan.canvas.url, made_for(plan, project)
    about = _environment(project, environment_name, url)
    given, unset = overridden(for_environment(project, about), overrides, root=project.root)
    _refuse_secrets(given, project)
    loaded = load(project, paths=paths, given=given)
    unset += tuple(idle(overrides, loaded.manifest))
    account = _account(project, about, url)
    resolved = resolve(loaded.manifest, today=datetime.now(UTC).date(), account=account)
    files = files_now(loaded.files, plan, project.root) if plan else loaded.files
    selected = select(resolved.courses, resolved.policies, root=project.root, paths=paths, files=loaded.files)
    return Manifests(
        project=project,
        resolved=resolved,
        chosen=selected,
        account=account,
        diagnostics=ordered(
            (*problems, *unset, *loaded.diagnostics, *resolved.diagnostics, *selected.diagnostics)
        ),
        source=checkout(project.root, files),
        sound=not errors(problems),
        environment_name=environment_name,
        url=url,
        about=about.name if about else None,
        overrides=overrides,
    )


def _refuse_secrets(given: Given, project: Project) -> None:
    """Refuse a variable that holds a token, as values of variables are shown. Raises UsageProblem."""
    if not given.variables:
        return
    from coursesync.canvas.credentials import TOKEN_VARIABLE

    holders = {TOKEN_VARIABLE, *(one.token_env for one in project.environments if one.token_env)}
    for holder in sorted(holders):
        secret = environment().get(holder, "").strip()
        for variable in given.variables.values() if len(secret) >= _SHORTEST_TOKEN else ():
            if secret in variable.literal.text:
                raise UsageProblem(
                    f"The variable {variable.name} holds the token of {holder}, and values are shown.",
                    hint="Give the token by its own variable only.",
                )


def made_for(document: Plan | Report, project: Project) -> str | None:
    """Return the name of the environment a document is of, if the project has it for the same Canvas."""
    same = (one.name for one in project.environments if one.url == document.canvas.url)
    return next((name for name in same if name == document.environment), None)


def _environment(project: Project, name: str | None, url: str | None) -> Environment | None:
    """Return the environment a run is about, if known. Raises UsageProblem as `read_manifests` does."""
    if name is None and not project.environments:
        return None
    found = chosen(project, name=name, url=url or _named_url() or None)
    if name and found and url and found.url != url:
        raise UsageProblem(
            f'The saved state is of {url}, and the environment "{name}" is {found.url}.',
            hint="Save its state with plan -e NAME --save-live, or name the environment the state is of.",
        )
    return found


def _account(project: Project, about: Environment | None, url: str | None) -> str | None:
    """Return the account of the environment a run is about, or of any one while no Canvas is named."""
    if about or (project.environments and (url or _named_url())):
        return about.account if about else None
    return next((one.account for one in project.environments if one.account), None)


def _named_url() -> str:
    """Return the address the environment names, as `address` writes it where it is one."""
    from coursesync.canvas.credentials import URL_VARIABLE, address

    url = environment().get(URL_VARIABLE, "").strip()
    try:
        return address(url) if url else ""
    except UsageProblem:
        # What is wrong with the variable is said where the client is made.
        return url


def access(project: Project, *, name: str | None = None, url: str | None = None) -> Credentials:
    """Return which Canvas a run is about and as whom.

    name: as -e has it. url: of the Canvas that a saved plan is bound to. Raises UsageProblem where that is
    not known, UnsafePlan where the token would go to a host that the environment does not allow.
    """
    from coursesync.canvas.credentials import credentials

    named = _named_url()
    found = chosen(project, name=name, url=url or named or None)
    if found is None and not named and project.environments:
        raise _undecided(project, url)
    return credentials(environment(), _site(found, project.environments) if found else None)


def _site(found: Environment, known: Sequence[Environment]) -> Site:
    from coursesync.canvas.credentials import Site

    alone = len({one.url for one in known}) == 1
    return Site(name=found.name, url=found.url, token_env=found.token_env, alone=alone)


def _undecided(project: Project, url: str | None) -> UsageProblem | UnsafePlan:
    names = ", ".join(one.name for one in project.environments)
    if url:
        return UnsafePlan(
            f"The plan was made for {url}, and no environment of the project file is that Canvas.",
            hint=f"Its environments: {names}",
        )
    return UsageProblem(
        "The project file names several environments, and none is the default.",
        hint=f"Choose one with -e NAME, or name it as default_environment: {names}",
    )


def snapshot_in(path: Path) -> Snapshot:
    """Return the live state saved in a file. Raises UsageProblem or PlanFileError where it is none."""
    return load_snapshot(disk.text_in(path, "live state"), name=str(path))


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


def client(terms: Terms, *, read_only: bool) -> Canvas:
    """Return a client for the Canvas of a run."""
    from coursesync.canvas.client import Canvas

    return Canvas(terms.access, credit=terms.credit, read_only=read_only)
