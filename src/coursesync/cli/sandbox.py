"""`coursesync sandbox`: a local Canvas stand-in over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from coursesync.cli.faults import read_faults
from coursesync.errors import ExitCode, UsageProblem


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8765,
    show_default=True,
    help="Where to listen on loopback.",
)
@click.option("--db", default=":memory:", help="A SQLite file to keep the state in; by default memory.")
@click.option(
    "--seed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON file with accounts and courses; by default a small college.",
)
@click.option(
    "--fleet",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Add N made-up courses to the small college.",
)
@click.option(
    "--latency", type=click.IntRange(min=0), default=0, metavar="MS", help="Mean time of an answer."
)
@click.option(
    "--throttle/--no-throttle", default=True, show_default=True, help="Limit requests as Canvas does."
)
@click.option(
    "--hwm",
    type=click.IntRange(min=600),
    default=700,
    show_default=True,
    metavar="N",
    help="Where the limit lies: 600 in a Canvas of one's own, 700 in Instructure's cloud.",
)
@click.option(
    "--graphql",
    type=click.Choice(["current", "old", "off"]),
    default="current",
    show_default=True,
    help="What it knows of GraphQL: old shows no settings of courses, off is not there.",
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A YAML or JSON file that says which requests go wrong, and how.",
)
def sandbox(
    port: int,
    db: str,
    seed: Path | None,
    fleet: int,
    latency: int,
    hwm: int,
    graphql: Literal["current", "old", "off"],
    faults: Path | None,
    *,
    throttle: bool,
) -> int:
    """Run a local Canvas stand-in to try things on.

    It behaves like Canvas for every call coursesync makes, traps included. Its
    pages at / show the courses and let you change one by hand.
    """
    try:
        from coursesync.sandbox import Options, serve
    except ImportError as error:
        raise needs_sandbox() from error
    if fleet and seed:
        raise UsageProblem(
            "A fleet belongs to the small college and fits no other seed.",
            hint="coursesync sandbox --fleet N",
        )
    found = read_faults(faults) if faults else None
    options = Options(
        db=db,
        seed=seed,
        fleet=fleet,
        latency_ms=latency,
        throttle=throttle,
        hwm=hwm,
        graphql=graphql,
        faults=found.rules if found else (),
        fault_seed=found.seed if found else 0,
    )
    click.echo(
        f"A Canvas stand-in on http://127.0.0.1:{port}; stop it with Ctrl-C. In another terminal:", err=True
    )
    click.echo(f"  export CANVAS_API_URL=http://127.0.0.1:{port} CANVAS_API_TOKEN=sandbox-admin", err=True)
    serve(options, port=port)
    return ExitCode.DONE


def needs_sandbox() -> UsageProblem:
    """Return the error for an installation without the sandbox's packages."""
    return UsageProblem(
        "The sandbox needs packages that are not installed.", hint="pip install 'coursesync[sandbox]'"
    )
