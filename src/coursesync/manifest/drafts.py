"""New manifests as text: entries of courses and profiles whose values are YAML already, in block style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from coursesync.catalogue import FIELDS
from coursesync.manifest.dump import scalar_text
from coursesync.model import Address

# The column at which fields stand, in courses as in profiles.
COLUMN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A course or a profile to be written.

    name: the id of the course, or the name of the profile. values: by address, as YAML for COLUMN.
    profiles: those of a course.
    """

    name: str
    values: Mapping[Address, str]
    profiles: tuple[str, ...] = field(default=())


def course_text(draft: Draft) -> str:
    """Return a course as an item of `courses`."""
    # A Canvas id is a number, and nobody would quote it.
    number = draft.name.isascii() and draft.name.isdigit()
    lines = [f"  - id: {draft.name if number else scalar_text(draft.name, indent=4)}"]
    if draft.profiles:
        lines.append(f"    profiles: [{', '.join(map(scalar_text, draft.profiles))}]")
    return "\n".join((*lines, *_groups(draft.values))) + "\n"


def profile_text(draft: Draft) -> str:
    """Return a profile as a key of `profiles`."""
    return "\n".join((f"  {scalar_text(draft.name)}:", *_groups(draft.values))) + "\n"


def _groups(values: Mapping[Address, str]) -> Iterable[str]:
    rows = [row for address, row in FIELDS.items() if address in values]
    for group, members in groupby(rows, key=lambda row: row.group):
        yield f"    {group}:"
        for row in members:
            yield f"{' ' * COLUMN}{row.name}: {values[row.address]}"


def manifest_text(*, schema: str = "", profiles: Sequence[Draft] = (), courses: Sequence[Draft] = ()) -> str:
    """Return a whole manifest; `schema` is the path of its JSON Schema for editors, empty for none."""
    parts = [f"# yaml-language-server: $schema={schema}\n"] if schema else []
    if profiles:
        parts += ["profiles:\n", "\n".join(map(profile_text, profiles))]
    if profiles and courses:
        parts.append("\n")
    if courses:
        parts += ["courses:\n", "\n".join(map(course_text, courses))]
    return "".join(parts)
