"""JSON text, strictly: what we write, what we accept, and the digest of a document."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import rfc8785

from coursesync.catalogue.types import shown
from coursesync.errors import PlanFileError

MAX_CHARACTERS = 200_000_000
MAX_DEPTH = 64

Json = dict[str, Any]


def pretty(document: Json) -> str:
    """Return a document as JSON text for people and machines, with a newline at its end."""
    return inert(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


# What JSON need not escape and a terminal or a build server would act on: the beginning of ##[command] of
# GitHub and its kin, and characters that control, reorder or hide; half a character, which no file can hold.
_ACTS = re.compile(r"(?<=#)#(?=[a-z]*\[)|[^ -~\n\w]")


def inert(text: str) -> str:
    """Return JSON text, the same to whoever parses it, in which nothing acts on where it is shown."""
    if text.isascii() and "\x7f" not in text and "##" not in text:
        return text
    return _ACTS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() and char != "#" else "".join(f"\\u{unit:04x}" for unit in _units(char))


def _units(char: str) -> tuple[int, ...]:
    """Return a character in UTF-16, as JSON escapes it."""
    wide = char.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(wide[at : at + 2]) for at in range(0, len(wide), 2))


def parsed(text: str, *, name: str, word: str) -> Json:
    """Return the JSON object in a text; raise PlanFileError where the file `name` cannot be a `word`."""
    if len(text) > MAX_CHARACTERS:
        raise PlanFileError(
            f"{name} is too large: more than {MAX_CHARACTERS // 1_000_000} million characters."
        )
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            parse_constant=_finite,
            parse_float=_finite,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise PlanFileError(f"{name} is nested too deeply to be a {word}.") from error
    except json.JSONDecodeError as error:
        raise PlanFileError(
            f"{name} is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            hint="It may have been cut off, or edited by hand. Make it again.",
        ) from error
    except ValueError as error:
        raise PlanFileError(f"{name} is not valid JSON: {error}.") from error
    if not isinstance(document, dict):
        raise PlanFileError(f"{name} is no {word}: it is JSON, but not an object.")
    if _deeper_than(document, MAX_DEPTH):
        raise PlanFileError(f"{name} is nested too deeply to be a {word}.")
    return document


def _finite(source: str) -> float:
    number = float(source)
    if not math.isfinite(number):
        raise ValueError(f"{shown(source)} is not a number JSON can carry")
    return number


def _object(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) < len(pairs):
        repeated = twice(key for key, _ in pairs)
        raise ValueError(f'the key "{shown(repeated[0])}" stands twice in one object')
    return made


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [item for group in inner for item in group if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


def digest_of(document: Json) -> str:
    """Return the sha256, in hex, of the RFC 8785 form of a document without its `digest`."""
    content = {key: item for key, item in document.items() if key != "digest"}
    return hashlib.sha256(canonical(content)).hexdigest()


# Where the encoder of Python and RFC 8785 part: numbers that are no small integers, infinity and its kin, and
# the order of keys with characters beyond 16 bits, or half of one. Found in a text it only costs time.
_NUMBERS = re.compile(r"[:\[,]-?(?:[0-9]{16}|[0-9]+[.eE]|[IN])")
_LETTERS = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


def canonical(document: Json) -> bytes:
    """Return the RFC 8785 form of a document, integers beyond 53 bits as text.

    Plans of thousands of courses have none of what needs the exact encoder, which is a hundred times slower.
    """
    quick = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if _NUMBERS.search(quick) or (not quick.isascii() and _LETTERS.search(quick)):
        return rfc8785.dumps(_canonical(document))
    return quick.encode()


def _canonical(value: Any) -> Any:
    # RFC 8785 has no integers beyond 53 bits and asks for text; Canvas's ids can be that long. Nor has
    # it halves of characters, which the name of a file may hold.
    if isinstance(value, dict):
        return {_canonical(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    return value


def digest_in(document: Json, *, name: str) -> str:
    """Return the digest of a document read from the file `name`; raise PlanFileError if it has none."""
    try:
        return digest_of(document)
    except rfc8785.CanonicalizationError as error:
        raise PlanFileError(f"{name} holds a value that JSON cannot carry: {error}.") from error


def twice(items: Iterable[Any]) -> list[Any]:
    """Return the items that stand there more than once."""
    return [item for item, count in Counter(items).items() if count > 1]
