"""Which new files adopted courses go to, and what stands in each; nothing is written here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from coursesync.catalogue.course import COURSE_CODE, TERM
from coursesync.errors import UsageProblem
from coursesync.manifest.drafts import Draft, manifest_text
from coursesync.manifest.dump import scalar_text
from coursesync.manifest.profiles import Shared, shared
from coursesync.manifest.yaml import LARGEST_FILE
from coursesync.workflow.adopt.names import Names, slug
from coursesync.workflow.adopt.values import Adopted

COURSES, PROFILES, TEXTS = "courses", "profiles", "syllabi"
_SCHEMA = Path("schemas", "manifest.schema.json")


class Layout(StrEnum):
    """How courses are spread over files."""

    ONE_FILE = "one-file"
    PER_COURSE = "per-course"
    PER_ACCOUNT = "per-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where new files go.

    root: of the project, whose files may be included. into: the folder for new files. profiles: the names
    that profiles of the project have already.
    """

    root: Path
    into: Path
    profiles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to be written, and how many courses it declares."""

    path: Path
    content: bytes
    courses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProfile:
    """A profile to be written, and how many courses list it."""

    name: str
    courses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What accounts and terms are called, by their ids."""

    accounts: Mapping[int, str]
    terms: Mapping[int, str]

    def account(self, number: int | None) -> str:
        """Return a part of a name for an account."""
        return slug(self.accounts.get(number or 0, "")).lower() or f"account-{number or 0}"

    def term(self, number: int | None) -> str:
        """Return a part of a name for a term."""
        return slug(self.terms.get(number or 0, "")).lower() or f"term-{number or 0}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """The new files, those that others rest on first, and the profiles in them."""

    files: tuple[NewFile, ...]
    profiles: tuple[NewProfile, ...] = ()


def laid_out(
    courses: Sequence[Adopted], labels: Labels, place: Place, layout: Layout, *, profiles: bool
) -> LaidOut:
    """Return the files that declare these courses; no name is one that is taken already."""
    texts: list[NewFile] = []
    drafts: list[Draft] = []
    manifests = _manifests(courses, labels, place, layout)
    names = _free(place.into / TEXTS)
    for course, manifest in zip(courses, manifests, strict=True):
        values = dict(course.values)
        for address, html in course.texts.items():
            path = place.into / TEXTS / names.give(_stem(course), ".html")
            values[address] = f"{{file: {scalar_text(_relative(path, manifest.parent))}}}"
            texts.append(NewFile(path=path, content=_bytes(html)))
        drafts.append(Draft(name=course.id, values=values))
    found = _profiles(courses, drafts, labels, place, layout) if profiles else []
    shorter = {draft.name: draft for group in found for draft in group.courses}
    by_file: dict[Path, list[Draft]] = {}
    for draft, manifest in zip(drafts, manifests, strict=True):
        by_file.setdefault(manifest, []).append(shorter.get(draft.name, draft))
    return LaidOut(
        files=(*texts, *_written(by_file, [group.profile for group in found], place, layout)),
        profiles=tuple(NewProfile(name=group.profile.name, courses=group.users) for group in found),
    )


def _stem(course: Adopted) -> str:
    """Return what the files of a course are called: by its SIS id, else its code and its number."""
    live = course.live
    if live.sis_course_id:
        return slug(live.sis_course_id) or f"course-{live.id}"
    code = live.state.get(COURSE_CODE.address)
    return f"{slug(str(code or live.name)) or 'course'}-{live.id}"


def _manifests(courses: Sequence[Adopted], labels: Labels, place: Place, layout: Layout) -> list[Path]:
    """Return for each course the file that is to declare it."""
    folder = place.into / COURSES
    if layout is Layout.ONE_FILE:
        return [place.into / _free(place.into).give(COURSES, ".yaml")] * len(courses)
    names = _free(folder)
    if layout is Layout.PER_COURSE:
        return [folder / names.give(_stem(course), ".yaml") for course in courses]
    accounts = sorted({course.live.account_id or 0 for course in courses})
    files = {number: folder / names.give(labels.account(number), ".yaml") for number in accounts}
    return [files[course.live.account_id or 0] for course in courses]


def _profiles(
    courses: Sequence[Adopted], drafts: Sequence[Draft], labels: Labels, place: Place, layout: Layout
) -> list[Shared]:
    """Return what the courses of each term and account share, where a profile of it pays."""
    groups: dict[tuple[int, int], list[Draft]] = {}
    for course, draft in zip(courses, drafts, strict=True):
        term = course.live.state.get(TERM.address)
        key = term if isinstance(term, int) else 0, course.live.account_id or 0
        groups.setdefault(key, []).append(draft)
    names = Names(place.profiles)
    around = manifest_text(schema=_schema(place, place.into / PROFILES)) + "profiles:\n"
    if layout is Layout.ONE_FILE:
        around = "profiles:\n\n"
    found = []
    for (term, account), members in sorted(groups.items()):
        name = names.give(f"{labels.term(term)}-{labels.account(account)}")
        group = shared(name, members, around=around)
        found += [group] if group else []
    return found


def _written(
    by_file: Mapping[Path, Sequence[Draft]], profiles: Sequence[Draft], place: Place, layout: Layout
) -> Iterable[NewFile]:
    """Yield the manifests: profiles in files of their own, or on top of the one file."""
    together = layout is Layout.ONE_FILE
    names = _free(place.into / PROFILES)
    for profile in () if together else profiles:
        path = place.into / PROFILES / names.give(profile.name, ".yaml")
        text = manifest_text(schema=_schema(place, path.parent), profiles=[profile])
        yield NewFile(path=path, content=_bytes(text))
    for path, drafts in by_file.items():
        text = manifest_text(
            schema=_schema(place, path.parent), profiles=profiles if together else (), courses=drafts
        )
        yield _readable(NewFile(path=path, content=_bytes(text), courses=len(drafts)), place)


def _readable(file: NewFile, place: Place) -> NewFile:
    if len(file.content) > LARGEST_FILE:
        raise UsageProblem(
            f"{_relative(file.path, place.root)} would have {len(file.content):,} bytes, more than is read "
            f"again ({LARGEST_FILE:,}).",
            hint="Spread the courses over more files: --layout per-course",
        )
    return file


def _schema(place: Place, folder: Path) -> str:
    """Return the way from a folder to the project's JSON Schema for editors, empty where it has none."""
    file = place.root / _SCHEMA
    return _relative(file, folder) if file.is_file() else ""


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _bytes(text: str) -> bytes:
    # A mark at the beginning is taken for the encoding's, and would be lost.
    return (b"\xef\xbb\xbf" if text.startswith("\ufeff") else b"") + text.encode()


def _free(folder: Path) -> Names:
    return Names(entry.name for entry in folder.iterdir()) if folder.is_dir() else Names()
