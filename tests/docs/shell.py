"""A terminal for the pages: a folder, variables and a sandbox; coursesync runs in this process."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursesync.cli import run
from coursesync.cli.faults import read_faults
from coursesync.cli.sandbox import sandbox
from coursesync.sandbox import Options, running

ADDRESS = "http://127.0.0.1:8765"
SCHOOL = "https://school.instructure.com"
_TOKEN = "sandbox-admin"
_MARKS = set("|&;<>()$`")


@dataclass(slots=True, kw_only=True)
class Shell:
    """A terminal.

    home: the folder it begins in. stack: closes what runs. code: how the last command ended. address: of
    the sandbox that runs. name: what the pages call it.
    """

    home: Path
    stack: contextlib.ExitStack
    code: int = 0
    address: str = ADDRESS
    name: str = ADDRESS
    sandbox: Any = field(default=None)

    def do(self, command: str) -> str:
        """Run one command and return what it says on both streams."""
        command = command.replace(self.name, self.address)
        words = _words(command)
        match words:
            case None:
                said = self._bash(command)
            case ["coursesync", "sandbox", *options]:
                said = self._start(options)
            case ["coursesync", *arguments]:
                said = self._coursesync(arguments)
            case ["export", *pairs]:
                given = dict(pair.split("=", 1) for pair in pairs)
                os.environ.update({key: _TOKEN if "TOKEN" in key else value for key, value in given.items()})
                said, self.code = "", 0
            case ["cd", folder]:
                os.chdir(folder)
                said, self.code = "", 0
            case _:
                said = self._bash(command)
        return said.replace(self.address, self.name)

    def school(self, course: int) -> None:
        """Let the sandbox play the Canvas of a school, which has this course."""
        self._start([])
        self.name = SCHOOL
        self.sandbox.add_course(id=course, name="Biology", course_code="BIO", sis_source_id="BIO-101")

    def _start(self, options: list[str]) -> str:
        """Start the sandbox with the options of the command, but without a limit and on a free port."""
        given = sandbox.make_context("sandbox", options).params
        rules = read_faults(given["faults"]).rules if given["faults"] else ()
        chosen = {key: given[key] for key in ("fleet", "graphql", "seed")}
        found = self.stack.enter_context(running(Options(throttle=False, faults=rules, **chosen)))
        self.address, self.sandbox, self.code = found.url, found.sandbox, 0
        return ""

    def _coursesync(self, arguments: list[str]) -> str:
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            self.code = run(arguments)
        raw = said.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode()

    def _bash(self, command: str) -> str:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        status = f"(exit {self.code})\n{command}"
        done = subprocess.run(
            ["bash", "-c", status],
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=False,
        )
        self.code = done.returncode
        return done.stdout


def _words(command: str) -> list[str] | None:
    """Return the words of a command, or None for one that only a shell understands."""
    command = command.replace("\\\n", " ")
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    bare = re.sub(r"'[^']*'", "", command)
    special = any(set(word) <= _MARKS for word in words if word) or "$" in bare or "`" in bare
    return None if special or "\n" in command else words
