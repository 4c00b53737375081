"""`coursesync plan`: what would change, without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from coursesync import disk
from coursesync.canvas.bulk import Learned, Reader
from coursesync.canvas.client import Canvas
from coursesync.canvas.credentials import Credentials
from coursesync.canvas.credit import Credit
from coursesync.catalogue.names import Name
from coursesync.cli.base import Found, base_at
from coursesync.cli.inputs import Manifests, access, client, clock, completed, read_manifests, snapshot_in
from coursesync.cli.options import Output, comparing_options
from coursesync.cli.progress import shown
from coursesync.diagnostics import Diagnostic, errors
from coursesync.documents import dump_plan, dump_snapshot
from coursesync.errors import ExitCode, UsageProblem, strongest
from coursesync.manifest.variables import Overrides
from coursesync.model import Plan, Snapshot
from coursesync.model.upload import Uploaded
from coursesync.progress import Progress
from coursesync.render import Problems
from coursesync.workflow import Against, LiveSource, SavedSource, Selection, make_plan
from coursesync.workflow import save_live as read_snapshot
from coursesync.workflow.uploads import record_in


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan to a file.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option(
    "--save-live", type=click.Path(path_type=Path, dir_okay=False), help="Save the live state to a file."
)
@click.option(
    "--live",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Plan against a saved state; needs no token.",
)
@click.option("--base", "ref", metavar="GITREF", help="Say which side moved since this commit.")
@comparing_options
def plan(
    paths: tuple[Path, ...],
    out: Path | None,
    *,
    detailed_exitcode: bool,
    save_live: Path | None,
    live: Path | None,
    ref: str | None,
    selection: Selection,
    parallelism: int | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Show the changes and the exact requests that would make them.

    PATH selects the courses declared in those files.
    """
    if save_live and live:
        raise UsageProblem("--save-live reads Canvas and --live does not; give one of them.")
    snapshot = snapshot_in(live) if live else None
    manifests = read_manifests(
        paths,
        project_file=project_file,
        environment_name=environment_name,
        url=snapshot.canvas.url if snapshot else None,
        overrides=overrides,
    )
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    base = base_at(ref, manifests) if ref else Found(against=None)
    manifests = replace(manifests, diagnostics=(*manifests.diagnostics, *base.diagnostics))
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    if snapshot:
        made = completed(_plan_saved(manifests, snapshot, selection, base.against))
    else:
        terms = Terms.of(manifests, parallelism)
        made = completed(
            plan_live(manifests, selection, output, terms, snapshot=save_live, against=base.against)
        )
    if out:
        disk.put(out, dump_plan(made))
    output.show(made)
    return plan_code(made, detailed=detailed_exitcode, strict=output.strict)


def plan_code(made: Plan, *, detailed: bool, strict: bool) -> ExitCode:
    """Return the code a plan ends with; detailed: whether changes have one of their own."""
    codes = [ExitCode.BLOCKED] if made.blocked_by else []
    codes += [ExitCode.ERROR] if errors(made.diagnostics, strict=strict) else []
    codes += [ExitCode.DIFFERENCES] if detailed and made.summary.changes else []
    return strongest(*codes)


def refuse(manifests: Manifests, output: Output) -> int:
    """Show what is wrong with the manifests; nothing else is done with them."""
    return refuse_problems(manifests.diagnostics, output)


def refuse_problems(diagnostics: tuple[Diagnostic, ...], output: Output) -> int:
    """Show what forbids going on, and return the code to end with."""
    problems = Problems(diagnostics=diagnostics, strict=output.strict)
    if output.format == "text":
        output.say(problems)
    else:
        output.show(problems)
    return ExitCode.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where the Canvas of a command is, and what is learned of it in planning and of use in applying."""

    access: Credentials
    credit: Credit
    learned: Learned

    @classmethod
    def of(cls, manifests: Manifests, parallelism: int | None, *, account: str | int | None = None) -> Terms:
        """Return what is known at the beginning. Raises UsageProblem or UnsafePlan as `access` does.

        account: the one to list, where it is not that of the environment.
        """
        at = access(manifests.project, name=manifests.environment_name, url=manifests.url)
        return cls.at(at, parallelism, account=manifests.account if account is None else account)

    @classmethod
    def at(cls, at: Credentials, parallelism: int | None, *, account: str | int | None) -> Terms:
        """Return what is known of a Canvas, with an account to list, if any, and the user's bound."""
        # One that is known by its name only is found out with its first list.
        known = account is not None and Name.of(str(account)) is None
        learned = Learned(account=str(account) if known else None)
        return cls(access=at, credit=Credit(most=parallelism), learned=learned)


def watched(canvas: Canvas, output: Output) -> AbstractContextManager[Progress]:
    """Show how far a run is on stderr, with what the limit of the token leaves."""
    look = output.look
    return shown(quiet=look.quiet, verbose=look.verbose, colour=look.colour, pace=lambda: canvas.pace)


def live_source(
    canvas: Canvas,
    manifests: Manifests,
    terms: Terms,
    progress: Progress,
    uploads: Sequence[Uploaded] = (),
) -> LiveSource:
    """Return a Canvas as what manifests are compared with, and what the project's runs brought to it.

    uploads: what a run of another checkout brought to it.
    """
    reader = Reader(canvas, learned=terms.learned, progress=progress)
    return LiveSource(reader, brought=record_in(manifests.project.root, canvas.url, uploads))


async def plan_live(
    manifests: Manifests,
    selection: Selection,
    output: Output,
    terms: Terms,
    *,
    snapshot: Path | None = None,
    against: Against | None = None,
) -> Plan:
    """Plan against Canvas, with a client that cannot write; save what was read where asked to."""
    fleet = manifests.fleet(selection)
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            source = live_source(canvas, manifests, terms, progress)
            if snapshot:
                saved, _ = await read_snapshot(fleet, source, url=canvas.url, clock=clock())
                disk.put(snapshot, dump_snapshot(saved))
            return await make_plan(
                fleet, source, url=canvas.url, manifests=manifests.source, clock=clock(), against=against
            )


async def _plan_saved(
    manifests: Manifests, snapshot: Snapshot, selection: Selection, against: Against | None
) -> Plan:
    return await make_plan(
        manifests.fleet(selection),
        SavedSource(snapshot),
        url=snapshot.canvas.url,
        manifests=manifests.source,
        clock=clock(),
        against=against,
    )
