"""How far long work has come, on stderr: a bar on a terminal, elsewhere a plain line every few seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO, cast

import click

from coursesync.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from coursesync.canvas.throttle import Pace

Clock = Callable[[], float]
AskPace = Callable[[], "Pace | None"]

# Seconds between two plain lines.
EVERY = 5.0
# The rate is that of the last so many seconds, because the throttle lets more through as it learns.
_WINDOW = 30.0
_WIDTH = 80
_REFRESHES_PER_SECOND = 4


@contextlib.contextmanager
def shown(
    *,
    quiet: bool,
    pace: AskPace,
    verbose: bool = False,
    colour: bool = True,
    clock: Clock = time.monotonic,
) -> Iterator[Progress]:
    """Yield somebody to tell how far the work is, and leave nothing on the terminal afterwards.

    With `verbose` lines are logged to stderr, between which a bar would flicker, so it is plain lines too.
    """
    progress: Silent | Lines | Bar = Silent()
    if not quiet:
        console = None if verbose else _terminal(colour=colour)
        progress = Bar(console, pace=pace, clock=clock) if console else Lines(pace=pace, clock=clock)
    try:
        yield progress
    finally:
        progress.end()


def _terminal(*, colour: bool) -> Console | None:
    """Return the terminal that stderr is, if it is one on which a line can be drawn again."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console

    # Bound to the terminal itself, because sys.stderr is another while the bar is drawn.
    console = Console(file=sys.stderr, no_color=True if not colour else None)
    if not console.is_terminal or console.is_dumb_terminal:
        return None
    console.width = min(console.width, _WIDTH)
    return console


class Lines:
    """Progress as a plain line every few seconds; nothing for work that ends before the first."""

    def __init__(self, *, pace: AskPace, clock: Clock) -> None:
        self._pace, self._clock = pace, clock
        self._stretch: _Stretch | None = None
        self._due = 0.0

    def begin(self, doing: str, total: int) -> None:
        """Start to count."""
        now = self._clock()
        self._stretch = _Stretch(doing, total, now=now)
        self._due = now + EVERY

    def advance(self, count: int = 1) -> None:
        """Count, and say so when it is time."""
        stretch, now = self._stretch, self._clock()
        if stretch is None:
            return
        stretch.advance(count, now=now)
        if now >= self._due:
            self._due = now + EVERY
            words = ", ".join((stretch.count, *stretch.speed(now), *_headroom(self._pace())))
            click.echo(f"{stretch.doing}: {words}", err=True)

    def end(self) -> None:
        """Count no longer."""
        self._stretch = None


class Bar:
    """Progress as a bar on a terminal, which vanishes at the end of each stretch."""

    def __init__(self, console: Console, *, pace: AskPace, clock: Clock) -> None:
        self._console, self._pace, self._clock = console, pace, clock
        self._stretch: _Stretch | None = None
        self._headroom: tuple[str, ...] = ()
        self._asked = 0.0
        self._drawn = contextlib.ExitStack()

    def begin(self, doing: str, total: int) -> None:
        """Start to count, and draw."""
        from rich.live import Live

        self.end()
        self._stretch = _Stretch(doing, total, now=self._clock())
        live = Live(
            get_renderable=self.view,
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=_REFRESHES_PER_SECOND,
        )
        self._drawn.enter_context(contextlib.redirect_stderr(_above(self._console)))
        self._drawn.enter_context(live)

    def advance(self, count: int = 1) -> None:
        """Count; it is drawn at the next refresh."""
        if self._stretch is not None:
            now = self._clock()
            self._stretch.advance(count, now=now)
            if now - self._asked >= 1 / _REFRESHES_PER_SECOND:
                self._ask(now)

    def _ask(self, now: float) -> None:
        # Here and not when it is drawn, because that happens in a thread of its own.
        self._headroom, self._asked = _headroom(self._pace()), now

    def end(self) -> None:
        """Count no longer, and take the bar away."""
        self._drawn.close()
        self._stretch = None

    def view(self) -> RenderableType:
        """Return what to draw: what is done and how much of it; below, how fast and with what headroom."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Column, Table
        from rich.text import Text

        stretch = self._stretch
        if stretch is None:
            return Text()
        line = Table.grid(
            Column(no_wrap=True), Column(ratio=1), Column(no_wrap=True), expand=True, padding=(0, 1)
        )
        line.add_row(
            Text(stretch.doing), ProgressBar(total=stretch.total, completed=stretch.done), Text(stretch.count)
        )
        words = (*stretch.speed(self._clock()), *self._headroom)
        return Group(line, Text(", ".join(words), style="dim", no_wrap=True, overflow="ellipsis"))


def _above(console: Console) -> TextIO:
    """Return a stderr whose lines appear above what is drawn."""
    from rich.file_proxy import FileProxy

    class Above(FileProxy):
        # click takes a stream that tells no encoding for a broken one, and writes past it.
        encoding = "utf-8"

    return cast(TextIO, Above(console, console.file))


class _Stretch:
    """One stretch of work: how much is done, and how fast it went of late."""

    def __init__(self, doing: str, total: int, *, now: float) -> None:
        self.doing, self.total, self.done = doing, total, 0
        self._past: deque[tuple[float, int]] = deque([(now, 0)])

    def advance(self, count: int, *, now: float) -> None:
        """Count some of them as done."""
        self.done += count
        if now - self._past[-1][0] >= 1.0:
            self._past.append((now, self.done))
        while len(self._past) > 1 and self._past[1][0] <= now - _WINDOW:
            self._past.popleft()

    @property
    def count(self) -> str:
        """Say how many of how many are done."""
        return f"{self.done:,} of {self.total:,}"

    def speed(self, now: float) -> tuple[str, ...]:
        """Say how many a second are done and how long the rest may take; nothing where nobody can tell."""
        then, before = self._past[0]
        done, passed = self.done - before, now - then
        if done <= 0 or passed <= 0:
            return ()
        rate, left = done / passed, self.total - self.done
        return (_rate(rate), f"about {_duration(left / rate)} left") if left > 0 else (_rate(rate),)


def _rate(per_second: float) -> str:
    if per_second < 1:
        return f"{per_second * 60:.0f}/min"
    return f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _headroom(pace: Pace | None) -> tuple[str, ...]:
    """Say how many requests are under way, how many Canvas would take, and what keeps it from more."""
    if pace is None:
        return ()
    words = [f"{pace.in_flight} of {pace.allowed} slots"]
    if pace.refusals:
        words.append(f"{pace.refusals:,} refusal{'' if pace.refusals == 1 else 's'}")
    if pace.shared:
        words.append("shared token")
    return tuple(words)
