"""How each noun is written as JSON: pydantic's readers and writers of classes made after the nouns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, make_dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from coursesync.catalogue.types import shown
from coursesync.diagnostics import CODES, Diagnostic, Position, Severity
from coursesync.documents.text import Json, inert, pretty
from coursesync.errors import PlanFileError
from coursesync.model import FORMAT_VERSION, Drift, Plan, Report, Snapshot

_Noun = TypeVar("_Noun", Plan, Report, Drift, Snapshot)
_Extra = Literal["forbid", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatDiagnostic:
    """One problem or remark.

    code: stable name, listed in the reference. file: relative to the project root, null where there is no
    place. line, column: counted from 1; 0 means the file as a whole. summary: always the same words for a
    code. detail: what and why. hint: what to type next. course: the declared id it is about.
    """

    code: str
    severity: Severity
    file: str | None = None
    line: int = 0
    column: int = 0
    summary: str
    detail: str = ""
    hint: str = ""
    course: str | None = None


def flat(item: Diagnostic) -> FlatDiagnostic:
    """Return a diagnostic as it stands in a document, its place on the same level."""
    place = item.position
    return FlatDiagnostic(
        code=item.code,
        severity=item.severity,
        file=place.file if place else None,
        line=place.line if place else 0,
        column=place.column if place else 0,
        summary=item.summary,
        detail=item.detail,
        hint=item.hint,
        course=item.course,
    )


def _raised(item: FlatDiagnostic) -> Diagnostic:
    place = None if item.file is None else Position(file=item.file, line=item.line, column=item.column)
    return Diagnostic(
        # A newer coursesync may know more codes; what the remark says is kept, and is all we could show.
        code=item.code if item.code in CODES else "newer-remark",
        severity=item.severity,
        summary=item.summary,
        detail=item.detail,
        hint=item.hint,
        position=place,
        course=item.course,
    )


@dataclass(frozen=True, kw_only=True)
class Format(Generic[_Noun]):
    """How a noun is written; telltale: a key only this document has.

    What pydantic makes of a noun takes it time, so that it is made when it is first asked for.
    """

    noun: type[_Noun]
    telltale: str

    @property
    def word(self) -> str:
        """Return what to call the document."""
        return self.noun.__name__.lower()

    @cached_property
    def wire(self) -> type:
        """Return a class like the noun whose diagnostics are flat."""
        return _wire(self.noun, "forbid")

    @cached_property
    def strict(self) -> TypeAdapter[Any]:
        """Return the reader and writer that knows every key."""
        return TypeAdapter(self.wire)

    @cached_property
    def lenient(self) -> TypeAdapter[Any]:
        """Return the reader that drops the unknown keys `strict` refuses."""
        return TypeAdapter(_wire(self.noun, "ignore"))


def _wire(noun: type, extra: _Extra) -> type:
    hints = get_type_hints(noun)
    if "diagnostics" in hints:
        hints["diagnostics"] = tuple[FlatDiagnostic, ...]
    return make_dataclass(
        noun.__name__,
        [(item.name, hints[item.name], item) for item in fields(noun)],
        kw_only=True,
        namespace={"__doc__": noun.__doc__, "__pydantic_config__": _config(extra)},
    )


def _config(extra: _Extra) -> ConfigDict:
    # An attribute whose name Python keeps for itself ends in an underscore: `class_` is the key `class`.
    return ConfigDict(extra=extra, strict=True, alias_generator=lambda name: name.removesuffix("_"))


PLAN = Format(noun=Plan, telltale="requests")
REPORT = Format(noun=Report, telltale="totals")
DRIFT = Format(noun=Drift, telltale="reads")
SNAPSHOT = Format(noun=Snapshot, telltale="references")


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> Any:
    """Return diagnostics as they stand in a document, as JSON values."""
    return TypeAdapter(tuple[FlatDiagnostic, ...]).dump_python(tuple(map(flat, diagnostics)), mode="json")


def to_json(form: Format[_Noun], noun: _Noun) -> Json:
    """Return the JSON document of a noun, keys in the order of its dataclass."""
    document: Json = form.strict.dump_python(_wired(form, noun), mode="json", by_alias=True)
    return document


def to_text(form: Format[_Noun], noun: _Noun) -> str:
    """Return the JSON text of a noun, as `pretty` writes its document, and ten times as fast."""
    try:
        return inert(form.strict.dump_json(_wired(form, noun), indent=2, by_alias=True).decode() + "\n")
    except PydanticSerializationError:
        # Half a character, which only Python's own encoder writes.
        return pretty(to_json(form, noun))


def _wired(form: Format[_Noun], noun: _Noun) -> Any:
    values = {item.name: getattr(noun, item.name) for item in fields(noun)}
    if "diagnostics" in values:
        values["diagnostics"] = tuple(map(flat, values["diagnostics"]))
    return form.wire(**values)


def read(form: Format[_Noun], document: Json, text: str, name: str) -> _Noun:
    """Return the noun in a text, parsed before to `document`; raise PlanFileError for another shape."""
    newer = _is_newer(form, document, name)
    adapter = form.lenient if newer else form.strict
    try:
        wired = adapter.validate_json(text.removeprefix("\ufeff"))
    except ValidationError as error:
        raise _wrong_shape(form, error, name, newer=newer) from error
    values = {item.name: getattr(wired, item.name) for item in fields(form.noun)}
    if "diagnostics" in values:
        values["diagnostics"] = tuple(map(_raised, values["diagnostics"]))
    return form.noun(**values)


def _is_newer(form: Format[_Noun], document: Json, name: str) -> bool:
    version = document.get("format_version")
    if version is None:
        raise PlanFileError(
            f"{name} is no {form.word}: it has no format_version.",
            hint=f"Give the file that coursesync wrote as its {form.word}.",
        )
    found = re.fullmatch(r"([0-9]{1,6})\.([0-9]{1,6})", version) if isinstance(version, str) else None
    if not found:
        raise PlanFileError(f'{name} is no {form.word}: its format_version is not like "{FORMAT_VERSION}".')
    _refuse_other_noun(form, document, name)
    ours = tuple(int(part) for part in FORMAT_VERSION.split("."))
    theirs = (int(found[1]), int(found[2]))
    if theirs[0] > ours[0]:
        raise PlanFileError(
            f"{name} was made by a newer coursesync: format {version}, and this one reads {FORMAT_VERSION}.",
            hint="Upgrade with: pip install --upgrade coursesync",
        )
    if theirs[0] < ours[0]:
        raise PlanFileError(
            f"{name} was made by an older coursesync: format {version}, and this one reads {FORMAT_VERSION}.",
            hint="Make it again with this version.",
        )
    return theirs > ours


def _refuse_other_noun(form: Format[_Noun], document: Json, name: str) -> None:
    others = [
        other.word
        for other in (PLAN, REPORT, DRIFT, SNAPSHOT)
        if other is not form and other.telltale in document
    ]
    if others and form.telltale not in document:
        raise PlanFileError(f"{name} is a {others[0]}, not a {form.word}.")


def _wrong_shape(form: Format[_Noun], error: ValidationError, name: str, *, newer: bool) -> PlanFileError:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    first = problems[0]
    place = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{shown(key)}" for key in first["loc"])
    said = _SAID.get(first["type"], first["msg"][:1].lower() + first["msg"][1:])
    more = f" And {len(problems) - 1} more like it." if len(problems) > 1 else ""
    return PlanFileError(
        f"{name} is not a {form.word} of format {FORMAT_VERSION}: at {place}, {said}.{more}",
        hint="Upgrade coursesync, or make it again with this version." if newer else "Make it again.",
    )


# pydantic's kinds of error -> how we say them.
_SAID = {
    "missing": "a required key is missing",
    "unexpected_keyword_argument": "there is a key this format does not have",
    "dataclass_type": "an object is expected",
    "tuple_type": "a list is expected",
    "dict_type": "an object is expected",
    "mapping_type": "an object is expected",
    "string_type": "text is expected",
    "string_unicode": "the text is not valid Unicode",
    "int_type": "a whole number is expected",
    "bool_type": "true or false is expected",
}
