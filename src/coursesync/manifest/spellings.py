"""The other keys of a field: where a value would do under one, and where one body uses two of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from coursesync.catalogue import DECLARABLE
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Invalid, Literal, Node, shown
from coursesync.diagnostics import Diagnostic, problem
from coursesync.manifest.yaml import Listed, Mapped, Pair, Tree


def other_key(row: Field, node: Node) -> str:
    """Return what to write where a value that is none of a field would do under another key, or nothing."""
    if not isinstance(node, Literal):
        return ""
    for other in row.spelled:
        with contextlib.suppress(Invalid):
            other.type.parse(node)
            return f"Write {other.name}: {shown(node.text)} if that is the {other.type.name}."
    return ""


def doubled(tree: Tree | None) -> Iterator[Diagnostic]:
    """Yield an error for each field that a profile, course or policy of a file declares under two keys."""
    for top in _pairs(tree):
        bodies = top.value.items if isinstance(top.value, Listed) else ()
        for body in (*bodies, *(pair.value for pair in _pairs(top.value))):
            for group in _pairs(body):
                yield from _in_group(group)


def _in_group(group: Pair) -> Iterator[Diagnostic]:
    first: dict[str, Pair] = {}
    for pair in _pairs(group.value):
        row = DECLARABLE.get(f"{group.key}.{pair.key}")
        if row is None:
            continue
        earlier = first.setdefault(row.address, pair)
        if earlier is not pair:
            places = f"{earlier.key} at {earlier.position} and {pair.key} at {pair.position}"
            detail = f"{places} are two keys of one field, {row.address}."
            yield problem("conflicting-fields", detail, at=pair.position, hint="Delete one of the two.")


def _pairs(tree: Tree | None) -> tuple[Pair, ...]:
    return tree.entries if isinstance(tree, Mapped) else ()
