"""`coursesync accept`: live values back into the manifests, comments and all else kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
from rich.text import Text

from coursesync import disk
from coursesync.catalogue.types import Invalid, Literal
from coursesync.cli.inputs import Manifests, client, completed, read_manifests
from coursesync.cli.options import Output, comparing_options
from coursesync.cli.plan import Terms, live_source, refuse, watched
from coursesync.diagnostics import errors
from coursesync.documents.text import pretty
from coursesync.documents.wire import diagnostics_json
from coursesync.errors import ExitCode
from coursesync.manifest.edit.disk import unified
from coursesync.manifest.values import ignore_rule
from coursesync.manifest.variables import Overrides
from coursesync.model import FORMAT_VERSION
from coursesync.render import Look
from coursesync.render.labels import label
from coursesync.render.sentences import count
from coursesync.render.text.layout import Entry, lay_out, paint, wrap
from coursesync.render.text.pieces import diagnostic_lines, entry, paragraph
from coursesync.render.values import Delta, visible
from coursesync.workflow import Selection
from coursesync.workflow.accept import Acceptance, Accepted, Ask, make_acceptance, save_acceptance


def _patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            # What `ignore` takes, with the same words for what matches nothing.
            ignore_rule(Literal(text=value, quoted=True))
        except Invalid as invalid:
            flaw = invalid.flaws[0]
            raise click.BadParameter(f"{flaw.message} {flaw.hint}".strip()) from invalid
    return values


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="PATTERN",
    callback=_patterns,
    help="Only these fields, like attributes.name or settings.*; may be repeated.",
)
@click.option(
    "--into-profile", is_flag=True, help="Change the profile a value comes from, if all its courses agree."
)
@click.option("--into-files", is_flag=True, help="Also write the .html files that manifests include.")
@click.option("--dry-run", is_flag=True, help="Print the edits as a patch, and write nothing.")
@comparing_options
def accept(
    paths: tuple[Path, ...],
    *,
    fields: tuple[str, ...],
    into_profile: bool,
    into_files: bool,
    dry_run: bool,
    selection: Selection,
    parallelism: int | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Write live values into the manifests that say otherwise.

    PATH selects the courses declared in those files. Nothing but the values
    accepted changes in any file; Canvas is only read.
    """
    output.only(_FORMATS, usage="accept")
    manifests = read_manifests(
        paths, project_file=project_file, environment_name=environment_name, overrides=overrides
    )
    if manifests.broken(strict=output.strict):
        return refuse(manifests, output)
    ask = Ask(fields=fields, into_profile=into_profile, into_files=into_files)
    terms = Terms.of(manifests, parallelism)
    found = completed(_read(manifests, selection, output, terms, ask))
    found = found if dry_run else save_acceptance(found)
    _show(found, output, written=not dry_run)
    return ExitCode.ERROR if found.refused or errors(found.remarks, strict=output.strict) else ExitCode.DONE


async def _read(
    manifests: Manifests, selection: Selection, output: Output, terms: Terms, ask: Ask
) -> Acceptance:
    """Read Canvas with a client that cannot write."""
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            source = live_source(canvas, manifests, terms, progress)
            return await make_acceptance(
                manifests.fleet(selection),
                source,
                project=manifests.project,
                manifests=manifests.source,
                ask=ask,
            )


def _show(found: Acceptance, output: Output, *, written: bool) -> None:
    """Print what was done; of a dry run, the patch on stdout and the words about it on stderr."""
    for name, path in output.files:
        disk.put(path, _FORMATS[name](found, Look(), written))
    said = _FORMATS[output.format](found, output.look, written)
    if written or output.format == "json":
        click.echo(said, nl=False)
        return
    # As bytes, so that line ends arrive as they are.
    click.echo(unified(found.patches).encode(), nl=False)
    click.echo(said, nl=False, err=True)


def _as_text(found: Acceptance, look: Look, written: bool) -> str:  # noqa: FBT001 - a place in a table
    return paint(_lines(found, look, written=written), colour=look.colour)


def _lines(found: Acceptance, look: Look, *, written: bool) -> Iterable[Text]:
    for items in _by_course(found.accepted) if not look.quiet else ():
        first = items[0]
        named = label(first.course, first.sis_course_id, first.id)
        yield Text.assemble((named, "bold"), f"  {visible(first.name)}")
        yield from lay_out([_entry(item, look) for item in items], look.width)
        yield Text()
    told = (*found.refused, *(() if look.quiet else found.remarks))
    if told:
        yield from diagnostic_lines(told, look)
        yield Text()
    yield from wrap(_closing(found, written=written), look.width, style="bold")


def _by_course(accepted: Iterable[Accepted]) -> list[list[Accepted]]:
    found: dict[int, list[Accepted]] = {}
    for item in accepted:
        found.setdefault(item.id, []).append(item)
    return list(found.values())


def _entry(item: Accepted, look: Look) -> Entry:
    below = (
        []
        if item.into in {"course", item.file}
        else paragraph(f"in the {item.into}", look.width, style="dim")
    )
    return entry(
        "~",
        "yellow",
        item.field,
        Delta(before=item.before, after=item.after),
        look,
        right=f"{visible(item.file)}:{item.line}",
        below=below,
    )


def _closing(found: Acceptance, *, written: bool) -> str:
    if not found.accepted and not found.refused:
        return "Nothing to accept: the manifests say what Canvas has."
    files = count(len(found.patches), "file")
    courses = count(len(_by_course(found.accepted)), "course")
    done = f"{count(len(found.accepted), 'value')} of {courses} in {files}"
    said = f"Accepted {done}." if written else f"Would accept {done}; nothing was written."
    if not found.accepted:
        said = "Nothing was accepted."
    return f"{said} Refused: {count(len(found.refused), 'problem')}, see above." if found.refused else said


def _as_json(found: Acceptance, _: Look, __: bool) -> str:  # noqa: FBT001 - a place in a table
    return pretty(
        {
            "format_version": FORMAT_VERSION,
            "accepted": [
                {
                    "course": item.course,
                    "field": item.field,
                    "before": item.before,
                    "after": item.after,
                    "file": item.file,
                    "line": item.line,
                    "into": item.into,
                }
                for item in found.accepted
            ],
            "refused": diagnostics_json(found.refused),
            "files": [
                {"file": patch.name, "created": patch.before is None, "patch": unified([patch])}
                for patch in found.patches
            ],
        }
    )


_FORMATS: Mapping[str, Callable[[Acceptance, Look, bool], str]] = {"text": _as_text, "json": _as_json}
