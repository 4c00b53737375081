"""The files of the page, the policy that lets a browser run those and nothing else, and JSON inside HTML."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

_TEMPLATES = (
    "page.html",
    "header.html",
    "summary.html",
    "results.html",
    "list.html",
    "remarks.html",
)
_STYLE = ("tokens.css", "page.css", "summary.css", "matrix.css", "list.css", "details.css", "print.css")
# Joined in this order into one function; a file may use what an earlier one defines.
_SCRIPT = (
    "dom.js",
    "model.js",
    "filter.js",
    "address.js",
    "words.js",
    "details.js",
    "matrix.js",
    "list.js",
    "controls.js",
    "main.js",
)
# What would end a script block, or is a line end to a script and not to JSON.
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# Halves of pairs, which have no UTF-8 form, and code points that HTML forbids: the last two of every plane.
_LAST = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
_NO_CHARACTERS = re.compile(f"[{chr(0xD800)}-{chr(0xDFFF)}{chr(0xFDD0)}-{chr(0xFDEF)}{_LAST}]")


@cache
def style() -> str:
    """Return the style sheet."""
    return "".join(_read(f"style/{name}") for name in _STYLE)


@cache
def early_script() -> str:
    """Return the script that runs before anything is shown."""
    return _read("script/early.js")


@cache
def script() -> str:
    """Return the script of the page, as one function."""
    return f'(() => {{\n"use strict";\n{"".join(_read(f"script/{name}") for name in _SCRIPT)}}})();\n'


@cache
def policy() -> str:
    """Return the Content-Security-Policy under which the page runs."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(early_script())} {_hash(script())}",
            f"style-src {_hash(style())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


@cache
def environment() -> Environment:
    """Return the templates; everything put into them is escaped."""
    return Environment(
        loader=DictLoader({name: _read(f"templates/{name}") for name in _TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def embedded(value: object) -> str:
    """Return a value as JSON that is harmless inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char, escape in _ESCAPED.items():
        text = text.replace(char, escape)
    return text


def encodable(text: str) -> str:
    """Return text of characters that a page may hold, the replacement character in place of others."""
    return text if text.isascii() else _NO_CHARACTERS.sub("\ufffd", text)


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(block: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"
