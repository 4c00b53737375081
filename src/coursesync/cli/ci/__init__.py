"""`coursesync ci`: what the jobs of GitHub and GitLab run; the forge is told by the variables it sets."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from coursesync.cli.ci.applying import apply_reviewed
from coursesync.cli.ci.desk import Desk, Where
from coursesync.cli.options import environment
from coursesync.documents import load_plan
from coursesync.errors import ExitCode, strongest
from coursesync.forge import forge_of
from coursesync.forge.nouns import APPLY, DRIFT


@click.group()
def ci() -> None:
    """Run a job of GitHub or GitLab CI.

    Each runs the command it is named after, shows the outcome where the forge
    shows such things, and leaves its files in coursesync-report/. Options that
    it does not know itself are passed on.
    """


def _job(function: Callable[..., int]) -> click.Command:
    """Make a job of a function that gets a desk and the arguments to pass on."""

    @functools.wraps(function)
    def job(
        arguments: tuple[str, ...],
        name: str | None,
        project: Path | None,
        values: tuple[str, ...],
        files: tuple[str, ...],
        **options: Any,
    ) -> int:
        variables = (*(f"--var-file={file}" for file in files), *(f"--var={value}" for value in values))
        with forge_of(environment()) as forge:
            desk = Desk(forge=forge, where=Where(environment=name, project=project, variables=variables))
            desk.clear()
            return function(desk, arguments, **options)

    for option in (
        click.option("-e", "--environment", "name", metavar="NAME", help="The environment to work on."),
        click.option("--project", type=click.Path(path_type=Path, dir_okay=False), help="The project file."),
        click.option("--var", "values", multiple=True, metavar="NAME=VALUE", help="A variable of manifests."),
        click.option("--var-file", "files", multiple=True, metavar="FILE", help="A file of variables."),
        click.argument("arguments", nargs=-1, type=click.UNPROCESSED),
    ):
        job = option(job)
    return ci.command(context_settings={"ignore_unknown_options": True})(job)


@_job
def check(desk: Desk, arguments: tuple[str, ...]) -> int:
    """Validate the manifests and their layout, without a token.

    Where the main branch left a saved state of Canvas, a plan against it is
    shown too; it does not count, as the state may be old.
    """
    valid = desk.run("validate", *desk.outputs("validate", "sarif", "markdown"), *arguments)
    laid_out = desk.run("fmt", "--check", whole=False)
    said = [desk.markdown("validate", valid)]
    if laid_out:
        said.append("The layout of some files is not canonical. To mend it: `coursesync fmt`")
    live = desk.left(DRIFT, "live.json") if valid == ExitCode.DONE else None
    if live:
        planned = desk.run("plan", "--live", live, *desk.outputs("plan", "markdown", "html"))
        said += ["The plan below is held against a saved state of Canvas.", desk.markdown("plan", planned)]
    desk.summarise(said)
    desk.annotate("validate")
    return strongest(ExitCode(valid), ExitCode(laid_out))


@_job
def plan(desk: Desk, arguments: tuple[str, ...]) -> int:
    """Plan, and show the plan on the pull request.

    The job fails where no plan can be made, not where there are changes.
    """
    file = desk.file("plan.json")
    code = desk.run("plan", "--out", file, *desk.outputs("plan", "markdown", "html", "sarif"), *arguments)
    digest = load_plan(file.read_text("utf-8"), name=file.name).digest if file.is_file() else ""
    said = [desk.markdown("plan", code)]
    desk.summarise(said)
    desk.comment(desk.forge.job.change, said, digest=digest)
    desk.annotate("plan")
    return code


@_job
@click.option("--run", "number", type=click.IntRange(min=1), help="Apply the plan of this run, made by hand.")
def apply(desk: Desk, arguments: tuple[str, ...], *, number: int | None) -> int:
    """Apply the plan that was reviewed on the pull request just merged.

    Without such a plan it applies nothing, and fails where there is something
    to apply.
    """
    return apply_reviewed(desk, arguments, run=number)


@_job
@click.option("--save-live", is_flag=True, help="Keep what was read, for pull requests from forks.")
def drift(desk: Desk, arguments: tuple[str, ...], *, save_live: bool) -> int:
    """Report where Canvas differs; the job fails where it does.

    The base is the commit of the last apply, as far as its receipt is still
    there.
    """
    receipt = None if {"--base", "--receipt"} & set(arguments) else desk.left(APPLY, "receipt.json")
    base = ("--receipt", receipt) if receipt else ()
    kinds = ("markdown", "html", "sarif", "junit", "json")
    code = desk.run("drift", *base, *desk.outputs("drift", *kinds), *arguments)
    if save_live:
        desk.run("plan", "--quiet", "--save-live", desk.file("live.json"))
    desk.summarise([desk.markdown("drift", code)])
    desk.annotate("drift")
    return code
