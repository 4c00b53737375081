"""`coursesync validate`: every problem in every file, without asking Canvas."""

from __future__ import annotations

from pathlib import Path

import click

from coursesync.cli.inputs import read_manifests
from coursesync.cli.options import (
    Output,
    environment_option,
    output_options,
    project_option,
    variable_options,
)
from coursesync.errors import ExitCode
from coursesync.manifest.variables import Overrides
from coursesync.render import Problems


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@project_option
@environment_option
@variable_options
@output_options
def validate(
    paths: tuple[Path, ...],
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Find every problem in the manifests, as file:line:column.

    Manifests are always read whole; PATH only says which entries to look for.
    """
    manifests = read_manifests(
        paths, project_file=project_file, environment_name=environment_name, overrides=overrides
    )
    output.show(Problems(diagnostics=manifests.diagnostics, strict=output.strict))
    return ExitCode.ERROR if manifests.broken(strict=output.strict) else ExitCode.DONE
