"""Progress on stderr: plain lines by a clock of ours, the bar on a recorded terminal, nothing on stdout."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace

import pytest
from rich.console import Console

from coursesync.cli.progress import Bar, Lines, shown


@dataclass(frozen=True)
class Pace:
    """What the throttle says of itself."""

    in_flight: int = 11
    allowed: int = 12
    remaining: float | None = 120.0
    high_water: float | None = 700.0
    refusals: int = 0
    shared: bool = False


class Time:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Captured = pytest.CaptureFixture[str]


def _read(lines: Lines | Bar, clock: Time, *, seconds: int, per_second: int, total: int = 9800) -> None:
    """Do so many a second for so many seconds."""
    lines.begin("Reading courses", total)
    for _ in range(seconds):
        clock.now += 1
        lines.advance(per_second)


def test_a_plain_line_appears_every_five_seconds(capsys: Captured) -> None:
    clock = Time()
    _read(Lines(pace=Pace, clock=clock), clock, seconds=16, per_second=143)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Reading courses: 715 of 9,800, 143/s, about 64 s left, 11 of 12 slots",
        "Reading courses: 1,430 of 9,800, 143/s, about 59 s left, 11 of 12 slots",
        "Reading courses: 2,145 of 9,800, 143/s, about 54 s left, 11 of 12 slots",
    ]


def test_work_that_ends_before_the_first_line_is_not_mentioned(capsys: Captured) -> None:
    clock = Time()
    lines = Lines(pace=Pace, clock=clock)
    for _ in range(3):
        _read(lines, clock, seconds=4, per_second=143)
        lines.end()
    assert capsys.readouterr().err == ""


def test_a_line_says_what_stands_in_the_way_of_more(capsys: Captured) -> None:
    clock, pace = Time(), Pace(in_flight=3, allowed=4, shared=True)
    lines = Lines(pace=lambda: pace, clock=clock)
    _read(lines, clock, seconds=5, per_second=2, total=500)
    pace = replace(pace, refusals=1)
    _read(lines, clock, seconds=5, per_second=2, total=500)
    pace = replace(pace, refusals=1200, shared=False)
    _read(lines, clock, seconds=5, per_second=2, total=500)
    assert [line.partition("left, ")[2] for line in capsys.readouterr().err.splitlines()] == [
        "3 of 4 slots, shared token",
        "3 of 4 slots, 1 refusal, shared token",
        "3 of 4 slots, 1,200 refusals",
    ]


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (0, 100, "0 of 100"),
        (1, 3, "1 of 3, 12/min, about 10 s left"),
        (25, 1000, "25 of 1,000, 5.0/s, about 3 min left"),
        (25, 100_000, "25 of 100,000, 5.0/s, about 5.6 h left"),
        (10_000, 1_000_000, "10,000 of 1,000,000, 2,000/s, about 8 min left"),
        (100, 100, "100 of 100, 20/s"),
    ],
)
def test_rate_and_time_are_said_in_a_unit_people_use(
    capsys: Captured, done: int, total: int, words: str
) -> None:
    clock = Time()
    lines = Lines(pace=lambda: None, clock=clock)
    lines.begin("Reading courses", total)
    clock.now += 5
    lines.advance(done)
    assert capsys.readouterr().err == f"Reading courses: {words}\n"


def test_the_rate_is_that_of_the_last_half_minute(capsys: Captured) -> None:
    clock = Time()
    lines = Lines(pace=lambda: None, clock=clock)
    _read(lines, clock, seconds=60, per_second=1, total=10_000)
    for _ in range(35):
        clock.now += 1
        lines.advance(100)
    assert "100/s" in capsys.readouterr().err.splitlines()[-1]


def test_the_bar_shows_count_rate_time_left_and_headroom_in_eighty_columns() -> None:
    clock = Time()
    console = Console(file=io.StringIO(), force_terminal=True, width=80, record=True, color_system=None)
    bar = Bar(console, pace=lambda: Pace(refusals=3, shared=True), clock=clock)
    _read(bar, clock, seconds=20, per_second=143)
    drawn = bar.view()
    bar.end()
    console.export_text(clear=True)
    console.print(drawn)
    assert console.export_text().splitlines() == [
        "Reading courses ━━━━━━━━━━━━━━                                    2,860 of 9,800",
        "143/s, about 49 s left, 11 of 12 slots, 3 refusals, shared token",
    ]


def test_the_throttle_is_asked_by_who_does_the_work_and_not_while_drawing() -> None:
    asked: list[threading.Thread] = []

    def pace() -> Pace:
        asked.append(threading.current_thread())
        return Pace()

    bar = Bar(Console(file=io.StringIO(), force_terminal=True), pace=pace, clock=time.monotonic)
    bar.begin("Reading courses", 3)
    for _ in range(3):
        time.sleep(0.3)
        bar.advance()
    bar.end()
    assert asked
    assert set(asked) == {threading.current_thread()}


def test_with_quiet_nothing_is_shown(capsys: Captured) -> None:
    clock = Time()
    with shown(quiet=True, pace=Pace, clock=clock) as progress:
        progress.begin("Reading courses", 100)
        clock.now += 60
        progress.advance(10)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_lines_are_shown_and_rich_is_not_loaded() -> None:
    code = (
        "import sys\n"
        "from coursesync.cli.progress import shown\n"
        "with shown(quiet=False, pace=lambda: None, clock=iter(range(0, 100, 3)).__next__) as progress:\n"
        "    progress.begin('Reading courses', 10)\n"
        "    progress.advance()\n"
        "    progress.advance()\n"
        "assert 'rich' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Reading courses: 2 of 10, 20/min, about 24 s left\n"


def test_no_thread_and_no_stream_is_left_when_the_work_fails_half_way() -> None:
    threads, stderr = threading.active_count(), sys.stderr
    bar = Bar(Console(file=io.StringIO(), force_terminal=True), pace=Pace, clock=Time())
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        stack.callback(bar.end)
        bar.begin("Reading courses", 10)
        bar.begin("Reading settings", 10)
        assert sys.stderr is not stderr
        raise KeyboardInterrupt
    assert sys.stderr is stderr
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == threads


ON_A_TERMINAL = """
import logging, sys, time
import click
from coursesync.cli.progress import shown
verbose = sys.argv[1] == "verbose"
logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
with shown(quiet=False, verbose=verbose, pace=lambda: None) as progress:
    progress.begin("Reading courses", 10)
    progress.advance(5)
    time.sleep(0.5)
    print("a result")
    if verbose:
        logging.info("a log line")
    click.echo("a word meanwhile", err=True)
    time.sleep(0.5)
    if sys.argv[1] == "interrupted":
        raise SystemExit(130)
click.echo("a question? ", err=True, nl=False)
"""
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


def _on_a_terminal(how: str, term: str = "xterm") -> tuple[str, str]:
    """Run the script with stderr on a terminal; return what it wrote to stdout and to the terminal."""
    ours, theirs = pty.openpty()
    try:
        environment = {**os.environ, "TERM": term, "COLUMNS": "100", "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-c", ON_A_TERMINAL, how],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environment,
            text=True,
            check=False,
        )
        return done.stdout, os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_on_a_terminal_words_stand_above_the_bar_and_results_go_elsewhere() -> None:
    out, err = _on_a_terminal("live")
    assert out == "a result\n"
    assert "5 of 10" in err
    assert "\x1b[1A\x1b[2Ka word meanwhile\r\n" in err
    assert err.endswith("a question? ")
    assert err.index("a question? ") > err.rindex("5 of 10")


@pytest.mark.parametrize("how", ["live", "interrupted"])
def test_the_terminal_is_left_as_it_was(how: str) -> None:
    _, err = _on_a_terminal(how)
    assert err.count(HIDE_CURSOR) == err.count(SHOW_CURSOR) == 1
    assert err.index(HIDE_CURSOR) < err.index(SHOW_CURSOR)


@pytest.mark.parametrize(("how", "term"), [("verbose", "xterm"), ("live", "dumb")])
def test_no_bar_is_drawn_between_log_lines_or_on_a_terminal_that_cannot(how: str, term: str) -> None:
    _, err = _on_a_terminal(how, term)
    assert "\x1b" not in err
    assert err.endswith("a word meanwhile\r\na question? ")
