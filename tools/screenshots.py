"""Make the pictures of docs/assets from what coursesync shows of the examples: a plan, and a report."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from coursesync.sandbox import Options, running
from record import ROOT, recorded

ASSETS = ROOT / "docs" / "assets"
PROGRAM = str(Path(sys.executable).with_name("coursesync"))
# What people change by hand: user, course, columns.
_EDITS: tuple[tuple[int, int, dict[str, Any]], ...] = (
    (2, 4101, {"default_view": "feed", "name": "Intro to Biology (Fall)"}),
    (2, 4104, {"license": "private"}),
    (1, 4107, {"default_view": "assignments", "public_description": "Drawing from life."}),
    (2, 4110, {"conclude_at": "2026-12-20T07:00:00Z"}),
    (1, 4115, {"storage_quota": 2_097_152_000}),
)
# Without the web font that rich would name: a picture asks nobody for anything.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


@contextmanager
def college() -> Iterator[tuple[Path, Any]]:
    """Give a copy of the examples in git, and a sandbox that the environment leads to."""
    with tempfile.TemporaryDirectory() as folder, running(Options(throttle=False)) as canvas:
        root = Path(folder) / "college"
        shutil.copytree(ROOT / "examples", root)
        for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "Examples")):
            author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.edu")
            subprocess.run(["git", *author, *arguments], cwd=root, check=True)
        os.environ.update(CANVAS_API_URL=canvas.url, CANVAS_API_TOKEN="sandbox-admin")  # noqa: S106
        yield root, canvas.sandbox


def coursesync(root: Path, *arguments: str) -> None:
    """Run a command; a difference is no failure here."""
    done = subprocess.run([PROGRAM, *arguments], cwd=root, check=False, capture_output=True, text=True)
    if done.returncode not in {0, 2}:
        raise RuntimeError(done.stdout + done.stderr)


def terminal(root: Path, target: Path, title: str, *arguments: str) -> None:
    """Write what a command shows in a terminal as a picture."""
    said = recorded([PROGRAM, *arguments], root)
    _, _, kept = said.replace("\r\n", "\n").rpartition("\x1b[?25h")
    console = Console(record=True, width=80, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(Text(f"$ {title}\n", style="dim"))
    console.print(Text.from_ansi(kept.strip("\n").replace("\x1b[2K", "").replace("\x1b[1A", "")))
    target.write_text(
        console.export_svg(title="", theme=MONOKAI, code_format=_SVG, unique_id="plan"), "utf-8"
    )


def pages(report: Path, name: str) -> None:
    """Write a page as two pictures, one for light and one for dark surroundings."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
            page.goto(report.as_uri())
            page.screenshot(path=ASSETS / f"{name}-{scheme}.png")
        browser.close()


def main() -> None:
    """Make every picture."""
    with college() as (root, sandbox):
        command = ("plan", "--target", "CHEM-*")
        terminal(root, ASSETS / "plan.svg", "coursesync plan --target 'CHEM-*'", *command)
        coursesync(root, "apply", "--auto-approve", "--allow", "lossy")
        for user, course, columns in _EDITS:
            sandbox.edit(course, user=user, **columns)
        coursesync(root, "drift", "--blame", "--output", "html=drift.html")
        pages(root / "drift.html", "drift")


if __name__ == "__main__":
    main()
