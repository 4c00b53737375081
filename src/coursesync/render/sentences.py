"""The sentences every format says alike: headers, counts, risks, and the closing line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Position, Severity
from coursesync.model import (
    Barrier,
    Base,
    Block,
    Change,
    CourseOutcome,
    Drift,
    DriftClass,
    FieldDrift,
    FieldOutcome,
    Origin,
    Plan,
    PolicyMatch,
    Released,
    Report,
    SideEffect,
    Verdict,
)
from coursesync.render.values import Delta, is_prose, outcome, shown, visible
from coursesync.render.where import named, not_here


def count(number: int, word: str) -> str:
    """Return a number with its word: `1 change`, `2 changes`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def listed(parts: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def some(names: Sequence[str], *, most: int | None = 3) -> str:
    """Return some of the names and how many more there are."""
    if most is None or len(names) <= most + 1:
        return listed(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"


def place(origin: Sequence[Origin]) -> str:
    """Return where a value is declared: the strongest place, as file:line."""
    return f"{visible(origin[-1].file)}:{origin[-1].line}" if origin and origin[-1].line else ""


def moved_side(changes: Sequence[Change]) -> str:
    """Return the class of changes, where they have one; one word, too, where it is not the same."""
    found = {change.class_.value for change in changes if change.class_}
    return found.pop() if len(found) == 1 else "several classes" if found else ""


def places(changes: Sequence[Change | FieldDrift]) -> str:
    """Return where fields are declared, or in how many places."""
    found = {place(change.origin) for change in changes}
    return found.pop() if len(found) == 1 else count(len(found), "place")


def notes(changes: Sequence[Change | FieldDrift], names: Sequence[str]) -> Iterator[str]:
    """Yield every note once; names: of the courses of the changes, told where a note is not about all."""
    found: dict[str, list[str]] = {}
    for change, name in zip(changes, names, strict=True):
        told = change.remarks if isinstance(change, Change) else change.notes
        for note in dict.fromkeys(told):
            found.setdefault(note, []).append(name)
    for note, courses in found.items():
        part = f"{len(courses):,} of {len(changes):,}"
        yield note if len(courses) == len(changes) else f"{note} (In {part}: {some(courses)}.)"


def above(items: Sequence[Change | SideEffect], own: Sequence[Change | SideEffect]) -> str:
    """Say how much of a course was shown together with other courses; own: what was not."""
    changes, effects = (
        sum(isinstance(item, kind) for item in items) - sum(isinstance(item, kind) for item in own)
        for kind in (Change, SideEffect)
    )
    said = [count(changes, "change")] if changes else []
    said += [count(effects, "side effect")] if effects else []
    return f"also {listed(said)}, shown above" if said else ""


def above_fields(hidden: int) -> str:
    """Say how many fields of a course that drifted were shown together with other courses."""
    return f"also {count(hidden, 'field')}, shown above" if hidden else ""


def above_results(course: CourseOutcome, own: Sequence[FieldOutcome | str]) -> str:
    """Say how much of what became of a course was shown together with other courses; own: what was not."""
    hidden = len(course.fields) + bool(course.error) - len(own)
    return f"also {count(hidden, 'result')}, shown above" if hidden else ""


def moved(item: FieldOutcome) -> Delta:
    """Return the two values of an outcome: from before to what was sent, or to where it moved unasked."""
    return Delta(before=item.before, after=item.read if item.verdict is Verdict.UNEXPECTED else item.after)


def several(deltas: Sequence[Delta]) -> str:
    """Return in place of an arrow that values differ from course to course, and where they all go."""
    ends = {outcome(delta) for delta in deltas}
    return f"several values -> {ends.pop()}" if len(ends) == 1 else "several values"


def block_head(block: Block) -> str:
    """Return what stands against a plan, and of which kind it is."""
    return f"blocked[{block.barrier.value}]: {visible(block.what)}"


def block_place(block: Block) -> str:
    """Return where the project file says so, or nothing where it does not."""
    at = Position(file=block.file, line=block.line, column=block.column)
    return visible(str(at)) if block.file else ""


def blocked_line(plan: Plan) -> str:
    """Say how much stands against a plan as it is; nothing where nothing does."""
    found = Counter(block.barrier.value for block in plan.blocked_by)
    said = listed([count(found[barrier.value], barrier.value) for barrier in Barrier if found[barrier.value]])
    return f"Blocked by {said}: apply refuses this plan." if said else ""


def effect_label(effect: SideEffect) -> str:
    """Return how a side effect is marked."""
    risk = "" if effect.risk is Risk.SAFE else f"{effect.risk.value} "
    return f"{risk}side effect{' of --send-unverified' if effect.unverified else ''}"


def risk_lines(plan: Plan) -> list[str]:
    """Say what is risky in a plan and what allows it; one line for what --send-unverified adds."""
    changes = [item for course in plan.courses for item in course.changes]
    effects = [item for course in plan.courses for item in course.side_effects]
    usual = _risks(changes, [item for item in effects if not item.unverified])
    extra = _risks([], [item for item in effects if item.unverified])
    return usual + [f"With --send-unverified also {line}" for line in extra]


def _risks(changes: Iterable[Change], effects: Iterable[SideEffect]) -> list[str]:
    found = Counter((item.risk, "change") for item in changes)
    found.update((item.risk, "side effect") for item in effects)
    risky = sorted(
        ((risk, word, number) for (risk, word), number in found.items() if risk is not Risk.SAFE),
        key=lambda item: (-item[0].rank, item[1]),
    )
    if not risky:
        return []
    said = listed([count(number, f"{risk.value} {word}") for risk, word, number in risky])
    return [f"{said}: apply needs --allow {risky[0][0].value}."]


UNSEEN = "Not verifiable, no undo: Canvas never shows these; --send-unverified sends them"


def lasting_line(plan: Plan) -> str:
    """Say which fields an undo of this plan could not put back whole; why stands with each of them."""
    changes = [item.field for course in plan.courses for item in course.changes if item.lasts]
    effects = [item for course in plan.courses for item in course.side_effects if item.lasts]
    fields = list(dict.fromkeys([*changes, *(item.field for item in effects if not item.unverified)]))
    return f"Undo cannot put back all of {some(list(map(visible, fields)))}." if fields else ""


def plan_closing(plan: Plan) -> str:
    """Say in one line what a plan would do."""
    summary = plan.summary
    same = summary.courses - summary.courses_to_change
    rest = f"{not_here(summary.entries_elsewhere, summary.courses_missing)}{_incomplete(plan)}"
    if summary.changes:
        where = f"{count(summary.changes, 'change')} in {count(summary.courses_to_change, 'course')}"
        others = f" {count(same, 'course')} unchanged." if same else ""
        sent = count(summary.requests, "request")
        classes = f": {said}" if (said := classes_line(summary.classes)) else ""
        return f"Plan{named('for', plan.environment)}: {where} ({sent}){classes}.{others}{rest}"
    none = f"No changes{named('for', plan.environment)}."
    if not summary.courses:
        nothing = "Nothing to put back." if plan.undoes else f"{none} No course was compared."
        return f"{nothing}{rest}"
    verb = "is" if summary.courses == 1 else "are"
    as_what = "before" if plan.undoes else "declared"
    compared = f"{none} {count(summary.courses, 'course')} {verb} as {as_what}."
    unseen = sum(len(course.unverified) for course in plan.courses)
    ignored = sum(len(course.ignored) for course in plan.courses)
    return f"{compared}{_left(unseen, ignored)}{rest}"


def matched(policy: PolicyMatch) -> str:
    """Return how many courses a policy matched."""
    return count(policy.courses, "course") if policy.courses else "no course matches"


def stays(item: Released, quoted: Callable[[str], str] = str) -> str:
    """Say what becomes of a field that left the manifests; quoted: marks up the value."""
    long = is_prose(Delta(before=item.read, after=None))
    return "stays as it is" if long else f"stays {quoted(shown(item.read))}"


def cost_line(plan: Plan) -> str:
    """Say what planning took and about what applying takes; nothing where that was not estimated."""
    said = plan.summary
    if not said.changes or not said.apply_reads:
        return ""
    time = "" if said.seconds is None else f": {duration(said.seconds)}"
    checked = f", and {said.preflight_reads:,} to look ahead" if said.preflight_reads else ""
    read = f"Read with {count(said.reads, 'request')}{checked}."
    return f"{read} Applying sends {said.requests:,} and reads about {said.apply_reads:,} more{time}."


def duration(seconds: float) -> str:
    """Return about how long something takes, no finer than people plan their time."""
    if seconds < 1:
        return "under 1 s"
    if round(seconds) < 60:
        return f"about {round(seconds)} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 60 else f"about {minutes / 60:.1f} h".replace(".0 h", " h")


def _incomplete(plan: Plan) -> str:
    return " The plan is incomplete: see the errors." if plan.errored else ""


def classes_line(classes: Mapping[str, int]) -> str:
    """Return how many fields moved on which side, from counts by class; empty where that is not known."""
    live, config, conflict = (
        classes.get(class_, 0)
        for class_ in (DriftClass.LIVE_CHANGED, DriftClass.CONFIG_CHANGED, DriftClass.CONFLICT)
    )
    said = [f"{live:,} changed in Canvas"] if live else []
    said += [f"{config:,} {'' if live else 'changed '}in git"] if config else []
    return ", ".join([*said, *([count(conflict, "conflict")] if conflict else [])])


def base_line(base: Base | None) -> str:
    """Say in a sentence by what differences are classed; nothing where there is no base."""
    if base is None:
        return ""
    commit = visible(base.commit[:12])
    name = f" ({visible(base.ref)})" if base.ref and not base.commit.startswith(base.ref) else ""
    run = f", which run {visible(base.run)} applied" if base.run else ""
    return f"Base: the manifests at commit {commit}{name}{run}."


def drift_closing(drift: Drift) -> str:
    """Say in one line what a comparison found, and whether it had a base."""
    totals = drift.totals
    fields, courses, same = (totals.get(key, 0) for key in ("fields", "courses", "courses_in_sync"))
    two_way = "" if drift.base else "two-way comparison: no base"
    incomplete = " The comparison is incomplete: see the errors." if drift.errored else ""
    incomplete = not_here(totals.get("entries_elsewhere", 0), totals.get("courses_missing", 0)) + incomplete
    there = named("in", drift.environment)
    if fields:
        how = two_way or classes_line(totals)
        where = f"{count(fields, 'field')} in {count(totals.get('courses_drifted', 0), 'course')}"
        rest = f" {count(same, 'course')} in sync." if same else ""
        return f"Drift{there}: {where}{f' ({how})' if how else ''}.{rest}{_besides(totals)}{incomplete}"
    if not courses:
        return f"No drift{there}. No course was compared.{_besides(totals)}{incomplete}"
    verb = "is" if courses == 1 else "are"
    how = f" ({two_way})" if two_way else ""
    left = _left(totals.get("unverified", 0), totals.get("ignored", 0))
    said = f"No drift{there}. {count(courses, 'course')} {verb} as declared{how}."
    return f"{said}{left}{_besides(totals)}{incomplete}"


def _besides(totals: Mapping[str, int]) -> str:
    """Say what is no difference and yet news."""
    both, released = totals.get(DriftClass.BOTH, 0), totals.get("released", 0)
    said = f" {count(both, 'field')} moved alike in git and in Canvas." if both else ""
    verb = "is" if released == 1 else "are"
    return said + (f" {count(released, 'field')} {verb} no longer managed." if released else "")


def _left(unseen: int, ignored: int) -> str:
    said = [f"{count(unseen, 'field')} not verifiable"] if unseen else []
    said += [f"{count(ignored, 'field')} ignored"] if ignored else []
    return f" {listed(said)}." if said else ""


def problems_closing(diagnostics: Iterable[Diagnostic]) -> str:
    """Say in one line how many problems there are."""
    found = Counter(item.severity for item in diagnostics)
    parts = [count(found[severity], severity.value) for severity in Severity if found[severity]]
    return f"{listed(parts)}." if parts else "No problems found."


def said_where(same: Sequence[Diagnostic]) -> str:
    """Return what diagnostics that say the same are about: their place, else their course or courses."""
    first = same[0]
    if first.position:
        return str(first.position)
    return count(len(same), "course") if len(same) > 1 else first.course or ""


def said_detail(same: Sequence[Diagnostic]) -> str:
    """Return the detail of diagnostics that say the same, with the course where nothing else names it."""
    first = same[0]
    if len(same) > 1 or not first.course or not first.position or first.course in first.detail:
        return first.detail
    return f"{first.detail} ({first.course})".strip()


def said_courses(same: Sequence[Diagnostic], *, most: int | None = 3) -> str:
    """Say of which courses diagnostics are that say the same, unless it is one."""
    if len(same) == 1:
        return ""
    first = same[0]
    named = bool(first.course and first.course in f"{first.detail} {first.hint}")
    names = [item.course or "" for item in same[named:]]
    how = f"The same for {len(names):,} more" if named else f"For {len(names):,} courses"
    return f"{how}: {some(names, most=most)}."


def totals_line(totals: Mapping[str, int]) -> str:
    """Return how many fields have each verdict, and how many side effects were looked at."""
    said = [f"{totals[verdict]:,} {verdict}" for verdict in Verdict if totals.get(verdict)]
    effects = totals.get("side_effects", 0)
    return ", ".join([*said, *([count(effects, "side effect")] if effects else [])])


def report_closing(report: Report) -> str:
    """Say in one line what an apply did, and only what was read back."""
    outcomes = [(course.id, item) for course in report.courses for item in course.fields]
    unseen = sum(item.verdict is Verdict.UNVERIFIED for _, item in outcomes)
    said = _closing(report, [pair for pair in outcomes if pair[1].verdict is not Verdict.UNVERIFIED])
    sent = f"{count(unseen, 'field')} that Canvas never shows."
    if unseen and said == _nothing(report):
        return f"{_did('Sent', report)} {sent}"
    return said.replace(_ALL_READ, f". Sent {sent}") if unseen else said


def _nothing(report: Report) -> str:
    return f"Nothing to apply{named('to', report.environment)}."


def _did(verb: str, report: Report) -> str:
    return f"{verb}{there}:" if (there := named("to", report.environment)) else verb


_ALL_READ = ", every one read back."


def _closing(report: Report, outcomes: Sequence[tuple[int, FieldOutcome]]) -> str:
    declared = [(number, item) for number, item in outcomes if item.change_id and not item.side_effect]
    changes = {item.change_id for _, item in declared} | {item.change_id for item in report.left_out}
    done = [(number, item) for number, item in declared if item.verdict in _READ_BACK]
    courses = len({number for number, _ in done})
    applied = f"{_did('Applied', report)} {_of(len(done), len(changes), courses)}"
    if report.interrupted or report.unavailable:
        return f"{'Interrupted' if report.interrupted else 'Stopped: Canvas was lost'}. {applied}."
    if not changes and not outcomes and _clean(report, ()):
        return _nothing(report)
    if len(done) == len(changes) and _clean(report, [item for _, item in outcomes]):
        return f"{applied}{_ALL_READ}"
    attention = sum(not item.verdict.good for _, item in outcomes) + sum(
        bool(course.error) for course in report.courses
    )
    if not attention:
        return f"{applied}."
    return f"{applied}. {count(attention, 'result')} {'needs' if attention == 1 else 'need'} attention."


_READ_BACK = {Verdict.APPLIED, Verdict.NORMALISED}


def _of(done: int, changes: int, courses: int) -> str:
    where = f" in {count(courses, 'course')}" if done else ""
    return f"{done:,} of {count(changes, 'change')}{where}"


def _clean(report: Report, outcomes: Iterable[FieldOutcome]) -> bool:
    good = all(item.verdict.good for item in outcomes)
    return good and not report.errors and not any(course.error for course in report.courses)
