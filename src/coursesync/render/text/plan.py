"""A plan on a page: each course with its changes and side effects, then the rest, and the sum."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rich.text import Text

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import errors
from coursesync.model import Action, Change, CoursePlan, Plan, Request, SideEffect
from coursesync.render.document import Look
from coursesync.render.sentences import (
    effect_label,
    label,
    place,
    plan_closing,
    plan_header,
    problems_closing,
    risk_lines,
    some,
)
from coursesync.render.text.layout import INDENT, Entry, lay_out, wrap
from coursesync.render.text.pieces import diagnostic_lines, entry, paragraph
from coursesync.render.values import Delta, shown, visible

_SYMBOLS = {Action.SET: ("~", "yellow"), Action.CLEAR: ("-", "red"), Action.CREATE: ("+", "green")}
_RISK_STYLES = {Risk.SAFE: "dim", Risk.LOSSY: "magenta", Risk.DESTRUCTIVE: "bold red"}


def plan_lines(plan: Plan, look: Look) -> Iterator[Text]:
    """Return the lines of a plan."""
    if look.quiet:
        yield from diagnostic_lines(errors(plan.diagnostics), look)
        yield from _closing(plan, look)
        return
    for course in plan.courses:
        if course.changes or course.side_effects:
            yield from _course(course, look)
            yield Text()
    for section in (_ignored(plan, look), _unverified(plan, look), _requests(plan, look)):
        yield from [*section, Text()] if section else []
    if plan.diagnostics:
        yield from diagnostic_lines(plan.diagnostics, look)
        yield from wrap(problems_closing(plan.diagnostics), look.width)
        yield Text()
    yield from _closing(plan, look)


def _closing(plan: Plan, look: Look) -> Iterator[Text]:
    for line in risk_lines(plan):
        yield from wrap(line, look.width, style="magenta")
    yield from wrap(plan_closing(plan), look.width, style="bold")


def _course(course: CoursePlan, look: Look) -> list[Text]:
    name, title, about = plan_header(course)
    header = wrap("  ".join(filter(None, (name, title, about))), look.width, rest="    ")
    header[0].stylize("bold", 0, len(name))
    entries = [*(_change(item, look) for item in course.changes)]
    entries += [_side_effect(item, look) for item in course.side_effects]
    return [*header, *lay_out(entries, look.width)]


def _change(change: Change, look: Look) -> Entry:
    symbol, style = _SYMBOLS[change.action]
    delta = Delta(before=change.before, after=change.after, known=change.after_known)
    risk = "" if change.risk is Risk.SAFE else change.risk.value
    below = [line for note in change.notes for line in paragraph(note, look.width, style="italic")]
    return entry(
        symbol,
        style,
        change.field,
        delta,
        look,
        parts=change.parts,
        right="  ".join(filter(None, (risk, place(change.origin)))),
        right_style=_RISK_STYLES[change.risk],
        below=[*below, *(_layers(change, look) if look.verbose else [])],
    )


def _layers(change: Change, look: Look) -> list[Text]:
    weaker = [f"{item.layer} ({item.position})" for item in change.origin[:-1]]
    said = (
        [f"Change {change.id}, set by {change.origin[-1].layer}"]
        if change.origin
        else [f"Change {change.id}"]
    )
    said += [f"over {some(weaker, most=None)}"] if weaker else []
    return paragraph(f"{' '.join(said)}.", look.width, style="dim")


def _side_effect(effect: SideEffect, look: Look) -> Entry:
    return entry(
        "!",
        _RISK_STYLES[effect.risk] if effect.risk is not Risk.SAFE else "cyan",
        effect.field,
        Delta(before=effect.before, after=effect.after, known=effect.after_known),
        look,
        right=effect_label(effect),
        right_style=_RISK_STYLES[effect.risk],
        below=paragraph(effect.reason, look.width) if effect.reason else [],
    )


def _grouped(found: Iterable[tuple[Entry, str]], look: Look) -> list[Text]:
    """Lay out entries that may be the same for several courses, each once, with its courses below it."""
    groups: dict[tuple[str, str, str], tuple[Entry, list[str]]] = {}
    for item, course in found:
        groups.setdefault((item.address, item.brief, item.right), (item, []))[1].append(course)
    entries = []
    for item, courses in groups.values():
        names = some(courses, most=None if look.verbose else 3)
        entries.append(
            replace(item, block=[*item.block, *wrap(names, look.width, first=" " * INDENT, style="dim")])
        )
    return lay_out(entries, look.width)


def _names(plan: Plan) -> Mapping[int, str]:
    return {course.id: label(course.declared_id, course.sis_course_id, course.id) for course in plan.courses}


def _ignored(plan: Plan, look: Look) -> list[Text]:
    names = _names(plan)
    found = []
    for course in plan.courses:
        for item in course.ignored:
            until = f"until {visible(item.until)}" if item.until else ""
            rule = f"by {visible(item.pattern)}" if item.pattern != item.field else ""
            said = ", ".join(filter(None, (visible(item.reason), rule, until))) or "by an ignore rule"
            found.append(
                (Entry(symbol="=", style="dim", address=visible(item.field), brief=said), names[course.id])
            )
    title = "Ignored: declared, but neither compared nor sent"
    return [*wrap(title, look.width, style="bold"), *_grouped(found, look)] if found else []


def _unverified(plan: Plan, look: Look) -> list[Text]:
    names = _names(plan)
    found = []
    for course in plan.courses:
        for item in course.unverified:
            one = Entry(
                symbol="?",
                style="cyan",
                address=visible(item.field),
                brief=shown(item.value),
                right=place(item.origin),
            )
            found.append((one, names[course.id]))
    title = "Not verifiable: Canvas never shows these; sent only with --send-unverified"
    return [*wrap(title, look.width, style="bold"), *_grouped(found, look)] if found else []


def _requests(plan: Plan, look: Look) -> list[Text]:
    extra = [item for course in plan.courses for item in course.unverified_requests]
    if not look.verbose or not (plan.requests or extra):
        return []
    lines = _request_list("Requests, exactly as they will be sent", plan.requests, look)
    return lines + _request_list("Sent too with --send-unverified", extra, look)


def _request_list(title: str, requests: Sequence[Request], look: Look) -> list[Text]:
    if not requests:
        return []
    lines = wrap(title, look.width, style="bold")
    for item in requests:
        lines += wrap(f"{visible(item.method)} {visible(item.path)}", look.width, first="  ", rest="      ")
        for line in json.dumps(item.body, indent=2, ensure_ascii=False).split("\n"):
            blanks = " " * (4 + len(line) - len(line.lstrip(" ")))
            lines += wrap(
                visible(line.lstrip(" ")), look.width, first=blanks, rest=f"{blanks}    ", style="dim"
            )
    return lines
