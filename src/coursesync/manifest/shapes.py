"""What stands where in a document: the shape a place takes, an example of it, and keys that must be there."""

from __future__ import annotations

from collections.abc import Mapping

from coursesync.catalogue import RESOURCES
from coursesync.catalogue.types import Flaw, shown
from coursesync.manifest.yaml import Listed, Mapped, Tree

_ROWS = {resource.name: resource.fields for resource in RESOURCES}

# What a key that must be there looks like.
NEEDED: Mapping[str, str] = {
    "id": "id: sis_course_id:BIO-101",
    "name": "name: fall-2026",
    "select": "select: {term: sis_term_id:2026FA}",
    "url": "url: https://school.instructure.com",
}

# What each place takes, and an example.
_SHAPES: Mapping[str, tuple[str, str]] = {
    "manifest": ("a mapping", "courses: [{id: 4123}]"),
    "project": ("a mapping", "manifests: [courses]"),
    "profiles": ("a mapping of names to profiles", "profiles: {online: {settings: {}}}"),
    "courses": ("a list of courses", "courses: [{id: 4123}]"),
    "profile": ("a mapping", "online: {settings: {hide_final_grades: true}}"),
    "course": ("a mapping", "- id: 4123"),
    "policies": ("a list of policies", "policies: [{name: quiet, select: {term: 7}, profiles: [online]}]"),
    "policy": ("a mapping", "- name: quiet"),
    "select": ("a mapping of conditions", "select: {term: sis_term_id:2026FA}"),
    "except": ("a list of globs", 'except: ["SANDBOX-*"]'),
    "environments": ("a mapping of names to environments", "environments: {beta: {url: https://…}}"),
    "environment": ("a mapping", "beta: {url: https://school.beta.instructure.com}"),
    "set of limits": ("a mapping", "limits: {courses: 200, changes: 500}"),
    "protect": ("a list of rules", "protect: [{field: blueprint.enabled, value: false}]"),
    "names": ("a list of profiles", "profiles: [online]"),
    "extends": ("a list of profiles", "extends: [online]"),
    "ignore": ("a list of fields", "ignore: [settings.*]"),
    "manifests": ("a list of files and folders", "manifests: [courses]"),
    **{name: ("a mapping of fields", f"{name}: {{{rows[0].name}: …}}") for name, rows in _ROWS.items()},
}


def misshapen(place: str, tree: Tree) -> Flaw:
    """Explain a list where a mapping should be, and the like."""
    wanted, example = _SHAPES[place]
    match tree:
        case Mapped():
            found = "a mapping"
        case Listed():
            found = "a list"
        case _:
            found = f'"{shown(tree.literal.text)}"' if tree.literal.text else "nothing"
    return Flaw(
        message=f"Expected {wanted} here, found {found}.",
        hint=f"Write for example {example}, or delete the key.",
    )
