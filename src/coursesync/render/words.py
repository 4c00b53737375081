"""Which words of a changed line differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

# Start and end of some characters of a text.
Span = tuple[int, int]

# Longer lines are compared as a whole: word by word that takes too long.
_MOST_WORDS = 600
# Words in which less is alike have nothing to do with each other.
_ALIKE = 0.3


def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return where the words are that only one of two lines has; nowhere where little is alike."""
    one, other = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    if len(one) + len(other) > _MOST_WORDS:
        return (), ()
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (), ()
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    gone = _spans(one, [(start, end) for _, start, end, _, _ in codes])
    return gone, _spans(other, [(start, end) for _, _, _, start, end in codes])


def _spans(words: Sequence[str], ranges: Sequence[Span]) -> tuple[Span, ...]:
    places = [0]
    for word in words:
        places.append(places[-1] + len(word))
    return tuple((places[start], places[end]) for start, end in ranges if start < end)
