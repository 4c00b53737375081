"""The command line: the list of commands, and the one boundary where errors become words and exit codes."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import keyword
import os
import sys
from collections.abc import Iterator, Sequence

import click

from coursesync import __version__
from coursesync.errors import CourseSyncError, ExitCode

# The order in which a newcomer meets them, which is the order of the help page.
# Each is the function of that name in the module of that name; a keyword of Python gets an underscore.
COMMANDS = (
    "init",
    "validate",
    "fmt",
    "plan",
    "show",
    "apply",
    "undo",
    "runs",
    "accept",
    "drift",
    "import",
    "explain",
    "doctor",
    "schema",
    "ci",
    "sandbox",
    "demo",
)

# What is shorter would be found in every other word.
_SHORTEST_TOKEN = 6


def commands() -> tuple[click.Command, ...]:
    """Return every command, in the order of COMMANDS; this imports all that any of them needs."""
    return tuple(_command(name) for name in COMMANDS)


def _command(name: str) -> click.Command:
    module = f"{name}_" if keyword.iskeyword(name) else name
    command = getattr(importlib.import_module(f"{__name__}.{module}"), module)
    if not isinstance(command, click.Command):
        raise TypeError(f"cli/{module}.py has no command called {module}")
    return command


class _WhenAsked(click.Group):
    """A group that imports a command when it is run or its help is wanted, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return _command(cmd_name) if cmd_name in COMMANDS else None


@click.group(
    cls=_WhenAsked, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}
)
@click.version_option(__version__, message="coursesync %(version)s")
def cli() -> None:
    """Keep the configuration of Canvas courses in git.

    Nothing is sent that was not shown, nothing is called applied that was not
    read back, and nothing undeclared is touched unseen.

    Canvas is named by CANVAS_API_URL, the token by CANVAS_API_TOKEN.
    """


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    # A plan of thousands of courses is a million small objects that stay; looking through them again and
    # again for circles that are not there took a fifth of the time.
    gc.set_threshold(50_000, 20, 100)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; everything that goes wrong is said on stderr."""
    codes: list[int] = [ExitCode.DONE]
    with _boundary(codes):
        result = cli.main(list(arguments), prog_name="coursesync", standalone_mode=False)
        codes.append(result if isinstance(result, int) else ExitCode.DONE)
    return int(codes[-1])


@contextlib.contextmanager
def _boundary(codes: list[int]) -> Iterator[None]:
    """Turn whatever ends a command early into a sentence and a code, appended to `codes`."""
    try:
        yield
    except CourseSyncError as error:
        _say(f"Error: {error.message}", error.hint)
        codes.append(error.exit_code)
    except click.exceptions.Exit as ended:
        codes.append(ended.exit_code)
    except click.ClickException as error:
        # click's own code for wrong usage is 2, which here means differences.
        shown = io.StringIO()
        error.show(file=shown)
        _say(shown.getvalue().rstrip("\n"), "")
        codes.append(ExitCode.ERROR)
    except (click.Abort, KeyboardInterrupt):
        # The terminal shows ^C where the cursor stood.
        _say("\nInterrupted.", "")
        codes.append(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output left; say nothing more to anybody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        codes.append(ExitCode.ERROR)
    except Exception as error:  # noqa: BLE001 - the boundary: what arrives here is a bug of ours
        _say(f"This is a bug in coursesync: {type(error).__name__}.", f"Please report it with {_log(error)}")
        codes.append(ExitCode.BUG)


def _say(message: str, hint: str) -> None:
    """Print a sentence, which may repeat what others wrote, so that nothing in it acts on a terminal."""
    # Imported here, because nothing is wrong as a rule.
    from coursesync.render.values import visible

    for line in [*message.split("\n"), *([f"  {hint}"] if hint else [])]:
        click.echo(visible(line), err=True)


def _log(error: Exception) -> str:
    """Write what a bug report needs to a file, without the token, and return its path."""
    # Imported here, because they cost a fifth of the time that `coursesync --version` takes.
    import tempfile
    import traceback

    from coursesync.manifest.environments import may_hold_token

    text = f"coursesync {__version__}, Python {sys.version}\n\n" + "".join(traceback.format_exception(error))
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_TOKEN and may_hold_token(name):
            text = text.replace(value, "[token]")
    text = _without_held(text)
    handle, name = tempfile.mkstemp(prefix="coursesync-", suffix=".log", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write(text)
    return name


def _without_held(text: str) -> str:
    """Return a text without the secrets this process holds, those of a keyring and of a proxy too."""
    credentials = sys.modules.get("coursesync.canvas.credentials")
    for held in [one for one in gc.get_objects() if credentials and isinstance(one, credentials.Token)]:
        text = held.hide(text)
        _, _, behind = held.reveal().partition("://")
        password = behind.rpartition("@")[0].partition(":")[2]
        text = text.replace(password, "[password]") if password else text
    return text
