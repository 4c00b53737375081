"""What every job does: run a command, and put its outcome where the forge shows it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from coursesync import disk
from coursesync.cli import run
from coursesync.errors import ExitCode
from coursesync.forge import Forge
from coursesync.forge.annotations import Annotation, annotated
from coursesync.forge.comment import composed
from coursesync.forge.nouns import ForgeError
from coursesync.manifest.load import find_project

_SUFFIXES = {"markdown": "md", "html": "html", "sarif": "sarif", "junit": "xml", "json": "json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a job is about: an environment and a project file, if others than the usual ones.

    variables: the options that set variables of the manifests.
    """

    environment: str | None
    project: Path | None
    variables: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return what tells the comments and artifacts of environments apart; nothing for the usual one."""
        return re.sub(r"[^\w.-]", "-", self.environment or "", flags=re.ASCII)

    def artifact(self, kind: str) -> str:
        """Return the name of an artifact of a kind."""
        return f"{kind}-{self.label}" if self.label else kind

    def options(self, *, whole: bool) -> list[str | Path]:
        """Return the options that say so; whole: for a command that fills in the manifests for a Canvas."""
        found: list[str | Path] = []
        if self.environment and whole:
            found += ["--environment", self.environment]
        if whole:
            found += self.variables
        if self.project:
            found += ["--project", self.project]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One job at work; notices: what is to be shown besides what the commands found."""

    forge: Forge
    where: Where
    notices: list[Annotation] = field(default_factory=list)

    def clear(self) -> None:
        """Remove what an earlier job left here, so that no old plan is shown as the new one."""
        folder = self.forge.job.folder
        with disk.access(folder):
            for path in folder.glob("*"):
                if path.is_file() or path.is_symlink():
                    path.unlink()

    def file(self, name: str) -> Path:
        """Return the path of a file of the report."""
        return self.forge.job.folder / name

    def outputs(self, name: str, *formats: str) -> list[str]:
        """Return the options that make a command write its document in several formats."""
        pairs = ((kind, self.file(f"{name}.{_SUFFIXES[kind]}")) for kind in formats)
        return [part for kind, path in pairs for part in ("--output", f"{kind}={path}")]

    def run(self, *arguments: str | Path, whole: bool = True) -> int:
        """Run a command of ours and return its exit code; no line it prints is a command to the forge.

        whole: whether it takes the environment and variables.
        """
        name, *rest = arguments
        before, after = self.forge.literally()
        click.echo(before, nl=False)
        try:
            return run([str(part) for part in (name, *self.where.options(whole=whole), *rest)])
        finally:
            click.echo(after, nl=False)

    def left(self, kind: str, name: str) -> Path | None:
        """Fetch a file that the main branch last left; None, and a remark, where there is none."""
        artifact = self.where.artifact(kind)
        try:
            found = self.forge.latest(artifact, name)
        except ForgeError as error:
            self.notice("no-earlier-file", f"{name} of an earlier {artifact} was not fetched.", error)
            return None
        if found is None:
            click.echo(f"There is no {name} from an earlier {artifact}, or it has expired.", err=True)
            return None
        return self.kept(f"earlier-{name}", found)

    def kept(self, name: str, content: bytes) -> Path:
        """Write what was fetched into the report and return its path."""
        path = self.file(name)
        with disk.access(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            disk.replace(path, content, mode=disk.SHARED)
        return path

    def markdown(self, name: str, code: int) -> str:
        """Return the Markdown a command left, under what its exit code means where that is no success."""
        path = self.file(f"{name}.md")
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if code in {ExitCode.DONE, ExitCode.DIFFERENCES} and text:
            return text
        meaning = f"**`coursesync {name}` ended with exit code {code}.** {ExitCode(code).meaning}"
        return f"{meaning}\n\n{text}" if text else f"{meaning}\n\nThe log of the job says more."

    def summarise(self, parts: Sequence[str]) -> None:
        """Show Markdown on the page of the job, where it has one."""
        summary = self.forge.job.summary
        if summary:
            with disk.access(summary):
                disk.append(summary, disk.encoded("\n\n".join(parts) + "\n"))

    def comment(self, change: int | None, parts: Sequence[str], *, digest: str) -> None:
        """Show Markdown on a change, if the job is about one; where the forge refuses, say so and go on."""
        if change is None:
            return
        job = self.forge.job
        label, most = self.where.label, self.forge.most_characters
        text = composed(parts, label=label, digest=digest, link=job.url, most=most)
        try:
            self.forge.comment(change, label, text)
        except ForgeError as error:
            self.notice("no-comment", f"The comment on change {change} was not written.", error)

    def notice(self, code: str, said: str, error: ForgeError) -> None:
        """Say what the forge refused and did not have to grant; the job goes on."""
        text = f"{said} {error.message} {error.hint}".strip()
        self.notices.append(Annotation(level="warning", code=code, text=text))
        click.echo(text, err=True)

    def annotate(self, name: str) -> None:
        """Show what a command found at the lines of the manifests."""
        path = self.file(f"{name}.sarif")
        found = annotated(path.read_text(encoding="utf-8"), prefix=self._prefix()) if path.is_file() else ()
        click.echo(self.forge.annotate((*self.notices, *found)), nl=False)

    def _prefix(self) -> str:
        """Return the folder of the project below the root of the repo."""
        project, _ = find_project(Path.cwd(), self.where.project)
        with contextlib.suppress(ValueError):
            found = project.root.resolve().relative_to(self.forge.job.root.resolve()).as_posix()
            return "" if found == "." else found
        return ""
