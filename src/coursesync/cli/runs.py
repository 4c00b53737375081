"""`coursesync runs`: earlier runs, how they ended, and what to type next."""

from __future__ import annotations

from pathlib import Path

import click

from coursesync.cli.options import project_option
from coursesync.errors import ExitCode
from coursesync.manifest.load import find_project
from coursesync.render.history import history_json, history_text


@click.command()
@click.option(
    "--last", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Only the last N runs."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print on stdout.",
)
@project_option
def runs(last: int, *, format_: str, project_file: Path | None) -> int:
    """List earlier runs, the newest first: how each ended, and what to type next."""
    from coursesync.workflow.history import history

    project, _ = find_project(Path.cwd(), project_file)
    found = history(project.root, last=last)
    click.echo(history_json(found) if format_ == "json" else history_text(found), nl=False)
    return ExitCode.DONE
