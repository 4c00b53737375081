"""Texts for the page: HTML as the words a reader sees, and long texts cut so that a page stays small."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from coursesync.render.values import visible

# Longer texts are cut; a page that already holds this many characters of long texts cuts them shorter.
MOST = 60_000
BUDGET = 4_000_000
SPENT = 2_000

_BLOCKS = frozenset(
    "address article aside blockquote br caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6"
    " header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_UNSEEN = frozenset({"script", "style", "template", "title"})
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")


def readable(text: str) -> str:
    """Return text of several lines in which no character hides or acts."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").replace("\t", " ").split("\n")))


def cut(text: str, most: int) -> str:
    """Return text of about `most` characters at most, and say how much there was."""
    if len(text) <= most:
        return text
    return f"{text[:most]} … (cut here: the first {most:,} of {len(text):,} characters)"


def weight(text: str) -> int:
    """Return about how many characters a text takes on the page, where those of markup are escaped."""
    return len(text) + 5 * sum(map(text.count, "<>&"))


def seen(source: str) -> str:
    """Return the text of HTML as a reader sees it: tags left out, blocks on lines of their own."""
    reader = _Seen()
    reader.feed(source)
    reader.close()
    return reader.text()


class _Seen(HTMLParser):
    """Gather what is between the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._hidden and tag in _UNSEEN:
            self._hidden = tag
        if tag in _BLOCKS:
            self._out.append("\n")
        if tag == "li":
            self._out.append("• ")
        if tag == "img":
            said = dict(attrs).get("alt") or ""
            self._out.append(f"[image: {said}]" if said else "[image]")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        if tag in _BLOCKS:
            self._out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._out.append(data.replace("\n", " ").replace("\r", " "))

    def text(self) -> str:
        """Return what was gathered, blanks as one, empty lines left out."""
        return _LINES.sub("\n", _BLANKS.sub(" ", "".join(self._out))).strip()
