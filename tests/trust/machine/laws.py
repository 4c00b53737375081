"""What must hold after every command, told from what is stored and what the documents claim of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursesync.model import Change, CourseOutcome, CoursePlan, FieldOutcome, Plan, Report, Verdict
from coursesync.sandbox import LogEntry
from coursesync.steps.report import exit_code
from tests.trust.machine.facts import (
    BLUEPRINT,
    FACTS,
    PUBLIC,
    PUBLIC_SYLLABUS,
    STATE,
    form,
    shown_for,
)
from tests.trust.machine.world import WITH_STUDENTS, Picture

Declared = Mapping[int, Mapping[str, Any]]

_BAD = {Verdict.IGNORED, Verdict.ALTERED, Verdict.UNEXPECTED, Verdict.FAILED, Verdict.UNKNOWN}
_HOLDS = {Verdict.APPLIED, Verdict.NORMALISED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One carrying out of a plan, or of what was left of it, and what it met.

    chosen: ids of changes. planned, begun: what was stored when the plan was made, and when the run began.
    before, after: the same around this life of it, which may be one that was resumed. touched: what others
    changed since it began, by course.
    fair: nothing went wrong. whole: nothing was left out by choice. sent: what came to Canvas, in order.
    """

    plan: Plan
    chosen: Collection[str]
    planned: Picture
    begun: Picture
    before: Picture
    after: Picture
    sent: Sequence[LogEntry]
    fair: bool
    whole: bool
    resumed: bool = False
    touched: Collection[tuple[int, str]] = ()

    def course(self, number: int) -> CoursePlan | None:
        """Return what was planned for a course."""
        return next((item for item in self.plan.courses if item.id == number), None)

    def changes(self, number: int) -> tuple[Change, ...]:
        """Return what was chosen of it."""
        course = self.course(number)
        return tuple(item for item in course.changes if item.id in self.chosen) if course else ()


def check(deed: Deed, report: Report | None, *, stopped: bool) -> None:
    """Hold a carrying out against every law; without a report where the process was killed."""
    check_sent_was_shown(deed)
    check_nothing_is_done_twice(deed)
    check_nothing_lost(deed)
    check_drifted_courses_are_left_alone(deed, report, stopped=stopped)
    if report is not None:
        check_report(deed, report, stopped=stopped)


def wanted(change: Change) -> Any:
    """Return what shows once a change was made, by the model and not by the plan."""
    return shown_for(change.field, change.after)


def drifted(deed: Deed, number: int) -> list[str]:
    """Return the fields to change that hold neither what the plan saw nor what it wants.

    A run that is resumed may have left something between the two itself.
    """
    return [
        change.field
        for change in deed.changes(number)
        if deed.before.shown[number][change.field] not in (form(change.field, change.before), wanted(change))
        and (not deed.resumed or (number, change.field) in deed.touched)
    ]


def check_plan(plan: Plan, declared: Declared, stored: Picture) -> None:
    """A plan shows exactly where the declared fields of sound courses differ from what is stored."""
    refused = {item.course for item in plan.diagnostics if item.severity.value == "error"}
    assert plan.errored == bool(refused), plan.diagnostics
    for number, everything in declared.items():
        # Of a course that shall be gone, nothing else matters.
        gone = everything.get(STATE) == "deleted"
        fields = {STATE: "deleted"} if gone else everything
        course = next((item for item in plan.courses if item.id == number), None)
        changes = {change.field: change for change in course.changes} if course else {}
        if str(number) in refused:
            assert not changes, changes
            continue
        shown = stored.shown[number]
        differing = {a for a, value in fields.items() if shown[a] != shown_for(a, value)}
        held = {PUBLIC_SYLLABUS} if PUBLIC in differing else set()
        assert differing <= changes.keys() <= differing | (held & fields.keys()), (differing, changes)
        for address, change in changes.items():
            assert form(change.field, change.before) == shown[address], change
            assert form(address, change.after) == form(address, fields[address]), change
    assert {course.id for course in plan.courses if course.changes} <= declared.keys()


def check_nothing_lost(deed: Deed) -> None:
    """Only what the plan showed has moved, and only to where it said."""
    for number, after in deed.after.shown.items():
        before, course = deed.before.shown[number], deed.course(number)
        assert deed.after.rest[number] == deed.before.rest[number], number
        moved = {address for address in FACTS if before[address] != after[address]}
        changes = {change.field: change for change in deed.changes(number)}
        effects = {effect.field: effect for effect in course.side_effects} if course else {}
        moved -= {address for course_id, address in deed.touched if course_id == number and not deed.fair}
        assert moved <= changes.keys() | effects.keys(), (number, moved, changes, effects)
        for address in moved - {STATE}:
            allowed = [wanted(changes[address])] if address in changes else []
            effect = effects.get(address)
            if effect is not None and effect.after_known:
                allowed.append(form(address, effect.after))
            assert not allowed or after[address] in allowed, (
                number,
                address,
                before[address],
                after[address],
            )


def check_drifted_courses_are_left_alone(deed: Deed, report: Report | None, *, stopped: bool) -> None:
    """A course where somebody changed what the plan would change is stale, and nothing is sent for it."""
    for number in deed.after.shown:
        found = drifted(deed, number)
        if not found:
            continue
        assert deed.after.shown[number] == deed.before.shown[number], (number, found)
        if report and deed.fair and not stopped and not _refusable(deed, number):
            fields = [item for course in report.courses if course.id == number for item in course.fields]
            verdicts = {item.verdict for item in fields}
            # What a first life had applied stays applied.
            assert Verdict.STALE in verdicts, (number, found, fields)
            assert deed.resumed or verdicts == {Verdict.STALE}, (number, found, fields)


def check_nothing_is_done_twice(deed: Deed) -> None:
    """Nothing is sent for courses that hold everything already."""
    for number, before in deed.before.shown.items():
        if all(before[change.field] == wanted(change) for change in deed.changes(number)):
            sent = [entry for entry in deed.sent if entry.path == f"/api/v1/courses/{number}"]
            sent += [entry for entry in deed.sent if entry.path == f"/api/v1/courses/{number}/settings"]
            assert not sent, (number, sent)


def check_sent_was_shown(deed: Deed) -> None:
    """Every parameter that came to Canvas stands, with its value, in a request that the plan shows."""
    shown = [*deed.plan.requests]
    for entry in deed.sent:
        assert any(
            entry.method == request.method
            and entry.path == request.path
            and _within(entry.body or {}, dict(request.body))
            for request in shown
        ), entry


def _within(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    for key, value in sent.items():
        if key not in shown:
            return False
        other = shown[key]
        if key == "course":
            if not all(name in other and _equal(item, other[name]) for name, item in value.items()):
                return False
        elif key == "course_ids":
            if not set(map(int, value)) <= set(map(int, other)):
                return False
        elif not _equal(value, other):
            return False
    return True


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def check_report(deed: Deed, report: Report, *, stopped: bool) -> None:
    """Whatever a report says of a field holds in the stored columns, and its exit code follows from it."""
    for course in report.courses:
        planned = deed.course(course.id)
        assert planned is not None, course
        told = [item.change_id for item in course.fields if item.change_id]
        assert len(told) == len(set(told))
        assert set(told) == {change.id for change in deed.changes(course.id)}, (told, course)
        for item in course.fields:
            if (course.id, item.field) not in deed.touched:
                _check_verdict(deed, planned, item)
        _check_unsaid(deed, course)
        if deed.fair and not stopped:
            _check_explained(deed, course)
    assert {course.id for course in report.courses} == {
        course.id for course in deed.plan.courses if deed.changes(course.id)
    } | {course.id for course in deed.plan.courses if course.changes}
    _check_exit_code(report, stopped=stopped, fair=deed.fair)


def _check_verdict(deed: Deed, course: CoursePlan, item: FieldOutcome) -> None:
    number, address = course.id, item.field
    if address not in FACTS:
        # A side effect of a field that this model leaves out.
        assert item.side_effect, item
        return
    before, after = deed.before.shown[number][address], deed.after.shown[number][address]
    began = deed.begun.shown[number][address]
    change = next((one for one in course.changes if one.id == item.change_id), None)
    goal = wanted(change) if change else form(address, item.after)
    if item.verdict in _HOLDS:
        assert after == goal == form(address, item.read), item
    elif item.verdict is Verdict.SKIPPED:
        assert after in (before, began, goal), item
    elif item.verdict is Verdict.STALE:
        reasons = [one for one in course.preconditions if one.field in FACTS]
        assert any(form(one.field, one.value) != deed.before.shown[number][one.field] for one in reasons), (
            item
        )
        assert after in (before, began), item
    elif item.verdict is Verdict.FAILED:
        assert after != goal, item
        assert item.read is None or form(address, item.read) == after, item
    elif item.verdict in {Verdict.IGNORED, Verdict.ALTERED, Verdict.UNEXPECTED}:
        assert form(address, item.read) == after, item
        assert after != goal or item.verdict is Verdict.UNEXPECTED, item


def _check_unsaid(deed: Deed, course: CourseOutcome) -> None:
    """A field that moved and was not declared stands in the report, unless the course could not be read."""
    unread = any(item.verdict is Verdict.UNKNOWN for item in course.fields)
    if unread or (course.error and not deed.fair):
        return
    said = {item.field for item in course.fields}
    said |= {address for number, address in deed.touched if number == course.id}
    begun, after = deed.begun.shown[course.id], deed.after.shown[course.id]
    unsaid = {address for address in FACTS if begun[address] != after[address]} - said
    assert not unsaid, (course.id, unsaid)


def _check_explained(deed: Deed, course: CourseOutcome) -> None:
    """With nothing in the way, only a moved course or one that Canvas refuses is not as it was wanted."""
    if any(number == course.id for number, _ in deed.touched):
        return
    verdicts = {item.verdict for item in course.fields}
    assert not verdicts & {Verdict.IGNORED, Verdict.ALTERED, Verdict.UNEXPECTED, Verdict.UNKNOWN}, course
    if Verdict.FAILED in verdicts:
        assert _refusable(deed, course.id), course
    untouched = deed.before.shown[course.id] == deed.planned.shown[course.id]
    if untouched:
        assert Verdict.STALE not in verdicts, course
    if course.error:
        assert not (untouched and deed.whole) or _refusable(deed, course.id), course


def _refusable(deed: Deed, number: int) -> bool:
    """Canvas takes no grades out of sight, and makes no blueprint of a course with students."""
    goals = {change.field: change.after for change in deed.changes(number)}
    unpublishes = goals.get(STATE) == "unpublished"
    return number == WITH_STUDENTS and (unpublishes or goals.get(BLUEPRINT) is True)


def _check_exit_code(report: Report, *, stopped: bool, fair: bool) -> None:
    verdicts = {item.verdict for course in report.courses for item in course.fields}
    bad = verdicts & _BAD or any(course.error for course in report.courses) or report.errors
    expected = [
        code
        for code, holds in (
            (130, report.interrupted),
            (6, report.unavailable),
            (4, bad),
            (3, Verdict.STALE in verdicts),
            (0, True),
        )
        if holds
    ]
    assert int(exit_code(report)) == expected[0], report
    assert report.interrupted == stopped or (stopped and report.unavailable), report
    assert not (report.unavailable and fair), report


def sent_of(log: Iterable[LogEntry]) -> list[LogEntry]:
    """Return what of a log asked Canvas to change something."""
    return [
        entry
        for entry in log
        if entry.method in {"PUT", "POST", "DELETE", "PATCH"}
        and not entry.path.endswith(("/preview_html", "/graphql"))
    ]


def intended(journal: Iterable[Mapping[str, Any]]) -> set[tuple[str, int]]:
    """Return what a journal says was meant to be sent: each request, and a course it is for."""
    return {item for line in journal if line["event"] == "intent" for item in _requests(line)}


def answered(journal: Iterable[Mapping[str, Any]]) -> set[tuple[str, int]]:
    """Return what it says Canvas answered to."""
    last: dict[str, Mapping[str, Any]] = {}
    found: set[tuple[str, int]] = set()
    for line in journal:
        if line["event"] == "intent":
            last[line["request"]] = line
        elif line["event"] == "answered":
            found |= _requests(last[line["request"]])
    return found


def _requests(intent: Mapping[str, Any]) -> set[tuple[str, int]]:
    """Return a request as text, once for each course; the courses of a call for many are left out of it."""
    body = {name: value for name, value in intent["body"].items() if name != "course_ids"}
    text = json.dumps([intent["method"], intent["path"], body], sort_keys=True)
    return {(text, course) for course in intent["courses"]}


def check_undo_plan(
    plan: Plan, *, begun: Picture, endings: Sequence[Picture], now: Picture, reported: bool
) -> None:
    """An undo goes back to what was, and touches only what still is as the run left it.

    endings: of each of its lives, as a course may be through before the last. reported: whether it left a
    report; of one that was killed, what it wrote is what it meant to write.
    """
    for course in plan.courses:
        for change in course.changes:
            was, live = (picture.shown[course.id][change.field] for picture in (begun, now))
            left = [picture.shown[course.id][change.field] for picture in endings]
            assert form(change.field, change.before) == live, (course.id, change)
            assert live in left or not reported, (course.id, change, left)
            assert wanted(change) == was, (course.id, change, was)


def check_put_back(
    plan: Plan, begun: Picture, ended: Picture, back: Picture, courses: Collection[int]
) -> None:
    """In courses nobody else touched, an undo brings back all that the plan did not call lasting."""
    for course in plan.courses:
        # What has grades cannot be unpublished again, and no reading of a course tells of them.
        if course.id not in courses or course.id == WITH_STUDENTS:
            continue
        was, left, now = (picture.shown[course.id] for picture in (begun, ended, back))
        lasting = {item.field for item in (*course.changes, *course.side_effects) if item.lasting}
        lost = {
            address for address in FACTS if was[address] != left[address] and now[address] != was[address]
        }
        if was[STATE] == "deleted":
            # Nobody reads a deleted course, and the undo says that it leaves the rest alone.
            lost &= {STATE}
        assert not lost - lasting, (course.id, lost - lasting, was, left, now)
