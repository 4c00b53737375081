"""POST /api/graphql: the status is 200 whatever comes of a query, and errors stand beside the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.errors import not_found
from coursesync.sandbox.graphql_query import Query, Step, understood
from coursesync.sandbox.graphql_types import Run, Unanswerable

Path = tuple[str | int, ...]


async def post_graphql(call: Call) -> Answer:
    """Answer one query; it takes as long as a list of as many courses."""
    version = call.world.options.graphql
    if version == "off":
        raise not_found()
    text = call.params.get("query")
    if not isinstance(text, str) or not text.strip():
        await call.world.pause()
        return Answer(body={"errors": [{"message": "No query string was present"}]})
    name = call.params.get("operationName")
    query = understood(text, name if isinstance(name, str) else None, version)
    variables = _variables(query, call.params.get("variables"))
    errors = [*query.errors, *_missing(query, variables)]
    if errors:
        await call.world.pause()
        return Answer(body={"errors": errors})
    run = Run(call=call)
    found = _Answering(run, variables).fields(query.type, None, query.steps, ())
    await call.world.pause(max(1, run.courses))
    return Answer(body={"data": found, **({"errors": run.errors} if run.errors else {})})


def _variables(query: Query, sent: Any) -> dict[str, Any]:
    given = sent if isinstance(sent, Mapping) else {}
    return {name: given.get(name, default) for name, default in query.variables.items()}


def _missing(query: Query, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"message": f"Variable ${name} was provided invalid value"}
        for name in sorted(query.required)
        if variables[name] is None
    ]


class _Answering:
    """One query while it is answered."""

    def __init__(self, run: Run, variables: Mapping[str, Any]) -> None:
        self._run = run
        self._variables = variables

    def fields(self, kind: str, source: Any, steps: tuple[Step, ...], path: Path) -> dict[str, Any]:
        """Return the fields of one object."""
        found: dict[str, Any] = {}
        for step in steps:
            if step.name == "__typename":
                found[step.key] = kind
            elif step.steps is None and step.field.resolve is None:
                found[step.key] = source[step.name]
            else:
                found[step.key] = self._field(step, source, (*path, step.key))
        return found

    def _field(self, step: Step, source: Any, path: Path) -> Any:
        arguments = {
            name: value.literal if value.variable is None else self._variables.get(value.variable)
            for name, value in step.arguments.items()
        }
        resolve = step.field.resolve
        try:
            value = resolve(self._run, source, arguments) if resolve else source[step.name]
        except Unanswerable as error:
            self._run.errors.append({"message": str(error), "path": list(path)})
            return None
        if isinstance(value, list):
            return [self._object(step, one, (*path, place)) for place, one in enumerate(value)]
        return self._object(step, value, path)

    def _object(self, step: Step, value: Any, path: Path) -> Any:
        kind = step.field.type
        if value is None or kind is None or step.steps is None:
            return value
        if self._run.call.user.scoped and not kind.startswith("__"):
            message = f"An object of type {kind} was hidden due to insufficient scopes on access token"
            self._run.errors.append({"message": message, "path": list(path)})
            return None
        return self.fields(kind, value, step.steps, path)
