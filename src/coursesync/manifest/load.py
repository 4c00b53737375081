"""Find the project and read its manifests: every file, every problem, in the order of their paths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from coursesync.catalogue import DECLARABLE
from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, Position, ordered, problem
from coursesync.manifest.creations import CREATE, HOME, SIS_ID
from coursesync.manifest.discover import KEYS, Found, discover, named, opened
from coursesync.manifest.entries import (
    CourseEntry,
    Declared,
    Environment,
    IgnoreRule,
    Loaded,
    Manifest,
    Name,
    PolicyEntry,
    ProfileEntry,
    Project,
)
from coursesync.manifest.environments import chosen, unknown
from coursesync.manifest.given import for_environment, here, placed
from coursesync.manifest.include import includer
from coursesync.manifest.models import GROUPS, MANIFEST, PROJECT, check
from coursesync.manifest.places import plain
from coursesync.manifest.spellings import doubled
from coursesync.manifest.variables import Given, Variable, sources
from coursesync.manifest.yaml import Listed, Mapped, Pair, Tree, parse
from coursesync.model import Address, Selector, SourceFile
from coursesync.model.barriers import Barriers, Limit, Limits, Protection

PROJECT_FILE = "coursesync.yaml"


def find_project(start: Path, explicit: Path | None = None) -> tuple[Project, tuple[Diagnostic, ...]]:
    """Return the project `start` lies in, or the one of the file named, and what is wrong with its file."""
    start = start.resolve()
    if explicit is not None:
        file = (start / explicit).resolve()
        if not file.is_file():
            missing = f"There is no project file {explicit}."
            return Project(root=start), (problem("missing-file", missing, hint="Check --project."),)
        return _read_project(file)
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return _read_project((folder / PROJECT_FILE).absolute())
    return Project(root=start), ()


def _read_project(file: Path) -> tuple[Project, tuple[Diagnostic, ...]]:
    root, name = file.parent, file.name
    bare = Project(root=root, file=name)
    content, unread = Found(path=file, name=name).content()
    if unread:
        return bare, unread
    parsed = parse(content, file=name)
    if parsed.tree is None:
        return bare, parsed.diagnostics
    checked = check(PROJECT, parsed.tree, includer(root, root, {}))
    items = _items(checked.tree, "manifests")
    paths = tuple(
        Name(text=text, position=item.position)
        for text, item in zip(checked.content.get("manifests", ()), items, strict=True)
    )
    variables = _value(parsed.tree, "variables")
    project = replace(
        bare,
        manifests=paths if "manifests" in checked.content else None,
        environments=tuple(
            _environment(pair, checked.content["environments"][pair.key])
            for pair in _environments(checked.tree)
        ),
        default=checked.content.get("default_environment"),
        barriers=_barriers(checked.content, checked.tree),
        variables=_variables(checked.tree, checked.content),
        complete=not checked.diagnostics,
    )
    if variables or any(_value(pair.value, "variables") for pair in _environments(parsed.tree)):
        project = replace(project, source=SourceFile(path=name, sha256=_sha256(content)))
    return project, ordered(
        (*parsed.diagnostics, *checked.diagnostics, *_no_such_default(project, parsed.tree))
    )


def _environment(pair: Pair, body: Mapping[str, Any]) -> Environment:
    return Environment(
        name=pair.key,
        url=body["url"],
        account=body.get("account"),
        position=pair.position,
        token_env=body.get("token_env"),
        variables=_variables(pair.value, body),
    )


def _environments(tree: Tree | None) -> tuple[Pair, ...]:
    return _pairs(_value(tree, "environments"))


def _variables(tree: Tree | None, body: Mapping[str, Any]) -> Mapping[str, Variable]:
    return placed(_value(tree, "variables"), body.get("variables", {}))


def _no_such_default(project: Project, tree: Tree) -> Iterator[Diagnostic]:
    """Say where the default is no environment; one that is wrong in itself counts as being there."""
    written = {pair.key for pair in _environments(tree)}
    place = _value(tree, "default_environment")
    if project.default is not None and place is not None and project.default not in written:
        yield unknown(project.default, [one.name for one in project.environments], place.position)


def _barriers(content: Mapping[str, Any], tree: Mapped | None) -> Barriers:
    """Give every limit and every rule its place."""
    places = {pair.key: pair.position for pair in _pairs(_value(tree, "limits"))}
    limits = {
        name: Limit(allowed=number, position=places[name])
        for name, number in content.get("limits", {}).items()
    }
    rules = zip(content.get("protect", ()), _items(tree, "protect"), strict=True)
    protections = tuple(Protection(position=item.position, **rule) for rule, item in rules)
    return Barriers(limits=Limits(**limits), protections=protections)


def load(project: Project, *, paths: Sequence[Path] = (), given: Given | None = None) -> Loaded:
    """Read all manifests of a project; a file in `paths` counts as one even if it looks like none.

    given: the environment and the variables; without it, those of the project file where nobody says more.
    """
    given = given or for_environment(project, chosen(project, name=None, url=None))
    project = replace(project, root=project.root.resolve())
    found, diagnostics = discover(project) if project.manifests is None else named(project)
    asked = {path.resolve() for path in paths}
    files = {source.path: source.sha256 for source in given.files}
    manifest: Manifest | None = None
    for file in found:
        if file.name in files:
            # A file of variables is none, whatever they are called.
            continue
        certain = file.certain or file.path in asked
        more, problems = _read(file, project.root, files, given, certain=certain)
        diagnostics = (*diagnostics, *problems)
        if more is not None:
            manifest = _joined(manifest, more) if manifest else more
    if manifest is None and not diagnostics:
        diagnostics = (_no_manifests(project),)
    whole = manifest or Manifest()
    profiles, doubles = _first("profile", whole.profiles)
    policies, more_doubles = _first("policy", whole.policies)
    sources = tuple(SourceFile(path=path, sha256=digest) for path, digest in sorted(files.items()))
    return Loaded(
        manifest=replace(whole, profiles=profiles, policies=policies),
        files=sources,
        diagnostics=ordered((*diagnostics, *doubles, *more_doubles)),
    )


def _no_manifests(project: Project) -> Diagnostic:
    at = Position(file=project.file) if project.file else None
    return problem(
        "no-manifests",
        f"No YAML file below {project.root.name or project.root} has one of the keys {', '.join(KEYS)}.",
        at=at,
        hint="Write one: courses: [{id: sis_course_id:BIO-101, attributes: {name: Biology}}]",
    )


def _read(
    file: Found, root: Path, files: dict[str, str], given: Given, *, certain: bool
) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    """Read one manifest, and note it and what it includes in `files`; None where the file is no manifest."""
    found, unread = opened(file, certain=certain)
    if found is None:
        return (Manifest(complete=False) if unread else None), unread
    content, parsed = found
    files[file.name] = _sha256(content)
    if parsed.tree is None:
        empty = all(item.code == "empty-file" for item in parsed.diagnostics)
        return Manifest(complete=empty), parsed.diagnostics
    checked = check(MANIFEST, parsed.tree, includer(root, file.path.parent, files), given)
    manifest = _manifest(checked.content, checked.tree, given) if checked.tree else Manifest()
    manifest, astray = here(replace(manifest, used=checked.used), given)
    return manifest, (*parsed.diagnostics, *checked.diagnostics, *doubled(checked.tree), *astray)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _joined(one: Manifest, other: Manifest) -> Manifest:
    return Manifest(
        profiles=(*one.profiles, *other.profiles),
        courses=(*one.courses, *other.courses),
        policies=(*one.policies, *other.policies),
        complete=one.complete and other.complete,
        elsewhere=(*one.elsewhere, *other.elsewhere),
        used=one.used | other.used,
    )


_Named = TypeVar("_Named", ProfileEntry, PolicyEntry)


def _first(kind: str, entries: Sequence[_Named]) -> tuple[tuple[_Named, ...], list[Diagnostic]]:
    """Keep the first profile or policy of each name, and say so of every other."""
    first: dict[str, _Named] = {}
    doubles = []
    for entry in entries:
        earlier = first.setdefault(entry.name, entry)
        if earlier is not entry:
            places = f"at {earlier.position} and at {entry.position}"
            detail = f'The {kind} "{shown(entry.name)}" is declared {places}.'
            hint = "Rename one of the two, or join them."
            doubles.append(problem(f"duplicate-{kind}", detail, at=entry.position, hint=hint))
    return tuple(first.values()), doubles


def _manifest(content: Mapping[str, Any], tree: Mapped, given: Given) -> Manifest:
    """Give every declaration of a checked file its place."""
    profiles = _pairs(_value(tree, "profiles"))
    courses = zip(content.get("courses", ()), _items(tree, "courses"), strict=True)
    policies = zip(content.get("policies", ()), _items(tree, "policies"), strict=True)
    return Manifest(
        profiles=tuple(_profile(pair, content["profiles"][pair.key], given) for pair in profiles),
        courses=tuple(_course(node, body, given) for body, node in courses),
        policies=tuple(_policy(node, body, given) for body, node in policies),
    )


def _profile(pair: Pair, body: Mapping[str, Any], given: Given) -> ProfileEntry:
    return ProfileEntry(
        name=pair.key,
        position=pair.position,
        extends=_names(pair.value, body, "extends"),
        declared=_declared(pair.value, body, given),
    )


def _course(node: Tree, body: Mapping[str, Any], given: Given) -> CourseEntry:
    return CourseEntry(
        id=body["id"] if isinstance(body["id"], str) else "",
        position=_place(node, "id" if any(pair.key == "id" for pair in _pairs(node)) else SIS_ID),
        profiles=_names(node, body, "profiles"),
        declared=_declared(node, body, given),
        ids=body["id"] if isinstance(body["id"], Mapping) else {},
        may_lack="missing" in body,
        create=_place(node, CREATE) if body.get(CREATE) else None,
        home=body.get(HOME),
        sis_course_id=body.get(SIS_ID),
    )


def _policy(node: Tree, body: Mapping[str, Any], given: Given) -> PolicyEntry:
    return PolicyEntry(
        name=body["name"],
        position=_place(node, "name"),
        selector=Selector(**body["select"]),
        places={pair.key: pair.position for pair in _pairs(_value(node, "select"))},
        excepts=tuple(body.get("except", ())),
        enforce=body.get("enforce", False),
        profiles=_names(node, body, "profiles"),
        declared=_declared(node, body, given),
    )


def _declared(node: Tree, body: Mapping[str, Any], given: Given) -> Declared:
    state: dict[Address, Any] = {}
    positions: dict[Address, Position] = {}
    variables: dict[Address, tuple[str, ...]] = {}
    for group in GROUPS:
        for pair in _pairs(_value(node, group)):
            address = DECLARABLE[f"{group}.{pair.key}"].address
            state[address] = body[group][pair.key]
            positions[address] = pair.position
            if used := sources(plain(pair.value), given) if given.variables else ():
                variables[address] = used
    rules = zip(body.get("ignore", ()), _items(node, "ignore"), strict=True)
    ignores = tuple(
        IgnoreRule(pattern=pattern, reason=reason, until=until, position=item.position)
        for (pattern, reason, until), item in rules
    )
    return Declared(state=state, positions=positions, variables=variables, ignores=ignores)


def _names(node: Tree, body: Mapping[str, Any], key: str) -> tuple[Name, ...]:
    items = zip(body.get(key, ()), _items(node, key), strict=True)
    return tuple(Name(text=text, position=item.position) for text, item in items)


def _pairs(node: Tree | None) -> tuple[Pair, ...]:
    return node.entries if isinstance(node, Mapped) else ()


def _place(node: Tree, key: str) -> Position:
    return next(pair.position for pair in _pairs(node) if pair.key == key)


def _value(node: Tree | None, key: str) -> Tree | None:
    return next((pair.value for pair in _pairs(node) if pair.key == key), None)


def _items(node: Tree | None, key: str) -> tuple[Tree, ...]:
    value = _value(node, key)
    return value.items if isinstance(value, Listed) else ()
