"""`coursesync undo`: a plan that puts back what a run changed, shown and carried out like any other."""

from __future__ import annotations

from pathlib import Path

import click

from coursesync import disk
from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.cli.carrying import alone, approval_options, carry_out, confirm
from coursesync.cli.inputs import access, client, clock, completed, made_for
from coursesync.cli.limits import limit_options
from coursesync.cli.options import (
    Output,
    make_folder,
    output_options,
    parallelism_option,
    project_option,
    selection_options,
)
from coursesync.cli.plan import Terms, plan_code, refuse_problems, watched
from coursesync.diagnostics import errors
from coursesync.documents import dump_plan, dump_report, load_report
from coursesync.errors import ExitCode, UnsafePlan, strongest
from coursesync.manifest.load import find_project
from coursesync.model import Plan, Report, Source
from coursesync.model.barriers import Limits
from coursesync.runs import find_run
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice, Fleet, LiveSource, Selection, make_plan
from coursesync.workflow.undo import Undo, told_by, undo_of


@click.command()
@click.argument("run", metavar="RUN")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Only save the plan.")
@approval_options
@selection_options
@limit_options
@parallelism_option
@project_option
@output_options
def undo(
    run: str,
    out: Path | None,
    *,
    auto_approve: bool,
    allow: str | None,
    only: tuple[str, ...],
    left_out: tuple[str, ...],
    receipt: Path | None,
    selection: Selection,
    parallelism: int | None,
    limits: Limits,
    project_file: Path | None,
    output: Output,
) -> int:
    """Put back what a run changed, where Canvas still holds it.

    RUN is the id of a run, the beginning of one, last, or a receipt. The plan is
    shown and asks for the word yes, as that of apply.
    """
    project, problems = find_project(Path.cwd(), project_file)
    if errors(problems, strict=output.strict):
        return refuse_problems(problems, output)
    barriers = project.barriers.limited(limits)
    report = _report(run, project.root)
    at = access(project, name=made_for(report, project), url=report.canvas.url)
    _check_same(report, at.url)
    terms = Terms.at(at, parallelism, account=report.canvas.account)
    back = undo_of(report)
    fleet = Fleet(
        resolved=back.resolved,
        selection=selection,
        problems=back.diagnostics,
        account=terms.learned.account,
        barriers=barriers,
        environment=report.environment,
    )
    plan = completed(_plan(fleet, back, output, terms))
    if out:
        disk.put(out, dump_plan(plan))
        output.show(plan)
        return plan_code(plan, detailed=False, strict=output.strict)
    choice = Choice(
        only=frozenset(only),
        left_out=frozenset(left_out),
        allow=Risk(allow or Risk.SAFE.value),
        barriers=barriers,
    )
    confirm(plan, choice, output, asked=not auto_approve)
    return _apply(plan, choice, output, terms, root=project.root, receipt=receipt)


def _report(name: str, root: Path) -> Report:
    """Return what a run did, by its name or its receipt. Raises UsageProblem, PlanFileError or UnsafePlan."""
    path = Path(name)
    try:
        is_receipt = path.is_file()
    except (OSError, ValueError):
        is_receipt = False
    if is_receipt:
        return load_report(disk.text_in(path, "a receipt"), name=name)
    # A run that is under way must not be looked at before it has ended.
    with alone(root):
        return told_by(find_run(root, name))


def _check_same(report: Report, url: str) -> None:
    if report.canvas.url != url:
        raise UnsafePlan(
            f"Run {report.run} was on {report.canvas.url}, and CANVAS_API_URL is {url}.",
            hint="Set CANVAS_API_URL to the Canvas of the run.",
        )


async def _plan(fleet: Fleet, back: Undo, output: Output, terms: Terms) -> Plan:
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            source = LiveSource(Reader(canvas, learned=terms.learned, progress=progress))
            return await make_plan(
                fleet, source, url=canvas.url, manifests=Source(), clock=clock(), undo=back
            )


def _apply(
    plan: Plan, choice: Choice, output: Output, terms: Terms, *, root: Path, receipt: Path | None
) -> int:
    if receipt:
        make_folder(receipt)
    with alone(root) as lock:
        run, report = completed(carry_out(plan, choice, output, terms, root=root, lock=lock))
    output.show(report)
    if receipt:
        run.receipt(receipt, dump_report(report))
    sound = not errors(plan.diagnostics, strict=output.strict)
    return strongest(exit_code(report), ExitCode.DONE if sound else ExitCode.PARTIAL)
