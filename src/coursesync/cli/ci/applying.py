"""Find the plan that people reviewed, and apply that one or none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import click

from coursesync import disk
from coursesync.cli.ci.desk import Desk
from coursesync.documents import dump_report, load_plan, load_report
from coursesync.errors import ExitCode, PlanStale, UnsafePlan
from coursesync.forge.comment import digest_in
from coursesync.forge.nouns import PLAN, Change

_AGAIN = (
    "The next pull request plans it again. Or start this pipeline by hand to make a plan, review that, and "
    "start it once more with the number of that run to apply it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reviewed:
    """A plan, or why there is none; change: the number of the one it was reviewed on."""

    plan: bytes | None
    missing: str
    change: int | None = None


def apply_reviewed(desk: Desk, arguments: tuple[str, ...], *, run: int | None) -> int:
    """Apply the plan of the change just merged, or of one run, and return the exit code.

    Raises UnsafePlan where there is none and something to apply, PlanStale where it is not the one shown.
    """
    found = _of_run(desk, run) if run else _of_change(desk)
    if found.plan is None:
        return _nothing(desk, found)
    file = desk.kept("plan.json", found.plan)
    receipt = desk.file("receipt.json")
    outputs = desk.outputs("apply", "markdown", "html", "sarif", "junit")
    code = desk.run("apply", file, "--receipt", receipt, *outputs, *arguments, whole=False)
    if receipt.is_file():
        _bind(desk)
    said = [desk.markdown("apply", code), *([_AGAIN] if code == ExitCode.STALE else [])]
    desk.summarise(said)
    desk.comment(found.change, said, digest=load_plan(found.plan.decode("utf-8"), name=file.name).digest)
    desk.annotate("apply")
    return code


def _of_run(desk: Desk, run: int) -> _Reviewed:
    missing = f"Run {run} of this pipeline, started by hand, left no plan, or it has expired."
    return _Reviewed(plan=desk.forge.plan_of_run(run, desk.where.artifact(PLAN)), missing=missing)


def _of_change(desk: Desk) -> _Reviewed:
    change = desk.forge.merged(desk.forge.job.commit)
    if change is None:
        return _Reviewed(
            plan=None, missing="This commit is not the merge of a change, so nobody reviewed it."
        )
    if change.foreign:
        return _Reviewed(plan=None, missing=f"Change {change.number} came from a fork, so it has no plan.")
    plan = desk.forge.plan_of(change, desk.where.artifact(PLAN))
    if plan is not None:
        _check_shown(desk, change, plan)
    missing = f"Change {change.number} left no plan for its last commit, or the plan has expired."
    return _Reviewed(plan=plan, missing=missing, change=change.number)


def _check_shown(desk: Desk, change: Change, plan: bytes) -> None:
    """Refuse a plan that is not the one our comment shows. Raises PlanStale or PlanFileError.

    Without a comment there is nothing to compare with: it may have been deleted, or never allowed.
    """
    shown = digest_in(desk.forge.commented(change.number, desk.where.label))
    digest = load_plan(plan.decode("utf-8", "replace"), name="plan.json").digest
    if shown and shown != digest:
        raise PlanStale(
            f"The plan shown on change {change.number} is not the one of its last run.", hint=_AGAIN
        )


def _nothing(desk: Desk, found: _Reviewed) -> int:
    """Say why nothing is applied; where there is something to apply, that is a failure."""
    click.echo(f"{found.missing} Looking whether there is something to apply.", err=True)
    code = desk.run("plan", "--detailed-exitcode", *desk.outputs("plan", "markdown", "html"))
    if code == ExitCode.DONE:
        desk.summarise([f"{found.missing} There is nothing to apply.", desk.markdown("plan", code)])
        return code
    desk.summarise([f"**Nothing was applied.** {found.missing} {_AGAIN}", desk.markdown("plan", code)])
    if code != ExitCode.DIFFERENCES:
        return code
    raise UnsafePlan(f"Nothing was applied. {found.missing}", hint=_AGAIN)


def _bind(desk: Desk) -> None:
    """Let the receipt name the commit of the main branch.

    The plan was made at a merge that the forge tried and threw away. Its manifests are those of this commit,
    or nothing would have been applied; later `drift --receipt` looks for the commit.
    """
    receipt = desk.file("receipt.json")
    report = load_report(receipt.read_text(encoding="utf-8"), name=receipt.name)
    if report.source.commit:
        source = replace(report.source, commit=desk.forge.job.commit, dirty=False)
        disk.put(receipt, dump_report(replace(report, source=source)))
