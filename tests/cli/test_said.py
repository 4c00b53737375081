"""What goes wrong is said on stderr in words that act on nothing, and the log of a bug holds no secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coursesync.canvas.credentials import Token
from coursesync.cli import _log, run
from coursesync.sandbox import RunningSandbox
from tests.cli.conftest import one_course

HOSTILE = "\x1b[31m\u202e::error::x ##[add-mask]y"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", f"{HOSTILE}.json"),
        ("plan", f"--target={HOSTILE}", HOSTILE),
        ("apply", "--allow", HOSTILE),
        (HOSTILE,),
    ],
    ids=["file", "path", "choice", "command"],
)
def test_what_was_typed_comes_back_escaped(
    project: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(arguments) == 1
    said = capfd.readouterr().err
    assert said.replace("\n", "").isprintable()
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::error") for line in said.splitlines())


def test_what_canvas_says_is_logged_escaped(project: Path, canvas: RunningSandbox) -> None:
    one_course(project, "attributes: {name: Genetics}")
    for method in ("GET", "POST"):
        canvas.sandbox.fail_next(
            method=method,
            path_contains="/api/",
            status=422,
            body='{"message": "a\\u001b[31m\\n::error::x ##[add-mask]y \\u202e"}',
            times=50,
        )
    done = subprocess.run(
        [sys.executable, "-m", "coursesync", "plan", "-v"], capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert "error" in said
    assert said.replace("\n", "").isprintable()
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::error") for line in said.splitlines())


def test_the_log_of_a_bug_holds_no_token_wherever_it_came_from() -> None:
    token, proxy = Token("from-the-keyring"), Token("http://me:pass-word@proxy.test:3128")
    try:
        raise LookupError(f"{token.reveal()} {proxy.reveal()} Proxy-Authorization: pass-word")
    except LookupError as error:
        log = Path(_log(error))
    text = log.read_text("utf-8")
    log.unlink()
    assert "LookupError: [token] [token] Proxy-Authorization: [password]" in text
    assert "pass-word" not in text
