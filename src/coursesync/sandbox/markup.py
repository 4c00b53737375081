"""Rewriting HTML tag by tag: a function changes each start tag of a fragment, the text stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

Attributes = dict[str, str]

VOID = frozenset(
    {"area", "br", "col", "embed", "hr", "img", "input", "link", "param", "source", "track", "wbr"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One start tag and, where it changes too, what its end tag becomes.

    Attributes:
        name: the element.
        attributes: in order.

    """

    name: str
    attributes: Attributes


Rewrite = Callable[[Tag], Tag]


class _Rewriter(HTMLParser):
    def __init__(self, rewrite: Rewrite) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._rewrite = rewrite
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        changed = self._rewrite(Tag(name=tag, attributes={name: value or "" for name, value in attrs}))
        self.written.append(start_tag(changed))
        if tag not in VOID:
            self._open.append((tag, changed.name))
        elif changed.name not in VOID:
            self.written.append(f"</{changed.name}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        place = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n][0] == tag), None)
        if place is not None:
            self.written.append(f"</{self._open.pop(place)[1]}>")

    def handle_data(self, data: str) -> None:
        self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.written.append(f"<!--{data}-->")

    def finish(self) -> str:
        self.close()
        self.written += [f"</{name}>" for _, name in reversed(self._open)]
        return "".join(self.written)


def start_tag(tag: Tag) -> str:
    """Return a start tag as text."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in tag.attributes.items())
    return f"<{tag.name}{attributes}>"


def rewritten(html: str, rewrite: Rewrite) -> str:
    """Return a fragment with every start tag passed through `rewrite`; text stays as it is."""
    parser = _Rewriter(rewrite)
    parser.feed(html)
    return parser.finish()
