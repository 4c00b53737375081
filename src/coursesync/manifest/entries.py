"""The nouns of manifests: what each file declares, with the place of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coursesync.diagnostics import Diagnostic, Position
from coursesync.manifest.variables import Variable
from coursesync.model import Address, Selector, SourceFile, State
from coursesync.model.barriers import Barriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The name of a profile where it is used, or a path where it is named."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """One item of `ignore`; `until` is a date, or empty for good."""

    pattern: str
    position: Position
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one profile or course says itself: its fields, where each key stands, and what it ignores.

    variables: those that stand in the value of a field, each with the place that set it.
    """

    state: State = field(default_factory=dict)
    positions: Mapping[Address, Position] = field(default_factory=dict)
    variables: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    ignores: tuple[IgnoreRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEntry:
    """A profile: its name, the profiles it builds on, weakest first, and what it says itself."""

    name: str
    position: Position
    extends: tuple[Name, ...]
    declared: Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseEntry:
    """A course: its id as declared, its profiles, weakest first, and what it says itself.

    ids: its id in each environment, where it has more than one. may_lack: whether it may not exist yet.
    create: where it says that the course is made if there is none. home, sis_course_id: the account of such
    a course, and its SIS id, as the entry itself says them.
    """

    id: str
    position: Position
    profiles: tuple[Name, ...]
    declared: Declared
    ids: Mapping[str, str] = field(default_factory=dict)
    may_lack: bool = False
    create: Position | None = None
    home: str | None = None
    sis_course_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """A policy as declared: which courses it is about, and what it says of them, as a course entry would.

    position: of its name. places: of the conditions of its selector. excepts: globs of courses it leaves out.
    profiles: weakest first.
    """

    name: str
    position: Position
    selector: Selector
    excepts: tuple[str, ...]
    enforce: bool
    profiles: tuple[Name, ...]
    declared: Declared
    places: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything declared, in the order of files and lines.

    complete: whether every file could be read; else a profile that is missing may stand in another one.
    elsewhere: the courses that are declared for other environments only, without an id. used: the names of
    the variables that stand in it.
    """

    profiles: tuple[ProfileEntry, ...] = ()
    courses: tuple[CourseEntry, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()
    complete: bool = True
    elsewhere: tuple[CourseEntry, ...] = ()
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One Canvas that the project file names.

    url: in lower case, without a slash at its end. account: where its policies look for courses, if said.
    token_env: the variable that holds its token, if said. variables: what its manifests are read with.
    """

    name: str
    url: str
    account: str | None
    position: Position
    token_env: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The folder all paths are relative to, its file if it has one, and what that file says.

    manifests is None where nothing is named, so that every manifest below the root counts. default: the name
    of the environment that is meant where nobody says. barriers: what no plan may do. variables: those of
    every environment. source: the content of its file where that sets variables, so that plans rest on it.
    complete: whether all the variables of the file could be read.
    """

    root: Path
    file: str | None = None
    manifests: tuple[Name, ...] | None = None
    environments: tuple[Environment, ...] = ()
    default: str | None = None
    barriers: Barriers = field(default_factory=Barriers)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    source: SourceFile | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What `load` found: the manifest, every file it rests on by content, and all that is wrong."""

    manifest: Manifest
    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...]
