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


def _names(address: str) -> tuple[str, str]:
    return address, address.partition(".")[2]


def _page(name: str) -> str:
    pages = [field_page(row) for address, row in FIELDS.items() if name in _names(address)]
    pages = pages or [refused_page(row) for address, row in REFUSED.items() if name in _names(address)]
    if pages:
        return "\n".join(pages)
    near = closest(name, [*FIELDS, *(address.partition(".")[2] for address in FIELDS)])
    raise UsageProblem(
        f'"{name}" is no field coursesync knows.',
        hint=f"Did you mean: coursesync explain {near}" if near else "See docs/reference/fields.md",
    )
