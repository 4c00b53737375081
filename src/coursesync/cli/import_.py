"""`coursesync import`: manifests for courses that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from coursesync import disk
from coursesync.canvas.bulk import Reader
from coursesync.cli.inputs import Manifests, client, completed, read_manifests
from coursesync.cli.options import Output, comparing_options
from coursesync.cli.plan import Terms, refuse, watched
from coursesync.diagnostics import Diagnostic, errors, problem
from coursesync.documents.text import Json, pretty
from coursesync.documents.wire import diagnostics_json
from coursesync.errors import ExitCode, UsageProblem
from coursesync.manifest.entries import Project
from coursesync.manifest.variables import Overrides
from coursesync.model import FORMAT_VERSION
from coursesync.render import Problems
from coursesync.render.sentences import count
from coursesync.workflow import Selection
from coursesync.workflow.adopt import Adoption, Layout, Place, Style, Wanted, adopt, write_new

_FORMATS = ("text", "json")
# So many files are listed by name; of more, how many there are in each folder.
_MOST_LISTED = 12


@click.command("import")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--account", metavar="ID", help="All courses of an account and those below it.")
@click.option("--term", metavar="ID", help="Of the account, only the courses of this term.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the new files; by default the root of the project.",
)
@click.option(
    "--layout",
    type=click.Choice([layout.value for layout in Layout]),
    default=Layout.PER_COURSE.value,
    show_default=True,
    help="How courses are spread over files.",
)
@click.option("--full", is_flag=True, help="Declare Canvas's defaults too.")
@click.option("--profiles", is_flag=True, help="Move what many courses share into profiles.")
@click.option("--dry-run", is_flag=True, help="List the files, and write none.")
@comparing_options
def import_(
    ids: tuple[str, ...],
    *,
    account: str | None,
    term: str | None,
    into: Path | None,
    layout: str,
    full: bool,
    profiles: bool,
    dry_run: bool,
    selection: Selection,
    parallelism: int | None,
    project_file: Path | None,
    environment_name: str | None,
    overrides: Overrides,
    output: Output,
) -> int:
    """Write manifests for courses that exist, so that a plan of them is empty.

    ID is a Canvas id or sis_course_id:X; instead of ids, name an account. An
    id of an account or a term may be sis_account_id:X or sis_term_id:X.
    Courses that the project declares already are skipped, and no file is
    overwritten. Prints text or json.
    """
    output.only(_FORMATS, usage="import")
    wanted = Wanted(account=account, term=term, ids=ids, selection=selection)
    style = Style(layout=Layout(layout), full=full, profiles=profiles)
    manifests = read_manifests(
        (), project_file=project_file, environment_name=environment_name, overrides=overrides
    )
    if any(not _grows(item, manifests.project) for item in errors(manifests.diagnostics)):
        return refuse(manifests, output)
    place = _place(manifests, into)
    terms = Terms.of(manifests, parallelism, account=account or None)
    made = completed(_adopt(wanted, style, manifests, place, terms, output))
    unread = _unread(made, manifests.project, place)
    if not dry_run and made.files:
        write_new(made.files, place.into)
    return _show(made, (*made.diagnostics, *unread), place, output, dry_run=dry_run)


def _grows(item: Diagnostic, project: Project) -> bool:
    """Tell whether an error only says that there is nothing yet, which is why people import."""
    at_project = item.position is not None and item.position.file == project.file
    return item.code == "no-manifests" or (item.code == "missing-file" and at_project)


def _place(manifests: Manifests, into: Path | None) -> Place:
    """Return where files go. Raises UsageProblem for a folder whose files the project could not include."""
    root = manifests.project.root
    folder = (Path.cwd() / into).resolve() if into else root
    if not folder.is_relative_to(root):
        raise UsageProblem(
            f"{into} lies outside the project, whose root is {root}.",
            hint="Choose a folder inside of it, or run coursesync in the project that is meant.",
        )
    return Place(root=root, into=folder, profiles=frozenset(manifests.resolved.ground.profiles))


async def _adopt(
    wanted: Wanted, style: Style, manifests: Manifests, place: Place, terms: Terms, output: Output
) -> Adoption:
    """Read Canvas with a client that cannot write."""
    async with client(terms, read_only=True) as canvas:
        with watched(canvas, output) as progress:
            reader = Reader(canvas, learned=terms.learned, progress=progress)
            return await adopt(wanted, style, reader, manifests.resolved, place)


def _unread(made: Adoption, project: Project, place: Place) -> list[Diagnostic]:
    """Warn of new manifests that the project does not read."""
    named = [project.root / name.text for name in project.manifests or ()]
    lost: dict[str, None] = {}
    for file in made.files:
        inside = file.path.relative_to(place.root)
        hidden = any(part.startswith(".") for part in inside.parts)
        listed = project.manifests is None or any(file.path.is_relative_to(path) for path in named)
        if file.path.suffix == ".yaml" and (hidden or not listed):
            folder = inside.parent if len(inside.parts) > 1 else inside
            lost[folder.as_posix()] = None
    if not lost:
        return []
    names = ", ".join(lost)
    hint = f"Add to manifests in {project.file}: {names}" if project.file else "Choose another folder."
    return [problem("manifest-unread", f"The project does not read what is in {names}.", hint=hint)]


def _show(
    made: Adoption, diagnostics: tuple[Diagnostic, ...], place: Place, output: Output, *, dry_run: bool
) -> ExitCode:
    texts = {
        "text": "\n".join(_summary(made, place, output, dry_run=dry_run)) + "\n",
        "json": pretty(_document(made, diagnostics, place)),
    }
    for name, path in output.files:
        disk.put(path, texts[name])
    problems = Problems(diagnostics=diagnostics, strict=output.strict)
    if diagnostics and output.format == "text":
        output.say(problems)
    click.echo(texts[output.format], nl=False)
    return ExitCode.ERROR if errors(diagnostics, strict=output.strict) else ExitCode.DONE


def _summary(made: Adoption, place: Place, output: Output, *, dry_run: bool) -> Iterator[str]:
    if not output.look.quiet:
        yield from _files(made, place, every=dry_run or output.look.verbose)
    if made.skipped:
        yield f"{count(made.skipped, 'course')} skipped: the project declares them already."
    if not made.courses:
        yield "Nothing new to import."
    else:
        would = "Would write" if dry_run else "Wrote"
        profiles = f", {count(len(made.profiles), 'profile')}" if made.profiles else ""
        yield (
            f"{would} {count(len(made.files), 'file')}: {count(made.courses, 'course')}, "
            f"{count(made.fields, 'field')}{profiles}."
        )
    yield f"Read with {count(made.reads, 'request')}; Canvas was not changed."


def _files(made: Adoption, place: Place, *, every: bool) -> Iterator[str]:
    paths = [file.path.relative_to(place.root) for file in made.files]
    if every or len(paths) <= _MOST_LISTED:
        yield from (f"  {path.as_posix()}" for path in paths)
    else:
        folders = Counter(path.parent.as_posix() for path in paths)
        yield from (f"  {folder}/  {count(many, 'file')}" for folder, many in sorted(folders.items()))
    yield from (
        f"  profile {profile.name}, in {count(profile.courses, 'course')}" for profile in made.profiles
    )
    if paths:
        yield ""


def _document(made: Adoption, diagnostics: tuple[Diagnostic, ...], place: Place) -> Json:
    return {
        "format_version": FORMAT_VERSION,
        "files": [
            {"path": file.path.relative_to(place.root).as_posix(), "courses": file.courses}
            for file in made.files
        ],
        "courses": made.courses,
        "fields": made.fields,
        "skipped": made.skipped,
        "profiles": [{"name": profile.name, "courses": profile.courses} for profile in made.profiles],
        "reads": made.reads,
        "diagnostics": diagnostics_json(diagnostics),
    }
