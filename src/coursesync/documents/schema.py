"""The JSON Schema of a document, with what the docstrings of the nouns say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from coursesync.documents.text import Json
from coursesync.documents.wire import Format
from coursesync.model import FORMAT_VERSION


def schema(form: Format[Any]) -> Json:
    """Return the JSON Schema (2020-12) of the documents of a format, in this version and no other."""
    drawn: Json = form.strict.json_schema(mode="validation")
    definitions: dict[str, Json] = drawn.pop("$defs", {})
    for part in (drawn, *definitions.values()):
        _describe(part)
    drawn["properties"]["format_version"] = {
        "const": FORMAT_VERSION,
        "description": "The version of this format: minor is additive, major is not.",
    }
    drawn["required"] = ["format_version", *drawn["required"]]
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{form.word}.schema.json",
        "title": f"coursesync {form.word}",
    }
    return about | {key: item for key, item in drawn.items() if key != "title"} | {"$defs": definitions}


def _describe(part: Json) -> None:
    """Move what a docstring says about attributes to the properties, and give readable titles."""
    if title := part.get("title"):
        part["title"] = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title.lstrip("_")).capitalize()
    first, _, rest = part.get("description", "").partition("\n\n")
    properties: Json = part.get("properties", {})
    if first:
        part["description"] = " ".join(first.split())
    for item in properties.values():
        item.pop("title", None)
    for names, said in _attributes(" ".join(rest.split()), properties):
        for name in names:
            properties[name]["description"] = said


def _attributes(text: str, properties: Iterable[str]) -> list[tuple[list[str], str]]:
    """Split `id: what it is. line, column: what they are.` at the names of the properties."""
    known = "|".join(map(re.escape, properties))
    if not known or not text:
        return []
    text = re.sub(r"\bNone\b", "null", text)
    pieces = re.split(rf"(?:^|(?<=\. ))((?:{known})(?:, (?:{known}))*): ", text)[1:]
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return [(names.split(", "), said[:1].upper() + said[1:].strip()) for names, said in pairs]
