"""`coursesync demo`: the main job on the sandbox and the examples, step by step."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from coursesync import disk
from coursesync.cli.accept import accept
from coursesync.cli.apply import apply
from coursesync.cli.checkout import for_git
from coursesync.cli.drift import drift
from coursesync.cli.import_ import import_
from coursesync.cli.plan import plan
from coursesync.cli.runs import runs
from coursesync.cli.sandbox import needs_sandbox
from coursesync.cli.undo import undo
from coursesync.cli.validate import validate
from coursesync.errors import ExitCode, UsageProblem

# What the demo changes by hand: the course, who does it, and the column of the sandbox.
_EDITED, _EDITOR = "BIO-101-2026FA", 2
_EDIT: Mapping[str, Any] = {"default_view": "feed"}
# The course that is put back to what it was.
_UNDONE = "ART-110-2026FA"
# The course that the demo creates, and the file that says so.
_NEW, _NEW_FILE = "BOT-110-2027SP", Path("courses/spring.yaml")
_NEW_COURSE = f"""courses:
  - id: sis_course_id:{_NEW}
    create: true
    account: Sciences
    profiles: [college]
    attributes:
      name: Botany
      term: Spring 2027
"""


@click.command()
@click.option(
    "--examples",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The configuration repo to use; by default the examples folder beside you.",
)
def demo(examples: Path | None) -> int:
    """Show the main job on the sandbox: validate, plan, apply, drift, accept, import, undo.

    Nothing outside a temporary folder is touched, and nothing is left running.
    """
    folder = examples or Path("examples")
    if not (folder / "coursesync.yaml").is_file():
        raise UsageProblem(
            f"There is no configuration repo in {folder}.", hint="coursesync demo --examples FOLDER"
        )
    try:
        from coursesync.sandbox import Options, running
    except ImportError as error:
        raise needs_sandbox() from error
    with running(Options()) as canvas, _workplace(folder, canvas.url):
        _step("1. validate: find every problem in the manifests, without asking Canvas.")
        _run(validate)
        _step("2. plan: read Canvas, show the changes and what Canvas would do besides.")
        _run(plan)
        _step("3. apply: send exactly that, and read every field back.")
        _run(apply, "--auto-approve", "--allow", "lossy")
        _step("4. plan again: Canvas now holds what the manifests say.")
        _run(plan)
        _step(f"5. A teacher changes {_EDITED} in Canvas by hand ({', '.join(_EDIT)}).")
        canvas.sandbox.edit(_course(canvas.sandbox, _EDITED), user=_EDITOR, **_EDIT)
        _step("6. drift: what differs, which side moved since the last apply, and who moved it.")
        _run(drift, "--blame")
        _step("7. accept: take it over into the manifest; first as a patch, then for good.")
        _run(accept, "--dry-run")
        _run(accept)
        _step("8. plan: the two agree again.")
        _run(plan, "--quiet")
        _step("9. import: manifests for courses that nobody has declared yet.")
        _run(import_, "--account", "1", "--profiles", "--dry-run")
        _step("10. runs, and undo: the way back of the apply, here for one course.")
        _run(runs)
        _run(undo, "last", "--target", _UNDONE, "--auto-approve")
        _step(f"11. A course that does not exist yet, in an account and a term by name: {_NEW_FILE}")
        disk.put(_NEW_FILE, _NEW_COURSE)
        click.echo(_NEW_COURSE)
        _run(apply, "--target", _NEW, "--auto-approve")
    click.secho("\nThat was coursesync. Next: README.md, 'Your own Canvas'.", bold=True)
    return ExitCode.DONE


def _step(text: str) -> None:
    click.secho(f"\n== {text}", bold=True)


def _run(command: click.Command, *arguments: str) -> None:
    shown = " ".join(("coursesync", command.name or "", *arguments))
    click.secho(f"$ {shown}\n", dim=True)
    command.main(args=list(arguments), prog_name=f"coursesync {command.name}", standalone_mode=False)


@contextlib.contextmanager
def _workplace(examples: Path, url: str) -> Iterator[None]:
    """Work in a temporary copy of the examples, with the sandbox as the Canvas of the environment."""
    with tempfile.TemporaryDirectory(prefix="coursesync-demo-") as folder:
        copy = Path(folder) / "college"
        shutil.copytree(examples, copy)
        _commit(copy)
        settings = {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "sandbox-admin"}
        with contextlib.chdir(copy), _environment(settings):
            yield


def _commit(folder: Path) -> None:
    """Put the copy into git, where there is one, so that drift knows which side moved."""
    author = ("-c", "user.name=demo", "-c", "user.email=demo@example.edu", "-c", "commit.gpgsign=false")
    for arguments in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "-m", "Examples"),
    ):
        with contextlib.suppress(OSError):
            subprocess.run(
                ["git", "-C", str(folder), *arguments], env=for_git(), capture_output=True, check=False
            )


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (*settings, "COURSESYNC_ALLOWED_HOSTS")}
    os.environ.pop("COURSESYNC_ALLOWED_HOSTS", None)
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _course(sandbox: Any, sis_id: str) -> int:
    """Return the Canvas id of a course of the sandbox."""
    found = (number for number in sandbox.course_ids() if sandbox.course(number)["sis_source_id"] == sis_id)
    return int(next(found))
