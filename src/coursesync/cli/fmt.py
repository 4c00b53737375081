"""`coursesync fmt`: manifests in canonical layout, comments kept, without asking Canvas."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from coursesync.cli.options import project_option
from coursesync.diagnostics import Diagnostic, Severity, errors, ordered, problem
from coursesync.errors import ExitCode, UsageProblem
from coursesync.manifest.edit.disk import unified, write
from coursesync.manifest.layout.files import LaidOut, lay_out, lay_out_text
from coursesync.manifest.load import find_project
from coursesync.render import RENDERERS, Look, Problems
from coursesync.render.sentences import count

_STDIN = Path("-")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", is_flag=True, help="Write nothing; list the files that would change, and exit with 1."
)
@click.option("--diff", is_flag=True, help="Write nothing; print what would change as a patch.")
@project_option
def fmt(paths: tuple[Path, ...], *, check: bool, diff: bool, project_file: Path | None) -> int:
    """Put manifests into canonical layout.

    Keys come in the order of the catalogue, lines are indented evenly, and
    comments stay with their keys; nothing that is said changes. PATH is a file
    or folder, by default the whole project; - reads stdin and prints to stdout.
    """
    project, problems = find_project(Path.cwd(), project_file)
    if _STDIN in paths:
        if len(paths) > 1:
            raise UsageProblem("- stands for stdin, and stands alone.", hint="coursesync fmt -")
        content = sys.stdin.buffer.read()
        laid = lay_out_text(content, "stdin", project)
    else:
        laid = lay_out(project, paths)
    # What else is wrong in the project file is not about layout.
    unfound = () if project.file else problems
    _show(laid, check=check, diff=diff)
    if not check and not diff:
        unfound += _print(laid) if _STDIN in paths else _write(laid)
    diagnostics = ordered((*unfound, *laid.diagnostics))
    if diagnostics:
        click.echo(RENDERERS["text"](Problems(diagnostics=diagnostics), Look()), nl=False, err=True)
    return ExitCode.ERROR if errors(diagnostics) or (check and laid.changed) else ExitCode.DONE


def _show(laid: LaidOut, *, check: bool, diff: bool) -> None:
    """Print what would change: as a patch, or as the names of files."""
    if diff:
        click.echo(unified(laid.changed), nl=False)
    elif check:
        for patch in laid.changed:
            click.echo(patch.name)
    if check:
        click.echo(f"{len(laid.changed)} of {count(len(laid.patches), 'file')} would be formatted.", err=True)


def _print(laid: LaidOut) -> tuple[Diagnostic, ...]:
    for patch in laid.patches:
        click.echo(patch.after, nl=False)
    return ()


def _write(laid: LaidOut) -> tuple[Diagnostic, ...]:
    """Write the files that change and say so; return what could not be written."""
    failed = write(laid.changed)
    for patch in laid.changed:
        if patch.name not in failed:
            click.echo(f"Formatted {patch.name}", err=True)
    click.echo(
        f"{len(laid.changed) - len(failed)} of {count(len(laid.patches), 'file')} formatted.", err=True
    )
    return tuple(_unwritten(name, reason) for name, reason in failed.items())


def _unwritten(name: str, reason: str) -> Diagnostic:
    detail = f"{name} cannot be written: {reason}."
    return problem("left-alone", detail, hint="Make it writable, or leave it out.", severity=Severity.ERROR)
