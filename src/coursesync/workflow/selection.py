"""Which courses a run is about: those the command line names by file and by glob."""

from __future__ import annotations

from dataclasses import dataclass

from coursesync.manifest.select import declared_names, glob_match
from coursesync.model import DesiredCourse


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which courses to work on, by globs over id, SIS id and name; no target means every course."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, *names: str | int | None) -> bool:
        """Tell whether a course that goes by these names is selected."""
        if not self.target and not self.exclude:
            return True
        known = [str(name) for name in names if name]
        known += [name.split(":", 1)[1] for name in known if ":" in name]
        return not glob_match(self.exclude, known) and (not self.target or glob_match(self.target, known))

    def shuts_out(self, course: DesiredCourse) -> bool:
        """Tell whether a course is excluded by what its entry alone says."""
        return glob_match(self.exclude, declared_names(course))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The entries a run is about: ids of course entries and names of policies; None means all of them."""

    entries: frozenset[str] | None = None
    policies: frozenset[str] | None = None

    def has_entry(self, entry_id: str) -> bool:
        """Tell whether a course entry is meant."""
        return self.entries is None or entry_id in self.entries

    def has_policy(self, name: str) -> bool:
        """Tell whether a policy is meant."""
        return self.policies is None or name in self.policies


EVERY_ENTRY, EVERY_COURSE = Scope(), Selection()
