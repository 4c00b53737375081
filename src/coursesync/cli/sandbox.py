"""`coursesync sandbox`: a local Canvas stand-in over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

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
    "--latency", type=click.IntRange(min=0), default=0, metavar="MS", help="Mean time of an answer."
)
@click.option(
    "--throttle/--no-throttle", default=True, show_default=True, help="Limit requests as Canvas does."
)
def sandbox(port: int, db: str, seed: Path | None, latency: int, *, throttle: bool) -> int:
    """Run a local Canvas stand-in to try things on.

    It behaves like Canvas for every call coursesync makes, traps included. Its
    pages at / show the courses and let you change one by hand.
    """
    try:
        from coursesync.sandbox import Options, serve
    except ImportError as error:
        raise needs_sandbox() from error
    click.echo(
        f"A Canvas stand-in on http://127.0.0.1:{port}; stop it with Ctrl-C. In another terminal:", err=True
    )
    click.echo(f"  export CANVAS_API_URL=http://127.0.0.1:{port} CANVAS_API_TOKEN=sandbox-admin", err=True)
    serve(Options(db=db, seed=seed, latency_ms=latency, throttle=throttle), port=port)
    return ExitCode.DONE


def needs_sandbox() -> UsageProblem:
    """Return the error for an installation without the sandbox's packages."""
    return UsageProblem(
        "The sandbox needs packages that are not installed.", hint="pip install 'coursesync[sandbox]'"
    )
