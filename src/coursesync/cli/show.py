"""`coursesync show`: a saved plan again, in any format."""

from __future__ import annotations

from pathlib import Path

import click

from coursesync import disk
from coursesync.cli.options import Output, output_options
from coursesync.documents import load_plan
from coursesync.errors import ExitCode
from coursesync.model import Plan


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@output_options
def show(plan_file: Path, output: Output) -> int:
    """Show a saved plan again, in any format."""
    output.show(read_plan(plan_file))
    return ExitCode.DONE


def read_plan(path: Path) -> Plan:
    """Load a saved plan. Raises UsageProblem where it cannot be read, PlanFileError where not trusted."""
    text = disk.text_in(path, "a plan", hint="Make one with: coursesync plan --out FILE")
    return load_plan(text, name=str(path))
