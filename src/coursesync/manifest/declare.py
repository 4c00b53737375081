"""What a checked document declares, as entries with places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coursesync.catalogue import RESOURCES
from coursesync.diagnostics import Position
from coursesync.manifest.check import Body, Placed
from coursesync.manifest.entries import (
    CourseEntry,
    Declared,
    Environment,
    IgnoreRule,
    Manifest,
    Name,
    PolicyEntry,
    ProfileEntry,
)
from coursesync.model import Address, Selector

# By the key of the group and of the field; every course of a run shares these texts.
_ADDRESSES: Mapping[str, Mapping[str, Address]] = {
    resource.name: {row.name: row.address for row in resource.fields} for resource in RESOURCES
}


def manifest(document: Body) -> Manifest:
    """Return the entries of a manifest, in their order."""
    return Manifest(
        profiles=tuple(
            ProfileEntry(
                name=name,
                position=at.position,
                extends=names(body, "extends"),
                declared=_declared(body),
            )
            for name, (body, at) in _in(document, "profiles", {}).items()
        ),
        courses=tuple(_course(body) for body, _ in _in(document, "courses", ())),
        policies=tuple(_policy(body) for body, _ in _in(document, "policies", ())),
    )


def environments(document: Body) -> tuple[Environment, ...]:
    """Return what a project file says of each Canvas."""
    return tuple(
        Environment(
            name=name,
            url=_in(body, "url", ""),
            account=_in(body, "account", None),
            position=at.position,
        )
        for name, (body, at) in _in(document, "environments", {}).items()
    )


def names(body: Body, key: str) -> tuple[Name, ...]:
    """Return a list of names or paths, each with its place."""
    return tuple(Name(text=text, position=at.position) for text, at in _in(body, key, ()))


def _course(body: Body) -> CourseEntry:
    id_, at = body["id"]
    return CourseEntry(
        id=id_, position=at.position, profiles=names(body, "profiles"), declared=_declared(body)
    )


def _policy(body: Body) -> PolicyEntry:
    name, at = body["name"]
    return PolicyEntry(
        name=name,
        position=at.position,
        selector=Selector(**{key: value for key, (value, _) in body["select"].content.items()}),
        excepts=tuple(glob for glob, _ in _in(body, "except", ())),
        enforce=bool(_in(body, "enforce", None)),
        profiles=names(body, "profiles"),
        declared=_declared(body),
    )


def _declared(body: Body) -> Declared:
    state: dict[Address, Any] = {}
    positions: dict[Address, Position] = {}
    for group, addresses in _ADDRESSES.items():
        if group in body:
            for name, (value, at) in body[group].content.items():
                address = addresses[name]
                state[address] = value
                positions[address] = at.position
    ignores = tuple(
        IgnoreRule(pattern=pattern, reason=reason, until=until, position=at.position)
        for (pattern, reason, until), at in _in(body, "ignore", ())
    )
    return Declared(state=state, positions=positions, ignores=ignores)


def _in(body: Body, key: str, default: Any) -> Any:
    """Return what stands after a key."""
    placed: Placed | None = body.get(key)
    return default if placed is None else placed.content
