"""Every page is followed from top to bottom, in an empty folder: its files, its commands, what they say."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.comparing import ANY, agrees
from tests.docs.pages import COMMANDS, PAGES, ROOT, Block, Command, Note, commands, name_of, parts
from tests.docs.shell import Shell
from tests.docs.unrun import BEFORE, why_not

_GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.edu",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.edu",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}

Step = Note | Block | tuple[Block, Command]
# A command, how far its block is indented, and what it says.
Edit = tuple[Command, str, list[str]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A terminal in an empty folder; variables are put back at the end."""
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    os.environ.update(_GIT, HOME=str(tmp_path))
    os.environ.pop("CI", None)
    with contextlib.ExitStack() as stack:
        yield Shell(home=tmp_path, stack=stack)
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_says_what_happens(page: Path, shell: Shell, *, update: bool) -> None:
    text = page.read_text("utf-8")
    steps = list(_steps(page, text))
    edits: list[Edit] = []
    try:
        _follow(page, steps, shell, edits, update=update)
    finally:
        if edits:
            page.write_text(_edited(text, edits), "utf-8")


def _follow(page: Path, steps: list[Step], shell: Shell, edits: list[Edit], *, update: bool) -> None:
    """Do all that a page says; what it should say instead comes to `edits`."""
    for number, step in enumerate(steps):
        match step:
            case Note(kind="folder"):
                _begin(shell)
            case Note(kind="school"):
                shell.school(int(step.text))
            case Note(kind="run"):
                said = shell.do(step.text)
                assert shell.code == 0, f"{name_of(page)}: {step.text}\n{said}"
            case Block():
                _write(Path(step.title), step)
            case (Block() as block, Command() as command):
                following = steps[number + 1] if number + 1 < len(steps) else None
                edits += _try(page, shell, block, command, _code(following), update=update)


def _steps(page: Path, text: str) -> Iterator[Step]:
    yield from BEFORE.get(name_of(page), ())
    for part in parts(text):
        if isinstance(part, Block) and part.language in COMMANDS:
            yield from ((part, command) for command in commands(part))
        elif isinstance(part, Note) or part.title:
            yield part


def _begin(shell: Shell) -> None:
    """Put the examples into the folder, and all of it into git."""
    shutil.copytree(ROOT / "examples", shell.home, dirs_exist_ok=True)
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Examples")):
        subprocess.run(["git", *arguments], check=True)


def _write(path: Path, block: Block) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(block.lines) + "\n", "utf-8")


def _code(following: object) -> str | None:
    """Return how a command ends, where the page says so; `echo $?` says it itself."""
    match following:
        case Note(kind="exits"):
            return following.text
        case (_, Command(text="echo $?")):
            return None
    return "0"


def _try(
    page: Path, shell: Shell, block: Block, command: Command, code: str | None, *, update: bool
) -> list[Edit]:
    """Run a command; return how the page is to be edited, if it is."""
    if why_not(name_of(page), command.text):
        return []
    place = f"{name_of(page)}:{command.line + 1}: {command.text}"
    output = shell.do(command.text)
    assert code in {None, str(shell.code)} or command.text == "echo $?", f"{place}\n{output}"
    if command.says is None:
        return []
    # A blank line between two commands of a page is there for the eye.
    said = output.strip("\n").split("\n") if output.strip("\n") else []
    shown = _trimmed(command.says)
    if agrees(shown, said):
        return []
    if update and not any(line.strip() == ANY for line in shown):
        return [(command, block.indent, said)]
    assert shown == said, place
    return []


def _trimmed(lines: list[str]) -> list[str]:
    joined = "\n".join(lines).strip("\n")
    return joined.split("\n") if joined else []


def _edited(text: str, edits: list[Edit]) -> str:
    lines = text.split("\n")
    for command, indent, said in reversed(edits):
        first = command.line + 1 + command.text.count("\n")
        blank = [""] if lines[command.end - 1 : command.end] == [""] else []
        lines[first : command.end] = [f"{indent}{line}".rstrip() for line in said] + blank
    return "\n".join(lines)
