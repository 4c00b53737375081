"""`coursesync init`: a config repo that works at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from coursesync import __version__, disk
from coursesync.cli.schema import schema_text
from coursesync.errors import CourseSyncError, ExitCode, UsageProblem
from coursesync.manifest.load import PROJECT_FILE

_TEMPLATES = "templates"
_SCHEMAS = ("manifest", "project")


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "--ci", "forge", type=click.Choice(["github", "gitlab"]), help="Also the pipeline for this forge."
)
def init(folder: Path, forge: str | None) -> int:
    """Make a config repo that works at once, in DIR or here.

    It holds a project file, manifests for the courses of the sandbox, the
    schemas your editor checks by, hooks for pre-commit, and a README that says
    how to go on. A file that is there is never overwritten. In a project that
    exists --ci writes the pipeline alone.
    """
    exists = (folder / PROJECT_FILE).exists()
    contents = _pipeline(forge) if forge and exists else _contents(forge)
    wanted = {folder / name: text for name, text in contents.items()}
    fresh = _missing(wanted)
    _write({path: wanted[path] for path in fresh})
    for path in fresh:
        click.echo(f"Wrote {path}", err=True)
    where = "" if folder == Path() else f"cd {folder} && "
    click.echo(f"{len(fresh)} files written. Next: {where}coursesync validate", err=True)
    return ExitCode.DONE


def _contents(forge: str | None) -> Mapping[str, str]:
    """Return the files of a config repo: their text by their name."""
    found = dict(_texts(files("coursesync") / _TEMPLATES / "repo"))
    if forge:
        found |= _pipeline(forge)
    return found | {f"schemas/{name}.schema.json": schema_text(name) for name in _SCHEMAS}


def _pipeline(forge: str) -> Mapping[str, str]:
    return dict(_texts(files("coursesync") / _TEMPLATES / forge))


def _texts(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        name = above + (f".{item.name[1:]}" if item.name.startswith("_") else item.name)
        if item.is_dir():
            yield from _texts(item, f"{name}/")
        else:
            yield name, item.read_text(encoding="utf-8").replace("__VERSION__", __version__)


def _missing(wanted: Mapping[Path, str]) -> list[Path]:
    """Return the files that are not there yet; one with the very text is left as it is.

    Raises UsageProblem that names all those that stand in the way.
    """
    fresh = [path for path, text in wanted.items() if not _holds(path, text)]
    in_the_way = [path for path in fresh if path.exists() or path.is_symlink() or _blocked(path)]
    if in_the_way:
        names = ", ".join(str(path) for path in in_the_way)
        raise UsageProblem(
            f"Nothing was written, because something else is there: {names}.",
            hint="Use an empty folder, and take from it what you want.",
        )
    return fresh


def _holds(path: Path, text: str) -> bool:
    with disk.access(path, doing="read"):
        return path.is_file() and path.read_bytes() == disk.encoded(text)


def _blocked(path: Path) -> bool:
    """Tell whether something that is no folder stands where a folder has to be."""
    return any((parent.exists() or parent.is_symlink()) and not parent.is_dir() for parent in path.parents)


def _write(contents: Mapping[Path, str]) -> None:
    """Write all files; where the disk refuses one, take back those written before."""
    written: list[Path] = []
    try:
        for path, text in contents.items():
            disk.put(path, text)
            written.append(path)
    except CourseSyncError:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
