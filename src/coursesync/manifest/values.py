"""The values of a manifest, from nodes as written: fields, ids, names of profiles, and rules of `ignore`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any, TypeVar

from coursesync.catalogue import DECLARABLE, FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.field import Field
from coursesync.catalogue.pictures import CONTENT_TYPES
from coursesync.catalogue.types import (
    Flaw,
    Invalid,
    Literal,
    Node,
    Value,
    ValueType,
    closest,
    is_text,
    shown,
    source_text,
)
from coursesync.manifest.spellings import other_key
from coursesync.manifest.variables import (
    NO_VARIABLE,
    Filling,
    filled,
    fixed,
    no_variable,
    traced,
    with_variables,
)

_Read = TypeVar("_Read")
# Reads the file of {file: ...}: a text as HTML, a picture as what is to be uploaded. Or raises Invalid.
Include = Callable[[str], Value]

_ID_PREFIXES = ("sis_course_id", "sis_integration_id", "uuid", "lti_context_id")
_NUMBER = "[1-9][0-9]{0,17}"
_ID = re.compile(rf"{_NUMBER}|{_NUMBER}~{_NUMBER}|({'|'.join(_ID_PREFIXES)}):\S(.*\S)?")
_ONE_ID: Mapping[str, Any] = {
    "oneOf": with_variables(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
                {"type": "string", "pattern": f"^({_ID.pattern})$"},
            ],
        }
    ),
}
ID_SCHEMA: Mapping[str, Any] = {
    "oneOf": [
        *_ONE_ID["oneOf"],
        {"type": "object", "minProperties": 1, "additionalProperties": _ONE_ID},
    ],
}
_SKIP = "skip"
MISSING_SCHEMA: Mapping[str, Any] = {"const": _SKIP}
NAME_SCHEMA: Mapping[str, Any] = {"type": "string", "pattern": r"\S", **NO_VARIABLE}

_MOST_PATTERN = 100
_UNTIL = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
PATTERN_SCHEMA: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": _MOST_PATTERN}
IGNORE_SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        PATTERN_SCHEMA,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["field"],
            "properties": {
                "field": PATTERN_SCHEMA,
                "reason": {"type": "string"},
                "until": {"type": "string", "pattern": f"^{_UNTIL}$"},
            },
        },
    ]
}
_FILE_KEY = "file"
SUFFIXES = (".html", ".md")
FILE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [_FILE_KEY],
    "properties": {_FILE_KEY: {"type": "string", "pattern": r"\.(html|md)$", **NO_VARIABLE}},
}


def field_schema(row: Field) -> dict[str, Any]:
    """Return the JSON Schema of what a manifest may say for a field."""
    options = [_file_schema(row.type.schema)] if row.type.is_file else with_variables(row.type.schema)
    if row.type.is_html:
        options.append(dict(FILE_SCHEMA))
    if row.clear is not None:
        options.append({"type": "null"})
    # Never two at once; with anyOf, the language server for YAML would leave out markdownDescription.
    described = options[0] if len(options) == 1 else {"oneOf": options}
    return {**described, "description": row.doc, "markdownDescription": _hover(row)}


def _file_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**schema, "properties": {_FILE_KEY: {**schema["properties"][_FILE_KEY], **NO_VARIABLE}}}


def _hover(row: Field) -> str:
    """Return what an editor shows of a field, with its traps; schemas have no keyword of their own for it."""
    said = [row.doc]
    if row.read is None:
        said.append("*Never shown* by Canvas, so it is sent only with `--send-unverified`.")
    said += [f"*Needs* `{needed.field}`: `{str(needed.value).lower()}`." for needed in row.requires]
    if row.ignored:
        said.append(f"*May be ignored.* {row.ignored}")
    if row.clear is None:
        said.append(f"*Not null.* {row.no_clear}")
    return "\n\n".join([*said, row.note] if row.note else said)


def reference_schema(kind: ValueType) -> dict[str, Any]:
    """Return the JSON Schema of a reference of a kind, where it stands by itself."""
    # Only where text is asked for: a pattern holds for whatever is no text, and `not` would refuse it.
    return {
        "anyOf": [
            {**option, **(NO_VARIABLE if option.get("type") == "string" else {})}
            for option in kind.schema["anyOf"]
        ]
    }


def field_value(row: Field, node: Node, include: Include, filling: Filling | None = None) -> Value:
    """Return the value a manifest declares for a field; raise Invalid with all that is wrong with it."""
    if row.type.is_file or (row.type.is_html and isinstance(node, Mapping)):
        # Which files a plan rests on is read from the manifests alone, whatever variables a run is given.
        no_variable(node)
    if isinstance(node, Mapping) and (row.type.is_html or row.type.is_file):
        content = include(_fitting(row, _path(node)))
        return row.type.parse(Literal(text=content, quoted=True)) if isinstance(content, str) else content
    return with_filled(node, filling, lambda written: _value(row, written))


def with_filled(node: Node, filling: Filling | None, read: Callable[[Node], _Read]) -> _Read:
    """Return what `read` makes of a value with its variables filled in; raise Invalid for bad ones."""
    filling = filling or Filling()
    written = filled(node, filling)
    try:
        return read(written)
    except Invalid as invalid:
        raise traced(invalid, node, filling.given) from invalid


def _value(row: Field, node: Node) -> Value:
    if isinstance(node, Literal) and node.null:
        _check_clearing(row, node)
        return None
    try:
        return row.type.parse(node)
    except Invalid as invalid:
        other = other_key(row, node)
        raise Invalid(*(replace(flaw, hint=other or flaw.hint) for flaw in invalid.flaws)) from invalid


def _check_clearing(row: Field, literal: Literal) -> None:
    if row.clear is None:
        raise Invalid(
            Flaw(
                message=f"{row.address} cannot be null. {row.no_clear}",
                hint="Delete the line to leave the field unmanaged.",
                code="not-clearable",
            )
        )
    if not literal.text:
        # `course_color: #0055a4` reads as a comment, and must not clear the colour.
        raise Invalid(
            Flaw(
                message=f"Nothing stands after {row.name}; whether to clear the field must be said.",
                hint="Write null to clear it, or delete the line; quote a value that begins with #.",
            )
        )


def _fitting(row: Field, path: str) -> str:
    """Return the path of a file that may stand here; raise Invalid for one of another kind."""
    suffix = PurePosixPath(path).suffix
    if row.type.is_file and suffix.lower() not in CONTENT_TYPES:
        wanted = "the settings page of Canvas takes no other"
        message = f'"{shown(path)}" is no .png, .jpg or .gif file, and {wanted}.'
        raise _not_fitting(message, "Name a file that ends in .png, .jpg or .gif.")
    if row.type.is_html and suffix not in SUFFIXES:
        raise _not_fitting(
            f'"{shown(path)}" is neither a .html nor a .md file.',
            "Name a file that ends in .html (taken as it is) or .md (rendered to HTML).",
        )
    return path


def _not_fitting(message: str, hint: str) -> Invalid:
    return Invalid(Flaw(message=message, hint=hint, path=(_FILE_KEY,), code="invalid-value"))


def _path(node: Mapping[str, Node]) -> str:
    strange = [key for key in node if key != _FILE_KEY]
    if strange:
        raise Invalid(
            *(
                Flaw(
                    message=f'"{shown(key)}" is not a key of a file to include; the only one is file.',
                    hint="Write it like {file: content/syllabus.md}",
                    path=(key,),
                    code="unknown-key",
                )
                for key in strange
            )
        )
    if _FILE_KEY not in node:
        raise Invalid(
            Flaw(
                message="A mapping here must name a file.",
                hint="Write it like {file: content/syllabus.md}, or quote the text.",
                code="missing-key",
            )
        )
    return _within(_FILE_KEY, lambda: source_text(node[_FILE_KEY], "the path of a file"))


def _within(key: str, read: Callable[[], str]) -> str:
    """Return what `read` does; flaws it raises are about `key`."""
    try:
        return read()
    except Invalid as invalid:
        raise Invalid(*(below(key, flaw) for flaw in invalid.flaws)) from invalid


def below(key: str, flaw: Flaw) -> Flaw:
    """Return a flaw of what stands under a key as one of what the key stands in."""
    return Flaw(message=flaw.message, hint=flaw.hint, path=(key, *flaw.path), code=flaw.code)


def course_id(node: Node) -> str:
    """Return the id of a course as declared; raise Invalid for what Canvas would not take in a path."""
    if isinstance(node, Literal) and _ID.fullmatch(node.text):
        return node.text
    raise Invalid(_not_an_id(node))


def writable_id(text: str) -> str:
    """Return an id as a manifest can say it, character by character; raise Invalid where it cannot."""
    literal = Literal(text=text, quoted=True)
    if fixed(literal) != literal:
        raise Invalid(_not_an_id(literal))
    return course_id(literal)


def course_ids(node: Node, filling: Filling) -> str | dict[str, str]:
    """Return the id of an entry, or its id in each environment by name; raise Invalid for what is neither."""
    if not isinstance(node, Mapping):
        return with_filled(node, filling, course_id)
    if not node:
        message = "An id for each environment needs at least one of them."
        raise Invalid(Flaw(message=message, hint="Write for example id: {production: 4123, test: 88}"))
    flaws: list[Flaw] = []
    found: dict[str, str] = {}
    for name, item in node.items():
        try:
            found[name] = with_filled(item, filling, course_id)
        except Invalid as invalid:
            flaws += [below(name, flaw) for flaw in invalid.flaws]
    if flaws:
        raise Invalid(*flaws)
    return found


def _not_an_id(node: Node) -> Flaw:
    kinds = f"digits for a Canvas id, or {', '.join(f'{prefix}:X' for prefix in _ID_PREFIXES)}"
    if not isinstance(node, Literal):
        return Flaw(message=f"An id is one text: {kinds}.", hint="Write one id, like sis_course_id:BIO-101")
    written = shown(node.text)
    prefix, colon, rest = node.text.partition(":")
    near = closest(prefix, _ID_PREFIXES) if colon else None
    hint = f"Did you mean {near}:{shown(rest.strip())}?" if near else f"Did you mean sis_course_id:{written}?"
    if not written.partition(":")[2 if near else 0].strip() or re.fullmatch(r"[-+0-9.~]+", node.text):
        hint = "Write the number from the address of the course, or sis_course_id:X"
    return Flaw(message=f'"{written}" is no id of a course. An id is {kinds}.', hint=hint)


def missing(node: Node) -> str:
    """Return what to do while a course does not exist, which is `skip`; raise Invalid for all else."""
    if isinstance(node, Literal) and node.text == _SKIP:
        return _SKIP
    hint = "Write missing: skip, or delete the line."
    raise Invalid(Flaw(message="A course that does not exist is an error, or missing: skip.", hint=hint))


def profile_name(node: Node) -> str:
    """Return the name of a profile; raise Invalid where something else stands."""
    return _present(node, "the name of a profile", "Delete the item.")


def policy_name(node: Node) -> str:
    """Return the name of a policy; raise Invalid where something else stands."""
    return _present(node, "the name of a policy", "Write for example name: fall-2026")


def environment_name(node: Node) -> str:
    """Return the name of an environment; raise Invalid where something else stands."""
    return _present(node, "the name of an environment", "Delete the key.")


def path_name(node: Node) -> str:
    """Return the path of a file or folder; raise Invalid where something else stands."""
    return _present(node, "a path", "Delete the item.")


def glob(node: Node) -> str:
    """Return a glob for names or ids of courses; raise Invalid where something else stands."""
    return _present(node, "a glob", 'Write one like "BIO-*"')


def _present(node: Node, what: str, hint: str) -> str:
    """Return a text that is there, and has no variable."""
    no_variable(node)
    return present(node, what, hint)


def present(node: Node, what: str, hint: str) -> str:
    """Return a text that is there; raise Invalid where none stands, or something else."""
    text = source_text(node, what)
    if isinstance(node, Literal) and (node.null or not text.strip()):
        raise Invalid(Flaw(message=f"{what[:1].upper()}{what[1:]} is missing.", hint=hint))
    return text


def ignore_rule(node: Node) -> tuple[str, str, str]:
    """Return pattern, reason and last day of one item of `ignore`; raise Invalid with all that is wrong."""
    if isinstance(node, Literal):
        return field_pattern(node), "", ""
    if not isinstance(node, Mapping):
        raise Invalid(Flaw(message="Expected a field, found a list.", hint="Write for example settings.*"))
    readers: dict[str, Callable[[Node], str]] = {"field": field_pattern, "reason": reason, "until": _until}
    flaws = [not_a_key(key, readers) for key in node if key not in readers]
    if "field" not in node:
        flaws.append(
            Flaw(message="A rule needs the key field.", hint="Write field: settings.*", code="missing-key")
        )
    read = dict.fromkeys(readers, "")
    for key, item in node.items():
        try:
            read[key] = readers[key](item) if key in readers else ""
        except Invalid as invalid:
            flaws += [below(key, flaw) for flaw in invalid.flaws]
    if flaws:
        raise Invalid(*flaws)
    return read["field"], read["reason"], read["until"]


def not_a_key(key: str, known: Mapping[str, Any]) -> Flaw:
    """Explain a key of a rule that is not one of `known`."""
    near = closest(key, known)
    return Flaw(
        message=f'"{shown(key)}" is not one of {", ".join(known)}.',
        hint=f'Did you mean "{near}"?' if near else "",
        path=(key,),
        code="unknown-key",
    )


def field_pattern(node: Node) -> str:
    """Return an address or a pattern of addresses; raise Invalid for one that matches no field."""
    pattern = source_text(node, "a field")
    if len(pattern) <= _MOST_PATTERN and any(matches(pattern, address) for address in FIELDS):
        return pattern
    groups = [f"{row.group}.*" for row in FIELDS.values()]
    own = [row.address for row in DECLARABLE.values() if pattern in {row.name, row.path}]
    near = own[0] if own else closest(pattern, [*FIELDS, *groups])
    hint = f'Did you mean "{near}"?' if near else "Write an address such as attributes.name, or settings.*"
    raise Invalid(Flaw(message=f'"{shown(pattern)}" matches no field.', hint=hint, code="unknown-field"))


def reason(node: Node) -> str:
    """Return the reason of a rule, a text; raise Invalid where none stands."""
    said = source_text(node)
    if isinstance(node, Literal) and node.null:
        raise Invalid(Flaw(message="The reason is missing.", hint="Write why there is the rule."))
    return said


def _until(node: Node) -> str:
    text = node.text if isinstance(node, Literal) and is_text(node) else ""
    try:
        date.fromisoformat(text if re.fullmatch(_UNTIL, text) else "")
    except ValueError:
        raise Invalid(
            Flaw(message="until is the last day the rule holds, a date.", hint="Write it like 2026-12-31")
        ) from None
    return text
