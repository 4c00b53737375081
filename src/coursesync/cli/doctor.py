"""`coursesync doctor`: what works with a token, what will be ignored, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from coursesync import disk
from coursesync.cli.inputs import access, completed
from coursesync.cli.options import Output, environment_option, output_options, project_option
from coursesync.errors import ExitCode, UnsafePlan, strongest
from coursesync.manifest.load import find_project
from coursesync.model.doctor import Checkup, Health, Sign
from coursesync.render import Look
from coursesync.render.checkup import checkup_json, checkup_text

_FORMATS: Mapping[str, Callable[[Checkup, Look], str]] = {"text": checkup_text, "json": checkup_json}


@click.command()
@click.option("--course", metavar="ID", help="Also look at the rights in this course.")
@project_option
@environment_option
@output_options
def doctor(
    course: str | None,
    *,
    project_file: Path | None,
    environment_name: str | None,
    output: Output,
) -> int:
    """Examine Canvas and the token: what works, what will be ignored, what to do.

    Nothing is changed. Exit 0 if plans can be made and applied; with --strict only
    if nothing will be ignored or refused.
    """
    output.only(_FORMATS, usage="doctor")
    found = _examined(course, project_file=project_file, environment_name=environment_name)
    if output.strict and found.limited:
        found = replace(found, exit_code=strongest(found.exit_code, ExitCode.ERROR))
    for name, path in output.files:
        disk.put(path, _FORMATS[name](found, Look()))
    click.echo(_FORMATS[output.format](found, output.look), nl=False)
    return found.exit_code


def _examined(course: str | None, *, project_file: Path | None, environment_name: str | None) -> Checkup:
    from coursesync.canvas.client import Canvas
    from coursesync.workflow.doctor import examine

    project, _ = find_project(Path.cwd(), project_file)
    try:
        credentials = access(project, name=environment_name)
    except UnsafePlan as error:
        refused = Sign(what="Address", health=Health.BROKEN, told=error.message, todo=error.hint)
        return Checkup(url="", signs=(refused,), exit_code=ExitCode.BLOCKED)

    async def work() -> Checkup:
        async with Canvas(credentials, read_only=True) as canvas:
            return await examine(canvas, course=course)

    return completed(work())
