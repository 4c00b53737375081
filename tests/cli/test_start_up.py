"""What a command imports before it does anything: nothing heavy for `--version`, no HTTP client offline."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from coursesync.cli import COMMANDS, cli, commands

HEAVY = {
    "asyncio",
    "deepdiff",
    "httpx",
    "markdown_it",
    "pydantic",
    "rfc8785",
    "rich",
    "ruamel",
    "starlette",
    "tempfile",
    "tenacity",
    "traceback",
    "uvicorn",
}


def _imported(folder: Path, *arguments: str) -> set[str]:
    """Run a command in a process of its own and return the names of the packages it imported."""
    code = (
        "import sys\n"
        "from coursesync.cli import run\n"
        f"assert run({list(arguments)!r}) == 0\n"
        "print(' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_is_said_without_importing_anything_heavy(tmp_path: Path) -> None:
    assert _imported(tmp_path, "--version") & HEAVY == set()


def test_the_manifests_are_validated_without_an_http_client(tmp_path: Path) -> None:
    tmp_path.joinpath("courses.yaml").write_text("courses:\n  - {id: 1, attributes: {name: A}}\n", "utf-8")
    assert _imported(tmp_path, "validate") & {"httpx", "tenacity", "deepdiff"} == set()


def test_the_names_of_the_commands_are_known_without_importing_them(tmp_path: Path) -> None:
    code = (
        "import sys, click\n"
        "from coursesync.cli import cli\n"
        "print(*cli.list_commands(click.Context(cli)))\n"
        "print(*(name for name in sys.modules if name.startswith('coursesync.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, modules = done.stdout.splitlines()
    assert tuple(names.split()) == COMMANDS
    assert modules.split() == ["coursesync.errors", "coursesync.cli"]


def test_a_command_is_the_function_of_its_module_with_its_own_name() -> None:
    assert tuple(command.name for command in commands()) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_at_hand(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str()


def test_another_name_is_no_command() -> None:
    assert cli.get_command(click.Context(cli), "options") is None
