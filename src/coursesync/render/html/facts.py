"""The head of the page: what a document is, of what, from when, how it ended, and what to know first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from coursesync.diagnostics import errors
from coursesync.model import Base, Drift, Plan, Report, Source
from coursesync.render.document import Document, Problems
from coursesync.render.lineage import past_lines, undo_line
from coursesync.render.sentences import (
    block_place,
    blocked_line,
    cost_line,
    count,
    drift_closing,
    lasting_line,
    plan_closing,
    problems_closing,
    report_closing,
    risk_lines,
)
from coursesync.render.values import shown, visible
from coursesync.render.where import passing_line

_COMMIT = 12
_MOST_BLOCKS = 20
_SENTENCES = re.compile(r"(?<=[^.]\.) (?=[A-Z\d])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the head: what it is called and what it is; link: where it leads, if anywhere."""

    label: str
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to know before reading on; tone: `bad`, `warn` or `note`."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a page.

    kind: `plan`, `apply`, `drift` or `problems`. word: for people. closing: the sentence that sums it up;
    more: those after it. canvas: the address that links to courses start with, empty where there is none to
    trust. labels: what the values of a field are called: live, desired, base, read.
    """

    kind: str
    word: str
    closing: str
    more: str = ""
    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = ()
    canvas: str = ""
    labels: tuple[str, str, str, str] = ("", "", "", "")


def head(document: Document) -> Head:
    """Return the head of a document."""
    if isinstance(document, Plan):
        found = _of_plan(document)
    elif isinstance(document, Report):
        found = _of_report(document)
    elif isinstance(document, Drift):
        found = _of_drift(document)
    else:
        found = _of_problems(document)
    # A heading is one sentence.
    first, *rest = _SENTENCES.split(found.closing, maxsplit=1)
    return replace(found, closing=first, more="".join(rest))


def canvas_link(url: str) -> str:
    """Return the address of a Canvas without a slash at its end; nothing where it is not of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    whole = parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
    return url.rstrip("/") if whole and url == visible(url) and " " not in url else ""


def _of_plan(plan: Plan) -> Head:
    facts = [
        *_canvas(plan.canvas.url, plan.canvas.account),
        Fact(label="Made", text=_moment(plan.created_at)),
        *_source(plan.source),
        *([_base(plan.base)] if plan.base else []),
        Fact(label="Digest", text=visible(plan.digest[:_COMMIT])),
    ]
    notices = [Notice(tone="bad", text=line) for line in _blocked(plan)]
    notices += [Notice(tone="warn", text=line) for line in risk_lines(plan)]
    said = filter(None, (undo_line(plan), lasting_line(plan), cost_line(plan)))
    notices += [Notice(tone="note", text=line) for line in said]
    return Head(
        kind="plan",
        word="Plan",
        closing=plan_closing(plan),
        facts=_told(facts),
        notices=(*_incomplete(errored=plan.errored), *notices),
        canvas=canvas_link(plan.canvas.url),
        labels=("In Canvas", "Planned", "At the base", "Read back"),
    )


def _blocked(plan: Plan) -> Iterator[str]:
    """Say how much stands against a plan, then each of it, as far as anybody reads on."""
    yield from filter(None, [blocked_line(plan)])
    for block in plan.blocks[:_MOST_BLOCKS]:
        where = f" ({at})" if (at := block_place(block)) else ""
        yield visible(f"{block.reason} {block.hint}{where}")
    if left := len(plan.blocks[_MOST_BLOCKS:]):
        yield f"{left:,} more are in the JSON of the plan."


def _of_report(report: Report) -> Head:
    facts = [
        *_canvas(report.canvas.url, report.canvas.account),
        Fact(label="Run", text=visible(report.run)),
        Fact(label="Time", text=_span(report.started_at, report.finished_at)),
        *_source(report.source),
        Fact(label="Requests sent", text=f"{report.requests_sent:,}"),
    ]
    notices = [Notice(tone="bad", text=visible(error)) for error in report.errors]
    notices += [Notice(tone="note", text=line) for line in past_lines(report)]
    return Head(
        kind="apply",
        word="Apply report",
        closing=report_closing(report),
        facts=_told(facts),
        notices=(*notices, *_passing(report.canvas.url)),
        canvas=canvas_link(report.canvas.url),
        labels=("Before", "Sent", "At the base", "Read back"),
    )


def _of_drift(drift: Drift) -> Head:
    facts = [
        *_canvas(drift.canvas.url, drift.canvas.account),
        Fact(label="Compared", text=_span(drift.started_at, drift.finished_at)),
        *_source(drift.source),
        _base(drift.base) if drift.base else Fact(label="Base", text="none (two-way)"),
        Fact(label="Read with", text=count(drift.reads, "request") if drift.reads else ""),
    ]
    notices = [*_incomplete(errored=drift.errored)]
    if drift.base is None:
        notices.append(Notice(tone="note", text=_TWO_WAY))
    if drift.blame:
        notices.append(Notice(tone="note", text=f"Who changed it is not told: {visible(drift.blame)}"))
    notices += _passing(drift.canvas.url)
    return Head(
        kind="drift",
        word="Drift report",
        closing=drift_closing(drift),
        facts=_told(facts),
        notices=tuple(notices),
        canvas=canvas_link(drift.canvas.url),
        labels=("In Canvas", "In the manifests", "At the base", "Read back"),
    )


def _passing(url: str) -> Iterator[Notice]:
    if said := passing_line(url):
        yield Notice(tone="note", text=said)


_TWO_WAY = (
    "Two-way comparison: there is no base, so it cannot be told whether Canvas or the manifests moved. "
    "Every difference is called “differs”."
)


def _of_problems(problems: Problems) -> Head:
    stopping = errors(problems.diagnostics, strict=problems.strict)
    said = "The manifests are not valid." if stopping else "The manifests are valid."
    return Head(
        kind="problems",
        word="Validation",
        closing=problems_closing(problems.diagnostics),
        notices=(Notice(tone="bad" if stopping else "note", text=said),),
    )


def _canvas(url: str, account: int | None) -> Iterator[Fact]:
    yield Fact(label="Canvas", text=visible(url), link=canvas_link(url))
    if account is not None:
        yield Fact(label="Account", text=str(account))


def _source(source: Source) -> Iterator[Fact]:
    dirty = " and changes not committed" if source.dirty else ""
    if source.commit:
        yield Fact(label="Manifests at", text=f"{visible(source.commit[:_COMMIT])}{dirty}")


def _base(base: Base) -> Fact:
    run = f", applied by run {visible(base.run)}" if base.run else ""
    ref = "" if base.ref == base.commit else f"{visible(base.ref)}, "
    return Fact(label="Base", text=f"{ref}{visible(base.commit[:_COMMIT])}{run}")


def _incomplete(*, errored: bool) -> Iterator[Notice]:
    if errored:
        yield Notice(
            tone="bad", text="Incomplete: some courses could not be compared. See the problems below."
        )


def _moment(moment: str) -> str:
    return visible(shown(moment).removesuffix("Z")) + " UTC" if moment.endswith("Z") else visible(moment)


def _span(start: str, end: str) -> str:
    first, last = _moment(start), _moment(end)
    day = first.split(" ")[0]
    if first == last:
        return first
    return f"{first.removesuffix(' UTC')} – {last.removeprefix(f'{day} ')}"


def _told(facts: list[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.text)
