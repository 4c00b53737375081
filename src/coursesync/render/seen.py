"""HTML as the lines a reader sees, each with the tags that make it: what to compare two texts by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coursesync.catalogue.html import BLOCKS, VOID, Reader, start_tag

# What breaks a line; the cells of a table stand side by side.
_CELLS = frozenset({"td", "th"})
_STANDING = BLOCKS | {"pre", "option"}
_BREAKING = _STANDING - _CELLS
# Tags that only shape a text; a reader who sees the words misses nothing that matters.
_SHAPING = BLOCKS | frozenset("b code em i mark pre s small span strong sub sup u".split())
_UNSEEN = frozenset({"script", "style", "template", "title"})
_OBJECTS = {
    "iframe": "embedded",
    "video": "video",
    "audio": "audio",
    "embed": "embedded",
    "object": "embedded",
}
_BESIDE = " | "
# Where words stand among the tags.
_WORDS = "…"
_BLANKS = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a text.

    text: what is read. tags: what stands around the words, in one way of writing, and where words stand.
    source: words and tags. shaping: whether the tags only shape the words, so that the words say it all.
    """

    text: str
    tags: str = ""
    source: str = ""
    shaping: bool = True


def lines(source: str) -> list[Line]:
    """Return HTML as the lines a reader sees."""
    reader = _Lines()
    reader.feed(source)
    reader.close()
    return reader.result()


def seen(source: str) -> str:
    """Return the text of HTML as a reader sees it: tags left out, blocks on lines of their own."""
    return "\n".join(line.text for line in lines(source) if line.text)


class _Lines(Reader):
    """Gather what is between the tags, and the tags beside it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[_Draft] = []
        self._hidden = ""
        self._preserved = 0
        self._draft = _Draft()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The first block of a cell stands where the cell does.
        if tag in _BREAKING and self._draft.text[-1:] != [_BESIDE]:
            self._break()
        written = start_tag(tag, attrs)
        self._draft.tags.append(written)
        self._draft.source.append(written)
        self._draft.shaping &= tag in _SHAPING and " " not in written
        self._preserved += tag == "pre"
        if tag in _UNSEEN:
            self._hidden = self._hidden or tag
        elif not self._hidden:
            self._say(tag, dict(attrs))

    def _say(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "li":
            self._draft.text.append("• ")
        elif tag in _CELLS and any(map(str.strip, self._draft.text)):
            self._draft.text.append(_BESIDE)
        elif tag == "img":
            said = attributes.get("alt") or ""
            self._draft.text.append(f"[image: {said}]" if said else "[image]")
        elif tag in _OBJECTS:
            said = attributes.get("title") or attributes.get("src") or attributes.get("data") or ""
            self._draft.text.append(f"[{_OBJECTS[tag]}: {said}]" if said else f"[{_OBJECTS[tag]}]")
        elif tag == "hr":
            self._draft.text.append("---")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        self._preserved -= tag == "pre" and self._preserved > 0
        if tag not in VOID:
            self._draft.source.append(f"</{tag}>")
        # Where a block ends, the next words show; where a bold text does, nothing else would.
        if tag not in VOID and tag not in _STANDING:
            self._draft.tags.append(f"</{tag}>")
        if tag in _BREAKING:
            self._break(closing=True)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            # Nobody reads it, and it matters all the same.
            self._draft.tags.append(data)
            self._draft.source.append(data)
            return
        first, *others = data.split("\n") if self._preserved else [data.replace("\n", " ").replace("\r", " ")]
        self._draft.say(first)
        for other in others:
            self._break()
            self._draft.say(other)

    def _break(self, *, closing: bool = False) -> None:
        """End the line; tags without words wait for the next ones, but for those that close the last."""
        draft = self._draft
        if draft.words not in {"", "•"} or (closing and not draft.shaping):
            self._done.append(draft)
            self._draft = _Draft()
        elif closing and self._done and not draft.tags:
            self._join()

    def _join(self) -> None:
        """Let the tags that wait belong to the line before."""
        last, draft = self._done[-1], self._draft
        last.tags += draft.tags
        last.source += draft.source
        last.shaping = last.shaping and draft.shaping
        self._draft = _Draft()

    def result(self) -> list[Line]:
        """Return the lines, the last one included."""
        draft = self._draft
        if draft.words or (draft.tags and not self._done):
            self._done.append(draft)
        elif draft.tags:
            self._join()
        return [draft.line() for draft in self._done]


@dataclass(slots=True)
class _Draft:
    """A line that is still read."""

    text: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    shaping: bool = True

    def say(self, words: str) -> None:
        self.text.append(words)
        self.source.append(words)
        if words.strip() and self.tags[-1:] != [_WORDS]:
            self.tags.append(_WORDS)

    @property
    def words(self) -> str:
        return _BLANKS.sub(" ", "".join(self.text)).strip()

    def line(self) -> Line:
        return Line(
            text=self.words,
            tags="".join(self.tags),
            source=_BLANKS.sub(" ", "".join(self.source)).strip(),
            shaping=self.shaping,
        )
