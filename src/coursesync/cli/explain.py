"""`coursesync explain FIELD`: the reference page of a field."""

from __future__ import annotations

import click

from coursesync.catalogue import FIELDS, REFUSED
from coursesync.catalogue.types import closest
from coursesync.errors import ExitCode, UsageProblem
from coursesync.render.fields import field_page, refused_page


@click.command()
@click.argument("field")
def explain(field: str) -> int:
    """Explain a field: its values, how Canvas reads and writes it, and its traps.

    FIELD is an address such as settings.hide_final_grades, or its last part.
    """
    click.echo(_page(field), nl=False)
    return ExitCode.DONE


def _page(name: str) -> str:
    for rows, page in ((FIELDS, field_page), (REFUSED, refused_page)):
        found = [row for address, row in rows.items() if name in {address, address.partition(".")[2]}]
        if found:
            return "\n".join(page(row) for row in found)  # type: ignore[operator]
    near = closest(name, [*FIELDS, *(address.partition(".")[2] for address in FIELDS)])
    raise UsageProblem(
        f'"{name}" is no field coursesync knows.',
        hint=f"Did you mean: coursesync explain {near}" if near else "See docs/reference/fields.md",
    )
