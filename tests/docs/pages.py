"""Pages of the documentation as what they show: files, commands and what these say, in order.

A fenced block of `console` or `bash` holds commands. Where one begins with `$ `, what follows it is what it
says, and a line that is only `…` stands for any lines; in a block without prompts every line is a command.
A block with `title="PATH"` is a file. Comments say what readers need not see: `<!-- folder: examples -->`
begins the page in a copy of the examples, `<!-- school: 4123 -->` lets the sandbox be the Canvas of the page,
with that course, `<!-- run: COMMAND -->` is a command, and `<!-- exits: N -->` is how the one before it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted(ROOT.joinpath("docs").rglob("*.md")))
COMMANDS = ("console", "bash", "sh", "shell")

_FENCE = re.compile(r"(?P<indent> *)```(?P<language>[\w-]*) ?(?P<rest>.*)")
_TITLE = re.compile(r'title="([^"]+)"')
_NOTE = re.compile(r"\s*<!-- (?P<kind>folder|school|run|exits): (?P<text>.*?) -->\s*")
_HEREDOC = re.compile(r"<<'?(\w+)'?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, the path it is a file of, its lines, and the number of the first."""

    language: str
    title: str
    lines: tuple[str, ...]
    line: int
    indent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A comment for the tests."""

    kind: str
    text: str


@dataclass(slots=True, kw_only=True)
class Command:
    """A command with what it is shown to say: None where that is not shown; `end` is the line behind that."""

    text: str
    line: int
    says: list[str] | None = field(default_factory=list)
    end: int = 0


def name_of(page: Path) -> str:
    """Return the path of a page as people write it."""
    return page.relative_to(ROOT).as_posix()


def parts(text: str) -> Iterator[Block | Note]:
    """Yield the blocks and notes of a page."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        if note := _NOTE.fullmatch(lines[number]):
            yield Note(kind=note["kind"], text=note["text"])
        if fence := _FENCE.fullmatch(lines[number]):
            first = number + 1
            number = next(at for at in range(first, len(lines)) if lines[at].strip() == "```")
            title = _TITLE.search(fence["rest"])
            yield Block(
                language=fence["language"],
                title=title[1] if title else "",
                lines=tuple(line.removeprefix(fence["indent"]) for line in lines[first:number]),
                line=first,
                indent=fence["indent"],
            )
        number += 1


def commands(block: Block) -> list[Command]:
    """Return the commands of a block."""
    if any(line.startswith("$ ") for line in block.lines):
        return _with_answers(block)
    return _alone(block)


def _with_answers(block: Block) -> list[Command]:
    found: list[Command] = []
    for number, line in enumerate(block.lines, block.line):
        if line.startswith("$ "):
            found.append(Command(text=line[2:], line=number, end=number + 1))
            continue
        command = found[-1]
        if command.says == [] and (line.startswith("> ") or _open(command.text)):
            command.text += f"\n{line.removeprefix('> ')}"
        else:
            assert command.says is not None
            command.says.append(line)
        command.end = number + 1
    return found


def _open(text: str) -> bool:
    """Tell whether a command goes on in the next line."""
    heredoc = _HEREDOC.search(text)
    return text.endswith("\\") or (heredoc is not None and text.split("\n")[-1] != heredoc[1])


def _alone(block: Block) -> list[Command]:
    found: list[Command] = []
    for number, line in enumerate(block.lines, block.line):
        if found and _open(found[-1].text):
            found[-1].text += f"\n{line}"
        elif line.strip() and not line.startswith("#"):
            found.append(Command(text=line, line=number, says=None))
    return found
