"""What git knows of a project: the commit its files belong to, and the files of an earlier commit."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from coursesync.catalogue.pictures import CONTENT_TYPES
from coursesync.cli.options import environment
from coursesync.errors import UsageProblem
from coursesync.model import Source, SourceFile

_SECONDS = 60
# What a project's manifests are made of; nothing else of a commit is looked at.
_SUFFIXES = (".yaml", ".yml", ".html", ".md", *CONTENT_TYPES)
_FILE, _LINK = "100", "120"
# What git needs of the environment, on any system. The rest may hold the token, under whatever name, and
# what is configured for a checkout runs programs: git has no need to give it to them.
_FOR_GIT = re.compile(
    "PATH|HOME|USER|LOGNAME|GIT_.*|XDG_.*|LANG|LC_.*|TMP|TEMP|TMPDIR|LD_LIBRARY_PATH|PATHEXT|COMSPEC"
    "|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAM.*",
    re.IGNORECASE,
)


def checkout(root: Path, files: Sequence[SourceFile]) -> Source:
    """Return which files a plan is made from, and which commit they belong to, if any."""
    commit = _said(root, "rev-parse", "HEAD")
    dirty = bool(commit) and bool(_said(root, "status", "--porcelain", "--", "."))
    return Source(commit=commit or None, dirty=dirty, manifests=tuple(files))


def commit_of(root: Path, ref: str) -> str:
    """Return the commit a ref names. Raises UsageProblem where it names none, or there is no repository."""
    found = _said(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found:
        return found
    if not _said(root, "rev-parse", "--git-dir"):
        raise UsageProblem(
            f"{root} is no git repository, so there is no commit {ref} to compare with.",
            hint="Keep the manifests in git, or leave --base out.",
        )
    raise UsageProblem(
        f"git knows no commit {ref}.",
        hint="Check the name. In CI, fetch the whole history: a shallow clone lacks older commits.",
    )


@contextmanager
def files_of(root: Path, commit: str) -> Iterator[Path]:
    """Write the manifests of a commit, and what they may include, to a folder that lasts for the block.

    root: of the project, in the work tree, which is not touched. Raises UsageProblem where git fails.
    """
    prefix = _said(root, "rev-parse", "--show-prefix")
    listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", f"{commit}:{prefix}")
    entries = [_entry(line) for line in listed.decode("utf-8", "surrogateescape").split("\0") if line]
    wanted = [
        (mode, number, name)
        for mode, number, name in entries
        if name.lower().endswith(_SUFFIXES)
        and mode.startswith((_FILE, _LINK))
        and ".." not in name.split("/")
    ]
    with tempfile.TemporaryDirectory(prefix="coursesync-") as folder:
        place = Path(folder).resolve()
        for (mode, _, name), content in zip(wanted, _blobs(root, [item[1] for item in wanted]), strict=True):
            _put(place, name, content, link=mode.startswith(_LINK))
        yield place


def _entry(line: str) -> tuple[str, str, str]:
    about, _, name = line.partition("\t")
    mode, _, number = about.split(" ")
    return mode, number, name


def _put(place: Path, name: str, content: bytes, *, link: bool) -> None:
    """Write one file; a link is one too, so that it leads where it led, but never out of the folder."""
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if not link:
        file.write_bytes(content)
        return
    target = content.decode("utf-8", "surrogateescape")
    if (file.parent / target).resolve().is_relative_to(place):
        file.symlink_to(target)


def _blobs(root: Path, numbers: Sequence[str]) -> Iterator[bytes]:
    """Yield the content of every blob, asked for in one call."""
    answer = _git(root, "cat-file", "--batch", asked="".join(f"{number}\n" for number in numbers))
    at = 0
    for _ in numbers:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(root: Path, *arguments: str, asked: str = "") -> bytes:
    """Return what git prints. Raises UsageProblem where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            env=for_git(),
            input=asked.encode("ascii"),
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageProblem(
            f"git {arguments[0]} failed in {root}.", hint="Is the checkout complete?"
        ) from error
    return done.stdout


def for_git() -> Mapping[str, str]:
    """Return what of the environment git is given."""
    return {name: value for name, value in environment().items() if _FOR_GIT.fullmatch(name)}


def _said(root: Path, *arguments: str) -> str:
    """Return one line of git; a machine without it, or a folder that is no checkout, answers with nothing."""
    try:
        return _git(root, *arguments).decode("utf-8", "surrogateescape").strip()
    except UsageProblem:
        return ""
