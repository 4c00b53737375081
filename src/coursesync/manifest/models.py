"""The shapes of manifest and project file; what fields there are, and what they take, is the catalogue's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from coursesync.catalogue import RESOURCES
from coursesync.catalogue.field import Field, ResourceType
from coursesync.catalogue.scalars import boolean
from coursesync.catalogue.types import Node
from coursesync.manifest import environments, values
from coursesync.manifest.selectors import CONDITIONS
from coursesync.manifest.shapes import Entries, Items, Key, Leaf, Record
from coursesync.manifest.unknown import unknown_field, unknown_key


def _leaf(read: Callable[[Node], object], schema: Mapping[str, Any]) -> Leaf:
    """Make the shape of a value that needs no file to be read."""
    return Leaf(read=lambda node, _include: read(node), schema=schema)


def _record(
    name: str,
    doc: str,
    keys: Mapping[str, Key],
    *,
    example: str,
    wanted: str = "a mapping",
    needed: Mapping[str, str] | None = None,
    whole: bool = False,
) -> Record:
    return Record(
        name=name,
        doc=doc,
        keys=keys,
        wanted=wanted,
        example=example,
        stranger=lambda key: unknown_key(name, key, keys),
        needed=needed or {},
        whole=whole,
    )


def _group(resource: ResourceType) -> Record:
    return Record(
        name=resource.name,
        doc=resource.doc,
        keys={row.name: _field(row) for row in resource.fields},
        wanted="a mapping of fields",
        example=f"{resource.name}: {{{resource.fields[0].name}: …}}",
        stranger=partial(unknown_field, resource.name),
    )


def _field(row: Field) -> Key:
    return Key(
        shape=Leaf(read=partial(values.field_value, row), schema=values.field_schema(row)), doc=row.doc
    )


_NAME = _leaf(values.profile_name, values.NAME_SCHEMA)


def _names(key: str) -> Items:
    return Items(of=_NAME, wanted="a list of profiles", example=f"{key}: [online]")


_BODY: Mapping[str, Key] = {
    **{resource.name: Key(shape=_group(resource), doc=resource.doc) for resource in RESOURCES},
    "ignore": Key(
        shape=Items(
            of=_leaf(values.ignore_rule, values.IGNORE_SCHEMA),
            wanted="a list of fields",
            example="ignore: [settings.*]",
        ),
        doc="Fields that are never compared and never sent: an address, or a pattern like settings.*.",
    ),
}
_PROFILE = _record(
    "profile",
    "Values for every course that lists the profile.",
    {
        "extends": Key(shape=_names("extends"), doc="Profiles this one builds on, weakest first."),
        **_BODY,
    },
    example="online: {settings: {hide_final_grades: true}}",
)
_COURSE = _record(
    "course",
    "One course and the values it should have.",
    {
        "id": Key(
            shape=_leaf(values.course_id, values.ID_SCHEMA),
            doc="Any id Canvas takes: the Canvas id in digits, sis_course_id:X, or another.",
        ),
        "profiles": Key(shape=_names("profiles"), doc="Profiles of the course, weakest first."),
        **_BODY,
    },
    example="- id: 4123",
    needed={"id": "id: sis_course_id:BIO-101"},
)
_SELECT = _record(
    "select",
    "The courses a policy is about: those that meet every condition.",
    {
        name: Key(shape=_leaf(condition.read, condition.schema), doc=condition.doc)
        for name, condition in CONDITIONS.items()
    },
    wanted="a mapping of conditions",
    example="select: {term: sis_term_id:2026FA}",
    # Without one of its conditions it would select more.
    whole=True,
)
_FLAG = boolean()
_POLICY = _record(
    "policy",
    "One rule for every course that it selects.",
    {
        "name": Key(
            shape=_leaf(values.policy_name, values.NAME_SCHEMA),
            doc="The name of the policy, as plans and messages show it.",
        ),
        "select": Key(shape=_SELECT, doc=_SELECT.doc),
        "except": Key(
            shape=Items(
                of=_leaf(values.glob, values.NAME_SCHEMA),
                wanted="a list of globs",
                example='except: ["SANDBOX-*"]',
            ),
            doc="Globs of courses left out, by Canvas id, SIS id or name.",
        ),
        "enforce": Key(
            shape=_leaf(_FLAG.parse, _FLAG.schema),
            doc="Whether the policy is stronger than what courses say themselves.",
        ),
        "profiles": Key(shape=_names("profiles"), doc="Profiles for these courses, weakest first."),
        **_BODY,
    },
    example="- name: quiet",
    needed={"name": "name: fall-2026", "select": _SELECT.example},
)
MANIFEST = _record(
    "manifest",
    "Profiles, courses and policies, declared in a file of their own.",
    {
        "profiles": Key(
            shape=Entries(
                of=_PROFILE,
                wanted="a mapping of names to profiles",
                example="profiles: {online: {settings: {}}}",
                keeps=True,
            ),
            doc="Sets of values by name.",
        ),
        "courses": Key(
            shape=Items(of=_COURSE, wanted="a list of courses", example="courses: [{id: 4123}]"),
            doc="The courses that are managed.",
        ),
        "policies": Key(
            shape=Items(
                of=_POLICY,
                wanted="a list of policies",
                example="policies: [{name: quiet, select: {term: 7}, profiles: [online]}]",
            ),
            doc="Rules for every course that matches.",
        ),
    },
    example="courses: [{id: 4123}]",
)
_ENVIRONMENT = _record(
    "environment",
    "One Canvas.",
    {
        "url": Key(
            shape=_leaf(environments.canvas_url, environments.URL_SCHEMA),
            doc="The address of this Canvas, with https:// and without a path.",
        ),
        "account": Key(
            shape=_leaf(environments.account, environments.ACCOUNT_SCHEMA),
            doc="The account of policies that name none: a Canvas id, or sis_account_id:X.",
        ),
    },
    example="beta: {url: https://school.beta.instructure.com}",
    needed={"url": "url: https://school.instructure.com"},
)
PROJECT = _record(
    "project",
    "The project file, coursesync.yaml; its folder is the root of the project.",
    {
        "manifests": Key(
            shape=Items(
                of=_leaf(values.path_name, values.NAME_SCHEMA),
                wanted="a list of files and folders",
                example="manifests: [courses]",
            ),
            doc="Files or folders that hold manifests; without it, every one below the root.",
        ),
        "environments": Key(
            shape=Entries(
                of=_ENVIRONMENT,
                wanted="a mapping of names to environments",
                example="environments: {beta: {url: https://…}}",
            ),
            doc="Every Canvas by its name.",
        ),
    },
    example="manifests: [courses]",
)
