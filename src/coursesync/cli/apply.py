"""`coursesync apply`: carry out a plan, read everything back, and say what became of each field."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import click

from coursesync import disk
from coursesync.catalogue.field import Risk
from coursesync.cli.carrying import alone, approval_options, carry_out, confirm, take_up
from coursesync.cli.inputs import access, completed, made_for, read_manifests
from coursesync.cli.limits import limit_options
from coursesync.cli.options import (
    Output,
    environment_option,
    make_folder,
    output_options,
    parallelism_option,
    project_option,
    selection_options,
    variable_options,
)
from coursesync.cli.plan import Terms, plan_live, refuse, refuse_problems
from coursesync.cli.show import read_plan
from coursesync.diagnostics import errors
from coursesync.documents import dump_report, looks_like_plan
from coursesync.errors import ExitCode, UsageProblem, strongest
from coursesync.manifest.load import find_project
from coursesync.manifest.variables import NO_OVERRIDES, Overrides
from coursesync.model import Plan, Report
from coursesync.model.barriers import Limits
from coursesync.runs import find_run
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice, Selection, pending
from coursesync.workflow.guards import check_source


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PLAN or PATH...]")
@approval_options
@click.option("--fail-fast", is_flag=True, help="Send nothing more after the first failure.")
@click.option("--send-unverified", is_flag=True, help="Also send fields that Canvas never shows.")
@click.option("--resume", metavar="RUN", help="Go on with a run that ended early; last is the last one.")
@selection_options
@limit_options
@parallelism_option
@project_option
@environment_option
@variable_options
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
    resume: str | None,
    selection: Selection,
    parallelism: int | None,
    limits: Limits,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Carry out a saved plan, or plan and apply the manifests.

    A saved plan was reviewed and is applied without a question. Otherwise the
    plan is shown and asks for the word yes. A run that is resumed was approved
    before, with its options, and is asked nothing again.
    """
    choice = Choice(
        selection=selection,
        only=frozenset(only),
        left_out=frozenset(left_out),
        allow=Risk(allow or Risk.SAFE.value),
        send_unverified=send_unverified,
        fail_fast=fail_fast,
    )
    if resume is not None:
        _refuse_choices(paths, choice, environment_name, overrides)
        return _resume(resume, receipt, output, parallelism, limits=limits, project_file=project_file)
    saved = _saved_plan(paths, environment_name, overrides)
    manifests = read_manifests(
        () if saved else paths,
        project_file=project_file,
        environment_name=environment_name,
        overrides=overrides,
        plan=saved,
    ).limited(limits)
    if not manifests.sound or (not saved and manifests.broken(strict=output.strict)):
        return refuse(manifests, output)
    if saved:
        check_source(saved, manifests.source)
    choice = replace(choice, barriers=manifests.barriers)
    terms = Terms.of(manifests, parallelism, account=saved.canvas.account if saved else None)
    plan = saved or completed(plan_live(manifests, selection, output, terms))
    if not saved:
        confirm(plan, choice, output, asked=not auto_approve)
    if receipt:
        # Found out now, not after the courses have changed.
        make_folder(receipt)
    root = manifests.project.root
    with alone(root) as lock:
        run, report = completed(carry_out(plan, choice, output, terms, root=root, lock=lock))
    output.show(report)
    if receipt:
        run.receipt(receipt, dump_report(report))
    sound = not errors(plan.diagnostics, strict=output.strict)
    return strongest(exit_code(report), ExitCode.DONE if sound else ExitCode.PARTIAL)


def _refuse_choices(
    paths: tuple[Path, ...], choice: Choice, environment_name: str | None, overrides: Overrides
) -> None:
    """Refuse what a run that is resumed brings along itself. Raises UsageProblem."""
    if paths or environment_name or overrides != NO_OVERRIDES or choice != Choice():
        raise UsageProblem(
            "--resume goes on with a run as it was begun, and takes no plan, paths, -e, --var, --var-file "
            "or choice of changes.",
            hint="To do something else, make a new plan: coursesync plan",
        )


def _resume(
    name: str,
    receipt: Path | None,
    output: Output,
    parallelism: int | None,
    *,
    limits: Limits,
    project_file: Path | None,
) -> int:
    """Go on with a run; one that was through is only shown again."""
    project, problems = find_project(Path.cwd(), project_file)
    if errors(problems):
        return refuse_problems(problems, output)
    if receipt:
        make_folder(receipt)
    with alone(project.root) as lock:
        run = find_run(project.root, name)
        found = pending(run)
        if isinstance(found, Report):
            click.echo(f"Run {run.id} was through; there is nothing to resume.", err=True)
            report, sound = found, True
        else:
            at = access(project, name=made_for(found.plan, project), url=found.plan.canvas.url)
            terms = Terms.at(at, parallelism, account=found.plan.canvas.account)
            choice = replace(found.choice, barriers=project.barriers.limited(limits))
            report = completed(
                take_up(replace(found, choice=choice), output, terms, root=project.root, lock=lock)
            )
            sound = not errors(found.plan.diagnostics, strict=output.strict)
    output.show(report)
    if receipt:
        run.receipt(receipt, dump_report(report))
    return strongest(exit_code(report), *([] if sound else [ExitCode.PARTIAL]))


def _saved_plan(paths: tuple[Path, ...], environment_name: str | None, overrides: Overrides) -> Plan | None:
    """Return the plan, if the argument is one. Raises UsageProblem where it is mixed with anything else."""
    plans = [path for path in paths if _is_plan(path)]
    if not plans:
        return None
    if len(paths) > 1:
        raise UsageProblem("A saved plan is applied alone.", hint=f"coursesync apply {plans[0]}")
    if environment_name is not None:
        raise UsageProblem("A saved plan is bound to its Canvas, and takes no -e.")
    if overrides != NO_OVERRIDES:
        raise UsageProblem(
            "A saved plan holds its values already, and takes no --var or --var-file.",
            hint="To apply other values, make a new plan: coursesync plan --var NAME=VALUE --out FILE",
        )
    return read_plan(plans[0])


def _is_plan(path: Path) -> bool:
    with contextlib.suppress(OSError, UsageProblem):
        return path.is_file() and looks_like_plan(disk.text_in(path, "a plan"))
    return False
