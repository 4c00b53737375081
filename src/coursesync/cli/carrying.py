"""Carry out a plan from the command line: ask, lock, send, and keep the outcome; or take a run up again."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.cli.inputs import client, clock
from coursesync.cli.options import Output
from coursesync.cli.plan import Terms, watched
from coursesync.errors import UnsafePlan
from coursesync.model import Plan, Report
from coursesync.runs import Run
from coursesync.workflow import Choice, Clock, Pending, Stop, apply_plan, choose, ready, resume_run
from coursesync.workflow.lock import Lock, locked
from coursesync.workflow.uploads import content_in

_ID = "CHANGE_ID"
_Function = TypeVar("_Function", bound=Callable[..., Any])


def approval_options(function: _Function) -> _Function:
    """Add --auto-approve, --allow, --only, --except and --receipt, which carrying out any plan takes."""
    options = (
        click.option("--auto-approve", is_flag=True, help="Do not ask; for CI."),
        click.option(
            "--allow",
            type=click.Choice([Risk.LOSSY.value, Risk.DESTRUCTIVE.value]),
            help="Allow changes that cannot be fully undone, or not at all (which includes lossy).",
        ),
        click.option(
            "--only", multiple=True, metavar="CHANGE_ID", help="Only these changes; may be repeated."
        ),
        click.option(
            "--except", "left_out", multiple=True, metavar="CHANGE_ID", help="All but these changes."
        ),
        click.option(
            "--receipt", type=click.Path(path_type=Path, dir_okay=False), help="Copy the outcome to a file."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def confirm(plan: Plan, choice: Choice, output: Output, *, asked: bool) -> None:
    """Show the plan and, where there is something to do, ask for the word yes.

    Raises UnsafePlan where the risk is not allowed, nobody can be asked, or the answer is not yes.
    """
    output.say(plan)
    courses, chosen = choose(plan, choice)
    wanted = {change.id for course in courses for change in course.changes}
    if choice.send_unverified:
        wanted |= {item.id for course in courses for item in course.unverified}
    if not asked or not wanted & chosen:
        return
    if not sys.stdin.isatty():
        raise UnsafePlan(
            "There is no terminal to ask whether to apply this.",
            hint="Review a plan and apply it, or add --auto-approve.",
        )
    answer = click.prompt(
        "Apply these changes? Only yes is accepted", default="", show_default=False, err=True
    )
    if answer != "yes":
        raise UnsafePlan("The answer was not yes, so nothing was applied.")


@contextlib.contextmanager
def alone(root: Path) -> Iterator[Lock]:
    """Hold the lock of a project. Raises UnsafePlan where another apply is under way in it."""
    with locked(root, owner=_user(), host=socket.gethostname(), pid=os.getpid(), clock=clock()) as lock:
        yield lock


async def carry_out(
    plan: Plan, choice: Choice, output: Output, terms: Terms, *, root: Path, lock: Lock
) -> tuple[Run, Report]:
    """Apply a plan as a new run. Raises UnsafePlan, PlanFileError or UsageProblem before anything is sent."""
    time = clock()
    async with client(terms, read_only=False) as canvas:
        ready(plan, url=canvas.url, choice=choice)
        run = Run.create(root, now=time.now(), token_hex=secrets.token_hex(3))
        lock.renew(run=run.id)
        stop = Stop()
        with run.worth_keeping(), _interruptible(stop), watched(canvas, output) as progress:
            async with _kept(lock):
                report = await apply_plan(
                    plan,
                    Reader(canvas, learned=terms.learned),
                    run,
                    choice=choice,
                    stop=stop,
                    clock=time,
                    progress=progress,
                    offload=asyncio.to_thread,
                    content=content_in(root),
                )
    return run, report


async def take_up(pending: Pending, output: Output, terms: Terms, *, root: Path, lock: Lock) -> Report:
    """Carry out what a run did not get to. Raises as `carry_out` does."""
    time: Clock = clock()
    async with client(terms, read_only=False) as canvas:
        lock.renew(run=pending.run.id)
        stop = Stop()
        with _interruptible(stop), watched(canvas, output) as progress:
            async with _kept(lock):
                return await resume_run(
                    pending,
                    Reader(canvas, learned=terms.learned),
                    stop=stop,
                    clock=time,
                    progress=progress,
                    offload=asyncio.to_thread,
                    content=content_in(root),
                )


@contextlib.asynccontextmanager
async def _kept(lock: Lock) -> AsyncIterator[None]:
    """Keep a lock from growing old while work goes on."""
    task = asyncio.create_task(lock.keep())
    try:
        yield
    finally:
        task.cancel()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A process without a name, as in some containers.
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "somebody"


@contextlib.contextmanager
def _interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C finish what is in flight; the second one is not caught any more."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set("Interrupted.", interrupted=True)
        click.echo("Finishing what is in flight; press Ctrl-C again to stop at once.", err=True)
        loop.remove_signal_handler(signal.SIGINT)

    with contextlib.suppress(NotImplementedError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
