"""From the text of a query to steps that can be run, or to why it is refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

from coursesync.sandbox.graphql_types import Field, Types, types
from coursesync.sandbox.options import GraphQL

# Canvas: GraphQLTuning.
_MOST_TOKENS, _MOST_ALIASES = 5000, 20
_TYPENAME = Field()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One field to look up.

    Attributes:
        key: where it goes in the answer.
        name: of the field.
        field: how it is looked up.
        arguments: each a value or the name of a variable.
        steps: what is asked of the object it returns; None for a scalar.

    """

    key: str
    name: str
    field: Field
    arguments: Mapping[str, Value]
    steps: tuple[Step, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An argument: a literal, or a variable that is filled in later."""

    literal: Any = None
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that was understood, or the errors it is refused with.

    Attributes:
        type: of the root.
        steps: what is asked of the root.
        variables: name to default; one that has to be sent has none.
        required: the variables that have to be sent.
        errors: why nothing is answered at all.

    """

    type: str = "Query"
    steps: tuple[Step, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    errors: tuple[Mapping[str, Any], ...] = ()


@lru_cache(maxsize=256)
def understood(text: str, operation: str | None, version: GraphQL) -> Query:
    """Return what a query asks for; a client that sends the same text again is not read again."""
    try:
        document = parse(text, no_location=True, max_tokens=_MOST_TOKENS)
    except GraphQLError as error:
        return Query(errors=({"message": error.message},))
    return _Reading(document, types(version)).query(operation)


class _Reading:
    """One document while it is read."""

    def __init__(self, document: DocumentNode, known: Types) -> None:
        self._types = known
        self._operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._errors: list[dict[str, Any]] = []
        self._aliases = 0
        self._known: dict[tuple[object, ...], tuple[tuple[Step, ...], int]] = {}
        self._scalars: dict[tuple[str, str, str], Step] = {}

    def query(self, name: str | None) -> Query:
        found = [one for one in self._operations if name is None or (one.name and one.name.value == name)]
        if len(found) != 1:
            return Query(errors=({"message": "An operation name is required"},))
        operation = found[0]
        kind = operation.operation.value
        root = {"query": "Query", "mutation": "Mutation"}.get(kind)
        if root is None:
            return Query(errors=({"message": f"Schema is not configured for {kind}s"},))
        steps = self._steps([operation.selection_set], root, (kind,))
        if not self._errors and self._aliases > _MOST_ALIASES:
            self._refuse("max query aliases exceeded")
        declared = operation.variable_definitions or ()
        return Query(
            type=root,
            steps=steps,
            variables={
                one.variable.name.value: one.default_value and value_from_ast_untyped(one.default_value)
                for one in declared
            },
            required=frozenset(
                one.variable.name.value
                for one in declared
                if isinstance(one.type, NonNullTypeNode) and one.default_value is None
            ),
            errors=tuple(self._errors),
        )

    def _refuse(self, message: str, **more: Any) -> None:
        self._errors.append({"message": message, **more})

    def _steps(self, sets: Sequence[SelectionSetNode], kind: str, path: tuple[str, ...]) -> tuple[Step, ...]:
        """Return what is asked of an object; a fragment that is used twenty times is read once."""
        place = (kind, *map(id, sets))
        if place not in self._known:
            aliases = self._aliases
            fields: dict[str, list[FieldNode]] = {}
            for selection in sets:
                for node in self._flat(selection, kind, path):
                    self._aliases += node.alias is not None
                    fields.setdefault((node.alias or node.name).value, []).append(node)
            found = (self._step(key, nodes, kind, path) for key, nodes in fields.items())
            steps = tuple(step for step in found if step is not None)
            self._known[place] = (steps, self._aliases - aliases)
        else:
            self._aliases += self._known[place][1]
        return self._known[place][0]

    def _flat(
        self, selection: SelectionSetNode, kind: str, path: tuple[str, ...], within: tuple[str, ...] = ()
    ) -> Iterator[FieldNode]:
        """Return the fields of a selection, those of its fragments too."""
        for node in selection.selections:
            if node.directives:
                self._refuse(f"Directive @{node.directives[0].name.value} is not defined", path=[*path])
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._spread(node, kind, path, within)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                found = self._fragments.get(name)
                if found is None:
                    self._refuse(f"Fragment {name} was used, but not defined", path=[*path])
                elif name in within:
                    self._refuse(f"Fragment {name} contains an infinite loop", path=[*path])
                else:
                    yield from self._spread(found, kind, path, (*within, name))

    def _spread(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        kind: str,
        path: tuple[str, ...],
        within: tuple[str, ...],
    ) -> Iterator[FieldNode]:
        condition = fragment.type_condition
        if condition is not None and condition.name.value != kind:
            self._refuse(f"Fragment on {condition.name.value} can't be spread inside {kind}", path=[*path])
            return
        yield from self._flat(fragment.selection_set, kind, path, within)

    def _step(self, key: str, nodes: list[FieldNode], kind: str, path: tuple[str, ...]) -> Step | None:
        node, name = nodes[0], nodes[0].name.value
        plain = len(nodes) == 1 and not node.arguments and node.selection_set is None
        if plain and (kind, key, name) in self._scalars:
            return self._scalars[kind, key, name]
        found = _TYPENAME if name == "__typename" else self._types[kind].get(name)
        here = (*path, key)
        if found is None:
            extensions = {"code": "undefinedField", "typeName": kind, "fieldName": name}
            message = f"Field '{name}' doesn't exist on type '{kind}'"
            self._refuse(message, path=[*here], extensions=extensions)
            return None
        if any(one.name.value != name or self._given(one) != self._given(node) for one in nodes[1:]):
            self._refuse(f"Field '{key}' has an argument conflict", path=[*here])
        sets = [one.selection_set for one in nodes if one.selection_set]
        if bool(sets) != (found.type is not None):
            self._refuse(f"Field '{name}' {_selections(found.type)}", path=[*here])
            return None
        steps = self._steps(sets, found.type, here) if found.type else None
        step = Step(
            key=key, name=name, field=found, arguments=self._arguments(node, found, here), steps=steps
        )
        if plain:
            self._scalars[kind, key, name] = step
        return step

    def _given(self, node: FieldNode) -> dict[str, Value]:
        return {one.name.value: _value(one.value) for one in node.arguments or ()}

    def _arguments(self, node: FieldNode, found: Field, path: tuple[str, ...]) -> Mapping[str, Value]:
        given = self._given(node)
        for name in sorted(set(given) - found.arguments):
            message = f"Field '{node.name.value}' doesn't accept argument '{name}'"
            self._refuse(message, path=[*path, name])
        return given


def _selections(kind: str | None) -> str:
    return f"returns {kind} and must have selections" if kind else "is a scalar and can't have selections"


def _value(node: ValueNode) -> Value:
    if isinstance(node, VariableNode):
        return Value(variable=node.name.value)
    return Value(literal=value_from_ast_untyped(node))
