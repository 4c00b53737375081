"""What is derived from the code is what the code derives now, and the README speaks of what exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from coursesync.cli import commands
from coursesync.errors import ExitCode

ROOT = Path(__file__).parents[1]


def test_every_generated_file_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("command", commands(), ids=lambda command: str(command.name))
def test_every_command_has_help_and_stands_in_the_readme(command: click.Command) -> None:
    assert command.help
    assert f"`coursesync {command.name}" in ROOT.joinpath("README.md").read_text("utf-8")


def test_every_option_has_help() -> None:
    silent = [
        f"{command.name} {option.name}"
        for command in commands()
        for option in command.params
        if getattr(option, "help", "argument") is None and getattr(option, "opts", [""])[0].startswith("-")
    ]
    assert silent == []


def test_the_readme_lists_every_exit_code() -> None:
    table = re.findall(r"^\| (\d+) \| ", ROOT.joinpath("README.md").read_text("utf-8"), re.MULTILINE)
    assert [int(code) for code in table] == [code.value for code in ExitCode]


def test_the_examples_point_their_editor_at_the_schemas() -> None:
    for file in sorted(ROOT.joinpath("examples").rglob("*.yaml")):
        first = file.read_text("utf-8").splitlines()[0]
        reference = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert reference, file
        assert (file.parent / reference[1]).resolve().is_file(), file
