"""What the pages name exists: commands and options in running text, manifests, tests, the demo's commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from coursesync.cli import commands as all_commands
from coursesync.cli import demo
from coursesync.manifest.models import MANIFEST, PROJECT, check
from coursesync.manifest.yaml import parse
from tests.docs.pages import COMMANDS, PAGES, ROOT, Block, commands, name_of, parts
from tests.docs.unrun import unneeded, why_not

KNOWN = {str(command.name): command for command in all_commands()}
_INLINE = re.compile(r"`(coursesync [^`\n]+)`")
_TEST = re.compile(r"`(tests/[\w./-]+)(?:::(\w+))?`")


def _inline() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in _INLINE.finditer(page.read_text("utf-8")):
            yield name_of(page), found[1]


def _options(command: click.Command) -> set[str]:
    own = {option for given in command.params for option in (*given.opts, *given.secondary_opts)}
    return own | {"--help"}


@pytest.mark.parametrize(("page", "text"), sorted(set(_inline())), ids=lambda value: value)
def test_a_command_in_running_text_exists_with_its_options(page: str, text: str) -> None:
    _, name, *words = shlex.split(re.sub(r"[][]|\.\.\.", "", text))
    command: click.Command = KNOWN[name]
    options = _options(command)
    if isinstance(command, click.Group) and words:
        # What a job does not know itself, it hands on to the command of its name.
        jobs = re.split(r"\W+", words[0])
        options |= {option for job in jobs if job in KNOWN for option in _options(KNOWN[job])}
        options |= {option for job in jobs for option in _options(command.commands[job])}
    used = {word.split("=")[0] for word in words if word.startswith("-")}
    assert used <= options


_MODELS = {
    **dict.fromkeys(MANIFEST.model_fields, MANIFEST),
    **dict.fromkeys(PROJECT.model_fields, PROJECT),
}


def _manifests() -> Iterator[tuple[str, type[BaseModel], str]]:
    """Yield manifests and project files that are shown and are no files of their page, which runs those."""
    for page in PAGES:
        for part in parts(page.read_text("utf-8")):
            text = "\n".join(getattr(part, "lines", ())) + "\n"
            first = re.search(r"^(\w+):", text, re.MULTILINE)
            if isinstance(part, Block) and part.language == "yaml" and not part.title and first:
                model = _MODELS.get(first[1])
                if model:
                    yield f"{name_of(page)}:{part.line}", model, text


@pytest.mark.parametrize(("place", "model", "text"), [pytest.param(*one, id=one[0]) for one in _manifests()])
def test_a_manifest_is_one(place: str, model: type[BaseModel], text: str) -> None:
    parsed = parse(text.encode(), file=place)
    assert parsed.diagnostics == ()
    assert parsed.tree is not None
    assert check(model, parsed.tree, lambda path: "<p></p>").diagnostics == ()


def test_a_promise_and_a_trap_name_tests_that_there_are() -> None:
    missing, found = [], 0
    for page in PAGES:
        for path, name in _TEST.findall(page.read_text("utf-8")):
            there = ROOT / path
            found += 1
            if not there.exists() or (name and f"def {name}(" not in there.read_text("utf-8")):
                missing.append(f"{name_of(page)}: {path} {name}")
    assert missing == []
    assert found >= 40


def test_every_reason_not_to_run_a_command_is_needed() -> None:
    shown = [
        (name_of(page), command.text)
        for page in PAGES
        for part in parts(page.read_text("utf-8"))
        if isinstance(part, Block) and part.language in COMMANDS
        for command in commands(part)
    ]
    assert unneeded(shown) == []
    assert sum(not why_not(*one) for one in shown) > 50


def test_the_recording_shows_the_commands_of_the_demo() -> None:
    """Where it does not: `make pictures`. That they work is what tests/cli holds."""
    source = ROOT.joinpath("src/coursesync/cli/demo.py").read_text("utf-8")
    steps = re.findall(r"_run\((\w+)((?:, (?:\"[^\"]*\"|_[A-Z]+))*)\)", source)
    wanted = [
        " ".join(
            ["coursesync", name.rstrip("_")]
            + [text or getattr(demo, constant) for text, constant in re.findall(r'"([^"]*)"|(_[A-Z]+)', rest)]
        )
        for name, rest in steps
    ]
    recorded = ROOT.joinpath("docs/assets/demo.cast").read_text("utf-8")
    assert re.findall(r"\$ (coursesync [^\\]*)\\r\\n", recorded) == wanted


@pytest.mark.parametrize(
    "picture", sorted(ROOT.joinpath("docs", "assets").glob("*")), ids=lambda path: path.name
)
def test_a_picture_is_small_and_asks_nobody(picture: Path) -> None:
    assert picture.stat().st_size < 300_000
    if picture.suffix in {".svg", ".css"}:
        text = picture.read_text("utf-8")
        assert re.findall(r"(?:src|href|url)\W+https?:", text) == []
