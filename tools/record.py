"""Record `coursesync demo` in a terminal of 80 columns, as docs/assets/demo.cast (asciicast, version 2).

The time in the recording is made, not measured: a pause before each step, and lines that can be followed.
"""

from __future__ import annotations

import codecs
import json
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).parents[1]
CAST = ROOT / "docs" / "assets" / "demo.cast"
_COLUMNS, _ROWS = 80, 30
# Seconds before a step, behind its title, behind its command, and behind any other line.
_STEP, _TITLE, _COMMAND, _LINE = 2.5, 1.5, 1.0, 0.05
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def recorded(command: list[str], folder: Path = ROOT) -> str:
    """Return all that a command writes to a terminal, run in a folder. Raises RuntimeError where it fails."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(_COLUMNS), LINES=str(_ROWS))
        os.chdir(folder)
        os.execv(command[0], command)  # noqa: S606 - the command is ours
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    decoder = codecs.getincrementaldecoder("utf-8")()
    said = ""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            # What Linux says of a terminal whose program has ended.
            break
        if not piece:
            break
        said += decoder.decode(piece)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{said}")
    return said


def timed(text: str) -> Iterator[tuple[float, str]]:
    """Yield the lines of a text, each with the second at which it is shown."""
    moment = 0.0
    # Lines of progress are drawn over each other; only what stays is shown.
    for line in text.replace("\r\n", "\n").split("\n"):
        kept = line.rpartition("\r")[2]
        plain = _COLOUR.sub("", kept)
        moment += _STEP if plain.startswith("== ") and moment > _STEP else 0.0
        yield round(moment, 2), f"{kept}\r\n"
        moment += _TITLE if plain.startswith("== ") else _COMMAND if plain.startswith("$ ") else _LINE


def cast(text: str) -> str:
    """Return a recording of a text."""
    head = {"version": 2, "width": _COLUMNS, "height": _ROWS, "title": "coursesync demo"}
    events = ([moment, "o", line] for moment, line in timed(text.strip("\r\n")))
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in (head, *events))


def commands(text: str) -> list[str]:
    """Return the commands that a demo, or the recording of one, shows."""
    return [line[2:] for line in _COLOUR.sub("", text).splitlines() if line.startswith("$ ")]


def shown(recording: str) -> str:
    """Return what a recording shows, without its times."""
    return "".join(json.loads(line)[2] for line in recording.splitlines()[1:])


if __name__ == "__main__":
    CAST.write_text(cast(recorded([str(Path(sys.executable).with_name("coursesync")), "demo"])), "utf-8")
