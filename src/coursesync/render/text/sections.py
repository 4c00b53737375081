"""What stands below the courses of a plan: what is ignored or not verifiable, requests, policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.text import Text

from coursesync.model import Block, CourseDrift, CoursePlan, Plan, PolicyMatch, Request
from coursesync.render.document import Look
from coursesync.render.groups import alike_requests, any_course, body_lines
from coursesync.render.sentences import UNSEEN, block_head, block_place, matched, place, some, stays
from coursesync.render.text.layout import INDENT, Entry, lay_out, wrap
from coursesync.render.text.pieces import paragraph
from coursesync.render.values import shown, visible

Course = CoursePlan | CourseDrift


def ignored(courses: Sequence[Course], names: Sequence[str], look: Look) -> list[Text]:
    """Return what is declared and left alone, each rule once; names: of the courses."""
    found = []
    for course, name in zip(courses, names, strict=True):
        for item in course.ignored:
            until = f"until {visible(item.until)}" if item.until else ""
            rule = f"by {visible(item.pattern)}" if item.pattern != item.field else ""
            said = ", ".join(filter(None, (visible(item.reason), rule, until))) or "by an ignore rule"
            found.append((Entry(symbol="=", style="dim", address=visible(item.field), brief=said), name))
    return titled("Ignored: declared, but neither compared nor sent", grouped(found, look), look)


def unverified(courses: Sequence[CoursePlan], names: Sequence[str], look: Look) -> list[Text]:
    """Return the fields that are sent only on request, each value once; names: of the courses."""
    found = []
    for course, name in zip(courses, names, strict=True):
        for item in course.unverified:
            one = Entry(
                symbol="?",
                style="cyan",
                address=visible(item.field),
                brief=shown(item.value),
                right=place(item.origin),
            )
            found.append((one, name))
    title = UNSEEN
    return titled(title, grouped(found, look), look)


def released(courses: Sequence[Course], names: Sequence[str], look: Look) -> list[Text]:
    """Return the fields that left the manifests and what Canvas keeps of them; names: of the courses."""
    found = []
    for course, name in zip(courses, names, strict=True):
        for item in course.released:
            one = Entry(
                symbol="·",
                style="cyan",
                address=visible(item.field),
                brief=stays(item),
                right=f"was at {place(item.origin)}" if item.origin else "",
            )
            found.append((one, name))
    return titled("No longer managed: Canvas keeps these as they are", grouped(found, look), look)


def titled(title: str, lines: Sequence[Text], look: Look) -> list[Text]:
    """Return lines under a title; nothing where there are no lines."""
    return [*wrap(title, look.width, style="bold"), *lines] if lines else []


def grouped(found: Iterable[tuple[Entry, str]], look: Look) -> list[Text]:
    """Lay out entries that may be the same for several courses, each once, with its courses below it."""
    groups: dict[tuple[str, ...], tuple[Entry, list[str]]] = {}
    for item, course in found:
        key = (item.address, item.brief, item.right, *(line.plain for line in item.block))
        groups.setdefault(key, (item, []))[1].append(course)
    entries = []
    for item, courses in groups.values():
        names = some(courses, most=None if look.verbose else 3)
        entries.append(
            replace(item, block=[*item.block, *wrap(names, look.width, first=" " * INDENT, style="dim")])
        )
    return lay_out(entries, look.width)


def policies(matches: Sequence[PolicyMatch], look: Look) -> list[Text]:
    """Return how many courses each policy matched; one without any stands out."""
    entries = [
        Entry(
            symbol="·" if item.courses else "!",
            style="dim" if item.courses else "bold yellow",
            address=visible(item.name),
            brief=matched(item),
            right=f"{visible(item.file)}:{item.line}",
        )
        for item in matches
    ]
    return titled("Policies", lay_out(entries, look.width), look)


def blocks(found: Sequence[Block], look: Look) -> list[Text]:
    """Return what stands against a plan, as problems are told."""
    lines: list[Text] = []
    for item in found:
        where = f"{at}: " if (at := block_place(item)) else ""
        head = wrap(f"{where}{block_head(item)}", look.width, rest="    ")
        for line in head:
            line.highlight_words([f"blocked[{item.barrier.value}]:"], "bold red")
        told = paragraph(item.reason, look.width, indent=2)
        lines += [*head, *told, *paragraph(item.hint, look.width, indent=2, style="cyan")]
    return lines


def requests(plan: Plan, look: Look) -> list[Text]:
    """Return all requests where all is wanted; those that differ only in their course once."""
    extra = [item for course in plan.courses for item in course.unverified_requests]
    if not look.verbose or not (plan.requests or extra):
        return []
    lines = _request_list("Requests, exactly as they will be sent", plan.requests, look)
    return lines + _request_list("Sent too with --send-unverified", extra, look)


def _request_list(title: str, found: Sequence[Request], look: Look) -> list[Text]:
    if not found:
        return []
    lines = wrap(title, look.width, style="bold")
    for same in alike_requests(found):
        lines += _requests(same, look)
    return lines


def _requests(same: Sequence[Request], look: Look) -> list[Text]:
    first, many = same[0], len(same) > 1
    path = any_course(first) if many else first.path
    lines = wrap(f"{visible(first.method)} {visible(path)}", look.width, first="  ", rest="      ")
    if many:
        ids = some([str(item.courses[0]) for item in same], most=None)
        lines += wrap(f"{len(same):,} times, with the id {ids}", look.width, first=" " * INDENT)
    for line in body_lines(first).split("\n"):
        blanks = " " * (4 + len(line) - len(line.lstrip(" ")))
        lines += wrap(visible(line.lstrip(" ")), look.width, first=blanks, rest=f"{blanks}    ", style="dim")
    return lines
