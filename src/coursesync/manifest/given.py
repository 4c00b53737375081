"""What manifests are read with: an environment and its variables, from the project file, files and flags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coursesync import disk
from coursesync.catalogue.types import Flaw, Invalid, Literal, closest, shown
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest.discover import SUFFIXES, Found, is_manifest
from coursesync.manifest.entries import CourseEntry, Environment, Manifest, Project
from coursesync.manifest.environments import unknown
from coursesync.manifest.models import VARIABLES, check
from coursesync.manifest.variables import Given, Overrides, Variable, declared
from coursesync.manifest.yaml import LARGEST_FILE, Mapped, Scalar, Tree, parse
from coursesync.model import Plan, SourceFile

_FLAG = "--var"


def for_environment(project: Project, environment: Environment | None) -> Given:
    """Return what the project file gives the manifests of an environment, or of none where it is unknown."""
    own = environment.variables if environment else {}
    variables = {**project.variables, **own}
    elsewhere: dict[str, tuple[str, ...]] = {}
    for other in project.environments:
        for name in other.variables.keys() - variables.keys():
            elsewhere[name] = (*elsewhere.get(name, ()), other.name)
    return Given(
        environment=environment.name if environment else None,
        variables=variables,
        elsewhere=elsewhere,
        complete=project.complete,
        known=tuple(one.name for one in project.environments),
        files=(project.source,) if project.source else (),
    )


def overridden(
    given: Given, overrides: Overrides, *, root: Path, instead: Path | None = None
) -> tuple[Given, tuple[Diagnostic, ...]]:
    """Return what is given with the variables of the command line over it, and what is wrong with its files.

    root: of the project. instead: a folder in which files of the project are looked for first.
    """
    found: list[Diagnostic] = []
    for path in overrides.files:
        variables, source, problems = _in_file(path, root.resolve(), instead)
        found += problems
        given = replace(
            given,
            variables={**given.variables, **variables},
            files=(*given.files, source) if source else given.files,
            complete=given.complete and not problems,
        )
    single = {name: Variable(name=name, literal=text, where=_FLAG) for name, text in overrides.values}
    return replace(given, variables={**given.variables, **single}), tuple(found)


def _in_file(
    path: Path, root: Path, instead: Path | None
) -> tuple[Mapping[str, Variable], SourceFile | None, tuple[Diagnostic, ...]]:
    """Read a file of variables, which lies in the project, so that a plan can say what it rests on."""
    real = path.resolve()
    if not real.is_relative_to(root):
        detail = f"{shown(str(path))} does not lie in the project, whose root is {root}."
        hint = "Move the file into the project: a plan names the files it was made from."
        return {}, None, (problem("outside-project", detail, hint=hint),)
    name = real.relative_to(root).as_posix()
    if instead and (instead / name).is_file():
        real, root = (instead / name).resolve(), instead.resolve()
    try:
        content = disk.content(real, most=LARGEST_FILE, root=root)
    except FileNotFoundError:
        detail = f"There is no file {shown(name)}."
        return {}, None, (problem("missing-file", detail, hint="Check --var-file."),)
    except OSError as error:
        detail = f"{shown(name)} cannot be read: {error.strerror or 'the system refuses it'}."
        return {}, None, (problem("unreadable-file", detail, at=Position(file=name)),)
    source = SourceFile(path=name, sha256=hashlib.sha256(content).hexdigest())
    parsed = parse(content, file=name)
    if parsed.tree is None:
        return {}, source, parsed.diagnostics
    # Variables are single values, so that nothing is ever included here.
    checked = check(VARIABLES, parsed.tree, str)
    variables = placed(parsed.tree, checked.content)
    return variables, source, (*parsed.diagnostics, *checked.diagnostics)


def idle(overrides: Overrides, manifest: Manifest) -> Iterator[Diagnostic]:
    """Yield a warning for each variable that a flag sets and no manifest uses: its name may be misspelt."""
    names = dict.fromkeys(name for name, _ in overrides.values)
    for name in names if manifest.complete else ():
        if name not in manifest.used:
            near = closest(name, sorted(manifest.used))
            hint = f"Did you mean --var {near}=VALUE?" if near else f"Leave {_FLAG} out."
            yield problem("unused-variable", f"{_FLAG} sets {name}, which no manifest uses.", hint=hint)


def flag_value(name: str, text: str) -> Literal:
    """Return what a flag sets a variable to, by the rules of YAML; raise Invalid for what is no value."""
    parsed = parse(text.encode("utf-8", "surrogateescape"), file=_FLAG)
    empty = all(item.code == "empty-file" for item in parsed.diagnostics)
    if parsed.tree is None and empty:
        return declared(name, Literal(text=""))
    if not isinstance(parsed.tree, Scalar) or parsed.diagnostics:
        message = f"The value of {name} is no single value to YAML."
        raise Invalid(Flaw(message=message, hint=f"Quote it: --var '{shown(name)}=\"…\"'"))
    return declared(name, parsed.tree.literal)


def files_now(files: Sequence[SourceFile], plan: Plan, root: Path) -> tuple[SourceFile, ...]:
    """Return the files of manifests as they are, with those of variables that a plan was made from besides.

    files: of this checkout; where there are none, there is no checkout. plan: a saved one, which names the
    files of variables, but not which flags did.
    """
    there = {item.path for item in files}
    others = [item.path for item in plan.source.manifests if item.path not in there] if files else []
    return (*files, *_not_manifests(others, root.resolve()))


def _not_manifests(names: Iterable[str], root: Path) -> Iterator[SourceFile]:
    """Yield the files of these names that are still there; a manifest the project leaves out now is not."""
    for name in names:
        path = root / name
        if path.suffix in SUFFIXES and path.resolve().is_relative_to(root):
            content, unread = Found(path=path, name=name, root=root).content()
            if not unread and not is_manifest(parse(content, file=name), content):
                yield SourceFile(path=name, sha256=hashlib.sha256(content).hexdigest())


def placed(tree: Tree | None, values: Mapping[str, Any]) -> Mapping[str, Variable]:
    """Return variables with the places that set them; tree: the mapping. values: what makes the literals."""
    pairs = tree.entries if isinstance(tree, Mapped) else ()
    return {
        pair.key: Variable(name=pair.key, literal=Literal(**values[pair.key]), where=str(pair.position))
        for pair in pairs
        if pair.key in values
    }


def here(manifest: Manifest, given: Given) -> tuple[Manifest, tuple[Diagnostic, ...]]:
    """Return a manifest whose courses are those of the environment, each with its id there."""
    courses: list[CourseEntry] = []
    elsewhere: list[CourseEntry] = []
    found: list[Diagnostic] = []
    for entry in manifest.courses:
        found += _unknown(entry, given)
        if not entry.ids:
            courses.append(entry)
        elif given.environment is None:
            found += _undecided(entry, given)
        elif given.environment in entry.ids:
            courses.append(replace(entry, id=entry.ids[given.environment]))
        else:
            elsewhere.append(entry)
    return replace(manifest, courses=tuple(courses), elsewhere=tuple(elsewhere)), tuple(found)


def _unknown(entry: CourseEntry, given: Given) -> Iterator[Diagnostic]:
    """Yield an error for each environment of an id that is none."""
    for name in entry.ids:
        if name not in given.known and given.complete:
            yield unknown(name, given.known, entry.position)


def _undecided(entry: CourseEntry, given: Given) -> Iterable[Diagnostic]:
    if not given.known:
        # Said already of each environment that is named.
        return ()
    detail = "The course has an id for each environment, and it is not known which of them this is about."
    hint = f"Choose one with -e NAME, or name it as default_environment: {', '.join(map(shown, entry.ids))}"
    return (problem("environment-unknown", detail, at=entry.position, hint=hint),)
