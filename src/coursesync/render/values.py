"""Values as people read them: nothing hidden, nothing ambiguous, one line each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coursesync.catalogue.types import Value
from coursesync.model import Part
from coursesync.model.upload import upload_in

NOTHING = "none"
UNDECIDED = "whatever Canvas decides"

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):(\d\d)Z")
# Text that, bare, would read as another value, as our punctuation, or as nothing.
_AMBIGUOUS = re.compile(
    r"|none|null|true|false|[-+]?[\d.][\d.eE+-]*|\".*|[\[{(].*|\s.*|.*\s|.*->.*|" + re.escape(UNDECIDED),
    re.DOTALL,
)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LONG = 72
# GitHub: two colons and a word where a line begins, after any blanks, and a line may begin with any word;
# also ##[word] anywhere. Azure: ##vso[…]. TeamCity: ##teamcity[…].
_COMMAND = re.compile(r"(?<!\S):(?=:[a-zA-Z])|#(?=#[a-z]*\[)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Two values of one field; `known` is False where Canvas decides about the second."""

    before: Value
    after: Value
    known: bool = True


def visible(text: str) -> str:
    """Return text in which every control, format or odd blank character shows as an escape.

    So does the first character of what a build server takes for a command when it reads our output.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if _harmless(char) else _escape(char) for char in text)
    if "::" in text or "##" in text:
        text = _COMMAND.sub(lambda found: _escape(found[0]), text)
    return text


def _harmless(char: str) -> bool:
    return char == " " or unicodedata.category(char) not in {"Cc", "Cf", "Cn", "Cs", "Co", "Zl", "Zp", "Zs"}


def _escape(char: str) -> str:
    names = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(char)
    if char in names:
        return names[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(value: Value) -> str:
    """Return a value on one line, so that no two different values look alike."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _shown_text(value)
    if upload := upload_in(value):
        return visible(upload.words)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{visible(key)}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (int, float)):
        return str(value)
    return "[" + ", ".join(shown(item) for item in value) + "]"


def _shown_text(value: str) -> str:
    if found := _INSTANT.fullmatch(value):
        seconds = "" if found[3] == "00" else f":{found[3]}"
        return f"{found[1]} {found[2]}{seconds}Z"
    if not _AMBIGUOUS.fullmatch(value):
        return visible(value)
    return '"' + visible(value).replace('"', '\\"') + '"'


def arrow(delta: Delta) -> str:
    """Return `before -> after` on one line."""
    return f"{shown(delta.before)} -> {outcome(delta)}"


def outcome(delta: Delta) -> str:
    """Return the second value on one line, or that Canvas decides."""
    return settled(delta.after, known=delta.known)


def settled(value: Value, *, known: bool) -> str:
    """Return a value to come on one line: a file that is uploaded by its content, whatever id it gets."""
    return shown(value) if known or upload_in(value) else UNDECIDED


def is_prose(delta: Delta) -> bool:
    """Tell whether two texts are better compared line by line: long ones, and HTML."""
    texts = [value for value in (delta.before, delta.after) if isinstance(value, str)]
    others = [value for value in (delta.before, delta.after) if not isinstance(value, str)]
    if not delta.known or any(value is not None for value in others):
        return False
    return any("\n" in value or len(value) > _LONG or TAG.search(value) for value in texts)


def pieces(delta: Delta) -> tuple[Part, ...]:
    """Return the keys that differ between two maps, inner ones by their path; nothing for other values."""
    if not delta.known or not isinstance(delta.after, Mapping) or upload_in(delta.after):
        return ()
    if delta.before is not None and not isinstance(delta.before, Mapping):
        return ()
    return tuple(_differing("", delta.before or {}, delta.after))


def _differing(prefix: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterable[Part]:
    for key in dict.fromkeys((*before, *after)):
        # A key that is missing from a map counts as false, as Canvas counts it.
        one, other = before.get(key, False), after.get(key, False)
        if isinstance(one or {}, Mapping) and isinstance(other or {}, Mapping) and (one or other):
            yield from _differing(f"{prefix}{key}.", _map(one), _map(other))
        elif type(one) is not type(other) or one != other:
            yield Part(key=f"{prefix}{key}", before=one, after=other)


def _map(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}
