"""HTML as Canvas changes it: what it adds when it shows a text, and when two texts mean the same."""

from __future__ import annotations

import hashlib
import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# File link parameters that are secret or change at each read (Canvas: user_content/files_handler.rb).
_SECRET_PARAMETERS = frozenset({"verifier", "location"})

# Attributes Canvas adds when it shows a text (Canvas: lib/api/html/content.rb, lib/user_content.rb).
_ADDED = re.compile(r"data-api-endpoint|data-api-returntype|data-uc_\w+|data-mathml")
_LINKS = frozenset({"href", "src", "data", "action", "poster"})
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_BLOCKS = frozenset(
    "address article aside blockquote br caption col colgroup dd div dl dt figcaption figure footer h1"
    " h2 h3 h4 h5 h6 header hr li main nav ol p section table tbody td tfoot th thead tr ul".split()
)
_IMPLIED_END = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINK_ATTRIBUTE = re.compile(r"""((?:href|src|data|poster)\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_INJECTED = re.compile(
    r"\A(?:\s*<link\b[^>]*>)+|(?:\s*<script\b[^>]*>.*?</script>)+\s*\Z", re.IGNORECASE | re.DOTALL
)


def fingerprint(source: str) -> str:
    """Return the key under which a course keeps what Canvas makes of an HTML text."""
    return hashlib.sha256(source.encode()).hexdigest()


def scrub(source: str, host: str) -> str:
    """Return HTML read from Canvas without secrets, this Canvas's address, and injected link and script.

    host: the Canvas it was read from, as host or host:port. Everything else stays as it is.
    """
    without = _INJECTED.sub("", source)
    return _LINK_ATTRIBUTE.sub(lambda found: found[1] + found[2] + _link(found[3], host) + found[2], without)


def _link(address: str, host: str = "") -> str:
    plain = address.replace("&amp;", "&")
    try:
        parts = urlsplit(plain)
    except ValueError:
        return address
    ours = bool(host) and parts.netloc.lower() == host.lower()
    query = parts.query
    if "/files/" in parts.path and any(f"{name}=" in query for name in _SECRET_PARAMETERS):
        kept = [
            (key, value)
            for key, value in parse_qsl(query, keep_blank_values=True)
            if key not in _SECRET_PARAMETERS
        ]
        query = urlencode(kept)
    if not ours and query == parts.query:
        return address
    origin = ("", "") if ours else (parts.scheme, parts.netloc)
    return escape(urlunsplit((*origin, parts.path, query, parts.fragment)), quote=False)


def canonical(source: str) -> str:
    """Return the form of an HTML text in which two texts that mean the same are equal.

    White space, quoting, the case and order of attributes, character references, void and implied end tags,
    and what Canvas adds on reading do not count.
    """
    reader = _Canonical()
    reader.feed(source)
    reader.close()
    return reader.result()


class _Canonical(HTMLParser):
    """Write the tokens of a text down again in one way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._preserved = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = sorted(
            (name, _attribute(name, value or "")) for name, value in attrs if not _ADDED.fullmatch(name)
        )
        written = "".join(
            f' {name}="{escape(value)}"' for name, value in kept if (name, value) != ("class", "")
        )
        self._tag(tag, f"<{tag}{written}>")
        self._preserved += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._preserved -= tag == "pre" and self._preserved > 0
        if tag in _IMPLIED_END:
            # It may be left out, but text after it stands outside.
            self._out.append("\n")
        elif tag not in _VOID:
            self._tag(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # In preformatted text white space counts, so it is kept apart from ours.
        written = repr(data)[1:-1].replace(" ", "\N{OPEN BOX}") if self._preserved else _BLANKS.sub(" ", data)
        self._out.append(escape(written, quote=False))

    def _tag(self, tag: str, written: str) -> None:
        # White space beside a block is never shown; newlines mark the place until the end.
        self._out.append(f"\n{written}\n" if tag in _BLOCKS else written)

    def result(self) -> str:
        return re.sub(r" *\n[ \n]*", "\n", "".join(self._out)).strip()


def _attribute(name: str, value: str) -> str:
    if name in _LINKS:
        return _link(value).replace("&amp;", "&")
    if name == "style":
        rules = (rule.split(":", 1) for rule in value.split(";") if ":" in rule)
        return " ".join(f"{key.strip().lower()}: {rest.strip()};" for key, rest in rules)
    if name in {"class", "rel"}:
        return " ".join(word for word in value.split() if word != "instructure_user_content")
    return value.strip()
