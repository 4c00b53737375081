"""`coursesync apply`: carry out a plan, read everything back, and say what became of each field."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.cli.inputs import client, clock, completed, read_manifests
from coursesync.cli.options import (
    Output,
    make_folder,
    output_options,
    parallelism_option,
    project_option,
    selection_options,
)
from coursesync.cli.plan import Terms, plan_live, refuse, watched
from coursesync.cli.show import read_plan
from coursesync.diagnostics import errors
from coursesync.documents import dump_plan, dump_report, looks_like_plan
from coursesync.errors import ExitCode, UnsafePlan, UsageProblem, strongest
from coursesync.model import Plan, Report
from coursesync.runs import Run
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice, Selection, Stop, apply_plan, choose, ready
from coursesync.workflow.guards import check_source


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PLAN or PATH...]")
@click.option("--auto-approve", is_flag=True, help="Do not ask; for CI.")
@click.option(
    "--allow",
    type=click.Choice([Risk.LOSSY.value, Risk.DESTRUCTIVE.value]),
    help="Allow changes that cannot be fully undone, or not at all (which includes lossy).",
)
@click.option("--only", multiple=True, metavar="CHANGE_ID", help="Only these changes; may be repeated.")
@click.option("--except", "left_out", multiple=True, metavar="CHANGE_ID", help="All but these changes.")
@click.option("--fail-fast", is_flag=True, help="Send nothing more after the first failure.")
@click.option("--send-unverified", is_flag=True, help="Also send fields that Canvas never shows.")
@click.option(
    "--receipt", type=click.Path(path_type=Path, dir_okay=False), help="Copy the outcome to a file."
)
@selection_options
@parallelism_option
@project_option
@output_options
def apply(
    paths: tuple[Path, ...],
    *,
    auto_approve: bool,
    allow: str | None,
    only: tuple[str, ...],
    left_out: tuple[str, ...],
    fail_fast: bool,
    send_unverified: bool,
    receipt: Path | None,
    selection: Selection,
    parallelism: int | None,
    project_file: Path | None,
    output: Output,
) -> int:
    """Carry out a saved plan, or plan and apply the manifests.

    A saved plan was reviewed and is applied without a question. Otherwise the
    plan is shown and asks for the word yes.
    """
    choice = Choice(
        selection=selection,
        only=frozenset(only),
        left_out=frozenset(left_out),
        allow=Risk(allow or Risk.SAFE.value),
        send_unverified=send_unverified,
        fail_fast=fail_fast,
    )
    saved = _saved_plan(paths)
    manifests = read_manifests(() if saved else paths, project_file=project_file)
    terms = Terms.of(saved.canvas.account if saved else manifests.account, parallelism)
    if saved:
        check_source(saved, manifests.source)
        plan = saved
    elif manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    else:
        plan = completed(plan_live(manifests, selection, output, terms))
        _confirm(plan, choice, output, asked=not auto_approve)
    if receipt:
        # Found out now, not after the courses have changed.
        make_folder(receipt)
    root = manifests.project.root
    run, report = completed(_apply(plan, choice, output, terms, root=root))
    output.show(report)
    if receipt:
        run.receipt(receipt, dump_report(report))
    codes = [exit_code(report)]
    if errors(plan.diagnostics, strict=output.strict):
        codes.append(ExitCode.PARTIAL)
    return strongest(*codes)


def _saved_plan(paths: tuple[Path, ...]) -> Plan | None:
    """Return the plan, if the argument is one. Raises UsageProblem where plans and manifests are mixed."""
    plans = [path for path in paths if _is_plan(path)]
    if not plans:
        return None
    if len(paths) > 1:
        raise UsageProblem("A saved plan is applied alone.", hint=f"coursesync apply {plans[0]}")
    return read_plan(plans[0])


def _is_plan(path: Path) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.is_file() and looks_like_plan(path.read_text(encoding="utf-8"))
    return False


def _confirm(plan: Plan, choice: Choice, output: Output, *, asked: bool) -> None:
    """Show the plan and, where there is something to do, ask for the word yes.

    Raises UnsafePlan where the risk is not allowed, nobody can be asked, or the answer is not yes.
    """
    output.say(plan)
    courses, chosen = choose(plan, choice)
    wanted = {change.id for course in courses for change in course.changes}
    if choice.send_unverified:
        wanted |= {item.id for course in courses for item in course.unverified}
    if not asked or not wanted & chosen:
        return
    if not sys.stdin.isatty():
        raise UnsafePlan(
            "There is no terminal to ask whether to apply this.",
            hint="Review a plan and apply it, or add --auto-approve.",
        )
    answer = click.prompt(
        "Apply these changes? Only yes is accepted", default="", show_default=False, err=True
    )
    if answer != "yes":
        raise UnsafePlan("The answer was not yes, so nothing was applied.")


async def _apply(
    plan: Plan, choice: Choice, output: Output, terms: Terms, *, root: Path
) -> tuple[Run, Report]:
    time = clock()
    async with client(terms.credit, read_only=False) as canvas:
        ready(plan, url=canvas.url, choice=choice)
        run = Run.create(root, now=time.now(), token_hex=secrets.token_hex(3))
        run.save_plan(dump_plan(plan))
        stop = Stop()
        reader = Reader(canvas, learned=terms.learned)
        with _interruptible(stop), watched(canvas, output) as progress:
            report = await apply_plan(
                plan,
                reader,
                run,
                choice=choice,
                stop=stop,
                clock=time,
                progress=progress,
                offload=asyncio.to_thread,
            )
    run.outcome(dump_report(report))
    return run, report


@contextlib.contextmanager
def _interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C finish what is in flight; the second one is not caught any more."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set("Interrupted.", interrupted=True)
        click.echo("Finishing what is in flight; press Ctrl-C again to stop at once.", err=True)
        loop.remove_signal_handler(signal.SIGINT)

    with contextlib.suppress(NotImplementedError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
