"""Say what is wrong with a key that may not stand where it stands, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coursesync.catalogue import DECLARABLE, REFUSED, RESOURCES
from coursesync.catalogue.field import Refused
from coursesync.catalogue.types import Flaw, closest, shown

# Keys that other places of a manifest know: what to write instead.
_ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("profile", "profiles"): "A profile builds on others by extends.",
    ("course", "extends"): "A course lists its profiles under profiles.",
    ("policy", "extends"): "A policy lists its profiles under profiles.",
    ("profile", "id"): "Ids stand in the list under courses.",
    (
        "policy",
        "id",
    ): "A policy is for the courses it selects; one course by its id stands under courses.",
    ("course", "select"): "Only a policy selects courses; policies stand in a list of their own.",
    ("profile", "select"): "Only a policy selects courses; policies stand in a list of their own.",
    ("course", "enforce"): "Only a policy is enforced.",
    ("profile", "enforce"): "Only a policy is enforced; list the profile under its profiles.",
    ("select", "except"): "Write except beside select, as a list of globs.",
    ("select", "state"): 'Did you mean "workflow_state"?',
    ("project", "courses"): "Courses are declared in a manifest, another file of the project.",
    ("project", "profiles"): "Profiles are declared in a manifest, another file of the project.",
    ("project", "policies"): "Policies are declared in a manifest, another file of the project.",
    ("manifest", "manifests"): "Which files are manifests stands in coursesync.yaml.",
}
_GROUPS = tuple(resource.name for resource in RESOURCES)
# The places that take the groups of fields.
_BODIES = frozenset({"profile", "course", "policy"})


def unknown_key(place: str, key: str, known: Iterable[str]) -> Flaw:
    """Explain a key of a place, such as a manifest or a profile, that is not one of `known`."""
    belongs = _fields(key)
    if place in _BODIES and key in DECLARABLE:
        return _address(key)
    if place in _BODIES and belongs:
        addresses = _either(belongs)
        return Flaw(
            message=f'"{key}" is a field, and fields stand under {_either(_GROUPS)}: {addresses}.',
            hint=f"Move it under {_either(address.partition('.')[0] for address in belongs)}:",
            code="wrong-group",
        )
    refused = _refused(key)
    if place in _BODIES and refused:
        return _not_declarable(refused, key)
    names = tuple(known)
    near = closest(key, names)
    hint = _ELSEWHERE.get((place, key)) or (f'Did you mean "{near}"?' if near else "")
    return Flaw(
        message=f'"{shown(key)}" is not a key of {article(place)}; its keys are {", ".join(names)}.',
        hint=hint or "Delete it.",
        code="unknown-key",
    )


def article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def unknown_field(group: str, key: str) -> Flaw:
    """Explain a key below `attributes`, `settings` or `blueprint` that is no field of that group."""
    if f"{group}.{key}" in REFUSED:
        return _not_declarable(REFUSED[f"{group}.{key}"], key)
    if key in DECLARABLE:
        return _address(key)
    belongs = _fields(key)
    if belongs:
        return Flaw(
            message=f'"{key}" does not stand under {group}; its address is {_either(belongs)}.',
            hint=f"Move it under {_either(address.partition('.')[0] for address in belongs)}:",
            code="wrong-group",
        )
    refused = _refused(key)
    if refused:
        return _not_declarable(refused, key)
    return Flaw(
        message=f'"{shown(key)}" is not a field coursesync knows under {group}.',
        hint=_nearest(group, key),
        code="unknown-field",
    )


def _address(key: str) -> Flaw:
    group, _, name = key.partition(".")
    return Flaw(
        message=f'"{key}" is an address; in a manifest it is the key {name} under {group}.',
        hint=f"Write {group}: {{{name}: …}}",
        code="wrong-group",
    )


def _nearest(group: str, key: str) -> str:
    names = [row.name for row in DECLARABLE.values() if row.group == group]
    first, _, _ = key.partition("_")
    kindred = [name for name in names if name.startswith(f"{first}_")]
    own = closest(key, names) or closest(key, kindred, cutoff=0.5)
    if own:
        return f'Did you mean "{own}"?'
    other = closest(key, [row.name for row in DECLARABLE.values()])
    if other:
        return f"Did you mean {_either(_fields(other))}?"
    return "coursesync explain FIELD describes every field."


def _fields(name: str) -> tuple[str, ...]:
    """Return where a manifest may have a key of this name, by group and key."""
    return tuple(row.path for row in DECLARABLE.values() if row.name == name)


def _refused(name: str) -> Refused | None:
    return next((row for row in REFUSED.values() if name in {row.name, f"{row.group}.{row.name}"}), None)


def _not_declarable(row: Refused, key: str) -> Flaw:
    return Flaw(
        message=f'"{key}" cannot be declared. {row.why}',
        hint=f"Declare {row.instead} instead." if row.instead else "Delete it.",
        code="not-declarable",
    )


def _either(names: Iterable[str]) -> str:
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} or {last}" if most else last
