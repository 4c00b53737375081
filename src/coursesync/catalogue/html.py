"""HTML as Canvas changes it: what it adds when it shows a text, and when two texts mean the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# File link parameters that are secret or change at each read (Canvas: user_content/files_handler.rb).
_SECRET_PARAMETERS = frozenset({"verifier", "location"})

# What it adds to links to files that are gone or hidden (Canvas: user_content/files_handler.rb).
_FILE_MARKS = _SECRET_PARAMETERS | {"no_preview", "hidden"}

# Attributes Canvas adds when it shows a text (Canvas: lib/api/html/content.rb, lib/user_content.rb).
_ADDED = re.compile(r"data-api-endpoint|data-api-returntype|data-uc_\w+|data-mathml")
_ADDED_CLASS = re.compile(r"(?:^|\s+)instructure_user_content(?!\S)")
_LINKS = frozenset({"href", "src", "data", "action", "poster"})
# Kinds of tags: those without an end, those that break a line, and those whose end may be left out.
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BLOCKS = frozenset(
    "address article aside blockquote br caption col colgroup dd div dl dt figcaption figure footer h1"
    " h2 h3 h4 h5 h6 header hr li main nav ol p section table tbody td tfoot th thead tr ul".split()
)
_IMPLIED_END = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINK_ATTRIBUTE = re.compile(r"""((?:href|src|data|poster)\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_INJECTED_LINKS = re.compile(r"(?:\s*<link\b[^>]*>)+", re.IGNORECASE)
_INJECTED_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.IGNORECASE | re.DOTALL)
# A text that people write has few of these; to look for the end of each takes time by the square.
_MOST_UNFINISHED = 500


def fingerprint(source: str) -> str:
    """Return the key under which a course keeps what Canvas makes of an HTML text."""
    return hashlib.sha256(source.encode()).hexdigest()


def scrub(source: str, host: str) -> str:
    """Return HTML read from Canvas without secrets, this Canvas's address, and injected link and script.

    host: the Canvas it was read from, as host or host:port. Everything else stays as it is.
    """
    links = _INJECTED_LINKS.match(source)
    without = _without_scripts(source[links.end() :] if links else source)
    return _LINK_ATTRIBUTE.sub(lambda found: found[1] + found[2] + _link(found[3], host) + found[2], without)


def _without_scripts(source: str) -> str:
    """Return HTML without the scripts at its end."""
    lower = source.lower()
    kept = end = len(source)
    while end:
        if source[end - 1].isspace():
            end -= 1
            continue
        start = lower.rfind("<script", 0, end)
        if start < 0 or len(lower) != len(source) or not _INJECTED_SCRIPT.fullmatch(source, start, end):
            break
        kept = end = start
    return source if kept == len(source) else source[:end]


def _link(address: str, host: str = "", *, dropped: frozenset[str] = _SECRET_PARAMETERS) -> str:
    plain = address.replace("&amp;", "&")
    try:
        parts = urlsplit(plain)
    except ValueError:
        return address
    ours = bool(host) and parts.netloc.lower() == host.lower()
    query = parts.query
    if "/files/" in parts.path and any(f"{name}=" in query for name in dropped):
        kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key not in dropped]
        query = urlencode(kept)
    if not ours and query == parts.query:
        return address
    origin = ("", "") if ours else (parts.scheme, parts.netloc)
    return escape(urlunsplit((*origin, parts.path, query, parts.fragment)), quote=False)


def authored(source: str) -> str:
    """Return HTML as its author may have written it: what Canvas shows, without what it adds to tags.

    Everything else stays byte for byte, and the text means the same: `canonical` does not tell the two
    apart. The links and scripts that Canvas puts at the ends are gone since the text was read (`scrub`).
    """
    reader = _Tags(source)
    reader.feed(source)
    reader.close()
    without = reader.result()
    # A text no browser would write may be read in two ways; better what Canvas added than another meaning.
    return without if canonical(without) == canonical(source) else source


class Reader(HTMLParser):
    """Read any text: Python's parser gives up on a section in brackets that it does not know."""

    def feed(self, data: str) -> None:
        """Read a whole text; one with hundreds of tags or comments that never end is text all over."""
        tags = data.count("<", data.rfind(">") + 1)
        comments = data.count("<!--", data.rfind("-->") + 1)
        if max(tags, comments) > _MOST_UNFINISHED:
            self.handle_data(data)
        else:
            super().feed(data)

    def parse_html_declaration(self, i: int) -> int:
        """Read what starts with `<!`, as html.parser does, and return where it ends."""
        try:
            return super().parse_html_declaration(i)
        except AssertionError:
            # To a browser it is a comment.
            return self.parse_bogus_comment(i)


class _Tags(Reader):
    """Copy a text, and write each start tag without what Canvas added."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self._source = source
        self._lines = [0, *(found.end() for found in re.finditer("\n", source))]
        self._copied = 0
        self._out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        written = self.get_starttag_text() or ""
        plain = _ATTRIBUTE.sub(_authored, written)
        if plain != written:
            line, column = self.getpos()
            start = self._lines[line - 1] + column
            self._out += [self._source[self._copied : start], plain]
            self._copied = start + len(written)

    def result(self) -> str:
        return "".join((*self._out, self._source[self._copied :]))


_ATTRIBUTE = re.compile(r"""(\s+)([^\s/>=]+)(?:(\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+))?""")


def _authored(attribute: re.Match[str]) -> str:
    """Return one attribute as written, changed only where Canvas added something to it."""
    _, name, equals, quoted = attribute.groups()
    name = name.lower()
    if _ADDED.fullmatch(name):
        return ""
    if not quoted or not (name == "class" or name in _LINKS):
        return attribute[0]
    quote = quoted[0] if quoted[0] in "\"'" else ""
    value = quoted[1:-1] if quote else quoted
    plain = _own_classes(value) if name == "class" else _link(value, dropped=_FILE_MARKS)
    if plain == value:
        return attribute[0]
    return f"{attribute[1]}{attribute[2]}{equals}{quote}{plain}{quote}" if plain else ""


def _own_classes(value: str) -> str:
    plain = _ADDED_CLASS.sub("", value)
    return value if plain == value else plain.lstrip()


def start_tag(tag: str, attrs: Iterable[tuple[str, str | None]]) -> str:
    """Return a start tag in the one form that `canonical` gives it, without what Canvas adds."""
    kept = sorted(
        (name, _attribute(name, value or "")) for name, value in attrs if not _ADDED.fullmatch(name)
    )
    written = "".join(f' {name}="{escape(value)}"' for name, value in kept if (name, value) != ("class", ""))
    return f"<{tag}{written}>"


def canonical(source: str) -> str:
    """Return the form of an HTML text in which two texts that mean the same are equal.

    White space, quoting, the case and order of attributes, character references, void and implied end tags,
    and what Canvas adds on reading do not count.
    """
    reader = _Canonical()
    reader.feed(source)
    reader.close()
    return reader.result()


class _Canonical(Reader):
    """Write the tokens of a text down again in one way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._preserved = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, start_tag(tag, attrs))
        self._preserved += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._preserved -= tag == "pre" and self._preserved > 0
        if tag in _IMPLIED_END:
            # It may be left out, but text after it stands outside.
            self._out.append("\n")
        elif tag not in VOID:
            self._tag(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # In preformatted text white space counts, so it is kept apart from ours.
        written = repr(data)[1:-1].replace(" ", "\N{OPEN BOX}") if self._preserved else _BLANKS.sub(" ", data)
        self._out.append(escape(written, quote=False))

    def _tag(self, tag: str, written: str) -> None:
        # White space beside a block is never shown; newlines mark the place until the end.
        self._out.append(f"\n{written}\n" if tag in BLOCKS else written)

    def result(self) -> str:
        return re.sub(r" *\n[ \n]*", "\n", "".join(self._out)).strip()


def _attribute(name: str, value: str) -> str:
    if name in _LINKS:
        return _link(value, dropped=_FILE_MARKS).replace("&amp;", "&")
    if name == "style":
        rules = (rule.split(":", 1) for rule in value.split(";") if ":" in rule)
        return " ".join(f"{key.strip().lower()}: {rest.strip()};" for key, rest in rules)
    if name in {"class", "rel"}:
        return " ".join(word for word in value.split() if word != "instructure_user_content")
    return value.strip()
