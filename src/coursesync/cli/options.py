"""Options that several commands share, parsed once into frozen values."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coursesync import disk
from coursesync.errors import UsageProblem
from coursesync.render import RENDERERS, Document, Look
from coursesync.render.values import visible

if TYPE_CHECKING:
    from coursesync.catalogue.types import Literal
    from coursesync.manifest.variables import Overrides
    from coursesync.workflow import Selection

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go: the format on stdout, files in other formats, and how they look."""

    format: str
    files: tuple[tuple[str, Path], ...]
    look: Look
    strict: bool

    def show(self, document: Document) -> None:
        """Print a document on stdout, and write it to every file asked for."""
        for name, path in self.files:
            disk.put(path, RENDERERS[name](document, Look()))
        click.echo(RENDERERS[self.format](document, self.look), nl=False)

    def only(self, formats: Iterable[str], *, usage: str) -> None:
        """Raise UsageProblem where a command that knows only these formats is asked for another.

        usage: how the command is typed.
        """
        known = tuple(formats)
        for name in (self.format, *(name for name, _ in self.files)):
            if name not in known:
                raise UsageProblem(
                    f"{usage.split()[0]} prints {' or '.join(known)}, not {name}.",
                    hint=f"coursesync {usage} --format json",
                )

    def say(self, document: Document) -> None:
        """Print a document as text on stderr."""
        text = RENDERERS["text"](document, self.look)
        click.echo(text, nl=False, err=True)


def make_folder(path: Path) -> None:
    """Make the folder a file is to be written into. Raises UsageProblem where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"{path.parent} cannot be made: {error.strerror}.") from error


def _files(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    pairs = []
    for value in values:
        name, found, path = value.partition("=")
        if not found or not path or name not in RENDERERS:
            raise click.BadParameter(f"{value!r} is not FORMAT=FILE with a format of {', '.join(RENDERERS)}.")
        pairs.append((name, Path(path)))
    return tuple(pairs)


def output_options(function: _Function) -> _Function:
    """Add --format, --output, --strict, --no-color, --quiet and -v, given to the command as `output`."""
    options = (
        click.option(
            "--format",
            "format_",
            type=click.Choice(list(RENDERERS)),
            default="text",
            show_default=True,
            help="What to print on stdout.",
        ),
        click.option(
            "--output",
            "files",
            multiple=True,
            metavar="FORMAT=FILE",
            callback=_files,
            help="Also write FORMAT to FILE; may be repeated.",
        ),
        click.option("--strict", is_flag=True, help="Treat warnings as errors."),
        click.option("--no-color", is_flag=True, help="No colour, also with NO_COLOR set."),
        click.option("--quiet", is_flag=True, help="Only the closing line and errors."),
        click.option("-v", "--verbose", is_flag=True, help="Also the exact requests, and a log on stderr."),
    )
    return _wrapped(function, options, _output, "output")


def _output(values: dict[str, Any]) -> Output:
    plain = values.pop("no_color") or "NO_COLOR" in os.environ
    verbose, quiet = values.pop("verbose"), values.pop("quiet")
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns if terminal else 80
    if verbose:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLine("%(name)s: %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        logging.getLogger("httpx").setLevel(logging.WARNING)
    look = Look(width=max(40, min(width, 120)), colour=terminal and not plain, verbose=verbose, quiet=quiet)
    return Output(
        format=values.pop("format_"), files=values.pop("files"), look=look, strict=values.pop("strict")
    )


class _OneLine(logging.Formatter):
    """Writes a record on one line, in which nothing that Canvas said acts on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return visible(super().format(record))


def selection_options(function: _Function) -> _Function:
    """Add --target and --exclude, given to the command as `selection`."""
    options = (
        click.option(
            "--target",
            multiple=True,
            metavar="GLOB",
            help="Only courses whose id, SIS id or name matches; may be repeated.",
        ),
        click.option("--exclude", multiple=True, metavar="GLOB", help="All but these; may be repeated."),
    )

    def build(values: dict[str, Any]) -> Selection:
        # Brings the HTTP client along, which `validate` and `show` do without.
        from coursesync.workflow import Selection

        return Selection(target=values.pop("target"), exclude=values.pop("exclude"))

    return _wrapped(function, options, build, "selection")


def project_option(function: _Function) -> _Function:
    """Add --project, given to the command as `project_file`."""
    return click.option(
        "--project",
        "project_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The project file; by default the nearest coursesync.yaml upwards.",
    )(function)


def environment_option(function: _Function) -> _Function:
    """Add -e, given to the command as `environment_name`."""
    return click.option(
        "-e",
        "--environment",
        "environment_name",
        metavar="NAME",
        help="The Canvas of this name in the project file; by default its default_environment.",
    )(function)


def variable_options(function: _Function) -> _Function:
    """Add --var and --var-file, given to the command as `overrides`."""
    options = (
        click.option(
            "--var",
            "values",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_variables,
            help="What ${NAME} stands for in manifests; may be repeated.",
        ),
        click.option(
            "--var-file",
            "var_files",
            multiple=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="A YAML file of variables in the project; may be repeated, and later ones win.",
        ),
    )

    def build(values: dict[str, Any]) -> Overrides:
        from coursesync.manifest.variables import Overrides

        return Overrides(files=values.pop("var_files"), values=values.pop("values"))

    return _wrapped(function, options, build, "overrides")


def _variables(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, Literal], ...]:
    return tuple(map(_variable, values))


def _variable(value: str) -> tuple[str, Literal]:
    """Return name and value as YAML has them. Raises BadParameter for what a project file may not say."""
    # Few commands are given one, and reading YAML takes a while to import.
    from coursesync.catalogue.types import Invalid
    from coursesync.manifest.given import flag_value

    name, found, text = value.partition("=")
    if not found:
        raise click.BadParameter(f"{value!r} is not NAME=VALUE.")
    try:
        return name, flag_value(name, text)
    except Invalid as invalid:
        raise click.BadParameter(
            " ".join(f"{flaw.message} {flaw.hint}" for flaw in invalid.flaws)
        ) from invalid


def parallelism_option(function: _Function) -> _Function:
    """Add --parallelism."""
    return click.option(
        "--parallelism",
        type=click.IntRange(1, 100),
        metavar="N",
        help="At most N requests at a time, fewer where Canvas allows fewer; by default as Canvas allows.",
    )(function)


def comparing_options(function: _Function) -> _Function:
    """Add what every command takes that holds manifests against Canvas: which courses, where, how shown."""
    for add in (
        output_options,
        variable_options,
        environment_option,
        project_option,
        parallelism_option,
        selection_options,
    ):
        function = add(function)
    return function


def _wrapped(
    function: _Function,
    options: tuple[Callable[[Any], Any], ...],
    build: Callable[[dict[str, Any]], object],
    name: str,
) -> _Function:
    """Let `options` be parsed for a command and handed over as one value called `name`."""

    @functools.wraps(function)
    def command(**values: Any) -> Any:
        return function(**{name: build(values), **values})

    for option in reversed(options):
        command = option(command)
    return command  # type: ignore[return-value]


def environment() -> Mapping[str, str]:
    """Return the environment; the only place that reads it for the rest of the program."""
    return os.environ
