"""What stands below the courses of a plan in Markdown: ignored, not verifiable, policies, requests."""

from __future__ import annotations

from collections.abc import Sequence

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.model import (
    Block,
    CourseDrift,
    CoursePlan,
    Ignored,
    Plan,
    PolicyMatch,
    Released,
    Request,
    Source,
    Unverified,
)
from coursesync.render.groups import alike_requests, any_course, body_lines, runs
from coursesync.render.markdown.many import of_courses
from coursesync.render.markdown.marks import (
    code,
    fence,
    fitted,
    fitted_bullets,
    fitted_table,
    folded,
    html_prose,
    prose,
)
from coursesync.render.markdown.problems import diagnostic_list
from coursesync.render.sentences import UNSEEN, block_place, matched, place, problems_closing, some, stays
from coursesync.render.values import shown, visible

_ROOM = 4_000
_REQUESTS_ROOM = 7_000
_REMARKS_ROOM = 7_000
_MOST_IDS = 200


Course = CoursePlan | CourseDrift


def ignored(courses: Sequence[Course], names: Sequence[str]) -> str:
    """Return what is declared and left alone, folded; names: of the courses."""
    found = [
        (name, _ignored(item)) for course, name in zip(courses, names, strict=True) for item in course.ignored
    ]
    return fold("Ignored: declared, but neither compared nor sent", found)


def _ignored(item: Ignored) -> str:
    until = f" until {prose(item.until)}" if item.until else ""
    why = f": {prose(item.reason)}" if item.reason else ""
    return f"{code(item.field)} by {code(item.pattern)}{until}{why}"


def blocks(found: Sequence[Block]) -> str:
    """Return what stands against a plan as a list."""
    return fitted_bullets([_block(item) for item in found], _ROOM)


def _block(item: Block) -> str:
    said = [code(where)] if (where := block_place(item)) else []
    said.append(f"**{item.barrier.value}** {code(item.what)}")
    return " ".join([*said, *(f"<br>{prose(text)}" for text in (item.reason, item.hint) if text)])


def released(courses: Sequence[Course], names: Sequence[str]) -> str:
    """Return what left the manifests and what Canvas keeps of it, folded; names: of the courses."""
    found = [
        (name, _released(item))
        for course, name in zip(courses, names, strict=True)
        for item in course.released
    ]
    return fold("No longer managed: Canvas keeps these as they are", found)


def _released(item: Released) -> str:
    where = f", was at {code(place(item.origin))}" if item.origin else ""
    return f"{code(item.field)} {stays(item, code)}{where}"


def unverified(courses: Sequence[CoursePlan], names: Sequence[str]) -> str:
    """Return the fields that are sent only on request, folded; names: of the courses."""
    found = [
        (name, _unverified(item))
        for course, name in zip(courses, names, strict=True)
        for item in course.unverified
    ]
    return fold(UNSEEN, found)


def _unverified(item: Unverified) -> str:
    where = f" {code(place(item.origin))}" if item.origin else ""
    return f"{code(item.field)} {code(shown(item.value))}{where}"


def fold(title: str, found: Sequence[tuple[str, str]]) -> str:
    """Return what is said of courses, by their names, folded under a title; alike sayings once."""
    if not found:
        return ""
    lines = [of_courses([name for name, _ in same], same[0][1]) for same in runs(found, lambda pair: pair[1])]
    return folded(f"{html_prose(title)} ({len(found):,})", fitted_bullets(lines, _ROOM))


def remarks(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the diagnostics that are no errors, folded."""
    found = [item for item in diagnostics if item.severity is not Severity.ERROR]
    said = problems_closing(found).rstrip(".")
    return folded(said, diagnostic_list(found, _REMARKS_ROOM)) if found else ""


def manifests_row(source: Source) -> list[tuple[str, str]]:
    """Return the row of a summary that says which manifests were read; none where that is not known."""
    dirty = " and changes not committed" if source.dirty else ""
    return [("Manifests", f"{code(source.commit[:12])}{dirty}")] if source.commit else []


def policies(matches: Sequence[PolicyMatch]) -> str:
    """Return how many courses each policy matched; one without any stands out."""
    rows = [
        (
            code(item.name),
            matched(item) if item.courses else f"**{matched(item)}**",
            code(f"{item.file}:{item.line}"),
        )
        for item in matches
    ]
    return fitted_table(("Policy", "Matches", "Declared"), rows, _ROOM)


def requests(plan: Plan) -> str:
    """Return all requests, folded; those that differ only in their course once."""
    calls = list(map(_call, alike_requests(plan.requests)))
    if not calls:
        return ""
    readable = ["\n".join(map(visible, call.split("\n"))) for call in calls]
    kept = fitted(
        readable, _REQUESTS_ROOM, gap=1, left_out=lambda number: f"… {number:,} more are left out here."
    )
    return folded("Requests, exactly as they will be sent", fence("\n".join(kept), ""))


def _call(same: Sequence[Request]) -> str:
    first = same[0]
    body = body_lines(first)
    if len(same) == 1:
        return f"{first.method} {first.path}\n{body}"
    ids = some([str(item.courses[0]) for item in same], most=_MOST_IDS)
    return f"{first.method} {any_course(first)}\n{len(same):,} times, with the id {ids}\n{body}"
