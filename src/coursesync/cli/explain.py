"""`coursesync explain FIELD`: the reference page of a field, and with --course how it stands in one course.

What talks to Canvas is imported only for a course, so that the page alone is quick to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from coursesync.catalogue import DECLARABLE, FIELDS, REFUSED
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import closest
from coursesync.cli.options import (
    Output,
    environment_option,
    output_options,
    project_option,
    variable_options,
)
from coursesync.errors import ExitCode, UsageProblem
from coursesync.manifest.variables import NO_OVERRIDES, Overrides
from coursesync.render.fields import field_page, refused_page


@click.command()
@click.argument("field")
@click.option("--course", metavar="ID", help="Explain it for this course: a Canvas id, or a SIS id.")
@click.option(
    "--live",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Take the course from a saved state; needs no token.",
)
@project_option
@environment_option
@variable_options
@output_options
def explain(
    field: str,
    course: str | None,
    *,
    live: Path | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Explain a field: its values, how Canvas reads and writes it, and its traps.

    FIELD is an address such as settings.hide_final_grades, or its last part.
    With --course also how it stands there: what Canvas shows, what each layer
    of the manifests says, what would change, and what guards it.
    """
    meant = {row.address for path, row in DECLARABLE.items() if field in _names(path)}
    rows = [row for address, row in FIELDS.items() if address in meant]
    if not rows or course is None:
        if course is None and (live or overrides != NO_OVERRIDES or output.format != "text"):
            raise UsageProblem(
                "--live, --var, --var-file and --format are for a course.", hint="Name it with --course ID"
            )
        click.echo(_page(field, rows), nl=False)
        return ExitCode.DONE
    # Brings the HTTP client along.
    from coursesync.cli.explain_course import explain_course

    return explain_course(
        rows,
        course,
        live=live,
        project_file=project_file,
        environment_name=environment_name,
        overrides=overrides,
        output=output,
    )


def _names(address: str) -> tuple[str, str]:
    return address, address.partition(".")[2]


def _page(name: str, rows: Sequence[Field]) -> str:
    pages = [field_page(row) for row in rows]
    pages = pages or [refused_page(row) for address, row in REFUSED.items() if name in _names(address)]
    if pages:
        return "\n".join(pages)
    near = closest(name, [*DECLARABLE, *(row.name for row in DECLARABLE.values())])
    raise UsageProblem(
        f'"{name}" is no field coursesync knows.',
        hint=f"Did you mean: coursesync explain {near}" if near else "See docs/reference/fields.md",
    )
