"""The models of manifest and project file, made from the catalogue; their errors become diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    RootModel,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic import Field as ModelField

from coursesync.catalogue import DECLARABLE, RESOURCES
from coursesync.catalogue.course import SIS_COURSE_ID
from coursesync.catalogue.field import Field, ResourceType
from coursesync.catalogue.scalars import boolean
from coursesync.catalogue.types import Flaw, Node, Value
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.manifest import creations, environments, values
from coursesync.manifest.limits import LIMITS as LIMIT_KEYS
from coursesync.manifest.places import Location, Spot, finder, plain, without
from coursesync.manifest.protections import PROTECTION_SCHEMA, protection
from coursesync.manifest.selectors import CONDITIONS
from coursesync.manifest.shapes import NEEDED, misshapen
from coursesync.manifest.unknown import article, unknown_field, unknown_key
from coursesync.manifest.values import Include
from coursesync.manifest.variables import (
    NOTHING_GIVEN,
    VARIABLES_SCHEMA,
    Filling,
    Given,
    declarations,
    with_variables,
)
from coursesync.manifest.yaml import Mapped, Tree

_CONFIG = ConfigDict(extra="forbid", frozen=True)
_MOST_PROBLEMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What the values of a document are read with: the files it includes, and its variables."""

    include: Include
    filling: Filling


def _reading(context: ValidationInfo) -> _Reading:
    return cast(_Reading, context.context)


def _taken(read: Callable[..., object], schema: Mapping[str, Any]) -> Any:
    """Make the annotation of a value that `read` takes from a node."""
    return Annotated[Any, PlainValidator(read), WithJsonSchema(dict(schema))]


def _filled(read: Callable[[Node], object], schema: Mapping[str, Any]) -> Any:
    """Make the annotation of a value that may be a variable; `read` takes what that stands for."""

    def take(node: Node, context: ValidationInfo) -> object:
        return values.with_filled(node, _reading(context).filling, read)

    return Annotated[Any, PlainValidator(take), WithJsonSchema({"oneOf": with_variables(schema)})]


def _list_of(read: Callable[..., object], schema: Mapping[str, Any]) -> Any:
    return list[_taken(read, schema)]  # type: ignore[misc]


def _field(row: Field) -> Any:
    def read(node: Node, context: ValidationInfo) -> Value:
        reading = _reading(context)
        return values.field_value(row, node, reading.include, reading.filling)

    return Annotated[Any, PlainValidator(read), WithJsonSchema(values.field_schema(row))]


def _optional(doc: str) -> Any:
    # Made by a factory, so that the schema shows no default: absent and null are not the same.
    return ModelField(default_factory=lambda: None, description=doc)


def _group(resource: ResourceType) -> type[BaseModel]:
    rows = (row for row in DECLARABLE.values() if row.group == resource.name)
    fields: dict[str, Any] = {row.name: (_field(row), _optional(row.doc)) for row in rows}
    return create_model(resource.name.capitalize(), __config__=_CONFIG, __doc__=resource.doc, **fields)


GROUPS = {resource.name: (_group(resource), resource.doc) for resource in RESOURCES}
_NAMES = _list_of(values.profile_name, values.NAME_SCHEMA)
_RULES = _list_of(values.ignore_rule, values.IGNORE_SCHEMA)
_PATHS = _list_of(values.path_name, values.NAME_SCHEMA)
_GLOBS = _list_of(values.glob, values.NAME_SCHEMA)
_FLAG = boolean()


def _ids(node: Node, context: ValidationInfo) -> str | dict[str, str]:
    return values.course_ids(node, _reading(context).filling)


def _either_id(schema: dict[str, Any]) -> None:
    """Let the schema of an entry ask for what the model asks for: an id, or what it follows from."""
    schema.pop("required", None)
    schema.update(creations.REQUIRED)


_BODY: dict[str, Any] = {
    **{name: (model, _optional(doc)) for name, (model, doc) in GROUPS.items()},
    "ignore": (
        _RULES,
        _optional("Fields that are never compared and never sent: an address, or a pattern like settings.*."),
    ),
}
PROFILE = create_model(
    "Profile",
    __config__=_CONFIG,
    __doc__="Values for every course that lists the profile.",
    extends=(_NAMES, _optional("Profiles this one builds on, weakest first.")),
    **_BODY,
)
_HOME = CONDITIONS[creations.HOME]
_CREATION: dict[str, Any] = {
    creations.CREATE: (
        _taken(_FLAG.parse, _FLAG.schema),
        _optional("Whether to create the course where none has its SIS id."),
    ),
    creations.HOME: (
        _filled(_HOME.read, _HOME.schema),
        _optional("The account in which the course is created."),
    ),
    creations.SIS_ID: (
        _filled(SIS_COURSE_ID.type.parse, SIS_COURSE_ID.type.schema),
        _optional("The SIS id that the created course has, where the id of the entry is no SIS id."),
    ),
}
_NAMED: dict[str, Any] = {"named": model_validator(mode="before")(creations.named)}
COURSE = create_model(
    "Course",
    __config__=ConfigDict(**_CONFIG, json_schema_extra=_either_id),
    __validators__=_NAMED,
    __doc__="One course and the values it should have.",
    id=(
        _taken(_ids, values.ID_SCHEMA),
        ModelField(
            description="Any id Canvas takes: the Canvas id in digits, sis_course_id:X, or another; "
            "or a mapping with the id in each environment."
        ),
    ),
    **_CREATION,
    missing=(
        _taken(values.missing, values.MISSING_SCHEMA),
        _optional("skip to tolerate that the course does not exist yet; without it, that is an error."),
    ),
    profiles=(_NAMES, _optional("Profiles of the course, weakest first.")),
    **_BODY,
)
_CONDITIONS: dict[str, Any] = {
    name: (_filled(condition.read, condition.schema), _optional(condition.doc))
    for name, condition in CONDITIONS.items()
}
SELECT = create_model(
    "Select",
    __config__=_CONFIG,
    __doc__="The courses a policy is about: those that meet every condition.",
    **_CONDITIONS,
)
_POLICY_KEYS: dict[str, Any] = {
    "name": (
        _taken(values.policy_name, values.NAME_SCHEMA),
        ModelField(description="The name of the policy, as plans and messages show it."),
    ),
    "select": (SELECT, ModelField(description=str(SELECT.__doc__))),
    "except": (_GLOBS, _optional("Globs of courses left out, by Canvas id, SIS id or name.")),
    "enforce": (
        _taken(_FLAG.parse, _FLAG.schema),
        _optional("Whether the policy is stronger than what courses say themselves."),
    ),
}
POLICY = create_model(
    "Policy",
    __config__=_CONFIG,
    __doc__="One rule for every course that it selects.",
    **_POLICY_KEYS,
    profiles=(_NAMES, _optional("Profiles for these courses, weakest first.")),
    **_BODY,
)
MANIFEST = create_model(
    "Manifest",
    __config__=_CONFIG,
    __doc__="Profiles, courses and policies, declared in a file of their own.",
    profiles=(dict[str, PROFILE], _optional("Sets of values by name.")),  # type: ignore[valid-type]
    courses=(list[COURSE], _optional("The courses that are managed.")),  # type: ignore[valid-type]
    policies=(list[POLICY], _optional("Rules for every course that matches.")),  # type: ignore[valid-type]
)
_VARIABLES = _taken(declarations, VARIABLES_SCHEMA)
# A file of variables is such a mapping and no more.
VARIABLES = create_model("Variables", __base__=RootModel[_VARIABLES])  # type: ignore[valid-type]
ENVIRONMENT = create_model(
    "Environment",
    __config__=_CONFIG,
    __doc__="One Canvas.",
    url=(
        _taken(environments.canvas_url, environments.URL_SCHEMA),
        ModelField(description="The address of this Canvas, with https:// and without a path."),
    ),
    account=(
        _taken(environments.account, environments.ACCOUNT_SCHEMA),
        _optional("The account of policies that name none: its name, a Canvas id, or sis_account_id:X."),
    ),
    token_env=(
        _taken(environments.token_env, environments.TOKEN_ENV_SCHEMA),
        _optional("The variable of the environment that holds the token for this Canvas."),
    ),
    variables=(_VARIABLES, _optional("Values of variables for this Canvas; they win over those of all.")),
)


def _rule(node: Node, context: ValidationInfo) -> dict[str, Any]:
    return protection(node, _reading(context).include)


_LIMIT_FIELDS: dict[str, Any] = {
    name: (_taken(key.read, key.schema), _optional(key.doc)) for name, key in LIMIT_KEYS.items()
}
LIMITS = create_model(
    "Limits",
    __config__=_CONFIG,
    __doc__="How much one plan may do; more needs a flag of apply.",
    **_LIMIT_FIELDS,
)
PROJECT = create_model(
    "Project",
    __config__=_CONFIG,
    __doc__="The project file, coursesync.yaml; its folder is the root of the project.",
    manifests=(
        _PATHS,
        _optional("Files or folders that hold manifests; without it, every one below the root."),
    ),
    environments=(dict[str, ENVIRONMENT], _optional("Every Canvas by its name.")),  # type: ignore[valid-type]
    default_environment=(
        _taken(values.environment_name, values.NAME_SCHEMA),
        _optional("The environment that is meant where neither -e nor CANVAS_API_URL says which."),
    ),
    variables=(_VARIABLES, _optional("What ${name} stands for in values of manifests, by name.")),
    limits=(LIMITS, _optional(str(LIMITS.__doc__))),
    protect=(
        _list_of(_rule, PROTECTION_SCHEMA),
        _optional("Changes that are never made, whatever a manifest declares."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The part of a document that can be used: its content, its tree without the rest, and what is wrong.

    used: the names of the variables that stand in it.
    """

    content: Mapping[str, Any]
    tree: Mapped | None
    diagnostics: tuple[Diagnostic, ...]
    used: frozenset[str] = frozenset()


def check(model: type[BaseModel], tree: Tree, include: Include, given: Given = NOTHING_GIVEN) -> Checked:
    """Check a document against a model; every problem has the place of its key or value.

    given: what its variables stand for.
    """
    found: list[Diagnostic] = []
    usable: Tree | None = tree
    used: set[str] = set()
    while usable is not None:
        try:
            reading = _Reading(include=include, filling=Filling(given=given, used=used))
            checked = model.model_validate(plain(usable), context=reading)
        except ValidationError as error:
            reasons = error.errors(include_url=False, include_input=False)
            found = found or _diagnostics(reasons, usable, model)
            usable = without(usable, [tuple(reason["loc"]) for reason in reasons])
        else:
            content = checked.model_dump(exclude_unset=True)
            whole = _mapped(usable)
            return Checked(content=content, tree=whole, diagnostics=tuple(found), used=frozenset(used))
    return Checked(content={}, tree=None, diagnostics=tuple(found), used=frozenset(used))


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema pydantic makes of a model."""
    return model.model_json_schema()


def _mapped(tree: Tree) -> Mapped:
    assert isinstance(tree, Mapped)  # noqa: S101 - the models take nothing else
    return tree


def _diagnostics(reasons: Sequence[Any], tree: Tree, model: type[BaseModel]) -> list[Diagnostic]:
    find = finder(tree)
    found = [
        item
        for reason in reasons[:_MOST_PROBLEMS]
        for item in _explained(reason, find, "project" if model is PROJECT else "manifest")
    ]
    if len(reasons) > _MOST_PROBLEMS:
        detail = f"{len(reasons) - _MOST_PROBLEMS:,} more problems of this file are not shown."
        found.append(problem("more-problems", detail, at=Position(file=tree.position.file)))
    return found


def _explained(reason: Any, find: Callable[[Location], Spot], document: str) -> Iterable[Diagnostic]:
    """Turn one of pydantic's errors into diagnostics."""
    location: Location = tuple(reason["loc"])
    spot = find(location)
    match reason["type"]:
        case "value_error":
            for flaw in reason["ctx"]["error"].flaws:
                there = find((*location, *flaw.path))
                yield _problem(flaw, there.key if flaw.code == "unknown-key" else there.value.position)
        case "extra_forbidden":
            yield _problem(_stranger(location, document), spot.key)
        case "missing":
            flaw = Flaw(
                message=f'{_needy(_place(location[:-1], document))} needs the key "{location[-1]}".',
                hint=f"Write for example {NEEDED[str(location[-1])]}",
                code="missing-key",
            )
            yield _problem(flaw, spot.value.position)
        case _:
            yield _problem(misshapen(_place(location, document), spot.value), spot.value.position)


def _needy(place: str) -> str:
    return article(place).capitalize()


def _problem(flaw: Flaw, at: Position) -> Diagnostic:
    last_resort = (
        "Delete the key." if flaw.code == "unknown-key" else "Delete the line to leave it unmanaged."
    )
    return problem(flaw.code, flaw.message, at=at, hint=flaw.hint or last_resort)


def _place(location: Location, document: str) -> str:
    """Name what stands at a location: a manifest, a profile, a course and the like, or one of their keys."""
    match location:
        case ():
            return document
        case ("profiles", str()):
            return "profile"
        case ("courses", int()):
            return "course"
        case ("policies", int()):
            return "policy"
        case ("environments", str()):
            return "environment"
        case ("protect", int()):
            return "rule"
        case ("limits",):
            return "set of limits"
        case ("courses" | "policies", int(), "profiles"):
            return "names"
    return str(location[-1]) if isinstance(location[-1], str) else f"item of {location[-2]}"


_KEYS: Mapping[str, type[BaseModel]] = {
    "manifest": MANIFEST,
    "profile": PROFILE,
    "course": COURSE,
    "policy": POLICY,
    "select": SELECT,
    "project": PROJECT,
    "environment": ENVIRONMENT,
    "set of limits": LIMITS,
}


def _stranger(location: Location, document: str) -> Flaw:
    place, key = _place(location[:-1], document), str(location[-1])
    if place in _KEYS:
        return unknown_key(place, key, _KEYS[place].model_fields)
    return unknown_field(place, key)
