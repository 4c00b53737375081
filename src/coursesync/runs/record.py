"""The folder of a run: where its plan, journal and outcome are kept, and how a run is found again."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coursesync import disk
from coursesync.errors import UsageProblem
from coursesync.runs.journal import is_event

FOLDER = ".coursesync"
# What a run is called instead of its id.
LAST = "last"
_PLAN, _JOURNAL, _OUTCOME = "plan.json", "journal.jsonl", "outcome.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One apply and the folder it leaves behind, which only its owner may read."""

    id: str
    folder: Path

    @classmethod
    def create(cls, root: Path, *, now: datetime, token_hex: str) -> Run:
        """Make the folder of a new run below the project root.

        now: the moment, with its zone. token_hex: a few random hex digits that keep runs of one second apart.
        Raises UsageProblem where the disk refuses.
        """
        home = own_folder(root)
        with disk.access(home):
            folder = _new_folder(home / "runs" / f"{_stamp(home / 'runs', now)}-{token_hex}")
            disk.sync(folder.parent)
        return cls(id=folder.name, folder=folder)

    @contextlib.contextmanager
    def worth_keeping(self) -> Iterator[None]:
        """Take the folder away afterwards if nothing came into it, as the run was refused before it began."""
        try:
            yield
        finally:
            # A folder that holds something is not taken away by this.
            with contextlib.suppress(OSError):
                self.folder.rmdir()

    @property
    def plan(self) -> Path:
        """Return the path of the plan, which exists before anything is sent."""
        return self.folder / _PLAN

    @property
    def journal(self) -> Path:
        """Return the path of the journal, which exists from the first line on."""
        return self.folder / _JOURNAL

    @property
    def kept_outcome(self) -> Path:
        """Return the path of the report, which exists once the run has ended."""
        return self.folder / _OUTCOME

    def save_plan(self, text: str) -> None:
        """Keep the plan that is carried out. Raises UsageProblem where the disk refuses."""
        self._keep(_PLAN, text)

    def outcome(self, text: str) -> None:
        """Keep the report. Raises UsageProblem where the disk refuses."""
        self._keep(_OUTCOME, text)

    def receipt(self, path: Path, text: str) -> None:
        """Copy the report to where the user wants it. Raises UsageProblem where the disk refuses."""
        disk.put(path, text)

    def write(self, lines: str) -> None:
        """Add lines to the journal, and return when the disk has them.

        Raises UsageProblem where it refuses; then none of them was added.
        """
        with disk.access(self.journal):
            disk.append(self.journal, lines.encode("ascii"))

    def mend(self) -> None:
        """Take a last line that was cut off out of the journal, so that more can be added.

        Raises UsageProblem where the disk refuses.
        """
        with disk.access(self.journal):
            content = self.journal.read_bytes() if self.journal.exists() else b""
            whole, line_break, torn = content.rpartition(b"\n")
            if torn:
                kept = content + b"\n" if is_event(torn) else whole + line_break
                disk.replace(self.journal, kept, mode=disk.PRIVATE)

    def _keep(self, name: str, text: str) -> None:
        with disk.access(self.folder / name):
            disk.replace(self.folder / name, disk.encoded(text), mode=disk.PRIVATE)


def own_folder(root: Path) -> Path:
    """Return the folder of ours in a project, made where it is missing and hidden from git.

    Raises UsageProblem where the disk refuses.
    """
    home = root / FOLDER
    with disk.access(home):
        (home / "runs").mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (home / ".gitignore").exists():
            disk.replace(home / ".gitignore", b"*\n", mode=disk.PRIVATE)
    return home


def all_runs(root: Path) -> tuple[Run, ...]:
    """Return the runs of a project, the last one first."""
    with contextlib.suppress(OSError):
        folders = [path for path in (root / FOLDER / "runs").iterdir() if path.is_dir()]
        return tuple(Run(id=path.name, folder=path) for path in sorted(folders, reverse=True))
    return ()


def find_run(root: Path, name: str) -> Run:
    """Return the run that an id, the beginning of one, the path of its folder, or `last` means.

    Raises UsageProblem where there is none, or more than one.
    """
    known = all_runs(root)
    if name == LAST and known:
        return known[0]
    found = [run for run in known if run.id == name] or [run for run in known if run.id.startswith(name)]
    if len(found) == 1 and name:
        return found[0]
    folder = Path(name)
    # A name that no file can have is no run either.
    with contextlib.suppress(OSError):
        if name and (folder / _PLAN).is_file():
            return Run(id=folder.resolve().name, folder=folder)
    if found and name:
        several = ", ".join(run.id for run in found[:3])
        raise UsageProblem(f"More than one run begins with {name}: {several}.", hint="Give more of the id.")
    if not known:
        raise UsageProblem(f"There are no runs in {root / FOLDER}.", hint="coursesync apply makes one.")
    raise UsageProblem(f"There is no run {name} in {root / FOLDER}.", hint="coursesync runs lists them.")


def outcomes(root: Path) -> tuple[Path, ...]:
    """Return where the outcomes of the runs of a project are kept, the last run first."""
    return tuple(run.kept_outcome for run in all_runs(root) if run.kept_outcome.is_file())


def _stamp(runs: Path, now: datetime) -> str:
    """Return the moment as ids begin with it, a second or more later where another run has that one.

    Runs are told apart as earlier and later by their ids alone.
    """
    taken = {path.name.partition("-")[0] for path in runs.iterdir()} if runs.is_dir() else set()
    while (stamp := now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")) in taken:
        now += timedelta(seconds=1)
    return stamp


def _new_folder(wanted: Path) -> Path:
    for number in itertools.count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise AssertionError("counting never ends")
