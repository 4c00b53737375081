"""Find the base that differences are classed by: a ref, a receipt, or the last apply of this project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from coursesync import disk
from coursesync.cli.checkout import commit_of, files_of
from coursesync.cli.inputs import Manifests
from coursesync.diagnostics import Diagnostic, errors, problem
from coursesync.documents import load_report
from coursesync.errors import CourseSyncError, UsageProblem
from coursesync.manifest.given import for_environment, overridden
from coursesync.manifest.load import find_project, load
from coursesync.manifest.resolve import resolve
from coursesync.model import Base, Report
from coursesync.model.upload import Uploaded
from coursesync.runs import outcomes
from coursesync.workflow import Against, not_applied

_LAST_APPLY = "the last apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The base, or None, what is to be said about it, and the files that its run brought to Canvas."""

    against: Against | None
    diagnostics: tuple[Diagnostic, ...] = ()
    uploads: tuple[Uploaded, ...] = ()


def base_at(ref: str, manifests: Manifests) -> Found:
    """Return the manifests at a git ref as the base.

    Raises UsageProblem where there is no such commit; what is wrong with the manifests there is told of.
    """
    commit = commit_of(manifests.project.root, ref)
    return _at(Base(ref=ref, commit=commit), manifests)


def base_of_receipt(path: Path, manifests: Manifests, *, url: str) -> Found:
    """Return the base that a receipt names.

    url: of the Canvas compared with. Raises UsageProblem where it names no commit, or another Canvas.
    """
    report = load_report(disk.text_in(path, "a receipt"), name=str(path))
    if not report.source.commit:
        raise UsageProblem(
            f"The receipt {path} names no commit: it was applied outside of git.",
            hint="Name the commit with --base.",
        )
    if report.canvas.url != url:
        raise UsageProblem(
            f"The receipt {path} is of {report.canvas.url}, and this is {url}.",
            hint="Give the receipt of the last apply to this Canvas.",
        )
    return replace(_of_report(report, manifests, ref=str(path)), uploads=report.uploads)


def base_of_last_apply(manifests: Manifests, *, url: str) -> Found:
    """Return the base that the last whole apply from this folder left, if it is of use; else say why not."""
    for report in _reports(manifests.project.root):
        if report.canvas.url == url and report.source.commit and report.whole:
            try:
                return _of_report(report, manifests, ref=_LAST_APPLY)
            except UsageProblem as error:
                return Found(against=None, diagnostics=(_no_base(error.message, error.hint),))
    said = "No apply of everything to this Canvas left its record here, so nobody knows which side moved."
    return Found(against=None, diagnostics=(_no_base(said, "Name a commit with --base, or a --receipt."),))


def _reports(root: Path) -> Iterator[Report]:
    """Yield the outcomes of earlier runs, the last one first; one that cannot be read is passed over."""
    for path in outcomes(root):
        try:
            yield load_report(path.read_text(encoding="utf-8"), name=str(path))
        except (CourseSyncError, OSError, UnicodeDecodeError):
            continue


def _no_base(detail: str, hint: str) -> Diagnostic:
    return problem("no-base", detail, hint=hint)


def _of_report(report: Report, manifests: Manifests, *, ref: str) -> Found:
    commit = commit_of(manifests.project.root, report.source.commit or "")
    found = _at(Base(ref=ref, commit=commit, run=report.run), manifests, report)
    doubts = []
    if report.source.dirty:
        doubts.append("it was applied with changes that were not committed")
    if not report.whole:
        doubts.append("only a part of what the manifests declare was applied")
    if not doubts:
        return found
    said = f"The base is commit {commit[:12]}, of run {report.run}; {' and '.join(doubts)}."
    doubt = problem("base-unsure", said, hint="Apply everything from a clean checkout, or name a --base.")
    return Found(against=found.against, diagnostics=(*found.diagnostics, doubt))


def _at(base: Base, manifests: Manifests, report: Report | None = None) -> Found:
    """Resolve the manifests of a commit; their own problems make them useless as a base."""
    here = manifests.project
    with files_of(here.root, base.commit) as folder:
        project, problems = find_project(folder, folder / here.file if here.file else None)
        about = next((one for one in project.environments if one.name == manifests.about), None)
        known = for_environment(project, about)
        given, unset = overridden(known, manifests.overrides, root=here.root, instead=folder)
        loaded = load(project, given=given)
    resolved = resolve(loaded.manifest, today=datetime.now(UTC).date(), account=manifests.account)
    wrong = errors((*problems, *unset, *loaded.diagnostics, *resolved.diagnostics))
    if wrong:
        first = wrong[0]
        said = f"At {base.commit[:12]}, {first.position or 'the project'}: {first.summary}. {first.detail}"
        hint = "Choose a commit whose manifests are valid."
        return Found(against=None, diagnostics=(problem("base-broken", said, hint=hint),))
    kept = not_applied(report) if report else {}
    return Found(against=Against(base=base, resolved=resolved, kept=kept))
