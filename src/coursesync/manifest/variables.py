"""Variables: `${name}` in a value as written becomes the scalar that the name stands for, once and no more.

They come from the project file, from files and from the command line; never from the environment of the
process, where a pull request could have a secret written into a course.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from coursesync.catalogue.types import Flaw, Invalid, Literal, Node, closest, shown
from coursesync.model import SourceFile

_NAME = "[A-Za-z_][A-Za-z0-9_-]{0,63}"
_FREE = r"[^$]|\$(?!\$?\{)|\$\$\{"
_USE = rf"\$\{{{_NAME}\}}"
# `$${` is `${` itself; what follows `${` up to the brace ought to be a name.
_PIECE = re.compile(r"\$\$\{|\$\{([^{}\n]*)(\}?)")

# Texts without a variable, and texts with one or more, for JSON Schema; it knows no lookbehind everywhere.
NO_VARIABLE: Mapping[str, Any] = {"not": {"pattern": r"(^|[^$])\$\{"}}
ALONE: Mapping[str, Any] = {"type": "string", "pattern": f"^{_USE}$"}
INSIDE: Mapping[str, Any] = {"type": "string", "pattern": rf"^({_FREE})*{_USE}({_FREE}|{_USE})*$"}
VARIABLES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": f"^{_NAME}$"},
    "additionalProperties": {
        "oneOf": [
            {"type": "string", **NO_VARIABLE},
            *({"type": kind} for kind in ("number", "boolean", "null")),
        ]
    },
}

# What the texts of one file may grow to: far above what people write, and a few lines could ask for more.
_MOST_CHARACTERS = 64 * 1024 * 1024
_DECLARE = "Declare it under variables in coursesync.yaml or in a --var-file, or give --var {name}=VALUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A name and the scalar it stands for; where: the place that set it, or the flag that did."""

    name: str
    literal: Literal
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What manifests are read with: the environment, if it is known, and every variable by its name.

    known: the environments there are. elsewhere: those that set a variable which this one does not.
    complete: whether every place that sets variables could be read; else one that is missing may stand
    there. files: those that set them, on which plans rest.
    """

    environment: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True
    known: tuple[str, ...] = ()
    files: tuple[SourceFile, ...] = ()


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Variables of the command line: files of them, and single ones, which win; later ones win in both."""

    files: tuple[Path, ...] = ()
    values: tuple[tuple[str, Literal], ...] = ()


NO_OVERRIDES = Overrides()


@dataclass(slots=True, kw_only=True)
class Filling:
    """Values while their variables are filled in: from what, and how many characters may still come of it.

    used: the names that stood in them.
    """

    given: Given = NOTHING_GIVEN
    room: int = _MOST_CHARACTERS
    used: set[str] = field(default_factory=set)

    def spend(self, text: str) -> str:
        """Return a text that was put together; raise Invalid where all of them have become too long."""
        self.room -= len(text)
        if self.room < 0:
            message = "With its variables filled in, the file is larger than coursesync reads."
            raise Invalid(Flaw(message=message, hint="Shorten the variables.", code="too-large"))
        return text


def filled(node: Node, filling: Filling, path: tuple[str, ...] = ()) -> Node:
    """Return a value with its variables filled in and `$${` read as `${`; raise Invalid where one cannot be.

    A variable that stands alone keeps its type, also in quotes; inside a text it is text.
    """
    if isinstance(node, Literal):
        return _literal(node, filling, path) if "${" in node.text else node
    if isinstance(node, Mapping):
        return {key: filled(item, filling, (*path, key)) for key, item in node.items()}
    return [filled(item, filling, (*path, str(index))) for index, item in enumerate(node)]


def _literal(node: Literal, filling: Filling, path: tuple[str, ...]) -> Literal:
    filling.used |= set(names_in(node))
    whole = _PIECE.fullmatch(node.text)
    try:
        if whole and whole[1] is not None:
            return _meant(whole, filling.given).literal
        text = filling.spend(_PIECE.sub(lambda piece: _text(piece, filling.given), node.text))
    except Invalid as invalid:
        raise Invalid(*(replace(flaw, path=path) for flaw in invalid.flaws)) from invalid
    return Literal(text=text, quoted=node.quoted or has_variable(node))


def _text(piece: re.Match[str], given: Given) -> str:
    if piece[1] is None:
        return "${"
    variable = _meant(piece, given)
    if variable.literal.null:
        message = (
            f"The variable {variable.name} is null ({variable.where}), which cannot stand inside a text."
        )
        raise Invalid(Flaw(message=message, hint='Set it to "" for an empty text.'))
    return variable.literal.text


def _meant(piece: re.Match[str], given: Given) -> Variable:
    """Return the variable that is named; raise Invalid for what is no name, or none that was set."""
    name = piece[1]
    if not piece[2] or not re.fullmatch(_NAME, name):
        message = f'"{shown(piece[0])}" is no variable: a name has letters, digits, _ and -, between braces.'
        raise Invalid(Flaw(message=message, hint="Write ${name}, or $${ where the text should have ${."))
    if name not in given.variables:
        _undefined(name, given)
    return given.variables[name]


def _undefined(name: str, given: Given) -> NoReturn:
    if not given.complete:
        # What is wrong where variables are set is said there; this would only follow from it.
        raise Invalid
    hint = _DECLARE.format(name=name)
    if near := closest(name, given.variables):
        hint = f"Did you mean ${{{near}}}? Otherwise: {hint[:1].lower()}{hint[1:]}"
    others = ", ".join(map(shown, given.elsewhere.get(name, ())))
    if others:
        chosen = f'this is about "{shown(given.environment)}"' if given.environment else "none is chosen"
        hint = "Choose it with -e NAME, or set the variable for every environment."
        said = f"Only the environments {others} set the variable {name}, and {chosen}."
        raise Invalid(Flaw(message=said, hint=hint, code="unknown-variable"))
    raise Invalid(Flaw(message=f"No variable is called {name}.", hint=hint, code="unknown-variable"))


def has_variable(node: Node) -> bool:
    """Tell whether a variable stands anywhere in a value as written."""
    return next(names_in(node), None) is not None


def names_in(node: Node) -> Iterator[str]:
    """Yield the names of the variables in a value as written."""
    if isinstance(node, Literal):
        yield from (found[1] for found in _PIECE.finditer(node.text) if found[1] is not None)
        return
    for item in node.values() if isinstance(node, Mapping) else node:
        yield from names_in(item)


def sources(node: Node, given: Given) -> tuple[str, ...]:
    """Return the variables in a value as written, each with the place that set it."""
    used = (given.variables.get(name) for name in dict.fromkeys(names_in(node)))
    return tuple(f"${{{one.name}}} from {one.where}" for one in used if one)


def traced(invalid: Invalid, node: Node, given: Given) -> Invalid:
    """Return what is wrong with a value, naming the variables at fault; node: the value as written."""
    return Invalid(*(_traced(flaw, node, given) for flaw in invalid.flaws))


def _traced(flaw: Flaw, node: Node, given: Given) -> Flaw:
    inner = node
    for step in flaw.path:
        if isinstance(inner, Mapping) and step in inner:
            inner = inner[step]
    used = sources(inner, given)
    if not used:
        return flaw
    return replace(flaw, message=f"{flaw.message} The value is that of {' and '.join(used)}.")


def no_variable(node: Node, path: tuple[str, ...] = ()) -> None:
    """Raise Invalid where a variable stands in a value that may have none."""
    if isinstance(node, Literal):
        if has_variable(node):
            raise Invalid(replace(_MISPLACED, path=path))
        return
    for key, item in node.items() if isinstance(node, Mapping) else enumerate(node):
        no_variable(item, (*path, str(key)))


def fixed(node: Node) -> Node:
    """Return a value that may have no variable, with `$${` read as `${`; raise Invalid where it has one."""
    no_variable(node)
    return filled(node, Filling())


_MISPLACED = Flaw(
    message="A variable cannot stand here: only in values of fields, in conditions of select, and in ids.",
    hint="Write the text itself, or $${ where it should have ${.",
    code="misplaced-variable",
)


def declarations(node: Node) -> dict[str, dict[str, Any]]:
    """Return what a mapping of variables sets, each as what makes a Literal; raise Invalid with all flaws."""
    if not isinstance(node, Mapping):
        hint = "Write for example variables: {home: modules, limit: 3}"
        raise Invalid(Flaw(message="Variables are a mapping of names to values.", hint=hint))
    flaws: list[Flaw] = []
    found: dict[str, dict[str, Any]] = {}
    for name, item in node.items():
        try:
            literal = declared(name, item)
        except Invalid as invalid:
            flaws += [replace(flaw, path=(name,)) for flaw in invalid.flaws]
        else:
            found[name] = {"text": literal.text, "quoted": literal.quoted}
    if flaws:
        raise Invalid(*flaws)
    return found


def declared(name: str, node: Node) -> Literal:
    """Return the scalar a variable is set to; raise Invalid where name or value cannot be one."""
    if not re.fullmatch(_NAME, name):
        message = f'"{shown(name)}" is no name of a variable: letters, digits, _ and -, no digit first.'
        raise Invalid(Flaw(message=message, hint="Write for example home_page", code="unknown-key"))
    if not isinstance(node, Literal):
        message = f"The variable {name} is one value: a text, a number, true, false or null."
        raise Invalid(Flaw(message=message, hint="Declare a variable for each value."))
    if node.null and not node.text:
        message = f"Nothing stands after {name}."
        raise Invalid(Flaw(message=message, hint='Write null, or "" for an empty text.'))
    if has_variable(node):
        message = f"The variable {name} refers to a variable; its value must stand by itself."
        raise Invalid(Flaw(message=message, hint="Write the value, or $${ where it should have ${."))
    return Literal(text=node.text.replace("$${", "${"), quoted=node.quoted)


def with_variables(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the alternatives of a JSON Schema of values, with variables wherever a value may stand.

    What is no text takes a variable only alone. Never two alternatives fit at once.
    """
    options = [_inner(option) for option in schema.get("anyOf", schema.get("oneOf", [schema]))]
    bare = all(option.get("type") in _NO_TEXT for option in options)
    return [*options, dict(ALONE if bare else INSIDE)]


_NO_TEXT = ("boolean", "integer", "number", "object", "array", "null")


def _inner(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return one alternative: a text without variables, or a mapping or list whose values may have some."""
    found = {**schema, **(NO_VARIABLE if schema.get("type") == "string" else {})}
    if "properties" in schema:
        found["properties"] = {key: _either(item) for key, item in schema["properties"].items()}
    if isinstance(schema.get("items"), Mapping):
        found["items"] = _either(schema["items"])
    return found


def _either(schema: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: item for key, item in schema.items() if key in {"description", "markdownDescription"}}
    return {"oneOf": with_variables(schema), **said}
