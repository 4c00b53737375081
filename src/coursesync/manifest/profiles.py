"""What many courses share, moved into a profile where that makes the manifests shorter and not otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import COURSE_CODE, NAME, SIS_COURSE_ID, SYLLABUS, WORKFLOW_STATE
from coursesync.manifest.drafts import Draft, course_text, profile_text
from coursesync.model import Address

# Fewer courses are a coincidence.
FEWEST = 3

# What a course is called and what stands in a file beside it is its own, and so is when it is published.
_OWN = frozenset(row.address for row in (NAME, COURSE_CODE, SIS_COURSE_ID, SYLLABUS, WORKFLOW_STATE))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Saved:
    """How many characters and lines are saved, those that a profile costs taken off."""

    characters: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A profile for some courses of a group: all courses of the group, and how many of them list it."""

    profile: Draft
    courses: tuple[Draft, ...]
    users: int
    saved: Saved


def shared(name: str, courses: Sequence[Draft], *, around: str) -> Shared | None:
    """Return the profile `name` of what a group of courses has in common, or None where none would pay.

    around: the text a profile needs besides its own. With it all texts together have fewer characters and
    no more lines. Every course that lists the profile declares all of its fields, some with another value,
    so that none comes to declare more than before.
    """
    before = [course_text(course) for course in courses]
    best = None
    for address, text in _common(courses):
        values = {**(best.profile.values if best else {}), address: text}
        trial = _tried(Draft(name=name, values=values), courses, before, around)
        if trial.users >= FEWEST and (best is None or trial.saved > best.saved):
            best = trial
    # Only all fields together pay for a line with the name of the profile, and not in every course.
    best = best and _tried(best.profile, courses, before, around, only_shorter=True)
    pays = best and best.users >= FEWEST and best.saved.characters > 0 and best.saved.lines >= 0
    return best if pays else None


def _common(courses: Sequence[Draft]) -> list[tuple[Address, str]]:
    """Return by field the value of most courses that declare it; the most frequent first."""
    found: list[tuple[int, Address, str]] = []
    for address in FIELDS:
        texts = Counter(course.values[address] for course in courses if address in course.values)
        if address in _OWN or not texts:
            continue
        text, count = min(texts.items(), key=lambda item: (-item[1], item[0]))
        if count >= FEWEST and 2 * count > texts.total():
            found.append((count, address, text))
    return [(address, text) for _, address, text in sorted(found, key=lambda item: -item[0])]


def _tried(
    profile: Draft,
    courses: Sequence[Draft],
    before: Sequence[str],
    around: str,
    *,
    only_shorter: bool = False,
) -> Shared:
    """Let every course list a profile that declares all of its fields, or only those it makes shorter.

    before: the texts of the courses as they are.
    """
    result, users = [], 0
    cost = profile_text(profile) + around
    characters, lines = -len(cost), -cost.count("\n")
    for course, old in zip(courses, before, strict=True):
        after = _listing(course, profile)
        new = course_text(after) if after else old
        if only_shorter and len(new) >= len(old):
            after = None
        if after is not None:
            characters += len(old) - len(new)
            lines += old.count("\n") - new.count("\n")
            users += 1
        result.append(after or course)
    return Shared(
        profile=profile,
        courses=tuple(result),
        users=users,
        saved=Saved(characters=characters, lines=lines),
    )


def _listing(course: Draft, profile: Draft) -> Draft | None:
    """Return a course that lists a profile, without what it says; None where it lacks a field of it."""
    if not profile.values.keys() <= course.values.keys():
        return None
    own = {address: text for address, text in course.values.items() if profile.values.get(address) != text}
    return replace(course, values=own, profiles=(*course.profiles, profile.name))
