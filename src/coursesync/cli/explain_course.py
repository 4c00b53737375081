"""The part of `coursesync explain` that asks about a course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from coursesync import disk
from coursesync.canvas.bulk import SIS_PREFIX
from coursesync.catalogue.field import Field
from coursesync.cli.inputs import Manifests, client, completed, read_manifests, snapshot_in
from coursesync.cli.options import Output
from coursesync.cli.plan import Terms, live_source, refuse, watched
from coursesync.diagnostics import errors
from coursesync.errors import ExitCode
from coursesync.manifest.variables import Overrides
from coursesync.model import Snapshot
from coursesync.model.explanation import Explanation
from coursesync.render import Look, Problems
from coursesync.render.explanation import explanation_json, explanation_text
from coursesync.workflow import SavedSource
from coursesync.workflow.explain import explain

_FORMATS: Mapping[str, Callable[[Explanation, Look], str]] = {
    "text": explanation_text,
    "json": explanation_json,
}


def explain_course(
    rows: Sequence[Field],
    course: str,
    *,
    live: Path | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Explain fields of a course, and return the exit code: an error is one where it is for a plan."""
    output.only(_FORMATS, usage="explain FIELD --course ID")
    snapshot = snapshot_in(live) if live else None
    manifests = read_manifests(
        (),
        project_file=project_file,
        environment_name=environment_name,
        url=snapshot.canvas.url if snapshot else None,
        overrides=overrides,
    )
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    if snapshot:
        found = completed(_saved(manifests, snapshot, rows, course))
    else:
        found = completed(_live(manifests, rows, course, output))
    return _show(found, output)


async def _live(manifests: Manifests, rows: Sequence[Field], course: str, output: Output) -> Explanation:
    """Read Canvas with a client that cannot write."""
    terms = Terms.of(manifests, None)
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            source = live_source(canvas, manifests, terms, progress)
            return await explain(manifests.resolved, source, course=course, rows=rows, url=canvas.url)


async def _saved(manifests: Manifests, snapshot: Snapshot, rows: Sequence[Field], course: str) -> Explanation:
    source = SavedSource(snapshot)
    # A saved course goes by its number and by the id it was declared with, and by no other.
    sis_id = course.removeprefix(SIS_PREFIX)
    known = (live for live in snapshot.courses.values() if live.sis_course_id == sis_id)
    course = next((str(live.id) for live in known if course not in snapshot.courses), course)
    return await explain(manifests.resolved, source, course=course, rows=rows, url=snapshot.canvas.url)


def _show(found: Explanation, output: Output) -> int:
    for name, path in output.files:
        disk.put(path, _FORMATS[name](found, Look()))
    if not found.fields and output.format == "text":
        output.say(Problems(diagnostics=found.diagnostics, strict=output.strict))
    else:
        click.echo(_FORMATS[output.format](found, output.look), nl=False)
    return ExitCode.ERROR if errors(found.diagnostics, strict=output.strict) else ExitCode.DONE
