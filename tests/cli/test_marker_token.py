"""The token goes to Canvas and nowhere else: not into a byte that any command writes, shows or passes on.

Every command runs as a process of its own, with a token nobody could write by chance, while Canvas does what
it should, or fails, or sends us elsewhere, or we have a bug; then everything is searched.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from coursesync.cli import COMMANDS
from coursesync.sandbox import Options, RunningSandbox, running
from tests.effort import Tally

TOKEN = "7~mArKeRtOkEnThAtNoFiLeMaYhOlD0123456789"
PASSWORD = "mArKeRpAsSwOrDoFaPrOxY"
PICTURE = b"\x89PNG\r\n\x1a\nof a cell"
OTHER = "mArKeRoFaNoThErCaNvAs0123456789"
FORMATS = ("text", "json", "markdown", "html", "junit", "sarif")
ALL_FORMATS = tuple(f"--output={form}=out/{{0}}.{form}" for form in FORMATS)

# A name in the order of the story; the others follow. {run} is the id of the last run.
STORY: dict[str, tuple[tuple[str, ...], ...]] = {
    "validate": (("validate", "-v"),),
    "fmt": (("fmt", "--diff"),),
    "plan": (("plan", "-v", "--out", "plan.json", "--save-live", "live.json", *ALL_FORMATS),),
    "show": (("show", "-v", "plan.json"),),
    "apply": (
        ("apply", "-v", "--auto-approve", "--allow=destructive", "--receipt=receipt.json", *ALL_FORMATS),
    ),
    "runs": (("runs",),),
    "drift": (("drift", "-v", "--blame", "--coverage", *ALL_FORMATS),),
    "undo": (("undo", "{run}", "--auto-approve"),),
    "accept": (("accept", "-v"),),
    "import": (("import", "-v", "--account", "1", "--into", "imported", "--profiles"),),
    "explain": (
        ("explain", "settings.hide_final_grades"),
        ("explain", "attributes.name", "--course", "sis_course_id:BIO-101-2026FA"),
    ),
    "doctor": (("doctor",),),
    "schema": (("schema", "plan"),),
    "init": (("init", "fresh", "--ci", "github"),),
    "ci": (("ci", "check"), ("ci", "plan"), ("ci", "drift"), ("ci", "apply")),
    "demo": (("demo", "--examples", "."),),
    "sandbox": (("sandbox", "--port", "{port}"),),
}
# Those that ask Canvas, and so meet what goes wrong there.
ASKING = ("plan", "apply", "drift", "undo", "accept", "import", "explain", "doctor", "ci")
# Started and stopped, as it would serve for ever.
SERVES = {"sandbox"}


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) <= set(STORY), "write a scenario, so that what the new command says is searched"


@dataclass(slots=True)
class Elsewhere:
    """Somebody else's server, which remembers every byte that it is sent."""

    port: int = 0
    heard: bytearray = field(default_factory=bytearray)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening() -> Iterator[Elsewhere]:
    there = Elsewhere()

    class Ear(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(2)
            there.heard.extend(heard := self.request.recv(65536))
            while b"multipart/form-data" in heard and not heard.endswith(b"--\r\n"):
                heard += self.request.recv(65536)
                there.heard.extend(heard)
            self.request.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Ear) as server:
        there.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Place:
    """A project of its own, and all that a process may see of the machine."""

    home: Path
    environ: dict[str, str]

    @property
    def project(self) -> Path:
        return self.home / "project"

    def run(self, *arguments: str) -> bytes:
        """Run a command to its end and return what it printed, with what stood in its command line."""
        process = subprocess.Popen(
            [sys.executable, "-m", "coursesync", *arguments],
            cwd=self.project,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        line = Path(f"/proc/{process.pid}/cmdline")
        seen = line.read_bytes() if line.exists() else b""
        if arguments[0] in SERVES:
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
            return first + out + seen
        out, _ = process.communicate(timeout=120)
        return out + seen


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The examples under git, with a git that writes down how it is called, and a bug where one is wanted."""
    examples = Path(__file__).parents[2] / "examples"
    home = tmp_path / "home"
    shutil.copytree(examples, home / "project")
    for name in ("temp", "bin"):
        (home / name).mkdir()
    git = shutil.which("git")
    (home / "bin" / "git").write_text(
        f'#!/bin/sh\n{{ echo "$@"; env; }} >> "{home}/git.log"\nexec {git} "$@"\n', encoding="utf-8"
    )
    (home / "bin" / "git").chmod(0o755)
    environ = {
        "HOME": str(home),
        "TMPDIR": str(home / "temp"),
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "CANVAS_API_TOKEN": TOKEN,
        "OTHER_TOKEN": OTHER,
        "HTTPS_PROXY": f"http://proxyuser:{PASSWORD}@127.0.0.1:9",
        "GIT_CONFIG_COUNT": "0",
    }
    made = Place(home=home, environ=environ)
    author = ("-c", "user.name=t", "-c", "user.email=t@example.edu")
    for words in (("init", "-q"), ("add", "-A"), (*author, "commit", "-q", "-m", "x")):
        subprocess.run([str(git), *words], cwd=made.project, env=environ, check=True)
    return made


@contextmanager
def canvas(home: Path) -> Iterator[RunningSandbox]:
    """A college that knows the token."""
    seed = json.loads(files("coursesync.sandbox").joinpath("college.json").read_text("utf-8"))
    seed["tokens"].append({"id": 99, "token": TOKEN, "user_id": 1, "state": "active"})
    home.mkdir(exist_ok=True)
    path = home / "college.json"
    path.write_text(json.dumps(seed), encoding="utf-8")
    with running(Options(throttle=False, seed=path)) as found:
        # It holds the token because it has to.
        path.unlink()
        yield found


def _all_well(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    """Canvas does what it should."""


def _wrong_token(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    place.environ["CANVAS_API_TOKEN"] = OTHER


def _failing(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    # Few courses, as each failure is waited for.
    for name in ("coursesync.yaml", "courses/arts.yaml", "courses/science.yaml", "policies/fall-2026.yaml"):
        place.project.joinpath(name).unlink()
    _answer(found, status=500, body=json.dumps({"errors": [{"message": f"no token={TOKEN} {TOKEN}"}]}))


def _redirecting(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    _answer(found, status=302, headers={"location": f"{there.url}/api/v1/courses?access_token={TOKEN}"})


def _next_page_elsewhere(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    link = f'<{there.url}/api/v1/accounts/1/courses?page=2>; rel="next", <{found.url}/x>; rel="current"'
    _answer(found, status=200, body="[]", headers={"link": link})


def _echoing(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    """What Canvas, or a proxy that shows the request, says is wrong holds the header itself."""
    said = {"errors": [{"message": f"Invalid access token. Authorization: Bearer {TOKEN}"}]}
    _answer(found, status=401, body=json.dumps(said), headers={"www-authenticate": "Bearer"})


def _web_page(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    _answer(found, status=200, body=f"<html>{TOKEN}</html>", content_type="text/html")


def _bug(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    """A library raises what nobody expects, with the whole request in its text and in its locals."""
    bugs = place.home / "bugs"
    bugs.mkdir()
    (bugs / "sitecustomize.py").write_text(
        "import httpx\n"
        "async def send(self, request, **options):\n"
        "    raise LookupError(f'{dict(request.headers)}')\n"
        "httpx.AsyncClient.send = send\n",
        encoding="utf-8",
    )
    place.environ["PYTHONPATH"] = str(bugs)


def _storing_elsewhere(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    """Canvas sends a picture to a service of its own, which hears the picture and nothing of ours."""
    for name in ("coursesync.yaml", "courses/arts.yaml", "courses/science.yaml", "policies/fall-2026.yaml"):
        place.project.joinpath(name).unlink()
    place.project.joinpath("courses/bio.png").write_bytes(PICTURE)
    place.project.joinpath("courses/bio.yaml").write_text(
        "courses:\n  - id: 4103\n    attributes: {image: {file: bio.png}}\n", encoding="utf-8"
    )
    body = json.dumps({"upload_url": f"{there.url}/store", "upload_params": {"key": "given-by-canvas"}})
    found.sandbox.fail_next(method="POST", path_contains="/files", times=99, status=200, body=body)


def _no_connection(found: RunningSandbox, there: Elsewhere, place: Place) -> None:
    place.environ["CANVAS_API_URL"] = "https://127.0.0.2:1"


def _answer(found: RunningSandbox, **how: Any) -> None:
    for method in ("GET", "PUT", "POST"):
        found.sandbox.fail_next(method=method, path_contains="/api/", times=10_000, **{"status": 500, **how})


Situation = Callable[[RunningSandbox, Elsewhere, Place], None]
# Which commands meet it in CI, and which in every run of the tests.
SITUATIONS: dict[Situation, tuple[str, ...]] = {
    _all_well: tuple(STORY),
    _wrong_token: ASKING,
    _failing: ("plan", "apply"),
    _redirecting: ASKING,
    _next_page_elsewhere: ASKING,
    _echoing: ASKING,
    _web_page: ASKING,
    _bug: ASKING,
    _no_connection: ("plan",),
    _storing_elsewhere: ("plan", "apply"),
}
QUICK: dict[Situation, tuple[str, ...]] = {
    _all_well: ("plan", "apply", "runs", "drift"),
    _redirecting: ("plan",),
    _echoing: ("plan",),
    _bug: ("plan",),
    _storing_elsewhere: ("apply",),
}


def _named(situation: Any) -> str:
    return situation.__name__.strip("_").replace("_", " ") if callable(situation) else ""


@pytest.mark.trust
@pytest.mark.parametrize(("situation", "commands"), SITUATIONS.items(), ids=_named)
def test_no_command_shows_writes_or_passes_on_the_token(
    place: Place, tmp_path: Path, situation: Situation, commands: tuple[str, ...], tally: Tally
) -> None:
    tally("commands searched for the token", _tell(place, tmp_path, situation, commands))


@pytest.mark.parametrize(("situation", "commands"), QUICK.items(), ids=_named)
def test_the_token_is_in_nothing_that_is_written_shown_or_passed_on(
    place: Place, tmp_path: Path, situation: Situation, commands: tuple[str, ...]
) -> None:
    _tell(place, tmp_path, situation, commands)


def _tell(place: Place, tmp_path: Path, situation: Situation, commands: tuple[str, ...]) -> int:
    """Run commands, search everything, and return how many were run."""
    with listening() as there, canvas(tmp_path / "seed") as found:
        place.environ["CANVAS_API_URL"] = found.url
        situation(found, there, place)
        said: dict[str, bytes] = {}
        for name, runs in STORY.items():
            if name in COMMANDS and name in commands:
                for number, words in enumerate(runs):
                    said[f"{name} {number}"] = place.run(*_filled(words, name, place))
        asked = [entry for entry in found.sandbox.log if entry.path.startswith("/api/")]
    for name, out in said.items():
        assert _secrets(out) == [], name
    assert {str(path): held for path, held in _search(place.home).items() if held} == {}
    if situation is _storing_elsewhere:
        assert PICTURE in there.heard
        assert b"given-by-canvas" in there.heard
        assert b"uthorization" not in there.heard
        assert _secrets(bytes(there.heard)) == []
    else:
        assert there.heard == b"", "something was sent to another host"
    if situation is _all_well:
        assert len(asked) > 10
        assert (place.project / "receipt.json").exists()
        assert b"a bug in coursesync" not in b"".join(said.values())
    if situation is _bug:
        logs = list((place.home / "temp").glob("coursesync-*.log"))
        assert logs
        assert all("authorization" in log.read_text("utf-8") for log in logs)
    return len(said)


def _filled(words: tuple[str, ...], name: str, place: Place) -> list[str]:
    runs = sorted(path.name for path in (place.project / ".coursesync" / "runs").glob("*"))
    values = {"run": runs[-1] if runs else "none", "port": "18765"}
    return [word.format(name, **values) for word in words]


def _secrets(content: bytes) -> list[str]:
    """Return the secrets in some bytes, in whatever spelling."""
    found = []
    for secret in (TOKEN, OTHER, PASSWORD):
        spellings = {
            secret.encode(),
            secret.encode().hex().encode(),
            secret.encode("utf-16-le"),
            secret[::-1].encode(),
            *(base64.b64encode(b"x" * shift + secret.encode())[4:-4] for shift in range(3)),
        }
        found += [secret for spelling in spellings if spelling in content]
    return found


def _search(folder: Path) -> dict[Path, list[str]]:
    everything = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path: _secrets(path.read_bytes()) for path in everything}
