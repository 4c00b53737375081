"""Which declarations of a project take their text from a file of its own, and which file that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coursesync.catalogue import FIELDS
from coursesync.diagnostics import Position
from coursesync.manifest.discover import Found
from coursesync.manifest.places import plain
from coursesync.manifest.yaml import Listed, Mapped, Pair, Tree, parse
from coursesync.model import SourceFile

_HTML = frozenset((row.group, row.name) for row in FIELDS.values() if row.type.is_html)


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """A file that a declaration names: as written there, where it really is, its path in the project."""

    written: str
    path: Path
    name: str


def included_files(root: Path, files: Iterable[SourceFile]) -> Mapping[Position, Included]:
    """Return the file of each declaration that has one, by the place of its key; files: of the project."""
    root = root.resolve()
    found: dict[Position, Included] = {}
    for source in files:
        path = root / source.path
        if path.suffix in {".html", ".md"}:
            continue
        content, _ = Found(path=path, name=source.path).content()
        for pair in _declarations(parse(content, file=source.path).tree):
            inner = {one.key: plain(one.value) for one in _pairs(pair.value)}
            written = getattr(inner.get("file"), "text", None)
            if isinstance(written, str):
                real = (path.parent / written).resolve()
                name = real.relative_to(root).as_posix() if real.is_relative_to(root) else written
                found[pair.position] = Included(written=written, path=real, name=name)
    return found


def _declarations(tree: Tree | None) -> Iterator[Pair]:
    """Yield the fields of HTML that profiles, courses and policies of a file declare."""
    for top in _pairs(tree):
        listed = top.value.items if isinstance(top.value, Listed) else ()
        for entry in (*listed, *(pair.value for pair in _pairs(top.value))):
            for group in _pairs(entry):
                yield from (pair for pair in _pairs(group.value) if (group.key, pair.key) in _HTML)


def _pairs(tree: Tree | None) -> tuple[Pair, ...]:
    return tree.entries if isinstance(tree, Mapped) else ()
