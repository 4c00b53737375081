"""Which fields are managed, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.model import Drift
from coursesync.render.document import Look
from coursesync.render.groups import covered, runs
from coursesync.render.markdown.many import names_line
from coursesync.render.markdown.marks import code, fitted_bullets, fitted_table, folded
from coursesync.render.sentences import listed

_ROOM = 2_000
_COLUMNS = ("managed", "ignored", "unmanaged")
_MOST_NAMES = 20
_MOST_FIELDS = 60


def coverage(drift: Drift, names: Sequence[str], look: Look) -> str:
    """Return in how many courses each field is managed, folded; names: of the courses."""
    if not drift.coverage:
        return ""
    told = [item for item in drift.coverage if item.managed or item.ignored]
    rows = [
        (code(item.field), f"{item.managed:,}", f"{item.ignored:,}", f"{item.unmanaged:,}") for item in told
    ]
    never = [item.field for item in drift.coverage if not (item.managed or item.ignored)]
    return folded(
        "Coverage: in how many courses a field is managed, ignored, and neither",
        fitted_table(("Field", "Managed", "Ignored", "Neither"), rows, _ROOM),
        f"Managed in no course: {names_line(never, most=_MOST_FIELDS)}" if never else "",
        _by_course(drift, names) if look.verbose else "",
    )


def _by_course(drift: Drift, names: Sequence[str]) -> str:
    pairs = list(zip(drift.courses, names, strict=True))
    lines = []
    for same in runs(pairs, lambda pair: covered(pair[0])):
        said = "".join(
            f"<br>{word}: {listed(list(map(code, fields)))}"
            for word, fields in zip(_COLUMNS, covered(same[0][0]), strict=True)
            if fields
        )
        lines.append(f"{names_line([name for _, name in same], most=_MOST_NAMES)}{said}")
    return fitted_bullets(lines, _ROOM)
