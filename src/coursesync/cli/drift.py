"""`coursesync drift`: where Canvas differs from the manifests, which side moved, and who moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from coursesync.canvas.audit import read_audit
from coursesync.cli.base import Found, base_at, base_of_last_apply, base_of_receipt
from coursesync.cli.inputs import Manifests, client, clock, completed, read_manifests
from coursesync.cli.options import Output, comparing_options
from coursesync.cli.plan import Terms, live_source, refuse, watched
from coursesync.diagnostics import errors
from coursesync.errors import ExitCode, UsageProblem, strongest
from coursesync.manifest.variables import Overrides
from coursesync.model import Drift, DriftClass
from coursesync.model.upload import Uploaded
from coursesync.workflow import Question, Selection, find_drift

_CLASSES = [class_.value for class_ in DriftClass]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--base", "ref", metavar="GITREF", help="Class differences by the manifests at this commit.")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Class them by the commit of this receipt; by default of the last apply.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_CLASSES),
    multiple=True,
    help="Exit 2 only for differences of this class; may be repeated.",
)
@click.option("--blame", is_flag=True, help="Ask Canvas's audit log who changed what.")
@click.option("--coverage", is_flag=True, help="Also list which fields nobody manages.")
@comparing_options
def drift(
    paths: tuple[Path, ...],
    *,
    ref: str | None,
    receipt: Path | None,
    fail_on: tuple[str, ...],
    blame: bool,
    coverage: bool,
    selection: Selection,
    parallelism: int | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Show where Canvas differs from the manifests; exit 2 where it does.

    PATH selects the courses declared in those files.
    """
    if ref and receipt:
        raise UsageProblem("--base and --receipt both name a base; give one of them.")
    manifests = read_manifests(
        paths, project_file=project_file, environment_name=environment_name, overrides=overrides
    )
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    terms = Terms.of(manifests, parallelism)
    base = _base(ref, receipt, manifests, url=terms.access.url)
    manifests = replace(manifests, diagnostics=(*manifests.diagnostics, *base.diagnostics))
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    question = Question(against=base.against, coverage=coverage)
    found = completed(_compare(manifests, selection, output, terms, question, base.uploads, blame=blame))
    output.show(found)
    return _code(found, fail_on, strict=output.strict)


def _base(ref: str | None, receipt: Path | None, manifests: Manifests, *, url: str) -> Found:
    if ref:
        return base_at(ref, manifests)
    return base_of_receipt(receipt, manifests, url=url) if receipt else base_of_last_apply(manifests, url=url)


async def _compare(
    manifests: Manifests,
    selection: Selection,
    output: Output,
    terms: Terms,
    question: Question,
    uploads: Sequence[Uploaded],
    *,
    blame: bool,
) -> Drift:
    """Compare with a client that cannot write; uploads: what the run of the base brought to this Canvas."""
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            return await find_drift(
                manifests.fleet(selection),
                live_source(canvas, manifests, terms, progress, uploads),
                replace(question, ask=partial(read_audit, canvas)) if blame else question,
                url=canvas.url,
                manifests=manifests.source,
                clock=clock(),
            )


def _code(found: Drift, fail_on: tuple[str, ...], *, strict: bool) -> ExitCode:
    """Return the code a comparison ends with.

    fail_on: the classes that count, none for every one in which something differs. Where there was no base,
    no difference has another class than `differs`, and it counts whatever was asked for.
    """
    classes = {item.class_.value for course in found.courses for item in course.fields}
    counted = {*fail_on, DriftClass.DIFFERS.value} if fail_on else {*_CLASSES} - {DriftClass.BOTH.value}
    codes = [ExitCode.DIFFERENCES] if classes & counted else []
    if errors(found.diagnostics, strict=strict):
        codes.append(ExitCode.ERROR)
    return strongest(*codes)
